"""Call tasks: whom a person of staff has to call, since no text will do. Whatever is heard of them closes the task."""

import uuid
from collections.abc import Iterable
from datetime import datetime, timedelta

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session, joinedload

from messaging.incidents import log
from messaging.models import CallTask, Incident, Person
from workforce.core import audit
from workforce.core.db import new_id
from workforce.core.errors import Conflict, NotFound
from workforce.core.tenancy import Actor, System
from workforce.core.words import _
from workforce.models import User

AGAIN = timedelta(minutes=30)
MOST = 500


def open_for(
    db: Session, actor: Actor, incident: Incident, worker_id: uuid.UUID, *, why: str, at: datetime
) -> CallTask:
    """The open task about this person, or a new one that nobody has yet. `why`: ladder, opted_out, withdrawn."""
    known = db.scalar(_open(incident).where(CallTask.worker_id == worker_id))
    if known is not None:
        return known
    task = CallTask(
        id=new_id(), agency_id=incident.agency_id, incident_id=incident.id, worker_id=worker_id, why=why, opened_at=at, due_at=at
    )  # fmt: skip
    db.add(task)
    db.flush()
    audit.record(db, actor, "call_task.open", task, incident=incident.code, why=why)
    return task


def answered(db: Session, incident: Incident, person: Person, *, at: datetime) -> None:
    """Something was heard: nobody needs to call any more."""
    task = db.scalar(_open(incident).where(CallTask.worker_id == person.worker_id))
    if task is None:
        return
    task.done_at, task.done_by, task.outcome = at, person.said_by, person.status
    db.flush()
    audit.record(db, System(incident.agency_id), "call_task.done", task, outcome=person.status)


def get(db: Session, actor: Actor, incident: Incident, task_id: uuid.UUID) -> CallTask:
    """The task. Raises NotFound."""
    mine = select(CallTask).where(
        CallTask.id == task_id, CallTask.agency_id == actor.agency_id, CallTask.incident_id == incident.id
    )
    task = db.scalar(mine.options(joinedload(CallTask.worker)))
    if task is None:
        raise NotFound(_("No such call."))
    return task


def take(db: Session, actor: Actor, incident: Incident, task: CallTask, *, at: datetime) -> None:
    """`actor` calls. Raises Conflict when it is done, or somebody else was faster."""
    if task.done_at is not None:
        raise Conflict(_("This call is not needed any more: something was heard."))
    if task.taken_by not in {None, actor.id}:
        raise Conflict(_("Somebody else is calling already."))
    task.taken_by, task.taken_at = actor.id, at
    db.flush()
    audit.record(db, actor, "call_task.take", task, incident=incident.code)
    log.touch(db, incident)


def no_answer(db: Session, actor: Actor, incident: Incident, task: CallTask, *, at: datetime) -> None:
    """Nobody picked up: somebody tries again in half an hour. Raises Conflict when it is done."""
    if task.done_at is not None:
        raise Conflict(_("This call is not needed any more: something was heard."))
    task.tries, task.due_at, task.taken_by, task.taken_at = task.tries + 1, at + AGAIN, None, None
    db.flush()
    audit.record(db, actor, "call_task.no_answer", task, incident=incident.code, tries=task.tries)
    log.line(db, actor, incident, "call_unanswered", at=at, worker=str(task.worker_id), tries=task.tries)


def listed(db: Session, actor: Actor, incident: Incident) -> list[CallTask]:
    """Open tasks, those that are due longest first."""
    mine = _open(incident).options(joinedload(CallTask.worker)).order_by(CallTask.due_at, CallTask.opened_at, CallTask.id)  # fmt: skip
    return list(db.scalars(mine.limit(MOST)))


def of_people(db: Session, incident: Incident, worker_ids: Iterable[uuid.UUID]) -> dict[uuid.UUID, CallTask]:
    """Open tasks by person."""
    return {task.worker_id: task for task in db.scalars(_open(incident).where(CallTask.worker_id.in_(list(worker_ids))))}  # fmt: skip


def waiting(db: Session, actor: Actor, *, now: datetime) -> list[tuple[uuid.UUID, int, datetime]]:
    """Tasks that are due and that nobody has, by open incident: (incident, how many, the oldest)."""
    mine = (
        select(CallTask.incident_id, func.count(), func.min(CallTask.due_at))
        .join(Incident, (Incident.agency_id == CallTask.agency_id) & (Incident.id == CallTask.incident_id))
        .where(CallTask.agency_id == actor.agency_id, CallTask.done_at.is_(None), CallTask.taken_by.is_(None), CallTask.due_at <= now, Incident.closed_at.is_(None))
        .group_by(CallTask.incident_id)
    )  # fmt: skip
    return [(incident_id, number, oldest) for incident_id, number, oldest in db.execute(mine) if oldest is not None]


def names(db: Session, actor: Actor, tasks: Iterable[CallTask]) -> dict[uuid.UUID, str]:
    """Who has them, by id."""
    ids = {task.taken_by for task in tasks if task.taken_by}
    rows = db.execute(select(User.id, User.name).where(User.agency_id == actor.agency_id, User.id.in_(ids)))
    return {user_id: name for user_id, name in rows}  # noqa: C416  Rows are not pairs to mypy.


def _open(incident: Incident) -> Select[CallTask]:
    return select(CallTask).where(
        CallTask.agency_id == incident.agency_id, CallTask.incident_id == incident.id, CallTask.done_at.is_(None)
    )
