"""Delivery spread over machines: a job in PostgreSQL wakes a worker on whichever host is free.

The outbox stays the truth. A job carries nothing but "look"; one that is lost, doubled or late does no harm, because every
worker also looks by itself. So the job is made after the commit, on connections of its own.
"""

import asyncio
import threading

import psycopg
import structlog
from procrastinate import App, PsycopgConnector, SyncPsycopgConnector
from procrastinate.exceptions import AlreadyEnqueued

from messaging.outbox import worker
from workforce.core.config import Settings

TASK, QUEUE = "muster.texts", "texts"
SCHEMA = "procrastinate"  # Tables of its own, apart from ours and from our migrations.
MAKING = 4_201_127  # The advisory lock under which one of several processes makes them.
FALLBACK_SECONDS = 5.0
AGAIN_SECONDS = 5.0
PATIENCE_SECONDS = 2.0
log = structlog.get_logger()


class Bell:
    """Wakes a worker somewhere. One unanswered ring at a time is enough: whoever comes looks at everything."""

    def __init__(self, url: str) -> None:
        connector = SyncPsycopgConnector(
            conninfo=conninfo(url), min_size=0, max_size=2, timeout=PATIENCE_SECONDS, kwargs=_here()
        )
        self._app = App(connector=connector)
        self._opening = threading.Lock()
        self._is_open = False

    def ring(self) -> None:
        """Never raises: what was queued is committed, and is found without us."""
        try:
            with self._opening:
                if not self._is_open:
                    self._app.open()
                    self._is_open = True
            self._app.configure_task(TASK, queue=QUEUE, queueing_lock=QUEUE).defer()
        except AlreadyEnqueued:
            pass
        except Exception as problem:  # noqa: BLE001  The database may be away for a moment; the workers look by themselves.
            log.warning("bell_not_rung", kind=type(problem).__name__)

    def close(self) -> None:
        """Let the connections go."""
        if self._is_open:
            self._app.close()


class Listener(threading.Thread):
    """Hears the bell in this process, for as long as it lives."""

    def __init__(self, url: str) -> None:
        super().__init__(name="bell", daemon=True)
        self._url = url

    def run(self) -> None:
        asyncio.run(self._listen())

    async def _listen(self) -> None:
        while True:
            try:
                app = App(
                    connector=PsycopgConnector(conninfo=conninfo(self._url), min_size=1, max_size=3, kwargs=_here())
                )
                app.task(name=TASK, queue=QUEUE)(_look)
                async with app.open_async():
                    await app.run_worker_async(
                        queues=[QUEUE], concurrency=1, install_signal_handlers=False, delete_jobs="always",
                        fetch_job_polling_interval=FALLBACK_SECONDS,
                    )  # fmt: skip
            except Exception as problem:  # noqa: BLE001  The worker beside us goes on looking; we come back when we can.
                log.warning("bell_not_heard", kind=type(problem).__name__)
            await asyncio.sleep(AGAIN_SECONDS)


async def _look() -> None:
    worker.look_now()


def hang(settings: Settings) -> Bell | None:
    """From now on what is queued in this process wakes workers everywhere. None where delivery is embedded."""
    if settings.delivery != "procrastinate":
        return None
    ensure_tables(settings.database_url)
    bell = Bell(settings.database_url)
    worker.on_wake(bell.ring)
    return bell


def listen(settings: Settings) -> Listener | None:
    """Hear what other processes queue. None where delivery is embedded."""
    if settings.delivery != "procrastinate":
        return None
    listener = Listener(settings.database_url)
    listener.start()
    return listener


def ensure_tables(url: str) -> None:
    """The job tables, made once by whichever process comes first."""
    with psycopg.connect(conninfo(url), autocommit=True) as connection:
        connection.execute("SELECT pg_advisory_lock(%s)", (MAKING,))
        there = connection.execute("SELECT to_regclass('procrastinate.procrastinate_jobs')").fetchone()
        if there is not None and there[0] is not None:
            return
        connection.execute("CREATE SCHEMA IF NOT EXISTS procrastinate")
        app = App(connector=SyncPsycopgConnector(conninfo=conninfo(url), min_size=0, max_size=1, kwargs=_here()))
        with app.open():
            app.schema_manager.apply_schema()


def conninfo(url: str) -> str:
    """SQLAlchemy's address as the driver alone takes it."""
    return url.replace("postgresql+psycopg://", "postgresql://", 1)


def _here() -> dict[str, str]:
    return {"options": f"-c search_path={SCHEMA}"}
