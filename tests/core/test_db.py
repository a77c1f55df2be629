"""The database: how it is opened, how it keeps time, how it commits."""

import threading
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
import time_machine
from sqlalchemy import delete, select
from sqlalchemy.exc import StatementError

from tests import factories
from workforce.core import clock, db, tenancy
from workforce.core.db import UTCDateTime, new_id
from workforce.models import Agency, Worker


def pragma(name):
    with db.engine().connect() as connection:
        return connection.exec_driver_sql(f"PRAGMA {name}").scalar()


@pytest.mark.parametrize(
    ("name", "value"), [("journal_mode", "wal"), ("synchronous", 2), ("foreign_keys", 1), ("secure_delete", 1)]
)
def test_every_connection_to_sqlite_is_careful(app, name, value):
    assert pragma(name) == value


def test_an_error_of_the_database_does_not_tell_what_it_was_given(app):
    with db.engine().connect() as connection, pytest.raises(StatementError) as refused:
        connection.exec_driver_sql("SELECT 1 FROM nothing WHERE name = ?", ("Maria Santos",))

    assert "Maria" not in str(refused.value)


def test_a_writer_takes_its_turn_before_it_reads(app, monkeypatch):
    """BEGIN IMMEDIATE: a transaction that reads first and writes later must not find that somebody was faster."""
    said = []
    real = db.Connection.exec_driver_sql
    monkeypatch.setattr(
        db.Connection, "exec_driver_sql", lambda self, words, *more: (said.append(words), real(self, words, *more))[1]
    )

    with db.transaction() as session:
        session.scalar(select(Agency.id))
    with db.reading() as session:
        session.scalar(select(Agency.id))

    assert said == ["BEGIN IMMEDIATE", "BEGIN"]


def test_writers_wait_for_each_other_and_none_is_lost(agency):
    def write():
        with tenancy.agency(agency.id):
            for _ in range(5):
                factories.make_worker(agency)

    threads = [threading.Thread(target=write) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    with db.reading() as session:
        assert len(session.scalars(select(Worker.id)).all()) == 20


def test_a_transaction_in_a_transaction_is_refused(agency):
    with db.transaction(), pytest.raises(RuntimeError), db.transaction():
        pass


def test_after_a_failure_nothing_is_kept_and_the_next_one_works(agency):
    with pytest.raises(ZeroDivisionError), db.transaction() as session:
        session.get(Agency, agency.id).name = "changed"
        session.flush()
        raise ZeroDivisionError

    with db.transaction() as session:
        assert session.get(Agency, agency.id).name == agency.name


def test_what_is_changed_while_reading_is_forgotten(agency):
    with db.reading() as session:
        session.get(Agency, agency.id).name = "changed"

    with db.reading() as session:
        assert session.get(Agency, agency.id).name == agency.name


def test_a_moment_without_a_zone_is_refused():
    with pytest.raises(ValueError, match="without a time zone"):
        UTCDateTime().process_bind_param(datetime(2027, 1, 30, 21, 12), db.make_engine("sqlite://").dialect)


class TestOnBoth:
    """The same on SQLite and on PostgreSQL."""

    @pytest.fixture
    def database_url(self, any_database):
        return any_database

    def test_a_moment_comes_back_aware_and_in_utc(self, agency):
        tripoli = datetime(2027, 1, 30, 21, 12, 0, 123456, tzinfo=timezone(timedelta(hours=2)))
        with db.transaction() as session:
            session.get(Agency, agency.id).suspended_at = tripoli

        with db.reading() as session:
            kept = session.get(Agency, agency.id).suspended_at
        assert kept == tripoli
        assert kept.utcoffset() == timedelta(0)

    def test_a_page_that_is_old_overwrites_nothing(self, agency):
        worker = factories.make_worker(agency)
        with db.reading() as session:
            old = session.get(Worker, worker.id)
        with db.transaction() as session:
            session.get(Worker, worker.id).full_name = "Newer"

        with pytest.raises(Exception, match="expected to update 1 row"), db.transaction() as session:
            session.add(old)
            old.full_name = "Older"


def test_ids_made_later_sort_later_and_never_meet():
    ids = [new_id() for _ in range(1000)]

    assert len(set(ids)) == 1000
    assert {one.version for one in ids} == {7}
    assert [one.int >> 80 for one in ids] == sorted(one.int >> 80 for one in ids)
    assert abs((ids[0].int >> 80) / 1000 - datetime.now(UTC).timestamp()) < 60


def test_a_row_in_a_log_names_nobody(agency):
    worker = factories.make_worker(agency, full_name="Maria Dalisay")

    assert repr(worker) == f"<Worker {worker.id}>"


def test_what_is_deleted_is_in_no_file(agency, settings):
    worker = factories.make_worker(agency, full_name="Zqxjkvulture Canary")
    with db.transaction() as session:
        session.execute(delete(Worker).where(Worker.id == worker.id))
    db.fold_in_log()

    folder = settings.database_url.removeprefix("sqlite:///").rpartition("/")[0]
    assert not _files_with(folder, b"Zqxjkvulture")


def _files_with(folder, canary):
    return [path.name for path in Path(folder).rglob("*") if path.is_file() and canary in path.read_bytes()]


def test_today_is_asked_of_a_zone():
    with time_machine.travel(datetime(2027, 1, 30, 17, 0, tzinfo=UTC)):
        assert clock.today_in("Asia/Manila").isoformat() == "2027-01-31"
        assert clock.today_in("Africa/Tripoli").isoformat() == "2027-01-30"
