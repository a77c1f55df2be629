"""Points on the Earth, and what lies between them: distance, bearing, cells."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TypeAlias

from geographiclib.geodesic import Geodesic

EQUATOR_RADIUS_KM = 6378.137  # WGS 84: half its major axis, and half its minor one.
POLE_RADIUS_KM = 6356.7523142
_EARTH = Geodesic(EQUATOR_RADIUS_KM, 1 / 298.257223563)  # In kilometres, as geopy sets it up.
CELL_DEGREES = 0.1
CELLS_PER_DEGREE = 10
_CELL_ROWS, _CELL_COLUMNS = 180 * CELLS_PER_DEGREE, 360 * CELLS_PER_DEGREE
_COMPASS = ("N", "NNE", "NE", "ENE", "E", "ESE", "SE", "SSE", "S", "SSW", "SW", "WSW", "W", "WNW", "NW", "NNW")
WHOLE_TURN = 360.0

Cell: TypeAlias = tuple[int, int]


@dataclass(frozen=True, slots=True, order=True)
class Point:
    """A position in WGS 84 degrees: north and east count upwards.

    Raises ValueError outside ±90 and ±180, and for what is not a number.
    """

    lat: float
    lon: float

    def __post_init__(self) -> None:
        if not (math.isfinite(self.lat) and -90 <= self.lat <= 90):
            msg = "Latitude must lie between -90 and 90."
            raise ValueError(msg)
        if not (math.isfinite(self.lon) and -180 <= self.lon <= 180):
            msg = "Longitude must lie between -180 and 180."
            raise ValueError(msg)

    def __repr__(self) -> str:
        """Nothing: a position must not reach a log by way of an error message."""
        return "Point(…)"


def distance_km(a: Point, b: Point) -> float:
    """Length in kilometres of the shortest path on the WGS 84 ellipsoid.

    About 0.1 ms a call: rank candidates first, measure few. Source: C. F. F. Karney,
    "Algorithms for geodesics", Journal of Geodesy 87 (2013), by way of geographiclib, which geopy calls as well:
    importing geopy itself brings in forty geocoders and an HTTP client, half a second at every start.
    """
    return float(_EARTH.Inverse(a.lat, a.lon, b.lat, b.lon, Geodesic.DISTANCE)["s12"])


def bearing_degrees(a: Point, b: Point) -> float:
    """The direction in which the shortest path leaves `a` for `b`: 0 is north, 90 east, below 360.

    Of two equal points it is 180, as good as any.
    """
    return measure(a, b)[1]


def measure(a: Point, b: Point) -> tuple[float, float]:
    """Distance in kilometres and bearing in degrees in one go, the distance equal to `distance_km` to the last bit."""
    found = _EARTH.Inverse(a.lat, a.lon, b.lat, b.lon, Geodesic.DISTANCE | Geodesic.AZIMUTH)
    # Just west of north, the remainder of a tiny negative angle rounds up to a whole turn.
    return float(found["s12"]), float(found["azi1"]) % WHOLE_TURN % WHOLE_TURN


def compass(bearing: float) -> str:
    """The nearest of the compass's sixteen points: N, NNE, NE…"""
    return _COMPASS[round(bearing / (WHOLE_TURN / len(_COMPASS))) % len(_COMPASS)]


def destination(start: Point, bearing: float, km: float) -> Point:
    """Where one arrives after `km` along the geodesic that leaves `start` at `bearing` degrees."""
    end = _EARTH.Direct(start.lat, start.lon, bearing, km, Geodesic.LATITUDE | Geodesic.LONGITUDE)
    return Point(float(end["lat2"]), float(end["lon2"]))


def cell_of(point: Point) -> Cell:
    """The 0.1 degree cell that holds `point`: (row, column), rows from the south pole, columns from 180 W.

    A cell is at most 11.1 km high and wide. Its south and west edges belong to it; the
    date line has one column, not two.
    """
    row = min(math.floor(_tenths(point.lat, 90)), _CELL_ROWS - 1)
    return row, math.floor(_tenths(point.lon, 180)) % _CELL_COLUMNS


def _tenths(degrees: float, below_zero: int) -> float:
    """Tenths of a degree from the lower end. Rounded, or 32.3 would fall into the cell below its own edge."""
    return round((degrees + below_zero) * CELLS_PER_DEGREE, 6)


def cell_centre(cell: Cell) -> Point:
    """The middle of a cell, to 0.05 degrees: all that most people are shown."""
    row, column = cell
    return Point(round((row + 0.5) / CELLS_PER_DEGREE - 90, 2), round((column + 0.5) / CELLS_PER_DEGREE - 180, 2))
