"""The log of an incident, and the stamp by which a live page knows that something has changed."""

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from messaging.models import Incident, IncidentLine
from workforce.core.audit import AuditHead
from workforce.core.tenancy import Actor
from workforce.models import User


def line(db: Session, actor: Actor, incident: Incident, kind: str, *, at: datetime, **detail: Any) -> None:
    """Write one line: what happened, in ids and counts, never in anybody's words. Live pages see that they are old."""
    db.add(
        IncidentLine(
            agency_id=incident.agency_id, incident_id=incident.id, at=at, actor_id=actor.id, kind=kind, detail=detail
        )
    )
    touch(db, incident)


def lines(db: Session, incident: Incident, *, limit: int = 40) -> list[IncidentLine]:
    """The newest lines that a person did, newest first: what was heard stands on the board itself."""
    mine = select(IncidentLine).where(
        IncidentLine.agency_id == incident.agency_id, IncidentLine.incident_id == incident.id
    )
    return list(
        db.scalars(
            mine.where(IncidentLine.kind.not_in(("heard", "unreachable")))
            .order_by(IncidentLine.at.desc(), IncidentLine.id.desc())
            .limit(limit)
        )
    )


def touch(db: Session, incident: Incident) -> None:
    """Raise the stamp. Done by the database, because many answers arrive at once and none may undo another's count."""
    raised = (
        update(Incident)
        .where(Incident.id == incident.id, Incident.agency_id == incident.agency_id)
        .values(stamp=Incident.stamp + 1)
    )
    db.execute(raised.execution_options(synchronize_session=False))


def one_at_a_time(db: Session, actor: Actor) -> None:
    """Wait until no other transaction of this agency is numbering anything: two cases must not become case 12."""
    db.scalar(select(AuditHead.id).where(AuditHead.agency_id == actor.agency_id).with_for_update())


def names(db: Session, incident: Incident) -> dict[uuid.UUID, str]:
    """Who did what stands in the log, by id."""
    did = select(IncidentLine.actor_id).where(
        IncidentLine.agency_id == incident.agency_id, IncidentLine.incident_id == incident.id
    )
    rows = db.execute(select(User.id, User.name).where(User.agency_id == incident.agency_id, User.id.in_(did)))
    return {user_id: name for user_id, name in rows}  # noqa: C416  Rows are not pairs to mypy.
