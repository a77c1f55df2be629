"""An area as people give it on a form: a whole country, a circle round a site, corners drawn or typed, or a file."""

import uuid
from collections.abc import Mapping
from typing import Any

from shapely.geometry.base import BaseGeometry
from sqlalchemy import select
from sqlalchemy.orm import Session

from messaging.incidents import areas
from workforce import countries
from workforce.core.errors import DomainError, Invalid
from workforce.core.tenancy import Actor
from workforce.core.words import _
from workforce.models import Site

WAYS = ("country", "circle", "drawn", "file")


class Unusable(Invalid):
    """The area cannot be used; `field` is where it was given."""

    def __init__(self, message: str, field: str) -> None:
        super().__init__(message)
        self.field = field


def from_form(
    db: Session, actor: Actor, form: Mapping[str, str], file: Any, *, country: str
) -> tuple[BaseGeometry, str, str]:
    """The shape, a name for it, and the field it came from. Raises Unusable."""
    how = form.get("how", "country")
    field = {"country": "country", "circle": "site", "drawn": "corners", "file": "file"}.get(how, "how")
    try:
        shape, name = _shape(db, actor, how, form, file, country)
    except DomainError as problem:
        raise Unusable(str(problem), field) from None
    return shape, form.get("area_name", "").strip() or name, field


def sites(db: Session, actor: Actor) -> list[Site]:
    """Sites that are on the map, by name."""
    return list(
        db.scalars(
            select(Site)
            .where(Site.agency_id == actor.agency_id, Site.lat.is_not(None))
            .order_by(Site.country, Site.name)
        )
    )


def _shape(
    db: Session, actor: Actor, how: str, form: Mapping[str, str], file: Any, country: str
) -> tuple[BaseGeometry, str]:
    if how == "country":
        if country not in countries.all_codes():
            raise Invalid(_("Choose the country."))
        return areas.whole_country(country), countries.name(country)
    if how == "circle":
        return _circle(db, actor, form)
    if how == "drawn":
        return areas.from_corners(form.get("corners", "")), ""
    if how == "file":
        data = file.read(areas.LARGEST_FILE_BYTES + 1) if file is not None else b""
        if not data:
            raise Invalid(_("Choose a file."))
        return areas.from_geojson(data), ""
    raise Invalid(_("Choose how the area is drawn."))


def _circle(db: Session, actor: Actor, form: Mapping[str, str]) -> tuple[BaseGeometry, str]:
    try:
        site_id, km = uuid.UUID(form.get("site", "")), float(form.get("km", "").replace(",", "."))
    except ValueError:
        raise Invalid(_("Choose a site, and write the kilometres as a number.")) from None
    shape = areas.around_site(db, actor, site_id, km)
    site = db.scalar(select(Site).where(Site.id == site_id, Site.agency_id == actor.agency_id))
    return shape, _("%(km)g km round %(site)s", km=km, site=site.name if site else "")
