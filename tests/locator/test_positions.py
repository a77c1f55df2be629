"""Positions: no consent, no place; none outlives its time; the exact point only for few."""

from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest
import time_machine
from sqlalchemy import func, select

from locator.geodesy import Point, cell_centre, cell_of, distance_km
from locator.models import Position
from locator.whereabouts import positions
from tests import factories
from workforce.core import clock, db, tenancy
from workforce.core.audit import AuditEntry
from workforce.core.errors import NotAllowed
from workforce.models import Consent

NOON = "2027-01-30T12:00:00Z"
RAS_LANUF = SimpleNamespace(lat=30.5012345, lon=18.5567891, precision_km=1.0, name="Ras Lanuf")


@pytest.fixture
def database_url(any_database):
    return any_database


@pytest.fixture
def worker(agency):
    return factories.make_worker(agency, full_name="Maria Dalisay")


def text_place(worker, place=RAS_LANUF, at=None):
    with db.transaction() as session:
        return positions.record_from_text(session, worker, place, at=at or clock.now(), message_id=None)


def seen(worker, **more):
    with db.reading() as session:
        return positions.latest(session, [worker.id], **more).get(worker.id)


def agree(worker, *, given=True):
    with db.transaction() as session:
        line = Consent(
            id=db.new_id(),
            agency_id=worker.agency_id,
            worker_id=worker.id,
            purpose="location",
            given=given,
            channel="link",
            wording="location-1",
            at=clock.now(),
        )
        session.add(line)
    return line


def test_a_place_without_consent_is_not_kept(worker, staff):
    with pytest.raises(NotAllowed), db.transaction() as session:
        positions.record(session, staff, worker, Point(30, 18), precision_km=1, source="staff", taken_at=clock.now())

    assert seen(worker) is None


def test_a_texted_place_is_its_own_consent(worker):
    text_place(worker)

    with db.reading() as session:
        line = session.scalars(select(Consent)).one()
    assert (line.purpose, line.given, line.channel, line.wording) == ("location", True, "sms", "one-shot")
    assert seen(worker) is not None


@pytest.mark.parametrize(("hours", "minutes", "is_there"), [(23, 59, True), (24, 1, False)])
def test_a_texted_place_lives_for_24_hours(worker, hours, minutes, is_there):
    with time_machine.travel(NOON, tick=False) as clockwork:
        text_place(worker)
        clockwork.shift(timedelta(hours=hours, minutes=minutes))

        assert (seen(worker) is not None) is is_there


@pytest.mark.parametrize(("hours", "minutes", "left"), [(23, 59, 1), (24, 1, 0)])
def test_the_purge_deletes_what_has_run_out(worker, hours, minutes, left):
    with time_machine.travel(NOON, tick=False) as clockwork:
        text_place(worker)
        clockwork.shift(timedelta(hours=hours, minutes=minutes))

        positions.purge_everywhere(clock.now())

    with db.reading() as session:
        assert session.scalar(select(func.count()).select_from(Position)) == left


def test_a_standing_consent_keeps_a_place_for_14_days_at_most(worker, staff):
    with time_machine.travel(NOON, tick=False) as clockwork:
        agree(worker)
        with db.transaction() as session:
            positions.record(session, staff, worker, Point(30, 18), precision_km=1, source="link", taken_at=clock.now())

        clockwork.shift(timedelta(days=13, hours=23))
        assert seen(worker) is not None
        clockwork.shift(timedelta(hours=2))
        assert seen(worker) is None


def test_a_one_shot_consent_covers_no_second_place(worker, staff):
    text_place(worker)

    with pytest.raises(NotAllowed), db.transaction() as session:
        positions.record(session, staff, worker, Point(30, 18), precision_km=1, source="link", taken_at=clock.now())


def test_a_place_ends_two_days_after_the_contract(agency, staff):
    with time_machine.travel(NOON, tick=False) as clockwork:
        worker = factories.make_worker(agency)
        with db.transaction() as session:
            deployment = session.merge(worker.__class__(id=worker.id, agency_id=agency.id)).deployments[0]
            deployment.ends_on = clock.now().date()
        agree(worker)
        with db.transaction() as session:
            positions.record(session, staff, worker, Point(30, 18), precision_km=1, source="link", taken_at=clock.now())

        clockwork.shift(timedelta(hours=59))
        assert seen(worker) is not None
        clockwork.shift(timedelta(hours=2))
        assert seen(worker) is None


def test_withdrawal_hides_at_once_and_deletes(worker, staff):
    text_place(worker)

    with db.transaction() as session:
        count = positions.withdraw(session, staff, worker)

    assert count == 1
    assert seen(worker) is None
    with db.reading() as session:
        assert session.scalar(select(func.count()).select_from(Position)) == 0


def test_a_withdrawal_by_another_hand_hides_before_the_purge_has_run(worker):
    text_place(worker)

    agree(worker, given=False)

    assert seen(worker) is None


def test_a_place_texted_after_a_withdrawal_counts_even_in_the_same_moment(worker, staff):
    with time_machine.travel(NOON, tick=False):
        text_place(worker)
        with db.transaction() as session:
            positions.withdraw(session, staff, worker)
        text_place(worker)

        assert seen(worker) is not None


def test_the_newest_place_is_shown(worker):
    text_place(worker, at=clock.now() - timedelta(hours=3))
    later = text_place(
        worker,
        SimpleNamespace(lat=32.1, lon=20.07, precision_km=5, name="Benghazi"),
        at=clock.now() - timedelta(hours=1),
    )

    assert seen(worker).id == later.id


def test_an_unconfirmed_place_waits(worker):
    with db.transaction() as session:
        positions.record_from_text(session, worker, RAS_LANUF, at=clock.now(), message_id=None, is_confirmed=False)

    assert seen(worker) is None
    assert seen(worker, unconfirmed=True) is not None


def test_staff_pin_needs_the_word_that_she_agreed(worker, staff):
    with pytest.raises(NotAllowed), db.transaction() as session:
        positions.from_staff(session, staff, worker, Point(32, 20), precision_km=5, at=clock.now(), has_agreed=False)


def test_staff_see_the_cell_and_nothing_finer(worker):
    kept = text_place(worker)

    with db.reading() as session:
        shown = positions.rough(session, kept)

    true = Point(RAS_LANUF.lat, RAS_LANUF.lon)
    assert shown.point == cell_centre(cell_of(true))
    assert distance_km(shown.point, true) <= shown.precision_km


def test_a_manager_in_an_open_incident_sees_the_point_and_leaves_a_line(worker, manager):
    kept = text_place(worker)

    with db.transaction() as session:
        point = positions.exact(session, manager, kept, incident_open=True)

    assert (point.lat, point.lon) == (RAS_LANUF.lat, RAS_LANUF.lon)
    with db.reading() as session:
        line = session.scalars(select(AuditEntry).where(AuditEntry.action == "position.exact")).one()
    assert (line.object_id, line.about_id, line.actor_id) == (kept.id, worker.id, manager.id)


@pytest.mark.parametrize(("role", "incident_open"), [("staff", True), ("admin", True), ("manager", False)])
def test_nobody_else_sees_the_point(agency, worker, role, incident_open):
    user, kept = factories.make_user(agency, role=role), text_place(worker)

    with pytest.raises(NotAllowed), db.transaction() as session:
        positions.exact(session, user, kept, incident_open=incident_open)


def test_many_points_are_one_line_in_the_log(agency, manager):
    kept = [text_place(factories.make_worker(agency)) for _ in range(3)]

    with db.transaction() as session:
        found = positions.exact_many(session, manager, kept, incident_open=True, why="who is inside")

    assert len(found) == 3
    with db.reading() as session:
        line = session.scalars(select(AuditEntry).where(AuditEntry.action == "position.exact_many")).one()
    assert line.detail["count"] == 3


def test_places_end_early_when_told(worker):
    text_place(worker)

    with db.transaction() as session:
        positions.bring_forward(session, worker.agency_id, [worker.id], to=clock.now() - timedelta(seconds=1))

    assert seen(worker) is None


def test_another_agency_does_not_see_the_place(worker):
    text_place(worker)
    other = factories.make_agency()

    with tenancy.agency(other.id):
        assert seen(worker) is None


@pytest.mark.parametrize("any_database", ["sqlite"], indirect=True)  # It looks into SQLite's files.
def test_the_clear_point_is_in_no_file_and_after_withdrawal_the_row_is_neither(worker, staff, settings):
    kept = text_place(worker)
    marks = [b"30.5012345", b"18.5567891", kept.point_sealed]
    assert any(marks[2] in content for content in files(settings))
    assert not any(mark in content for content in files(settings) for mark in marks[:2])

    with db.transaction() as session:
        positions.withdraw(session, staff, worker)
    db.fold_in_log()

    assert not any(mark in content for content in files(settings) for mark in marks)


def files(settings):
    """Database, log and whatever else lies beside them."""
    folder = Path(settings.database_url.removeprefix("sqlite:///")).parent
    return [path.read_bytes() for path in folder.rglob("*") if path.is_file()]
