"""Calls for help that nobody has: managers are told of each, and every five minutes the next person is asked to take it.

Whom we asked stands in the audit log, a line a page, written under the agency's lock. That is the memory: after a restart, or with
two clocks, the same person is not asked twice for the same five minutes, and cases outside any incident are paged as well.
"""

import uuid
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, exists, or_, select
from sqlalchemy.orm import Session

from messaging import telling
from messaging.incidents import log
from messaging.models import Case, Incident
from messaging.telling import Letter
from workforce.core import audit
from workforce.core.audit import AuditEntry
from workforce.core.tenancy import Actor
from workforce.core.words import _
from workforce.models import User

EVERY = timedelta(minutes=5)
# A case that nobody takes for a day is a matter of the week, not of the night: from then on it is paged by the hour.
LONG, THEN_EVERY = timedelta(days=1), timedelta(hours=1)
NEWS = timedelta(hours=1)
MOST = 500


@dataclass(frozen=True)
class Page:
    """Somebody was asked to take a case."""

    case_id: uuid.UUID
    user_id: uuid.UUID
    at: datetime


def has_work(db: Session, actor: Actor, *, now: datetime) -> bool:
    """Whether `run` may find anything: asked at every tick, so that a quiet night writes nothing."""
    waits = select(Case.id).where(_waiting(actor), or_(Case.opened_at <= now - EVERY, Case.opened_at > now))
    if db.scalar(waits.limit(1)) is not None:
        return True
    return telling.possible(db, actor) and db.scalar(select(Case.id).where(_news(actor, now)).limit(1)) is not None


def run(db: Session, actor: Actor, *, now: datetime) -> list[Letter]:
    """Tell the managers of new calls for help, and page whoever is next for those that nobody has. The letters to mail."""
    log.one_at_a_time(db, actor)
    return [*_tell(db, actor, now), *_page(db, actor, now)]


def pages(
    db: Session, actor: Actor, case_ids: Iterable[uuid.UUID], action: str = "case.page"
) -> dict[uuid.UUID, list[Page]]:
    """Who was asked to take these cases, in the order it happened. With another `action` the same of texts."""
    wanted = list(case_ids)
    if not wanted:
        return {}
    mine = select(AuditEntry.object_id, AuditEntry.detail).where(
        AuditEntry.agency_id == actor.agency_id, AuditEntry.action == action, AuditEntry.object_id.in_(wanted)
    )
    found: dict[uuid.UUID, list[Page]] = {}
    for case_id, told in db.execute(mine.order_by(AuditEntry.seq)):
        if case_id is not None:
            found.setdefault(case_id, []).append(
                Page(case_id, uuid.UUID(told["user"]), datetime.fromisoformat(told["at"]))
            )
    return found


def asked(db: Session, actor: Actor, case_ids: Iterable[uuid.UUID]) -> dict[uuid.UUID, list[tuple[str, datetime]]]:
    """The same by name, for pages: (who, when), the newest first."""
    found = pages(db, actor, case_ids)
    ids = {page.user_id for some in found.values() for page in some}
    mine = select(User.id, User.name).where(User.agency_id == actor.agency_id, User.id.in_(ids))
    names = {row.id: row.name for row in db.execute(mine)} if ids else {}
    return {
        case_id: [(names.get(page.user_id, ""), page.at) for page in reversed(some)] for case_id, some in found.items()
    }


def asked_of(db: Session, actor: Actor) -> dict[uuid.UUID, datetime]:
    """The open cases that nobody has and that `actor` was asked to take: since when."""
    waiting = db.scalars(select(Case.id).where(_waiting(actor)).order_by(Case.opened_at).limit(MOST))
    found = pages(db, actor, waiting)
    mine = {case_id: [page.at for page in some if page.user_id == actor.id] for case_id, some in found.items()}
    return {case_id: times[-1] for case_id, times in mine.items() if times}


def _page(db: Session, actor: Actor, now: datetime) -> list[Letter]:
    people = telling.staff(db, actor)
    if not people:
        return []
    waiting = db.scalars(select(Case).where(_waiting(actor)).order_by(Case.opened_at, Case.number).limit(MOST)).all()
    before = pages(db, actor, [case.id for case in waiting])
    by_user: dict[uuid.UUID, list[Case]] = {}
    for case in waiting:
        known = before.get(case.id, [])
        if not is_due(known, case.opened_at, now):
            continue
        user = next_of(people, known)
        audit.record(db, actor, "case.page", case, number=case.number, user=user.id, at=now.isoformat())
        _note(db, actor, case, user, now)
        by_user.setdefault(user.id, []).append(case)
    return (
        [_letter(db, to, some, _("A call for help has no owner"), is_new=False) for to, some in by_user.items()]
        if telling.possible(db, actor)
        else []
    )


def is_due(known: Sequence[Page], opened_at: datetime, now: datetime) -> bool:
    """Whether the next person is to be asked: every five minutes, after a day every hour."""
    since = known[-1].at if known else opened_at
    # A clock that ran ahead and was set back leaves a page in the future: that must not silence the call until then.
    return abs(now - since) >= (EVERY if now - opened_at < LONG else THEN_EVERY)


def next_of(people: Sequence[User], known: Sequence[Page]) -> User:
    """In turn: nobody is asked again before everybody was asked. Holds when people come and go meanwhile."""
    times = Counter(page.user_id for page in known)
    return min(people, key=lambda user: times[user.id])


def _tell(db: Session, actor: Actor, now: datetime) -> list[Letter]:
    if not telling.possible(db, actor):
        return []
    new = db.scalars(select(Case).where(_news(actor, now)).order_by(Case.number).limit(MOST)).all()
    people = telling.staff(db, actor, ["manager"]) or telling.staff(db, actor)
    for case in new:
        audit.record(db, actor, "case.tell", case, number=case.number, people=len(people))
    return [_letter(db, user.id, new, _("A call for help"), is_new=True) for user in people] if new else []


def _letter(db: Session, to: uuid.UUID, some: Sequence[Case], subject: str, *, is_new: bool) -> Letter:
    ids = {case.incident_id for case in some if case.incident_id}
    drills = (
        set(
            db.scalars(
                select(Incident.id).where(
                    Incident.agency_id == some[0].agency_id, Incident.id.in_(ids), Incident.is_exercise
                )
            )
        )
        if ids
        else set()
    )
    lines = []
    for case in some:
        words = (
            _("A call for help came in: case %(number)s.", number=case.number)
            if is_new
            else _("A call for help has no owner: case %(number)s.", number=case.number)
        )
        lines.append(
            f"{_('EXERCISE.') + ' ' if case.incident_id in drills else ''}{words}\n{telling.link(f'/incidents/cases/{case.id}')}"
        )
    if all(case.incident_id in drills for case in some):
        subject = f"{_('EXERCISE.')} {subject}"
    return Letter(to, subject, "\n\n".join(lines))


def _note(db: Session, actor: Actor, case: Case, user: User, now: datetime) -> None:
    if case.incident_id is None:
        return
    incident = db.scalar(select(Incident).where(Incident.id == case.incident_id, Incident.agency_id == case.agency_id))
    if incident is not None:
        log.line(db, actor, incident, "paged", at=now, number=case.number, user=str(user.id))


def _waiting(actor: Actor) -> ColumnElement[bool]:
    return and_(Case.agency_id == actor.agency_id, Case.closed_at.is_(None), Case.owner_id.is_(None))


def _news(actor: Actor, now: datetime) -> ColumnElement[bool]:
    """Open cases that the managers have not been told of. An old one that has an owner is no news."""
    told = exists().where(
        AuditEntry.agency_id == Case.agency_id, AuditEntry.object_id == Case.id, AuditEntry.action == "case.tell"
    )
    return and_(
        Case.agency_id == actor.agency_id,
        Case.closed_at.is_(None),
        or_(Case.owner_id.is_(None), Case.opened_at > now - NEWS),
        ~told,
    )
