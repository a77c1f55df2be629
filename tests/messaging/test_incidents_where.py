"""Where the people of a big board are is worked out beside the pages, and says when."""

from datetime import timedelta

import pytest
from shapely.geometry import box

from messaging.incidents import areas, incidents, jobs, where
from tests import factories
from tests.messaging.incident_factories import make_incident
from workforce.core import clock, db, tenancy


@pytest.fixture
def big(monkeypatch):
    """Every board of more than two people is big, and is worked out two people at a time."""
    monkeypatch.setattr(where, "INLINE", 2)
    monkeypatch.setattr(where, "SLICE", 2)
    where._begun.clear()


@pytest.fixture
def incident(agency, manager, big):
    for number in range(5):
        factories.make_worker(agency, site=f"Camp {number}", site_at=(32.88, 13.19) if number % 2 else (25.0, 15.0))
    factories.make_worker(agency, phone=None)
    return make_incident(manager, area=box(13.0, 32.0, 14.0, 33.5))


def known(incident):
    with db.reading() as session:
        return where.kept(session, incident, now=clock.now(), total=6)


def test_looking_at_a_big_board_works_nothing_out_and_shows_what_the_clock_has_found(client_of, manager, incident):
    page = f"/incidents/{incident.id}"
    assert "Where the 6 are" not in client_of(manager).get(page).get_data(as_text=True)

    jobs.work_out_where(incident.agency_id, now=clock.now())

    said = client_of(manager).get(page).get_data(as_text=True)
    assert "Where the 6 are" in said and "As counted at" in said


def test_bit_by_bit_it_comes_to_the_same_as_at_once(manager, incident):
    jobs.work_out_where(incident.agency_id, now=clock.now())

    with db.transaction() as session:
        at_once = where.worked_out(session, tenancy.System(manager.agency_id), incident, now=clock.now())
    found = known(incident)
    assert (found.by_place, found.by_reach, found.concerned) == (at_once.by_place, at_once.by_reach, at_once.concerned)
    assert at_once.by_place["perhaps"] == 2 and at_once.by_place["outside"] == 3


def test_figures_about_other_areas_than_those_drawn_are_shown_to_nobody(manager, incident):
    jobs.work_out_where(incident.agency_id, now=clock.now())
    with db.transaction() as session:
        own = incidents.get(session, manager, incident.id)
        areas.draw(session, manager, own, kind="danger", name="", shape=box(14.5, 24.0, 15.5, 26.0), at=clock.now())

    assert known(incident) is None

    jobs.work_out_where(incident.agency_id, now=clock.now())
    assert known(incident).by_place["perhaps"] == 5


def test_nothing_is_worked_out_twice_while_nothing_has_changed(incident):
    now = clock.now()

    assert jobs.work_out_where(incident.agency_id, now=now) == 6
    assert jobs.work_out_where(incident.agency_id, now=now + timedelta(seconds=30)) == 0
