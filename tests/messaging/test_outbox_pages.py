"""Texts to one worker, the texts that failed, the agency's wording."""

import json

import pytest

from messaging.models import Message, TextTemplate
from messaging.outbox import receipts, wording
from messaging.outbox.cli import messages, run_worker
from tests import factories
from tests.messaging.test_inbox_conversation import say
from tests.messaging.texting import body_of, queued, texts_with
from workforce.core import clock, db, tenancy


@pytest.fixture
def worker(agency):
    return factories.make_worker(agency, full_name="Rodel Magsino", given_names="Rodel")


@pytest.fixture
def client(client_of, manager):
    return client_of(manager)


def fail(message, code="30005"):
    with db.transaction() as session:
        receipts.told(
            session, session.get(Message, message.id), "undelivered", at=clock.now(), source="twilio", error_code=code
        )


def test_one_text_to_one_worker_is_queued(client, agency, worker):
    assert client.get(f"/texts/to/{worker.id}").status_code == 200

    answer = client.post(f"/texts/to/{worker.id}", data={"body": "Please call the office"})

    assert answer.status_code == 302
    (message,) = texts_with(agency)
    assert (body_of(message), message.purpose) == (f"{agency.short_name}: Please call the office", "one_to_one")


def test_a_text_that_asks_for_a_carrier_word_is_looked_at_again(client, agency, worker):
    answer = client.post(f"/texts/to/{worker.id}", data={"body": "Reply YES if you are fine"})

    assert answer.status_code == 422
    assert b"Ask for a digit instead" in answer.data
    assert texts_with(agency) == []
    assert (
        client.post(f"/texts/to/{worker.id}", data={"body": "Reply YES if you are fine", "sure": "yes"}).status_code
        == 302
    )


def test_the_panel_shows_the_thread(client, worker, agency):
    queued(agency, worker=worker, body="Good morning")

    assert b"Good morning" in client.get(f"/texts/with/{worker.id}").data


def test_the_panel_says_what_is_doubtful_about_a_text(client, worker, agency):
    message = queued(agency, worker=worker)
    with db.transaction() as session:
        row = session.get(Message, message.id)
        row.possible_double = row.conflict = True

    page = client.get(f"/texts/with/{worker.id}").text

    assert "may have left twice" in page
    assert "both arrived and not arrived" in page


def test_failed_texts_say_who_why_and_what_to_do(client, agency, worker):
    message = queued(agency, worker=worker, purpose="one_to_one", body="Please call")
    fail(message)

    page = client.get("/texts/failed").get_data(as_text=True)

    assert "Rodel Magsino" in page
    assert "not in service" in page
    client.post(f"/texts/{message.id}/again")
    assert [one.state for one in texts_with(agency)] == ["undelivered", "queued"]


def test_a_crisis_text_is_not_sent_again_from_here(client, agency, worker):
    message = queued(agency, worker=worker, purpose="evacuation")
    fail(message)

    assert client.post(f"/texts/{message.id}/again").status_code == 409


def test_the_agencys_own_wording_is_what_leaves(client, agency):
    body = "{agency}: Naitala: LIGTAS {time}. Tulong? Ipadala ang 2."
    assert client.get("/texts/wording?language=tl").status_code == 200

    answer = client.post("/texts/wording/ack_safe/tl", data={"body": body, "version": "0"})

    assert answer.status_code == 302
    with db.reading() as session:
        assert (
            wording.text(session, agency.id, "ack_safe", "tl", agency="TALA", time="14:02")
            == "TALA: Naitala: LIGTAS 14:02. Tulong? Ipadala ang 2."
        )


def test_a_wording_without_its_placeholder_is_refused_at_the_field(client, agency):
    answer = client.post("/texts/wording/ack_safe/en", data={"body": "Got it", "version": "0"})

    assert answer.status_code == 422
    assert "{agency} is missing" in answer.get_data(as_text=True)


def test_an_older_version_overwrites_nothing(client, agency, manager):
    body = "{agency}: SAFE {time}. Help? Send 2."
    client.post("/texts/wording/ack_safe/en", data={"body": body, "version": "0"})

    assert client.post("/texts/wording/ack_safe/en", data={"body": body + " Now.", "version": "0"}).status_code == 409
    with db.reading() as session:
        assert [row.body for row in session.scalars(db_select())] == [body]


def test_staff_may_read_the_wording_and_not_change_it(client_of, staff):
    assert client_of(staff).get("/texts/wording").status_code == 200
    assert client_of(staff).get("/texts/wording/ack_safe/en").status_code == 403


@pytest.mark.parametrize("path", ["/texts/to/{}", "/texts/with/{}"])
def test_another_agencys_worker_is_not_there(client, path):
    foreign = factories.make_worker(factories.make_agency())

    assert client.get(path.format(foreign.id)).status_code == 404


def test_messages_are_listed_for_a_script(app, agency, worker):
    message = queued(agency, worker=worker, purpose="notice")
    tenancy.leave()

    answer = app.test_cli_runner().invoke(messages, ["list", "--json"])

    (line,) = json.loads(answer.stdout)
    assert line | {"queued_at": ""} == {
        "id": str(message.id), "worker": str(worker.id), "to_last4": line["to_last4"], "purpose": "notice", "channel": "sms", "priority": 5, "state": "queued", "attempts": 0,
        "provider_id": None, "possible_double": False, "conflict": False, "segments": 1, "queued_at": "", "accepted_at": None,
    }  # fmt: skip
    assert len(line["to_last4"]) == 4


def test_a_broadcast_that_is_not_there_is_said_in_one_line(app, agency):
    tenancy.leave()

    answer = app.test_cli_runner().invoke(messages, ["list", "--broadcast", "LBY-99/1"])

    assert answer.exit_code == 1
    assert "There is no broadcast LBY-99/1." in answer.stderr


def test_the_worker_is_a_command():
    assert run_worker.name == "worker"


def db_select():
    from sqlalchemy import select

    return select(TextTemplate)


def test_a_block_at_the_carrier_stands_on_everybody_with_that_number_and_start_takes_it_away(client_of, agency, staff):
    first, second = (factories.make_worker(agency, phone="+218911111111") for _ in range(2))
    message = queued(agency, worker=first)
    client = client_of(staff)

    with db.transaction() as session:
        blocked = session.get(Message, message.id)
        receipts.told(session, blocked, "undelivered", at=clock.now(), source="twilio", error_code="21610")
    stopped = [client.get(f"/texts/with/{one.id}").text for one in (first, second)]
    say(agency, "+218911111111", "START")
    started = client.get(f"/texts/with/{second.id}").text

    assert all("Blocked by the network" in page and "21610" in page for page in stopped)
    assert "START" in started and "texts go again" in started and "Blocked" not in started
    assert "noted STOP: no more texts" in client.get(f"/workers/{second.id}/history").text


def test_stop_stands_on_the_person_with_its_day(client_of, agency, staff):
    worker = factories.make_worker(agency, phone="+218911111111")

    say(agency, "+218911111111", "STOP")

    assert "No text goes until START comes from the same phone" in client_of(staff).get(f"/texts/with/{worker.id}").text
