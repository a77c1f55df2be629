"""G9: a roster of 20,000 rows through the command, as whoever types it waits for it: start-up, reading, sealing, commit.

And one of 20,000 (`BENCH_ROWS=100000` for the long one, which takes ten minutes and more) beside what `roster_peers` does with it, in turn, medians of `BENCH_ROUNDS`. Goals are judged by
the clock, so on a quiet machine; processor time, which leaves out what PostgreSQL's server does, stands beside it.
"""

import csv
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from openpyxl import Workbook
from sqlalchemy import create_engine
from sqlalchemy.exc import OperationalError

from tests.conftest import POSTGRES

GOALS = ("G9",)
ROWS = 20_000
SECONDS, MEGABYTES, SLOWER = 10.0, 150.0, 1.3
HEADINGS = (
    *("Name", "Passport No.", "Date of birth", "Nationality", "Host country", "Employer", "Jobsite", "Occupation"),
    *("Passport expiry", "Mobile (host)", "Next of kin", "Next of kin phone", "Contract end"),
)
# The peak that the kernel keeps for a child counts its parent's memory too, so the command says its own.
_COMMAND = """
import atexit, sys
from pathlib import Path
atexit.register(lambda: print(Path("/proc/self/status").read_text().split("VmHWM:")[1].split()[0], file=sys.stderr))
import wsgi
wsgi.main()
"""
LONG_ROWS = int(os.environ.get("BENCH_ROWS", "20000"))
ROUNDS, LEAST_FASTER = int(os.environ.get("BENCH_ROUNDS", "1")), 6.0
MOST_MB = {"csv": 120.0, "xlsx": 300.0}
_SYLLABLES_TEXT = "ba ce di fo gu ha je ki lo mu na pe qui ro sa te vi wa ya zo"
_SYLLABLES = _SYLLABLES_TEXT.split()


def run() -> list[str]:
    """One line a goal."""
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        write(place)
        _muster(place, "agencies", "create", "Bench", "--country", "PH")
        bare_s, bare_mb = _muster(place, "workers", "list", "--json")
        csv_s, csv_mb = _fresh(place, "roster.csv")
        again_s, _again_mb = _muster(place, "workers", "import", str(place / "roster.csv"), "--json")
        xlsx_s, xlsx_mb = _fresh(place, "roster.xlsx")
    ratio = (xlsx_s - bare_s) / (csv_s - bare_s)
    lines = [
        f"G9 roster 20k whole command {csv_s:.1f} s · goal ≤ {SECONDS:.0f} s · {_word(csv_s <= SECONDS)}",
        f"G9 roster 20k memory {csv_mb:.0f} MB, of which {bare_mb:.0f} MB is a command that does nothing · goal ≤ {MEGABYTES:.0f} MB · {_word(csv_mb <= MEGABYTES)}",
        f"G9 roster 20k again, nothing new {again_s:.1f} s · goal ≤ the first time · {_word(again_s <= csv_s)}",
        f"G9 roster 20k XLSX / CSV {ratio:.2f}, {xlsx_mb:.0f} MB · goal ≤ {SLOWER} · {_word(ratio <= SLOWER)}",
    ]
    return lines + [line for kind in ("SQLite", "PostgreSQL") for line in _beside_peers(kind)]


def _beside_peers(kind: str) -> list[str]:
    """The long roster beside the reference and a row at a time, on one kind of database."""
    try:
        with tempfile.TemporaryDirectory() as folder:
            place = Path(folder)
            write(place, LONG_ROWS)
            runs = [("reference", "csv"), ("product", "csv"), ("product", "xlsx"), ("orm", "csv")]
            taken = _in_turn(place, kind, runs)
    except (OperationalError, subprocess.CalledProcessError) as problem:
        return [f"G9 roster on {kind}: not yet ({type(problem).__name__})"]
    by_clock = {run: statistics.median(one[0] for one in found) for run, found in taken.items()}
    worked = {run: statistics.median(one[1] for one in found) for run, found in taken.items()}
    over = by_clock["product", "csv"] / by_clock["reference", "csv"]
    over_worked = worked["product", "csv"] / worked["reference", "csv"]
    faster = by_clock["orm", "csv"] / by_clock["product", "csv"]
    xlsx = by_clock["product", "xlsx"] / by_clock["product", "csv"]
    size = f"{LONG_ROWS // 1000}k on {kind}"
    memory = {suffix: max(one[2] for one in taken["product", suffix]) for suffix in MOST_MB}
    return [
        f"G9 roster {size}, {1 / by_clock['product', 'csv']:.0f} rows/s; beside the reference {over:.2f} ({over_worked:.2f} of processor time) · goal ≤ {SLOWER} · {_word(over <= SLOWER)}",
        f"G9 roster {size}, a row at a time takes {faster:.1f} times as long · goal ≥ {LEAST_FASTER:.0f} · {_word(faster >= LEAST_FASTER)}",
        f"G9 roster {size}, XLSX / CSV {xlsx:.2f} · goal ≤ {SLOWER} · {_word(xlsx <= SLOWER)}",
        *(
            f"G9 roster {size}, {suffix.upper()} memory {memory[suffix]:.0f} MB · goal ≤ {most:.0f} MB · {_word(memory[suffix] <= most)}"
            for suffix, most in MOST_MB.items()
        ),
    ]


def _in_turn(
    place: Path, kind: str, runs: list[tuple[str, str]]
) -> dict[tuple[str, str], list[tuple[float, float, float]]]:
    taken: dict[tuple[str, str], list[tuple[float, float, float]]] = {run: [] for run in runs}
    for _round in range(ROUNDS):
        for run in runs:
            taken[run].append(_peer(place, kind, *run))
    return taken


def _peer(place: Path, kind: str, peer: str, suffix: str) -> tuple[float, float, float]:
    """Seconds and processor seconds a row, and the most megabytes, of one peer on a database of its own."""
    home = Path(tempfile.mkdtemp(dir=place))
    url, name = f"sqlite:///{home / 'muster.db'}", f"muster_bench_{os.getpid()}"
    if kind == "PostgreSQL":
        _administer(f'CREATE DATABASE "{name}"')
        url = f"{POSTGRES.rpartition('/')[0]}/{name}"
    environment = {**os.environ, "MUSTER_INSTANCE": str(home), "DATABASE_URL": url}
    try:
        for words in (["db", "upgrade"], ["agencies", "create", "Bench", "--country", "PH"]):
            subprocess.run(
                [sys.executable, "-m", "wsgi", *words], env=environment, stdout=subprocess.DEVNULL, check=True
            )
        command = [sys.executable, "-m", "tests.bench.roster_peers", peer, str(place / f"roster.{suffix}"), url]
        done = subprocess.run(
            command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, check=True
        )
    finally:
        if kind == "PostgreSQL":
            _administer(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
    rows, seconds, worked, megabytes = done.stderr.split()[-4:]
    count = LONG_ROWS if rows == "None" else int(rows)
    return float(seconds) / count, float(worked) / count, float(megabytes)


def _administer(statement: str) -> None:
    engine = create_engine(POSTGRES, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.exec_driver_sql(statement)
    engine.dispose()


def _fresh(place: Path, name: str) -> tuple[float, float]:
    """Import into an installation of its own."""
    home = place / f"home-{name}"
    home.mkdir()
    _muster(home, "agencies", "create", "Bench", "--country", "PH")
    if name.endswith("csv"):
        taken = _muster(home, "workers", "import", str(place / name), "--json")
        (home / "instance").rename(place / "instance-after")
        (place / "instance").rename(place / "instance-empty")
        (place / "instance-after").rename(place / "instance")
        return taken
    return _muster(home, "workers", "import", str(place / name), "--json")


def _muster(home: Path, *words: str) -> tuple[float, float]:
    """Seconds and megabytes of one command."""
    environment = {**os.environ, "MUSTER_INSTANCE": str(home / "instance")}
    environment.pop("DATABASE_URL", None)
    began = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-c", _COMMAND, *words],
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        check=True,
    )
    return time.perf_counter() - began, int(done.stderr.split()[-1]) / 1024


def write(place: Path, rows: int = ROWS, *, workbook: bool = True) -> None:
    """roster.csv, and the same as roster.xlsx where a `workbook` is wanted."""
    with (place / "roster.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(HEADINGS)
        writer.writerows(_row(number) for number in range(rows))
    if not workbook:
        return
    book = Workbook(write_only=True)
    sheet = book.create_sheet("Roster")
    sheet.append(HEADINGS)
    for number in range(rows):
        sheet.append(_row(number))
    book.save(place / "roster.xlsx")


def _row(n: int) -> list[str]:
    family = _word_of(n + 8000)
    return [
        *(
            f"{family}, {_word_of(n * 7 + 400)} {_word_of(n % 900)}",
            f"P{n:07d}A",
            f"{1960 + n % 40}-{1 + n % 12:02d}-{1 + n % 28:02d}",
        ),
        *(
            "PH",
            "Libya",
            f"Employer {_word_of(n % 200)}",
            f"Site {_word_of(n % 300)}",
            "Welder",
            f"{2027 + n % 5}-0{1 + n % 9}-15",
        ),
        *(f"+21891{n:07d}", f"{_word_of(n + 99)} {family}", f"+63917{n:07d}", "2027-12-31"),
    ]


def _word_of(number: int) -> str:
    """A name for a number, made of syllables: every number has another."""
    syllables = []
    while True:
        number, rest = divmod(number, len(_SYLLABLES))
        syllables.append(_SYLLABLES[rest])
        if not number:
            return "".join(syllables).capitalize()


def _word(met: bool) -> str:
    return "met" if met else "short"
