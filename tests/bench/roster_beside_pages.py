"""G9: how other pages answer while a long roster goes in through the browser, beside how they answer when nothing does.

One running server with the demo, on SQLite; the pages are asked for one after the other, before the import and during its first minute.
"""

import itertools
import os
import re
import tempfile
import time
from pathlib import Path

import requests

from messaging.demo import cast
from tests.bench.rosters import write
from tests.browser import conftest as stage

GOALS = ("G9",)
ROWS = int(os.environ.get("BENCH_ROWS", "50000"))
TIMES, SECONDS, PATIENCE_SECONDS = 2.0, 45.0, 120.0
PAGES = ("/", "/workers/", "/incidents/", "/inbox/", "/imports/")
IDLE_ASKED = 100
_TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"').search


def run() -> list[str]:
    """One line: the slowest twentieth of the answers, during and before."""
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        write(place, ROWS, workbook=False)
        try:
            server = stage.start_on(place)
        except AssertionError:
            return ["G9 roster beside other pages: the server did not start · not yet"]
        try:
            return [_line(*_measured(server.url, place / "roster.csv"))]
        finally:
            server.process.terminate()
            server.process.wait(timeout=60)


def _line(idle: list[float], during: list[float], seconds: float, done: str) -> str:
    before, beside = _p95(idle), _p95(during)
    size = f"{ROWS // 1000}k beside other pages"
    met = "met" if beside <= TIMES * before else "short"
    return (
        f"G9 roster {size}: p95 {beside * 1000:.0f} ms, {before * 1000:.0f} ms when idle ({len(during)} pages in {seconds:.0f} s, {done}): "
        f"{beside / before:.1f} times · goal ≤ {TIMES:.0f} · {met}"
    )


def _p95(waits: list[float]) -> float:
    return sorted(waits)[int(len(waits) * 0.95)]


def _measured(url: str, roster: Path) -> tuple[list[float], list[float], float, str]:
    """Seconds of each answer before and during the import, how long was measured, and how far it came."""
    person = requests.Session()
    _post(person, f"{url}/log-in", email=stage.LIZA, password=cast.PASSWORD)
    pages = [page for page in PAGES if person.get(url + page, timeout=30).ok]
    turns = itertools.cycle(pages)
    for _page in pages:
        _asked(person, url + next(turns))
    idle = [_asked(person, url + next(turns)) for _turn in range(IDLE_ASKED)]
    with roster.open("rb") as file:
        preview = _post(person, f"{url}/imports/", files={"file": (roster.name, file, "text/csv")})
    until = time.monotonic() + PATIENCE_SECONDS
    progress = _post(person, f"{preview.split('?')[0].removesuffix('/columns')}/apply", on=f"{url}/imports/")
    began = time.monotonic()
    during: list[float] = []
    while time.monotonic() < min(began + SECONDS, until) or len(during) < IDLE_ASKED:
        during.append(_asked(person, url + next(turns)))
    seconds = time.monotonic() - began
    shown = person.get(progress, timeout=30)
    done = re.search(r'<progress[^>]*value="(\d+)"', shown.text)
    return idle, during, seconds, f"{done[1]} rows done" if done else "all rows done"


def _asked(person: requests.Session, url: str) -> float:
    began = time.perf_counter()
    person.get(url, timeout=60).raise_for_status()
    return time.perf_counter() - began


def _post(
    person: requests.Session, url: str, on: str = "", files: dict[str, object] | None = None, **fields: str
) -> str:
    """Send a form with the token of the page it stands `on`; gives the address one is led to."""
    token = _TOKEN(person.get(on or url, timeout=60).text)
    answer = person.post(
        url, data={**fields, "csrf_token": token[1] if token else ""}, files=files, timeout=PATIENCE_SECONDS
    )
    answer.raise_for_status()
    return answer.url
