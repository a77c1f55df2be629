"""Circles and cells as polygons of (lon, lat). Apart from `geodesy.py`, which everybody needs, because shapely is slow to load."""

from __future__ import annotations

import math

from shapely.geometry import MultiPolygon, Polygon, box
from shapely.validation import make_valid

from locator.geodesy import CELL_DEGREES, CELLS_PER_DEGREE, WHOLE_TURN, Cell, Point, destination


def circle(centre: Point, radius_km: float, corners: int = 64) -> Polygon | MultiPolygon:
    """All that lies within `radius_km` of `centre`, as a polygon of (lon, lat) for shapely.

    The corners lie on the circle, so 64 of them lose 0.2 % of its area. A circle that crosses the
    date line comes in two parts; one that holds a pole reaches up to it.
    """
    rim = [destination(centre, WHOLE_TURN * i / corners, radius_km) for i in range(corners)]
    # Longitudes that run on past 180 keep the ring whole; it is cut afterwards.
    lons = [centre.lon]
    for point in rim:
        lons.append(lons[-1] + (point.lon - lons[-1] + 180) % WHOLE_TURN - 180)
    ring = [(lon, point.lat) for lon, point in zip(lons[1:], rim, strict=True)]
    shape = make_valid(_around_pole(ring, centre) or Polygon(ring))
    pieces = [_shifted(shape.intersection(box(low, -90, low + 360, 90)), -180 - low) for low in (-540, -180, 180)]
    polygons = [polygon for piece in pieces for polygon in _polygons(piece) if not polygon.is_empty]
    return polygons[0] if len(polygons) == 1 else MultiPolygon(polygons)


def _around_pole(ring: list[tuple[float, float]], centre: Point) -> Polygon | None:
    """The ring closed along the pole that it goes round, if it goes round one."""
    drift = ring[-1][0] - ring[0][0]
    if abs(drift) < 180:
        return None
    pole = math.copysign(90, centre.lat)
    closing = (ring[0][0] + math.copysign(WHOLE_TURN, drift), ring[0][1])
    return Polygon([*ring, closing, (closing[0], pole), (ring[0][0], pole)])


def _shifted(shape: object, by: float) -> object:
    return [Polygon([(x + by, y) for x, y in polygon.exterior.coords]) for polygon in _polygons(shape)]


def _polygons(shape: object) -> list[Polygon]:
    if isinstance(shape, list):
        return shape
    if isinstance(shape, Polygon):
        return [] if shape.is_empty else [shape]
    return [polygon for part in getattr(shape, "geoms", []) for polygon in _polygons(part)]


def cell_polygon(cell: Cell) -> Polygon:
    """A cell's outline in (lon, lat)."""
    south, west = cell[0] / CELLS_PER_DEGREE - 90, cell[1] / CELLS_PER_DEGREE - 180
    return box(west, south, west + CELL_DEGREES, south + CELL_DEGREES)


def cell_bounds(cell: Cell) -> tuple[float, float, float, float]:
    """South, west, north, east of a cell in degrees."""
    south, west = cell[0] / CELLS_PER_DEGREE - 90, cell[1] / CELLS_PER_DEGREE - 180
    return south, west, south + CELL_DEGREES, west + CELL_DEGREES
