"""Calls for help that nobody has: the managers hear of each, and every five minutes the next person is asked."""

import threading
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select, update

from messaging.incidents import cases, jobs, log, paging
from messaging.models import Case, IncidentLine
from messaging.notices import today
from tests import factories
from tests.messaging.incident_factories import hear, make_incident
from tests.postbox import open_postbox
from workforce.core import audit, db, tenancy
from workforce.models import User

NOON = datetime(2027, 3, 1, 12, tzinfo=UTC)


@pytest.fixture
def database_url(any_database):
    return any_database


@pytest.fixture
def people(agency):
    """By name: managers first, then staff, then admins."""
    roles = {
        "Ramon Dizon": "manager",
        "Joy Abad": "staff",
        "Tess Villamor": "admin",
        "Liza Ocampo": "manager",
        "Paolo Reyes": "auditor",
    }
    return {
        name: factories.make_user(agency, role=role, name=name, email=f"{name.split()[0].lower()}@agency.example")
        for name, role in roles.items()
    }


@pytest.fixture
def worker(agency):
    return factories.make_worker(agency, full_name="Analyn Querubin")


@pytest.fixture
def postbox(app):
    with open_postbox(app) as box:
        yield box


def run(agency, *, minutes):
    return jobs.page(agency.id, now=NOON + timedelta(minutes=minutes))


def paged(case=None):
    """Names in the order in which they were asked."""
    with db.reading() as session:
        found = list(session.scalars(select(Case)))
        asked = paging.asked(session, tenancy.System(found[0].agency_id), [one.id for one in found])
        return [name for one in found for name, _at in reversed(asked.get(one.id, []))]


def take(user):
    with db.transaction() as session:
        cases.take(session, user, session.scalar(select(Case)), at=NOON)


def test_nobody_is_asked_in_the_first_five_minutes(agency, people, worker):
    hear(worker, "HELP", at=NOON)

    run(agency, minutes=4.9)

    assert paged() == []


def test_every_five_minutes_the_next_person_is_asked_managers_first(agency, people, worker):
    hear(worker, "HELP", at=NOON)

    for minutes in range(0, 26, 5):
        run(agency, minutes=minutes)
        run(agency, minutes=minutes + 0.1)  # The same step again: a restart, or a second clock.

    assert paged() == ["Liza Ocampo", "Ramon Dizon", "Joy Abad", "Tess Villamor", "Liza Ocampo"]


def test_after_hours_without_a_clock_one_person_is_asked_not_fifty(agency, people, worker):
    hear(worker, "HELP", at=NOON)

    run(agency, minutes=250)

    assert paged() == ["Liza Ocampo"]


def test_who_has_the_case_ends_it(agency, people, worker):
    hear(worker, "HELP", at=NOON)
    run(agency, minutes=5)
    take(people["Joy Abad"])

    run(agency, minutes=10)

    assert paged() == ["Liza Ocampo"]


def test_who_cannot_log_in_any_more_is_not_asked(agency, people, worker):
    with db.transaction() as session:
        session.execute(
            update(User)
            .where(User.name == "Liza Ocampo")
            .values(deactivated_at=NOON)
            .execution_options(synchronize_session=False)
        )
    hear(worker, "HELP", at=NOON)

    run(agency, minutes=5)

    assert paged() == ["Ramon Dizon"]


def test_a_clock_that_ran_ahead_does_not_silence_a_case(agency, people, worker):
    hear(worker, "HELP", at=NOON)
    run(agency, minutes=3 * 60)

    run(agency, minutes=6)

    assert paged() == ["Liza Ocampo", "Ramon Dizon"]


def test_after_a_day_a_case_is_paged_by_the_hour(agency, people, worker):
    hear(worker, "HELP", at=NOON)

    for minutes in range(25 * 60, 26 * 60, 5):
        run(agency, minutes=minutes)

    assert paged() == ["Liza Ocampo"]


def test_four_clocks_at_once_ask_one_person(app, agency, people, worker):
    hear(worker, "HELP", at=NOON)

    def tick():
        with app.app_context():
            run(agency, minutes=5)

    clocks = [threading.Thread(target=tick) for _ in range(4)]
    for one in clocks:
        one.start()
    for one in clocks:
        one.join()

    assert paged() == ["Liza Ocampo"]


def test_a_page_stands_in_the_log_of_the_incident_and_on_its_board(agency, people, worker, client_of):
    incident = make_incident(people["Liza Ocampo"])
    hear(worker, "HELP", at=NOON)

    run(agency, minutes=5)

    with db.reading() as session:
        (line,) = session.scalars(select(IncidentLine).where(IncidentLine.kind == "paged"))
        assert line.detail == {"number": 1, "user": str(people["Liza Ocampo"].id)}
        case_id = session.scalar(select(Case.id))
    assert "paged Liza Ocampo 14:05" in client_of(people["Joy Abad"]).get(f"/incidents/{incident.id}").text
    assert "paged Liza Ocampo" in client_of(people["Joy Abad"]).get(f"/incidents/cases/{case_id}").text


def test_it_is_the_first_thing_on_the_today_of_who_was_asked(agency, people, worker):
    hear(factories.make_worker(agency, full_name="Benjie Ocfemia"), "HELP", at=NOON + timedelta(minutes=4))
    hear(worker, "HELP", at=NOON)
    run(agency, minutes=5)

    with db.reading() as session:
        yours = today.decisions(session, people["Liza Ocampo"], NOON + timedelta(minutes=6))
        theirs = today.decisions(session, people["Joy Abad"], NOON + timedelta(minutes=6))

    assert min(yours, key=lambda one: one.rank).title == "You are asked to take the case of Analyn Querubin"
    assert sorted(one.rank for one in yours) == [-1, 0]
    assert [one.rank for one in theirs] == [0, 0]


def test_who_is_asked_to_take_many_cases_sees_all_of_them_on_today(agency, people):
    for number in range(today.SHOWN + 2):
        hear(factories.make_worker(agency, full_name=f"Caller {number}"), "HELP", at=NOON)
    run(agency, minutes=5)

    with db.reading() as session:
        found = today.decisions(session, people["Liza Ocampo"], NOON + timedelta(minutes=6))

    said = " ".join(f"{one.title} {one.reason}" for one in found)
    assert [number for number in range(today.SHOWN + 2) if f"Caller {number}" not in said] == []


def test_a_call_for_help_is_mailed_to_all_managers_once(agency, people, worker, postbox):
    hear(worker, "HELP", at=NOON)

    run(agency, minutes=0.1)
    run(agency, minutes=0.2)

    letters = postbox.letters(2)
    assert set(letters) == {"liza@agency.example", "ramon@agency.example"}
    subject, text = letters["liza@agency.example"]
    assert (subject, text.splitlines()[0]) == ("A call for help", "A call for help came in: case 1.")
    assert "https://muster.example/incidents/cases/" in text
    assert "Querubin" not in text
    assert postbox.is_empty()


def test_who_is_asked_gets_a_letter_that_names_nobody(agency, people, worker, postbox):
    make_incident(people["Liza Ocampo"], is_exercise=True)
    hear(worker, "HELP", at=NOON)
    run(agency, minutes=0.1)
    postbox.letters(2)

    run(agency, minutes=5)

    ((subject, text),) = postbox.letters(1).values()
    assert subject == "EXERCISE. A call for help has no owner"
    assert text.startswith("EXERCISE. A call for help has no owner: case 1.\nhttps://muster.example/incidents/cases/")
    assert "Analyn" not in text


def test_the_demo_pages_and_mails_nobody(app, postbox):
    demo = factories.make_agency(is_demo=True)
    with tenancy.agency(demo.id):
        factories.make_user(demo, role="manager", name="Liza Ocampo")
        hear(factories.make_worker(demo), "HELP", at=NOON)

        letters = run(demo, minutes=5)

        assert paged() == ["Liza Ocampo"]
    assert letters == 0
    assert postbox.is_empty()


def test_without_a_mail_server_the_page_stands_all_the_same(agency, people, worker):
    hear(worker, "HELP", at=NOON)

    letters = run(agency, minutes=5)

    assert (letters, paged()) == (0, ["Liza Ocampo"])
    with db.reading() as session:
        assert session.scalar(select(audit.AuditEntry.id).where(audit.AuditEntry.action == "case.tell")) is None


def test_another_agency_hears_nothing(agency, people, worker):
    other = factories.make_agency()
    factories.make_user(other, role="manager", name="Stranger")
    hear(worker, "HELP", at=NOON)

    jobs.page(other.id, now=NOON + timedelta(minutes=5))

    assert paged() == []


def test_the_log_shows_a_page_as_a_sentence(agency, people, worker, client_of):
    incident = make_incident(people["Liza Ocampo"])
    hear(worker, "HELP", at=NOON)
    run(agency, minutes=5)

    with db.reading() as session:
        assert "paged" in [line.kind for line in log.lines(session, incident)]
    assert (
        "Nobody has case 1: the next person was asked"
        in client_of(people["Joy Abad"]).get(f"/incidents/{incident.id}/about").text
    )
