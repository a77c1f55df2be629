"""Looking for duplicates: who is due for a look, who may meet whom, what each meeting weighs, and what is kept of it.

A look costs what has changed. Only workers whose record changed since their mark are read and opened; the marks of all others are
compared as packed keys, a tenth of a second for a hundred thousand.
"""

import uuid
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import and_, delete, insert, or_, select, type_coerce, update
from sqlalchemy.orm import Session
from sqlalchemy.types import NullType

from workforce.core import audit, db
from workforce.core.tenancy import Actor
from workforce.duplicates import gathering
from workforce.duplicates.weighing import LEAST, Facts, weigh
from workforce.models import DuplicateMark, DuplicatePair, Worker

BATCH = 500
MOST_SHARING = 50
"""A key that more workers share than this says nothing about any two of them."""
NEVER = datetime(1970, 1, 1, tzinfo=UTC)
_QUIETLY = {"synchronize_session": False}

Pair = tuple[uuid.UUID, uuid.UUID]


class Found(NamedTuple):
    """A pair worth a person's look; `pair` has the lower id first."""

    pair: Pair
    score: int
    reasons: list[str]


def pair_of(one: uuid.UUID, other: uuid.UUID) -> Pair:
    """Both ids, the lower first."""
    return (one, other) if one < other else (other, one)


def due(session: Session, agency_id: uuid.UUID) -> list[uuid.UUID]:
    """Workers who are new or changed since they were looked at."""
    mark = and_(DuplicateMark.agency_id == Worker.agency_id, DuplicateMark.worker_id == Worker.id)
    rows = select(Worker.id).outerjoin(DuplicateMark, mark).where(Worker.agency_id == agency_id)
    return list(session.scalars(rows.where(or_(DuplicateMark.id.is_(None), Worker.updated_at > DuplicateMark.looked_at)).order_by(Worker.id)))


def mark(session: Session, agency_id: uuid.UUID, ids: Sequence[uuid.UUID]) -> None:
    """Write the marks of these workers anew. Until `keep` has dated them they are due still, so that a look broken off begins again."""
    found = gathering.facts_of(session, agency_id, ids)
    old = delete(DuplicateMark).where(DuplicateMark.agency_id == agency_id, DuplicateMark.worker_id.in_(ids))
    session.execute(old, execution_options=_QUIETLY)
    rows = [
        {"id": db.new_id(), "agency_id": agency_id, "worker_id": one.worker_id, "keys": gathering.keys(agency_id, one), "looked_at": NEVER}
        for one in found.values()
    ]
    if rows:
        session.execute(insert(DuplicateMark), rows)


class Marks:
    """All marks of an agency, as two arrays: a key, and whose. Sorted by key, so that those who share one lie together."""

    def __init__(self, session: Session, agency_id: uuid.UUID) -> None:
        # Ids as the database has them: making a hundred thousand of ours would take longer than everything else here.
        raw_id = type_coerce(DuplicateMark.worker_id, NullType())
        rows = session.execute(select(raw_id.label("worker"), DuplicateMark.keys).where(DuplicateMark.agency_id == agency_id)).all()
        self._raw = [row.worker for row in rows]
        sizes = np.array([len(row.keys) // gathering.KEY_BYTES for row in rows], dtype=np.int64)
        every: NDArray[np.uint64] = np.frombuffer(b"".join(row.keys for row in rows), dtype=">u8").astype(np.uint64)
        whose = np.repeat(np.arange(len(rows), dtype=np.int64), sizes)
        order = np.argsort(every, kind="stable")
        self._keys, self._whose = every[order], whose[order]

    def sharing(self, key: bytes) -> int:
        """How many workers have this key."""
        number = np.uint64(int.from_bytes(key))
        return int(np.searchsorted(self._keys, number, "right") - np.searchsorted(self._keys, number, "left"))

    def pairs(self, about: Iterable[uuid.UUID]) -> list[Pair]:
        """Every two workers who share a key, at least one of them among `about`."""
        wanted_ids = {worker.hex for worker in about}
        chosen = np.zeros(len(self._raw) + 1, dtype=bool)
        chosen[[place for place, raw in enumerate(self._raw) if (raw if isinstance(raw, str) else raw.hex) in wanted_ids]] = True
        starts = np.flatnonzero(np.r_[True, self._keys[1:] != self._keys[:-1]]) if len(self._keys) else np.array([], dtype=np.int64)
        ends = np.r_[starts[1:], len(self._keys)]
        sizes = ends - starts
        touched = np.maximum.reduceat(chosen[self._whose], starts) if len(starts) else np.array([], dtype=bool)
        met: set[tuple[int, int]] = set()
        for start, end in zip(starts[wanted := (sizes > 1) & (sizes <= MOST_SHARING) & touched], ends[wanted], strict=True):
            group = self._whose[start:end].tolist()
            for at, one in enumerate(group):
                met.update((one, other) if one < other else (other, one) for other in group[at + 1 :] if chosen[one] or chosen[other])
        ids = {place: self._id(place) for pair in met for place in pair}
        return [pair_of(ids[one], ids[other]) for one, other in met]

    def _id(self, place: int) -> uuid.UUID:
        raw = self._raw[place]
        return uuid.UUID(raw) if isinstance(raw, str) else raw


def weighed(session: Session, agency_id: uuid.UUID, marks: Marks, pairs: Sequence[Pair]) -> list[Found]:
    """What is worth a look among these pairs. Both put away, or said to be two people: not asked again."""
    settled = _settled(session, agency_id)
    away = set(session.scalars(select(Worker.id).where(Worker.agency_id == agency_id, Worker.archived_at.is_not(None))))
    asked = [pair for pair in pairs if pair not in settled and not (pair[0] in away and pair[1] in away)]
    facts = gathering.facts_of(session, agency_id, sorted({worker for pair in asked for worker in pair}))
    rooms = gathering.rooms(session, agency_id, facts)
    common = {worker: _common(marks, agency_id, one) for worker, one in facts.items()}
    found = []
    for one, other in asked:
        if one in facts and other in facts:
            verdict = weigh(facts[one], facts[other], rooms=rooms, common=max(common[one], common[other]))
            if verdict.score >= LEAST:
                found.append(Found((one, other), *verdict))
    return found


def _common(marks: Marks, agency_id: uuid.UUID, facts: Facts) -> int:
    return marks.sharing(gathering.key(agency_id, "name " + gathering.whole(facts.names[0]))) if facts.names else 1


def _settled(session: Session, agency_id: uuid.UUID) -> set[Pair]:
    rows = select(DuplicatePair.one_id, DuplicatePair.other_id).where(DuplicatePair.agency_id == agency_id, DuplicatePair.state != "open")
    return {(one, other) for one, other in session.execute(rows)}


def keep(session: Session, actor: Actor, about: Sequence[uuid.UUID], found: Sequence[Found], *, now: datetime) -> int:
    """Write what a look at `about` found: new pairs in, those that no longer hold out. Answers how many are new.

    `now` is when the look began: whoever was changed meanwhile is due again.
    """
    mine = DuplicatePair.agency_id == actor.agency_id
    known = {(row.one_id, row.other_id): row for row in session.scalars(select(DuplicatePair).where(mine))}
    looked, holds = set(about), {one.pair for one in found}
    for pair, row in known.items():
        if row.state == "open" and pair not in holds and (pair[0] in looked or pair[1] in looked):
            session.delete(row)
    made = 0
    for one in found:
        there = known.get(one.pair)
        if there is None:
            made += 1
            session.add(DuplicatePair(id=db.new_id(), agency_id=actor.agency_id, one_id=one.pair[0], other_id=one.pair[1], score=one.score, reasons=one.reasons, found_at=now))  # fmt: skip
        elif there.state == "open":
            there.score, there.reasons = one.score, one.reasons
    for start in range(0, len(about), BATCH):
        dated = update(DuplicateMark).where(DuplicateMark.agency_id == actor.agency_id, DuplicateMark.worker_id.in_(about[start : start + BATCH]))
        session.execute(dated.values(looked_at=now), execution_options=_QUIETLY)
    session.flush()
    audit.record(session, actor, "duplicates.look", looked_at=len(looked), found=len(found), new=made)
    return made

