"""Everybody on one map: people gathered by town, from their own place where we have one, else from where they work."""

import uuid
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import lru_cache

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from locator import gazetteer, outlines
from locator.geodesy import Point, cell_centre
from locator.models import Position
from locator.outlines import Bounds
from locator.whereabouts import positions
from workforce.core.tenancy import Actor
from workforce.models import Deployment, Site, Worker

FRESH = timedelta(hours=24)
_LONELY_DEGREES = 1.2  # One town alone is shown with what lies around it.
_CHUNK = 500


@dataclass
class Gathering:
    """People in and around one town. `own` maps those whose own place we have to when it was taken."""

    name: str
    country: str
    point: Point
    own: dict[uuid.UUID, datetime] = field(default_factory=dict)
    by_site: list[uuid.UUID] = field(default_factory=list)
    people: list[tuple[uuid.UUID, str]] = field(default_factory=list)

    @property
    def total(self) -> int:
        return len(self.own) + len(self.by_site)

    @property
    def newest(self) -> datetime | None:
        return max(self.own.values(), default=None)

    def fresh(self, now: datetime) -> int:
        """How many of the own places are younger than a day."""
        return sum(now - taken_at < FRESH for taken_at in self.own.values())

    def older(self, now: datetime) -> int:
        return len(self.own) - self.fresh(now)


@dataclass(frozen=True)
class Everyone:
    """The gatherings, biggest first, and how many people are on no map at all."""

    gatherings: list[Gathering]
    nowhere: int

    @property
    def total(self) -> int:
        return sum(one.total for one in self.gatherings) + self.nowhere

    @property
    def shown(self) -> list[uuid.UUID]:
        return [worker_id for one in self.gatherings for worker_id in (*one.own, *one.by_site)]

    def fresh(self, now: datetime) -> int:
        return sum(one.fresh(now) for one in self.gatherings)

    @property
    def bounds(self) -> Bounds | None:
        return around([one.point for one in self.gatherings])


def everyone(session: Session, actor: Actor, *, now: datetime) -> Everyone:
    """All workers who are not archived, by town. Only cells and sites are looked at; nothing is decrypted."""
    found: dict[tuple[str, str], Gathering] = {}
    placed = set()
    for worker_id, row, column, taken_at in _own_places(session, actor, now):
        placed.add(worker_id)
        point = cell_centre((row, column))
        name, country = _town_at(point)
        found.setdefault((name, country), Gathering(name, country, point)).own[worker_id] = taken_at
    nowhere = 0
    for worker_id, site in _work_places(session, actor):
        if worker_id in placed:
            continue
        if site is None or site.lat is None or site.lon is None:
            nowhere += 1
            continue
        point = Point(site.lat, site.lon)
        name, country = (site.town, site.country) if site.town else _town_at(point)
        found.setdefault((name, country), Gathering(name, country, point)).by_site.append(worker_id)
    return Everyone(sorted(found.values(), key=lambda one: (-one.total, one.name)), nowhere)


def name_people(session: Session, actor: Actor, gatherings: Iterable[Gathering], most: int) -> None:
    """Fill in `people`, at most `most` a gathering, by name."""
    gatherings = list(gatherings)
    wanted = [worker_id for one in gatherings for worker_id in (*one.own, *one.by_site)[:most]]
    names: dict[uuid.UUID, str] = {}
    for start in range(0, len(wanted), _CHUNK):
        mine = select(Worker.id, Worker.full_name).where(
            Worker.agency_id == actor.agency_id, Worker.id.in_(wanted[start : start + _CHUNK])
        )
        names.update((row[0], row[1]) for row in session.execute(mine))
    for one in gatherings:
        ids = (*one.own, *one.by_site)[:most]
        one.people = sorted(((key, names[key]) for key in ids if key in names), key=lambda person: person[1])


def around(points: Iterable[Point]) -> Bounds | None:
    """The box around points, never tiny. None without any."""
    some = list(points)
    if not some:
        return None
    south, north = min(point.lat for point in some), max(point.lat for point in some)
    west, east = min(point.lon for point in some), max(point.lon for point in some)
    high, wide = max(0.0, _LONELY_DEGREES - (north - south)) / 2, max(0.0, _LONELY_DEGREES - (east - west)) / 2
    return Bounds(max(-85.0, south - high), west - wide, min(85.0, north + high), east + wide)


def _own_places(session: Session, actor: Actor, now: datetime) -> list[tuple[uuid.UUID, int, int, datetime]]:
    """Worker, cell and moment of everybody's newest place that may be shown."""
    live = (*positions.live(now), Position.is_confirmed.is_(True))
    newest = (
        select(Position.worker_id, func.max(Position.taken_at).label("taken_at"))
        .where(*live)
        .group_by(Position.worker_id)
        .subquery()
    )
    rows = (
        select(Position.worker_id, Position.cell_lat, Position.cell_lon, Position.taken_at)
        .join(newest, (newest.c.worker_id == Position.worker_id) & (newest.c.taken_at == Position.taken_at))
        .join(Worker, (Worker.agency_id == Position.agency_id) & (Worker.id == Position.worker_id))
        .where(*live, Worker.agency_id == actor.agency_id, Worker.archived_at.is_(None))
    )
    # Two places of one moment: one of them.
    return list({row[0]: (row[0], row[1], row[2], row[3]) for row in session.execute(rows)}.values())


def _work_places(session: Session, actor: Actor) -> Iterable[tuple[uuid.UUID, Site | None]]:
    sites = {site.id: site for site in session.scalars(select(Site).where(Site.agency_id == actor.agency_id))}
    rows = (
        select(Worker.id, Deployment.site_id)
        .outerjoin(
            Deployment,
            (Deployment.agency_id == Worker.agency_id)
            & (Deployment.worker_id == Worker.id)
            & Deployment.is_current.is_(True),
        )
        .where(Worker.agency_id == actor.agency_id, Worker.archived_at.is_(None))
    )
    for worker_id, site_id in session.execute(rows):
        yield worker_id, sites.get(site_id) if site_id else None


@lru_cache(maxsize=4096)
def _town_at(point: Point) -> tuple[str, str]:
    town, _km = gazetteer.nearest(point)
    return town.name, town.country


def host_bounds(codes: Iterable[str]) -> Bounds | None:
    """The box around countries: what to show while nobody is on the map."""
    boxes = []
    for code in codes:
        try:
            boxes.append(outlines.country_bounds(code))
        except KeyError:
            continue
    if not boxes:
        return None
    return Bounds(
        min(box.south for box in boxes),
        min(box.west for box in boxes),
        max(box.north for box in boxes),
        max(box.east for box in boxes),
    )
