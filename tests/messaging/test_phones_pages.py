"""The page of simulated phones: answer as a worker would."""

import pytest

from messaging.models import Handset, Message
from messaging.outbox.gateways.simulator import Simulator
from messaging.outbox.worker import Worker as Delivery
from tests import factories
from tests.messaging.texting import body_of, handset_of, queued, texts_with
from workforce.core import clock, db


@pytest.fixture
def worker(agency):
    return factories.make_worker(agency, full_name="Rodel Magsino")


@pytest.fixture
def client(client_of, staff):
    return client_of(staff)


def work():
    engine = Delivery(lambda *_: Simulator())
    while engine.turn(clock.now()):
        pass


def test_without_phones_the_page_says_what_to_do_first(client):
    assert b"No simulated phones yet" in client.get("/phones/").data


def test_everybody_with_a_number_gets_a_phone_once(client, agency, worker):
    factories.make_worker(agency, phone=None)

    client.post("/phones/make")
    client.post("/phones/make")

    with db.reading() as session:
        assert [one.worker_id for one in session.query(Handset)] == [worker.id]


def test_a_phone_shows_its_texts_and_what_was_made_of_the_answer(client, agency, worker):
    handset = handset_of(agency, worker)
    queued(agency, worker=worker, body="Are you safe?")
    work()

    client.post(f"/phones/{handset.id}/text", data={"body": "hindi ligtas dito"})
    work()
    page = client.get(f"/phones/?phone={handset.id}").get_data(as_text=True)

    assert "Are you safe?" in page
    assert "hindi ligtas dito" in page
    assert "is-help" in page
    (answer,) = texts_with(agency, Message.direction == "in")
    assert answer.label == "help"


@pytest.mark.parametrize(
    ("form", "said"), [({"key": "2"}, "2"), ({"mood": "safe"}, "1"), ({"body": "SAFE", "key": ""}, "SAFE")]
)
def test_keys_and_chips_work_without_scripts(client, agency, worker, form, said):
    handset = handset_of(agency, worker)

    client.post(f"/phones/{handset.id}/text", data=form)
    work()

    assert [body_of(one) for one in texts_with(agency, Message.direction == "in")] == [said]


def test_a_phone_without_signal_sends_nothing_until_it_has_some(client, agency, worker):
    handset = handset_of(agency, worker)
    client.post(f"/phones/{handset.id}/faults", data={"no_signal": "yes", "language": "tl"})
    client.post(f"/phones/{handset.id}/text", data={"body": "SOS"})
    work()
    assert texts_with(agency, Message.direction == "in") == []

    client.post(f"/phones/{handset.id}/faults", data={"language": "tl"})
    work()

    assert len(texts_with(agency, Message.direction == "in")) == 1


@pytest.mark.parametrize("part", ["handsets", "screen", "read"])
def test_each_part_can_be_fetched_alone(client, agency, worker, part):
    handset = handset_of(agency, worker)

    page = client.get(f"/phones/?phone={handset.id}&part={part}").get_data(as_text=True)

    assert "<html" not in page


def test_another_agencys_phone_is_not_there(client):
    other = factories.make_agency()
    foreign = handset_of(other, factories.make_worker(other))

    assert client.get(f"/phones/?phone={foreign.id}").status_code == 404
    assert client.post(f"/phones/{foreign.id}/text", data={"body": "SOS"}).status_code == 404
