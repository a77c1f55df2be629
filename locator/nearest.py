"""The places nearest to a point, in exactly the order of their distance on the ellipsoid."""

from __future__ import annotations

import heapq
import math
from typing import TYPE_CHECKING, Any, Generic, NamedTuple, TypeAlias, TypeVar

import numpy as np

from locator.geodesy import EQUATOR_RADIUS_KM, POLE_RADIUS_KM, Point, measure

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import numpy.typing as npt

    Floats: TypeAlias = npt.NDArray[np.float64]
    Indexes: TypeAlias = npt.NDArray[np.intp]
    Mask: TypeAlias = npt.NDArray[np.bool_]

K = TypeVar("K")

# WHY FEW MEASUREMENTS SUFFICE. Let u be the reduced latitude, tan u = (b / a) tan lat. In (u, lon) a step on the
# ellipsoid has ds² = (a² sin² u + b² cos² u) du² + a² cos² u dlon², while on the unit sphere through the same
# (u, lon) it has dq² = du² + cos² u dlon². Both coefficients of ds² lie between b² and a² times those of dq², so
# every path, and so every shortest path, obeys
#
#     b · q  ≤  s  ≤  a · q        a / b = 1.00336
#
# for the angle q on that sphere and the geodesic length s. Candidates taken by rising q can therefore stop as soon as
# b · q exceeds the n-th best s. Angles come from the chord, which rounding blurs by at most 2e-8 rad near the antipode.
_BLUR_RAD = 1e-7
_SCAN_UP_TO = 4_096  # Below this many places one pass over all is quicker than finding bands.
_PER_BAND_CELL = 8
_TURN = 2 * math.pi
_KEY_STEP = 8.0  # More than a turn apart, so that bands never touch in the sorted key.


class Nearest(NamedTuple, Generic[K]):
    """One answer: whose it is, how far in kilometres, in which direction (degrees from north)."""

    id: K
    distance_km: float
    bearing: float


class NearestIndex(Generic[K]):
    """Places held in memory, ordered by bands of latitude.

    `ids` must be sortable: of two places at one distance the lower id comes first. Degrees are WGS 84.
    A million places take about 60 MB; building sorts them once.
    """

    def __init__(self, ids: Sequence[K], lats: Sequence[float] | Floats, lons: Sequence[float] | Floats) -> None:
        """Raises ValueError when the three differ in length or a point lies off the Earth."""
        self._ids = ids
        self._lats = np.asarray(lats, dtype=np.float64)
        self._lons = np.asarray(lons, dtype=np.float64)
        if not len(ids) == len(self._lats) == len(self._lons):
            msg = "Ids, latitudes and longitudes differ in number."
            raise ValueError(msg)
        if not bool(np.all((np.abs(self._lats) <= 90) & (np.abs(self._lons) <= 180))):
            msg = "A place lies off the Earth."
            raise ValueError(msg)
        reduced = _reduced(self._lats)
        self._xyz = _unit_vectors(reduced, np.radians(self._lons))
        self._bands = max(1, math.isqrt(len(ids) // _PER_BAND_CELL))
        if len(ids) > _SCAN_UP_TO:
            key = self._band_of(reduced) * _KEY_STEP + np.radians(self._lons)
            self._order = np.argsort(key, kind="stable")
            self._key = key[self._order]

    def __len__(self) -> int:
        return len(self._ids)

    def nearest(self, point: Point, n: int, mask: Mask | None = None) -> list[Nearest[K]]:
        """The `n` places nearest to `point`, or fewer if there are fewer; with `mask`, of those where it is true.

        Sorted as a measurement of every single place would sort them. A mask costs a pass over all
        places: for a filter asked often, keep an index of its own.
        """
        if n < 1 or not len(self._ids):
            return []
        where = self._xyz_of(point)
        best: list[tuple[float, Any, float]] = []
        measured: dict[Point, tuple[float, float]] = {}  # Lists of places often hold a whole town at one spot.
        for angle, index in self._by_angle(where, n, mask):
            if len(best) == n and POLE_RADIUS_KM * (angle - _BLUR_RAD) > best[-1][0]:
                break
            there = Point(float(self._lats[index]), float(self._lons[index]))
            if there not in measured:
                measured[there] = measure(point, there)
            km, bearing = measured[there]
            best.append((km, self._ids[index], bearing))
            best.sort(key=lambda found: found[:2])
            del best[n:]
        return [Nearest(key, km, bearing) for km, key, bearing in best]

    def _by_angle(self, where: Floats, n: int, mask: Mask | None) -> Iterator[tuple[float, int]]:
        """Indexes by rising angle from `where`: all that can matter for the `n` nearest."""
        if mask is not None:
            chosen = np.flatnonzero(mask)
        elif len(self._ids) <= _SCAN_UP_TO:
            chosen = np.arange(len(self._ids))
        else:
            chosen = self._around(where, n)
        angles = self._angles(where, chosen)
        if len(chosen) > n:
            nth = float(np.partition(angles, n - 1)[n - 1])
            # n places lie within a · nth, so nothing beyond that length divided by b can be among them.
            keep = angles <= (nth + _BLUR_RAD) * EQUATOR_RADIUS_KM / POLE_RADIUS_KM + _BLUR_RAD
            chosen, angles = chosen[keep], angles[keep]
        heap = list(zip(angles.tolist(), chosen.tolist(), strict=True))
        heapq.heapify(heap)
        while heap:
            yield heapq.heappop(heap)

    def _around(self, where: Floats, n: int) -> Indexes:
        """Indexes of at least all places within a radius that surely holds the `n` nearest."""
        radius = 2 * math.sqrt((n + 4) / len(self._ids))
        while radius < math.pi / 2:
            chosen = self._in_box(where, radius)
            angles = self._angles(where, chosen)
            sure = (radius - _BLUR_RAD) * POLE_RADIUS_KM / EQUATOR_RADIUS_KM - 2 * _BLUR_RAD
            if int(np.count_nonzero(angles <= sure)) >= n:
                return chosen
            radius *= 2
        return np.arange(len(self._ids))

    def _in_box(self, where: Floats, radius: float) -> Indexes:
        """Indexes of the places in the bands and longitudes that a cap of `radius` rad touches."""
        lat, lon = math.asin(max(-1.0, min(1.0, float(where[2])))), math.atan2(float(where[1]), float(where[0]))
        low, high = (int(band) for band in self._band_of(np.array([lat - radius, lat + radius])))
        bands = np.arange(low, high + 1, dtype=np.float64) * _KEY_STEP
        # A cap over a pole holds every longitude; any other one is widest where the meridians touch it.
        over_pole = abs(lat) + radius >= math.pi / 2
        half = math.pi if over_pole else math.asin(min(1.0, math.sin(radius) / math.cos(lat))) + _BLUR_RAD
        west, east = lon - half, lon + half
        windows = [(max(west, -math.pi), min(east, math.pi))]
        if half < math.pi and west < -math.pi:
            windows.append((west + _TURN, math.pi))
        if half < math.pi and east > math.pi:
            windows.append((-math.pi, east - _TURN))
        slices = [
            self._order[start:stop]
            for left, right in windows
            for start, stop in zip(
                np.searchsorted(self._key, bands + (left - 1e-9)).tolist(),
                np.searchsorted(self._key, bands + (right + 1e-9), side="right").tolist(),
                strict=True,
            )
        ]
        # Two windows of a very wide box may overlap; a place counts once.
        found = np.concatenate(slices)
        return np.unique(found) if len(windows) > 1 else found

    def _band_of(self, reduced: Floats) -> Floats:
        share = (reduced + math.pi / 2) / math.pi
        return np.clip(np.floor(share * self._bands), 0, self._bands - 1)

    def _angles(self, where: Floats, chosen: Indexes) -> Floats:
        """Angles in rad. From differences: a dot product cannot tell two places 100 m away apart."""
        apart = self._xyz[chosen] - where
        chord = np.sqrt(np.einsum("ij,ij->i", apart, apart))
        return np.asarray(2 * np.arcsin(np.minimum(chord / 2, 1.0)), dtype=np.float64)

    @staticmethod
    def _xyz_of(point: Point) -> Floats:
        return np.asarray(_unit_vectors(_reduced(np.array([point.lat])), np.radians([point.lon]))[0])


def _reduced(lats: Floats) -> Floats:
    """Reduced latitudes in rad. By arctan2, so that a pole stays a pole."""
    lat = np.radians(lats)
    return np.asarray(np.arctan2(POLE_RADIUS_KM * np.sin(lat), EQUATOR_RADIUS_KM * np.cos(lat)), dtype=np.float64)


def _unit_vectors(lat: Floats, lon: Floats) -> Floats:
    return np.column_stack([np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat)])
