"""Where the people of a board are, kept between looks: opening points on the rim of an area is work, and audited.

A board of up to INLINE people is worked out by whoever looks, and kept in memory. A bigger one is worked out by the clock, some
people at a time, so that neither a page nor a call for help waits for a hundred thousand numbers; pages show what it found last.
"""

import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session, contains_eager

from messaging.incidents import areas, audience, incidents, tallies
from messaging.models import Incident, Person, Spread
from workforce.core.db import reading, transaction
from workforce.core.tenancy import Actor

MOST_KEPT = 64
INLINE = 1_000
SLICE = 250
TURN_SECONDS = 1.5
AT_MOST_EVERY = timedelta(minutes=5)


@dataclass(frozen=True)
class Where:
    """The four counts, and how those inside or perhaps inside can be reached. `at`: when, where that is not now."""

    by_place: dict[str, int]
    concerned: int
    by_reach: dict[str, int]
    has_area: bool
    at: datetime | None = None


@dataclass
class _Begun:
    """A big board half worked out: up to which worker, and what was found so far."""

    key: str
    drawn: list[str]
    after: uuid.UUID | None = None
    by_place: dict[str, int] = field(default_factory=lambda: dict.fromkeys(audience.PLACES, 0))
    by_reach: dict[str, int] = field(default_factory=lambda: dict.fromkeys(audience.REACHES, 0))
    concerned: int = 0


_kept: dict[tuple[uuid.UUID, uuid.UUID], tuple[str, Where]] = {}
_begun: dict[uuid.UUID, _Begun] = {}


def kept(db: Session, incident: Incident, *, now: datetime, total: int) -> Where | None:
    """The counts as they were worked out last: of a big board the newest there are, else only if nothing has changed since."""
    if is_big(total):
        return _stored(db, incident)
    key, found = _kept.get((incident.agency_id, incident.id), ("", None))
    return found if key == audience.key(db, incident, now=now, total=total) else None


def is_big(total: int) -> bool:
    """Whether the clock works out a board of `total` people."""
    return total > INLINE


def worked_out(db: Session, actor: Actor, incident: Incident, *, now: datetime) -> Where:
    """The counts now. Needs a session that writes."""
    placed = audience.place(db, actor, incident, now=now)
    concerned = _concerned(placed)
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


def work_out_big(actor: Actor, *, now: datetime, go_on: Callable[[], bool] = lambda: True) -> int:
    """Work at the agency's big boards for up to TURN_SECONDS, SLICE people a commit. How many people were looked at."""
    until, total = time.monotonic() + TURN_SECONDS, 0
    with reading() as db:
        wanted = [one.id for one in incidents.open_ones(db, actor) if is_big(sum(tallies.people(db, one).values())) and _is_due(db, one, now)]
    for incident_id in wanted:
        seen = SLICE
        while seen == SLICE and time.monotonic() < until and go_on():
            with transaction() as db:
                seen = _work_on(db, actor, incidents.get(db, actor, incident_id), now)
            total += seen
    return total


def _is_due(db: Session, incident: Incident, now: datetime) -> bool:
    if incident.id in _begun:
        return True
    last = _row(db, incident)
    if last is None or last.figures.get("drawn") != _drawn(db, incident):
        return True
    return not timedelta(0) <= now - last.worked_at < AT_MOST_EVERY and last.key != audience.key(db, incident, now=now)


def _work_on(db: Session, actor: Actor, incident: Incident, now: datetime) -> int:
    """The next SLICE people; when there are no more, what was found is what pages show."""
    drawn = _drawn(db, incident)
    begun = _begun.get(incident.id)
    if begun is None or begun.drawn != drawn:  # Another danger area: what was found is about another question.
        begun = _begun[incident.id] = _Begun(audience.key(db, incident, now=now), drawn)
    mine = select(Person).join(Person.worker).options(contains_eager(Person.worker)).order_by(Person.worker_id).limit(SLICE)
    mine = mine.where(Person.agency_id == incident.agency_id, Person.incident_id == incident.id)
    people = list(db.scalars(mine.where(Person.worker_id > begun.after) if begun.after else mine))
    placed = audience.place(db, actor, incident, now=now, people=people)
    concerned = _concerned(placed)
    for found, some, names, name in (
        (begun.by_place, placed, audience.PLACES, "whereabouts"),
        (begun.by_reach, concerned, audience.REACHES, "reach"),
    ):
        for kind, number in audience.count(some, names, name).items():
            found[kind] += number
    begun.concerned += len(concerned)
    if len(people) == SLICE:
        begun.after = people[-1].worker_id
        return SLICE
    row = _row(db, incident) or Spread(agency_id=incident.agency_id, incident_id=incident.id)
    row.key, row.worked_at = begun.key, now
    row.figures = {"by_place": begun.by_place, "concerned": begun.concerned, "by_reach": begun.by_reach, "drawn": drawn}
    db.add(row)
    del _begun[incident.id]
    return len(people)


def _stored(db: Session, incident: Incident) -> Where | None:
    """The newest figures, if they are about the areas that are drawn now."""
    row = _row(db, incident)
    if row is None or row.figures.get("drawn") != _drawn(db, incident):
        return None
    figures = row.figures
    return Where(figures["by_place"], figures["concerned"], figures["by_reach"], audience.has_danger(db, incident), row.worked_at)  # fmt: skip


def _drawn(db: Session, incident: Incident) -> list[str]:
    return [str(area.id) for area in areas.of(db, incident) if area.kind == "danger"]


def _row(db: Session, incident: Incident) -> Spread | None:
    return db.scalar(select(Spread).where(Spread.agency_id == incident.agency_id, Spread.incident_id == incident.id))


def _concerned(placed: list[audience.Placed]) -> list[audience.Placed]:
    return [one for one in placed if one.whereabouts in {"inside", "perhaps"}]
