"""The inbox as a person uses it: HELP on top, one-click corrections, unknown numbers matched by hand."""

import json

import pytest

from messaging.inbox import threads
from messaging.incidents import board
from messaging.incidents import cases as case_rules
from messaging.models import Message
from tests import factories
from tests.messaging.incident_factories import make_incident
from tests.messaging.test_inbox_conversation import cases, say, status_of
from tests.messaging.texting import again, body_of, number_of, texts_with
from workforce.core import clock, db
from workforce.models import Worker


@pytest.fixture
def worker(agency):
    return factories.make_worker(agency, full_name="Rodel Magsino", given_names="Rodel")


@pytest.fixture
def client(client_of, staff):
    return client_of(staff)


def test_help_stands_above_what_came_later(client, agency, worker):
    say(agency, number_of(worker), "SOS")
    other = factories.make_worker(agency, full_name="Efren Cruz")
    say(agency, number_of(other), "ano po ito")

    page = client.get("/inbox/").get_data(as_text=True)

    assert page.index("Rodel Magsino") < page.index("Efren Cruz")


def test_an_empty_inbox_says_what_will_be_here(client):
    assert b"Nothing waits for you" in client.get("/inbox/").data


def test_the_badge_counts_what_waits(client, agency, worker):
    assert client.get("/inbox/badge").data == b""
    say(agency, number_of(worker), "SOS")

    assert client.get("/inbox/badge").data == b"1"


def test_an_answer_goes_to_the_number_that_wrote_and_handles_the_thread(client, agency, worker):
    message = say(agency, number_of(worker), "ano po ito")

    answer = client.post(f"/inbox/{message.id}/reply", data={"body": "Where are you?"})

    assert answer.status_code == 302
    (sent,) = texts_with(agency, Message.purpose == "one_to_one")
    assert body_of(sent) == f"{agency.short_name}: Where are you?"
    assert again(message).handled_at is not None


def test_an_empty_answer_is_said_beside_the_field(client, agency, worker):
    message = say(agency, number_of(worker), "hello")

    answer = client.post(f"/inbox/{message.id}/reply", data={"body": " "})

    assert answer.status_code == 422
    assert b"Write something first." in answer.data


def test_a_corrected_label_is_heard_by_the_board(client, agency, manager, worker):
    incident = make_incident(manager)
    message = say(agency, number_of(worker), "kuwan")

    client.post(f"/inbox/{message.id}/label", data={"status": "HELP"})

    assert status_of(incident, worker) == "HELP"
    assert len(cases(agency)) == 1


def test_an_unknown_number_is_matched_by_hand_and_its_help_is_heard(client, agency, manager, worker):
    incident = make_incident(manager)
    message = say(agency, "+218912399999", "SOS")
    assert b"Rodel Magsino" in client.get(f"/inbox/{message.id}?who=magsino").data

    client.post(f"/inbox/{message.id}/match", data={"worker_id": str(worker.id), "keep": "yes"})

    assert again(message).worker_id == worker.id
    assert body_of(message) == "SOS"
    assert status_of(incident, worker) == "HELP"
    with db.reading() as session:
        assert len(session.get(Worker, worker.id).phones) == 2


def test_another_agencys_worker_cannot_be_matched(client, agency):
    foreign = factories.make_worker(factories.make_agency())
    message = say(agency, "+218912399999", "SOS")

    assert client.post(f"/inbox/{message.id}/match", data={"worker_id": str(foreign.id)}).status_code == 404


def test_the_numbers_are_masked(client, agency, worker):
    message = say(agency, number_of(worker), "SOS")

    for path in ("/inbox/", f"/inbox/{message.id}"):
        assert number_of(worker) not in client.get(path).get_data(as_text=True)


@pytest.mark.parametrize("act", ["reply", "handled", "label", "match"])
def test_another_agencys_text_is_not_there(app, agency, client_of, act):
    message = say(agency, "+218912399999", "SOS")
    stranger = client_of(factories.make_user(factories.make_agency()))

    assert stranger.get(f"/inbox/{message.id}").status_code == 404
    assert (
        stranger.post(
            f"/inbox/{message.id}/{act}", data={"body": "x", "status": "SAFE", "worker_id": str(db.new_id())}
        ).status_code
        == 404
    )


def test_a_stranger_is_turned_away(app):
    assert app.test_client().get("/inbox/").status_code == 302


def test_a_thread_has_one_who_answers_it(client, client_of, agency, staff, worker):
    message = say(agency, number_of(worker), "ano po ito")
    other = client_of(factories.make_user(agency, name="Joy Cruz"))

    client.post(f"/inbox/{message.id}/take")

    assert "Rodel Magsino" in client.get("/inbox/?show=mine").text
    assert "Rodel Magsino" not in other.get("/inbox/?show=mine").text
    assert "Test Person answers" in other.get("/inbox/").text
    assert other.post(f"/inbox/{message.id}/take").status_code == 409
    client.post(f"/inbox/{message.id}/leave")
    assert other.post(f"/inbox/{message.id}/take").status_code == 302


def test_what_nobody_has_looked_at_is_new(client, agency, worker):
    message = say(agency, number_of(worker), "ano po ito")
    assert ">new<" in client.get("/inbox/").text

    client.get(f"/inbox/{message.id}")

    assert ">new<" not in client.get("/inbox/").text
    say(agency, number_of(worker), "hello")
    assert ">new<" in client.get("/inbox/").text


def test_a_call_for_help_shows_its_clock_until_somebody_has_it(client, agency, worker):
    message = say(agency, number_of(worker), "SOS")

    assert "nobody has it, opened just now" in client.get("/inbox/").text
    assert "nobody has it" in client.get(f"/inbox/{message.id}").text


def test_a_flood_pushes_no_call_for_help_off_the_list(client, agency, worker, monkeypatch):
    monkeypatch.setattr(threads, "MOST_OPEN", 3)
    say(agency, number_of(worker), "SOS")
    other = factories.make_worker(agency, full_name="Efren Cruz")
    for _ in range(6):
        say(agency, number_of(other), "ano po ito")

    assert "Rodel Magsino" in client.get("/inbox/").text


def test_a_ready_text_comes_in_the_persons_language(client, agency):
    tagalog = factories.make_worker(agency, language="tl", languages=["tl"])
    message = say(agency, number_of(tagalog), "ano po ito")

    page = client.get(f"/inbox/{message.id}?reply=ask_place").text

    assert "Ipadala ang pangalan ng bayan" in page


def test_a_correction_is_kept_with_the_text_for_the_word_lists(app, client, agency, worker):
    message = say(agency, number_of(worker), "di na po namin kaya")

    client.post(f"/inbox/{message.id}/label", data={"status": "HELP"})
    printed = app.test_cli_runner().invoke(args=["texts", "corrections", "--json"])

    (line,) = json.loads(printed.output)
    assert (line["is"], line["text"]) == ("HELP", "di na po namin kaya")


def test_who_has_called_for_help_and_waited_longest_stands_on_top_with_the_clock(agency, manager, client_of):
    first, second = (factories.make_worker(agency, full_name=name) for name in ("First Caller", "Second Caller"))
    for name in ("Ana Cruz", "Ben Lim"):
        factories.make_worker(agency, full_name=name, phone="+218915555555")
    for number in (number_of(first), "+218915555555", number_of(second)):
        say(agency, number, "SOS")
    with db.reading() as session:
        listed = threads.listing(session, manager)
        assert [one.worker.full_name if one.worker else "shared" for one in listed] == [
            "First Caller",
            "shared",
            "Second Caller",
        ]
        assert all(one.case is not None for one in listed)

    with db.transaction() as session:
        case_rules.take(session, manager, case_rules.get(session, manager, listed[0].case.id), at=clock.now())

    with db.reading() as session:
        assert threads.listing(session, manager)[0].worker is None
    assert "Take case" in client_of(manager).get(f"/inbox/{listed[1].newest.id}").text


def test_who_called_by_a_link_stands_among_the_calls_for_help(agency, manager):
    linked, other = factories.make_worker(agency, full_name="Linked Person"), factories.make_worker(agency)
    say(agency, number_of(linked), "when do we go home")
    say(agency, number_of(other), "when do we go home")
    with db.transaction() as session:
        board.hear(
            session, session.get(Worker, linked.id), "HELP", evidence="I need help", source="link", at=clock.now()
        )

    with db.reading() as session:
        assert threads.listing(session, manager)[0].worker.full_name == "Linked Person"
