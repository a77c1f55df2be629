"""What is queued leaves, most urgent first, each text once, whatever dies on the way."""

import random
import threading
from datetime import timedelta

import pytest
from sqlalchemy import select

from messaging.models import Broadcast, Message, MessageEvent
from messaging.outbox import delivery, outbox, receipts
from messaging.outbox.worker import Worker
from tests import factories
from tests.messaging.test_outbox import make_broadcast
from tests.messaging.texting import Memory, again, queued
from workforce.core import clock, db, tenancy


@pytest.fixture
def database_url(any_database):
    return any_database


@pytest.fixture
def gateway():
    return Memory()


def send_all(gateway, now=None, worker="w1"):
    """One round without a thread: claim, submit, hand over, settle."""
    now = now or clock.now()
    for held in delivery.claim(worker, now, limit=200):
        for parcel in delivery.submit(held, now, gateway):
            delivery.settle(delivery.hand_over(parcel), now)


def left_in_doubt(gateway, message, *, sent):
    """A worker that died between `submitting` and the answer."""
    now = clock.now()
    gateway.answers = ["doubt" if sent else "lost"]
    send_all(gateway, now)
    assert again(message).state == "submitting"
    return now


def test_a_text_is_accepted_with_the_id_of_the_provider(agency, gateway):
    message = queued(agency)

    send_all(gateway)

    kept = again(message)
    assert (kept.state, kept.attempts, kept.provider_id) == ("accepted", 1, gateway.id_of(gateway.sent[0]))


def test_submitting_is_committed_before_the_gateway_is_called(agency):
    message, seen = queued(agency), []

    class Watching(Memory):
        def send(self, drafts):
            seen.append(again(message).state)
            return super().send(drafts)

    send_all(Watching())

    assert seen == ["submitting"]


def test_an_evacuation_overtakes_a_notice(agency, gateway):
    notice, evacuation = queued(agency, purpose="notice"), queued(agency, purpose="evacuation")

    send_all(gateway)

    assert [draft.message_id for draft in gateway.sent] == [evacuation.id, notice.id]


def test_two_workers_at_once_send_each_text_once(agency):
    messages = [queued(agency) for _ in range(20)]
    gateway = Memory()
    workers = [Worker(gateway), Worker(gateway)]

    def drain(worker):
        while worker.turn(clock.now()):
            pass

    threads = [threading.Thread(target=drain, args=(worker,)) for worker in workers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(draft.message_id for draft in gateway.sent) == sorted(message.id for message in messages)


def test_what_is_too_late_expires_and_does_not_leave(agency, gateway):
    message = queued(agency, valid_until=clock.now() - timedelta(seconds=1))

    send_all(gateway)

    assert again(message).state == "expired"
    assert gateway.sent == []


def test_a_text_for_later_waits(agency, gateway):
    message = queued(agency, not_before_at=clock.now() + timedelta(hours=1))

    send_all(gateway)

    assert again(message).state == "queued"


def test_a_paused_broadcast_waits_and_the_rest_goes_on(agency, gateway):
    broadcast, other = make_broadcast(agency, state="paused"), queued(agency, purpose="notice")
    paused = queued(agency, broadcast_id=broadcast.id)

    send_all(gateway)

    assert (again(paused).state, again(other).state) == ("queued", "accepted")


def test_a_cancel_after_the_claim_still_wins(agency, gateway):
    broadcast = make_broadcast(agency)
    message, now = queued(agency, broadcast_id=broadcast.id), clock.now()
    (held,) = delivery.claim("w1", now, limit=10)
    with db.transaction() as session:
        outbox.cancel(session, session.get(Broadcast, broadcast.id))

    assert delivery.submit(held, now, gateway) == []
    assert again(message).state == "cancelled"


def test_a_claim_whose_worker_died_returns_to_the_queue(agency, gateway):
    message, now = queued(agency), clock.now()
    delivery.claim("dead", now, limit=10)

    delivery.free_leases(now + timedelta(seconds=61))

    assert again(message).state == "queued"


def test_a_text_sent_before_the_crash_is_found_and_not_sent_again(agency, gateway):
    message = queued(agency, purpose="notice")
    now = left_in_doubt(gateway, message, sent=True)

    delivery.reconcile(now + timedelta(seconds=31), gateway)
    send_all(gateway, now + timedelta(seconds=200))

    assert again(message).state == "accepted"
    assert len(gateway.sent) == 1


def test_a_text_that_certainly_never_left_is_sent_after_the_crash(agency):
    gateway = Memory(sees_all=True)
    message = queued(agency, purpose="notice")
    now = left_in_doubt(gateway, message, sent=False)

    delivery.reconcile(now + timedelta(seconds=31), gateway)
    send_all(gateway, now + timedelta(seconds=32))

    assert again(message).state == "accepted"
    assert not again(message).possible_double


def test_a_crisis_text_nobody_can_tell_of_is_sent_once_more_and_flagged(agency):
    gateway = Memory(listed=False)
    message = queued(agency, purpose="evacuation")
    now = left_in_doubt(gateway, message, sent=True)
    delivery.reconcile(now + timedelta(seconds=60), gateway)
    assert again(message).state == "submitting"

    delivery.reconcile(now + timedelta(seconds=121), gateway)
    send_all(gateway, now + timedelta(seconds=122))

    assert (again(message).state, again(message).possible_double, len(gateway.sent)) == ("accepted", True, 2)


@pytest.mark.parametrize("purpose", ["notice", "link", "one_to_one"])
def test_other_texts_nobody_can_tell_of_stay_unknown(agency, purpose):
    gateway = Memory(listed=False)
    message = queued(agency, purpose=purpose)
    now = left_in_doubt(gateway, message, sent=True)

    delivery.reconcile(now + timedelta(seconds=121), gateway)
    send_all(gateway, now + timedelta(seconds=122))

    assert again(message).state == "unknown"
    assert len(gateway.sent) == 1


def test_a_callback_settles_what_was_unknown(agency):
    gateway = Memory(listed=False)
    message = queued(agency, purpose="notice")
    now = left_in_doubt(gateway, message, sent=True)
    delivery.reconcile(now + timedelta(seconds=121), gateway)

    tell(message, ["delivered"])

    assert again(message).state == "delivered"


@pytest.mark.parametrize("seed", range(6))
def test_callbacks_tripled_and_shuffled_end_right(agency, gateway, seed):
    message = queued(agency)
    send_all(gateway)
    states = ["accepted", "sent", "delivered"] * 3
    random.Random(seed).shuffle(states)

    tell(message, states)

    assert again(message).state == "delivered"
    assert [event.state for event in events(message)].count("delivered") == 1


@pytest.mark.parametrize("states", [["undelivered", "delivered"], ["delivered", "undelivered"]])
def test_a_receipt_of_delivery_wins_in_either_order_and_both_are_kept(agency, gateway, states):
    message = queued(agency)
    send_all(gateway)

    tell(message, states)

    assert again(message).state == "delivered"
    assert {"delivered", "undelivered"} <= {event.state for event in events(message)}


def test_being_asked_to_wait_is_no_attempt(agency):
    message, now = queued(agency), clock.now()

    class Busy(Memory):
        def _send(self, draft):
            return delivery.Outcome(draft, "later", code="20429", wait_seconds=7)

    send_all(Busy(), now)

    kept = again(message)
    assert (kept.state, kept.attempts) == ("queued", 0)
    assert kept.not_before_at == now + timedelta(seconds=7)


def test_a_number_that_opted_out_at_the_carrier_is_suppressed_and_remembered(agency):
    worker = factories.make_worker(agency)
    message = queued(agency, worker=worker)

    class Blocked(Memory):
        def _send(self, draft):
            return delivery.Outcome(draft, "refused", code="21610")

    send_all(Blocked())

    assert again(message).state == "suppressed"
    with db.reading() as session:
        assert session.get(type(worker), worker.id).opted_out_at is not None


def test_a_gateway_that_breaks_leaves_doubt_and_not_failure(agency):
    message = queued(agency)

    class Broken(Memory):
        def send(self, drafts):
            raise RuntimeError("no")

    send_all(Broken())

    assert again(message).state == "submitting"


@pytest.mark.parametrize("change", ["demo", "exercise"])
def test_the_last_door_keeps_the_demo_and_exercises_from_real_phones(agency, gateway, change):
    broadcast = make_broadcast(agency)
    message = queued(agency, incident_id=broadcast.incident_id)
    with db.transaction() as session:
        session.get(Message, message.id).gateway = "twilio"
        if change == "demo":
            session.merge(agency).is_demo = True
        else:
            session.get(delivery.Incident, broadcast.incident_id).is_exercise = True

    send_all(gateway)

    assert gateway.sent == []
    assert (again(message).state, again(message).error_code) == ("suppressed", "not_for_real")


def test_texts_of_two_agencies_leave_in_one_round(agency, gateway):
    other = factories.make_agency()
    mine, theirs = queued(agency), queued(other)

    send_all(gateway)

    assert (again(mine).state, again(theirs).state) == ("accepted", "accepted")


def test_the_worker_thread_delivers_and_ends(agency):
    gateway = Memory()
    delivered = threading.Event()

    class Telling(Memory):
        def send(self, drafts):
            delivered.set()
            return super().send(drafts)

    gateway = Telling()
    message = queued(agency)
    worker = Worker(gateway)

    worker.start()
    assert delivered.wait(10)
    worker.stop()

    assert again(message).state == "accepted"


def tell(message, states):
    for state in states:
        with tenancy.agency(message.agency_id), db.transaction() as session:
            receipts.told(session, session.get(Message, message.id), state, at=clock.now(), source="twilio")


def events(message):
    with tenancy.agency(message.agency_id), db.reading() as session:
        return list(session.scalars(select(MessageEvent).where(MessageEvent.message_id == message.id)))


def test_an_id_that_another_text_has_leaves_only_that_one_unknown(agency, gateway):
    gateway.id_of = lambda draft: "SM00000000000000000000000000000001"
    texts = [queued(agency), queued(agency)]

    send_all(gateway)

    assert sorted(again(text).state for text in texts) == ["accepted", "unknown"]
