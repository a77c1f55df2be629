"""The secret word: answered like SAFE for whoever looks over a shoulder, and a call for help for us."""

import re
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from messaging.models import DuressWord
from messaging.reading import read
from messaging.reading.folding import fold
from workforce.core import audit, vault
from workforce.core.db import new_id
from workforce.core.errors import Invalid
from workforce.core.tenancy import Actor
from workforce.core.words import _
from workforce.models import Worker

SHORTEST, LONGEST = 4, 30


def keep(db: Session, actor: Actor, worker: Worker, word: str, *, at: datetime) -> None:
    """Set or replace the word. It must not be one that a text uses anyway. Raises Invalid."""
    word = " ".join(word.split())
    if not SHORTEST <= len(word) <= LONGEST or not fold(word).words or re.search(r"\d", word):
        raise Invalid(_("Choose a word of 4 to 30 letters, without a number."))
    for question in ("safety", "none"):
        reading = read(word, language=worker.language, country=worker.host_country, question=question)
        if reading.label != "free" or reading.status is not None:
            raise Invalid(_("Choose a word that means nothing in a text: not SAFE, not HELP, no town."))
    row = _row(db, worker) or DuressWord(id=new_id(), agency_id=worker.agency_id, worker_id=worker.id)
    row.set_by, row.set_at = actor.id, at
    vault.seal(db, row, word=word)
    db.add(row)
    db.flush()
    audit.record(db, actor, "duress.set", row)


def drop(db: Session, actor: Actor, worker: Worker) -> None:
    """The word means nothing from now on."""
    row = _row(db, worker)
    if row is not None:
        audit.record(db, actor, "duress.drop", row)
        db.delete(row)
        db.flush()


def since(db: Session, worker: Worker) -> datetime | None:
    """Since when the worker has a secret word; None without one."""
    row = _row(db, worker)
    return row.set_at if row else None


def said_in(db: Session, worker: Worker, body: str) -> bool:
    """Whether a text holds the worker's secret word, however it is spelt in capitals, accents and spaces."""
    row = _row(db, worker)
    if row is None:
        return False
    secret, said = fold(vault.reveal(db, row, "word") or "").words, fold(body).words
    return bool(secret) and any(said[at : at + len(secret)] == secret for at in range(len(said)))


def is_same(db: Session, one: Worker, other: Worker) -> bool:
    """Whether two records have the same word. Nobody is told which."""
    words = [
        fold(vault.reveal(db, row, "word") or "").words for row in (_row(db, one), _row(db, other)) if row is not None
    ]
    return len(words) == len((one, other)) and words[0] == words[1]


def _row(db: Session, worker: Worker) -> DuressWord | None:
    mine = select(DuressWord).where(DuressWord.agency_id == worker.agency_id, DuressWord.worker_id == worker.id)
    return db.scalar(mine)
