"""What taking an import back would do, told before it is done: who goes, what is put back, who stays and why."""

import json
import uuid
from dataclasses import dataclass, field

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from workforce.core import vault
from workforce.core.tenancy import Actor
from workforce.models import Document, Import, ImportRow, Worker
from workforce.rosters import memory, portraits, undoing

SHOWN = 100


@dataclass(frozen=True)
class PutBack:
    """Somebody who is put back: field, now, and what it will be again."""

    id: uuid.UUID
    name: str
    changes: tuple[tuple[str, str, str], ...]


@dataclass
class Foreseen:
    """`going` and `back` hold the first hundred of `removed` and `restored`; `left` is whole."""

    removed: int = 0
    restored: int = 0
    going: list[tuple[uuid.UUID, str]] = field(default_factory=list)
    back: list[PutBack] = field(default_factory=list)
    left: list[undoing.Stays] = field(default_factory=list)


def foresee(db: Session, actor: Actor, import_id: uuid.UUID) -> Foreseen:
    """What `undoing.undo` would do now. Writes nothing. Raises NotFound; Conflict when it cannot be undone."""
    undoing.undoable(db.scalar(select(Import).where(Import.id == import_id, Import.agency_id == actor.agency_id)))
    versions, made = undoing.left_behind(db, actor, import_id)
    seen, ids = Foreseen(), sorted(versions)
    for start in range(0, len(ids), undoing.BATCH):
        _batch(db, actor, import_id, {one: versions[one] for one in ids[start : start + undoing.BATCH]}, made, seen)
        db.expunge_all()
        vault.forget_keys(db)
    return seen


def _batch(db: Session, actor: Actor, import_id: uuid.UUID, versions: dict[uuid.UUID, int], made: set[uuid.UUID], seen: Foreseen) -> None:
    workers = {worker.id: worker for worker in db.scalars(select(Worker).where(Worker.agency_id == actor.agency_id, Worker.id.in_(versions)))}
    going = workers.keys() & made
    touched = undoing.touched_since(db, actor, workers, versions, going)
    seen.left += [undoing.Stays(one, workers[one].full_name, undoing.why(touched[one])) for one in sorted(touched) if one in workers]
    leaving = sorted(going - touched.keys())
    back = sorted(workers.keys() - going - touched.keys())
    seen.removed += len(leaving)
    seen.restored += len(back)
    seen.going += [(one, workers[one].full_name) for one in leaving][: SHOWN - len(seen.going)]
    seen.back += _put_back(db, actor, import_id, back[: SHOWN - len(seen.back)])


def _put_back(db: Session, actor: Actor, import_id: uuid.UUID, ids: list[uuid.UUID]) -> list[PutBack]:
    """What these workers have now beside what they had before the import."""
    if not ids:
        return []
    names = portraits.names_of_places(db, actor.agency_id)
    vault.prefetch(db, ids)
    lines = select(ImportRow).where(ImportRow.agency_id == actor.agency_id, ImportRow.import_id == import_id, ImportRow.worker_id.in_(ids))
    before: dict[uuid.UUID, dict[tuple[str, uuid.UUID], dict[str, object]]] = {}
    gone: dict[uuid.UUID, set[uuid.UUID]] = {}
    for line in db.scalars(lines.order_by(ImportRow.row_number.desc())):  # The first row's memory is the oldest, so it has the last word.
        text = vault.reveal(db, line, "before")
        if text and line.worker_id:
            said = json.loads(text)
            for table, row_id, columns in memory.changed_of(said):
                before.setdefault(line.worker_id, {}).setdefault((table, row_id), {}).update(columns)
            gone.setdefault(line.worker_id, set()).update(one for added in memory.added_of(said).values() for one in added)
    everything = (
        *(selectinload(loaded) for loaded in (Worker.phones, Worker.deployments, Worker.contacts)),
        selectinload(Worker.documents).selectinload(Document.versions),
    )
    mine = select(Worker).where(Worker.agency_id == actor.agency_id, Worker.id.in_(ids)).options(*everything)
    found = db.scalars(mine.order_by(Worker.sort_name).execution_options(populate_existing=True)).all()
    return [_one(db, worker, names, before.get(worker.id, {}), gone.get(worker.id, set())) for worker in found]


def _one(
    db: Session, worker: Worker, names: portraits.Names, before: dict[tuple[str, uuid.UUID], dict[str, object]], gone: set[uuid.UUID]
) -> PutBack:
    now = portraits.portrait(db, worker, names)
    then = portraits.portrait(db, worker, names, before=before, gone=gone)
    return PutBack(worker.id, worker.full_name, tuple(portraits.between(now, then)))
