"""How somebody is: a call for help, safe, on the way, staying; for themselves, for others, and under duress."""

from dataclasses import replace
from datetime import timedelta

from sqlalchemy import select, update

from messaging.inbox import finding
from messaging.inbox.turn import Answer, Turn, call_or
from messaging.incidents import board
from messaging.links import duress
from messaging.models import Case, CasePerson, Question
from messaging.reading.folding import fold
from workforce.core import audit
from workforce.core.db import new_id
from workforce.models import Deployment, Worker

ASKED_AGAIN = timedelta(hours=24)
ACKNOWLEDGED = {"SAFE": "ack_safe", "MOVING": "ack_moving", "STAYING": "ack_staying"}
MOST_NAMES = 20


def help_(turn: Turn) -> Answer:
    """A call for help: one case that names everybody who may have sent it. A person answers; the machine only says so."""
    turn.handled = False
    board.hear_from_one_phone(
        turn.db, turn.workers, "HELP", evidence=turn.body, message=turn.message, at=turn.message.queued_at
    )
    finding.keep_place(turn)
    return call_or(turn.agency, "ack_help")


def under_duress(turn: Turn) -> Answer | None:
    """A text with the sender's secret word: a call for help for us, and the answer to SAFE for whoever looks on."""
    forced = [one for one in turn.workers if duress.said_in(turn.db, one, turn.body)]
    if not forced:
        return None
    help_(turn)
    turn.reading = replace(turn.reading, label="help", status="HELP")
    turn.db.flush()
    named = select(CasePerson.case_id).where(
        CasePerson.agency_id == turn.agency.id,
        CasePerson.worker_id.in_([one.id for one in forced]),
        CasePerson.ended_at.is_(None),
    )
    turn.db.execute(
        update(Case).where(Case.agency_id == turn.agency.id, Case.id.in_(named)).values(is_duress=True),
        execution_options={"synchronize_session": "fetch"},
    )
    for one in forced:
        audit.record(turn.db, turn.actor, "duress.hear", one)
    return Answer("ack_safe", {"time": turn.local_time})


def status(turn: Turn, said: str) -> Answer | None:
    """SAFE, MOVING or STAYING of who wrote; from a shared phone only of those who are named."""
    who = [turn.worker] if turn.worker else _named(turn.workers, turn.body)
    if not who:  # Several people share this phone: "safe" must not make somebody safe who is not.
        turn.handled = False
        return Answer("ask_who")
    for worker in who:
        _hear(turn, worker, said, turn.body)
    finding.keep_place(turn)
    # Their own words beyond a plain answer, and a reason to stay, are for a person to read.
    turn.handled = turn.reading.label != "free" and not (said == "STAYING" and turn.reading.argument)
    return Answer(ACKNOWLEDGED[said], {"time": turn.local_time})


def several(turn: Turn) -> Answer | None:
    """The text "SAFE 3 Ana Ben Joy": each name for itself. Nobody is made safe by the number, and nobody by a name that fits two people.

    None where the text is no such list. Who sends it is safe only if named, or if the number counts one more than the names.
    """
    listed = _list(turn.body)
    if listed is None or turn.reading.status not in {None, "SAFE"} or turn.reading.label in {"stop", "start", "help"}:
        return None
    count, names = listed
    circle = _circle(turn)
    found: dict[str, list[Worker]] = {name: _fitting(name, circle) for name in names}
    safe = {fits[0].id: fits[0] for fits in found.values() if len(fits) == 1}
    unclear = [name for name, fits in found.items() if len(fits) != 1]
    if turn.worker is not None and count == len(names) + 1:
        safe[turn.worker.id] = turn.worker
    for worker in safe.values():
        own = any(worker.id == one.id for one in turn.workers)
        words = turn.body if own else f"{_sender(turn)}: {turn.body}"
        _hear(turn, worker, "SAFE", words)
    missing = count - len(safe) - len(unclear)
    turn.handled = not unclear and missing <= 0 and bool(safe)
    if not safe:
        return Answer("ask_names")
    values = {"time": turn.local_time, "names": ", ".join(one.given_name for one in safe.values())}
    if turn.handled:
        return Answer("ack_names", values)
    return Answer("ack_names_and_ask", values | {"count": max(missing, 0) + len(unclear)})


def ask_again(turn: Turn) -> Answer | None:
    """Words without a status. With a question open, or a digit without one, "1 safe, 2 need help" is asked once."""
    turn.handled = False
    unclear = turn.question is not None or turn.reading.label == "answer"
    if not unclear or turn.worker is None or _was_asked_again(turn):
        return None
    turn.db.add(Question(
        id=new_id(), agency_id=turn.agency.id, worker_id=turn.worker.id, kind="safety", message_id=turn.message.id, detail={"again": True},
        incident_id=turn.question.incident_id if turn.question else None, asked_at=turn.now, expires_at=turn.now + ASKED_AGAIN,
    ))  # fmt: skip
    return Answer("ask_digits")


def _hear(turn: Turn, worker: Worker, said: str, words: str) -> None:
    board.hear(turn.db, worker, said, evidence=words, message=turn.message, source="sms", at=turn.message.queued_at)


def _named(workers: list[Worker], body: str) -> list[Worker]:
    said = set(fold(body).words)
    return [
        one
        for one in workers
        if said & {word for name in (one.given_name, one.family_name) for word in fold(name).words}
    ]


def _list(body: str) -> tuple[int, list[str]] | None:
    """The number and the names behind SAFE, folded; None where the text is no such list."""
    words = list(fold(body).raw)
    if len(words) < 3 or words[0] not in {"safe", "ligtas", "aman"} or not words[1].isdigit() or int(words[1]) > 99:
        return None
    names = [word for word in words[2:] if word not in {"and", "at", "dan", "si", "me", "ako", "saya"} and not word.isdigit()]  # fmt: skip
    return int(words[1]), list(dict.fromkeys(names))[:MOST_NAMES]


def _circle(turn: Turn) -> list[Worker]:
    """Whom a list may mean: those on this phone, and those who work where its owner does."""
    sites = {one.deployment.site_id for one in turn.workers if one.deployment and one.deployment.site_id}
    at_work = (
        select(Worker)
        .join(Deployment, (Deployment.agency_id == Worker.agency_id) & (Deployment.worker_id == Worker.id))
        .where(
            Worker.agency_id == turn.agency.id,
            Worker.archived_at.is_(None),
            Deployment.is_current.is_(True),
            Deployment.site_id.in_(sites),
        )
    )
    near = list(turn.db.scalars(at_work)) if sites else []
    return list({one.id: one for one in [*turn.workers, *near]}.values())


def _fitting(name: str, circle: list[Worker]) -> list[Worker]:
    return [one for one in circle if name in fold(one.full_name).words]


def _sender(turn: Turn) -> str:
    return " or ".join(one.full_name for one in turn.workers[:3])


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
