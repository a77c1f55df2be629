"""G13: a name looked for as the search box does it, beside one LIKE over all names, on SQLite and PostgreSQL; and G12, a page of the list.

`BENCH_NAMES` names (200,000 unless said: a million take two minutes to write on a quiet machine) in one agency; medians of nine.
"""

import os
import statistics
import tempfile
import time
import uuid
from collections.abc import Callable
from pathlib import Path

from sqlalchemy import create_engine, func, select, text
from sqlalchemy.exc import OperationalError

from tests import factories
from tests.bench.rosters import _word_of
from tests.conftest import POSTGRES
from workforce.core import clock, db, migrations, tenancy, vault
from workforce.core.loading import insert_rows, refresh_statistics
from workforce.models import Worker
from workforce.people import listing

GOALS = ("G12", "G13")
NAMES = int(os.environ.get("BENCH_NAMES", "200000"))
BATCH, TIMES = 5000, 9
FASTER, COMMON_MS = 10.0, 10.0
NOBODY, COMMON = "zzyzx", "maria"


def run() -> list[str]:
    """A few lines for each kind of database."""
    vault.unlock({1: os.urandom(32)})
    lines = []
    for kind in ("SQLite", "PostgreSQL"):
        with tempfile.TemporaryDirectory() as folder:
            name = f"muster_names_{os.getpid()}"
            url = f"sqlite:///{Path(folder) / 'bench.db'}"
            try:
                if kind == "PostgreSQL":
                    _administer(f'CREATE DATABASE "{name}"')
                    url = f"{POSTGRES.rpartition('/')[0]}/{name}"
                migrations.upgrade(db.connect(url))
                lines += _measured(kind)
            except OperationalError as problem:
                lines.append(f"G13 names on {kind}: not yet ({type(problem).__name__})")
            finally:
                db.connect("sqlite://")
                if kind == "PostgreSQL":
                    _administer(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
    return lines


def _measured(kind: str) -> list[str]:
    agency = factories.make_agency()
    fill(agency.id, NAMES)
    actor, now = tenancy.System(agency.id), clock.now()
    with tenancy.agency(agency.id), db.transaction() as session:
        refresh_statistics(session, Worker)
    with tenancy.agency(agency.id), db.reading() as session:

        def find(words: str) -> Callable[[], object]:
            return lambda: listing.find(session, actor, words, now=now)

        like = _milliseconds(lambda: session.scalar(select(func.count()).where(Worker.agency_id == agency.id, Worker.name_folded.like(f"%{NOBODY}%"))))
        nobody, common = _milliseconds(find(NOBODY)), _milliseconds(find(COMMON))
        rare = _milliseconds(find(_word_of(8000 + NAMES // 2)))
        page = _milliseconds(lambda: listing.page(session, actor, listing.Wanted(), now=now, zone="UTC"))
    size = f"{NAMES // 1000}k on {kind}"
    return [
        f"G13 names {size}, nobody so called {nobody:.1f} ms, one LIKE {like:.1f} ms: {like / nobody:.1f} times · goal ≥ {FASTER:.0f} · {_word(like >= FASTER * nobody)}",
        f"G13 names {size}, a common name {common:.1f} ms · goal ≤ {COMMON_MS:.0f} ms · {_word(common <= COMMON_MS)}",
        f"G13 names {size}, a rare name {rare:.1f} ms",
        f"G12 list {size}, first page {page:.1f} ms",
    ]


def fill(agency_id: uuid.UUID, names: int) -> None:
    """Workers with names of three parts, one in thirty a Maria."""
    now = clock.now()
    for start in range(0, names, BATCH):
        rows = []
        for n in range(start, min(start + BATCH, names)):
            given = "maria" if n % 30 == 0 else _word_of(n % 900).lower()
            name = f"{given} {_word_of(n * 7 + 400).lower()} {_word_of(n + 8000).lower()}"
            rows.append({"id": db.new_id(), "full_name": name.title(), "name_folded": " ".join(sorted(name.split())), "sort_name": ", ".join(reversed(name.split(" ", 1)))})
        with tenancy.agency(agency_id), db.transaction() as session:
            same = {"nationality": "PH", "host_country": "SA", "language": "tl", "aliases": [], "languages": [], "registered_via": "import", "created_at": now, "updated_at": now}
            insert_rows(session, Worker, rows, agency_id=agency_id, **same)


def _milliseconds(work: Callable[[], object]) -> float:
    work()
    taken = []
    for _time in range(TIMES):
        began = time.perf_counter()
        work()
        taken.append(time.perf_counter() - began)
    return statistics.median(taken) * 1000


def _administer(statement: str) -> None:
    engine = create_engine(POSTGRES, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(statement))
    engine.dispose()


def _word(met: bool) -> str:
    return "met" if met else "short"
