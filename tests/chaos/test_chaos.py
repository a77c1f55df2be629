"""A small run of what `make chaos` does at length: always the same dice, three agencies, and kills without warning."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


SMALL = "--texts 30 --kills 6 --seconds 2 --faster 20 --receipt-delay 1 --workers 2"


def test_nothing_is_lost_and_nothing_comes_twice_unseen_while_processes_are_killed(database_url):
    run = subprocess.run(
        [sys.executable, "-m", "tests.chaos", *SMALL.split(), "--database", database_url],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )

    assert run.returncode == 0, run.stdout + run.stderr
    assert run.stdout.splitlines()[-1].startswith(
        "chaos: texts 30, kills 6, lost 0, silent doubles 0, flagged doubles "
    )
