"""Calls and WhatsApp on simulated phones: the ladder's steps, tried by hand as on a real phone."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from messaging.incidents import incidents, jobs, ladder
from messaging.models import Case, LadderMove, Message
from messaging.outbox.gateways.simulator import Simulator
from messaging.outbox.worker import Worker as Delivery
from messaging.phones import calls, network
from tests import factories
from tests.messaging.incident_factories import make_incident, person
from tests.messaging.test_incidents_texts import begun, send
from tests.messaging.texting import body_of, handset_of, texts_with
from workforce.core import clock, db


def work():
    engine = Delivery(lambda *_: Simulator())
    while engine.turn(clock.now()):
        pass


@pytest.fixture
def worker(agency):
    return factories.make_worker(agency, full_name="Rodel Magsino", language="tl")


@pytest.fixture
def handset(agency, worker):
    return handset_of(agency, worker)


@pytest.fixture
def chased(agency, manager, handset):
    """The silent of an incident, a minute after the only step of its ladder was due."""

    def go(step):
        incident = make_incident(manager, area="country")
        with db.transaction() as session:
            own = incidents.get(session, manager, incident.id)
            ladder.change(session, manager, own, {key: (key == step, "1") for key in ladder.KEYS}, at=clock.now())
        send(manager, incident, *begun(manager, incident, "safety_check"))
        work()
        for minutes in (0, 1):
            jobs.chase(agency.id, now=clock.now() + timedelta(minutes=minutes))
        work()
        return incident

    return go


def on_the_phone(client, handset, **form):
    client.post(f"/phones/{handset.id}/text", data=form)
    work()
    return client.get(f"/phones/?phone={handset.id}").get_data(as_text=True)


def called():
    (message,) = texts_with_channel("voice", "out")
    return message


def texts_with_channel(channel, direction):
    with db.reading() as session:
        mine = select(Message).where(Message.channel == channel, Message.direction == direction)
        return list(session.scalars(mine.order_by(Message.queued_at)))


def test_a_call_of_the_ladder_rings_speaks_their_language_and_a_two_is_a_call_for_help(client_of, manager, worker, handset, chased):  # fmt: skip
    incident, client = chased("voice"), client_of(manager)
    page = client.get(f"/phones/?phone={handset.id}").get_data(as_text=True)
    assert "Incoming call" in page and "A call is on the line" in page

    spoken = on_the_phone(client, handset, call="answer")
    after = on_the_phone(client, handset, key="2")

    assert "Pindutin ang 1 kung ligtas ka" in spoken
    assert "Call, answered with a digit" in after
    assert (called().state, person(incident, worker).status) == ("delivered", "HELP")
    with db.reading() as session:
        assert session.scalar(select(Case)) is not None


def test_another_key_than_1_and_2_keeps_the_call_on_the_line(client_of, manager, handset, chased):
    chased("voice")
    on_the_phone(client_of(manager), handset, call="answer")

    page = on_the_phone(client_of(manager), handset, key="7")

    assert "Hang up" in page
    assert texts_with_channel("voice", "in") == []


@pytest.mark.parametrize(("acts", "state", "code"), [
    (["decline"], "undelivered", "busy"), (["answer", "decline"], "delivered", ""), ([], "undelivered", "not_answered"),
])  # fmt: skip
def test_what_became_of_a_call_is_written_down_and_nobody_is_unreachable_for_it(client_of, manager, worker, handset, chased, acts, state, code):  # fmt: skip
    incident = chased("voice")

    for act in acts:
        on_the_phone(client_of(manager), handset, call=act)
    network.tick(clock.now() + calls.RINGS)

    assert (called().state, called().error_code) == (state, code)
    assert person(incident, worker).status == "SILENT"


def test_a_phone_without_signal_does_not_ring(client_of, manager, worker, handset, chased):
    client = client_of(manager)
    client.post(f"/phones/{handset.id}/faults", data={"no_signal": "yes"})

    chased("voice")

    assert (called().state, called().error_code) == ("undelivered", "not_answered")
    assert "Incoming call" not in client.get(f"/phones/?phone={handset.id}").get_data(as_text=True)


def test_whatsapp_of_the_ladder_is_answered_on_whatsapp(client_of, agency, manager, worker, handset, chased):
    incident, client = chased("whatsapp"), client_of(manager)
    page = client.get(f"/phones/?phone={handset.id}").get_data(as_text=True)

    on_the_phone(client, handset, body="1")

    assert "WhatsApp on this phone" in page
    (answer,) = texts_with(agency, Message.direction == "in")
    assert (answer.channel, body_of(answer), person(incident, worker).status) == ("whatsapp", "1", "SAFE")
    assert [one.gateway for one in texts_with_channel("whatsapp", "out")] == ["simulator"] * 2


def test_an_exercise_may_call_simulated_phones(agency, manager, worker, handset):
    drill = make_incident(manager, area="country", is_exercise=True)
    send(manager, drill, *begun(manager, drill, "safety_check"))
    work()

    for minutes in (0, 15, 30, 45, 60):
        jobs.chase(agency.id, now=clock.now() + timedelta(minutes=minutes))

    with db.reading() as session:
        steps = {one.step: one.state for one in session.scalars(select(LadderMove))}
    assert steps["voice"] == "texted"
