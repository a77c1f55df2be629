"""How fast a sender speaks and how much a day allows: in the database, so that all workers agree; priority 0 comes first."""

from datetime import timedelta

import pytest

from messaging.outbox import delivery, limits, results
from messaging.outbox.crew import CALLS_AT_ONCE, LEAST_AHEAD
from messaging.outbox.worker import Worker
from tests import factories
from tests.messaging.texting import Memory, again, queued
from workforce.core import clock, db
from workforce.models import Agency


@pytest.fixture
def database_url(any_database):
    return any_database


class Paced(Memory):
    """A gateway whose sender has a rate."""

    sender_key = "twilio:+15005550006"


def limit(agency, **facts):
    with db.transaction() as session:
        row = session.get(Agency, agency.id)
        for name, value in facts.items():
            setattr(row, name, value)


def send(gateway, now, worker="w1", most=200):
    waits = []
    for held in delivery.claim(worker, now, limit=most):
        for parcel in delivery.submit(held, now, gateway, slow=lambda _agency, wait, _left: waits.append(wait)):
            results.settle(delivery.hand_over(parcel), now)
    return waits


@pytest.mark.parametrize(
    ("sender", "rate"),
    [
        ("+15005550006", 1),
        ("+18005550006", 3),
        ("+447700900123", 10),
        ("TALA", 10),
        ("21234", 100),
        ("MG" + "a" * 32, 10),
    ],
)
def test_each_kind_of_sender_has_its_usual_rate(sender, rate):
    assert limits.usual_rate(sender) == rate


def test_a_sender_speaks_at_its_rate_and_no_faster_whoever_works(agency):
    limit(agency, parts_per_second=10.0)
    gateway, start = Paced(), clock.now()
    for _ in range(60):
        queued(agency, purpose="notice")

    for tenth in range(31):
        for worker in ("w1", "w2"):
            send(gateway, start + timedelta(seconds=tenth / 10), worker)

    assert 38 <= len(gateway.sent) <= 41  # A full bucket, and ten a second for three seconds.


def test_a_long_text_counts_by_its_parts(agency):
    limit(agency, parts_per_second=10.0)
    gateway, start = Paced(), clock.now()
    for _ in range(8):
        queued(agency, body="x" * 450)  # Three parts.

    send(gateway, start)

    assert len(gateway.sent) == 4


def test_what_must_wait_is_back_in_the_queue_and_the_worker_is_told_for_how_long(agency):
    limit(agency, parts_per_second=1.0)
    gateway, texts = Paced(), [queued(agency) for _ in range(3)]

    (wait,) = send(gateway, clock.now())

    assert timedelta(seconds=0.9) < wait <= timedelta(seconds=1)
    assert [again(text).state for text in texts] == ["accepted", "queued", "queued"]
    assert again(texts[1]).attempts == 0


def test_an_evacuation_takes_the_next_part_of_a_slow_sender(agency):
    limit(agency, parts_per_second=1.0)
    gateway, start = Paced(), clock.now()
    for _ in range(5):
        queued(agency, purpose="notice")
    send(gateway, start)
    evacuation = queued(agency, purpose="evacuation")

    send(gateway, start + timedelta(seconds=1))

    assert gateway.sent[1].message_id == evacuation.id


def test_a_clock_that_jumps_fills_the_bucket_once(agency):
    limit(agency, parts_per_second=5.0)
    gateway, start = Paced(), clock.now()
    for _ in range(40):
        queued(agency)

    for hours in (0, 25, 0):
        send(gateway, start + timedelta(hours=hours))

    assert len(gateway.sent) <= 10


def test_the_days_limit_holds_ordinary_texts_and_keeps_a_fifth_for_an_evacuation(agency):
    limit(agency, parts_per_second=1000.0, daily_parts=10)
    gateway, now = Paced(), clock.now()
    notices = [queued(agency, purpose="notice") for _ in range(12)]
    send(gateway, now)
    assert len(gateway.sent) == 8
    evacuations = [queued(agency, purpose="evacuation") for _ in range(5)]

    send(gateway, now)

    assert [again(one).state for one in evacuations] == ["accepted"] * 5
    assert {(again(one).state, again(one).error_code) for one in notices[8:]} == {("queued", "daily_cap")}


def test_the_limit_is_of_one_country_and_one_day(agency):
    limit(agency, parts_per_second=1000.0, daily_parts=5)
    gateway, now = Paced(), clock.now()
    for _ in range(6):
        queued(agency, purpose="notice")
    send(gateway, now)
    abroad = queued(agency, purpose="notice", worker=factories.make_worker(agency, phone="+96550000001"))

    send(gateway, now)
    send(gateway, now + timedelta(hours=25))

    assert again(abroad).state == "accepted"
    assert len(gateway.sent) == 7


@pytest.mark.parametrize(("number", "country"), [("+218911", "LY"), ("+96550", "KW"), ("+1500", "US"), ("", "?")])
def test_a_calling_code_names_its_country(number, country):
    assert limits.country_of(number) == country


def test_the_simulated_network_knows_no_limit(agency):
    gateway = Memory()
    limit(agency, parts_per_second=1.0, daily_parts=1)
    for _ in range(5):
        queued(agency, purpose="notice")

    send(gateway, clock.now())

    assert len(gateway.sent) == 5


def test_of_an_agency_whose_sender_is_slow_only_the_first_few_are_taken(agency):
    slow = [queued(agency, purpose="notice") for _ in range(5)]
    urgent = queued(agency, purpose="evacuation")
    other = queued(factories.make_agency(), purpose="notice")

    held = {one.agency_id: one.ids for one in delivery.claim("w1", clock.now(), limit=10, most={agency.id: 2})}

    assert held == {agency.id: (urgent.id, slow[0].id), other.agency_id: (other.id,)}
    assert [again(one).state for one in slow[1:]] == ["queued"] * 4


def test_a_slow_sender_is_left_alone_until_several_parts_are_back_and_then_asked_for_few(agency, monkeypatch):
    limit(agency, parts_per_second=10.0)
    for _ in range(200):
        queued(agency, purpose="notice")
    claimed, claim = [], delivery.claim

    def seen(*arguments, **more):
        found = claim(*arguments, **more)
        claimed.append(sum(len(one.ids) for one in found))
        return found

    monkeypatch.setattr(delivery, "claim", seen)
    gateway, start = Paced(), clock.now()
    worker = Worker(gateway)
    for milliseconds in (0, 100, 1000):
        monkeypatch.setattr(clock, "now", lambda at=start + timedelta(milliseconds=milliseconds): at)
        worker.turn(clock.now())

    assert claimed == [CALLS_AT_ONCE + LEAST_AHEAD, 0, 15]
    assert len(gateway.sent) == 20
