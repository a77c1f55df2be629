"""The clock: one process acts, whatever is due is done, and a dead clock is followed."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from messaging import clockwork
from messaging.clockwork import Clock, Task
from messaging.models import Notice
from tests import factories
from workforce.core import db
from workforce.models import Lease

NOON = datetime(2027, 3, 1, 10, tzinfo=UTC)


@pytest.fixture
def database_url(any_database):
    return any_database


class Wall:
    """A clock on the wall that the test sets."""

    def __init__(self):
        self.at = NOON

    def __call__(self):
        return self.at

    def pass_by(self, **more):
        self.at += timedelta(**more)


@pytest.fixture
def wall():
    return Wall()


@pytest.fixture
def ran():
    return []


@pytest.fixture
def make_clock(app, wall, ran):
    def make(holder):
        tasks = [Task("work", timedelta(minutes=15), lambda agency_id, now, first, go_on: ran.append((holder, first)))]
        return Clock(app, tasks=tasks, holder=holder, now=wall)

    return make


def test_of_four_clocks_one_acts(agency, make_clock, ran):
    for clock in [make_clock(name) for name in "abcd"]:
        clock.tick()

    assert ran == [("a", True)]


def test_a_task_runs_again_when_its_time_has_come(agency, make_clock, wall, ran):
    clock = make_clock("a")
    for _ in range(12 * 16):
        clock.tick()
        wall.pass_by(seconds=5)

    assert ran == [("a", True), ("a", False)]


def test_a_dead_clock_is_followed_when_its_lease_ends(agency, make_clock, wall, ran):
    make_clock("a").tick()
    other = make_clock("b")
    wall.pass_by(seconds=29)
    other.tick()
    assert ran == [("a", True)]

    wall.pass_by(seconds=2)
    other.tick()

    assert ran == [("a", True), ("b", True)]
    with db.reading() as session:
        assert session.scalar(select(Lease)).token == 2


def test_a_clock_that_slept_through_its_lease_does_not_act_on_an_old_token(agency, make_clock, wall):
    first = clockwork.take_lease(clockwork.NAME, "a", NOON)
    clockwork.take_lease(clockwork.NAME, "b", NOON + timedelta(seconds=31))

    assert not clockwork.still_holds(clockwork.NAME, "a", first, NOON + timedelta(seconds=32))


@pytest.mark.parametrize("hours", [25, -25])
def test_a_wall_clock_that_jumps_stops_nothing(agency, make_clock, wall, ran, hours):
    make_clock("a").tick()
    wall.pass_by(hours=hours)

    make_clock("b").tick()

    assert ran == [("a", True), ("b", True)]


def test_a_task_that_fails_is_tried_again_and_holds_up_no_other(agency, app, wall, ran):
    def fail(*_facts):
        raise RuntimeError("broken")

    tasks = [
        Task("bad", timedelta(minutes=15), fail),
        Task("good", timedelta(minutes=15), lambda *_facts: ran.append("good")),
    ]
    clock = Clock(app, tasks=tasks, now=wall)

    assert [clock.tick(), clock.tick()] == [1, 0]
    assert ran == ["good"]


def test_the_real_tasks_make_the_notices_that_are_due(agency, app, wall):
    factories.make_document(factories.make_worker(agency), expires_on=NOON.date() + timedelta(days=30))

    Clock(app, now=wall).tick()

    with db.reading() as session:
        assert {one.recipient for one in session.scalars(select(Notice))} == {"worker", "agency"}


def test_the_scheduler_holds_one_job_that_is_never_skipped(app):
    scheduler = clockwork.start(app)
    try:
        (job,) = scheduler.get_jobs()
        assert (job.max_instances, job.coalesce, job.misfire_grace_time) == (1, True, None)
        assert job.trigger.interval == timedelta(seconds=5)
    finally:
        scheduler.shutdown()
