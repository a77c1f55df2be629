"""Taking an import back: what it changed is put back, whom it made goes, and who was touched since is left and listed."""

import json
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from workforce.core import audit, clock, vault
from workforce.core.db import Base
from workforce.core.errors import Conflict, NotFound
from workforce.core.tenancy import Actor, Scoped
from workforce.core.vault import Key
from workforce.core.words import _
from workforce.models import Contact, Deployment, Document, DocumentVersion, Import, ImportRow, Phone, Worker
from workforce.rosters import memory
from workforce.rosters.parts import mark_shared

WITHIN = timedelta(days=30)
BATCH = 500
_TABLES: dict[str, type[Any]] = {
    model.__tablename__: model for model in (Worker, Phone, Deployment, Document, DocumentVersion, Contact)
}
_MADE_BY_IMPORTS = {*_TABLES.values(), ImportRow}


@dataclass
class Undone:
    """`left`: (id, name) of the workers who were changed, texted or otherwise touched since, and stay as they are."""

    removed: int = 0
    restored: int = 0
    left: list[tuple[uuid.UUID, str]] = field(default_factory=list)


def may_undo(roster: Import, now: datetime) -> bool:
    """Whether the import can still be taken back."""
    return roster.state == "applied" and roster.applied_at is not None and now - roster.applied_at <= WITHIN


def undoable(roster: Import | None) -> Import:
    """The import, if it can be taken back. Raises NotFound; Conflict when it is undone already or older than 30 days."""
    if roster is None or roster.state in {"previewed", "applying", "dropped"}:
        raise NotFound(_("No such import."))
    if roster.state == "undone":
        raise Conflict(_("This import has been undone already."))
    if not may_undo(roster, clock.now()):
        raise Conflict(_("An import can be undone for 30 days; this one is older."))
    return roster


def undo(db: Session, actor: Actor, import_id: uuid.UUID) -> Undone:
    """Take an import back. Raises NotFound; Conflict when it is undone already or older than 30 days."""
    mine = select(Import).where(Import.id == import_id, Import.agency_id == actor.agency_id)
    roster = undoable(db.scalar(mine.with_for_update()))
    roster.state, roster.undone_at = "undone", clock.now()
    db.flush()
    done = Undone()
    versions, made = left_behind(db, actor, import_id)
    ids = sorted(versions)
    for start in range(0, len(ids), BATCH):
        _batch(
            db,
            actor,
            import_id,
            {worker_id: versions[worker_id] for worker_id in ids[start : start + BATCH]},
            made,
            done,
        )
        db.expunge_all()
        vault.forget_keys(db)
    kept = db.get(Import, import_id)
    audit.record(db, actor, "roster.undo", kept, removed=done.removed, restored=done.restored, left=len(done.left))
    return done


def _lines(db: Session, actor: Actor, import_id: uuid.UUID, *actions: str) -> Iterable[Any]:
    lines = select(ImportRow.worker_id, ImportRow.worker_version, ImportRow.action)
    return db.execute(
        lines.where(
            ImportRow.agency_id == actor.agency_id, ImportRow.import_id == import_id, ImportRow.action.in_(actions)
        )
    )


def left_behind(db: Session, actor: Actor, import_id: uuid.UUID) -> tuple[dict[uuid.UUID, int], set[uuid.UUID]]:
    """The version in which the import left each worker it made or changed, and whom it made."""
    versions: dict[uuid.UUID, int] = {}
    for row in _lines(db, actor, import_id, "created", "updated", "added"):
        versions[row.worker_id] = max(row.worker_version, versions.get(row.worker_id, 0))
    return versions, {row.worker_id for row in _lines(db, actor, import_id, "created")}


def _batch(
    db: Session, actor: Actor, import_id: uuid.UUID, versions: dict[uuid.UUID, int], made: set[uuid.UUID], done: Undone
) -> None:
    mine = select(Worker).where(Worker.agency_id == actor.agency_id, Worker.id.in_(versions)).with_for_update()
    workers = {worker.id: worker for worker in db.scalars(mine)}
    going = {worker_id for worker_id in workers if worker_id in made}
    touched = set(touched_since(db, actor, workers, versions, going))
    done.left.extend((worker_id, workers[worker_id].full_name) for worker_id in sorted(touched))
    _restore(
        db,
        actor,
        import_id,
        {worker_id: workers[worker_id] for worker_id in workers if worker_id not in touched | going},
    )
    _remove(db, actor, going - touched)
    done.restored += len(workers) - len(touched | going)
    done.removed += len(going - touched)


def touched_since(
    db: Session, actor: Actor, workers: Mapping[uuid.UUID, Worker], versions: Mapping[uuid.UUID, int], going: set[uuid.UUID]
) -> dict[uuid.UUID, str]:
    """Who stays as they are, and which table says why: `workers` for somebody changed since, else what hangs on them."""
    changed = {worker.id: "workers" for worker in workers.values() if worker.version != versions[worker.id]}
    return _held(db, actor, going) | changed


def _held(db: Session, actor: Actor, ids: set[uuid.UUID]) -> dict[uuid.UUID, str]:
    """Workers to whom something hangs that no import makes: a text, a consent, a place in an incident, a buddy."""
    held: dict[uuid.UUID, str] = {}
    models = [
        mapper.class_
        for mapper in Base.registry.mappers
        if issubclass(mapper.class_, Scoped) and hasattr(mapper.class_, "worker_id")
    ]
    for model in models:
        if model not in _MADE_BY_IMPORTS:
            rows: Any = model
            found = select(rows.worker_id).where(rows.agency_id == actor.agency_id, rows.worker_id.in_(ids)).distinct()
            held |= {worker_id: str(rows.__tablename__) for worker_id in db.scalars(found) if worker_id}
    buddies = select(Contact.other_worker_id).where(
        Contact.agency_id == actor.agency_id, Contact.other_worker_id.in_(ids)
    )
    return held | {buddy: "contacts" for buddy in db.scalars(buddies) if buddy}


def _restore(db: Session, actor: Actor, import_id: uuid.UUID, workers: dict[uuid.UUID, Worker]) -> None:
    if not workers:
        return
    lines = select(ImportRow).where(
        ImportRow.agency_id == actor.agency_id, ImportRow.import_id == import_id, ImportRow.worker_id.in_(workers)
    )
    vault.prefetch(db, workers)
    indexes: set[bytes] = set()
    versions: dict[uuid.UUID, int] = {}
    for line in db.scalars(lines.order_by(ImportRow.row_number.desc())).all():
        text = vault.reveal(db, line, "before")
        if text:
            before = json.loads(text)
            if line.action == "updated" and line.worker_id:
                versions[line.worker_id] = before["version"]
            indexes |= _take_out(db, actor, memory.added_of(before))
            _put_back(db, actor, before)
    for worker in workers.values():
        worker.updated_at = clock.now()
    db.flush()
    mark_shared(db, actor.agency_id, indexes)
    _stand_as_before(db, actor, workers, versions)


def _stand_as_before(db: Session, actor: Actor, workers: dict[uuid.UUID, Worker], versions: dict[uuid.UUID, int]) -> None:
    """Let earlier imports find their workers as they left them, so that imports can be taken back one after the other."""
    moved: dict[tuple[int, int], list[uuid.UUID]] = {}
    for worker_id, before in versions.items():
        moved.setdefault((before, workers[worker_id].version), []).append(worker_id)
    for (before, now), ids in moved.items():
        lines = update(ImportRow).where(ImportRow.agency_id == actor.agency_id, ImportRow.worker_id.in_(ids), ImportRow.worker_version == before)
        db.execute(lines.values(worker_version=now), execution_options={"synchronize_session": False})


def _take_out(db: Session, actor: Actor, added: dict[str, list[uuid.UUID]]) -> set[bytes]:
    """Remove the rows that an import added to a worker it already found. Gives the phone indexes that went with them."""
    phones = select(Phone.number_index).where(Phone.agency_id == actor.agency_id, Phone.id.in_(added.get("phones", [])))
    indexes = set(db.scalars(phones))
    for table in ("document_versions", "documents", "phones", "contacts", "deployments"):
        model = _TABLES[table]
        if added.get(table):
            db.execute(delete(model).where(model.agency_id == actor.agency_id, model.id.in_(added[table])))
    return indexes


def _put_back(db: Session, actor: Actor, before: memory.Before) -> None:
    for table, row_id, columns in memory.changed_of(before):
        model = _TABLES[table]
        row = db.scalar(select(model).where(model.agency_id == actor.agency_id, model.id == row_id))
        for name, value in columns.items():
            if row is not None:
                setattr(row, name, value)
    db.flush()


def _remove(db: Session, actor: Actor, ids: set[uuid.UUID]) -> None:
    """Remove workers with all that hangs on them, and first their keys: what a backup still holds of them cannot be read."""
    if not ids:
        return
    indexes = set(
        db.scalars(select(Phone.number_index).where(Phone.agency_id == actor.agency_id, Phone.worker_id.in_(ids)))
    )
    quietly = {"synchronize_session": False}
    # The lines stay, without the worker: the import's history is still whole.
    lines = update(ImportRow).where(ImportRow.agency_id == actor.agency_id, ImportRow.worker_id.in_(ids))
    db.execute(lines.values(worker_id=None, before_sealed=None), execution_options=quietly)
    db.execute(delete(Key).where(Key.agency_id == actor.agency_id, Key.subject_id.in_(ids)), execution_options=quietly)
    db.execute(delete(Worker).where(Worker.agency_id == actor.agency_id, Worker.id.in_(ids)), execution_options=quietly)
    mark_shared(db, actor.agency_id, indexes)
