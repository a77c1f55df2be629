"""The simulated network: texts land on handsets, faults delay or lose them, scripts answer through the same door."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from messaging.models import Handset, HandsetText, Message
from messaging.outbox.gateways.simulator import Simulator
from messaging.outbox.worker import Worker
from messaging.phones import handsets, network
from tests import factories
from tests.messaging.texting import again, body_of, handset_of, queued, texts_with
from workforce.core import clock, db, tenancy, vault


@pytest.fixture
def worker(agency):
    return factories.make_worker(agency)


def work(now=None):
    """Everything that is due at `now`, until nothing moves."""
    simulator = Simulator()
    engine = Worker(lambda *_: simulator)
    while engine.turn(now or clock.now()):
        pass


def on_phone(handset):
    with db.reading() as session:
        rows = session.scalars(
            select(HandsetText).where(HandsetText.handset_id == handset.id, HandsetText.handed_over_at.is_not(None))
        )
        return [(row.direction, vault.reveal(session, row, "body")) for row in rows]


def test_a_text_lands_on_the_handset_and_is_delivered(agency, worker):
    handset = handset_of(agency, worker)
    message = queued(agency, worker=worker, body="Answer 1 or 2")

    work()

    assert on_phone(handset) == [("in", "Answer 1 or 2")]
    assert again(message).state == "delivered"


def test_a_number_without_a_handset_is_undelivered(agency, worker):
    message = queued(agency, worker=worker)

    work()

    assert (again(message).state, again(message).error_code) == ("undelivered", "30005")


def test_a_phone_that_is_out_of_service_gets_nothing(agency, worker):
    handset_of(agency, worker, is_in_service=False)
    message = queued(agency, worker=worker)

    work()

    assert again(message).state == "undelivered"


@pytest.mark.parametrize("fault", [{"has_signal": False}, {"is_on": False}])
def test_without_signal_a_text_waits_and_comes_when_the_phone_is_back(agency, worker, fault):
    handset = handset_of(agency, worker, **fault)
    message = queued(agency, worker=worker)
    work()
    assert again(message).state == "accepted"
    with db.transaction() as session:
        row = session.get(Handset, handset.id)
        row.has_signal = row.is_on = True

    work()

    assert again(message).state == "delivered"


def test_a_text_that_nobody_took_in_time_is_undelivered(agency, worker):
    handset_of(agency, worker, has_signal=False)
    message = queued(agency, worker=worker, valid_until=clock.now() + timedelta(seconds=60))
    work()

    network.give_up(clock.now() + timedelta(seconds=61))

    assert (again(message).state, again(message).error_code) == ("undelivered", "30003")


def test_a_late_network_delivers_later(agency, worker):
    handset_of(agency, worker, late_seconds=180)
    message, now = queued(agency, worker=worker), clock.now()
    work(now)
    assert again(message).state == "accepted"

    work(now + timedelta(seconds=181))

    assert again(message).state == "delivered"


def test_a_scripted_answer_comes_in_when_it_is_due_and_only_once(agency, worker):
    handset_of(agency, worker, [{"when": "crisis", "after": 12.5, "say": "SAFE"}])
    now = clock.now()
    queued(agency, worker=worker, purpose="evacuation")
    work(now)
    assert texts_with(agency, Message.direction == "in") == []

    work(clock.now() + timedelta(seconds=13))
    work(clock.now() + timedelta(seconds=30))

    (answer,) = texts_with(agency, Message.direction == "in")
    assert (body_of(answer), answer.label, answer.worker_id) == ("SAFE", "safe", worker.id)


def test_a_script_keeps_its_steps_for_the_texts_they_fit(agency, worker):
    handset = handset_of(
        agency, worker, [{"when": "reply", "after": 0, "say": "tank farm"}, {"when": "crisis", "after": 0, "say": "2"}]
    )

    with db.transaction() as session:
        row = session.get(Handset, handset.id)
        assert handsets.answer_by_script(session, row, "notice", clock.now()) is None
        first = handsets.answer_by_script(session, row, "safety", clock.now())
        second = handsets.answer_by_script(session, row, "reply", clock.now())
        third = handsets.answer_by_script(session, row, "safety", clock.now())
        assert [vault.reveal(session, one, "body") for one in (first, second)] == ["2", "tank farm"]
        assert third is None


def test_an_answer_by_hand_drops_what_the_script_had_in_mind(agency, worker):
    handset = handset_of(agency, worker, [{"when": "crisis", "after": 60, "say": "1"}])
    queued(agency, worker=worker)
    work()
    with db.transaction() as session:
        handsets.answer(session, session.get(Handset, handset.id), "2", clock.now())

    work(clock.now() + timedelta(seconds=120))

    assert [body_of(one) for one in texts_with(agency, Message.direction == "in")] == ["2"]


def test_the_others_answer_when_told_to(agency, worker):
    handset_of(agency, worker, [{"when": "crisis", "after": None, "say": "SAFE"}])
    queued(agency, worker=worker)
    work()
    system = tenancy.System(agency.id)

    with db.transaction() as session:
        assert handsets.count_waiting(session, system) == 1
        assert handsets.let_answer(session, system, clock.now()) == 1
    work()

    assert len(texts_with(agency, Message.direction == "in")) == 1


def test_the_same_attempt_lands_once(agency, worker):
    handset = handset_of(agency, worker)
    message = queued(agency, worker=worker)
    from messaging.outbox.gateways import Draft

    with db.reading() as session:
        number = vault.reveal(session, session.get(Message, message.id), "number")
    draft = Draft(message.id, agency.id, worker.id, "safety", number, "Hello", "t", 1, clock.now())

    Simulator().send([draft])
    Simulator().send([draft])

    assert len(on_phone(handset)) == 1
    assert len(Simulator().find(draft)) == 1
