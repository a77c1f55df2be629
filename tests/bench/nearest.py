"""G5 and G6: the nearest places, by index alone at a million, through the database at forty thousand, and the first question."""

import random
import statistics
import tempfile
import time
import tracemalloc
from pathlib import Path

import numpy as np
from sqlalchemy import insert

from locator.geodesy import Point, distance_km
from locator.models import Place
from locator.nearest import NearestIndex
from locator.places import memory, places
from workforce import models as _people  # noqa: F401  Places point to the table of agencies.
from workforce.core import clock, db, migrations, tenancy

GOALS = ("G5", "G6")
QUERIES = 1_000
CHECKED = 3
EDGES = [Point(90, 0), Point(-90, 0), Point(0, 180), Point(0, -180), Point(89.999, 12), Point(-12, 179.9999)]


def run() -> list[str]:
    """One line a goal."""
    return [*_index_lines(), *_service_lines()]


def _index_lines() -> list[str]:
    lines = []
    for number, goal in ((30_000, 1.0), (1_000_000, 1.0)):
        lats, lons = _globe(number)
        index = NearestIndex(np.arange(number), lats, lons)
        p50, p99 = _timed(lambda point, index=index: index.nearest(point, 5))
        name = f"{number // 1_000_000}M" if number >= 1_000_000 else f"{number // 1000}k"
        lines.append(_line(f"G5 nearest {name} p50", p50, goal))
        lines.append(_line(f"G5 nearest {name} p99", p99, 3.0))
    return [*lines, _truth_line()]


def _truth_line() -> str:
    """Measuring every place takes a tenth of a millisecond each: a smaller globe, still searched by bands."""
    lats, lons = _globe(6_000)
    index = NearestIndex(np.arange(len(lats)), lats, lons)
    wrong = sum(_wrong(index, lats, lons, point) for point in [*EDGES, *_points(CHECKED)])
    return f"G5 nearest answers unlike a measurement of every place {wrong} · goal 0 · {_word(wrong == 0)}"


def _service_lines() -> list[str]:
    """The whole function, rows fetched from SQLite and all."""
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{Path(folder) / 'bench.db'}"
        migrations.upgrade(db.connect(url))
        _fill(40_000)
        with tenancy.across_agencies("a benchmark"):
            first = statistics.median(_first() for _ in range(3))
            grown = _grown_mb()
            with db.reading() as session:
                p50, p99 = _timed(lambda point: places.nearest(session, point, kind="hospital"))
                both, _p99 = _timed(lambda point: places.nearest(session, point, kind="embassy", country_of="PH"))
    return [
        _line("G5 nearest 40k through the database p50", p50, 5.0),
        _line("G5 nearest 40k through the database p99", p99, 15.0),
        _line("G5 nearest 40k kind and country p50", both, 5.0),
        _line("G6 first lookup at 30k", first, 50.0),
        f"G6 memory of the index at 30k {grown:.1f} MB · goal ≤ 10 MB · {_word(grown <= 10)}",
    ]


def _fill(number: int) -> None:
    dice = random.Random(1)
    lats, lons = _globe(number)
    now = clock.now()
    rows = [
        {
            "id": db.new_id(), "kind": "hospital" if at % 4 else "embassy", "type": "hospital", "name": f"Place {at}", "lat": float(lats[at]), "lon": float(lons[at]),
            "country_of": dice.choice(["PH", "NP", "KE", "BD"]), "covers": [], "source": "bench", "source_id": str(at), "updated_at": now,
        }
        for at in range(number)
    ]  # fmt: skip
    with db.transaction() as session:
        session.execute(insert(Place), rows)
        memory.touch(session)


def _first() -> float:
    """Milliseconds of the first question in a process: the index of 30,000 hospitals is built on the way."""
    memory._shelves.clear()
    with db.reading() as session:
        start = time.perf_counter()
        places.nearest(session, Point(32.9, 13.2), kind="hospital")
        return (time.perf_counter() - start) * 1000


def _grown_mb() -> float:
    """What stays in memory once the index is built."""
    memory._shelves.clear()
    tracemalloc.start()
    with db.reading() as session:
        before = tracemalloc.get_traced_memory()[0]
        places.nearest(session, Point(32.9, 13.2), kind="hospital")
        session.expunge_all()
        after = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    return (after - before) / 1e6


def _globe(number: int):
    dice = np.random.default_rng(number)
    return np.degrees(np.arcsin(dice.uniform(-1, 1, number))), dice.uniform(-180, 180, number)


def _points(number: int) -> list[Point]:
    lats, lons = _globe(number)
    return [Point(float(lat), float(lon)) for lat, lon in zip(lats, lons, strict=True)]


def _timed(ask) -> tuple[float, float]:
    """Median and 99th percentile in milliseconds over a thousand points."""
    taken = []
    for point in _points(QUERIES):
        start = time.perf_counter()
        ask(point)
        taken.append((time.perf_counter() - start) * 1000)
    taken.sort()
    return statistics.median(taken), taken[int(len(taken) * 0.99)]


def _wrong(index, lats, lons, point: Point) -> bool:
    every = sorted(
        (distance_km(point, Point(float(lat), float(lon))), at)
        for at, (lat, lon) in enumerate(zip(lats, lons, strict=True))
    )
    return [int(one.id) for one in index.nearest(point, 5)] != [at for _km, at in every[:5]]


def _line(name: str, took: float, goal: float) -> str:
    return f"{name} {took:.2f} ms · goal ≤ {goal:g} ms · {_word(took <= goal)}"


def _word(is_met: bool) -> str:
    return "met" if is_met else "short"


if __name__ == "__main__":
    print("\n".join(run()))
