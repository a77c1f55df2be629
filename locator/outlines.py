"""Country outlines (Natural Earth, public domain): which country a point lies in, and how far it is from one."""

from __future__ import annotations

import gzip
import json
import math
from functools import cache, lru_cache
from importlib import resources
from typing import TYPE_CHECKING, NamedTuple

import shapely
from shapely.geometry import MultiPolygon, Polygon, shape
from shapely.ops import nearest_points

from locator.geodesy import Point, distance_km

if TYPE_CHECKING:
    from shapely.geometry.base import BaseGeometry

_GEOMETRY_KEY = ',"geometry":'
_COAST_SLACK_KM = 5.0
_METRES_PRECISE = 7


class Bounds(NamedTuple):
    """A box of degrees; `east` may not lie west of `west`."""

    south: float
    west: float
    north: float
    east: float


class _Line(NamedTuple):
    code: str
    name: str
    bounds: Bounds
    geometry: str


def country_polygon(code: str) -> MultiPolygon | Polygon:
    """The land of the country with this ISO alpha-2 code, as (lon, lat); at 1:10 million, true to about 400 m.

    Raises KeyError for a code without an outline.
    """
    return _parsed(_by_code()[code])


def country_at(point: Point) -> str | None:
    """The alpha-2 code of the country whose land holds `point`, or lies within 5 km of it; None at sea.

    The 5 km are for piers, islets and the coarseness of the outline.
    """
    spot = shapely.Point(point.lon, point.lat)
    reach = _COAST_SLACK_KM / 111 / max(0.05, math.cos(math.radians(point.lat)))
    near = [line for line in _lines() if line.code and _box_holds(line.bounds, point, reach)]
    for line in near:
        land = _parsed(line)
        shapely.prepare(land)
        if land.covers(spot):
            return line.code
    away = [(distance_to_country_km(point, line.code), line.code) for line in near]
    return min(away)[1] if away and min(away)[0] <= _COAST_SLACK_KM else None


def country_names() -> dict[str, str]:
    """English name by alpha-2 code, of every country that has an outline."""
    return {line.code: line.name for line in sorted(_lines()) if line.code}


def country_bounds(code: str) -> Bounds:
    """The box around a country. Raises KeyError for a code without an outline."""
    return _by_code()[code].bounds


def codes_within(bounds: Bounds) -> list[str]:
    """Codes of the countries whose box touches `bounds`: all that a drawing needs to look at."""
    return [line.code for line in _touching(bounds) if line.code]


def land_within(bounds: Bounds) -> list[tuple[str, BaseGeometry]]:
    """Code and land of whatever lies in `bounds`, cut to it. The code is empty where ISO has none."""
    window = shapely.box(bounds.west, bounds.south, bounds.east, bounds.north)
    cut = [(line.code, shapely.intersection(_parsed(line), window)) for line in _touching(bounds)]
    return [(code, land) for code, land in cut if not land.is_empty]


def distance_to_country_km(point: Point, code: str) -> float:
    """Kilometres from `point` to the nearest land of a country; 0 inside. Raises KeyError for an unknown code.

    The nearest corner is looked for on a map stretched to the point's latitude and measured on the ellipsoid:
    exact enough for "is this further than 300 km", within 1 % up to 1,000 km.
    """
    land = country_polygon(code)
    shapely.prepare(land)
    if land.covers(shapely.Point(point.lon, point.lat)):
        return 0.0
    # Across the date line the near shore is drawn at the far end of the map: look from there as well.
    return min(_gap_km(point, lon, land) for lon in (point.lon, point.lon - 360, point.lon + 360))


@cache
def browser_geojson() -> bytes:
    """All countries as one GeoJSON FeatureCollection at 1:50 million, 0.6 MB, `id` the alpha-2 code."""
    return gzip.decompress(browser_geojson_gz())


@cache
def browser_geojson_gz() -> bytes:
    """The same, gzipped (0.2 MB), to serve with `Content-Encoding: gzip`."""
    return (resources.files("locator") / "data" / "countries-50m.geojson.gz").read_bytes()


def _gap_km(point: Point, lon: float, land: BaseGeometry) -> float:
    squeeze = max(0.01, math.cos(math.radians(point.lat)))
    flat = shapely.transform(land, lambda xy: xy * (squeeze, 1.0))
    there = nearest_points(flat, shapely.Point(lon * squeeze, point.lat))[0]
    lon_there = (there.x / squeeze + 180) % 360 - 180
    return distance_km(point, Point(max(-90.0, min(90.0, there.y)), round(lon_there, _METRES_PRECISE)))


def _box_holds(bounds: Bounds, point: Point, reach: float) -> bool:
    return (
        bounds.south - reach <= point.lat <= bounds.north + reach
        and bounds.west - reach <= point.lon <= bounds.east + reach
    )


def _touching(bounds: Bounds) -> list[_Line]:
    return [
        line
        for line in _lines()
        if line.bounds.south <= bounds.north
        and line.bounds.north >= bounds.south
        and line.bounds.west <= bounds.east
        and line.bounds.east >= bounds.west
    ]


@cache
def _lines() -> tuple[_Line, ...]:
    """One line a country, its geometry still text: a page that shows Libya need not read Canada."""
    packed = (resources.files("locator") / "data" / "countries-10m.geojsonl.gz").read_bytes()
    found = []
    for text in gzip.decompress(packed).decode().splitlines():
        head, _, geometry = text.partition(_GEOMETRY_KEY)
        feature = json.loads(head + "}")
        west, south, east, north = feature["bbox"]
        bounds = Bounds(south, west, north, east)
        found.append(_Line(feature["id"] or "", feature["properties"]["name"], bounds, geometry[:-1]))
    return tuple(found)


@cache
def _by_code() -> dict[str, _Line]:
    return {line.code: line for line in _lines() if line.code}


@lru_cache(maxsize=64)
def _parsed(line: _Line) -> MultiPolygon | Polygon:
    land = shape(json.loads(line.geometry))
    # Rounding to 100 m made a few islets touch themselves.
    sound = land if land.is_valid else shapely.make_valid(land)
    if isinstance(sound, (MultiPolygon, Polygon)):
        return sound
    return MultiPolygon([part for part in shapely.get_parts(shapely.get_parts(sound)) if isinstance(part, Polygon)])
