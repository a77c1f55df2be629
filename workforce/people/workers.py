"""Workers: taken on, corrected, put away, found."""

import uuid
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from sqlalchemy import Select, and_, func, or_, select
from sqlalchemy.orm import Session, selectinload

from workforce.core import audit, clock, db, vault
from workforce.core.audit import AuditEntry
from workforce.core.errors import Conflict, NotFound
from workforce.core.tenancy import Actor
from workforce.core.words import _
from workforce.models import Deployment, Merge, User, Worker
from workforce.people import shape
from workforce.people.listing import find, page

__all__ = [
    "archive",
    "check_version",
    "count_history",
    "edit",
    "find",
    "get",
    "history",
    "known",
    "open_file",
    "page",
    "place_in_list",
    "register",
    "restore",
    "touch",
    "with_everything",
]


def get(session: Session, actor: Actor, worker_id: uuid.UUID) -> Worker:
    """The worker, if `actor`'s agency placed them. Raises NotFound, also for another agency's worker."""
    worker = session.scalar(select(Worker).where(Worker.id == worker_id, Worker.agency_id == actor.agency_id))
    if worker is None:
        raise NotFound(_("No such worker."))
    return worker


def with_everything(session: Session, actor: Actor, worker_id: uuid.UUID) -> Worker:
    """The worker with phones, deployments, family, contacts, and the key that opens what is sealed. Raises NotFound."""
    mine = select(Worker).where(Worker.id == worker_id, Worker.agency_id == actor.agency_id)
    near = (
        selectinload(Worker.phones),
        selectinload(Worker.dependants),
        selectinload(Worker.contacts),
        selectinload(Worker.deployments).joinedload(Deployment.site),
        selectinload(Worker.deployments).joinedload(Deployment.employer),
    )
    worker = session.scalar(mine.options(*near))
    if worker is None:
        raise NotFound(_("No such worker."))
    vault.prefetch(session, [worker.id, *(one.id for one in worker.dependants)])
    return worker


def open_file(session: Session, actor: Actor, worker_id: uuid.UUID, *, sheet: str = "file") -> None:
    """Note that `actor` opens this worker's page. Raises NotFound."""
    audit.record(session, actor, "worker.open", get(session, actor, worker_id), sheet=sheet)


def register(session: Session, actor: Actor, values: Mapping[str, Any], *, today: date, via: str = "staff") -> Worker:
    """A new worker. `values` has the fields of `shape.FIELDS`; name, nationality and host country must be there.

    Raises WrongField.
    """
    shape.check(values, today)
    worker_id, now = db.new_id(), clock.now()
    vault.open_subject(session, actor.agency_id, worker_id)
    row = shape.columns(session, actor.agency_id, worker_id, values)
    worker = Worker(id=worker_id, agency_id=actor.agency_id, registered_via=via, created_at=now, updated_at=now, **row)
    session.add(worker)
    session.flush()
    audit.record(session, actor, "worker.register", worker, via=via)
    return worker


def known(session: Session, worker: Worker) -> dict[str, Any]:
    """What is known about the worker, by field and in clear, as an edit form shows it."""
    plain = {name: getattr(worker, name) for name in shape.FIELDS if name not in shape.SEALED}
    sealed: dict[str, Any] = {name: vault.reveal(session, worker, name) or "" for name in shape.SEALED}
    sealed["birth_date"] = date.fromisoformat(sealed["birth_date"]) if sealed["birth_date"] else None
    listed = worker.listed_name if worker.family_name and worker.given_names else worker.full_name
    return plain | sealed | {"full_name": listed}


def edit(
    session: Session, actor: Actor, worker_id: uuid.UUID, values: Mapping[str, Any], *, version: int, today: date
) -> Worker:
    """Correct what is known. Raises NotFound, WrongField, and Conflict when it was changed since `version` was read."""
    worker = get(session, actor, worker_id)
    check_version(worker, version)
    before = known(session, worker)
    shape.check(before | dict(values), today)
    changed = sorted(name for name, value in values.items() if (before.get(name) or "") != (value or ""))
    for column, value in shape.columns(session, worker.agency_id, worker.id, values).items():
        setattr(worker, column, value)
    touch(worker)
    session.flush()
    audit.record(session, actor, "worker.edit", worker, fields=changed)
    return worker


def archive(session: Session, actor: Actor, worker_id: uuid.UUID, *, reason: str = "") -> Worker:
    """Put a worker away: out of lists and audiences, nothing deleted."""
    return _put_away(session, actor, worker_id, "worker.archive", reason)


def restore(session: Session, actor: Actor, worker_id: uuid.UUID) -> Worker:
    """Bring an archived worker back into the lists."""
    return _put_away(session, actor, worker_id, "worker.restore", "")


def _put_away(session: Session, actor: Actor, worker_id: uuid.UUID, action: str, reason: str) -> Worker:
    worker = get(session, actor, worker_id)
    worker.archived_at = clock.now() if action == "worker.archive" else None
    touch(worker)
    session.flush()
    audit.record(session, actor, action, worker, reason=reason)
    return worker


def touch(worker: Worker) -> None:
    """Mark that a person changed something about this worker: the version rises, and an import's undo leaves them alone."""
    worker.updated_at = clock.now()


def check_version(row: Any, version: int) -> None:
    """Raises Conflict when `row` is no longer as the page that was filled in had it."""
    if row.version != version:
        raise Conflict(
            _(
                "This has been changed since you opened this page. Nothing of yours was saved. Open it again, look, and change it once more."
            )
        )


def place_in_list(session: Session, worker: Worker) -> tuple[int, int]:
    """(42, 97): where the worker stands among those who are not archived, by name."""
    mine = (Worker.agency_id == worker.agency_id, Worker.archived_at.is_(None))
    ahead = or_(Worker.sort_name < worker.sort_name, and_(Worker.sort_name == worker.sort_name, Worker.id <= worker.id))
    before = select(func.count()).select_from(Worker).where(*mine, ahead).scalar_subquery()
    row = session.execute(select(before, select(func.count()).select_from(Worker).where(*mine).scalar_subquery())).one()
    return int(row[0]), int(row[1])


def history(
    session: Session, actor: Actor, worker_id: uuid.UUID, *, only: Iterable[str] = (), limit: int = 200
) -> list[tuple[AuditEntry, str]]:
    """The newest audit lines about a worker, each with the name of who did it; `only` narrows to these actions."""
    lines = (
        select(AuditEntry, User.name)
        .outerjoin(User, and_(User.id == AuditEntry.actor_id, User.agency_id == AuditEntry.agency_id))
        .where(AuditEntry.agency_id == actor.agency_id, AuditEntry.about_id.in_(_all_ids(actor, worker_id)))
        .order_by(AuditEntry.seq.desc())
        .limit(limit)
    )
    if wanted := list(only):
        lines = lines.where(AuditEntry.action.in_(wanted))
    return [(entry, name or "Muster") for entry, name in session.execute(lines)]


def _all_ids(actor: Actor, worker_id: uuid.UUID) -> Select[uuid.UUID]:
    """The worker, and whose record was merged into theirs: the log keeps the id that a record had."""
    merged = select(Merge.merged_id).where(Merge.agency_id == actor.agency_id, Merge.kept_id == worker_id, Merge.undone_at.is_(None))
    mine = select(Worker.id).where(Worker.agency_id == actor.agency_id, Worker.id == worker_id)
    return mine.union_all(merged)  # type: ignore[return-value]


def count_history(session: Session, actor: Actor, worker_id: uuid.UUID) -> int:
    """How many audit lines there are about a worker."""
    lines = (
        select(func.count())
        .select_from(AuditEntry)
        .where(AuditEntry.agency_id == actor.agency_id, AuditEntry.about_id.in_(_all_ids(actor, worker_id)))
    )
    return session.scalar(lines) or 0
