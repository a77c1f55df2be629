"""Texts that a person writes to one person, and those that did not arrive."""

import re
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session, selectinload

from messaging import segments
from messaging.models import Message
from messaging.outbox import outbox, wording
from messaging.replies import routes
from workforce.core import audit, vault
from workforce.core.errors import Conflict, Invalid, NotFound
from workforce.core.tenancy import Actor
from workforce.core.words import _
from workforce.models import Agency, Phone, Worker
from workforce.people import phones, workers

LONGEST = 1000
LOOK_BACK = timedelta(days=30)
MOST_FAILED = 300
_TOKEN = re.compile(r"/w/[\w-]{16,}")
LOST = ("failed", "undelivered", "unknown", "suppressed", "expired")


@dataclass(frozen=True)
class Lost:
    """A text that did not arrive: to whom, why, and the other numbers one could try."""

    message: Message
    body: str
    number: str
    others: Sequence[tuple[Phone, str]]


def before(agency: Agency) -> str:
    """What stands in front of a person's own words, so that the receiver knows who writes."""
    return f"{agency.short_name}: "


def write(
    db: Session, actor: Actor, worker: Worker | None, body: str, *, phone: Phone | None = None, number: str | None = None, language: str = "en",
    in_reply_to_id: uuid.UUID | None = None, not_before_at: datetime | None = None,
) -> Message:  # fmt: skip
    """Queue a person's own words, opened by the agency's name. Raises Invalid."""
    body = body.strip().replace("\r\n", "\n")
    if not body:
        raise Invalid(_("Write something first."))
    if len(body) > LONGEST:
        raise Invalid(_("That is too long for a text. The limit is %(count)s characters.", count=LONGEST))
    agency = db.get_one(Agency, actor.agency_id)
    words = wording.text(db, agency.id, "one_to_one", language, agency=agency.short_name, message=body)
    return outbox.queue(
        db,
        actor,
        worker=worker,
        body=words,
        purpose="one_to_one",
        language=language,
        phone=phone,
        number=number,
        in_reply_to_id=in_reply_to_id,
        not_before_at=not_before_at,
    )


def shown(body: str) -> str:
    """A text as staff may see it: the token of a one-time link is the worker's alone."""
    return _TOKEN.sub("/w/…", body)


def problems(body: str) -> list[str]:
    """What a person should look at again before the text leaves."""
    return segments.lint(body.replace("{", "(").replace("}", ")"), most_parts=2)


def can_answer(db: Session, worker: Worker) -> bool:
    """Whether an answer from where the worker is comes back: many networks replace a foreign sender's number."""
    return worker.host_country not in routes.hidden(db, worker.agency_id)


def lost(db: Session, actor: Actor, now: datetime) -> list[Lost]:
    """Texts of the last thirty days that did not arrive, the newest first; those that a later one made good are left out."""
    where = (
        Message.agency_id == actor.agency_id,
        Message.direction == "out",
        Message.state.in_(LOST),
        Message.queued_at > now - LOOK_BACK,
    )
    mine = list(
        db.scalars(
            select(Message)
            .where(*where)
            .options(selectinload(Message.worker).selectinload(Worker.phones))
            .order_by(Message.queued_at.desc())
            .limit(MOST_FAILED)
        )
    )
    vault.prefetch(db, {message.worker_id for message in mine if message.worker_id})
    arrived = _made_good(db, actor, mine)
    return [_lost(db, message) for message in mine if message.id not in arrived]


def again(db: Session, actor: Actor, message_id: uuid.UUID, phone_id: uuid.UUID | None) -> Message:
    """The same words once more, to the number chosen or the first one. Raises NotFound, Conflict."""
    message = db.scalar(
        select(Message).where(
            Message.id == message_id, Message.agency_id == actor.agency_id, Message.direction == "out"
        )
    )
    if message is None or message.worker_id is None:
        raise NotFound(_("No such text."))
    if message.state not in LOST:
        raise Conflict(_("This text has not failed, or has arrived in the meantime."))
    if message.purpose == "link":
        raise Conflict(_("A link is not sent again. Send a new one from the worker's page."))
    if message.valid_until is not None or message.purpose in outbox.CRISIS:
        raise Conflict(
            _("This was a crisis text and what it says may be out of date. Send a new one from the incident.")
        )
    worker = workers.get(db, actor, message.worker_id)
    phone = phones.get(db, actor, worker.id, phone_id) if phone_id else None
    made = outbox.queue(
        db,
        actor,
        worker=worker,
        body=vault.reveal(db, message, "body") or "",
        purpose=message.purpose,
        language=message.language,
        phone=phone,
    )
    audit.record(db, actor, "message.again", made, first=message.id)
    return made


def _lost(db: Session, message: Message) -> Lost:
    others = [
        (phone, phones.masked(vault.reveal(db, phone, "number")))
        for phone in (message.worker.phones if message.worker else [])
        if phone.id != message.phone_id
    ]
    return Lost(
        message,
        shown(vault.reveal(db, message, "body") or ""),
        phones.masked(vault.reveal(db, message, "number")),
        others,
    )


def _made_good(db: Session, actor: Actor, mine: Sequence[Message]) -> set[uuid.UUID]:
    """Those after which a text to the same person arrived, or the person was heard of."""
    people = {message.worker_id for message in mine if message.worker_id}
    good = or_(and_(Message.direction == "out", Message.state.in_(("delivered", "read"))), Message.direction == "in")
    asked = select(Message.worker_id, Message.queued_at).where(
        Message.agency_id == actor.agency_id, Message.worker_id.in_(people), good
    )
    latest: dict[uuid.UUID | None, datetime] = {}
    for person, at in db.execute(asked):
        latest[person] = max(at, latest.get(person, at))
    return {
        message.id for message in mine if message.worker_id in latest and latest[message.worker_id] > message.queued_at
    }
