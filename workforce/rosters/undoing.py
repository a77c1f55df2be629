"""Taking an import back: what it changed is put back, whom it made goes, and who was touched since is left and listed."""

import json
import uuid
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import delete, exists, select, update
from sqlalchemy.orm import Session

from workforce.core import audit, clock, vault
from workforce.core.db import Base
from workforce.core.errors import Conflict, NotFound
from workforce.core.tenancy import Actor, Scoped
from workforce.core.vault import Key
from workforce.core.words import _
from workforce.models import (
    Contact,
    Deployment,
    Document,
    DocumentVersion,
    DuplicateMark,
    Employer,
    Import,
    ImportRow,
    Phone,
    Site,
    Worker,
)
from workforce.rosters import imports, memory
from workforce.rosters.parts import mark_shared

WITHIN = timedelta(days=30)
BATCH = 500
_TABLES: dict[str, type[Any]] = {
    model.__tablename__: model for model in (Worker, Phone, Deployment, Document, DocumentVersion, Contact)
}
_NOTHING: dict[str, Any] = {"total": 0, "done": 0, "removed": 0, "restored": 0, "cursor": "", "half": False}
_MADE_BY_IMPORTS = {*_TABLES.values(), ImportRow}
_MADE_BY_ITSELF = {DuplicateMark}
"""What the clock makes of everybody: it says nothing of anybody having been touched."""


class Stays(NamedTuple):
    """Somebody who stays as they are, and why."""

    id: uuid.UUID
    name: str
    reason: str


@dataclass
class Undone:
    """`left`: the workers who were changed, texted or otherwise touched since, and stay as they are."""

    removed: int = 0
    restored: int = 0
    left: list[Stays] = field(default_factory=list)


def may_undo(roster: Import, now: datetime) -> bool:
    """Whether the import can still be taken back: also one that broke off half-way."""
    done = roster.state == "applied" or (roster.state == "applying" and imports.has_broken_off(roster))
    return done and roster.applied_at is not None and now - roster.applied_at <= WITHIN


def undoable(roster: Import | None) -> Import:
    """The import, if it can be taken back. Raises NotFound; Conflict when it is undone, under way or older than 30 days."""
    if roster is None or roster.state in {"previewed", "dropped"}:
        raise NotFound(_("No such import."))
    if roster.state == "undone":
        raise Conflict(_("This import has been undone already."))
    if roster.state == "undoing" or (roster.state == "applying" and not imports.has_broken_off(roster)):
        raise Conflict(_("Somebody is at this import just now. Wait until it is done, then try again."))
    if not may_undo(roster, clock.now()):
        raise Conflict(_("An import can be undone for 30 days; this one is older."))
    return roster


# --- in batches: who opens the transactions is told in `taking_back.py` ----------------------------------------------------


def begin(db: Session, actor: Actor, import_id: uuid.UUID) -> int:
    """Mark an import as being taken back by this process. Gives how many workers it made or changed.

    Raises NotFound; Conflict when it cannot be undone, or something else is under way in the agency.
    """
    imports.alone(db, actor, import_id)
    mine = select(Import).where(Import.id == import_id, Import.agency_id == actor.agency_id)
    roster = undoable(db.scalar(mine.with_for_update()))
    versions, made = left_behind(db, actor, import_id)
    if half := roster.state == "applying":
        roster.counts = {**roster.counts, "created": len(made), "updated": len(versions) - len(made)}
    roster.state = "undoing"
    imports.sign(roster, tries=1, undo={**_NOTHING, "total": len(versions), "half": half, "begun": clock.now().isoformat()})
    audit.record(db, actor, "roster.undo_begin", roster, workers=len(versions))
    return len(versions)


def told(roster: Import) -> dict[str, Any]:
    """How far taking an import back is: workers in `total`, `done`, `removed` and `restored`, and the `cursor`, an id in hex."""
    return {**_NOTHING, **roster.options.get("undo", {})}


def batch(db: Session, actor: Actor, import_id: uuid.UUID, versions: dict[uuid.UUID, int], made: set[uuid.UUID]) -> int:
    """Take back these workers, the next ones in the order of their ids. Gives how many are done by now."""
    mine = select(Worker).where(Worker.agency_id == actor.agency_id, Worker.id.in_(versions)).with_for_update()
    workers = {worker.id: worker for worker in db.scalars(mine)}
    going = workers.keys() & made
    touched = touched_since(db, actor, workers, versions, going)
    back = {one: worker for one, worker in workers.items() if one not in touched and one not in going}
    _restore(db, actor, import_id, back)
    _remove(db, actor, going - touched.keys())
    roster = imports.get(db, actor, import_id)
    so_far = told(roster)
    so_far["done"] += len(versions)
    so_far["removed"] += len(going - touched.keys())
    so_far["restored"] += len(back)
    imports.sign(roster, undo={**so_far, "cursor": max(versions).hex})
    return int(so_far["done"])


def conclude(db: Session, actor: Actor, import_id: uuid.UUID) -> list[str]:
    """The import is taken back. Gives the files to `imports.forget` once committed: a broken-off one still has its own."""
    roster = imports.get(db, actor, import_id)
    so_far, stays = told(roster), len(left(db, actor, import_id))
    _remove_places(db, actor, import_id)
    roster.state, roster.undone_at = "undone", clock.now()
    audit.record(db, actor, "roster.undo", roster, removed=so_far["removed"], restored=so_far["restored"], left=stays)
    return imports.let_file_go(roster) if so_far["half"] else []


def outcome(db: Session, actor: Actor, import_id: uuid.UUID) -> Undone:
    """What taking the import back did."""
    so_far = told(imports.get(db, actor, import_id))
    return Undone(so_far["removed"], so_far["restored"], left(db, actor, import_id))


def left(db: Session, actor: Actor, import_id: uuid.UUID) -> list[Stays]:
    """Whom taking the import back left as they are, and why."""
    versions, made = left_behind(db, actor, import_id)
    found, ids = list[Stays](), sorted(versions)
    for start in range(0, len(ids), BATCH):
        part = {one: versions[one] for one in ids[start : start + BATCH]}
        mine = select(Worker).where(Worker.agency_id == actor.agency_id, Worker.id.in_(part))
        workers = {worker.id: worker for worker in db.scalars(mine)}
        touched = touched_since(db, actor, workers, part, workers.keys() & made)
        found += [Stays(one, worker.full_name, why(touched.get(one, ""))) for one, worker in sorted(workers.items())]
    return found


def _lines(db: Session, actor: Actor, import_id: uuid.UUID, *actions: str) -> Iterable[Any]:
    lines = select(ImportRow.worker_id, ImportRow.worker_version, ImportRow.action)
    return db.execute(
        lines.where(
            ImportRow.agency_id == actor.agency_id, ImportRow.import_id == import_id, ImportRow.action.in_(actions), ImportRow.worker_id.is_not(None)
        )
    )


def left_behind(db: Session, actor: Actor, import_id: uuid.UUID) -> tuple[dict[uuid.UUID, int], set[uuid.UUID]]:
    """The version in which the import left each worker it made or changed, and whom it made."""
    versions: dict[uuid.UUID, int] = {}
    for row in _lines(db, actor, import_id, "created", "updated", "added"):
        versions[row.worker_id] = max(row.worker_version, versions.get(row.worker_id, 0))
    return versions, {row.worker_id for row in _lines(db, actor, import_id, "created")}


def touched_since(
    db: Session, actor: Actor, workers: Mapping[uuid.UUID, Worker], versions: Mapping[uuid.UUID, int], going: Collection[uuid.UUID]
) -> dict[uuid.UUID, str]:
    """Who stays as they are, and which table says why: `workers` for somebody changed since, else what hangs on them."""
    changed = {worker.id: "workers" for worker in workers.values() if worker.version != versions[worker.id]}
    return _held(db, actor, going) | changed


def _held(db: Session, actor: Actor, ids: Collection[uuid.UUID]) -> dict[uuid.UUID, str]:
    """Workers to whom something hangs that no import makes: a text, a consent, a place in an incident, a buddy."""
    held: dict[uuid.UUID, str] = {}
    models = [
        mapper.class_
        for mapper in Base.registry.mappers
        if issubclass(mapper.class_, Scoped) and hasattr(mapper.class_, "worker_id")
    ]
    for model in models:
        if model not in _MADE_BY_IMPORTS | _MADE_BY_ITSELF:
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
    own = update(ImportRow).where(ImportRow.agency_id == actor.agency_id, ImportRow.import_id == import_id, ImportRow.worker_id.in_(workers))
    db.execute(own.values(action="undone", before_sealed=None), execution_options={"synchronize_session": False})


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


def _remove_places(db: Session, actor: Actor, import_id: uuid.UUID) -> None:
    """Remove the employers and sites that the import made, where nothing points to them any more."""
    for place, column in ((Employer, "employer_id"), (Site, "site_id")):
        pointing: list[Any] = [mapper.class_ for mapper in Base.registry.mappers if hasattr(mapper.class_, column)]
        used = [exists().where(model.agency_id == actor.agency_id, getattr(model, column) == place.id) for model in pointing]
        made = delete(place).where(place.agency_id == actor.agency_id, place.import_id == import_id, *(~one for one in used))
        db.execute(made, execution_options={"synchronize_session": False})


def why(table: str) -> str:
    """Why somebody stays, by the table in which something speaks for it."""
    known = {
        "workers": _("changed since the import, by hand or by a later one"),
        "messages": _("texts went to them or came from them"),
        "consents": _("a consent of theirs is on record"),
        "positions": _("they told where they are"),
        "incident_people": _("they are in an incident"),
        "cases": _("there is a case of theirs"),
        "recipients": _("a broadcast has them among its audience"),
        "dependants": _("family of theirs was added"),
        "stored_files": _("a copy of a paper was added"),
        "contacts": _("they are somebody's contact"),
        "notices": _("they were told of a paper that ends"),
    }
    return known.get(table) or _("something was added to them since")
