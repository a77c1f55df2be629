"""Who is where, and who can be texted: the four counts of an area, and the four kinds of reach."""

import hashlib
import json
import math
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import phonenumbers
import shapely
from shapely.geometry import MultiPolygon, Polygon
from sqlalchemy import select
from sqlalchemy.orm import Session, contains_eager

from locator import geodesy, rings
from locator.geodesy import Point
from locator.models import Position
from locator.whereabouts import positions
from messaging.incidents import areas, tallies
from messaging.models import Area, Incident, Person
from messaging.outbox import limits, outbox
from messaging.replies import routes
from workforce import consents
from workforce.core import vault
from workforce.core.tenancy import Actor, System
from workforce.models import Deployment, Phone, Site, Worker

FRESH = timedelta(hours=12)
PLACES = ("inside", "perhaps", "outside", "no_place")
REACHES = ("can_answer", "cannot_reply", "opted_out", "withdrawn", "no_number", "landline")
_DEGREE_KM = 111.2
MOST_KINDS = 200_000
_kinds: dict[bytes, tuple[str, str]] = {}


@dataclass(frozen=True)
class Placed:
    """One person of a board: where, compared with the danger areas, and whether a text reaches them."""

    worker: Worker
    person: Person
    whereabouts: str
    reach: str
    phone_id: uuid.UUID | None
    site: str
    town: str
    country: str = ""
    """Of the phone that is texted: from there a reply has to come back."""
    is_odd: bool = False
    calling: str = ""
    """The country of the number's calling code: whose limit of the day it counts for."""

    @property
    def can_be_texted(self) -> bool:
        return self.reach in {"can_answer", "cannot_reply"}


@dataclass(frozen=True)
class _Known:
    position: Position | None
    site: Site | None


def place(
    db: Session, actor: Actor, incident: Incident, *, now: datetime, people: Sequence[Person] | None = None
) -> list[Placed]:
    """Everybody on the board, by name, or `people` of it. Needs a session that writes: points on the rim are opened, and that is audited."""
    people = _people(db, incident) if people is None else people
    ids = [person.worker_id for person in people]
    sites, phones = _sites(db, incident, ids), _phones(db, incident, ids)
    vault.prefetch(db, ids)
    hidden = routes.hidden(db, incident.agency_id)
    refused = consents.refused(db, incident.agency_id, "crisis", ids)
    where = whereabouts(db, incident, {worker_id: sites.get(worker_id) for worker_id in ids}, now=now)
    made = []
    for person in people:
        reach, phone, country = _reach(db, person.worker, phones.get(person.worker_id, []), hidden, refused)
        site = sites.get(person.worker_id)
        name, town = (site.name, site.town) if site else ("", "")
        kind, calling = _kind(db, phone) if phone is not None else ("", "")
        made.append(
            Placed(
                person.worker,
                person,
                where[person.worker_id],
                reach,
                phone.id if phone else None,
                name,
                town,
                country,
                kind == "odd",
                calling,
            )
        )
    return made


def whereabouts(
    db: Session, incident: Incident, sites: dict[uuid.UUID, Site | None], *, now: datetime
) -> dict[uuid.UUID, str]:
    """inside, perhaps, outside or no_place for each worker. Without any danger area the whole of the countries counts.

    inside: a position younger than 12 h and finer than the area, in it. perhaps: a stale or coarse position, or without
    one the site, in it. The 0.1° cell decides; only for cells on the rim is the exact point opened, as one audited read.
    """
    danger = danger_of(areas.of(db, incident), incident)
    latest = positions.latest(db, list(sites), now=now)
    if danger is None:
        return {
            worker_id: ("perhaps" if latest.get(worker_id) or _on_map(site) else "no_place")
            for worker_id, site in sites.items()
        }
    shapely.prepare(danger)
    rim = [
        position
        for position in latest.values()
        if _cell_in(danger, position) is None and position.point_sealed is not None
    ]
    points = _open_points(db, incident, rim)
    size_km = _radius_km(danger)
    return {
        worker_id: _judge(danger, size_km, latest.get(worker_id), points, site, now)
        for worker_id, site in sites.items()
    }


def danger_of(drawn: Iterable[Area], incident: Incident) -> Polygon | MultiPolygon | None:
    """All danger areas of an incident as one, in (lon, lat); None while there is none."""
    found = shapely.union_all([areas.polygon(area) for area in drawn if area.kind == "danger"])
    return found if isinstance(found, Polygon | MultiPolygon) and not found.is_empty else None


def has_danger(db: Session, incident: Incident) -> bool:
    """Whether any danger area is drawn."""
    return (
        db.scalar(
            select(Area.id)
            .where(Area.agency_id == incident.agency_id, Area.incident_id == incident.id, Area.kind == "danger")
            .limit(1)
        )
        is not None
    )


def key(db: Session, incident: Incident, *, now: datetime, total: int | None = None) -> str:
    """A digest that stays the same while no area, no position and no ten minutes have changed. `total` people, if that is at hand."""
    drawn = [str(area.id) for area in areas.of(db, incident)]
    newest = db.scalar(
        select(Position.received_at)
        .where(Position.agency_id == incident.agency_id)
        .order_by(Position.received_at.desc())
        .limit(1)
    )
    people = sum(tallies.people(db, incident).values()) if total is None else total
    facts = json.dumps([drawn, people, str(newest), int(now.timestamp() // 600), str(incident.id)])
    return hashlib.sha256(facts.encode()).hexdigest()


def count(placed: Iterable[Placed], names: Sequence[str], field: str) -> dict[str, int]:
    """How many have each value of `field` (`whereabouts` or `reach`)."""
    found = dict.fromkeys(names, 0)
    for one in placed:
        found[getattr(one, field)] += 1
    return found


def _people(db: Session, incident: Incident) -> list[Person]:
    mine = select(Person).join(Person.worker).options(contains_eager(Person.worker))
    people = mine.where(Person.agency_id == incident.agency_id, Person.incident_id == incident.id)
    return list(db.scalars(people.order_by(Worker.sort_name, Worker.id)))


def _sites(db: Session, incident: Incident, worker_ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, Site]:
    found: dict[uuid.UUID, Site] = {}
    for start in range(0, len(worker_ids), 500):
        some = select(Deployment.worker_id, Site).join(Site, Site.id == Deployment.site_id)
        mine = some.where(
            Deployment.agency_id == incident.agency_id,
            Deployment.is_current,
            Deployment.worker_id.in_(worker_ids[start : start + 500]),
        )
        found.update({worker_id: site for worker_id, site in db.execute(mine)})  # noqa: C416  Rows are not pairs to mypy.
    return found


def _phones(db: Session, incident: Incident, worker_ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, list[Phone]]:
    found: dict[uuid.UUID, list[Phone]] = {}
    for start in range(0, len(worker_ids), 500):
        some = select(Phone).where(
            Phone.agency_id == incident.agency_id, Phone.worker_id.in_(worker_ids[start : start + 500])
        )
        for phone in db.scalars(some.order_by(Phone.rank, Phone.id)):
            found.setdefault(phone.worker_id, []).append(phone)
    return found


def _reach(
    db: Session, worker: Worker, phones: list[Phone], hidden: frozenset[str], refused: set[uuid.UUID]
) -> tuple[str, Phone | None, str]:
    if worker.opted_out_at is not None:
        return "opted_out", None, ""
    if worker.id in refused:
        return "withdrawn", None, ""
    if not phones:
        return "no_number", None, ""
    first = outbox.first_phone([phone for phone in phones if _kind(db, phone)[0] != "landline"])
    if first is None:  # A text to a fixed line is lost, and looks sent.
        return "landline", None, ""
    country = worker.nationality if first.use == "home" else worker.host_country
    return ("cannot_reply" if country in hidden else "can_answer"), first, country


def _kind(db: Session, phone: Phone) -> tuple[str, str]:
    """landline, odd (no network has such a number) or "", and the calling code's country. Both never change, so they are kept."""
    if phone.number_index not in _kinds:
        if len(_kinds) >= MOST_KINDS:
            _kinds.clear()
        number = vault.reveal(db, phone, "number") or ""
        _kinds[phone.number_index] = kind_of(number), limits.country_of(number)
    return _kinds[phone.number_index]


def kind_of(number: str) -> str:
    """The same of a number (E.164), by phonenumbers' tables; in doubt it takes texts."""
    try:
        parsed = phonenumbers.parse(number, None)
    except phonenumbers.NumberParseException:
        return "odd"
    if not phonenumbers.is_valid_number(parsed):
        return "odd"
    return "landline" if phonenumbers.number_type(parsed) == phonenumbers.PhoneNumberType.FIXED_LINE else ""


def _judge(
    danger: Polygon | MultiPolygon,
    size_km: float,
    position: Position | None,
    points: dict[uuid.UUID, Point],
    site: Site | None,
    now: datetime,
) -> str:
    if position is None:
        if site is None or site.lat is None or site.lon is None:
            return "no_place"
        return "perhaps" if danger.covers(shapely.Point(site.lon, site.lat)) else "outside"
    by_cell = _cell_in(danger, position)
    point = points.get(position.id) or geodesy.cell_centre((position.cell_lat, position.cell_lon))
    is_in = by_cell if by_cell is not None else danger.covers(shapely.Point(point.lon, point.lat))
    is_fine = position.precision_km < size_km
    if is_in:
        return "inside" if is_fine and now - position.taken_at < FRESH else "perhaps"
    # Somewhere in a town whose edge reaches into the area: nobody can say that they are outside.
    touches = not is_fine and danger.distance(shapely.Point(point.lon, point.lat)) * _DEGREE_KM <= position.precision_km
    return "perhaps" if touches else "outside"


def _cell_in(danger: Polygon | MultiPolygon, position: Position) -> bool | None:
    """Whether the position's cell is inside, outside, or (None) on the rim."""
    cell = rings.cell_polygon((position.cell_lat, position.cell_lon))
    if danger.contains_properly(cell):
        return True
    return None if danger.intersects(cell) else False


def _open_points(db: Session, incident: Incident, rim: list[Position]) -> dict[uuid.UUID, Point]:
    """The machine looks, to count; nobody is shown a point here. One audit line says so."""
    if not rim:
        return {}
    return positions.exact_many(db, System(incident.agency_id), rim, incident_open=True, why="rim of an area")


def _radius_km(danger: Polygon | MultiPolygon) -> float:
    """How big an area is: the radius of a circle of its size. Flat at its middle, good to a few per cent."""
    middle = danger.representative_point()
    squeeze = math.cos(math.radians(min(85.0, abs(middle.y))))
    return math.sqrt(danger.area * squeeze / math.pi) * _DEGREE_KM


def _on_map(site: Site | None) -> bool:
    return site is not None and site.lat is not None and site.lon is not None
