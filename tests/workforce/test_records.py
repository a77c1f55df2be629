"""The audit log as a page, and the statistics."""

from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import update

from tests import factories
from workforce.core import audit, clock, db, tenancy
from workforce.core.audit import AuditEntry
from workforce.desk import statistics, trail


@pytest.fixture
def auditor(agency):
    return factories.make_user(agency, role="auditor", name="Otto Auditor")


def write(actor, times=1, action="worker.open", subject=None):
    with tenancy.agency(actor.agency_id), db.transaction() as session:
        for _ in range(times):
            audit.record(session, actor, action, subject)


def leaf(actor, before=None, **asked):
    with tenancy.agency(actor.agency_id), db.reading() as session:
        return trail.leaf(session, actor, zone="Asia/Manila", asked=trail.Asked(**asked), before=before)


def test_the_log_opens_for_an_auditor_and_says_that_the_chain_holds(auditor, client_of):
    page = client_of(auditor).get("/audit-log")

    assert page.status_code == 200
    assert "The chain holds, 2 lines" in page.text


def test_the_log_is_closed_to_staff(staff, client_of):
    assert client_of(staff).get("/audit-log").status_code == 403


def test_a_broken_chain_is_said_with_its_line(auditor, client_of):
    client = client_of(auditor)
    write(auditor, 3)
    with tenancy.agency(auditor.agency_id), db.transaction() as session:
        session.execute(
            update(AuditEntry)
            .where(AuditEntry.agency_id == auditor.agency_id, AuditEntry.seq == 2)
            .values(action="user.log_out")
        )

    assert "broken at line 2" in client.get("/audit-log").text


def test_a_line_says_who_did_what_about_whom(agency, staff, auditor, client_of):
    write(staff, subject=factories.make_worker(agency, full_name="Maria Dalisay"))

    page = client_of(auditor).get("/audit-log").text

    assert "opened a worker" in page
    assert "Maria Dalisay" in page
    assert staff.name in page


def test_pages_of_the_log_meet_without_gap_or_double(auditor):
    write(auditor, trail.PAGE + 7)

    first = leaf(auditor)
    second = leaf(auditor, first.next_before)

    numbers = [line.seq for line in (*first.lines, *second.lines)]
    assert numbers == list(range(trail.PAGE + 8, 0, -1))
    assert second.next_before is None


def test_the_log_is_narrowed_to_a_person_and_an_act(auditor, staff):
    write(staff, 2)
    write(auditor, 1)
    write(staff, 1, "worker.edit")

    assert [line.seq for line in leaf(auditor, person=staff.id, action="worker.open").lines] == [3, 2]


def test_a_day_is_a_day_of_the_agency(auditor):
    start = clock.now().replace(hour=15, minute=30, second=0, microsecond=0)
    with time_machine.travel(start):
        write(auditor)
    with time_machine.travel(start + timedelta(hours=1)):  # Past midnight in Manila, still the same day in Greenwich.
        write(auditor)

    next_day = (start + timedelta(days=1)).date()
    assert [line.at.minute for line in leaf(auditor, day=next_day, action="worker.open").lines] == [30]
    assert leaf(auditor, day=next_day, action="worker.open").lines[0].at.hour == 16


def test_every_role_sees_the_statistics(agency, client_of):
    factories.make_worker(agency, host_country="LY", nationality="PH", site="Tank Farm B")
    factories.make_worker(agency, host_country="LY", nationality="NP")

    for role in ("staff", "manager", "admin", "auditor"):
        page = client_of(factories.make_user(agency, role=role)).get("/reports")
        assert page.status_code == 200
        assert "2 people in Libya" in page.text
        assert "Tank Farm B" in page.text


def test_figures_count_the_living_record_of_this_agency_only(agency, staff):
    factories.make_worker(agency)
    factories.make_worker(agency, archived_at=clock.now())
    factories.make_worker(factories.make_agency())

    with tenancy.agency(agency.id), db.reading() as session:
        assert statistics.by_country(session, staff) == [("LY", "Libya", 1)]
        assert statistics.country_by_nationality(session, staff).total == 1


def test_a_table_has_the_fullest_first_and_sums_that_agree(agency, staff):
    for nationality in ("NP", "PH", "PH"):
        factories.make_worker(agency, nationality=nationality)

    with tenancy.agency(agency.id), db.reading() as session:
        table = statistics.country_by_nationality(session, staff)

    assert table.columns == ["Philippines", "Nepal"]
    assert table.rows == [("Libya", [2, 1], 3)]


def test_an_empty_agency_is_told_what_to_do(staff, client_of):
    assert "Nobody to count yet" in client_of(staff).get("/reports").text


def test_a_worker_is_found_by_part_of_the_name(agency, staff, client_of):
    factories.make_worker(agency, full_name="Maria Dalisay")

    assert "Maria Dalisay" in client_of(staff).get("/search?q=dalis").text


def test_a_worker_is_found_by_the_whole_number_only(agency, staff, client_of):
    factories.make_worker(agency, full_name="Maria Dalisay", phone="+218912345678")
    client = client_of(staff)

    assert "Maria Dalisay" in client.get("/search?q=%2B218912345678").text
    assert "Maria Dalisay" not in client.get("/search?q=%2B21891234567").text


def test_a_search_shows_no_number_in_full(agency, staff, client_of):
    factories.make_worker(agency, full_name="Maria Dalisay", phone="+218912345678")

    assert "12345678" not in client_of(staff).get("/search?q=dalisay").text.replace(" ", "")
