"""The inbox: who wrote, what waits for a person, and what a person does about it. HELP stands on top."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, case, func, or_, select
from sqlalchemy.orm import Session

from messaging.inbox import inbound, keeping
from messaging.inbox.keeping import Kept
from messaging.incidents import board
from messaging.models import Case, CasePerson, Message
from messaging.outbox import letters
from workforce.core import audit, vault
from workforce.core.errors import Invalid, NotFound
from workforce.core.tenancy import Actor
from workforce.core.words import _
from workforce.models import Worker
from workforce.people import phones, workers

NOBODYS = Kept()
LABELS = ("HELP", "SAFE", "MOVING", "STAYING", "")
MOST_OPEN = 500
MOST_OF_ONE = 20
MOST_RECENT = 200
IN_A_THREAD = 60


@dataclass(frozen=True)
class Thread:
    """What one phone, or one person, has written. `open` is how many of their texts wait for a person."""

    newest: Message
    body: str
    worker: Worker | None
    number: str
    open: int
    is_help: bool
    waits_since: datetime | None
    case: Case | None
    kept: Kept = NOBODYS
    is_new: bool = False


@dataclass(frozen=True)
class Said:
    """One text in a thread, opened."""

    message: Message
    body: str
    out: bool


def unhandled(db: Session, actor: Actor) -> int:
    """How many texts wait for a person."""
    return db.scalar(select(func.count()).select_from(Message).where(*_open(actor))) or 0


def listing(db: Session, actor: Actor, which: str = "open") -> list[Thread]:
    """Threads, HELP first and of it what has waited longest without an owner, then newest first. `which`: open, mine, all, unknown (numbers that nobody has on file)."""
    # Of each number the newest few: a phone that floods us is one line of the list, and pushes nobody off it.
    turn = func.row_number().over(
        partition_by=(Message.number_index, case((_is_call(), 1), else_=0)),
        order_by=(Message.queued_at.desc(), Message.id.desc()),
    )
    few = select(Message.id, turn.label("turn")).where(*_open(actor)).subquery()
    waiting = select(Message).join(few, few.c.id == Message.id).where(few.c.turn <= MOST_OF_ONE)
    waiting = waiting.order_by(Message.queued_at.desc()).limit(MOST_OPEN)
    # Calls for help by themselves: a phone that floods us must not push somebody else's off the list.
    found = list(db.scalars(waiting.where(_is_call())))
    calls = {message.id for message in found}
    found += [message for message in db.scalars(waiting) if message.id not in calls]
    if which not in {"open", "mine"}:
        recent = (
            select(Message)
            .where(Message.agency_id == actor.agency_id, Message.direction == "in")
            .order_by(Message.queued_at.desc())
            .limit(MOST_RECENT)
        )
        seen = {message.id for message in found}
        found += [message for message in db.scalars(recent) if message.id not in seen]
    if which == "unknown":
        known = inbound_numbers(db, actor, found)
        found = [message for message in found if message.worker_id is None and message.number_index not in known]
    kept = keeping.of(db, actor, found)
    if which == "mine":
        found = [one for one in found if kept.get(keeping.key_of(one), NOBODYS).owner_id == actor.id]
    groups: dict[Any, list[Message]] = {}
    for message in sorted(found, key=lambda one: one.queued_at, reverse=True):
        groups.setdefault(keeping.key_of(message), []).append(message)
    people = {message.worker_id for message in found if message.worker_id}
    vault.prefetch(db, people)
    cases = _cases(db, actor, people) | _cases_opened_by(db, actor, {one.id for one in found if not one.worker_id})
    made = [_thread(db, messages, cases, kept.get(key, NOBODYS)) for key, messages in groups.items()]
    return sorted(made, key=_urgency)


def _urgency(one: Thread) -> tuple[bool, bool, bool, float]:
    has_owner = one.case is not None and one.case.owner_id is not None
    # Whoever called by a link or was named by somebody else has a case, though none of their texts says so.
    calls = one.is_help or (one.case is not None and not has_owner)
    came = one.newest.queued_at.timestamp()
    return not calls, calls and has_owner, one.open == 0, came if calls else -came


def inbound_numbers(db: Session, actor: Actor, found: Sequence[Message]) -> set[bytes]:
    """Which of these texts' numbers somebody has on file (shared ones have no single worker)."""
    indexes = {message.number_index for message in found if message.worker_id is None and message.number_index}
    return {index for index in indexes if inbound.phones_of(db, actor.agency_id, index)}


def get(db: Session, actor: Actor, message_id: uuid.UUID) -> Message:
    """One text that came in. Raises NotFound."""
    found = db.scalar(
        select(Message).where(Message.id == message_id, Message.agency_id == actor.agency_id, Message.direction == "in")
    )
    if found is None:
        raise NotFound(_("No such text."))
    return found


def thread(db: Session, actor: Actor, message: Message) -> list[Said]:
    """The texts with the phone or person behind `message`, oldest first."""
    mine: ColumnElement[bool] = Message.number_index == message.number_index
    if message.worker_id is not None:
        mine = or_(Message.worker_id == message.worker_id, (Message.worker_id.is_(None)) & mine)
    return _said(db, select(Message).where(Message.agency_id == actor.agency_id, mine))


def newest_of(db: Session, actor: Actor, message: Message) -> Message:
    """The text that came last in this thread."""
    mine = Message.worker_id == message.worker_id if message.worker_id else Message.number_index == message.number_index
    came = select(Message).where(Message.agency_id == actor.agency_id, Message.direction == "in", mine)
    return db.scalar(came.order_by(Message.queued_at.desc()).limit(1)) or message


def case_of(db: Session, actor: Actor, message: Message) -> Case | None:
    """The open case of who wrote, if there is one."""
    if message.worker_id:
        return _cases(db, actor, {message.worker_id}).get(message.worker_id)
    theirs = select(Message.id).where(
        Message.agency_id == actor.agency_id, Message.direction == "in", Message.number_index == message.number_index
    )
    found = _cases_opened_by(db, actor, set(db.scalars(theirs.order_by(Message.queued_at.desc()).limit(IN_A_THREAD))))
    return next(iter(found.values()), None)


def with_worker(db: Session, actor: Actor, worker: Worker) -> list[Said]:
    """The texts with this worker, oldest first; those from a shared phone of theirs included."""
    indexes = [phone.number_index for phone in worker.phones]
    mine = or_(Message.worker_id == worker.id, (Message.worker_id.is_(None)) & Message.number_index.in_(indexes))
    return _said(db, select(Message).where(Message.agency_id == actor.agency_id, mine))


def sharers(db: Session, message: Message) -> list[Worker]:
    """The people who have this text's number on file."""
    found: dict[uuid.UUID, Worker] = {}
    for phone in inbound.phones_of(db, message.agency_id, message.number_index):
        found.setdefault(phone.worker_id, phone.worker)
    return list(found.values())


# --- what a person does -----------------------------------------------------------------------------------------------


def handle(db: Session, actor: Actor, message: Message, at: datetime) -> int:
    """Somebody has read this thread and done what was needed: its open texts are handled. How many."""
    mine = Message.worker_id == message.worker_id if message.worker_id else Message.number_index == message.number_index
    waiting = list(db.scalars(select(Message).where(*_open(actor), mine)))
    for one in waiting:
        one.handled_at, one.handled_by = at, actor.id
    audit.record(db, actor, "message.handle", message, count=len(waiting))
    return len(waiting)


def reply(db: Session, actor: Actor, message: Message, body: str, at: datetime) -> Message:
    """Answer to the number that wrote, and count the thread as handled. Raises Invalid."""
    worker = workers.get(db, actor, message.worker_id) if message.worker_id else None
    made = letters.write(
        db,
        actor,
        worker,
        body,
        number=vault.reveal(db, message, "number"),
        language=worker.language if worker else message.language,
        in_reply_to_id=message.id,
    )
    handle(db, actor, message, at)
    return made


def correct(db: Session, actor: Actor, message: Message, status: str, at: datetime) -> None:
    """A person reads the text otherwise than the machine did: the label changes and the board hears it. Raises Invalid."""
    if status not in LABELS:
        raise Invalid(_("Choose how the text is to be read."))
    before, label = message.reading_status, message.label
    message.reading_status = status
    message.label = {"HELP": "help", "SAFE": "safe"}.get(status, "free")
    if status == "HELP":
        message.handled_at = None
    audit.record(db, actor, "message.correct", message, before=before, after=status)
    keeping.note_correction(db, actor, message, (label, before), status, at)
    people = (
        [workers.get(db, actor, message.worker_id)]
        if message.worker_id
        else sharers(db, message)
        if status == "HELP"
        else []
    )
    body = vault.reveal(db, message, "body") or ""
    for worker in people if status else []:
        board.hear(db, worker, status, evidence=body, message=message, source="sms", at=message.queued_at)


def match(db: Session, actor: Actor, message: Message, worker_id: uuid.UUID, *, keep_number: bool) -> Worker:
    """A person says who this number is: its texts become the worker's, and what they said is heard. Raises NotFound, Conflict."""
    worker = workers.get(db, actor, worker_id)
    theirs = list(
        db.scalars(
            select(Message)
            .where(
                Message.agency_id == actor.agency_id,
                Message.worker_id.is_(None),
                Message.number_index == message.number_index,
            )
            .order_by(Message.queued_at)
        )
    )
    number = vault.reveal(db, message, "number") or ""
    for one in theirs:
        body = vault.reveal(db, one, "body")
        one.worker_id = worker.id  # From now on the worker's own key seals it, so that erasing them erases this too.
        vault.seal(db, one, number=number, body=body)
        db.flush()
        if one.direction == "in" and one.reading_status:
            board.hear(db, worker, one.reading_status, evidence=body or "", message=one, source="sms", at=one.queued_at)
    if keep_number and number:
        phones.add(db, actor, worker, number, use="other")
    audit.record(db, actor, "message.match", message, worker=worker.id, count=len(theirs), number_kept=keep_number)
    return worker


def _open(actor: Actor) -> tuple[ColumnElement[bool], ...]:
    return (Message.agency_id == actor.agency_id, Message.direction == "in", Message.handled_at.is_(None))


def _cases_opened_by(db: Session, actor: Actor, texts: set[uuid.UUID]) -> dict[uuid.UUID, Case]:
    """The open case that each of these texts has opened: of a phone that several share, or of somebody's family."""
    asked = select(Case).where(
        Case.agency_id == actor.agency_id, Case.closed_at.is_(None), Case.message_id.in_(list(texts)[:MOST_OPEN])
    )
    return {one.message_id: one for one in db.scalars(asked.order_by(Case.opened_at.desc())) if one.message_id}


def _is_call() -> ColumnElement[bool]:
    return or_(Message.reading_status == "HELP", Message.label == "help")


def _said(db: Session, asked: Any) -> list[Said]:
    newest = list(db.scalars(asked.order_by(Message.queued_at.desc(), Message.id.desc()).limit(IN_A_THREAD)))
    vault.prefetch(db, {message.worker_id for message in newest if message.worker_id})
    return [
        Said(message, letters.shown(vault.reveal(db, message, "body") or ""), message.direction == "out")
        for message in reversed(newest)
    ]


def _cases(db: Session, actor: Actor, people: set[uuid.UUID]) -> dict[uuid.UUID, Case]:
    asked = (
        select(CasePerson.worker_id, Case)
        .join(Case, (Case.agency_id == CasePerson.agency_id) & (Case.id == CasePerson.case_id))
        .where(CasePerson.agency_id == actor.agency_id, CasePerson.worker_id.in_(people), CasePerson.ended_at.is_(None))
    )
    return {worker_id: case for worker_id, case in db.execute(asked.order_by(Case.opened_at.desc()))}  # noqa: C416


def _thread(db: Session, messages: list[Message], cases: dict[uuid.UUID, Case], kept: Kept) -> Thread:
    waiting = [message for message in messages if message.handled_at is None]
    urgent = next((message for message in waiting if message.reading_status == "HELP" or message.label == "help"), None)
    shown = urgent or messages[0]
    number = phones.masked(vault.reveal(db, shown, "number"))
    keys = [shown.worker_id] if shown.worker_id else [message.id for message in messages]
    case = next((cases[key] for key in keys if key in cases), None)
    return Thread(
        shown,
        vault.reveal(db, shown, "body") or "",
        shown.worker,
        number,
        len(waiting),
        urgent is not None,
        min((one.queued_at for one in waiting), default=None),
        case,
        kept,
        keeping.is_unseen(kept, messages[0]),
    )
