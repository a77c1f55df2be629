"""Today: what needs a person, and what we could do if it happened tonight."""

from datetime import timedelta

import pytest

from locator.models import Place
from messaging.incidents import cases
from messaging.models import Message
from tests import factories
from workforce.core import clock, db, vault
from workforce.desk import tonight
from workforce.models import Contact, Deployment, Phone


@pytest.fixture
def page(client_of, staff):
    def open_it():
        answer = client_of(staff).get("/today")
        assert answer.status_code == 200
        return answer.get_data(as_text=True)

    return open_it


def test_an_empty_agency_is_told_where_to_begin(page):
    assert "Import a roster" in page()


def test_when_nothing_is_due_the_page_says_so(agency, page):
    factories.make_worker(agency)

    assert "Nothing needs you now" in page()


def test_papers_of_one_kind_are_one_decision_with_names(agency, page):
    for name in ("Reyes", "Santos"):
        paper(agency, 30, family_name=name)

    shown = page()

    assert "Two passports end within 60 days and nobody has begun" in shown
    assert "Reyes, Santos" in shown


def test_a_paper_whose_renewal_has_begun_needs_nobody(agency, page):
    document = paper(agency, 30)
    with db.transaction() as session:
        session.merge(document).renewal_begun_on = clock.now().date()

    assert "nobody has begun" not in page()


def test_a_paper_that_ended_is_a_decision_of_its_own(agency, page):
    paper(agency, -3)
    paper(agency, 30)

    shown = page()

    assert "One passport has ended" in shown
    assert "One passport ends within 60 days" in shown


def test_a_worker_without_a_working_number_is_named(agency, page):
    worker = factories.make_worker(agency, full_name="Noel Baclaan", family_name="Baclaan")
    break_phone(worker)

    shown = page()

    assert "The number of one worker stopped working" in shown
    assert "through nobody:" in shown


def test_a_call_for_help_without_an_owner_comes_first(agency, page):
    worker = factories.make_worker(agency, full_name="Rodel Magsino")
    paper(agency, -3)
    with db.transaction() as session:
        cases.open_for(session, [session.merge(worker)], incident=None, message=None, at=clock.now())

    shown = page()

    assert shown.index("Rodel Magsino asked for help") < shown.index("has ended and nobody has begun")


def test_a_text_that_waits_is_quoted(agency, page):
    worker = factories.make_worker(agency, full_name="Imelda Sarmiento")
    with db.transaction() as session:
        text = Message(
            id=db.new_id(),
            agency_id=agency.id,
            direction="in",
            worker_id=worker.id,
            purpose="reply",
            state="received",
            label="free",
            queued_at=clock.now() - timedelta(hours=13),
        )
        vault.seal(session, text, body="maam ung amo ko <b>")
        session.add(text)

    shown = page()

    assert "Imelda Sarmiento wrote something that needs a person" in shown
    assert "maam ung amo ko &lt;b&gt;" in shown
    assert "waits 13 h" in shown


def test_an_embassy_that_nobody_checked_is_to_be_verified(agency, page):
    factories.make_worker(agency)
    with db.transaction() as session:
        old = clock.now().date() - timedelta(days=204)
        session.add(
            Place(
                id=db.new_id(),
                kind="embassy",
                name="Embassy of Testland",
                lat=32.9,
                lon=13.2,
                country="LY",
                country_of="PH",
                city="Tripoli",
                source="test",
                source_id="1",
                verified_on=old,
                updated_at=clock.now(),
            )
        )

    assert "Embassy of Testland, Tripoli: last verified" in page()


def test_a_placement_that_ends_is_planned_this_week(agency, page):
    worker = factories.make_worker(agency, full_name="Ana Cruz", family_name="Cruz")
    with db.transaction() as session:
        session.query(Deployment).filter_by(worker_id=worker.id).one().ends_on = clock.now().date() + timedelta(days=20)

    assert "One placement ends within 45 days" in page()


def test_if_it_happened_tonight_counts_who_could_answer(agency, staff):
    factories.make_worker(agency)
    factories.make_worker(agency, opted_out_at=clock.now())
    alone = factories.make_worker(agency, full_name="Noel Baclaan")
    break_phone(alone)
    helped = factories.make_worker(agency, phone=None)
    with db.transaction() as session:
        buddy = Contact(id=db.new_id(), agency_id=agency.id, worker_id=helped.id, kind="buddy", full_name="A Friend")
        vault.seal(session, buddy, phone="+218911111111")
        session.add(buddy)

    with db.reading() as session:
        found = tonight.reach(session, staff, clock.now(), [])

    assert (found.people, found.texted, found.through, found.unreached) == (4, 1, 1, 2)
    assert alone.id in [worker_id for worker_id, _ in found.nobody]


def test_another_agencys_people_are_not_counted(agency, staff):
    factories.make_worker(factories.make_agency())

    with db.reading() as session:
        assert tonight.reach(session, staff, clock.now(), []).people == 0


def test_the_clocks_show_the_host_place_and_home(agency, page):
    factories.make_worker(agency)

    shown = page()

    assert 'data-zone="Africa/Tripoli">Tripoli' in shown
    assert 'data-zone="Asia/Manila">Manila' in shown


def test_a_stranger_is_sent_to_the_log_in(app):
    assert "/log-in" in app.test_client().get("/today").location


def paper(agency, days_left, **more):
    return factories.make_document(
        factories.make_worker(agency, **more), expires_on=clock.today_in(agency.zone) + timedelta(days=days_left)
    )


def break_phone(worker):
    with db.transaction() as session:
        phone = session.query(Phone).filter_by(worker_id=worker.id).one()
        phone.state, phone.state_since = "gone", clock.now()
