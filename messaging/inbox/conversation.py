"""What a text does: it is read, has its effects, and gets one answer in the worker's language.

HELP comes first and works for everybody: known, sharing a phone, opted out. What no rule covers waits for a person.
"""

from datetime import datetime, timedelta
from typing import Literal

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from messaging.inbox import finding, joining, requests, statuses, subscriptions, whereabouts
from messaging.inbox.turn import Answer, Turn, call_or, local_time, open_question
from messaging.models import Message, Question
from messaging.outbox import outbox, wording
from messaging.reading import Reading, read
from workforce.core import vault
from workforce.models import Agency, Phone, Worker

__all__ = ["Answer", "Turn", "local_time", "open_question", "understand", "work_off"]

STRANGER_ONCE = timedelta(days=1)
# A phone that writes a thousand texts a minute hears from us so often; calls for help have a share of their own.
FLOOD = timedelta(minutes=10)
MOST_ANSWERS, MOST_TO_HELP = 12, 15
# What the carrier said of a text that is not understood yet (`inbound.receive`). It blocks or opens the number by itself.
CARRIER_WORDS: dict[str, Literal["stop", "start"]] = {"stop": "stop", "start": "start"}


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


def _turn(db: Session, message: Message, now: datetime) -> Turn:
    # Not a join made distinct: PostgreSQL cannot compare two people's JSON, and every text would wait unread.
    here = (Phone.agency_id == message.agency_id, Phone.number_index == message.number_index)
    owners = (
        select(Worker)
        .where(Worker.agency_id == message.agency_id, Worker.archived_at.is_(None))
        .where(Worker.id.in_(select(Phone.worker_id).where(*here)))
        .order_by(Worker.id)
    )
    workers = list(db.scalars(owners))
    if message.worker_id is not None:  # Matched when it came in, or by hand.
        workers = [db.get_one(Worker, message.worker_id)]
    worker = workers[0] if len(workers) == 1 else None
    questions = [asked for one in workers if (asked := open_question(db, one, now)) is not None]
    question = max(questions, key=lambda one: one.asked_at, default=None)
    body = (vault.reveal(db, message, "body") or "").strip()
    number = vault.reveal(db, message, "number") or ""
    reading = understand(db, worker or next(iter(workers), None), body, question)
    word = CARRIER_WORDS.get(message.label)
    if word is not None and reading.status != "HELP":
        reading = Reading(word, language=reading.language)
    made = Turn(
        db, db.get_one(Agency, message.agency_id), message, body, number, workers, worker, question, reading, now
    )
    if not workers:
        made.joining = joining.of_number(db, made.actor, message.number_index, now)
    return made


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
    if status == "HELP" and turn.message.label in CARRIER_WORDS:
        _subscribe(turn, turn.message.label)  # The carrier blocks or opens this number whatever else the text says.
    forced = statuses.under_duress(turn)
    if forced is not None:
        return forced
    if label in {"stop", "start"}:
        return _subscribe(turn, label) if turn.workers or label == "stop" else _stranger(turn)
    if not turn.workers:
        return _stranger(turn)
    return statuses.several(turn) or _known(turn, label, status)


def _subscribe(turn: Turn, label: str) -> Answer | None:
    return subscriptions.stop(turn) if label == "stop" else subscriptions.start(turn)


def _known(turn: Turn, label: str, status: str | None) -> Answer | None:
    if status is not None:
        return statuses.help_(turn) if status == "HELP" else statuses.status(turn, status)
    rule = {"place": finding.place, "command": requests.act}.get(label, statuses.ask_again)
    return rule(turn)


def _stranger(turn: Turn) -> Answer | None:
    """A number nobody has on file. A person looks at it; the number hears from us once a day at most, unless it registers."""
    if turn.reading.status == "HELP":
        turn.handled = False
        answer = statuses.help_for(turn) or call_or(turn.agency, "ack_help")
        return None if _was_answered(turn) else answer
    if turn.reading.command == "JOIN":
        return joining.begin(turn)
    if turn.joining is not None:
        return joining.go_on(turn)
    turn.handled = False
    return None if _was_answered(turn) else Answer("unknown_sender")


def _was_answered(turn: Turn) -> bool:
    earlier = select(Message.id).where(
        Message.agency_id == turn.agency.id, Message.number_index == turn.message.number_index,
        Message.direction == "out", Message.queued_at > turn.now - STRANGER_ONCE,
    ).limit(1)  # fmt: skip
    return turn.db.scalar(earlier) is not None


def _reply(turn: Turn, answer: Answer) -> None:
    if not turn.worker and not answer.last_word and any(one.opted_out_at for one in turn.workers):
        return
    if _is_flood(turn):
        return
    language = answer.language or turn.language
    body = wording.text(turn.db, turn.agency.id, answer.key, language, agency=turn.agency.short_name, **answer.values)
    outbox.queue(
        turn.db, turn.actor, worker=turn.worker, number=turn.number, body=body, purpose="reply", language=language,
        in_reply_to_id=turn.message.id, occasion=f"reply:{turn.message.id}", last_word=answer.last_word,
    )  # fmt: skip


def _is_flood(turn: Turn) -> bool:
    """Whether this number has had its answers for now. What its texts do is done all the same."""
    lately = select(func.count()).select_from(Message).where(
        Message.agency_id == turn.agency.id, Message.number_index == turn.message.number_index,
        Message.direction == "out", Message.purpose == "reply", Message.queued_at > turn.now - FLOOD,
    )  # fmt: skip
    most = MOST_TO_HELP if turn.reading.status == "HELP" else MOST_ANSWERS
    return (turn.db.scalar(lately) or 0) >= most
