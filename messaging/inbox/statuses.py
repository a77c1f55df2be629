"""How somebody is: a call for help, safe, on the way, staying; for themselves, for others, and under duress."""

from collections.abc import Container, Sequence
from dataclasses import replace
from datetime import timedelta

from sqlalchemy import select, update

from messaging.inbox import finding, naming
from messaging.inbox.turn import Answer, Turn, call_or
from messaging.incidents import board
from messaging.links import duress
from messaging.models import Case, CasePerson, Question
from messaging.reading import Reading, read
from messaging.reading.folding import Folded, fold
from workforce.core import audit
from workforce.core.db import new_id
from workforce.models import Worker

ASKED_AGAIN = timedelta(hours=24)
ACKNOWLEDGED = {"SAFE": "ack_safe", "MOVING": "ack_moving", "STAYING": "ack_staying"}
MOST_NAMES = 20
SAFE_WORDS = frozenset({"safe", "ligtas", "aman"})


def help_(turn: Turn) -> Answer:
    """A call for help: one case that names everybody who may have sent it. A person answers; the machine only says so."""
    near = naming.circle(turn.db, turn.agency.id, turn.workers)
    named = naming.in_trouble(turn.body, turn.workers, near, turn.reading.place)
    return _call(turn, turn.workers, named, _sender(turn))


def help_for(turn: Turn) -> Answer | None:
    """A call for help from somebody's family, buddy or leader that names them. None where it names nobody we know."""
    contact, theirs = naming.spoken_for_by(turn.db, turn.agency.id, turn.message.number_index)
    named = naming.in_trouble(turn.body, (), theirs, turn.reading.place)
    return _call(turn, (), named, contact) if named else None


def _call(turn: Turn, callers: Sequence[Worker], named: Sequence[Worker], by: str) -> Answer:
    turn.handled = False
    board.hear_from_one_phone(
        turn.db,
        callers,
        "HELP",
        evidence=turn.body,
        message=turn.message,
        at=turn.message.queued_at,
        named=named,
        by=by,
    )
    finding.keep_place(turn)
    return call_or(turn.agency, "ack_help")


def under_duress(turn: Turn) -> Answer | None:
    """A text with the sender's secret word: a call for help for us, and the answer to SAFE for whoever looks on."""
    forced = [one for one in turn.workers if duress.said_in(turn.db, one, turn.body)]
    if not forced:
        return None
    _call(turn, turn.workers, (), "")  # The words are somebody else's: whom they name is not in danger by them.
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
    """The texts "SAFE 3 Ana Ben Joy" and "SAFE Noor": each name for itself. Nobody is made safe by the number, and nobody by a name that fits two people.

    None where the text is no such list. Who sends it is safe only if named, or if the number counts one more than the names.
    """
    if turn.reading.status not in {None, "SAFE"} or turn.reading.label in {"stop", "start", "help"}:
        return None
    circle = naming.circle(turn.db, turn.agency.id, turn.workers)
    listed = _list(turn.body, turn.language, circle) or _named_only(turn, circle)
    if listed is None:
        return None
    count, names = listed
    found: dict[str, list[Worker]] = {name: naming.fitting(name, circle) for name in names}
    safe = {fits[0].id: fits[0] for fits in found.values() if len(fits) == 1}
    unclear = [name for name, fits in found.items() if len(fits) != 1 and not any(one.id in safe for one in fits)]
    if turn.worker is not None and count == len(names) + 1:
        safe[turn.worker.id] = turn.worker
    return _safe_by_name(turn, list(safe.values()), unclear=len(unclear), missing=count - len(safe) - len(unclear))


def _safe_by_name(turn: Turn, safe: list[Worker], *, unclear: int, missing: int) -> Answer:
    for worker in safe:
        own = any(worker.id == one.id for one in turn.workers)
        _hear(turn, worker, "SAFE", turn.body if own else f"{_sender(turn)}: {turn.body}")
    turn.handled = not unclear and missing <= 0 and bool(safe)
    if not safe:
        return Answer("ask_names")
    if turn.handled and [one.id for one in safe] == [one.id for one in turn.workers]:
        return Answer(ACKNOWLEDGED["SAFE"], {"time": turn.local_time})
    values = {"time": turn.local_time, "names": ", ".join(one.given_name for one in safe)}
    if turn.handled:
        return Answer("ack_names", values)
    return Answer("ack_names_and_ask", values | {"count": max(missing, 0) + unclear})


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
    """Those whom a name in the text fits, and nobody else of them: a family's name says of nobody who is meant."""
    fits = [naming.fitting(word, workers) for word in fold(body).raw]
    return list({some[0].id: some[0] for some in fits if len(some) == 1}.values())


def _list(body: str, language: str, circle: list[Worker]) -> tuple[int, list[str]] | None:
    """The number and the names behind SAFE, folded; None where the text is no such list."""
    words = list(fold(body).raw)
    if len(words) < 3 or words[0] not in SAFE_WORDS or not words[1].isdigit() or int(words[1]) > 99:
        return None
    no_names = naming.JOINERS | naming.oneself(language)
    names = [
        word for word in words[2:] if not word.isdigit() and (word not in no_names or naming.fitting(word, circle))
    ]
    return int(words[1]), list(dict.fromkeys(names))[:MOST_NAMES]


def _named_only(turn: Turn, circle: list[Worker]) -> tuple[int, list[str]] | None:
    """Words that say "safe" and nothing beside them but names of people we know: "SAFE Noor", "I am safe. Noor".

    Of colleagues only SAFE itself is taken: "I am safe, Maria" may be said to Maria, or by her.
    """
    text = fold(turn.body)
    fits = {word: some for word in text.raw if (some := naming.fitting(word, circle))}
    rest = [word for word in text.raw if word not in fits and word not in naming.JOINERS]
    if not fits or len(fits) > MOST_NAMES or _without(text, fits, turn).status != "SAFE":
        return None
    with_sender = False
    own = {one.id for one in turn.workers}
    if any(own.isdisjoint(one.id for one in some) for some in fits.values()):
        if text.raw[0] not in SAFE_WORDS or not set(rest[1:]) <= naming.oneself(turn.language):
            return None
        with_sender = len(rest) > 1
    names: list[str] = []
    for word in sorted(fits, key=lambda word: len(fits[word])):
        taken = {one.id for name in names for one in fits[name]}
        if taken.isdisjoint(one.id for one in fits[word]):
            names.append(word)
    return len(names) + with_sender, names


def _without(text: Folded, names: Container[str], turn: Turn) -> Reading:
    """How the text reads with the names taken out of it; its stops and question marks stay."""
    left = text.plain
    for word, start in reversed(list(zip(text.raw, text.start, strict=True))):
        if word in names:
            left = left[:start] + left[start + len(word) :]
    asked = turn.question is not None and turn.question.kind == "safety"
    return read(left, language=turn.language, question="safety" if asked else "none")


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
