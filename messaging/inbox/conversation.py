"""What a text does: it is read, has its effects, and gets one answer in the worker's language.

HELP comes first and works for everybody: known, sharing a phone, opted out. What no rule covers waits for a person.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal
from zoneinfo import ZoneInfo

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from locator import zones
from messaging import texts
from messaging.inbox import whereabouts
from messaging.incidents import board
from messaging.models import Message, Question
from messaging.outbox import outbox, wording
from messaging.reading import Reading, read
from messaging.reading.folding import fold
from workforce.core import audit, vault
from workforce.core.db import new_id
from workforce.core.tenancy import System
from workforce.models import Agency, Phone, Worker

ASKED_AGAIN = timedelta(hours=24)
STRANGER_ONCE = timedelta(days=1)
ACKNOWLEDGED = {"HELP": "ack_help", "SAFE": "ack_safe", "MOVING": "ack_moving", "STAYING": "ack_staying"}


@dataclass(frozen=True)
class Answer:
    """The one answer to a text: which of our texts, with what in it. `last_word` is the confirmation of a STOP."""

    key: str
    values: dict[str, Any]
    last_word: bool = False


@dataclass
class Turn:
    """One text with all that is needed to act on it. `worker` is None where the number is unknown or shared."""

    db: Session
    agency: Agency
    message: Message
    body: str
    number: str
    workers: list[Worker]
    worker: Worker | None
    question: Question | None
    reading: Reading
    now: datetime
    handled: bool = True

    @property
    def actor(self) -> System:
        return System(self.agency.id)

    @property
    def language(self) -> str:
        return (
            self.worker.language
            if self.worker
            else self.reading.language or (self.workers[0].language if self.workers else "en")
        )

    @property
    def local_time(self) -> str:
        return local_time(self.worker or next(iter(self.workers), None), self.message.queued_at)


def work_off(db: Session, message: Message, now: datetime) -> Reading:
    """Read the text, do what it says, queue the answer. The caller's transaction holds it all together."""
    turn = _turn(db, message, now)
    _heard_from(turn)
    answer = _act(turn)
    if answer is not None:
        _reply(turn, answer)
    # Last and together: written one by one, each would be a statement of its own.
    message.label, message.reading_status = turn.reading.label, turn.reading.status or ""
    message.language = turn.reading.language or turn.language
    if turn.handled:
        message.handled_at = now
    return turn.reading


def understand(db: Session, worker: Worker | None, body: str, question: Question | None) -> Reading:
    """How a text from `worker` is understood, given the question that is open."""
    kind: Literal["none", "safety"] = "safety" if question is not None and question.kind == "safety" else "none"
    if worker is None:
        return read(body, question=kind)
    return read(
        body,
        language=worker.language,
        country=worker.host_country,
        question=kind,
        sites=whereabouts.sites_near(db, worker),
    )


def open_question(db: Session, worker: Worker, now: datetime) -> Question | None:
    """The newest question that the worker has not answered and that still stands."""
    asked = select(Question).where(
        Question.agency_id == worker.agency_id,
        Question.worker_id == worker.id,
        Question.answered_at.is_(None),
        Question.expires_at > now,
    )
    return db.scalar(asked.order_by(Question.asked_at.desc()).limit(1))


def local_time(worker: Worker | None, at: datetime) -> str:
    """A moment on the worker's own clock: "14:02"."""
    zone = "UTC"
    if worker is not None:
        site = worker.deployment.site if worker.deployment else None
        zone = (site.zone if site else "") or zones.country_zone(worker.host_country)
    return f"{at.astimezone(ZoneInfo(zone)):%H:%M}"


def _turn(db: Session, message: Message, now: datetime) -> Turn:
    owners = (
        select(Worker).join(Phone, (Phone.agency_id == Worker.agency_id) & (Phone.worker_id == Worker.id))
        .where(Worker.agency_id == message.agency_id, Phone.number_index == message.number_index, Worker.archived_at.is_(None))
        .distinct().order_by(Worker.id)
    )  # fmt: skip
    workers = list(db.scalars(owners))
    if message.worker_id is not None:  # Matched when it came in, or by hand.
        workers = [db.get_one(Worker, message.worker_id)]
    worker = workers[0] if len(workers) == 1 else None
    questions = [asked for one in workers if (asked := open_question(db, one, now)) is not None]
    question = max(questions, key=lambda one: one.asked_at, default=None)
    body = (vault.reveal(db, message, "body") or "").strip()
    number = vault.reveal(db, message, "number") or ""
    reading = understand(db, worker or next(iter(workers), None), body, question)
    return Turn(
        db, db.get_one(Agency, message.agency_id), message, body, number, workers, worker, question, reading, now
    )


def _heard_from(turn: Turn) -> None:
    people, at = [one.id for one in turn.workers], turn.message.queued_at
    # Not by way of the row: a text must not make the page that somebody is editing look changed.
    turn.db.execute(
        update(Worker).where(Worker.agency_id == turn.agency.id, Worker.id.in_(people)).values(last_heard_at=at)
    )
    turn.db.execute(
        update(Phone)
        .where(
            Phone.agency_id == turn.agency.id,
            Phone.worker_id.in_(people),
            Phone.number_index == turn.message.number_index,
        )
        .values(last_heard_at=at)
    )
    if turn.question is not None and turn.reading.label in {"answer", "safe", "help"}:
        turn.question.answered_at = turn.now
        turn.message.incident_id = turn.question.incident_id
    elif turn.question is not None:
        turn.message.incident_id = turn.question.incident_id


def _act(turn: Turn) -> Answer | None:
    label, status = turn.reading.label, turn.reading.status
    if label in {"stop", "start"}:
        return _stop(turn) if label == "stop" else _start(turn)
    if not turn.workers:
        return _stranger(turn)
    if status is not None:
        return _help(turn) if status == "HELP" else _status(turn, status)
    rule = {"place": _place, "command": _command}.get(label, _ask_again)
    return rule(turn)


# --- how somebody is --------------------------------------------------------------------------------------------------


def _help(turn: Turn) -> Answer:
    """A call for help: one case that names everybody who may have sent it. A person answers; the machine only says so."""
    turn.handled = False
    board.hear_from_one_phone(
        turn.db, turn.workers, "HELP", evidence=turn.body, message=turn.message, at=turn.message.queued_at
    )
    _keep_place(turn)
    return Answer("ack_help", {"phone": turn.agency.call_number or turn.agency.name})


def _status(turn: Turn, status: str) -> Answer | None:
    who = [turn.worker] if turn.worker else _named(turn)
    if not who:  # Several people share this phone: "safe" must not make somebody safe who is not.
        turn.handled = False
        return Answer("ask_who", {})
    for worker in who:
        board.hear(
            turn.db, worker, status, evidence=turn.body, message=turn.message, source="sms", at=turn.message.queued_at
        )
    _keep_place(turn)
    # Their own words beyond a plain answer are for a person to read.
    turn.handled = turn.reading.label != "free"
    return Answer(ACKNOWLEDGED[status], {"time": turn.local_time})


def _named(turn: Turn) -> list[Worker]:
    said = set(fold(turn.body).words)
    return [
        one
        for one in turn.workers
        if said & {word for name in (one.given_name, one.family_name) for word in fold(name).words}
    ]


def _ask_again(turn: Turn) -> Answer | None:
    """Words without a status. With a question open, or a digit without one, "1 safe, 2 need help" is asked once."""
    turn.handled = False
    unclear = turn.question is not None or turn.reading.label == "answer"
    if not unclear or turn.worker is None or _was_asked_again(turn):
        return None
    turn.db.add(Question(
        id=new_id(), agency_id=turn.agency.id, worker_id=turn.worker.id, kind="safety", message_id=turn.message.id, detail={"again": True},
        incident_id=turn.question.incident_id if turn.question else None, asked_at=turn.now, expires_at=turn.now + ASKED_AGAIN,
    ))  # fmt: skip
    return Answer("ask_digits", {})


def _was_asked_again(turn: Turn) -> bool:
    if turn.worker is None:
        return True
    asked = select(Question).where(
        Question.agency_id == turn.agency.id,
        Question.worker_id == turn.worker.id,
        Question.asked_at > turn.now - ASKED_AGAIN,
        Question.answered_at.is_(None),
    )
    return any(question.detail.get("again") for question in turn.db.scalars(asked))


# --- stop and start ---------------------------------------------------------------------------------------------------


def _stop(turn: Turn) -> Answer | None:
    """Honoured at once, for everybody on that number; a crisis then needs a call, and the board says so."""
    for worker in turn.workers:
        if worker.opted_out_at is None:
            worker.opted_out_at = turn.now
            audit.record(turn.db, turn.actor, "worker.opt_out", worker, channel="sms")
        board.opted_out(turn.db, worker, turn.now)
    return Answer("stop_confirm", {}, last_word=True)


def _start(turn: Turn) -> Answer | None:
    for worker in turn.workers:
        if worker.opted_out_at is not None:
            worker.opted_out_at = None
            audit.record(turn.db, turn.actor, "worker.opt_in", worker, channel="sms")
    return Answer("start_confirm", {}) if turn.workers else _stranger(turn)


# --- places and the rest ----------------------------------------------------------------------------------------------


def _place(turn: Turn) -> Answer | None:
    place = turn.reading.place
    if place is None:  # A link that cannot be opened without the internet.
        return Answer("ask_place", {})
    if turn.worker is None:
        turn.handled = False
        return Answer("ask_who", {})
    _keep_place(turn)
    turn.handled = not turn.reading.needs_confirmation
    return Answer("ack_place", {"place": whereabouts.name_of(place)})


def _keep_place(turn: Turn) -> None:
    if turn.worker is not None and turn.reading.place is not None:
        sure = not turn.reading.needs_confirmation
        whereabouts.take_position(
            turn.db, turn.worker, turn.reading.place, at=turn.message.queued_at, message=turn.message, is_sure=sure
        )


def _command(turn: Turn) -> Answer | None:
    command, argument = turn.reading.command or "", (turn.reading.argument or "").strip()
    if command == "NEAR":
        return _near(turn, argument)
    if command == "INFO":
        return Answer("info", {"phone": turn.agency.call_number or turn.agency.name})
    if command == "LANG" and turn.worker is not None and (wanted := _language(argument)):
        turn.worker.language = wanted
        audit.record(turn.db, turn.actor, "worker.language", turn.worker, language=wanted, channel="sms")
        return Answer("info", {"phone": turn.agency.call_number or turn.agency.name})
    if command == "LOC" and argument in {"OFF", "DELETE"} and turn.worker is not None:
        whereabouts.forget(turn.db, turn.worker, at=turn.now)
        return Answer("loc_off", {})
    turn.handled = False  # DOCS, WHO, CONTACT and the like: a person answers until each has its own page.
    return None


def _near(turn: Turn, wanted: str) -> Answer | None:
    kind = wanted.lower() or "embassy"
    if turn.worker is None or kind not in whereabouts.KINDS:
        turn.handled = False
        return None
    found = whereabouts.nearest_to(turn.db, turn.worker, kind, place=turn.reading.place, now=turn.now)
    if found is None:
        return Answer("near_no_place", {"kind": kind.upper()})
    return Answer("near_answer", found)


def _language(argument: str) -> str | None:
    code = argument.casefold()[:3].strip()
    return next((one for one in texts.languages() if code in {one, one[:2]} or {"fil": "tl"}.get(code) == one), None)


def _stranger(turn: Turn) -> Answer | None:
    """A number nobody has on file. A person looks at it; the number hears from us once a day at most."""
    turn.handled = False
    if turn.reading.label == "stop":
        return None
    earlier = select(Message.id).where(
        Message.agency_id == turn.agency.id, Message.number_index == turn.message.number_index,
        Message.direction == "out", Message.queued_at > turn.now - STRANGER_ONCE,
    ).limit(1)  # fmt: skip
    if turn.db.scalar(earlier) is not None:
        return None
    if turn.reading.status == "HELP":
        return Answer("ack_help", {"phone": turn.agency.call_number or turn.agency.name})
    return Answer("unknown_sender", {})


def _reply(turn: Turn, answer: Answer) -> None:
    if not turn.worker and not answer.last_word and any(one.opted_out_at for one in turn.workers):
        return
    if answer.key == "stop_confirm" and not turn.workers:
        return
    body = wording.text(
        turn.db, turn.agency.id, answer.key, turn.language, agency=turn.agency.short_name, **answer.values
    )
    outbox.queue(
        turn.db, turn.actor, worker=turn.worker, number=turn.number, body=body, purpose="reply", language=turn.language,
        in_reply_to_id=turn.message.id, occasion=f"reply:{turn.message.id}", last_word=answer.last_word,
    )  # fmt: skip
