"""Delivery over machines, with real processes on PostgreSQL: a ring wakes them, and a killed one stops nothing."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from select import select as select_ready

import psycopg
import pytest
from sqlalchemy import create_engine, func, select

from messaging.models import HandsetText, Message
from messaging.outbox import spread, worker
from tests import factories
from tests.conftest import MASTER
from tests.messaging.texting import handset_of, many_queued
from workforce.core import db, tenancy
from workforce.core.config import Settings
from workforce.core.errors import Unsafe
from workforce.core.health import Heartbeat
from workforce.models import Lease

ROOT = Path(__file__).parents[2]
WITHIN_SECONDS = 90


@pytest.mark.parametrize(("environ", "says"), [
    ({"MUSTER_DELIVERY": "procrastinate"}, "MUSTER_DELIVERY=procrastinate needs PostgreSQL"),
    ({"MUSTER_DELIVERY": "procrastinate", "DATABASE_URL": "sqlite:///x.db"}, "needs PostgreSQL"), ({"MUSTER_DELIVERY": "pigeons"}, "neither embedded nor procrastinate"),
])  # fmt: skip
def test_what_cannot_be_spread_is_refused_in_one_line(tmp_path, environ, says):
    with pytest.raises(Unsafe, match=says) as refusal:
        Settings.read({"MUSTER_INSTANCE": str(tmp_path), **environ})

    assert "\n" not in str(refusal.value)


def test_the_same_line_is_all_that_a_command_says(tmp_path):
    run = subprocess.run(
        [sys.executable, "-m", "wsgi", "worker"], cwd=ROOT, capture_output=True, text=True, check=False,
        env=_environ(tmp_path) | {"MUSTER_DELIVERY": "procrastinate"},
    )  # fmt: skip

    assert run.returncode == 1
    assert "needs PostgreSQL" in run.stderr and run.stderr.count("\n") == 1


@pytest.fixture
def postgres(blank_postgres, postgres_server):
    name = f"{blank_postgres}_spread"
    server = create_engine(postgres_server, isolation_level="AUTOCOMMIT")
    with server.connect() as connection:
        connection.exec_driver_sql(f'CREATE DATABASE "{name}" TEMPLATE "{blank_postgres}"')
    yield f"{postgres_server.rpartition('/')[0]}/{name}"
    worker.on_wake(None)
    db.connect("sqlite://")
    with server.connect() as connection:
        connection.exec_driver_sql(f'DROP DATABASE "{name}" WITH (FORCE)')
    server.dispose()


@pytest.fixture
def database_url(postgres):
    return postgres


@pytest.fixture
def processes(postgres, tmp_path):
    """`start("worker", "clock")`: real processes on the same database, as (command, process number)."""
    environ = _environ(tmp_path) | {
        "MUSTER_DELIVERY": "procrastinate",
        "DATABASE_URL": postgres.replace("+psycopg", ""),
    }
    crews = []

    def start(*commands):
        (tmp_path / "instance").mkdir(exist_ok=True)
        wanted = [sys.executable, "-m", "tests.chaos.crew", *commands]
        made = subprocess.Popen(wanted, cwd=ROOT, env=environ, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        crews.append(made)
        assert select_ready([made.stdout], [], [], WITHIN_SECONDS)[0], "the processes did not start"
        said = [made.stdout.readline().split() for _ in commands]
        return [(command, int(number)) for command, number in said]

    yield start
    for one in crews:
        one.stdin.close()
        one.wait(WITHIN_SECONDS)
        one.stdout.close()


@pytest.fixture
def until(postgres):
    """`until(true)`: look each time when somebody has written to one of the tables that the condition may be about."""
    listening = psycopg.connect(postgres.replace("+psycopg", ""), autocommit=True)
    listening.execute(
        "CREATE FUNCTION told() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NOTIFY written; RETURN NULL; END $$"
    )
    for table in ("messages", "handset_texts", "leases", "heartbeats"):
        listening.execute(f"CREATE TRIGGER told AFTER INSERT OR UPDATE ON {table} EXECUTE FUNCTION told()")
    listening.execute("LISTEN written")

    def wait(true):
        ends = time.monotonic() + WITHIN_SECONDS
        while not true():
            left = ends - time.monotonic()
            assert left > 0, f"it did not come to pass: {counted()}"
            for _word in listening.notifies(timeout=left, stop_after=1):
                pass

    yield wait
    listening.close()


@pytest.fixture
def bell(app, postgres):
    spread.ensure_tables(postgres)
    made = spread.Bell(postgres)
    yield made
    made.close()


def test_the_tables_are_made_once_and_stand_apart(app, postgres):
    spread.ensure_tables(postgres)
    spread.ensure_tables(postgres)

    with db.engine().connect() as connection:
        asked = "SELECT count(*) FROM information_schema.tables WHERE table_schema = 'public' AND table_name LIKE 'procrastinate%%'"
        assert connection.exec_driver_sql(asked).scalar() == 0


def test_many_rings_are_one_job_and_a_bell_without_a_database_raises_nothing(bell):
    for _ in range(5):
        bell.ring()

    with db.engine().connect() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM procrastinate.procrastinate_jobs").scalar() == 1
    spread.Bell("postgresql+psycopg://nobody@127.0.0.1:1/nothing").ring()


def test_workers_and_clocks_are_killed_and_nothing_is_lost_doubled_or_stopped(agency, bell, processes, until):
    """Two workers and two clocks. One of each dies; the time until a lease ends is made to pass in the database."""
    crew = processes("worker", "worker", "clock", "clock")
    someone = factories.make_worker(agency)
    handset_of(agency, someone)
    until(lambda: living("worker") == 2 and living("clock") == 1)
    many_queued(agency, 60, worker=someone)
    bell.ring()

    until(lambda: landed() > 5)
    os.kill(crew[0][1], signal.SIGKILL)
    holder = clock_holder()
    os.kill(next(number for command, number in crew if command == "clock" and f"-{number}-" in holder), signal.SIGKILL)
    many_queued(agency, 40, worker=someone)
    bell.ring()
    bell.ring()

    until(lambda: "queued" not in states(agency))  # The living have done what waited.
    a_lease_passes()

    def finished():
        # A text found on its handset after the crash is accepted: the simulator cannot be asked for its receipt.
        return states(agency).keys() <= {"delivered", "accepted"} and clock_holder() != holder

    until(finished)
    assert landed() == 100


# --- looking on -------------------------------------------------------------------------------------------------------


def landed() -> int:
    with tenancy.across_agencies("test"), db.reading() as session:
        return session.scalar(select(func.count()).select_from(HandsetText))


def counted() -> dict[str, int]:
    with tenancy.across_agencies("test"), db.reading() as session:
        return dict(session.execute(select(Message.state, func.count()).group_by(Message.state)).all())


def living(kind) -> int:
    with db.reading() as session:
        return session.scalar(select(func.count()).select_from(Heartbeat).where(Heartbeat.kind == kind))


def clock_holder() -> str:
    with db.reading() as session:
        return session.scalar(select(Lease.holder).where(Lease.name == "clock")) or ""


def states(agency) -> dict[str, int]:
    with tenancy.agency(agency.id), db.reading() as session:
        return dict(session.execute(select(Message.state, func.count()).group_by(Message.state)).all())


def a_lease_passes() -> None:
    """What the dead held is a minute older, and so is the lease of a clock that does not renew it."""
    with db.engine().begin() as connection:
        connection.exec_driver_sql(
            "UPDATE messages SET lease_until = lease_until - interval '70 seconds', submitted_at = submitted_at - interval '70 seconds' "
            "WHERE state IN ('claimed', 'submitting')"
        )
        connection.exec_driver_sql(
            "UPDATE leases SET expires_at = expires_at - interval '31 seconds' WHERE name = 'clock'"
        )


def _environ(folder: Path) -> dict[str, str]:
    ours = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("MUSTER_", "TWILIO_", "DATABASE", "PUBLIC_"))
    }
    return ours | {
        "MUSTER_ENV": "test", "MUSTER_INSTANCE": str(folder / "instance"), "MUSTER_MASTER_KEYS": MASTER,
        "MUSTER_SECRET_KEY": "only for tests, and long enough to be one",
    }  # fmt: skip
