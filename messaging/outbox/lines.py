"""Which gateway serves an agency: the simulated network, or Twilio with the agency's own account or the installation's."""

from sqlalchemy.orm import Session

from messaging.outbox.gateways import Gateway
from messaging.outbox.gateways.simulator import Simulator
from messaging.outbox.gateways.twilio import Credentials, Twilio
from workforce.core import vault
from workforce.core.config import Settings
from workforce.models import Agency


class Lines:
    """The gateways of this process. One client an account, so that its connections are used again."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._simulator = Simulator()
        self._clients: dict[Credentials, Twilio] = {}

    def __call__(self, db: Session, agency: Agency, name: str) -> Gateway | None:
        """The gateway called `name` for this agency; None where it has no usable account."""
        if name == "simulator":
            return self._simulator
        who = credentials_of(db, agency, self._settings)
        if agency.is_demo or not who.usable:
            return None
        if who not in self._clients:
            self._clients[who] = Twilio(who)
        return self._clients[who]


def credentials_of(db: Session, agency: Agency, settings: Settings) -> Credentials:
    """The agency's own Twilio account, else the installation's; the agency's own sender wins in both cases."""
    own = bool(agency.twilio_account_sid and agency.twilio_auth_token_sealed)
    service = agency.twilio_messaging_service_sid or (
        "" if own or agency.sender else settings.twilio_messaging_service_sid
    )
    return Credentials(
        account_sid=agency.twilio_account_sid if own else settings.twilio_account_sid,
        auth_token=(vault.reveal(db, agency, "twilio_auth_token") or "") if own else settings.twilio_auth_token,
        messaging_service_sid=service,
        sender=agency.sender or ("" if own else settings.twilio_from),
        base_url=settings.twilio_api_url,
        public_url=settings.public_url,
    )
