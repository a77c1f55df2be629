"""One text with all that is needed to act on it, and the one answer that it gets."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from locator import zones
from messaging import texts
from messaging.models import Message, Proposal, Question
from messaging.reading import Reading, read
from messaging.reading.folding import fold
from workforce.core.tenancy import System
from workforce.models import Agency, Worker
from workforce.rosters.parts import LANGUAGES

# We ask for these words in every language, so they say nothing about the language of who sends them.
EVERYBODYS = frozenset({"sos", "safe", "stop", "start", "join", "near", "loc", "docs", "who", "new"})


@dataclass(frozen=True)
class Answer:
    """The one answer to a text: which of our texts, with what in it. `last_word` is the confirmation of a STOP."""

    key: str
    values: dict[str, Any] = field(default_factory=dict)
    last_word: bool = False
    language: str = ""


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
    joining: Proposal | None = None
    handled: bool = True

    @property
    def actor(self) -> System:
        return System(self.agency.id)

    @property
    def language(self) -> str:
        """The worker's language; that of the text where theirs was only guessed from the passport."""
        known = self.worker or next(iter(self.workers), None)
        if known is None:
            return self.reading.language or "en"
        return self._of_the_text() or known.language if _is_guessed(known) else known.language

    @property
    def local_time(self) -> str:
        return local_time(self.worker or next(iter(self.workers), None), self.message.queued_at)

    def _of_the_text(self) -> str:
        words = fold(self.body).words
        if not words or (len(words) == 1 and words[0] in EVERYBODYS) or words[0].isdigit():
            return ""
        found = read(self.body).language or ""
        return found if found in texts.languages() else ""


def local_time(worker: Worker | None, at: datetime) -> str:
    """A moment on the worker's own clock: "14:02"."""
    zone = "UTC"
    if worker is not None:
        site = worker.deployment.site if worker.deployment else None
        zone = (site.zone if site else "") or zones.country_zone(worker.host_country)
    return f"{at.astimezone(ZoneInfo(zone)):%H:%M}"


def open_question(db: Session, worker: Worker, now: datetime) -> Question | None:
    """The newest question that the worker has not answered and that still stands."""
    asked = select(Question).where(
        Question.agency_id == worker.agency_id,
        Question.worker_id == worker.id,
        Question.answered_at.is_(None),
        Question.expires_at > now,
    )
    return db.scalar(asked.order_by(Question.asked_at.desc()).limit(1))


def call_or(agency: Agency, key: str) -> Answer:
    """The text `key` with the number to call; the one that names none where the agency has no such number."""
    if agency.call_number:
        return Answer(key, {"phone": agency.call_number})
    return Answer(f"{key}_no_number")


def _is_guessed(worker: Worker) -> bool:
    """Whether the language follows from the nationality and nobody has said more."""
    return worker.language == LANGUAGES.get(worker.nationality, "en") and not worker.languages
