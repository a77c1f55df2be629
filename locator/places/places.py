"""Places as an agency knows them: the shared list, its own additions, and what it has corrected by hand."""

import uuid
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from locator.geodesy import Point, compass, measure
from locator.models import Place, PlaceEdit
from locator.places import memory
from locator.places.memory import Filter
from workforce.core.errors import NotFound
from workforce.core.words import _

STALE_DAYS = 180
EDITABLE = ("name", "phone", "email", "website", "address", "city", "lat", "lon", "verified_on", "is_closed")
_CHUNK = 500
_NOT_CHECKED = frozenset({"airport"})  # Nobody calls an airport to see whether it has moved.


@dataclass(frozen=True)
class Known:
    """One place, with this agency's corrections in it. `edited` names the fields that a person typed."""

    id: uuid.UUID
    owner_id: uuid.UUID | None
    kind: str
    type: str
    name: str
    lat: float
    lon: float
    country: str
    country_of: str
    covers: tuple[str, ...]
    city: str
    address: str
    phone: str
    email: str
    website: str
    source: str
    source_id: str
    licence: str
    verified_on: date | None
    is_closed: bool = False
    edited: frozenset[str] = frozenset()

    @property
    def point(self) -> Point:
        return Point(self.lat, self.lon)

    def is_stale(self, today: date) -> bool:
        """Whether somebody should call and look: verified more than 180 days ago, or never."""
        if self.kind in _NOT_CHECKED:
            return False
        return self.verified_on is None or (today - self.verified_on).days > STALE_DAYS


@dataclass(frozen=True)
class Found:
    """A place and the way to it: kilometres, degrees from north, one of sixteen compass points.

    `is_accredited` only where a search asked for the posts that cover a country, and this one does.
    """

    place: Known
    distance_km: float
    bearing: float
    compass: str
    is_accredited: bool = False


def nearest(
    db: Session,
    point: Point,
    *,
    kind: str | None = None,
    country_of: str | None = None,
    covering: str | None = None,
    n: int = 5,
    agency_id: uuid.UUID | None = None,
) -> list[Found]:
    """The `n` nearest places in the order of their distance on the WGS 84 ellipsoid; at one distance the lower id first.

    `kind` is one of PLACE_KINDS or a type ("consulate general"); `country_of` keeps the posts *of* that country.
    `covering` marks posts accredited to that country and adds those that are not among the nearest. With
    `agency_id` the agency's own places count too, and its corrections hold.
    """
    which = Filter((kind or "").strip().lower(), (country_of or "").upper())
    theirs = _theirs(db, agency_id) if agency_id else {}
    found = _nearest(db, point, which, n, theirs, agency_id)
    if not covering:
        return found
    code = covering.upper()
    near = {one.place.id for one in found}
    accredited = _nearest(db, point, which._replace(covering=code), n, theirs, agency_id)
    more = [one for one in accredited if one.place.id not in near]
    marked = [replace(one, is_accredited=_covers(one.place, code)) for one in [*found, *more]]
    return sorted(marked, key=lambda one: (one.distance_km, one.place.id))


def get(db: Session, place_id: uuid.UUID, agency_id: uuid.UUID) -> Known:
    """One place. Raises NotFound, also for another agency's own."""
    return known(db, [_row(db, place_id, agency_id)], agency_id)[0]


def own_or_shared(agency_id: uuid.UUID | None) -> Any:
    """The condition that keeps other agencies' own places out."""
    shared = Place.owner_id.is_(None)
    return shared if agency_id is None else shared | (Place.owner_id == agency_id)


def known(db: Session, rows: Iterable[Place], agency_id: uuid.UUID | None) -> list[Known]:
    """Rows with the agency's corrections laid over them, in the order given. Without an agency: as they came."""
    rows = list(rows)
    edits: dict[uuid.UUID, dict[str, str]] = {}
    if agency_id is not None:
        for start in range(0, len(rows), _CHUNK):
            for edit in db.scalars(
                select(PlaceEdit).where(
                    PlaceEdit.agency_id == agency_id,
                    PlaceEdit.place_id.in_([row.id for row in rows[start : start + _CHUNK]]),
                )
            ):
                edits.setdefault(edit.place_id, {})[edit.field] = edit.value
    return [corrected(row, edits.get(row.id, {})) for row in rows]


def corrected(row: Place, edits: dict[str, str]) -> Known:
    """The row as a value, with `edits` (field → text as stored) over it."""
    plain = {name: getattr(row, name) for name in Known.__dataclass_fields__ if name not in {"is_closed", "edited"}}
    plain["covers"] = tuple(row.covers or ())
    typed = {name: _typed(name, value) for name, value in edits.items() if name in EDITABLE}
    return Known(**(plain | typed), edited=frozenset(typed))


def stale_condition(agency_id: uuid.UUID, since: date) -> Any:
    """For a query of `Place`: neither the list nor this agency has verified it since that day."""
    checked = select(PlaceEdit.place_id).where(
        PlaceEdit.agency_id == agency_id, PlaceEdit.field == "verified_on", PlaceEdit.value >= since.isoformat()
    )
    return (Place.verified_on.is_(None) | (Place.verified_on < since)) & Place.id.not_in(checked)


def verify_by(place: Known) -> date | None:
    """The day from which the place counts as stale."""
    return place.verified_on + timedelta(days=STALE_DAYS + 1) if place.verified_on else None


def _typed(name: str, value: str) -> Any:
    if name in {"lat", "lon"}:
        return float(value)
    if name == "verified_on":
        return date.fromisoformat(value) if value else None
    return value == "yes" if name == "is_closed" else value


def _row(db: Session, place_id: uuid.UUID, agency_id: uuid.UUID) -> Place:
    row = db.scalar(select(Place).where(Place.id == place_id, own_or_shared(agency_id)))
    if row is None:
        raise NotFound(_("No such place."))
    return row


def _theirs(db: Session, agency_id: uuid.UUID) -> dict[uuid.UUID, Known]:
    """Where the agency differs from the shared list on the map: its own places, and those it moved or closed."""
    own = list(db.scalars(select(Place).where(Place.owner_id == agency_id)))
    differ = select(PlaceEdit.place_id).where(
        PlaceEdit.agency_id == agency_id, PlaceEdit.field.in_(("lat", "lon", "is_closed"))
    )
    changed = list(db.scalars(select(Place).where(Place.id.in_(differ), Place.owner_id.is_(None))))
    return {place.id: place for place in known(db, [*own, *changed], agency_id)}


def _nearest(
    db: Session, point: Point, which: Filter, n: int, theirs: dict[uuid.UUID, Known], agency_id: uuid.UUID | None
) -> list[Found]:
    # Shared places that the agency moved or closed are taken out of the shared answer, so ask for as many more.
    spare = sum(place.owner_id is None for place in theirs.values())
    shared = [one for one in memory.nearest_ids(db, point, which, n + spare) if one.id not in theirs]
    places = {row.id: row for row in db.scalars(select(Place).where(Place.id.in_([one.id for one in shared[:n]])))}
    seen = {place.id: place for place in known(db, places.values(), agency_id)}
    ways = [(one.distance_km, one.bearing, seen[one.id]) for one in shared[:n] if one.id in seen]
    ways += [(*measure(point, place.point), place) for place in theirs.values() if _fits(place, which)]
    ways.sort(key=lambda way: (way[0], way[2].id))
    return [Found(place, km, bearing, compass(bearing)) for km, bearing, place in ways[:n]]


def _fits(place: Known, which: Filter) -> bool:
    return (
        not place.is_closed
        and which.kind in {"", place.kind, place.type}
        and which.country_of in {"", place.country_of}
        and (not which.covering or _covers(place, which.covering))
    )


def _covers(place: Known, code: str) -> bool:
    return code == place.country or code in place.covers
