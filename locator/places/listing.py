"""The list of places: filtered, searched, counted, page by page."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import Session
from sqlalchemy.sql.elements import ColumnElement

from locator.models import Place
from locator.outlines import Bounds
from locator.places import places
from locator.places.places import STALE_DAYS, Known

PAGE = 50


@dataclass(frozen=True)
class Wanted:
    """What the list is narrowed to. `after` is the last place of the page before."""

    kind: str = ""
    country: str = ""
    country_of: str = ""
    text: str = ""
    stale: bool = False
    own: bool = False
    after: uuid.UUID | None = None


@dataclass(frozen=True)
class Page:
    """Places by name, and whether there are more."""

    places: list[Known]
    next_after: uuid.UUID | None


def page(db: Session, agency_id: uuid.UUID, wanted: Wanted, *, today: date) -> Page:
    """The next places by name. Keyset, not offset: the last page costs what the first one does."""
    rows = select(Place).where(places.own_or_shared(agency_id), *_conditions(agency_id, wanted, today))
    last = db.get(Place, wanted.after) if wanted.after else None
    if last is not None:
        rows = rows.where(or_(Place.name > last.name, and_(Place.name == last.name, Place.id > last.id)))
    found = list(db.scalars(rows.order_by(Place.name, Place.id).limit(PAGE + 1)))
    shown = found[:PAGE]
    return Page(places.known(db, shown, agency_id), shown[-1].id if len(found) > PAGE else None)


def counts(db: Session, agency_id: uuid.UUID) -> dict[str, int]:
    """How many places of each kind the agency sees."""
    mine = select(Place.kind, func.count()).where(places.own_or_shared(agency_id)).group_by(Place.kind)
    return {row[0]: row[1] for row in db.execute(mine)}


def countries_in(db: Session, agency_id: uuid.UUID, kind: str) -> list[str]:
    """Codes of the countries in which places stand."""
    some = select(Place.country).where(places.own_or_shared(agency_id), Place.country != "").distinct()
    return sorted(db.scalars(some.where(Place.kind == kind) if kind else some))


def within(db: Session, agency_id: uuid.UUID, bounds: Bounds, kinds: Sequence[str], most: int) -> list[Known]:
    """Places of these kinds inside a box of degrees, own ones first; at most `most`. One that is closed is not shown."""
    if not kinds:
        return []
    inside = (
        Place.kind.in_(kinds),
        Place.lat.between(bounds.south, bounds.north),
        Place.lon.between(bounds.west, bounds.east),
    )
    rows = select(Place).where(places.own_or_shared(agency_id), *inside)
    found = db.scalars(rows.order_by(Place.owner_id.is_(None), Place.id).limit(most))
    return [place for place in places.known(db, found, agency_id) if not place.is_closed]


def _conditions(agency_id: uuid.UUID, wanted: Wanted, today: date) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if wanted.kind:
        found.append(Place.kind == wanted.kind)
    if wanted.country:
        found.append(Place.country == wanted.country)
    if wanted.country_of:
        found.append(Place.country_of == wanted.country_of)
    if wanted.own:
        found.append(Place.owner_id == agency_id)
    if wanted.text:
        like = [column.icontains(wanted.text, autoescape=True) for column in (Place.name, Place.city)]
        found.append(or_(*like))
    if wanted.stale:
        found += [places.stale_condition(agency_id, today - timedelta(days=STALE_DAYS)), Place.kind != "airport"]
    return found
