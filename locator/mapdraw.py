"""Maps drawn on the server as SVG: they need no scripts, no tiles and no internet.

Colours, strokes and type sizes are classes of map.css; only places, sizes and words come from here.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Protocol

import shapely
from markupsafe import Markup, escape
from shapely.geometry import MultiLineString
from shapely.ops import linemerge

from locator import outlines
from locator.geodesy import Point, distance_km
from locator.outlines import Bounds

if TYPE_CHECKING:
    from collections.abc import Iterable

    from shapely.geometry.base import BaseGeometry

_OVERHANG = 0.03  # Land is cut a little outside the picture, so that the cut does not show as a coast.
_SIMPLER_PX = 0.6
_SMALLEST_ISLE_PX = 1.5
_GRID_STEPS = (0.5, 1, 2, 5, 10, 20, 30)
_GRID_PX = 90
_SCALE_STEPS_KM = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000)
_SCALE_PX = 110
_WIDEST = 75.0  # Degrees of latitude beyond which this projection tears too much.


@dataclass(frozen=True)
class Frame:
    """A picture of `width` x `height` pixels around a centre; both axes have one scale in the middle.

    Equirectangular, longitudes narrowed by the cosine of the middle latitude: right to a few per cent for a
    country, which is all that these drawings are for.
    """

    centre: Point
    pixels_per_degree: float
    width: int
    height: int

    @classmethod
    def around(cls, bounds: Bounds, width: int, height: int, margin: int = 0) -> Frame:
        """The frame that shows all of `bounds` at least `margin` pixels from its edges."""
        centre = Point(
            max(-_WIDEST, min(_WIDEST, (bounds.south + bounds.north) / 2)),
            max(-180.0, min(180.0, (bounds.west + bounds.east) / 2)),
        )
        high = max(bounds.north - bounds.south, 0.02)
        wide = max(bounds.east - bounds.west, 0.02) * math.cos(math.radians(centre.lat))
        scale = min((width - 2 * margin) / wide, (height - 2 * margin) / high)
        return cls(centre, scale, width, height)

    @property
    def bounds(self) -> Bounds:
        """What the picture shows, in degrees."""
        half_high = self.height / 2 / self.pixels_per_degree
        half_wide = self.width / 2 / self._pixels_per_lon
        return Bounds(
            self.centre.lat - half_high,
            self.centre.lon - half_wide,
            self.centre.lat + half_high,
            self.centre.lon + half_wide,
        )

    @property
    def _pixels_per_lon(self) -> float:
        return self.pixels_per_degree * math.cos(math.radians(self.centre.lat))

    def xy(self, lat: float, lon: float) -> tuple[float, float]:
        """Pixels from the left and from the top."""
        return (
            self.width / 2 + (lon - self.centre.lon) * self._pixels_per_lon,
            self.height / 2 - (lat - self.centre.lat) * self.pixels_per_degree,
        )

    def at(self, point: Point) -> tuple[float, float]:
        return self.xy(point.lat, point.lon)

    def pixels(self, km: float) -> float:
        """How long `km` is in the middle of the picture."""
        return km / self.km_per_degree * self.pixels_per_degree

    @property
    def km_per_degree(self) -> float:
        """Length of a degree of latitude here, 110.6 to 111.7 km."""
        low = max(-89.0, self.centre.lat - 0.5)
        return distance_km(Point(low, 0), Point(low + 1, 0))

    def flat(self, shape: BaseGeometry) -> BaseGeometry:
        """A geometry of (lon, lat) in pixels."""

        def place(xy: Any) -> Any:
            x, y = self.xy(xy[:, 1], xy[:, 0])  # Arithmetic only, so it takes columns as well as numbers.
            flat = xy.copy()
            flat[:, 0], flat[:, 1] = x, y
            return flat

        return shapely.transform(shape, place)


class Layer(Protocol):
    """Something to draw over the land: `svg` in pixels of the frame, escaped."""

    def svg(self, frame: Frame) -> str:
        """The markup."""
        ...


def draw(
    frame: Frame,
    layers: Iterable[Layer] = (),
    *,
    label: str,
    focus: tuple[str, ...] = (),
    has_grid: bool = True,
    has_scale: bool = True,
    is_filling: bool = False,
) -> Markup:
    """One `<svg class="map">`: sea, land, borders, then `layers` in the order given.

    `label` says to a screen reader what the picture shows (translated by the caller; a list beside it should
    say the same in words). `focus` are the countries drawn bright. `is_filling` lets the picture cover its box
    and be cropped, as on the log-in page.
    """
    parts = [_base(frame, focus, has_grid=has_grid), *(layer.svg(frame) for layer in layers)]
    if has_scale:
        parts.append(_scale_bar(frame))
    aspect = ' preserveAspectRatio="xMidYMid slice"' if is_filling else ""
    return Markup(  # noqa: S704 - every text went through escape() on its way here.
        f'<svg class="map" xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {frame.width} {frame.height}" '
        f'width="{frame.width}" height="{frame.height}"{aspect} role="img" aria-label="{escape(label)}">'
        + "".join(parts)
        + "</svg>"
    )


@lru_cache(maxsize=64)
def _base(frame: Frame, focus: tuple[str, ...], *, has_grid: bool) -> str:
    """Sea, land, borders. The same for everyone who looks at the same frame, and the dear part of a drawing."""
    sea = f'<rect class="map-sea" width="{frame.width}" height="{frame.height}"/>'
    lands = _lands(frame)
    shown = [code for code, _ in lands]
    fills = "".join(_fill(code, land, is_focus=not focus or code in focus) for code, land in lands)
    ground = shapely.union_all([land for _, land in lands]) if shown else shapely.Polygon()
    # Where land was cut off is no coast.
    inside = shapely.box(-2, -2, frame.width + 2, frame.height + 2)
    edge = shapely.intersection(shapely.boundary(ground), inside)
    rims = shapely.union_all([shapely.boundary(land) for _, land in lands]) if shown else edge
    borders = path_data(shapely.difference(shapely.intersection(rims, inside), edge))
    grid = path_data(_grid(frame)) if has_grid else ""
    lines = (("map-grid", grid), ("map-border", borders), ("map-coast", path_data(edge)))
    return sea + fills + "".join(f'<path class="{name}" d="{data}"/>' for name, data in lines if data)


def _fill(code: str, land: BaseGeometry, *, is_focus: bool) -> str:
    other = "" if is_focus else " map-ground--other"
    return f'<path class="map-ground{other}" data-country="{escape(code)}" d="{path_data(land)}"/>'


def _lands(frame: Frame) -> list[tuple[str, BaseGeometry]]:
    """Land in pixels, as simple as the eye allows. Neighbours keep one and the same line between them."""
    bounds = frame.bounds
    high, wide = bounds.north - bounds.south, bounds.east - bounds.west
    wider = Bounds(
        bounds.south - high * _OVERHANG,
        bounds.west - wide * _OVERHANG,
        bounds.north + high * _OVERHANG,
        bounds.east + wide * _OVERHANG,
    )
    cut = outlines.land_within(wider)
    if not cut:
        return []
    simple = shapely.coverage_simplify([frame.flat(land) for _, land in cut], _SIMPLER_PX)
    lands = [(code, _without_specks(shape)) for (code, _), shape in zip(cut, simple, strict=True)]
    return [(code, land) for code, land in lands if not land.is_empty]


def _without_specks(land: BaseGeometry) -> BaseGeometry:
    parts = [part for part in shapely.get_parts(shapely.get_parts(land)) if part.geom_type == "Polygon"]
    return shapely.MultiPolygon([part for part in parts if part.area >= _SMALLEST_ISLE_PX])


def path_data(shape: BaseGeometry) -> str:
    """The `d` of a path for any lines or polygons in pixels; half pixels are fine enough."""
    lines: list[str] = []
    flat = shapely.get_parts(linemerge(shape)) if isinstance(shape, MultiLineString) else [shape]
    for part in (piece for one in flat for piece in shapely.get_parts(one)):
        if part.is_empty:
            continue
        if part.geom_type == "Polygon":
            lines += [_ring(ring.coords) + "Z" for ring in (part.exterior, *part.interiors)]
        elif part.geom_type in {"LineString", "LinearRing"}:
            lines.append(_ring(part.coords))
        elif part.geom_type.startswith(("Multi", "Geometry")):
            lines.append(path_data(part))
    return "".join(lines)


def _ring(coords: Iterable[tuple[float, ...]]) -> str:
    """A line as one absolute point and steps from it, in whole tenths: half the length of absolute points."""
    tenths = [(round(x * 10), round(y * 10)) for x, y, *_ in coords]
    start = f"M{number(tenths[0][0] / 10)} {number(tenths[0][1] / 10)}"
    steps = [
        f"{number((x1 - x0) / 10)} {number((y1 - y0) / 10)}"
        for (x0, y0), (x1, y1) in pairwise(tenths)
        if (x0, y0) != (x1, y1)
    ]
    return start + ("l" + " ".join(steps) if steps else "")


def number(value: float) -> str:
    """A coordinate to a tenth of a pixel, without needless zeros."""
    text = f"{value:.1f}".removesuffix(".0")
    return "0" if text == "-0" else text


def _grid(frame: Frame) -> BaseGeometry:
    """Meridians and parallels, about one for every 90 pixels."""
    step = next((s for s in _GRID_STEPS if s * frame.pixels_per_degree >= _GRID_PX), _GRID_STEPS[-1])
    south, west, north, east = frame.bounds
    lats = [i * step for i in range(math.ceil(south / step), math.floor(north / step) + 1)]
    lons = [i * step for i in range(math.ceil(west / step), math.floor(east / step) + 1)]
    across = [[frame.xy(lat, west), frame.xy(lat, east)] for lat in lats]
    return MultiLineString([*across, *([frame.xy(south, lon), frame.xy(north, lon)] for lon in lons)])


def _scale_bar(frame: Frame) -> str:
    """A bar of a round number of kilometres at the lower left."""
    km = max((s for s in _SCALE_STEPS_KM if frame.pixels(s) <= _SCALE_PX), default=_SCALE_STEPS_KM[0])
    long = frame.pixels(km)
    left, base = 14.0, frame.height - 12.0
    ticks = f"M{number(left)} {number(base - 5)}V{number(base)}H{number(left + long)}V{number(base - 5)}"
    return (
        f'<path class="map-scale" d="{ticks}"/>'
        f'<text class="map-name map-name--small" text-anchor="middle" x="{number(left + long / 2)}" '
        f'y="{number(base - 6)}">{km} km</text>'
    )
