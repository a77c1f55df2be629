"""Telling the person who called for help who has their case: by first name, to the phone that called."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from messaging.models import Case, Message
from messaging.outbox import outbox, wording
from workforce.core import vault
from workforce.core.tenancy import Actor
from workforce.models import Agency, Phone, User, Worker


def who_has_it(db: Session, actor: Actor, case: Case) -> int:
    """Text the caller the owner's first name; how many texts. Never under duress: whoever holds the phone must not know."""
    owner = db.scalar(select(User.name).where(User.id == case.owner_id, User.agency_id == case.agency_id))
    if owner is None or case.is_duress:
        return 0
    asked = select(Message).where(Message.agency_id == case.agency_id, Message.id == case.message_id)
    called = db.scalar(asked) if case.message_id else None
    number = vault.reveal(db, called, "number") if called is not None else None
    people = _callers(db, case, called)
    if number and any(one.opted_out_at for one in people):
        return 0
    if number:  # One phone called, however many share it.
        return _tell(db, actor, case, people[0] if len(people) == 1 else None, people[0].language if people else "en", owner, number)  # fmt: skip
    return sum(_tell(db, actor, case, one, one.language, owner, None) for one in people if one.phones)


def _callers(db: Session, case: Case, called: Message | None) -> list[Worker]:
    """Those in the case who may have called: on the phone that did. Whom a text only names hears nothing of it."""
    people = [one.worker for one in case.waiting]
    if called is None:
        return people
    on_phone = select(Phone.worker_id).where(
        Phone.agency_id == case.agency_id, Phone.number_index == called.number_index
    )
    callers = {*db.scalars(on_phone), called.worker_id}
    return [one for one in people if one.id in callers]


def _tell(db: Session, actor: Actor, case: Case, worker: Worker | None, language: str, owner: str, number: str | None) -> int:  # fmt: skip
    agency = db.get_one(Agency, case.agency_id)
    body = wording.text(
        db, agency.id, "case_taken", language, agency=agency.short_name, owner=owner.split(maxsplit=1)[0]
    )
    outbox.queue(
        db, actor, worker=worker, number=number, body=body, purpose="reply", language=language, incident_id=case.incident_id,
        occasion=f"case-taken:{case.id}:{case.owner_id}:{worker.id if worker else 'shared'}",
    )  # fmt: skip
    return 1
