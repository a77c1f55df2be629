"""What is queued leaves, most urgent first, each text once, whatever dies on the way."""

import random
import threading
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from messaging.models import Broadcast, Message, MessageEvent
from messaging.outbox import delivery, doubts, outbox, receipts, results
from messaging.outbox.gateways import Word
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
            results.settle(delivery.hand_over(parcel), now)


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

    doubts.free_leases(now + timedelta(seconds=61))

    assert again(message).state == "queued"


def test_a_text_sent_before_the_crash_is_found_and_not_sent_again(agency, gateway):
    message = queued(agency, purpose="notice")
    now = left_in_doubt(gateway, message, sent=True)

    doubts.reconcile(now + timedelta(seconds=31), gateway)
    send_all(gateway, now + timedelta(seconds=200))

    assert again(message).state == "accepted"
    assert len(gateway.sent) == 1


def test_a_text_that_certainly_never_left_is_sent_after_the_crash(agency):
    gateway = Memory(sees_all=True)
    message = queued(agency, purpose="notice")
    now = left_in_doubt(gateway, message, sent=False)

    doubts.reconcile(now + timedelta(seconds=31), gateway)
    send_all(gateway, now + timedelta(seconds=32))

    assert again(message).state == "accepted"
    assert not again(message).possible_double


def test_a_crisis_text_nobody_can_tell_of_is_sent_once_more_and_flagged(agency):
    gateway = Memory(listed=False)
    message = queued(agency, purpose="evacuation")
    now = left_in_doubt(gateway, message, sent=True)
    doubts.reconcile(now + timedelta(seconds=60), gateway)
    assert again(message).state == "submitting"

    doubts.reconcile(now + timedelta(seconds=121), gateway)
    send_all(gateway, now + timedelta(seconds=122))

    assert (again(message).state, again(message).possible_double, len(gateway.sent)) == ("accepted", True, 2)


@pytest.mark.parametrize("purpose", ["notice", "link", "one_to_one"])
def test_other_texts_nobody_can_tell_of_stay_unknown(agency, purpose):
    gateway = Memory(listed=False)
    message = queued(agency, purpose=purpose)
    now = left_in_doubt(gateway, message, sent=True)

    doubts.reconcile(now + timedelta(seconds=121), gateway)
    send_all(gateway, now + timedelta(seconds=122))

    assert again(message).state == "unknown"
    assert len(gateway.sent) == 1


def test_a_callback_settles_what_was_unknown(agency):
    gateway = Memory(listed=False)
    message = queued(agency, purpose="notice")
    now = left_in_doubt(gateway, message, sent=True)
    doubts.reconcile(now + timedelta(seconds=121), gateway)

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


@pytest.mark.parametrize(
    "states", [["undelivered", "delivered"], ["delivered", "undelivered"], ["delivered", "failed"]]
)
def test_two_ends_of_one_text_are_both_kept_the_later_shown_and_the_conflict_flagged(agency, gateway, states):
    message = queued(agency)
    send_all(gateway)

    tell(message, [states[0], *states, states[0]])

    kept = again(message)
    assert (kept.state, kept.conflict) == (states[1], True)
    assert sorted(event.state for event in events(message) if event.state != "accepted") == sorted(states)


def test_failed_and_undelivered_are_no_conflict(agency, gateway):
    message = queued(agency)
    send_all(gateway)

    tell(message, ["failed", "undelivered"])

    assert (again(message).state, again(message).conflict) == ("undelivered", False)


@pytest.mark.parametrize("order", [["second", "first"], ["first", "second"]])
def test_one_of_two_copies_that_arrived_is_enough(agency, gateway, order):
    message = queued(agency)
    send_all(gateway)
    first = again(message).provider_id
    ends = {"second": ("SMother", "delivered"), "first": (first, "undelivered")}
    with db.transaction() as session:
        results.accepted(session, session.get(Message, message.id), "SMother", at=clock.now(), source="twilio")

    for copy in order:
        tell(message, [ends[copy][1]], provider_id=ends[copy][0])

    kept = again(message)
    assert (kept.state, kept.conflict, kept.possible_double, kept.provider_id) == ("delivered", False, True, first)


def test_a_second_id_for_one_text_is_kept_and_flagged(agency, gateway):
    message = queued(agency, purpose="notice")
    send_all(gateway)

    for _ in range(2):
        with db.transaction() as session:
            results.accepted(session, session.get(Message, message.id), "SMother", at=clock.now(), source="twilio")

    assert again(message).possible_double
    assert [event.provider_id for event in events(message) if event.error_code == "another_id"] == ["SMother"]


def test_the_providers_word_counts_more_than_what_we_called_back(agency):
    gateway = Memory(listed=False)
    message = queued(agency, purpose="evacuation")
    now = left_in_doubt(gateway, message, sent=True)
    doubts.reconcile(now + timedelta(seconds=121), gateway)
    with db.transaction() as session:
        session.get(Message, message.id).state, session.get(Message, message.id).rank = "cancelled", 50

    tell(message, ["delivered"])

    assert again(message).state == "delivered"


def test_being_asked_to_wait_is_no_attempt(agency):
    message, now = queued(agency), clock.now()

    class Busy(Memory):
        def _send(self, draft):
            return delivery.Outcome(draft, "later", code="20429", wait_seconds=7)

    send_all(Busy(), now)

    kept = again(message)
    assert (kept.state, kept.attempts) == ("queued", 0)
    assert kept.retry_at == now + timedelta(seconds=7)


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


@pytest.mark.parametrize("purpose", ["notice", "link", "one_to_one", "reply"])
def test_a_list_without_it_is_no_proof_and_a_text_that_may_go_once_stays_unknown(agency, purpose):
    gateway = Memory()
    message = queued(agency, purpose=purpose)
    now = left_in_doubt(gateway, message, sent=False)

    for seconds in (31, 121, 500):
        doubts.reconcile(now + timedelta(seconds=seconds), gateway)
        send_all(gateway, now + timedelta(seconds=seconds))

    assert (again(message).state, gateway.sent) == ("unknown", [])


@pytest.mark.parametrize(("purpose", "state"), [("safety", "queued"), ("notice", "unknown")])
def test_a_crisis_text_given_up_while_the_list_was_silent_goes_again_once_the_list_does_not_have_it(agency, purpose, state):
    gateway = Memory(listed=False)
    message, now = queued(agency, purpose=purpose), clock.now()
    for _attempt in range(2):
        gateway.answers = ["lost"]
        send_all(gateway, now)
        now += timedelta(seconds=121)
        doubts.reconcile(now, gateway)
    assert again(message).state == "unknown"
    gateway.listed = True

    doubts.check(now + timedelta(minutes=6), gateway)

    assert (again(message).state, again(message).possible_double) == (state, purpose == "safety")


def test_a_list_that_was_late_still_settles_what_was_unknown(agency):
    gateway = Memory(listed=False)
    message = queued(agency, purpose="notice")
    now = left_in_doubt(gateway, message, sent=True)
    doubts.reconcile(now + timedelta(seconds=121), gateway)
    gateway.listed = True

    doubts.check(now + timedelta(minutes=6), gateway)

    assert (again(message).state, again(message).provider_id) == ("accepted", gateway.id_of(gateway.sent[0]))


def test_an_evacuation_is_sent_until_it_is_known_to_have_left_or_its_time_is_over(agency):
    gateway = Memory(listed=False)
    message = queued(agency, purpose="evacuation", valid_until=clock.now() + timedelta(seconds=300))
    now, states = left_in_doubt(gateway, message, sent=True), []

    for _ in range(4):
        now += timedelta(seconds=121)
        gateway.answers = ["doubt"]
        doubts.reconcile(now, gateway)
        send_all(gateway, now)
        states.append(again(message).state)

    assert (states, len(gateway.sent)) == (["submitting", "submitting", "unknown", "unknown"], 3)
    assert again(message).possible_double


@pytest.mark.parametrize("hours", [25, -25])
def test_a_clock_that_jumps_holds_no_text_back(agency, gateway, hours):
    claimed, doubtful, waiting = (queued(agency) for _ in range(3))
    now = clock.now()
    with db.transaction() as session:
        rows = [session.get(Message, one.id) for one in (claimed, doubtful, waiting)]
        rows[0].state, rows[0].rank, rows[0].lease_until = "claimed", 3, now + timedelta(seconds=60)
        rows[1].state, rows[1].rank, rows[1].submitted_at, rows[1].attempts = "submitting", 4, now, 1
        rows[2].retry_at = now + timedelta(seconds=4)

    jumped = now + timedelta(hours=hours)
    for seconds in (0, 121):
        doubts.free_leases(jumped + timedelta(seconds=seconds))
        doubts.reconcile(jumped + timedelta(seconds=seconds), gateway)
        send_all(gateway, jumped + timedelta(seconds=seconds))

    assert [again(one).state for one in (claimed, doubtful, waiting)] == ["accepted"] * 3


def test_a_process_that_slept_too_long_does_not_send_what_others_may_have_sent(agency, gateway):
    message, now = queued(agency), clock.now()
    (held,) = delivery.claim("slow", now, limit=10)
    (parcel,) = delivery.submit(held, now, gateway)

    outcomes = delivery.hand_over(replace(parcel, made=parcel.made - 25))
    results.settle(outcomes, now)

    assert (gateway.sent, again(message).state) == ([], "queued")


def test_what_comes_back_late_changes_nothing_for_the_next_attempt(agency):
    gateway = Memory(listed=False)
    message = queued(agency, purpose="evacuation")
    now = left_in_doubt(gateway, message, sent=False)
    late = [delivery.Outcome(draft_like(message, 1, now), kind, code="21211") for kind in ("refused", "later")]
    doubts.reconcile(now + timedelta(seconds=121), gateway)
    send_all(gateway, now + timedelta(seconds=122))

    results.settle(late, now + timedelta(seconds=123))

    assert (again(message).state, again(message).attempts) == ("accepted", 2)


@pytest.mark.parametrize(("minutes", "asked"), [(0.5, False), (1.1, True)])
def test_a_text_without_a_receipt_is_asked_about(agency, gateway, minutes, asked):
    message, now = queued(agency), clock.now()
    make_real(message)
    send_all(gateway, now)
    gateway.words[again(message).provider_id] = Word("delivered")

    doubts.check(now + timedelta(minutes=minutes), gateway)

    assert (again(message).state == "delivered") is asked


def test_it_is_asked_about_four_times_and_then_left(agency, gateway):
    message, now, asked = queued(agency), clock.now(), []
    make_real(message)
    send_all(gateway, now)
    gateway.ask = lambda _id: asked.append(1) or Word("sent")

    for minute in range(0, 60 * 8, 1):
        doubts.check(now + timedelta(minutes=minute), gateway)

    assert (len(asked), again(message).check_at, again(message).state) == (4, None, "sent")


def test_no_answer_is_no_check(agency, gateway):
    message, now = queued(agency), clock.now()
    make_real(message)
    send_all(gateway, now)

    for minute in range(1, 5):
        doubts.check(now + timedelta(minutes=minute, seconds=1), gateway)

    assert (again(message).checks, again(message).check_at is not None) == (0, True)


def test_an_evacuation_takes_the_place_of_what_others_have_claimed(agency, gateway):
    notice, now = queued(agency, purpose="notice"), clock.now()
    (held,) = delivery.claim("w1", now, limit=10)
    evacuation = queued(agency, purpose="evacuation")

    (urgent,) = delivery.claim("w2", now, limit=10)

    assert urgent.ids == (evacuation.id,)
    assert delivery.submit(held, now, gateway) == []
    assert again(notice).state == "queued"


def make_real(message):
    """As if it left by a real gateway: the simulated network's receipts are never missing."""
    with db.transaction() as session:
        session.get(Message, message.id).gateway = "twilio"


def draft_like(message, attempt, at):
    return delivery.Draft(message.id, message.agency_id, None, message.purpose, "+1", "x", "t", attempt, at)


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


def tell(message, states, provider_id=""):
    for state in states:
        with tenancy.agency(message.agency_id), db.transaction() as session:
            row = session.get(Message, message.id)
            receipts.told(session, row, state, at=clock.now(), source="twilio", provider_id=provider_id)


def events(message):
    with tenancy.agency(message.agency_id), db.reading() as session:
        return list(session.scalars(select(MessageEvent).where(MessageEvent.message_id == message.id)))


def test_an_id_that_another_text_has_leaves_only_that_one_unknown(agency, gateway):
    gateway.id_of = lambda draft: "SM00000000000000000000000000000001"
    texts = [queued(agency), queued(agency)]

    send_all(gateway)

    assert sorted(again(text).state for text in texts) == ["accepted", "unknown"]
