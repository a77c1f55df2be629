"""Where the people of a board are, kept in memory between looks: opening points on the rim of an area is work, and audited."""

import uuid
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from messaging.incidents import audience
from messaging.models import Incident
from workforce.core.tenancy import Actor

MOST_KEPT = 64


@dataclass(frozen=True)
class Where:
    """The four counts, and how those inside or perhaps inside can be reached."""

    by_place: dict[str, int]
    concerned: int
    by_reach: dict[str, int]
    has_area: bool


_kept: dict[tuple[uuid.UUID, uuid.UUID], tuple[str, Where]] = {}


def kept(db: Session, incident: Incident, *, now: datetime) -> Where | None:
    """The counts as they were worked out last, if nothing has changed since."""
    key, found = _kept.get((incident.agency_id, incident.id), ("", None))
    return found if key == audience.key(db, incident, now=now) else None


def worked_out(db: Session, actor: Actor, incident: Incident, *, now: datetime) -> Where:
    """The counts now. Needs a session that writes."""
    placed = audience.place(db, actor, incident, now=now)
    concerned = [one for one in placed if one.whereabouts in {"inside", "perhaps"}]
    found = Where(
        by_place=audience.count(placed, audience.PLACES, "whereabouts"),
        concerned=len(concerned),
        by_reach=audience.count(concerned, audience.REACHES, "reach"),
        has_area=audience.has_danger(db, incident),
    )
    if len(_kept) >= MOST_KEPT:
        _kept.clear()
    _kept[(incident.agency_id, incident.id)] = (audience.key(db, incident, now=now), found)
    return found
