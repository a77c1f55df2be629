"""The map of the board: people by site and status as rings, danger hatched. Staff see sites; nobody's exact point is on it."""

from collections.abc import Sequence

import shapely
from markupsafe import Markup
from shapely.geometry.base import BaseGeometry
from sqlalchemy import select
from sqlalchemy.orm import Session

from locator import mapdraw, mapmarks, outlines
from locator.geodesy import Point
from locator.models import Place
from locator.outlines import Bounds
from messaging.incidents import areas, tallies
from messaging.models import Area, Incident
from workforce import countries
from workforce.core.words import _
from workforce.models import Site

WIDTH, HEIGHT = 460, 327
_MARGIN = 34
_ROOM = 0.12
_MOST_SIGNS = 4
_MOST_KEPT = 32
_kept: dict[tuple[object, ...], Markup] = {}


def of_board(
    db: Session, incident: Incident, *, width: int = WIDTH, height: int = HEIGHT, drawn: Sequence[Area] | None = None
) -> Markup:
    """The map as SVG; `drawn` are the incident's areas, where they are known. Drawn anew only when something on it has changed."""
    rings = _rings(db, incident)
    drawn = areas.of(db, incident) if drawn is None else drawn
    frame = mapdraw.Frame.around(_bounds(incident, rings, drawn), width, height, margin=_MARGIN)
    signs = _signs(db, incident, frame)
    label = _("Map of %(name)s: how people are, by site", name=incident.name)
    said = repr([(ring.point.lat, ring.point.lon, ring.counts, ring.name, ring.is_main) for ring in rings])
    placed = repr([(sign.point.lat, sign.point.lon, sign.kind) for sign in signs])
    key = (incident.agency_id, incident.id, frame, label, said, placed, repr([(area.id, area.kind) for area in drawn]))
    if key not in _kept:
        if len(_kept) >= _MOST_KEPT:
            _kept.clear()
        _kept[key] = _draw(incident, rings, drawn, frame, signs, label)
    return _kept[key]


def _draw(
    incident: Incident,
    rings: list[mapmarks.Ring],
    drawn: Sequence[Area],
    frame: mapdraw.Frame,
    signs: list[mapmarks.Sign],
    label: str,
) -> Markup:
    layers: list[mapdraw.Layer] = [
        mapmarks.Text(spot, _spaced(code)) for code in incident.countries if (spot := _middle(code, frame))
    ]
    for area in drawn:
        shape = _cut_to_land(areas.polygon(area), incident)
        layers.append(
            mapmarks.Area(
                shape, kind="danger" if area.kind == "danger" else "safe" if area.kind == "safe" else "interest"
            )
        )
    layers.extend(signs)
    layers.append(mapmarks.Rings(rings))
    return mapdraw.draw(frame, layers, label=label, focus=tuple(incident.countries))


def _rings(db: Session, incident: Incident) -> list[mapmarks.Ring]:
    counts = tallies.sites(db, incident)
    known = select(Site.id, Site.lat, Site.lon, Site.name, Site.town).where(Site.agency_id == incident.agency_id, Site.id.in_(counts))
    known = known.where(Site.lat.is_not(None), Site.lon.is_not(None)).order_by(Site.id)
    sites = {site.id: site for site in db.execute(known)}
    counts = {key: counts[key] for key in sites}
    biggest = max((sum(found.values()) for found in counts.values()), default=0)
    return [
        mapmarks.Ring(
            Point(site.lat or 0.0, site.lon or 0.0),
            counts[key],
            name=site.town or site.name,
            is_main=sum(counts[key].values()) >= max(2, biggest * 0.6),
        )
        for key, site in sites.items()
    ]


def _bounds(incident: Incident, rings: Sequence[mapmarks.Ring], drawn: Sequence[Area]) -> Bounds:
    """What must be seen: where people are, and danger; without either, the countries."""
    boxes = [shapely.Point(ring.point.lon, ring.point.lat).bounds for ring in rings]
    if not boxes:
        boxes = [areas.polygon(area).bounds for area in drawn]
    if not boxes:
        boxes = [
            (b.west, b.south, b.east, b.north) for b in (outlines.country_bounds(code) for code in incident.countries)
        ]
    west, south = min(box[0] for box in boxes), min(box[1] for box in boxes)
    east, north = max(box[2] for box in boxes), max(box[3] for box in boxes)
    room = max((east - west) * _ROOM, (north - south) * _ROOM, 0.25)
    return Bounds(max(-80, south - room), west - room, min(80, north + room), east + room)


def _cut_to_land(shape: BaseGeometry, incident: Incident) -> BaseGeometry:
    """A whole country is hatched up to its coast: the 5 km of sea around it are for counting, not for looking at."""
    for code in incident.countries:
        land = outlines.country_polygon(code)
        if shape.area > land.area * 0.95 and shape.intersection(land).area > land.area * 0.95:
            return land
    return shape


def _signs(db: Session, incident: Incident, frame: mapdraw.Frame) -> list[mapmarks.Sign]:
    """Ways out: border crossings and seaports in the picture, without names, so that the people stay in front."""
    south, west, north, east = frame.bounds
    nearby = select(Place).where(
        Place.kind.in_(("border", "seaport")), Place.country.in_(incident.countries), Place.owner_id.is_(None) | (Place.owner_id == incident.agency_id),
        Place.lat.between(south, north), Place.lon.between(west, east),
    )  # fmt: skip
    return [
        mapmarks.Sign(place.point, place.kind)
        for place in db.scalars(nearby.order_by(Place.kind, Place.name).limit(_MOST_SIGNS))
    ]


def _middle(code: str, frame: mapdraw.Frame) -> Point | None:
    """Where the country's name goes: low in the part that is seen, away from the people on the coast."""
    south, west, north, east = frame.bounds
    low = shapely.box(west, south, east, south + (north - south) * 0.3)
    seen = outlines.country_polygon(code).intersection(low)
    if seen.is_empty:
        seen = outlines.country_polygon(code).intersection(shapely.box(west, south, east, north))
    return None if seen.is_empty else Point(seen.representative_point().y, seen.representative_point().x)


def _spaced(code: str) -> str:
    return countries.name(code).upper()
