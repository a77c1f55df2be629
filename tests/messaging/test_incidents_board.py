"""The muster board: HELP is never lowered by a machine, and only evidence makes anybody SAFE."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from messaging.incidents import board, cases, incidents
from messaging.models import STATUSES, Case, Message, StatusReport
from tests import factories
from tests.messaging.incident_factories import hear, make_incident, person
from workforce.core import clock, db, tenancy
from workforce.core.errors import Conflict, Invalid
from workforce.models import Worker


@pytest.fixture
def database_url(any_database):
    return any_database


@pytest.fixture
def worker(agency):
    return factories.make_worker(agency, full_name="Analyn Querubin")


@pytest.fixture
def incident(manager, worker):
    return make_incident(manager)


def open_cases():
    with db.reading() as session:
        return list(session.scalars(select(Case).where(Case.closed_at.is_(None))))


def close_case(actor, *, outcome="Picked up by bus 2, her site leader says", status="SAFE"):
    with db.transaction() as session:
        case = session.scalar(select(Case).where(Case.closed_at.is_(None)))
        cases.close(session, actor, case, outcome=outcome, status=status, at=clock.now())


def mark(actor, incident, worker, **facts):
    with db.transaction() as session:
        board.mark(
            session,
            actor,
            incidents.get(session, actor, incident.id),
            worker.id,
            at=clock.now(),
            **({"informant": "Ariel, her buddy", "note": ""} | facts),
        )


def test_everybody_in_the_country_stands_on_the_board_from_the_start(manager, agency):
    there = factories.make_worker(agency)
    elsewhere = factories.make_worker(agency, host_country="QA")

    incident = make_incident(manager)

    assert person(incident, there).status == "NOT_ASKED"
    assert person(incident, elsewhere) is None


def test_codes_of_one_country_and_year_go_on_with_letters(manager, agency):
    year = f"{clock.now():%y}"

    assert [make_incident(manager).code for _ in range(3)] == [f"LBY-{year}", f"LBY-{year}B", f"LBY-{year}C"]


@pytest.mark.parametrize("later", ["SAFE", "MOVING", "STAYING"])
def test_no_text_lowers_a_call_for_help(incident, worker, later):
    hear(worker, "HELP", evidence="nabali po kamay ko")

    hear(worker, later, evidence="1")

    assert person(incident, worker).status == "HELP"
    with db.reading() as session:
        assert [
            (one.status, one.applied) for one in session.scalars(select(StatusReport).order_by(StatusReport.at))
        ] == [("HELP", True), (later, False)]


def test_a_later_call_for_help_always_wins(incident, worker):
    hear(worker, "SAFE")

    hear(worker, "HELP", at=clock.now() - timedelta(hours=1))

    assert person(incident, worker).status == "HELP"


def test_help_opens_one_case_however_often_it_is_said(incident, worker):
    hear(worker, "HELP")
    hear(worker, "HELP")

    assert len(open_cases()) == 1


def call_from_one_phone(*workers):
    with db.transaction() as session:
        board.hear_from_one_phone(
            session, [session.get(Worker, one.id) for one in workers], "HELP", evidence="tulong", at=clock.now()
        )


def test_a_call_from_a_shared_phone_is_one_case_until_each_of_them_is_heard_of(manager, incident, worker, agency):
    room_mate = factories.make_worker(agency, full_name="Rowena Salonga")
    call_from_one_phone(worker, room_mate)

    with db.transaction() as session:
        case = cases.get(session, manager, open_cases()[0].id)
        cases.close(
            session, manager, case, outcome="Rowena answers, well", statuses={room_mate.id: "SAFE"}, at=clock.now()
        )

    assert [case.number for case in open_cases()] == [1]
    assert (person(incident, room_mate).status, person(incident, worker).status) == ("SAFE", "HELP")
    close_case(manager)
    assert open_cases() == []
    assert person(incident, worker).status == "SAFE"


def test_who_has_a_case_already_stays_in_it_and_the_others_get_one_of_their_own(incident, worker, agency):
    room_mate = factories.make_worker(agency, full_name="Rowena Salonga")
    hear(worker, "HELP")

    call_from_one_phone(worker, room_mate)

    with db.reading() as session:
        named = cases.open_cases(session, agency.id, None, incident.id)
        assert {who: case.number for who, case in named.items()} == {worker.id: 1, room_mate.id: 2}


def test_everybody_in_an_owned_case_is_accounted_for_and_nobody_in_one_without_an_owner(
    manager, incident, worker, agency
):
    room_mate = factories.make_worker(agency, full_name="Rowena Salonga")
    call_from_one_phone(worker, room_mate)

    with db.transaction() as session:
        before = board.unaccounted(session, incidents.get(session, manager, incident.id))
        cases.take(session, manager, cases.get(session, manager, open_cases()[0].id), at=clock.now())
        after = board.unaccounted(session, incidents.get(session, manager, incident.id))

    assert (before, after) == (2, 0)


def test_help_without_any_incident_opens_a_case_all_the_same(agency, worker):
    assert hear(worker, "HELP") == []

    assert [case.incident_id for case in open_cases()] == [None]


def test_an_older_text_that_comes_late_does_not_undo_a_newer_one(incident, worker):
    hear(worker, "MOVING")

    hear(worker, "SAFE", at=clock.now() - timedelta(hours=2))

    assert person(incident, worker).status == "MOVING"


def test_only_closing_the_case_with_an_outcome_ends_a_call_for_help(incident, worker, staff):
    hear(worker, "HELP")

    with pytest.raises(Conflict):
        mark(staff, incident, worker, status="SAFE")
    with pytest.raises(Invalid):
        close_case(staff, outcome="  ")
    assert person(incident, worker).status == "HELP"

    close_case(staff, status="SAFE")

    assert person(incident, worker).status == "SAFE"


def test_marking_by_hand_needs_somebody_who_said_so(incident, worker, staff):
    with pytest.raises(Invalid):
        mark(staff, incident, worker, status="SAFE", informant=" ")

    assert person(incident, worker).status == "NOT_ASKED"


def test_a_named_persons_word_makes_somebody_safe(incident, worker, staff):
    mark(staff, incident, worker, status="SAFE", informant="Ariel, her buddy")

    found = person(incident, worker)
    assert (found.status, found.source, found.said_by) == ("SAFE", "hand", staff.id)


@pytest.mark.parametrize("said", ["SAFE", "HELP", "MOVING", "STAYING"])
def test_opting_out_lowers_nobody(incident, worker, said):
    hear(worker, said)

    with db.transaction() as session:
        board.opted_out(session, session.get(Worker, worker.id), clock.now())

    assert person(incident, worker).status == said


def test_opting_out_in_silence_asks_for_a_call(incident, worker):
    with db.transaction() as session:
        board.opted_out(session, session.get(Worker, worker.id), clock.now())

    assert (person(incident, worker).status, person(incident, worker).unreachable_reason) == (
        "UNREACHABLE",
        "opted out",
    )


def undelivered(worker):
    with db.transaction() as session:
        phone = session.get(Worker, worker.id).phones[0]
        message = Message(
            agency_id=worker.agency_id,
            direction="out",
            worker_id=worker.id,
            phone_id=phone.id,
            purpose="evacuation",
            queued_at=clock.now(),
        )
        session.add(message)
        session.flush()
        return board.not_delivered(session, message)


def test_a_text_that_did_not_arrive_on_the_only_number_makes_unreachable(incident, worker):
    assert undelivered(worker)

    assert person(incident, worker).status == "UNREACHABLE"


def test_a_text_that_did_not_arrive_undoes_no_answer(incident, worker):
    hear(worker, "SAFE")

    assert not undelivered(worker)
    assert person(incident, worker).status == "SAFE"


def test_the_counts_add_up_to_everybody(incident, worker, agency):
    for status in ("HELP", "SAFE", "MOVING"):
        hear(factories.make_worker(agency), status)

    with db.reading() as session:
        counts = board.counts(session, session.merge(incident, load=False))

    assert set(counts) == set(STATUSES)
    assert sum(counts.values()) == 4


def test_help_counts_as_accounted_for_once_somebody_has_the_case(incident, worker, staff):
    hear(worker, "HELP")
    with db.reading() as session:
        assert board.unaccounted(session, incident) == 1

    with db.transaction() as session:
        cases.take(session, staff, session.scalar(select(Case)), at=clock.now())

    with db.reading() as session:
        assert board.unaccounted(session, incident) == 0


def test_a_case_is_taken_once(incident, worker, staff, manager):
    hear(worker, "HELP")
    with db.transaction() as session:
        cases.take(session, staff, session.scalar(select(Case)), at=clock.now())

    with pytest.raises(Conflict), db.transaction() as session:
        cases.take(session, manager, session.scalar(select(Case)), at=clock.now())


def test_an_answer_reaches_only_boards_of_the_workers_own_agency(incident, worker):
    other = factories.make_agency()
    stranger = factories.make_user(other, role="manager")
    with tenancy.agency(other.id):
        theirs = make_incident(stranger)

    heard = hear(worker, "SAFE")

    assert [one.id for one in heard] == [incident.id]
    with tenancy.agency(other.id), db.reading() as session:
        assert sum(board.counts(session, theirs).values()) == 0


def test_a_closed_incident_hears_nothing_more(incident, worker, manager):
    with db.transaction() as session:
        incidents.close(session, manager, incidents.get(session, manager, incident.id), at=clock.now())

    assert hear(worker, "SAFE") == []
    assert person(incident, worker).status == "NOT_ASKED"
