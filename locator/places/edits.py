"""What people know better: places added by hand, corrected, checked by a call, or gone."""

import re
import uuid
from collections.abc import Mapping
from datetime import date
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from locator import outlines
from locator.geodesy import Point
from locator.models import PLACE_KINDS, Place, PlaceEdit
from locator.places import memory, places
from locator.places.places import EDITABLE, Known
from workforce import countries
from workforce.core import audit, clock, db
from workforce.core.errors import Invalid, NotFound
from workforce.core.tenancy import Actor
from workforce.core.words import _

BY_HAND = "By hand"
_TWO_NUMBERS = re.compile(r"\s*([+-]?\d{1,2}(?:\.\d+)?)\s*[,;\s]\s*([+-]?\d{1,3}(?:\.\d+)?)\s*")


class WrongField(Invalid):
    """One field cannot be used; `field` says which."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


def add(session: Session, actor: Actor, values: Mapping[str, Any], *, today: date) -> Known:
    """A place of the agency's own: an assembly point, a shelter, a clinic the lists have not got. Counts as checked today.

    `values`: kind, name, point (a Point), and optionally type, country_of, city, address, phone, email, website.
    Raises WrongField.
    """
    kind, name = str(values.get("kind", "")), " ".join(str(values.get("name", "")).split())
    if kind not in PLACE_KINDS:
        raise WrongField("kind", _("Choose what kind of place it is."))
    if not name:
        raise WrongField("name", _("A place needs a name."))
    point: Point = values["point"]
    made = Place(
        id=db.new_id(),
        owner_id=actor.agency_id,
        kind=kind,
        type=str(values.get("type", "") or kind).lower()[:60],
        name=name[:200],
        lat=point.lat,
        lon=point.lon,
        country=outlines.country_at(point) or "",
        country_of=_country(str(values.get("country_of", "") or "")),
        covers=[],
        source=BY_HAND,
        source_id=str(db.new_id()),
        verified_on=today,
        updated_at=clock.now(),
        **{field: str(values.get(field) or "").strip() for field in ("city", "address", "phone", "email", "website")},
    )
    session.add(made)
    session.flush()
    memory.touch(session)
    audit.record(session, actor, "place.add", made, kind=kind)
    return places.get(session, made.id, actor.agency_id)


def edit(session: Session, actor: Actor, place_id: uuid.UUID, values: Mapping[str, Any]) -> Known:
    """Correct fields of a place, for this agency alone; an import never touches what was typed.

    `values` has some of `places.EDITABLE`. Raises NotFound, WrongField.
    """
    before = places.get(session, place_id, actor.agency_id)
    if "name" in values and not str(values["name"] or "").strip():
        raise WrongField("name", _("A place needs a name."))
    changed = {field: value for field, value in values.items() if field in EDITABLE and value != getattr(before, field)}
    if not changed:
        return before
    row = session.scalars(select(Place).where(Place.id == place_id)).one()
    if row.owner_id is None:
        _lay_over(session, actor, row, changed)
    else:
        _change_own(row, changed)
    session.flush()
    memory.touch(session)
    audit.record(session, actor, "place.edit", row, fields=sorted(changed))
    return places.get(session, place_id, actor.agency_id)


def verify(session: Session, actor: Actor, place_id: uuid.UUID, *, today: date) -> Known:
    """Somebody called or looked, and what we hold is right. Raises NotFound."""
    return edit(session, actor, place_id, {"verified_on": today})


def take_back(session: Session, actor: Actor, place_id: uuid.UUID) -> Known:
    """Forget this agency's corrections of a shared place. Raises NotFound."""
    places.get(session, place_id, actor.agency_id)
    mine = delete(PlaceEdit).where(PlaceEdit.agency_id == actor.agency_id, PlaceEdit.place_id == place_id)
    session.execute(mine)
    memory.touch(session)
    audit.record(session, actor, "place.take_back", session.get(Place, place_id))
    return places.get(session, place_id, actor.agency_id)


def remove(session: Session, actor: Actor, place_id: uuid.UUID) -> None:
    """Take away a place of the agency's own. A shared one can only be marked as closed. Raises NotFound."""
    row = session.scalar(select(Place).where(Place.id == place_id, Place.owner_id == actor.agency_id))
    if row is None:
        raise NotFound(_("No such place."))
    audit.record(session, actor, "place.remove", row)
    session.delete(row)
    session.flush()
    memory.touch(session)


def point_of(text: str) -> Point | None:
    """A text such as "32.885, 13.19" as a point, latitude first; None when that is not what it is. Raises WrongField off the Earth."""
    read = _TWO_NUMBERS.fullmatch(text)
    if read is None:
        return None
    try:
        return Point(float(read[1]), float(read[2]))
    except ValueError:
        raise WrongField("point", _("Latitude goes from -90 to 90, longitude from -180 to 180.")) from None


def _lay_over(session: Session, actor: Actor, row: Place, changed: Mapping[str, Any]) -> None:
    """One line a field."""
    mine = select(PlaceEdit).where(PlaceEdit.agency_id == actor.agency_id, PlaceEdit.place_id == row.id)
    lines = {line.field: line for line in session.scalars(mine)}
    for field, value in changed.items():
        text = _stored(value)
        line = lines.get(field)
        if line is None:
            line = PlaceEdit(id=db.new_id(), agency_id=actor.agency_id, place_id=row.id, field=field)
            session.add(line)
        line.value, line.edited_by, line.edited_at = text, actor.id, clock.now()


def _change_own(row: Place, changed: Mapping[str, Any]) -> None:
    for field, value in changed.items():
        if field != "is_closed":
            setattr(row, field, value if field in {"lat", "lon", "verified_on"} else str(value or "").strip())
    row.updated_at = clock.now()


def _stored(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return repr(value)
    return str(value or "").strip()[:240]


def _country(text: str) -> str:
    if not text.strip():
        return ""
    try:
        return countries.find(text)
    except Invalid as problem:
        raise WrongField("country_of", str(problem)) from None
