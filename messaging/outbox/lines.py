"""Which gateway serves an agency: the simulated network, or Twilio with the agency's own account or the installation's."""

import uuid
from typing import Any

from sqlalchemy.orm import Session

from messaging.outbox.gateways import Gateway
from messaging.outbox.gateways.generic import Generic
from messaging.outbox.gateways.simulator import Simulator
from messaging.outbox.gateways.twilio import Credentials, Twilio
from messaging.outbox.gateways.voice import Voice
from messaging.outbox.gateways.whatsapp import WhatsApp
from workforce import gateways
from workforce.core import vault
from workforce.core.config import Settings
from workforce.models import Agency

CHANNELS = ("whatsapp", "voice")


class Lines:
    """The gateways of this process. One client an account, so that its connections are used again."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._simulator = Simulator()
        self._clients: dict[Credentials, Twilio] = {}
        self._by_channel: dict[tuple[Any, ...], Twilio] = {}
        self._by_http: dict[tuple[uuid.UUID, str], tuple[int, Generic]] = {}

    def __call__(self, db: Session, agency: Agency, name: str) -> Gateway | None:
        """The gateway called `name` for this agency; None where it has no usable account."""
        if name == "simulator":
            return self._simulator
        if name in gateways.SLOTS:
            return None if agency.is_demo else self._described(db, agency, name)
        who = credentials_of(db, agency, self._settings)
        if agency.is_demo or not (who.usable or (name in CHANNELS and who.account_sid and who.auth_token)):
            return None
        if name == "whatsapp":
            return self._whatsapp(who, agency)
        if name == "voice":
            return self._voice(who, agency)
        if who not in self._clients:
            self._clients[who] = Twilio(who)
        return self._clients[who]

    def _whatsapp(self, who: Credentials, agency: Agency) -> Gateway | None:
        if not agency.whatsapp_sender:
            return None
        key = (who, agency.whatsapp_sender, agency.whatsapp_content_sid)
        if key not in self._by_channel:
            self._by_channel[key] = WhatsApp(
                who, sender=agency.whatsapp_sender, content_sid=agency.whatsapp_content_sid
            )
        return self._by_channel[key]

    def _voice(self, who: Credentials, agency: Agency) -> Gateway | None:
        if not agency.voice_number:
            return None
        key = (who, agency.voice_number)
        if key not in self._by_channel:
            self._by_channel[key] = Voice(who, number=agency.voice_number)
        return self._by_channel[key]

    def _described(self, db: Session, agency: Agency, name: str) -> Gateway | None:
        """A provider that an admin described. What was changed since is read anew."""
        row = gateways.of_agency(db, agency.id).get(name)
        if row is None:
            return None
        key = (agency.id, name)
        if key not in self._by_http or self._by_http[key][0] != row.version:
            here = self._settings
            made = Generic(
                name, gateways.request_of(db, row), gateways.reading_of(row), sender=row.sender or agency.sender or "",
                public_url=here.public_url, loopback=not here.production,
            )  # fmt: skip
            self._by_http[key] = (row.version, made)
        return self._by_http[key][1]


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
