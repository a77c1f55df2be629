"""Whether the installation can do its work, and if not, why: one line a reason, fit for the operator's screen."""

import shutil
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import String, delete, func, select
from sqlalchemy.engine import make_url
from sqlalchemy.orm import Mapped, Session, mapped_column

from workforce.core import db as database
from workforce.core import migrations
from workforce.core.config import Settings
from workforce.core.db import Base

LEAST_FREE_BYTES = 500 * 1024 * 1024
LEAST_TO_SEND_BYTES = 32 * 1024 * 1024  # A hundred texts in flight, their receipts and SQLite's log need 8 MB at most.
BEAT_EVERY = timedelta(seconds=5)
STALE_AFTER = timedelta(seconds=45)
CLOCK_LATE_AFTER = timedelta(seconds=60)
FORGOTTEN_AFTER = timedelta(days=1)


class Heartbeat(Base):
    """A process that said lately that it lives: a delivery worker, or the clock that holds the lease."""

    __tablename__ = "heartbeats"

    name: Mapped[str] = mapped_column(String(80), primary_key=True)
    kind: Mapped[str] = mapped_column(String(12))
    started_at: Mapped[datetime]
    beat_at: Mapped[datetime]


def beat(db: Session, name: str, *, kind: str, now: datetime) -> None:
    """Say that `name` lives. Those that have been silent for a day are forgotten on the way."""
    mine = db.get(Heartbeat, name)
    if mine is None:
        db.execute(delete(Heartbeat).where(Heartbeat.beat_at < now - FORGOTTEN_AFTER))
        db.add(Heartbeat(name=name, kind=kind, started_at=now, beat_at=now))
    else:
        mine.beat_at = now


def end(db: Session, name: str) -> None:
    """`name` ends in order: nobody need wait until it is missed."""
    db.execute(delete(Heartbeat).where(Heartbeat.name == name))


def living(db: Session, kind: str, now: datetime) -> int:
    """How many processes of this kind have given a sign lately."""
    fresh = select(func.count()).where(Heartbeat.kind == kind, Heartbeat.beat_at >= now - STALE_AFTER)
    return int(db.scalar(fresh) or 0)


def silence(db: Session, kind: str, now: datetime) -> float | None:
    """Seconds since the last sign of any process of this kind; None when there never was one. Never below 0."""
    last = db.scalar(select(func.max(Heartbeat.beat_at)).where(Heartbeat.kind == kind))
    return None if last is None else max((now - last).total_seconds(), 0.0)


def free_bytes(settings: Settings) -> int:
    """The room left where the files and, on SQLite, the database lie: the smaller of the two."""
    folders = {settings.instance}
    if settings.on_sqlite and (path := make_url(settings.database_url).database) and path != ":memory:":
        folders.add(Path(path).absolute().parent)
    return min(shutil.disk_usage(folder).free for folder in folders)


def has_room(settings: Settings) -> bool:
    """Whether what leaves now can still be written down. A disk that cannot be looked at is left to the database to refuse."""
    try:
        return free_bytes(settings) >= LEAST_TO_SEND_BYTES
    except OSError:
        return True


def why_not(settings: Settings, now: datetime) -> list[str]:
    """What keeps the installation from its work, one line each; nothing when it is ready."""
    try:
        current = migrations.is_current(database.engine())
    except Exception as problem:  # noqa: BLE001  Whatever it is, the answer is "not ready" and why.
        return [f"database: it does not answer ({type(problem).__name__})"]
    if not current:
        return ["schema: the database is of another version; run: muster db upgrade"]
    return [*_disk(settings), *_processes(now)]


def _disk(settings: Settings) -> list[str]:
    try:
        free = free_bytes(settings)
    except OSError as problem:
        return [f"disk: the folder of the installation cannot be looked at ({type(problem).__name__})"]
    if free >= LEAST_FREE_BYTES:
        return []
    stopped = "; no text leaves until there is room" if free < LEAST_TO_SEND_BYTES else ""
    return [f"disk: {free // 2**20} MB are free, {LEAST_FREE_BYTES // 2**20} MB are needed{stopped}"]


def _processes(now: datetime) -> list[str]:
    with database.reading() as db:
        worker, clock = silence(db, "worker", now), silence(db, "clock", now)
    lines = []
    if worker is None:
        lines.append("worker: no delivery worker runs; start one: muster worker")
    elif worker > STALE_AFTER.total_seconds():
        lines.append(f"worker: no delivery worker has given a sign for {worker:.0f} s; start one: muster worker")
    if clock is None:
        lines.append("clock: no clock runs; start one: muster clock")
    elif clock > CLOCK_LATE_AFTER.total_seconds():
        lines.append(f"clock: it last ticked {clock:.0f} s ago; look at its log, or start one: muster clock")
    return lines
