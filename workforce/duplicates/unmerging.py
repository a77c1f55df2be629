"""A merge taken back: both records as they were, and what happened since stays where it happened, listed."""

import json
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from workforce.core import audit, vault
from workforce.core.db import Base
from workforce.core.errors import Conflict, NotFound
from workforce.core.tenancy import Actor
from workforce.core.words import _
from workforce.duplicates import moving
from workforce.models import Merge, Phone, Worker
from workforce.people import workers
from workforce.rosters.parts import mark_shared

WITHIN = timedelta(days=30)
_SILENT_ABOUT = {"duplicate_marks", "duplicate_pairs", "merges"}


@dataclass
class Unmerged:
    """`since`: table → how many rows came to the kept record after the merge and stay with it. `left`: (table, column) that were changed since and stay.

    `changed_since` are the rows behind `left`, with what they were before the merge, for rules of higher rooms.
    """

    merge: Merge
    kept: Worker
    again: Worker
    since: dict[str, int] = field(default_factory=dict)
    left: list[tuple[str, str]] = field(default_factory=list)
    changed_since: list[tuple[Any, dict[str, Any]]] = field(default_factory=list)
    files: list[str] = field(default_factory=list)


After = Callable[[Session, Actor, Unmerged, datetime], None]
"""What a higher room does once both records are back."""


def get(session: Session, actor: Actor, merge_id: uuid.UUID) -> Merge:
    """The merge. Raises NotFound."""
    row = session.scalar(select(Merge).where(Merge.id == merge_id, Merge.agency_id == actor.agency_id))
    if row is None:
        raise NotFound(_("No such merge."))
    return row


def listing(session: Session, actor: Actor, *, now: datetime) -> list[Merge]:
    """The merges that can still be taken back, newest first."""
    mine = select(Merge).where(Merge.agency_id == actor.agency_id, Merge.undone_at.is_(None), Merge.made_at > now - WITHIN)
    return list(session.scalars(mine.order_by(Merge.made_at.desc()).limit(100)))


def into(session: Session, actor: Actor, merged_id: uuid.UUID) -> uuid.UUID | None:
    """Whose record a merged one went into; None for one that was never merged."""
    mine = select(Merge.kept_id).where(Merge.agency_id == actor.agency_id, Merge.merged_id == merged_id, Merge.undone_at.is_(None))
    return session.scalar(mine)


def since(session: Session, merge: Merge) -> dict[str, int]:
    """Table → how many rows about the kept record are newer than the merge: our ids begin with the time."""
    found: dict[str, int] = {}
    for model, column in moving.references():
        if model.__tablename__ in _SILENT_ABOUT:
            continue
        newer = select(func.count()).select_from(model).where(model.agency_id == merge.agency_id, getattr(model, column) == merge.kept_id, model.id > merge.id)
        if count := session.scalar(newer):
            found[model.__tablename__] = found.get(model.__tablename__, 0) + count
    return found


def undo(session: Session, actor: Actor, folder: Path, merge_id: uuid.UUID, *, now: datetime, after: Sequence[After] = ()) -> Unmerged:
    """Take a merge back. Raises NotFound; Conflict when it is undone, older than 30 days, or a later merge stands on it."""
    merge = get(session, actor, merge_id)
    _check(session, merge, now)
    kept = workers.get(session, actor, merge.kept_id)
    told: dict[str, Any] = json.loads(vault.reveal(session, merge, "before") or "{}")
    newer = since(session, merge)
    vault.open_subject(session, merge.agency_id, merge.merged_id)
    again = _again(session, merge, told["worker"], now)
    done = Unmerged(merge, kept, again, newer)
    _unmake(session, merge, told["made"])
    _hand_back(session, folder, done, told["moved"])
    _put_back(session, done, told["changed"])
    _revive(session, told["dropped"])
    workers.touch(kept)
    merge.undone_at = now
    vault.seal(session, merge, before=None)
    session.flush()
    numbers = select(Phone.number_index).where(Phone.agency_id == merge.agency_id, Phone.worker_id.in_((kept.id, again.id)))
    mark_shared(session, merge.agency_id, session.scalars(numbers))
    for step in after:
        step(session, actor, done, now)
    session.flush()
    audit.record(session, actor, "worker.unmerge", kept, again=again.id, left=len(done.left), since=[f"{table} {count}" for table, count in newer.items()])
    audit.record(session, actor, "worker.unmerge", again, kept=kept.id)
    return done


def _again(session: Session, merge: Merge, told: Mapping[str, Any], now: datetime) -> Worker:
    """The record that went. Its version too: a roster's undo compares it, and must not take a changed record for its own."""
    again: Worker = moving.revive(session, "workers", told)
    again.updated_at = now
    session.flush()
    counted = update(Worker).where(Worker.agency_id == merge.agency_id, Worker.id == merge.merged_id).values(version=told["version"])
    session.execute(counted, execution_options={"synchronize_session": False})
    session.refresh(again)
    return again


def _check(session: Session, merge: Merge, now: datetime) -> None:
    if merge.undone_at is not None:
        raise Conflict(_("This merge has been undone already."))
    if now - merge.made_at > WITHIN:
        raise Conflict(_("A merge can be undone for 30 days; this one is older."))
    later = select(Merge.merged_name).where(Merge.agency_id == merge.agency_id, Merge.kept_id == merge.kept_id, Merge.undone_at.is_(None), Merge.id > merge.id)
    if (name := session.scalar(later.order_by(Merge.id.desc()))) is not None:
        raise Conflict(_("Another record, of %(name)s, was merged after this one. Undo that merge first.", name=name))


def _unmake(session: Session, merge: Merge, made: Sequence[tuple[str, str]]) -> None:
    for table, row_id in made:
        row = _row(session, merge, table, row_id)
        if row is not None:
            session.delete(row)
    session.flush()


def _hand_back(session: Session, folder: Path, done: Unmerged, moved: Mapping[str, Sequence[str]]) -> None:
    """What moved goes back, if it is still there and still names the kept record."""
    for name, ids in moved.items():
        table, _dot, column = name.partition(".")
        for row_id in ids:
            row = _row(session, done.merge, table, row_id)
            if row is not None and getattr(row, column) == done.kept.id:
                moving.hand_over(session, folder, row, column, done.again.id, done.files)
        session.flush()


def _put_back(session: Session, done: Unmerged, changed: Sequence[tuple[str, str, dict[str, list[Any]]]]) -> None:
    """Changed values as they were: a worker's field by field, any other row as a whole, unless somebody changed them since."""
    for table, row_id, values in reversed(changed):
        row = _row(session, done.merge, table, row_id)
        if row is None:
            continue
        touched = {name for name, (_before, now) in values.items() if moving.written(moving.read(session, row, name)) != now}
        whole = table != "workers"
        if touched:
            done.left.extend((table, name) for name in sorted(touched))
            done.changed_since.append((row, {name: moving.unwritten(before) for name, (before, _now) in values.items()}))
        if touched and whole:
            continue
        for name, (before, _now) in values.items():
            if name not in touched:
                moving.write(session, row, name, moving.unwritten(before))
        session.flush()


def _revive(session: Session, dropped: Sequence[tuple[str, dict[str, Any]]]) -> None:
    order = [table.name for table in Base.metadata.sorted_tables]
    for table, told in sorted(dropped, key=lambda one: order.index(one[0])):
        moving.revive(session, table, told)
    session.flush()


def _row(session: Session, merge: Merge, table: str, row_id: str) -> Any:
    model: Any = next(mapper.class_ for mapper in Base.registry.mappers if mapper.local_table is Base.metadata.tables[table])
    return session.scalar(select(model).where(model.agency_id == merge.agency_id, model.id == uuid.UUID(row_id)))
