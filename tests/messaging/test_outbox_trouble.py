"""Bad hours: the provider away, the database full or locked. Nothing is lost, nothing goes twice, the crisis comes first."""

import threading
from datetime import timedelta

from sqlalchemy import event
from sqlalchemy.exc import DBAPIError, OperationalError

from messaging.outbox import delivery, doubts, lookout
from messaging.outbox.gateways import Outcome
from messaging.outbox.worker import Worker
from tests.messaging.texting import Memory, again, queued
from workforce.core import clock, db, health
from workforce.models import Agency


class Away(Memory):
    """A provider that cannot be reached until `back_at`."""

    back_at = None

    def __init__(self) -> None:
        super().__init__()
        self.now = clock.now()

    def _send(self, draft):
        if self.now < self.back_at:
            return Outcome(draft, "later", code="no_connection", wait_seconds=4)
        return super()._send(draft)

    def find(self, draft):
        return None if self.now < self.back_at else super().find(draft)


def test_an_hour_without_the_provider_fails_nothing_and_the_evacuation_goes_first(agency):
    with db.transaction() as session:
        session.get(Agency, agency.id).gateway = "twilio"
    gateway, start = Away(), clock.now()
    gateway.back_at = start + timedelta(hours=1)
    worker = Worker(gateway)
    notices = [queued(agency, purpose="notice") for _ in range(5)]
    stale = queued(agency, purpose="safety", valid_until=start + timedelta(minutes=30))

    for half_minute in range(124):
        gateway.now = start + timedelta(seconds=30 * half_minute)
        if half_minute == 60:
            evacuation = queued(agency, purpose="evacuation")
        while worker.turn(gateway.now):
            pass
        lookout.look(gateway.now, gateway, holder="w1")

    assert [again(one).state for one in (evacuation, *notices)] == ["accepted"] * 6
    assert again(stale).state == "expired"
    assert gateway.sent[0].message_id == evacuation.id
    assert len(gateway.sent) == 6
    assert {again(one).attempts for one in notices} == {1}


def test_of_several_workers_one_asks_about_a_text_in_doubt_and_each_text_has_its_turn(agency, monkeypatch):
    monkeypatch.setattr(doubts, "AT_ONCE", 1)
    gateway, asked = Memory(), []
    monkeypatch.setattr(gateway, "find", lambda draft: asked.append(draft.message_id))
    texts, now = [queued(agency, purpose="notice") for _ in range(2)], clock.now()
    gateway.answers = ["doubt", "doubt"]
    Worker(gateway).turn(now)

    for _worker in range(4):
        doubts.reconcile(now + timedelta(seconds=31), gateway)
    assert sorted(asked) == sorted(one.id for one in texts)
    for _worker in range(4):
        doubts.reconcile(now + timedelta(seconds=47), gateway)

    assert sorted(asked) == sorted(2 * [one.id for one in texts])


def test_a_worker_whose_disk_is_nearly_full_takes_no_text(agency, settings, monkeypatch):
    message, gateway = queued(agency), Memory()
    free = health.LEAST_TO_SEND_BYTES - 1
    monkeypatch.setattr(health, "free_bytes", lambda _settings: free)
    worker = Worker(gateway, has_room=lambda: health.has_room(settings))

    worker.turn(clock.now())
    assert (again(message).state, gateway.sent) == ("queued", [])
    free += 1
    worker.turn(clock.now())

    assert again(message).state == "accepted"


def set_page_limit(pages):
    """From now on every new connection may let the database grow to so many pages and no further."""
    engine = db.engine()
    engine.dispose()
    event.listen(engine, "connect", lambda raw, _record: raw.execute(f"PRAGMA max_page_count={pages}"))


def turn(worker, now):
    """One turn of a worker; what a full disk breaks is tried again in the next, as its thread does."""
    try:
        worker.turn(now)
    except DBAPIError:
        return


def test_a_full_disk_loses_nothing_and_doubles_nothing(agency):
    texts = [queued(agency, purpose="notice") for _ in range(40)]
    gateway, now = Memory(), clock.now()
    with db.engine().connect() as connection:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar()

    set_page_limit(pages)
    worker = Worker(gateway)
    turn(worker, now)
    unsettled = [one for one in texts if again(one).state != "accepted"]
    set_page_limit(1_073_741_823)
    for seconds in (62, 124, 186):
        lookout.look(now + timedelta(seconds=seconds), gateway, holder="w1")
        turn(worker, now + timedelta(seconds=seconds))

    assert unsettled, "the disk was not full"
    assert {again(one).state for one in texts} == {"accepted"}
    assert len(gateway.sent) == 40


def test_what_cannot_be_marked_does_not_leave(agency, monkeypatch):
    message, gateway = queued(agency), Memory()

    def no_room(*_given, **_more):
        raise OperationalError("database or disk is full", None, Exception())

    monkeypatch.setattr(delivery, "_mark_submitting", no_room)
    turn(Worker(gateway), clock.now())

    assert gateway.sent == []
    assert again(message).state == "claimed"


def test_a_locked_database_is_waited_for(agency):
    message, gateway = queued(agency), Memory()
    worker = Worker(gateway)
    other = db.engine().raw_connection()
    other.cursor().execute("BEGIN IMMEDIATE")
    sending = threading.Thread(target=lambda: worker.turn(clock.now()))

    sending.start()
    sending.join(0.3)
    waited = sending.is_alive() and not gateway.sent
    other.rollback()
    other.close()
    sending.join(30)

    assert waited
    assert (again(message).state, len(gateway.sent)) == ("accepted", 1)
