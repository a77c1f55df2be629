"""Workers' numbers: normalised, ordered, shared ones known, shown masked until somebody asks."""

import re
import uuid
from collections.abc import Iterable, Sequence
from datetime import datetime

import phonenumbers
from sqlalchemy import select
from sqlalchemy.orm import Session

from workforce.core import audit, clock, db, vault
from workforce.core.errors import NotFound
from workforce.core.tenancy import Actor
from workforce.core.words import _
from workforce.models import PHONE_USES, Phone, Worker
from workforce.people.wrong import WrongField
from workforce.rosters import phones as written

STATES = ("works", "fails", "unconfirmed")
INDEX = "phones.number"


def normalise(text: str, regions: Sequence[str], *, field: str = "number") -> str:
    """E.164 of what was typed. A local number may be of any of `regions` (ISO alpha-2). Raises WrongField."""
    try:
        return written.read(text, tuple(region for region in regions if region))
    except written.BadPhone as problem:
        raise WrongField(field, str(problem)) from None


def candidates(text: str, regions: Iterable[str]) -> list[str]:
    """Every E.164 number that `text` may be: for searching, where a guess does no harm."""
    found = {"+" + re.sub(r"\D", "", text)}
    for region in {*regions}:
        try:
            found.add(written.read(text, (region,)))
        except written.BadPhone:
            continue
    return sorted(found)


def masked(number: str | None) -> str:
    """As in "+218 91 ••• 4417": enough to tell two numbers apart, too little to dial."""
    if not number:
        return ""
    try:
        parsed = phonenumbers.parse(number, None)
    except phonenumbers.NumberParseException:
        return f"••• {number[-2:]}"
    national = phonenumbers.national_significant_number(parsed)
    shown = national[: 3 if len(national) > 9 else 2]
    return f"+{parsed.country_code} {shown} ••• {national[-4:]}"


def grouped(number: str) -> str:
    """The whole number as one reads it aloud: "+218 91-2344417"."""
    try:
        return str(
            phonenumbers.format_number(phonenumbers.parse(number, None), phonenumbers.PhoneNumberFormat.INTERNATIONAL)
        )
    except phonenumbers.NumberParseException:
        return number


def get(session: Session, actor: Actor, worker_id: uuid.UUID, phone_id: uuid.UUID) -> Phone:
    """One of this worker's numbers. Raises NotFound."""
    phone = session.scalar(
        select(Phone).where(Phone.id == phone_id, Phone.worker_id == worker_id, Phone.agency_id == actor.agency_id)
    )
    if phone is None:
        raise NotFound(_("No such number."))
    return phone


def add(
    session: Session,
    actor: Actor,
    worker: Worker,
    number: str,
    *,
    use: str = "host",
    is_smartphone: bool | None = None,
    field: str = "number",
) -> Phone:
    """One more number, tried after the others. Several workers may share one: then all of them are marked. Raises WrongField."""
    number = normalise(number, _regions(worker, use), field=field)
    mine = list(session.scalars(select(Phone).where(Phone.agency_id == worker.agency_id, Phone.worker_id == worker.id)))
    index = vault.blind_index(worker.agency_id, INDEX, number)
    if any(phone.number_index == index for phone in mine):
        raise WrongField(field, _("This number is on the list already."))
    if use not in PHONE_USES:
        raise WrongField("use", _("Choose what the number is for."))
    rank = max((phone.rank for phone in mine), default=-1) + 1
    phone = Phone(
        id=db.new_id(),
        agency_id=worker.agency_id,
        worker_id=worker.id,
        rank=rank,
        use=use,
        number_index=index,
        is_smartphone=is_smartphone,
    )
    vault.seal(session, phone, number=number)
    session.add(phone)
    session.flush()
    mark_shared(session, worker.agency_id, [index])
    _changed(session, actor, worker, "phone.add", phone)
    return phone


def edit(
    session: Session,
    actor: Actor,
    worker: Worker,
    phone_id: uuid.UUID,
    *,
    number: str = "",
    use: str,
    state: str,
    is_smartphone: bool | None = None,
) -> Phone:
    """Correct a number or what is known about it; an empty `number` leaves it as it is. Raises NotFound, WrongField."""
    phone = get(session, actor, worker.id, phone_id)
    if state not in STATES or use not in PHONE_USES:
        raise WrongField("use", _("Choose one of the answers."))
    if number.strip():
        clear, before = normalise(number, _regions(worker, use)), phone.number_index
        phone.number_index = vault.blind_index(worker.agency_id, INDEX, clear)
        vault.seal(session, phone, number=clear)
        session.flush()
        mark_shared(session, worker.agency_id, [before, phone.number_index])
    if state != phone.state:
        phone.state, phone.state_since = state, clock.now()
    phone.use, phone.is_smartphone = use, is_smartphone
    _changed(session, actor, worker, "phone.edit", phone)
    return phone


def put_first(session: Session, actor: Actor, worker: Worker, phone_id: uuid.UUID) -> None:
    """Try this number before the others. Raises NotFound."""
    chosen = get(session, actor, worker.id, phone_id)
    rest = (
        select(Phone)
        .where(Phone.agency_id == worker.agency_id, Phone.worker_id == worker.id, Phone.id != chosen.id)
        .order_by(Phone.rank)
    )
    for rank, phone in enumerate([chosen, *session.scalars(rest)]):
        phone.rank = rank
    _changed(session, actor, worker, "phone.order", chosen)


def remove(session: Session, actor: Actor, worker: Worker, phone_id: uuid.UUID) -> None:
    """Forget a number. Raises NotFound."""
    phone = get(session, actor, worker.id, phone_id)
    index = phone.number_index
    _changed(session, actor, worker, "phone.remove", phone)
    session.delete(phone)
    session.flush()
    mark_shared(session, worker.agency_id, [index])


def reveal(session: Session, actor: Actor, worker_id: uuid.UUID, phone_id: uuid.UUID) -> str:
    """The whole number. Leaves an audit line. Raises NotFound."""
    phone = get(session, actor, worker_id, phone_id)
    audit.record(session, actor, "phone.reveal", phone)
    return vault.reveal(session, phone, "number") or ""


def owners(session: Session, agency_id: uuid.UUID, number: str) -> list[Phone]:
    """Every worker's phone with this E.164 number, theirs who were heard last first."""
    index = vault.blind_index(agency_id, INDEX, number)
    rows = (
        select(Phone)
        .where(Phone.agency_id == agency_id, Phone.number_index == index)
        .order_by(Phone.last_heard_at.desc(), Phone.rank)
    )
    return list(session.scalars(rows))


def mark_shared(session: Session, agency_id: uuid.UUID, indexes: Iterable[bytes]) -> None:
    """Set `is_shared` on every phone of these numbers: true on all of them when more than one worker has it."""
    for index in set(indexes):
        same = list(session.scalars(select(Phone).where(Phone.agency_id == agency_id, Phone.number_index == index)))
        shared = len({phone.worker_id for phone in same}) > 1
        for phone in same:
            phone.is_shared = shared
    session.flush()


def heard(phone: Phone, worker: Worker, at: datetime) -> None:
    """Note that somebody answered from this number: it works, and they were heard of."""
    phone.last_heard_at = worker.last_heard_at = at
    if phone.state != "works":
        phone.state, phone.state_since = "works", at


def _regions(worker: Worker, use: str) -> tuple[str, ...]:
    if use == "home":
        return (worker.nationality, worker.host_country)
    return (worker.host_country,) if use == "host" else (worker.host_country, worker.nationality)


def _changed(session: Session, actor: Actor, worker: Worker, action: str, phone: Phone) -> None:
    worker.updated_at = clock.now()
    session.flush()
    audit.record(session, actor, action, phone)
