"""Bad hours by hand, in their own time: `python -m tests.chaos.trials disk lock clocks`.

Real processes on SQLite, with texts on the simulated network. Each trial prints what happened in a line or two; what they showed
stands in docs/operations.md. `disk` mounts a small disk in memory, so it needs root.
"""

import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Self

from sqlalchemy import func, select

import wsgi
from messaging.models import HandsetText, Message, Notice
from tests import factories
from tests.chaos import stage
from tests.chaos.crew import Crew, run
from tests.messaging.texting import handset_of, many_queued
from workforce.core import clock, db, health, migrations, tenancy
from workforce.core.config import Settings
from workforce.models import Lease

TEXTS, PATIENCE_SECONDS = 200, 180
LOCKED_SECONDS = 20


class Site:
    """A fresh installation in `folder` with one agency, one person with a phone, and nobody at work yet."""

    def __init__(self, folder: Path) -> None:
        os.environ.update(stage.environment(folder, f"sqlite:///{folder / 'muster.db'}", 9, 9))
        self.app = wsgi.create_app()
        migrations.upgrade(db.engine())
        self.agency = factories.make_agency("Trial")
        self.person = factories.make_worker(self.agency)
        handset_of(self.agency, self.person)
        self.crew = Crew(folder / "log.txt")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_problem: object) -> None:
        self.crew.end()
        db.connect("sqlite://")

    def start(self, name: str, command: str) -> int:
        """A process, begun while none of ours holds a connection: SQLite's must not be carried into a fork."""
        db.engine().dispose()
        return self.crew.start(name, partial(run, self.app, command))

    def queue(self) -> None:
        many_queued(self.agency, TEXTS, worker=self.person)

    def states(self) -> dict[str, int]:
        with tenancy.agency(self.agency.id), db.reading() as session:
            return dict(session.execute(select(Message.state, func.count()).group_by(Message.state)).all())

    def landed(self) -> int:
        with tenancy.agency(self.agency.id), db.reading() as session:
            return session.scalar(select(func.count()).select_from(HandsetText))

    def holder(self) -> tuple[str, int]:
        with db.reading() as session:
            row = session.scalar(select(Lease).where(Lease.name == "clock"))
            return (row.holder, row.token) if row else ("", 0)


def until(true: Callable[[], object], about: Callable[[], object] = str) -> float:
    """Seconds until it came true."""
    began = time.monotonic()
    while not true():
        if time.monotonic() - began > PATIENCE_SECONDS:
            raise TimeoutError(f"it did not come to pass: {about()}")
        time.sleep(0.1)
    return time.monotonic() - began


def all_left(site: Site) -> bool:
    return site.states().keys() <= {"accepted", "sent", "delivered"}


def disk(folder: Path) -> str:
    """Nearly full: nothing is taken. Full to the last byte while texts leave: nothing is lost, nothing goes twice."""
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=96m", "tmpfs", str(folder)], check=True)
    try:
        with Site(folder) as site:
            return _disk(site, folder / "filler")
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


def _disk(site: Site, filler: Path) -> str:
    site.queue()
    filler.write_bytes(bytes(health.free_bytes(Settings.read(os.environ)) - 20 * 2**20))
    site.start("worker", "worker")
    time.sleep(10)
    nearly = site.states()
    filler.unlink()
    until(lambda: site.landed() > 0, site.states)
    _fill(filler)
    time.sleep(10)
    full = site.states()
    filler.unlink()
    took = until(lambda: all_left(site), site.states)
    return (
        f"20 MB free for 10 s: {nearly}; full for 10 s: {full}; room again: all left within {took:.0f} s, "
        f"{site.landed()} arrived of {TEXTS}"
    )


def _fill(filler: Path) -> None:
    with filler.open("wb", buffering=0) as out:
        for size in (2**20, 4096, 1):
            try:
                while True:
                    out.write(bytes(size))
            except OSError:
                continue


def lock(folder: Path) -> str:
    """Somebody else writes for twenty seconds."""
    with Site(folder) as site:
        site.queue()
        db.engine().dispose()
        site.crew.start("other", partial(_write_for_long, folder))
        until((folder / "locked").exists)
        number = site.start("worker", "worker")
        until(lambda: not (folder / "locked").exists())
        during = site.states()
        took = until(lambda: all_left(site), site.states)
        os.kill(number, 0)
        return (
            f"locked {LOCKED_SECONDS} s: {during}; free again: all left within {took:.1f} s by the same process, "
            f"{site.landed()} arrived of {TEXTS}"
        )


def _write_for_long(folder: Path) -> None:
    other = sqlite3.connect(folder / "muster.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    (folder / "locked").touch()
    time.sleep(LOCKED_SECONDS)
    (folder / "locked").unlink()
    other.execute("ROLLBACK")


def clocks(folder: Path) -> str:
    """Four clocks; the one that acts is killed three times."""
    with Site(folder) as site:
        for days in range(30):
            factories.make_document(site.person, expires_on=clock.now().date() + timedelta(days=days))
        living = {site.start(f"clock {number}", "clock") for number in range(4)}
        until(lambda: _notices(site))
        waited = []
        for _ in range(3):
            holder, token = site.holder()
            dead = next(number for number in living if f"-{number}-" in holder)
            os.kill(dead, signal.SIGKILL)
            living.remove(dead)
            waited.append(until(lambda token=token: site.holder()[1] > token))
        time.sleep(6)
        made, different = _notices(site)
        followed = ", ".join(f"{one:.0f} s" for one in waited)
        return (
            f"token {site.holder()[1]} after 3 kills; followed within {followed}; {made} notices, {different} different"
        )


def _notices(site: Site) -> tuple[int, int] | None:
    with tenancy.agency(site.agency.id), db.reading() as session:
        rows = session.execute(select(Notice.document_id, Notice.rung, Notice.recipient)).all()
    return (len(rows), len(set(rows))) if rows else None


TRIALS = {"disk": disk, "lock": lock, "clocks": clocks}


def main(names: list[str]) -> None:
    """Those named, or all, one after the other."""
    for name in names or TRIALS:
        folder = Path(tempfile.mkdtemp(prefix="muster-trial-"))
        try:
            print(f"{name}: {TRIALS[name](folder)}", flush=True)
        finally:
            shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main(sys.argv[1:])
