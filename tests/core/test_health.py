"""Readiness says what is missing, one line each; a process that ends in order is not missed."""

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest
from sqlalchemy import select

from workforce.core import clock, db, health
from workforce.core.health import Heartbeat

NOON = datetime(2027, 3, 1, 10, tzinfo=UTC)


@pytest.fixture
def database_url(any_database):
    return any_database


def beat(kind, at, name=""):
    with db.transaction() as session:
        health.beat(session, name or kind, kind=kind, now=at)


def test_it_is_ready_with_a_worker_and_a_clock(app, settings):
    beat("worker", NOON)
    beat("clock", NOON)

    assert health.why_not(settings, NOON + timedelta(seconds=44)) == []


def test_each_missing_process_has_its_line(app, settings):
    assert health.why_not(settings, NOON) == [
        "worker: no delivery worker runs; start one: muster worker", "clock: no clock runs; start one: muster clock",
    ]  # fmt: skip


@pytest.mark.parametrize(("kind", "seconds", "says"), [
    ("worker", 46, "worker: no delivery worker has given a sign for 46 s"), ("clock", 61, "clock: it last ticked 61 s ago"),
])  # fmt: skip
def test_a_silent_process_is_named_with_its_silence(app, settings, kind, seconds, says):
    beat("worker", NOON + timedelta(hours=-1 if kind == "worker" else 0))
    beat("worker", NOON if kind == "worker" else NOON + timedelta(seconds=seconds))
    beat("clock", NOON if kind == "clock" else NOON + timedelta(seconds=seconds))

    (line,) = health.why_not(settings, NOON + timedelta(seconds=seconds))

    assert line.startswith(says)


def test_one_living_worker_of_two_is_enough(app, settings):
    beat("worker", NOON - timedelta(minutes=10), "a")
    beat("worker", NOON, "b")
    beat("clock", NOON)

    assert health.why_not(settings, NOON) == []


def test_a_full_disk_is_named_with_what_is_left(app, settings, monkeypatch):
    beat("worker", NOON)
    beat("clock", NOON)
    monkeypatch.setattr("shutil.disk_usage", lambda _folder: SimpleNamespace(free=120 * 2**20))

    assert health.why_not(settings, NOON) == ["disk: 120 MB are free, 500 MB are needed"]


def test_a_database_that_does_not_answer_is_the_only_line(app, settings, monkeypatch):
    def away(_engine):
        raise ConnectionError("with words that stay inside")

    monkeypatch.setattr("workforce.core.migrations.is_current", away)

    assert health.why_not(settings, NOON) == ["database: it does not answer (ConnectionError)"]


def test_who_ends_in_order_is_not_missed_and_who_was_silent_for_a_day_is_forgotten(app):
    beat("worker", NOON, "ended")
    beat("worker", NOON, "lost")
    with db.transaction() as session:
        health.end(session, "ended")
    beat("worker", NOON + timedelta(days=1, seconds=1), "new")

    with db.reading() as session:
        assert session.scalars(select(Heartbeat.name)).all() == ["new"]


def test_the_page_gives_the_reasons_as_lines(app):
    answer = app.test_client().get("/readyz")

    assert answer.status_code == 503
    assert [line.partition(":")[0] for line in answer.json["why"]] == ["worker", "clock"]


def test_the_page_is_ready_when_nothing_is_missing(app):
    beat("worker", clock.now())
    beat("clock", clock.now())

    assert app.test_client().get("/readyz").json == {"status": "ready"}
