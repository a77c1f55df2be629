"""The command in a process of its own, forked from one that has everything loaded: a cold start took longer than the work."""

import multiprocessing
import os
import signal
import sys
from dataclasses import dataclass
from pathlib import Path

import wsgi
from tests.conftest import MASTER
from workforce.rosters import applying, carrying, imports

POINTS = {
    "writing": (applying, "insert_rows"),
    "moving": (imports, "move_on"),
    "entering": (imports, "still_mine"),
    "ending": (imports, "conclude"),
}
"""Where a process kills itself: before, inside or after one of its transactions."""
# The server holds modules and nothing else, neither connection nor thread: each fork opens its own.
_processes = multiprocessing.get_context("forkserver")
_processes.set_forkserver_preload(["tests.workforce.warm", __name__])


@dataclass(frozen=True)
class Ended:
    """How a process ended, and what it said."""

    returncode: int
    stdout: str
    stderr: str


def muster(settings, folder: Path, *words: str, killed: tuple[str, int] | None = None) -> Ended:
    """Run `muster` with these words to its end, or until it kills itself: `killed` is where, and the how-manieth time there."""
    environment = {
        "MUSTER_ENV": "test",
        "MUSTER_INSTANCE": str(settings.instance),
        "DATABASE_URL": settings.database_url,
        "MUSTER_MASTER_KEYS": MASTER,
        "MUSTER_SECRET_KEY": "only for tests, and long enough to be one",
    }
    out, err = folder / "stdout.txt", folder / "stderr.txt"
    process = _processes.Process(target=_run, args=(environment, words, killed, out, err))
    process.start()
    process.join()
    return Ended(process.exitcode, out.read_text("utf-8"), err.read_text("utf-8"))


def _run(environment: dict[str, str], words: tuple[str, ...], killed: tuple[str, int] | None, *said: Path) -> None:
    for path, stream in zip(said, (sys.stdout, sys.stderr), strict=True):
        os.dup2(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC), stream.fileno())
    os.environ.update(environment)
    sys.argv = ["muster", *words]
    if killed:
        _die_at(*killed)
    wsgi.main()


def _die_at(where: str, after: int) -> None:
    carrying.FIRST_BATCH = carrying.SMALLEST_BATCH = carrying.LARGEST_BATCH = 10
    module, name = POINTS[where]
    real, left = getattr(module, name), iter(range(after - 1, -1, -1))

    def dying(*given, **named):
        if next(left) == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return real(*given, **named)

    setattr(module, name, dying)
