"""Areas: polygons of an incident: danger, safe, or of interest. Drawn, typed, uploaded, or made from a country or a circle."""

import json
import re
import uuid
from datetime import datetime
from typing import Any

import shapely
from shapely.geometry import MultiPolygon, Polygon, box, mapping, shape
from shapely.geometry.base import BaseGeometry
from shapely.validation import explain_validity
from sqlalchemy import select
from sqlalchemy.orm import Session

from locator import outlines, rings
from locator.geodesy import Point
from messaging.incidents import log
from messaging.models import Area, Incident
from workforce import countries
from workforce.core import audit
from workforce.core.db import new_id
from workforce.core.errors import Invalid, NotFound
from workforce.core.tenancy import Actor
from workforce.core.words import _
from workforce.models import Site

KINDS = ("danger", "safe", "interest")
MOST_CORNERS = 5000
LARGEST_FILE_BYTES = 2_000_000
SMALLEST_KM, LARGEST_KM = 0.5, 1000.0
_COAST_DEGREES = 0.05  # About 5 km: outlines are coarse, and people work on piers.
_SIMPLER_DEGREES = 0.02
_PAIR = re.compile(r"(-?\d+(?:\.\d+)?)[\s,;]+(-?\d+(?:\.\d+)?)")
_SPOT = re.compile(r"\[(-?[\d.]+) (-?[\d.]+)\]")
_WORLD = box(-180, -90, 180, 90)


def draw(
    db: Session, actor: Actor, incident: Incident, *, kind: str, name: str, shape: BaseGeometry, at: datetime
) -> Area:
    """Add an area to an incident. `shape` is in (lon, lat), as `checked` returns it."""
    if kind not in KINDS:
        raise Invalid(_("An area is of danger, safe, or of interest."))
    area = Area(
        id=new_id(), agency_id=actor.agency_id, incident_id=incident.id, kind=kind, name=" ".join(name.split())[:120],
        geometry=_rounded(mapping(checked(shape))), made_by=actor.id, made_at=at,
    )  # fmt: skip
    db.add(area)
    db.flush()
    audit.record(db, actor, "area.draw", area, kind=kind, incident=incident.code)
    log.line(db, actor, incident, "area_drawn", at=at, area=kind, name=area.name)
    return area


def remove(db: Session, actor: Actor, incident: Incident, area_id: uuid.UUID, *, at: datetime) -> None:
    """Take an area away. Raises NotFound."""
    area = db.scalar(
        select(Area).where(Area.id == area_id, Area.incident_id == incident.id, Area.agency_id == actor.agency_id)
    )
    if area is None:
        raise NotFound(_("No such area."))
    audit.record(db, actor, "area.remove", area, kind=area.kind, incident=incident.code)
    db.delete(area)
    log.line(db, actor, incident, "area_removed", at=at, area=area.kind, name=area.name)


def of(db: Session, incident: Incident) -> list[Area]:
    """The incident's areas, oldest first."""
    return list(
        db.scalars(
            select(Area)
            .where(Area.agency_id == incident.agency_id, Area.incident_id == incident.id)
            .order_by(Area.made_at, Area.id)
        )
    )


def polygon(area: Area) -> Polygon | MultiPolygon:
    """The area for shapely, in (lon, lat)."""
    found = shape(area.geometry)
    if not isinstance(found, Polygon | MultiPolygon):
        raise Invalid(_("An area is a polygon."))
    return found


def whole_country(code: str) -> BaseGeometry:
    """A country with 5 km around it, so that who stands on a pier is inside. Raises Invalid."""
    try:
        land = outlines.country_polygon(code.upper())
    except KeyError:
        raise Invalid(
            _("We have no outline of %(country)s. Draw the area instead.", country=countries.name(code))
        ) from None
    return shapely.simplify(land.buffer(_COAST_DEGREES), _SIMPLER_DEGREES).intersection(_WORLD)


def name_of(code: str) -> str:
    """What a whole country's area is called."""
    return countries.name(code.upper())


def countries_of(drawn: BaseGeometry | None) -> list[str]:
    """The countries that a shape reaches into, the biggest part first. Raises Invalid for one at sea."""
    if drawn is None:
        return []
    west, south, east, north = drawn.bounds
    parts = [
        (land.intersection(drawn).area, code)
        for code, land in outlines.land_within(outlines.Bounds(south, west, north, east))
        if code
    ]
    found = [code for area, code in sorted(parts, reverse=True) if area > 0]
    if not found:
        raise Invalid(_("This area lies in no country. Say which one with --country."))
    return found


def around_site(db: Session, actor: Actor, site_id: uuid.UUID, km: float) -> BaseGeometry:
    """A circle of `km` round a site. Raises NotFound, Invalid."""
    site = db.scalar(select(Site).where(Site.id == site_id, Site.agency_id == actor.agency_id))
    if site is None:
        raise NotFound(_("No such site."))
    if site.lat is None or site.lon is None:
        raise Invalid(_("%(site)s has no place on the map yet. Choose another site, or draw the area.", site=site.name))
    if not SMALLEST_KM <= km <= LARGEST_KM:
        raise Invalid(_("The circle is between half a kilometre and 1,000 km wide."))
    return rings.circle(Point(site.lat, site.lon), km)


def from_corners(text: str) -> Polygon:
    """A polygon from typed corners, one a line: "32.90, 13.18" (north, east). Raises Invalid, naming the line."""
    corners: list[tuple[float, float]] = []
    for number, written in enumerate(text.splitlines(), start=1):
        if not written.strip():
            continue
        pair = _PAIR.fullmatch(written.strip())
        if pair is None:
            raise Invalid(
                _("Line %(line)d is no corner. Write latitude, longitude, for example 32.90, 13.18.", line=number)
            )
        lat, lon = float(pair[1]), float(pair[2])
        if not (-90 <= lat <= 90 and -180 <= lon <= 180):
            raise Invalid(
                _("Line %(line)d lies outside the world: latitude goes to 90, longitude to 180.", line=number)
            )
        corners.append((lon, lat))
    if len(set(corners)) < 3:
        raise Invalid(_("An area needs at least three corners."))
    drawn = Polygon(corners)
    checked(drawn)
    return drawn


def from_geojson(data: bytes | str) -> BaseGeometry:
    """All polygons of a GeoJSON file as one area. Raises Invalid."""
    if len(data) > LARGEST_FILE_BYTES:
        raise Invalid(_("The file is larger than 2 MB. Draw the area with fewer corners."))
    try:
        found = json.loads(data)
        polygons = [
            shape(geometry) for geometry in _geometries(found) if geometry.get("type") in {"Polygon", "MultiPolygon"}
        ]
    except (ValueError, TypeError, AttributeError, KeyError, IndexError, shapely.errors.ShapelyError):
        raise Invalid(_("This is no GeoJSON that we can read.")) from None
    if not polygons:
        raise Invalid(_("There is no polygon in this file."))
    for one in polygons:
        checked(one)
    return shapely.union_all(polygons)


def checked(drawn: BaseGeometry) -> Polygon | MultiPolygon:
    """The area, if it can be one: no crossing lines, on this Earth, with something in it. Raises Invalid."""
    if not isinstance(drawn, Polygon | MultiPolygon) or drawn.is_empty:
        raise Invalid(_("An area is a polygon with at least three corners."))
    west, south, east, north = drawn.bounds
    if not (west >= -180.001 and south >= -90.001 and east <= 180.001 and north <= 90.001):
        raise Invalid(_("The area lies outside the world: latitude goes to 90, longitude to 180."))
    if not drawn.is_valid:
        spot = _SPOT.search(explain_validity(drawn))
        where = f"{float(spot[2]):.2f}, {float(spot[1]):.2f}" if spot else ""
        raise Invalid(_("The outline crosses itself near %(where)s. Move or undo a corner there.", where=where))
    if drawn.area == 0:
        raise Invalid(_("The corners lie on one line. An area needs some room."))
    if shapely.get_num_coordinates(drawn) > MOST_CORNERS:
        raise Invalid(_("The area has more than 5,000 corners. Simplify it."))
    return drawn


def _geometries(found: dict[str, Any]) -> list[dict[str, Any]]:
    if found["type"] == "FeatureCollection":
        return [geometry for feature in found["features"] for geometry in _geometries(feature)]
    if found["type"] == "Feature":
        return _geometries(found["geometry"]) if found.get("geometry") else []
    if found["type"] == "GeometryCollection":
        return list(found["geometries"])
    return [found]


def _rounded(geometry: Any) -> dict[str, Any]:
    """Five decimals are a metre."""

    def shorter(part: Any) -> Any:
        return round(part, 5) if isinstance(part, float | int) else [shorter(one) for one in part]

    return {"type": geometry["type"], "coordinates": shorter(geometry["coordinates"])}
