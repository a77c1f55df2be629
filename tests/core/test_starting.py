"""What a start loads: a command does not wait, or pay memory, for libraries that it has no use for."""

import os
import subprocess
import sys

import pytest

import wsgi

HEAVY = [
    "aiohttp",
    "airportsdata",
    "alembic",
    "apscheduler",
    "numpy",
    "openpyxl",
    "pikepdf",
    "PIL",
    "playwright",
    "rapidfuzz",
    "requests",
    "shapely",
    "twilio",
]
SAY_WHAT_IS_LOADED = f"""
import atexit, sys
atexit.register(lambda: print("loaded:", *sorted(set({HEAVY}) & set(sys.modules)), file=sys.stderr))
import wsgi
wsgi.main()
"""


@pytest.mark.parametrize(
    "words", ["users --help", "agencies create Tala", "workers --help", "audit verify", "db --help"]
)
def test_a_command_loads_no_library_that_it_does_not_use(tmp_path, blank_sqlite, words):
    (tmp_path / "muster.db").write_bytes(blank_sqlite.read_bytes())

    done = subprocess.run(
        [sys.executable, "-c", SAY_WHAT_IS_LOADED, *words.split()],
        env={**os.environ, "MUSTER_INSTANCE": str(tmp_path), "DATABASE_URL": f"sqlite:///{tmp_path / 'muster.db'}"},
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    assert done.stderr.splitlines()[-1].strip() == "loaded:"


def test_every_name_in_the_lists_of_pages_and_commands_leads_somewhere():
    for name in (*wsgi.BLUEPRINTS, *(source for sources in wsgi.TODAY.values() for source in sources)):
        assert wsgi.named(name)
    for command, name in wsgi.COMMANDS.items():
        assert wsgi.named(name).name == command
