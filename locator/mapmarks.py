"""What goes on a drawn map: names, dots, rings with counts, areas, a trail, a circle of precision."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Literal, TypeAlias

import shapely
from markupsafe import escape

from locator.folding import fold
from locator.mapdraw import number, path_data

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from shapely.geometry.base import BaseGeometry

    from locator.geodesy import Point
    from locator.mapdraw import Frame

Side: TypeAlias = Literal["right", "left", "above", "below"]

# Round the ring from the top: first those who answered, then those to worry about.
_RING_ORDER = ("SAFE", "MOVING", "STAYING", "HELP", "SILENT", "UNREACHABLE", "NOT_ASKED")
_RING_PX, _GAP_PX = 5.0, 1.6
_LETTER_PX, _LINE_PX = 6.6, 14.0
_HATCH_PX = 8.0
_LONGEST_NAME = 20  # Two short towns, "Ras Lanuf, Bin Jawad"; a longer name would lie over its neighbours.
_SIDES: tuple[Side, ...] = ("right", "below", "left", "above")
_SHAPES = {
    "SAFE": '<circle r="5.4"/>',
    "HELP": '<path d="M0-6.4L6.4 5.2H-6.4Z"/>',
    "MOVING": '<path d="M-6.2-5.6L6.6 0L-6.2 5.6L-3.4 0Z"/>',
    "STAYING": '<path d="M-5-5H5V5H-5Z"/>',
    "SILENT": '<circle class="map-shape--hollow" r="5" stroke-width="2" stroke-dasharray="2.5 1.6"/>',
    "UNREACHABLE": '<path class="map-shape--hollow" d="M-4.4-4.4L4.4 4.4M4.4-4.4L-4.4 4.4" stroke-width="2.6"/>',
    "NOT_ASKED": '<circle class="map-shape--hollow" r="5" stroke-width="1.6"/>',
}
_SIGNS = {
    "embassy": "M-3.5 5V-5M-3.5-4.5H4L2.4-2L4 .5H-3.5",
    "hospital": "M0-4.5V4.5M-4.5 0H4.5",
    "airport": "M0-5V5M-5 1.5L0-1.5L5 1.5M-2.2 5L0 3.6L2.2 5",
    "seaport": "M-5-2.5Q-2.5-4.5 0-2.5T5-2.5M-5 .8Q-2.5-1.2 0 .8T5 .8M-5 4Q-2.5 2 0 4T5 4",
    "border": "M-4-4V4M4-4V4M-4 0H4",
    "shelter": "M-5 .5L0-4.5L5 .5M-3.2-1V4.5H3.2V-1",
    "assembly": "M-4.5-4.5L-1.2-1.2M4.5-4.5L1.2-1.2M-4.5 4.5L-1.2 1.2M4.5 4.5L1.2 1.2",
}


def shape(status: str, x: float, y: float) -> str:
    """The shape of a status with its middle at (x, y). Unknown ones get the hollow circle."""
    key = _key(status)
    drawn = _SHAPES.get(key, _SHAPES["NOT_ASKED"])
    return f'<g class="map-shape {_slug(key)}" transform="translate({number(x)} {number(y)})">{drawn}</g>'


@dataclass(frozen=True)
class Text:
    """A word on the map by itself: a sea, a country. `kind` is `sea` or `country`."""

    point: Point
    text: str
    kind: Literal["sea", "country"] = "country"

    def svg(self, frame: Frame) -> str:
        x, y = frame.at(self.point)
        name = "map-sea-name" if self.kind == "sea" else "map-country"
        return _word(name, x, y, "middle", self.text)


@dataclass(frozen=True)
class Town:
    """A dot with its name."""

    point: Point
    name: str
    side: Side = "right"
    is_main: bool = False
    away: float = 4.0

    def svg(self, frame: Frame) -> str:
        x, y = frame.at(self.point)
        dot = f'<circle class="map-town" cx="{number(x)}" cy="{number(y)}" r="{3 if self.is_main else 2.4}"/>'
        return dot + _label(x, y, self.away, self.name, self.side, is_main=self.is_main)


@dataclass(frozen=True)
class Dots:
    """Many people, one dot each; those on one spot fan out around it."""

    points: Sequence[Point]
    radius: float = 2.8

    def svg(self, frame: Frame) -> str:
        crowds: dict[tuple[int, int], int] = {}
        dots = []
        for point in self.points:
            x, y = frame.at(point)
            spot = (round(x / 8), round(y / 8))
            n = crowds[spot] = crowds.get(spot, -1) + 1
            # The sunflower's angle fills a disc evenly, whatever their number.
            away, angle = 4.6 * math.sqrt(n), n * 2.39996
            dots.append((x + away * math.cos(angle), y + away * math.sin(angle)))
        size = number(self.radius)
        return "".join(f'<circle class="map-dot" cx="{number(x)}" cy="{number(y)}" r="{size}"/>' for x, y in dots)


@dataclass(frozen=True)
class Ring:
    """People at one place: their number, and around it how they are.

    `counts` is people by status. Without statuses, on a calm day, give `{"": n}`: a plain disc.
    """

    point: Point
    counts: Mapping[str, int]
    name: str = ""
    side: Side | None = None
    is_main: bool = False

    @property
    def total(self) -> int:
        return sum(self.counts.values())

    @property
    def is_plain(self) -> bool:
        return not any(self.counts.keys())

    @property
    def radius(self) -> float:
        if self.is_plain:
            return min(8 + 0.95 * math.sqrt(self.total), 22)
        return min(9 + 2 * math.sqrt(self.total), 34)

    def svg(self, frame: Frame) -> str:
        return self.body(frame) + self.label(frame)

    def body(self, frame: Frame) -> str:
        x, y = frame.at(self.point)
        return self._plain(x, y) if self.is_plain else self._ring(x, y)

    def label(self, frame: Frame) -> str:
        x, y = frame.at(self.point)
        return _label(x, y, self.radius + 4, self.name, self.side or "right", is_main=self.is_main)

    def _plain(self, x: float, y: float) -> str:
        r = number(self.radius)
        disc = f'<circle class="ring-place" cx="{number(x)}" cy="{number(y)}" r="{r}"/>'
        return disc + _word("ring-place-count", x, y + 4, "middle", str(self.total))

    def _ring(self, x: float, y: float) -> str:
        middle = self.radius - _RING_PX / 2
        disc = f'<circle class="ring-disc" cx="{number(x)}" cy="{number(y)}" r="{number(self.radius + 1.5)}"/>'
        known = {_key(status): n for status, n in self.counts.items() if n}
        parts = [(status, known[status]) for status in _RING_ORDER if status in known]
        arcs = "".join(_arcs(x, y, middle, parts, self.total))
        help_sign = shape("HELP", x + middle * 0.72, y - middle * 0.78) if "HELP" in known else ""
        return disc + arcs + _word("ring-count", x, y + 4, "middle", str(self.total)) + help_sign


@dataclass(frozen=True)
class Rings:
    """Several rings: those that would cover each other become one, names find a free side, HELP lies on top."""

    rings: Sequence[Ring]
    taken: list[tuple[float, float, float, float]] = field(default_factory=list, compare=False)

    def svg(self, frame: Frame) -> str:
        merged = gather(self.rings, frame)
        boxes = [_box_of(ring, frame) for ring in merged] + list(self.taken)
        placed = []
        for ring in merged:
            side = ring.side or _free_side(ring, frame, boxes)
            x, y = frame.at(ring.point)
            boxes.append(_label_box(x, y, ring.radius + 4, ring.name, side))
            placed.append(replace(ring, side=side))
        placed.sort(key=lambda ring: any(_key(status) == "HELP" and n for status, n in ring.counts.items()))
        # Names last: no ring may cover one.
        return "".join(ring.body(frame) for ring in placed) + "".join(ring.label(frame) for ring in placed)


@dataclass(frozen=True)
class Here:
    """Where one person was: the circle within which, and the shape of the status in its middle."""

    point: Point
    precision_km: float
    status: str = ""
    name: str = ""

    def svg(self, frame: Frame) -> str:
        x, y = frame.at(self.point)
        slug = _slug(_key(self.status)) if self.status else ""
        r = max(frame.pixels(self.precision_km), 9.0)
        circle = f'<circle class="map-precision {slug}" cx="{number(x)}" cy="{number(y)}" r="{number(r)}"/>'
        disc = f'<circle class="ring-disc" cx="{number(x)}" cy="{number(y)}" r="9"/>'
        dot = f'<circle class="map-dot" cx="{number(x)}" cy="{number(y)}" r="4"/>'
        mark = shape(self.status, x, y) if self.status else dot
        return circle + disc + mark + _label(x, y, r + 4, self.name, "right", is_main=True)


@dataclass(frozen=True)
class Trail:
    """Where somebody came through, oldest first: a dashed line with a hollow dot at each stop."""

    points: Sequence[Point]
    names: Sequence[str] = ()
    status: str = ""

    def svg(self, frame: Frame) -> str:
        spots = [frame.at(point) for point in self.points]
        data = "M" + "L".join(f"{number(x)} {number(y)}" for x, y in spots)
        slug = _slug(_key(self.status)) if self.status else ""
        stops = "".join(
            f'<circle class="map-stop {slug}" cx="{number(x)}" cy="{number(y)}" r="4"/>' for x, y in spots[:-1]
        )
        names = "".join(
            _label(x, y, 7, name, "below", is_main=False) for (x, y), name in zip(spots, self.names, strict=False)
        )
        return f'<path class="map-trail {slug}" d="{data}"/>{stops}{names}'


@dataclass(frozen=True)
class Route:
    """A way by sea or air, as a bow, so that it is not taken for a road."""

    start: Point
    end: Point

    def svg(self, frame: Frame) -> str:
        (x0, y0), (x1, y1) = frame.at(self.start), frame.at(self.end)
        bend = math.copysign(0.22, x1 - x0)  # Upwards, whichever end comes first.
        bow_x, bow_y = (x0 + x1) / 2 + (y1 - y0) * bend, (y0 + y1) / 2 - (x1 - x0) * bend
        data = f"M{number(x0)} {number(y0)}Q{number(bow_x)} {number(bow_y)} {number(x1)} {number(y1)}"
        return f'<path class="map-route" d="{data}"/>'


@dataclass(frozen=True)
class Area:
    """A polygon of (lon, lat): danger is hatched, safe is tinted, of interest is only outlined."""

    outline: BaseGeometry
    kind: Literal["danger", "safe", "interest"] = "danger"

    def svg(self, frame: Frame) -> str:
        window = shapely.box(-20, -20, frame.width + 20, frame.height + 20)
        flat = shapely.intersection(frame.flat(self.outline), window)
        if flat.is_empty:
            return ""
        names = {"danger": "map-danger", "safe": "map-safe-area", "interest": "map-interest"}
        hatch = f'<path class="map-hatch" d="{path_data(_hatched(flat))}"/>' if self.kind == "danger" else ""
        return f'{hatch}<path class="{names[self.kind]}" d="{path_data(flat)}"/>'


@dataclass(frozen=True)
class Sign:
    """A place of a kind (embassy, hospital, seaport…): a small plate with a sign, and its name."""

    point: Point
    kind: str
    name: str = ""
    side: Side = "right"

    def svg(self, frame: Frame) -> str:
        x, y = frame.at(self.point)
        plate = '<rect class="map-sign" x="-8" y="-8" width="16" height="16" rx="3"/>'
        sign = f'<path class="map-sign__mark" d="{_SIGNS.get(self.kind, _SIGNS["assembly"])}"/>'
        drawn = f'<g transform="translate({number(x)} {number(y)})">{plate}{sign}</g>'
        return drawn + _label(x, y, 11, self.name, self.side, is_main=False)


def sign_path(kind: str) -> str:
    """The `d` of the sign of a kind of place, around (0, 0), for maps that the browser draws."""
    return _SIGNS.get(kind, _SIGNS["assembly"])


def gather(rings: Sequence[Ring], frame: Frame) -> list[Ring]:
    """Rings that would cover each other become one at the bigger one's place, its name first. Biggest first."""
    left = sorted(rings, key=lambda ring: (-ring.total, ring.name))
    done: list[Ring] = []
    for ring in left:
        near = next((i for i, other in enumerate(done) if _overlap(ring, other, frame)), None)
        if near is None:
            done.append(ring)
            continue
        other = done[near]
        counts = {key: other.counts.get(key, 0) + ring.counts.get(key, 0) for key in {**other.counts, **ring.counts}}
        is_same = fold(ring.name) in fold(other.name)  # A site's own spelling of the town beside the gazetteer's.
        names = [name for name in (other.name, "" if is_same else ring.name) if name]
        together = ", ".join(dict.fromkeys(names))
        if len(together) > _LONGEST_NAME:
            together = other.name
        done[near] = replace(other, counts=counts, name=together)
    return done


def _overlap(one: Ring, other: Ring, frame: Frame) -> bool:
    (x0, y0), (x1, y1) = frame.at(one.point), frame.at(other.point)
    return math.hypot(x1 - x0, y1 - y0) < (one.radius + other.radius) * 0.8


def _arcs(x: float, y: float, r: float, parts: Sequence[tuple[str, int]], total: int) -> list[str]:
    if len(parts) == 1:
        name = f"ring-arc {_slug(parts[0][0])}"
        return [f'<circle class="{name}" cx="{number(x)}" cy="{number(y)}" r="{number(r)}"/>']
    drawn, start = [], 0.0
    gap = _GAP_PX / r
    for status, n in parts:
        end = start + 2 * math.pi * n / total
        a, b = start + gap / 2, end - gap / 2
        x0, y0, x1, y1 = x + r * math.sin(a), y - r * math.cos(a), x + r * math.sin(b), y - r * math.cos(b)
        far = int(b - a > math.pi)
        data = f"M{x0:.2f} {y0:.2f}A{number(r)} {number(r)} 0 {far} 1 {x1:.2f} {y1:.2f}"
        drawn.append(f'<path class="ring-arc {_slug(status)}" d="{data}"/>')
        start = end
    return drawn


def _hatched(flat: BaseGeometry) -> BaseGeometry:
    """Lines at 45 degrees, 8 px apart, cut to the area. On the picture's own grid: neighbouring areas line up."""
    left, top, right, bottom = flat.bounds
    step = _HATCH_PX * math.sqrt(2)
    first, last = math.floor((left + top) / step), math.ceil((right + bottom) / step)
    lines = [[(i * step - top, top), (i * step - bottom, bottom)] for i in range(first, last + 1)]
    return shapely.intersection(shapely.multilinestrings(lines), flat)


def _label(x: float, y: float, away: float, text: str, side: Side, *, is_main: bool) -> str:
    if not text:
        return ""
    name = "map-name map-name--main" if is_main else "map-name"
    spots = {
        "right": (x + away, y + 4, "start"),
        "left": (x - away, y + 4, "end"),
        "above": (x, y - away, "middle"),
        "below": (x, y + away + 10, "middle"),
    }
    at_x, at_y, anchor = spots[side]
    return _word(name, at_x, at_y, anchor, text)


def _word(name: str, x: float, y: float, anchor: str, text: str) -> str:
    return f'<text class="{name}" x="{number(x)}" y="{number(y)}" text-anchor="{anchor}">{escape(text)}</text>'


def _label_box(x: float, y: float, away: float, text: str, side: Side) -> tuple[float, float, float, float]:
    wide, high = len(text) * _LETTER_PX, _LINE_PX
    left = {"right": x + away, "left": x - away - wide}.get(side, x - wide / 2)
    top = {"above": y - away - high, "below": y + away}.get(side, y - high / 2)
    return left, top, left + wide, top + high


def _box_of(ring: Ring, frame: Frame) -> tuple[float, float, float, float]:
    (x, y), r = frame.at(ring.point), ring.radius
    return x - r, y - r, x + r, y + r


def _free_side(ring: Ring, frame: Frame, boxes: Sequence[tuple[float, float, float, float]]) -> Side:
    """The side on which a name covers least of what is there, and of what lies outside the picture."""
    x, y = frame.at(ring.point)

    def trouble(side: Side) -> float:
        box = _label_box(x, y, ring.radius + 4, ring.name, side)
        outside = max(0, -box[0]) + max(0, box[2] - frame.width) + max(0, -box[1]) + max(0, box[3] - frame.height)
        return outside * _LINE_PX * 2 + sum(_shared(box, other) for other in boxes)

    return min(_SIDES, key=trouble)


def _shared(a: tuple[float, float, float, float], b: tuple[float, float, float, float]) -> float:
    wide, high = min(a[2], b[2]) - max(a[0], b[0]), min(a[3], b[3]) - max(a[1], b[1])
    return wide * high if wide > 0 and high > 0 else 0.0


def _key(status: str) -> str:
    return status.upper().replace(" ", "_").replace("-", "_")


def _slug(key: str) -> str:
    return f"is-{escape(key.lower().replace('_', '-'))}" if key else ""
