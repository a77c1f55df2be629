"""The clock: one tick every five seconds, in one elected process, that asks the database what is due.

Every process may have a clock; the one that holds the lease acts. The lease lasts 30 s, so a clock that dies is followed
within that time. What is due is decided by rows, not by timers: a stall, a restart or three days of silence loses nothing.
"""

import os
import signal
import socket
import threading
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import click
import structlog
from apscheduler.schedulers.background import BackgroundScheduler
from flask import Flask, current_app
from sqlalchemy import or_, update
from sqlalchemy.dialects import postgresql, sqlite

from locator.whereabouts import positions
from messaging.inbox import joining
from messaging.incidents import jobs as crisis
from messaging.notices import digest, jobs
from workforce import agencies
from workforce.core import clock as wall
from workforce.core import health, tenancy
from workforce.core.db import fold_in_log, transaction
from workforce.duplicates import jobs as duplicates
from workforce.models import Lease
from workforce.rosters import jobs as roster_jobs

TICK_SECONDS = 5
LEASE = timedelta(seconds=30)
NAME = "clock"
log = structlog.get_logger()
GoOn = Callable[[], bool]


@dataclass(frozen=True)
class Task:
    """Something that is done for each agency, at least so often while the clock runs, and once when it starts."""

    name: str
    every: timedelta
    run: Callable[[uuid.UUID, datetime, bool, GoOn], object]


def make_notices(agency_id: uuid.UUID, now: datetime, first: bool, go_on: GoOn) -> object:  # noqa: FBT001
    """The first run after a start looks at every paper: who knows what happened while no clock ran."""
    return jobs.run(agency_id, now=now, thorough=first, go_on=go_on)


def purge_positions(agency_id: uuid.UUID, now: datetime, first: bool, go_on: GoOn) -> object:  # noqa: FBT001
    """Positions whose time is over go."""
    with tenancy.agency(agency_id), transaction() as db:
        gone = positions.purge(db, now)
    if gone:
        fold_in_log()
    return gone


def page_cases(agency_id: uuid.UUID, now: datetime, first: bool, go_on: GoOn) -> object:  # noqa: FBT001
    """Whoever is next is asked to take a call for help that nobody has."""
    return crisis.page(agency_id, now=now)


def leave_alone(agency_id: uuid.UUID, now: datetime, first: bool, go_on: GoOn) -> object:  # noqa: FBT001
    """What one manager sends alone leaves when its minute is over."""
    return crisis.leave_alone(agency_id, now=now)


def chase(agency_id: uuid.UUID, now: datetime, first: bool, go_on: GoOn) -> object:  # noqa: FBT001
    """The silent are chased up the ladder."""
    return crisis.chase(agency_id, now=now, go_on=go_on)


def fold_counts(agency_id: uuid.UUID, now: datetime, first: bool, go_on: GoOn) -> object:  # noqa: FBT001
    """What many answers have added to the counts of the boards is put together."""
    return crisis.fold_counts(agency_id, go_on=go_on)


def work_out_where(agency_id: uuid.UUID, now: datetime, first: bool, go_on: GoOn) -> object:  # noqa: FBT001
    """Where the people of big boards are is worked out beside the pages, a little at each tick."""
    return crisis.work_out_where(agency_id, now=now, go_on=go_on)


def ask_again(agency_id: uuid.UUID, now: datetime, first: bool, go_on: GoOn) -> object:  # noqa: FBT001
    """Whose SAFE is twelve hours old is asked again."""
    return crisis.ask_again(agency_id, now=now, go_on=go_on)


def finish_texts(agency_id: uuid.UUID, now: datetime, first: bool, go_on: GoOn) -> object:  # noqa: FBT001
    """A text to many is done when its last one has left."""
    return crisis.finish_texts(agency_id, now=now)


def look_for_duplicates(agency_id: uuid.UUID, now: datetime, first: bool, go_on: GoOn) -> object:  # noqa: FBT001
    """Whoever is new or changed may stand on the list twice."""
    return duplicates.look(agency_id, now=now, go_on=go_on)


def forget_registrations(agency_id: uuid.UUID, now: datetime, first: bool, go_on: GoOn) -> object:  # noqa: FBT001
    """Half a registration is kept for seven days."""
    with tenancy.agency(agency_id), transaction() as session:
        return joining.forget_old(session, agency_id, now)


def mail_digest(agency_id: uuid.UUID, now: datetime, first: bool, go_on: GoOn) -> object:  # noqa: FBT001
    """What Today says, by mail, in the morning. What fills that page is known above, so it comes through the app."""
    sources = current_app.extensions["today"]
    return digest.run(agency_id, now=now, decisions=sources["decisions"], doings=sources["done"])


def go_on_with_imports(agency_id: uuid.UUID, now: datetime, first: bool, go_on: GoOn) -> object:  # noqa: FBT001
    """A roster whose process was killed goes on, in a thread of its own: calls for help do not wait for it."""
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]
    return roster_jobs.go_on(agency_id, app.extensions["settings"].files, app.app_context)


# Calls for help come first: a long run of notices must not hold them up. No time between runs means at every tick.
TASKS = (
    Task("cases", timedelta(0), page_cases),
    Task("alone", timedelta(0), leave_alone),
    Task("ladder", timedelta(0), chase),
    Task("counts", timedelta(0), fold_counts),
    Task("where", timedelta(0), work_out_where),
    Task("texts", timedelta(seconds=15), finish_texts),
    Task("safe", timedelta(minutes=1), ask_again),
    Task("notices", timedelta(minutes=15), make_notices),
    Task("imports", timedelta(seconds=30), go_on_with_imports),
    Task("positions", timedelta(minutes=5), purge_positions),
    Task("duplicates", timedelta(minutes=1), look_for_duplicates),
    Task("registrations", timedelta(hours=1), forget_registrations),
    Task("digest", timedelta(minutes=1), mail_digest),
)


def take_lease(name: str, holder: str, now: datetime) -> int | None:
    """The fencing token if `holder` may act until `now` + 30 s, else None. It rises whenever somebody else takes over."""
    with transaction() as db:
        insert = (postgresql if db.get_bind().dialect.name == "postgresql" else sqlite).insert
        db.execute(
            insert(Lease)
            .values(name=name, holder="", token=0, expires_at=datetime.min.replace(year=1970, tzinfo=UTC))
            .on_conflict_do_nothing()
        )
        # A lease that ends far ahead was taken by a clock that ran wrong: it must not stop everything until then.
        free = or_(Lease.expires_at < now, Lease.expires_at > now + 2 * LEASE, Lease.holder == "")
        taken = (
            update(Lease)
            .where(Lease.name == name, free, Lease.holder != holder)
            .values(holder=holder, token=Lease.token + 1)
        )
        db.execute(taken.execution_options(synchronize_session=False))
        kept = update(Lease).where(Lease.name == name, Lease.holder == holder).values(expires_at=now + LEASE)
        db.execute(kept.execution_options(synchronize_session=False))
        row = db.get(Lease, name, populate_existing=True)
        if row is None or row.holder != holder:
            return None
        health.beat(db, name, kind=name, now=now)
        return row.token


def still_holds(name: str, holder: str, token: int, now: datetime) -> bool:
    """Prolong the lease; False where somebody else has it by now, and everything must be left alone."""
    return take_lease(name, holder, now) == token


class Clock:
    """One process's clock. `tick` does what is due, if this process holds the lease."""

    def __init__(
        self, app: Flask, *, tasks: Sequence[Task] = TASKS, holder: str = "", now: Callable[[], datetime] = wall.now
    ) -> None:
        self.holder = holder or f"{socket.gethostname()[:40]}-{os.getpid()}-{uuid.uuid4().hex[:6]}"
        self._app, self._tasks, self._now = app, tasks, now
        self._done: dict[tuple[str, uuid.UUID], datetime] = {}
        self._token: int | None = None

    def tick(self) -> int:
        """Run what is due; how many tasks ran. A task that fails is logged and tried again at the next tick."""
        with self._app.app_context():
            token = take_lease(NAME, self.holder, self._now())
            if token is None or token != self._token:
                self._done.clear()  # Another clock has run meanwhile, or none: begin as after a start.
                self._token = token
            if token is None:
                return 0
            return sum(self._run(task, agency_id, token) for task in self._tasks for agency_id in agencies.every_id())

    def _run(self, task: Task, agency_id: uuid.UUID, token: int) -> int:
        now = self._now()
        last = self._done.get((task.name, agency_id))
        # A clock set back makes `last` lie ahead: then it is due as well.
        if last is not None and timedelta(0) <= now - last < task.every:
            return 0
        if not still_holds(NAME, self.holder, token, now):
            return 0
        try:
            task.run(agency_id, now, last is None, lambda: still_holds(NAME, self.holder, token, self._now()))
        except Exception:
            log.exception("clock_task_failed", task=task.name, agency_id=str(agency_id))
            return 0
        self._done[(task.name, agency_id)] = now
        return 1


def start(app: Flask) -> BackgroundScheduler:
    """Embed a clock in this process. `shutdown()` on what comes back ends it."""
    scheduler = BackgroundScheduler(timezone=UTC)
    # One job, never two of it at once, and none skipped because it came late: by default a second's stall loses a run.
    options = {"max_instances": 1, "coalesce": True, "misfire_grace_time": None, "next_run_time": wall.now()}
    scheduler.add_job(Clock(app).tick, "interval", seconds=TICK_SECONDS, id=NAME, **options)
    scheduler.start()
    return scheduler


@click.command("clock")
def clock() -> None:
    """Run the clock as a process of its own: notices, and what else is due. Ends on Ctrl-C or SIGTERM."""
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]
    over = threading.Event()
    for sign in (signal.SIGINT, signal.SIGTERM):
        signal.signal(sign, lambda _number, _frame: over.set())
    scheduler = start(app)
    click.echo("The clock runs.")
    over.wait()
    scheduler.shutdown()
