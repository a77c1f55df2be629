"""From where a reply comes back: what came with Muster, what an agency found, and what that puts into a text."""

from datetime import date

import pytest
from sqlalchemy import select

from messaging.incidents import broadcasts
from messaging.models import ReplyRoute
from messaging.replies import routes
from tests import factories
from tests.messaging.incident_factories import make_incident
from workforce import countries
from workforce.core import clock, db, tenancy
from workforce.core.audit import AuditEntry
from workforce.core.errors import Conflict
from workforce.people.wrong import WrongField


@pytest.fixture
def database_url(any_database):
    return any_database


def save(user, country="AE", **facts):
    told = {
        "verdict": "replaced",
        "note": "",
        "reply_number": "",
        "missed_call_number": "",
        "source": "tried by Joy",
        "checked_on": date(2027, 1, 4),
        "version": 0,
    }
    with tenancy.agency(user.agency_id), db.transaction() as session:
        return routes.save(session, user, country, **{**told, **facts}, at=clock.now())


def test_every_country_that_came_with_muster_has_a_known_verdict_a_source_and_a_day():
    for country, route in routes.delivered().items():
        assert country in countries.all_codes() and route.verdict in routes.VERDICTS
        assert route.source and route.known_on


@pytest.mark.parametrize(
    ("country", "lost"),
    [("LY", False), ("SA", False), ("AE", True), ("QA", True), ("PH", True), ("SG", True), ("YE", False)],
)
def test_a_reply_is_lost_where_the_sender_is_replaced(agency, country, lost):
    with db.reading() as session:
        assert routes.of(session, agency.id, country).is_lost is lost


def test_an_agencys_own_finding_goes_before_the_file_and_leaves_a_line(agency, manager):
    save(manager, "AE", verdict="kept", note="Etisalat and du")

    with db.reading() as session:
        route = routes.of(session, agency.id, "AE")
        assert (route.verdict, route.known_on, route.source) == ("kept", date(2027, 1, 4), "tried by Joy")
        assert "AE" not in routes.hidden(session, agency.id)
        assert session.scalar(select(AuditEntry.detail).where(AuditEntry.action == "reply_route.save")) == {
            "country": "AE",
            "verdict": "kept",
        }


def test_a_finding_is_one_agencys_alone(agency, manager):
    save(manager, "AE", verdict="kept")
    other = factories.make_agency()

    with tenancy.agency(other.id), db.reading() as session:
        assert routes.of(session, other.id, "AE").verdict == "replaced"


def test_a_finding_without_a_source_and_a_number_that_is_none_are_refused_at_their_fields(agency, manager):
    with pytest.raises(WrongField) as nowhere:
        save(manager, "AE", verdict="kept", source=" ")
    with pytest.raises(WrongField) as number:
        save(manager, "AE", reply_number="12")

    assert (nowhere.value.field, number.value.field) == ("source", "reply_number")


def test_who_saves_an_older_page_is_told(agency, manager):
    save(manager, "AE", verdict="kept")

    with pytest.raises(Conflict):
        save(manager, "AE", verdict="limited")


def test_going_back_leaves_what_came_with_muster(agency, manager):
    save(manager, "AE", verdict="kept")
    with db.transaction() as session:
        routes.reset(session, manager, "AE")

    with db.reading() as session:
        assert routes.of(session, agency.id, "AE").verdict == "replaced"
        assert session.scalars(select(ReplyRoute)).all() == []


def test_an_audience_is_told_from_where_no_reply_comes_back_worst_first(agency, manager):
    with db.reading() as session:
        found = routes.warnings(session, agency.id, {"LY": 50, "YE": 3, "PH": 2, "AE": 9, "": 0})

    assert [(one.route.country, one.people, one.route.is_lost) for one in found] == [
        ("AE", 9, True),
        ("PH", 2, True),
        ("YE", 3, False),
    ]


@pytest.mark.parametrize(
    ("numbers", "words"),
    [
        ({"reply_number": "050 123 4567"}, "Answer to +971501234567."),
        ({"missed_call_number": "+971501234567"}, "Or one missed call, free, to +971501234567."),
        (
            {"reply_number": "+971501234567", "missed_call_number": "+971501234567"},
            "Answer to +971501234567 or give it a missed call.",
        ),
    ],
)
def test_a_crisis_text_says_where_to_answer_where_our_number_is_hidden(agency, manager, numbers, words):
    factories.make_worker(agency, host_country="AE")
    save(manager, "AE", **numbers)
    incident = make_incident(manager, countries=("AE",))

    with db.transaction() as session:
        draft = broadcasts.begin(session, manager, incident, template="safety_check", at=clock.now())

    assert f"{words} {{stamp}}" in draft.bodies["en"]
    assert all("+971501234567" in body for body in draft.bodies.values())


def test_a_crisis_text_says_nothing_of_it_where_replies_come_back(agency, manager):
    factories.make_worker(agency, host_country="LY")
    save(manager, "LY", verdict="kept", reply_number="+218911234567")
    incident = make_incident(manager)

    with db.transaction() as session:
        draft = broadcasts.begin(session, manager, incident, template="safety_check", at=clock.now())

    assert "+218911234567" not in draft.bodies["en"]


def test_the_composer_warns_and_settings_take_the_agencys_finding(client_of, agency, manager):
    factories.make_worker(agency, host_country="AE")
    incident = make_incident(manager, countries=("AE",))
    with db.transaction() as session:
        draft = broadcasts.begin(session, manager, incident, template="safety_check", at=clock.now())
    page = f"/incidents/{incident.id}/texts/{draft.id}"
    admin = client_of(factories.make_user(agency, role="admin"))

    assert "a reply is lost. Enter a number of that country" in client_of(manager).get(page).text
    answer = admin.post(
        "/settings/replies/AE",
        data={"verdict": "replaced", "reply_number": "+971501234567", "source": "", "version": "0"},
    )
    assert answer.status_code == 302
    assert "+971501234567" in admin.get("/settings/replies/").text
    assert "the text says where to answer" in client_of(manager).get(page).text


def test_only_an_admin_changes_what_is_noted(client_of, agency, staff):
    assert client_of(staff).get("/settings/replies/").status_code == 200
    assert client_of(staff).post("/settings/replies/AE", data={"verdict": "kept", "source": "x"}).status_code == 403


def test_a_wrong_number_is_answered_beside_its_field(client_of, agency):
    admin = client_of(factories.make_user(agency, role="admin"))

    answer = admin.post(
        "/settings/replies/AE", data={"verdict": "replaced", "reply_number": "12", "note": "kept words", "version": "0"}
    )

    assert answer.status_code == 422
    assert "kept words" in answer.text


def test_the_countries_of_ones_own_people_stand_first_and_the_others_are_folded(client_of, agency, manager):
    factories.make_worker(agency, host_country="AE")

    page = client_of(manager).get("/settings/replies/").text

    own, _fold, rest = page.partition('<details class="fold">')
    assert "United Arab Emirates" in own and "Qatar" not in own
    assert "Qatar" in rest and "United Arab Emirates" not in rest


@pytest.mark.parametrize(("asked", "there", "gone"), [("q=qat", "Qatar", "Singapore"), ("q=SG", "Singapore", "Qatar"), ("verdict=replaced", "Qatar", "Libya"), ("q=atlantis", "No country fits", "Qatar")])  # fmt: skip
def test_a_country_is_looked_for_by_name_code_or_answer(client_of, agency, manager, asked, there, gone):
    page = client_of(manager).get(f"/settings/replies/?{asked}").text

    assert there in page and gone not in page
    assert '<details class="fold">' not in page
