"""The time zone of a place: that of the nearest airport, since airports know theirs."""

from __future__ import annotations

from functools import cache, lru_cache
from typing import NamedTuple

import airportsdata

from locator import gazetteer
from locator.geodesy import Point
from locator.nearest import NearestIndex

_FAR_KM = 400.0


class _Fields(NamedTuple):
    near: NearestIndex[str]
    zones: dict[str, str]


def zone_at(point: Point | None, country: str) -> str:
    """The `zoneinfo` key for `point`, or for `country` (alpha-2) as a whole without one; "UTC" when neither says.

    An airport of the same country goes before a nearer one across the border, unless it is 400 km away.
    """
    if point is None:
        return country_zone(country)
    return _nearest_zone(round(point.lat, 2), round(point.lon, 2), country)


@cache
def country_zone(country: str) -> str:
    """The zone of a country's biggest town, else that of most of its airports, else "UTC"."""
    towns = gazetteer.towns(country)
    if towns and towns[0].zone:
        return towns[0].zone
    fields = _fields(country)
    zones = sorted(fields.zones.values()) if fields else []
    return max(zones, key=zones.count) if zones else "UTC"


@lru_cache(maxsize=4096)
def _nearest_zone(lat: float, lon: float, country: str) -> str:
    point = Point(lat, lon)
    for fields in (_fields(country), _fields("")):
        found = fields.near.nearest(point, 1) if fields else []
        if fields and found and found[0].distance_km <= _FAR_KM:
            return fields.zones[found[0].id]
    return country_zone(country)


@cache
def _fields(country: str) -> _Fields | None:
    """The airports of a country, or of all with ""."""
    some = [field for field in _airports() if not country or field[1] == country]
    if not some:
        return None
    ids, _, lats, lons, zones = zip(*some, strict=True)
    return _Fields(NearestIndex(ids, lats, lons), dict(zip(ids, zones, strict=True)))


@cache
def _airports() -> tuple[tuple[str, str, float, float, str], ...]:
    every = airportsdata.load("ICAO").values()
    return tuple((a["icao"], a["country"], float(a["lat"]), float(a["lon"]), a["tz"]) for a in every if a["tz"])
