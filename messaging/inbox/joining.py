"""Registration by text: JOIN or "?", then a language, a name, a birth date, a place, and a yes to be kept on file.

What is typed is kept sealed for seven days, so that somebody whose signal went can go on. At the end it is a proposal.
"""

from datetime import date, datetime, timedelta

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from messaging import texts
from messaging.inbox.requests import day_in, language_of
from messaging.inbox.turn import Answer, Turn
from messaging.models import Proposal
from messaging.proposals import proposals
from messaging.reading.folding import digits
from workforce.core import audit
from workforce.core.tenancy import Actor, System
from workforce.rosters.names import is_name

KEPT = timedelta(days=7)
YOUNGEST_YEARS, OLDEST_YEARS = 14, 90
NAMES = {"en": "English", "tl": "Tagalog", "ar": "Arabic", "bn": "Bangla", "hi": "Hindi", "ur": "Urdu", "ne": "Nepali", "id": "Indonesia", "am": "Amharic", "si": "Sinhala", "sw": "Swahili", "ta": "Tamil"}  # fmt: skip
OFFERED = tuple(NAMES)
STEPS = ("language", "full_name", "birth_date", "where", "agrees")


def of_number(db: Session, actor: Actor, number_index: bytes | None, now: datetime) -> Proposal | None:
    """The registration that this number has begun and not finished."""
    mine = select(Proposal).where(
        Proposal.agency_id == actor.agency_id,
        Proposal.number_index == number_index,
        Proposal.state == "partial",
        Proposal.changed_at > now - KEPT,
    )
    return db.scalar(mine.order_by(Proposal.changed_at.desc()).limit(1)) if number_index else None


def begin(turn: Turn) -> Answer:
    """JOIN from a number that nobody has: ask for the language first."""
    if turn.joining is None:
        made = proposals.propose(
            turn.db, turn.actor, None, "join", {"step": "language"}, at=turn.now, message=turn.message, number=turn.number,
            number_index=turn.message.number_index, state="partial",
        )  # fmt: skip
        turn.joining = made
    return _ask(turn, _known(turn))


def go_on(turn: Turn) -> Answer | None:
    """The next answer of a registration. What cannot be used is asked for again."""
    asked = _known(turn)
    step = asked["step"]
    value = CHECKS[step](turn, asked)
    if value is None:
        return _ask(turn, asked)
    if step == "agrees":
        return _finish(turn, asked, agrees=value == "yes")
    asked |= {step: value, "step": STEPS[STEPS.index(step) + 1]}
    _keep(turn, asked, "partial")
    return _ask(turn, asked)


def forget_old(db: Session, agency_id: object, now: datetime) -> int:
    """Throw half registrations away that nobody went on with for seven days. How many."""
    actor = System(agency_id)  # type: ignore[arg-type]
    old = (Proposal.agency_id == agency_id, Proposal.state == "partial", Proposal.changed_at <= now - KEPT)
    count = db.scalar(select(func.count()).select_from(Proposal).where(*old)) or 0
    if count:
        db.execute(delete(Proposal).where(*old), execution_options={"synchronize_session": False})
        audit.record(db, actor, "proposal.forget", None, count=count)
    return count


def offered() -> list[str]:
    """The languages that a number chooses."""
    return [code for code in OFFERED if code in texts.languages()]


def _language(turn: Turn, _asked: dict[str, str]) -> str | None:
    typed = digits(turn.body).strip()
    choices = offered()
    if typed.isdigit():
        return choices[int(typed) - 1] if 1 <= int(typed) <= len(choices) else None
    return language_of(turn.body)


def _name(turn: Turn, _asked: dict[str, str]) -> str | None:
    name = " ".join(turn.body.split())
    return name if len(name) <= 100 and is_name(name) else None


def _birth_date(turn: Turn, _asked: dict[str, str]) -> str | None:
    born = day_in(turn.body)
    years = turn.now.year - born.year if born else 0
    return born.isoformat() if born and YOUNGEST_YEARS <= years <= OLDEST_YEARS and born < date.today() else None


def _where(turn: Turn, _asked: dict[str, str]) -> str | None:
    return " ".join(turn.body.split())[:120] or None


def _agrees(turn: Turn, _asked: dict[str, str]) -> str | None:
    return {"1": "yes", "2": "no"}.get(digits(turn.body).strip())


CHECKS = {"language": _language, "full_name": _name, "birth_date": _birth_date, "where": _where, "agrees": _agrees}
QUESTIONS = {
    "language": "join_language",
    "full_name": "join_name",
    "birth_date": "join_birth",
    "where": "join_place",
    "agrees": "join_consent",
}


def _ask(turn: Turn, asked: dict[str, str]) -> Answer:
    menu = " ".join(f"{at} {NAMES[code]}" for at, code in enumerate(offered(), 1))
    return Answer(QUESTIONS[asked["step"]], {"languages": menu}, language=asked.get("language", ""))


def _finish(turn: Turn, asked: dict[str, str], *, agrees: bool) -> Answer:
    language = asked.get("language", "")
    if not agrees:
        if turn.joining is not None:
            audit.record(turn.db, turn.actor, "proposal.forget", turn.joining, count=1)
            turn.db.delete(turn.joining)
        return Answer("join_no", language=language)
    _keep(turn, asked | {"agrees": "yes"}, "open")
    return Answer("join_done", language=language)


def _known(turn: Turn) -> dict[str, str]:
    return proposals.payload(turn.db, turn.joining) if turn.joining is not None else {"step": "language"}


def _keep(turn: Turn, asked: dict[str, str], state: str) -> None:
    if turn.joining is not None:
        proposals.change(turn.db, turn.actor, turn.joining, asked, state=state, at=turn.now)
