"""Agencies: the tenants. Everything else belongs to one."""

import re
import uuid
from collections.abc import Iterable
from zoneinfo import available_timezones

import phonenumbers
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from workforce.core import audit, clock, db, tenancy, vault
from workforce.core.audit import AuditHead
from workforce.core.errors import Conflict, Invalid, NotAllowed, NotFound
from workforce.core.tenancy import Actor
from workforce.core.words import _
from workforce.models import Agency

ZONES = {
    "PH": "Asia/Manila",
    "NP": "Asia/Kathmandu",
    "BD": "Asia/Dhaka",
    "ID": "Asia/Jakarta",
    "KE": "Africa/Nairobi",
    "LK": "Asia/Colombo",
    "ET": "Africa/Addis_Ababa",
    "IN": "Asia/Kolkata",
    "PK": "Asia/Karachi",
}

LONGEST_SHORT_NAME = 11  # What a network shows as the sender of a text.
GATEWAYS = ("simulator", "twilio", "http1", "http2")
_ACCOUNT = re.compile(r"AC[0-9a-fA-F]{32}")
_CONTENT = re.compile(r"HX[0-9a-fA-F]{32}")
_SERVICE = re.compile(r"MG[0-9a-fA-F]{32}")


class WrongField(Invalid):
    """Something typed in one field cannot be used; `field` names it, so that the page can say so beside it."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


def create(*, name: str, country: str, short_name: str = "", zone: str = "", is_demo: bool = False) -> Agency:
    """A new agency with its key and the head of its audit chain. Raises Conflict when the name is taken.

    `country` is ISO 3166-1 alpha-2; `zone` an IANA key, else the sending country's usual one.
    """
    name = " ".join(name.split())
    if not name:
        raise Invalid(_("An agency needs a name."))
    made = Agency(
        id=db.new_id(),
        name=name,
        short_name=(short_name or name.split()[0]).upper()[:11],
        country=country.upper(),
        zone=zone or ZONES.get(country.upper(), "UTC"),
        is_demo=is_demo,
        created_at=clock.now(),
    )
    with tenancy.agency(made.id), db.transaction() as session:
        if session.scalar(select(Agency.id).where(Agency.name == name)):
            raise Conflict(_("There is already an agency called %(name)s.", name=name))
        session.add(made)
        session.flush()
        vault.open_agency(session, made.id)
        session.add(AuditHead(agency_id=made.id, seq=0, mac=b""))
        audit.record(session, tenancy.System(made.id), "agency.create", made)
    return made


def only_one(name: str | None = None) -> Agency:
    """The agency called `name`; without a name the only one there is. Raises NotFound, Invalid."""
    with db.reading() as session:
        if name:
            found = session.scalar(select(Agency).where(Agency.name == name))
            if found is None:
                raise NotFound(_("There is no agency called %(name)s.", name=name))
            return found
        every = session.scalars(select(Agency).limit(2)).all()
    if not every:
        raise NotFound(_("There is no agency yet. Make one: muster agencies create NAME --country XX."))
    if len(every) > 1:
        raise Invalid(_("There are several agencies. Say which: --agency NAME."))
    return every[0]


def every_id() -> list[uuid.UUID]:
    """All agencies that are not suspended, for jobs that go through them one by one."""
    with db.reading() as session:
        return list(session.scalars(select(Agency.id).where(Agency.suspended_at.is_(None)).order_by(Agency.name)))


def get(session: Session, agency_id: uuid.UUID) -> Agency:
    """The agency with this id. Raises NotFound."""
    found = session.get(Agency, agency_id)
    if found is None:
        raise NotFound(_("No such agency."))
    return found


def mine(session: Session, actor: Actor) -> Agency:
    """The actor's own agency."""
    return get(session, actor.agency_id)


def update(
    session: Session, actor: Actor, *, name: str, short_name: str, call_number: str, zone: str, sender: str
) -> Agency:
    """Change what the agency is called and where it is reached. Numbers are kept as E.164. Raises WrongField, Conflict."""
    agency = mine(session, actor)
    agency.name = " ".join(name.split())
    if not agency.name:
        raise WrongField("name", _("An agency needs a name."))
    agency.short_name = proper_short_name(short_name)
    if zone not in available_timezones():
        raise WrongField("zone", _("There is no such time zone."))
    agency.zone = zone
    agency.call_number = _number(agency, "call_number", call_number)
    agency.sender = _number(agency, "sender", sender) or None
    _flush(session)
    audit.record(session, actor, "agency.update", agency)
    return agency


def limit(session: Session, actor: Actor, *, parts_per_second: float | None, daily_parts: int | None) -> Agency:
    """How fast the sender may speak, and how much may go to one country in a day; None for the usual. Raises WrongField."""
    agency = mine(session, actor)
    if parts_per_second is not None and not 0.1 <= parts_per_second <= 10_000:
        raise WrongField("parts_per_second", _("Type a rate from 0.1 to 10,000 parts a second."))
    if daily_parts is not None and not 1 <= daily_parts <= 100_000_000:
        raise WrongField("daily_parts", _("Type a whole number from 1 on."))
    if (agency.parts_per_second, agency.daily_parts) != (parts_per_second, daily_parts):
        agency.parts_per_second, agency.daily_parts = parts_per_second, daily_parts
        session.flush()
        audit.record(session, actor, "agency.limit", agency, rate=parts_per_second, daily=daily_parts)
    return agency


def choose_gateway(
    session: Session,
    actor: Actor,
    *,
    gateway: str,
    account_sid: str = "",
    auth_token: str = "",
    service_sid: str = "",
    fallback: str = "",
    described: Iterable[str] = (),
    installation_has_one: bool = False,
) -> Agency:
    """Through what the agency's texts leave. An empty `auth_token` keeps the one that is there.

    `fallback` is the gateway that carries while the first one fails; `described` are those that an admin has described.
    `installation_has_one` says whether the environment names a Twilio account for agencies that have none of their own.
    Raises NotAllowed for the demo agency and a real gateway, WrongField.
    """
    agency = mine(session, actor)
    if gateway not in GATEWAYS:
        raise WrongField("gateway", _("Choose one of the gateways."))
    if gateway != "simulator" and agency.is_demo:
        raise NotAllowed(_("The demo agency never texts a real phone."))
    for field, name in (("gateway", gateway), ("fallback", fallback)):
        if name.startswith("http") and name not in set(described):
            raise WrongField(field, _("Describe this provider first, below."))
    if fallback and (fallback == gateway or fallback not in GATEWAYS[1:]):
        raise WrongField("fallback", _("Choose another gateway than the first, or none."))
    if "twilio" in {gateway, fallback} and gateway != "simulator":
        _set_twilio(
            session,
            agency,
            account_sid.strip(),
            auth_token.strip(),
            service_sid.strip(),
            installation_has_one=installation_has_one,
        )
    before, agency.gateway = agency.gateway, gateway
    agency.fallback_gateways = [fallback] if fallback and gateway != "simulator" else []
    session.flush()
    audit.record(session, actor, "agency.choose_gateway", agency, before=before, after=gateway, fallback=fallback)
    return agency


def choose_channels(
    session: Session, actor: Actor, *, whatsapp_sender: str, whatsapp_content_sid: str, voice_number: str
) -> Agency:
    """From which numbers WhatsApp messages and calls go; empty for not at all. Raises WrongField, NotAllowed."""
    agency = mine(session, actor)
    if agency.is_demo:
        raise NotAllowed(_("The demo agency never texts a real phone."))
    content = whatsapp_content_sid.strip()
    if content and not _CONTENT.fullmatch(content):
        raise WrongField("whatsapp_content_sid", _("A template is HX and 32 digits and letters a to f."))
    agency.whatsapp_sender = _number(agency, "whatsapp_sender", whatsapp_sender)
    agency.voice_number = _number(agency, "voice_number", voice_number)
    agency.whatsapp_content_sid = content
    session.flush()
    ways = [name for name, number in (("whatsapp", agency.whatsapp_sender), ("voice", agency.voice_number)) if number]
    audit.record(session, actor, "agency.choose_channels", agency, ways=ways)
    return agency


def proper_short_name(text: str) -> str:
    """At most eleven letters, digits and spaces of the basic alphabet, in capitals. Raises WrongField."""
    text = " ".join(text.split()).upper()
    if not text or len(text) > LONGEST_SHORT_NAME or not re.fullmatch(r"[A-Z0-9 ]*[A-Z][A-Z0-9 ]*", text):
        raise WrongField(
            "short_name", _("One to eleven letters, digits and spaces, at least one letter: it opens every text.")
        )
    return text


def _set_twilio(
    session: Session, agency: Agency, account_sid: str, auth_token: str, service_sid: str, *, installation_has_one: bool
) -> None:
    if account_sid and not _ACCOUNT.fullmatch(account_sid):
        raise WrongField("account_sid", _("An Account SID is AC and 32 digits and letters a to f."))
    if service_sid and not _SERVICE.fullmatch(service_sid):
        raise WrongField("service_sid", _("A messaging service is MG and 32 digits and letters a to f."))
    if not account_sid and not installation_has_one:
        raise WrongField(
            "account_sid", _("This installation has no account of its own: type your agency's Account SID.")
        )
    if (
        account_sid
        and not auth_token
        and (agency.twilio_auth_token_sealed is None or account_sid != agency.twilio_account_sid)
    ):
        raise WrongField("auth_token", _("Type the auth token of this account."))
    if account_sid and not service_sid and not agency.sender:
        raise WrongField("service_sid", _("Type a messaging service, or give the agency a sender number first."))
    agency.twilio_account_sid, agency.twilio_messaging_service_sid = account_sid, service_sid
    if auth_token or not account_sid:
        vault.seal(session, agency, twilio_auth_token=auth_token if account_sid else None)


def _number(agency: Agency, field: str, text: str) -> str:
    if not text.strip():
        return ""
    try:
        number = phonenumbers.parse(text, agency.country)
    except phonenumbers.NumberParseException:
        number = None
    if number is None or not phonenumbers.is_possible_number(number):
        raise WrongField(
            field, _("This is not a whole phone number. Type it with + and the country, as +63 2 8123 4567.")
        )
    return str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))


def _flush(session: Session) -> None:
    try:
        session.flush()
    except IntegrityError:  # Another agency's name or sender: here we may say neither whose nor which.
        raise Conflict(_("The name or the sender number cannot be used here. Choose another one.")) from None
