"""Cases: calls for help, each with an owner and a clock. Only a person ends one, and says how it ended."""

import uuid
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload, selectinload

from messaging.incidents import log, told
from messaging.models import Case, CasePerson, Incident, Message, Person, StatusReport
from workforce.core import audit, vault
from workforce.core.db import new_id
from workforce.core.errors import Conflict, Invalid, NotFound
from workforce.core.tenancy import Actor, System
from workforce.core.words import _
from workforce.models import User, Worker

DUE = timedelta(minutes=10)
ENDINGS = ("SAFE", "MOVING", "STAYING", "SILENT", "UNREACHABLE")
LONGEST_OUTCOME = 500
_NAMES = (joinedload(Case.worker), selectinload(Case.people).joinedload(CasePerson.worker))


def open_for(
    db: Session,
    workers: Sequence[Worker],
    *,
    incident: Incident | None,
    message: Message | None,
    at: datetime,
    actor: Actor | None = None,
) -> Case:
    """One case that names all of `workers`, due in ten minutes and nobody's yet.

    Who has an open case in this incident already stays there: with nobody left to name, that case is the answer.
    """
    by = actor or System(workers[0].agency_id)
    log.one_at_a_time(db, by)
    known = open_cases(db, by.agency_id, [worker.id for worker in workers], incident.id if incident else None)
    named = [worker for worker in workers if worker.id not in known]
    if not named:
        return known[workers[0].id]
    newest = db.scalar(select(func.max(Case.number)).where(Case.agency_id == by.agency_id)) or 0
    case = Case(
        id=new_id(), agency_id=by.agency_id, number=newest + 1, worker_id=named[0].id, incident_id=incident.id if incident else None,
        message_id=message.id if message else None, opened_at=at, due_at=at + DUE,
    )  # fmt: skip
    db.add(case)
    db.flush()
    db.add_all(
        CasePerson(id=new_id(), agency_id=by.agency_id, case_id=case.id, worker_id=worker.id, incident_id=case.incident_id, place=place)
        for place, worker in enumerate(named)
    )  # fmt: skip
    db.flush()
    audit.record(db, by, "case.open", case, number=case.number, people=len(named))
    if incident is not None:
        log.line(db, by, incident, "case_opened", at=at, number=case.number, worker=str(named[0].id), people=len(named))
    return case


def open_cases(
    db: Session, agency_id: uuid.UUID, worker_ids: Iterable[uuid.UUID] | None, incident_id: uuid.UUID | None
) -> dict[uuid.UUID, Case]:
    """The open case of each of these people (None: of everybody) in this incident (None: outside any), by worker."""
    mine = (
        select(CasePerson.worker_id, Case)
        .join(Case, (Case.agency_id == CasePerson.agency_id) & (Case.id == CasePerson.case_id))
        .where(CasePerson.agency_id == agency_id, CasePerson.ended_at.is_(None), CasePerson.incident_id == incident_id)
        .order_by(Case.number.desc())
    )
    if worker_ids is not None:
        mine = mine.where(CasePerson.worker_id.in_(list(worker_ids)))
    return {worker_id: case for worker_id, case in db.execute(mine)}  # noqa: C416  Rows are not pairs to mypy.


def get(db: Session, actor: Actor, case_id: uuid.UUID) -> Case:
    """The case with its worker. Raises NotFound."""
    case = db.scalar(select(Case).where(Case.id == case_id, Case.agency_id == actor.agency_id).options(*_NAMES))
    if case is None:
        raise NotFound(_("No such case."))
    return case


def listed(db: Session, actor: Actor, *, closed: bool = False, limit: int = 200) -> list[Case]:
    """Open cases, those that nobody has first and the oldest of them on top; or the newest closed ones."""
    mine = select(Case).where(Case.agency_id == actor.agency_id).options(*_NAMES).limit(limit)
    if closed:
        return list(db.scalars(mine.where(Case.closed_at.is_not(None)).order_by(Case.closed_at.desc())))
    return list(db.scalars(mine.where(Case.closed_at.is_(None)).order_by(Case.owner_id.is_not(None), Case.opened_at)))


def take(db: Session, actor: Actor, case: Case, *, at: datetime) -> None:
    """Make `actor` the owner. Raises Conflict when it is closed, or when somebody else was faster."""
    if case.closed_at is not None:
        raise Conflict(_("Case %(number)s is closed.", number=case.number))
    if case.owner_id == actor.id:
        return
    if case.owner_id is not None:
        owner = db.scalar(select(User.name).where(User.id == case.owner_id, User.agency_id == actor.agency_id))
        raise Conflict(
            _("%(name)s has taken case %(number)s already.", name=owner or _("Somebody else"), number=case.number)
        )
    case.owner_id, case.owned_at = actor.id, at
    db.flush()
    audit.record(db, actor, "case.take", case, number=case.number)
    _note(db, actor, case, "case_taken", at)
    told.who_has_it(db, actor, case)


def hand_over(db: Session, actor: Actor, case: Case, *, at: datetime) -> None:
    """Take the case from whoever has it: they went off shift, or cannot be reached. Raises Conflict when it is closed."""
    if case.closed_at is not None:
        raise Conflict(_("Case %(number)s is closed.", number=case.number))
    before, case.owner_id, case.owned_at = case.owner_id, actor.id, at
    db.flush()
    audit.record(db, actor, "case.take", case, number=case.number, taken_from=before)
    _note(db, actor, case, "case_taken", at)
    told.who_has_it(db, actor, case)


def close(
    db: Session,
    actor: Actor,
    case: Case,
    *,
    outcome: str,
    at: datetime,
    status: str = "",
    statuses: Mapping[uuid.UUID, str] | None = None,
) -> None:
    """Say how it ended: the only way in which HELP on a board becomes anything else.

    `statuses` says of each person how they are now, one of ENDINGS; `status` says it of all who wait. Whom neither names stays in
    the case, which closes with the last of them. Without an incident neither is used. Raises Invalid, Conflict.
    """
    outcome = " ".join(outcome.split())
    if case.closed_at is not None:
        raise Conflict(_("Case %(number)s is closed already.", number=case.number))
    if not outcome:
        raise Invalid(_("Say how it ended: who helped, where the person is now."))
    now = {one.worker_id: (statuses or {}).get(one.worker_id, status) for one in case.waiting}
    ended = [one for one in case.waiting if now[one.worker_id] in ENDINGS or case.incident_id is None]
    if not ended:
        raise Invalid(_("Choose how the person is now."))
    for one in ended:
        one.ended_at = at
        if case.incident_id is not None:
            _lower(db, actor, case, one, outcome=outcome, status=now[one.worker_id], at=at)
            _note(db, actor, case, "case_closed", at, worker=str(one.worker_id), status=now[one.worker_id])
    if case.owner_id is None:
        case.owner_id, case.owned_at = actor.id, at
    if not case.waiting:
        case.closed_at, case.closed_by = at, actor.id
        vault.seal(db, case, outcome=outcome[:LONGEST_OUTCOME])
    db.flush()
    audit.record(
        db,
        actor,
        "case.close" if case.closed_at else "case.part",
        case,
        number=case.number,
        status=", ".join(sorted({now[one.worker_id] for one in ended} - {""})),
        people=len(ended),
    )


def _lower(db: Session, actor: Actor, case: Case, one: CasePerson, *, outcome: str, status: str, at: datetime) -> None:
    person = db.scalar(
        select(Person).where(
            Person.agency_id == case.agency_id,
            Person.incident_id == case.incident_id,
            Person.worker_id == one.worker_id,
        )
    )
    report = StatusReport(
        id=new_id(), agency_id=case.agency_id, incident_id=case.incident_id, worker_id=one.worker_id,
        status=status, at=at, source="hand", said_by=actor.id,
    )  # fmt: skip
    vault.seal(db, report, evidence=outcome)
    db.add(report)
    if person is None:
        return
    person.status, person.status_at, person.source, person.said_by, person.message_id = (
        status,
        at,
        "hand",
        actor.id,
        None,
    )
    person.unreachable_reason = "said so" if status == "UNREACHABLE" else ""
    vault.seal(db, person, evidence=outcome)


def _note(db: Session, actor: Actor, case: Case, kind: str, at: datetime, **detail: str) -> None:
    if case.incident_id is None:
        return
    incident = db.scalar(select(Incident).where(Incident.id == case.incident_id, Incident.agency_id == case.agency_id))
    if incident is not None:
        log.line(db, actor, incident, kind, at=at, number=case.number, **{"worker": str(case.worker_id), **detail})


# --- reading a case ---------------------------------------------------------------------------------------------------


def owner_of(db: Session, case: Case) -> User | None:
    """Who has it."""
    return (
        db.scalar(select(User).where(User.id == case.owner_id, User.agency_id == case.agency_id))
        if case.owner_id
        else None
    )


def owners(db: Session, actor: Actor, some: list[Case]) -> dict[uuid.UUID, str]:
    """Names of those who have these cases, by their id."""
    rows = db.execute(
        select(User.id, User.name).where(
            User.agency_id == actor.agency_id, User.id.in_({case.owner_id for case in some if case.owner_id})
        )
    )
    return {user_id: name for user_id, name in rows}  # noqa: C416  Rows are not pairs to mypy.


def words_of(db: Session, case: Case) -> list[tuple[StatusReport, str]]:
    """What has been said about the people of this case since, and just before, it was opened; newest first."""
    mine = select(StatusReport).where(
        StatusReport.agency_id == case.agency_id,
        StatusReport.worker_id.in_([one.worker_id for one in case.people]),
        StatusReport.incident_id == case.incident_id,
    )
    found = db.scalars(mine.order_by(StatusReport.at.desc()).limit(20))
    return [(report, vault.reveal(db, report, "evidence") or "") for report in found]
