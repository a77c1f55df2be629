"""The pages of incidents: doors, the live board, areas as people give them, and the command."""

import io
import json

import pytest
from sqlalchemy import select

from messaging.incidents import areas, audience, incidents
from messaging.models import Broadcast, Case, Incident, Message
from tests import factories
from tests.messaging.incident_factories import hear, make_incident, person
from tests.messaging.test_incidents_texts import begun
from workforce.core import clock, db
from workforce.core.errors import Invalid

SQUARE = {"type": "Polygon", "coordinates": [[[13, 32], [14, 32], [14, 33], [13, 33], [13, 32]]]}


def test_opening_an_incident_takes_one_form(app, agency, manager, client_of):
    factories.make_worker(agency)

    answer = client_of(manager).post(
        "/incidents/new", data={"country": "LY", "name": "", "how": "country", "alert_level": "4"}
    )

    assert answer.status_code == 302
    with db.reading() as session:
        incident = session.scalar(select(Incident))
        assert (incident.name, len(areas.of(session, incident))) == ("Libya evacuation", 1)


def test_without_a_country_no_incident_opens(app, manager, client_of):
    answer = client_of(manager).post("/incidents/new", data={"country": "", "how": "country", "alert_level": "4"})

    assert answer.status_code == 422
    assert b"Choose a country." in answer.data


def test_a_board_without_people_does_not_call_them_safe(app, manager, client_of):
    incident = make_incident(manager)

    page = client_of(manager).get(f"/incidents/{incident.id}").data

    assert b"Nobody is in this country" in page
    assert b"Everybody is safe" not in page


def test_an_outline_that_crosses_itself_is_said_where_it_was_drawn(app, manager, client_of):
    data = {
        "country": "LY",
        "name": "Coast",
        "how": "drawn",
        "corners": "32,13\n33,14\n33,13\n32,14",
        "alert_level": "4",
    }

    answer = client_of(manager).post("/incidents/new", data=data)

    assert answer.status_code == 422
    assert b"crosses itself near 32.50, 13.50" in answer.data
    with db.reading() as session:
        assert session.scalar(select(Incident)) is None


@pytest.mark.parametrize(
    ("corners", "words"),
    [("32,13\n33,14", "three corners"), ("32,13\n99,14\n32,15", "Line 2"), ("32,13\nthere\n32,15", "Line 2")],
)
def test_typed_corners_are_checked_line_by_line(app, corners, words):
    with pytest.raises(Invalid, match=words):
        areas.from_corners(corners)


def test_an_uploaded_area_counts_people(app, agency, manager, client_of):
    worker = factories.make_worker(agency, site="Camp 4", site_at=(32.5, 13.5))
    incident = make_incident(manager)
    file = (io.BytesIO(json.dumps({"type": "Feature", "geometry": SQUARE, "properties": {}}).encode()), "area.geojson")

    answer = client_of(manager).post(
        f"/incidents/{incident.id}/areas/new", data={"how": "file", "kind": "danger", "file": file}
    )

    assert answer.status_code == 302
    with db.transaction() as session:
        found = audience.place(session, manager, incidents.get(session, manager, incident.id), now=clock.now())
        assert {one.worker.id: one.whereabouts for one in found} == {worker.id: "perhaps"}


def test_the_board_quotes_what_was_said(app, agency, manager, staff, client_of):
    worker = factories.make_worker(agency, full_name="Rodel Magsino", site="Tank Farm B")
    incident = make_incident(manager)
    hear(worker, "HELP", evidence="hindi ligtas dto")

    page = client_of(staff).get(f"/incidents/{incident.id}").get_data(as_text=True)

    assert "hindi ligtas dto" in page
    assert "Take case" in page


def test_the_live_board_answers_only_when_something_changed(app, agency, manager, staff, client_of):
    worker, incident, client = factories.make_worker(agency), make_incident(manager), client_of(staff)
    page = client.get(f"/incidents/{incident.id}").get_data(as_text=True)
    stamp = page.partition("sum?stamp=")[2].partition("&")[0]

    before = client.get(f"/incidents/{incident.id}/sum?stamp={stamp}")
    hear(worker, "SAFE")
    after = client.get(f"/incidents/{incident.id}/sum?stamp={stamp}")

    assert (before.status_code, after.status_code) == (204, 200)


def test_the_strip_says_how_many_are_safe(app, agency, manager, staff, client_of):
    worker, incident = factories.make_worker(agency), make_incident(manager)
    hear(worker, "SAFE")

    strip = client_of(staff).get("/incidents/strip").get_data(as_text=True)

    assert incident.code in strip
    assert "All accounted for" in strip


def test_marking_by_hand_works_without_javascript(app, agency, manager, staff, client_of):
    worker, incident = factories.make_worker(agency), make_incident(manager)
    url = f"/incidents/{incident.id}/people/{worker.id}/mark"

    nameless = client_of(staff).post(url, data={"status": "SAFE", "informant": ""})
    named = client_of(staff).post(url, data={"status": "SAFE", "informant": "Ariel, his buddy", "note": "kasama ko"})

    assert (nameless.status_code, named.status_code) == (422, 302)
    assert person(incident, worker).status == "SAFE"


def test_staff_take_a_case_from_the_board(app, agency, manager, staff, client_of):
    worker, _incident = factories.make_worker(agency), make_incident(manager)
    hear(worker, "HELP")
    with db.reading() as session:
        case_id = session.scalar(select(Case.id))

    client_of(staff).post(f"/incidents/cases/{case_id}/take", data={"back": "board"})

    with db.reading() as session:
        assert session.scalar(select(Case.owner_id)) == staff.id


def test_from_the_board_to_sent_is_three_posts(app, agency, manager, client_of):
    factories.make_worker(agency)
    incident, client = make_incident(manager, area="country"), client_of(manager)
    text_url = client.post(f"/incidents/{incident.id}/texts", data={"template": "safety_check"}).location
    page = client.get(text_url).get_data(as_text=True)
    seen = page.partition('name="seen" value="')[2].partition('"')[0]

    wrong = client.post(text_url + "/send", data={"seen": seen, "count": "7"})
    right = client.post(text_url + "/send", data={"seen": seen, "count": "1"})

    assert (wrong.status_code, right.status_code) == (422, 302)
    with db.reading() as session:
        assert len(list(session.scalars(select(Message)))) == 1


@pytest.mark.parametrize("path", ["new", "{id}/areas/new", "{id}/texts/{text}"])
def test_staff_may_not_open_draw_or_write(app, agency, manager, staff, client_of, path):
    incident = make_incident(manager, area="country")
    client_of(manager).post(f"/incidents/{incident.id}/texts")
    with db.reading() as session:
        text = session.scalar(select(Broadcast.id))

    answer = client_of(staff).get("/incidents/" + path.format(id=incident.id, text=text))

    assert answer.status_code == 403


def test_numbers_are_shown_with_a_trace(app, agency, manager, staff, client_of):
    worker, incident = factories.make_worker(agency, phone="+218911234567"), make_incident(manager)

    page = client_of(staff).get(f"/incidents/{incident.id}/people/{worker.id}/call").get_data(as_text=True)

    assert "tel:+218911234567" in page


def test_the_command_prints_the_board(app, agency, manager):
    worker, incident = factories.make_worker(agency, full_name="Analyn Querubin"), make_incident(manager)
    hear(worker, "SAFE", evidence="ok na po ako")

    printed = app.test_cli_runner().invoke(
        args=["incidents", "board", incident.code, "--json", "--agency", agency.name]
    )

    found = json.loads(printed.output)
    assert found["counts"]["SAFE"] == 1
    assert found["all_accounted"]
    assert {"id", "name", "status", "evidence", "source", "at", "next_step", "next_at"} <= set(found["people"][0])
    assert found["people"][0]["evidence"] == "ok na po ako"


def test_the_command_opens_an_incident_as_a_named_manager(app, agency, staff):
    factories.make_worker(agency)
    factories.make_user(agency, role="manager", email="liza@tala.example")

    opened = app.test_cli_runner().invoke(
        args=["incidents", "open", "Libya", "--country", "LY", "--as", "liza@tala.example", "--json"]
    )

    assert json.loads(opened.output)["people"] == 1


def keep_words(client, incident, text, body):
    """Keep these English words; the page that one is led to."""
    page = f"/incidents/{incident.id}/texts/{text}"
    return client.post(f"{page}/words", data={"body-en": body}, follow_redirects=True).get_data(as_text=True)


@pytest.fixture
def draft(agency, manager):
    """A text to one person, not sent yet: (incident, id)."""
    factories.make_worker(agency, language="en")
    incident = make_incident(manager, area="country")
    return incident, begun(manager, incident)[0]


def test_a_text_from_which_somebody_deleted_the_stamp_can_still_be_sent(manager, client_of, draft):
    page = keep_words(client_of(manager), *draft, "Leave Libya now. Answer 1 safe, 2 need help.")

    assert "Ask to text 1 person" in page or "Text 1 person" in page
    assert "2 need help. <mark>" in page.replace("\n", "")


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("Go to {gate}. 1 safe, 2 need help. {stamp}", "Nothing fills the placeholder {gate}."),
        ("   ", "There is no text in this language yet."),
        ("Reply STOP. {stamp}", "a word that carriers keep for themselves"),
    ],
)
def test_a_text_that_cannot_leave_stays_open_for_writing_and_says_why(manager, client_of, draft, body, said):
    page = keep_words(client_of(manager), *draft, body)

    assert said in page
    assert "Keep the words first" in page


def test_marks_that_turn_the_order_of_writing_are_not_kept(manager, client_of, draft):
    keep_words(client_of(manager), *draft, "Go \u202etrop eht ot\u202c now. 1 safe, 2 need help. {stamp}")

    with db.reading() as session:
        assert session.get(Broadcast, draft[1]).bodies["en"].startswith("Go trop eht ot now.")


def test_without_anybody_chosen_the_page_says_so_even_while_one_writes(manager, client_of, draft):
    incident, text = draft
    page = client_of(manager).post(f"/incidents/{incident.id}/texts/{text}/people", data={}, follow_redirects=True)

    assert b"Nobody among them can be texted." in page.data


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("area", " ", "Name the dangerous area"),
        ("go_to", "", "Say where people are to go"),
        ("embassy_phone", "ask Joy", "“ask Joy” is not a telephone number"),
    ],
)
def test_a_gap_in_the_facts_is_said_and_what_was_typed_is_kept(manager, client_of, draft, name, value, said):
    incident, text = draft
    facts = {"template": "evacuate", "area": "Libya", "go_to": "Port gate 3", "embassy_phone": "+218 21 555"} | {
        name: value
    }

    answer = client_of(manager).post(f"/incidents/{incident.id}/texts/{text}/fill", data=facts)

    page = answer.get_data(as_text=True)
    assert (answer.status_code, said in page) == (422, True)
    assert all(f'value="{one}"' in page for key, one in facts.items() if key != "template" and one.strip())
    with db.reading() as session:
        assert "Port gate 3" not in session.get(Broadcast, text).bodies["en"]
