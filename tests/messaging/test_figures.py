"""The figures for Prometheus: behind a token, true of the database, and about nobody."""

from dataclasses import replace
from datetime import timedelta

import pytest
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import event, update

from messaging.clockwork import Clock
from messaging.incidents import incidents
from messaging.models import Broadcast, Message, MessageEvent
from messaging.outbox import delivery, figures, results
from messaging.outbox.worker import Worker
from tests import factories
from tests.messaging.texting import Memory, again, number_of, queued
from workforce.core import clock, db, tenancy

TOKEN = "a token of the operator's"


@pytest.fixture
def database_url(any_database):
    return any_database


@pytest.fixture
def scrape(app, settings):
    app.extensions["settings"] = replace(settings, metrics_token=TOKEN)

    def read() -> dict[tuple[str, ...], float]:
        answer = app.test_client().get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"})
        assert answer.status_code == 200
        return {
            (
                sample.name.removeprefix("muster_"),
                *(sample.labels[name] for name in sorted(sample.labels, reverse=True)),
            ): sample.value
            for family in text_string_to_metric_families(answer.text)
            for sample in family.samples
        }

    return read


def change(message, **values):
    with tenancy.agency(message.agency_id), db.transaction() as session:
        session.execute(update(Message).where(Message.id == message.id).values(**values))


def test_without_a_token_in_the_settings_there_is_no_page(app):
    assert app.test_client().get("/metrics", headers={"Authorization": "Bearer "}).status_code == 404


@pytest.mark.parametrize("shown", [None, "Bearer ", "Bearer wrong", "Bearer ä"])
def test_without_the_token_nobody_reads_the_figures(scrape, app, shown):
    headers = {"Authorization": shown} if shown else {}

    assert app.test_client().get("/metrics", headers=headers).status_code == 403


def test_the_queue_is_counted_by_priority_with_the_age_of_its_oldest(scrape, agency):
    old = queued(agency, purpose="evacuation")
    queued(agency, purpose="evacuation")
    later = queued(agency, purpose="notice", not_before_at=clock.now() + timedelta(hours=3))
    change(old, queued_at=clock.now() - timedelta(seconds=90))
    change(later, queued_at=clock.now() - timedelta(hours=9))

    read = scrape()

    assert read["queue_texts", "queued", "0"] == 2
    assert read["queue_texts", "queued", "5"] == 1
    assert 90 <= read["queue_oldest_seconds", "0"] < 120
    assert ("queue_oldest_seconds", "5") not in read  # It waits for its hour: nothing is late.


def test_what_has_left_is_no_longer_in_the_queue(scrape, agency):
    message = queued(agency)
    send(Memory())

    assert again(message).state == "accepted"
    assert not [key for key in scrape() if key[0] == "queue_texts"]


def test_errors_of_the_last_hour_are_counted_by_code_and_a_strange_code_is_not_shown(scrape, agency):
    message = queued(agency)
    now = clock.now()
    with tenancy.agency(agency.id), db.transaction() as session:
        for at, code in [(now, "30003"), (now, "30003"), (now, "Juan +63 917"), (now - timedelta(hours=2), "30005")]:
            session.add(MessageEvent(agency_id=agency.id, message_id=message.id, at=at, state="failed", source="twilio", error_code=code))  # fmt: skip

    read = scrape()

    assert {key: value for key, value in read.items() if key[0] == "provider_errors"} == {
        ("provider_errors", "twilio", "30003"): 2, ("provider_errors", "twilio", "other"): 1,
    }  # fmt: skip


def test_texts_in_doubt_are_counted(scrape, agency):
    change(queued(agency), state="submitting", gateway="twilio", submitted_at=clock.now() - timedelta(seconds=31))
    change(queued(agency), state="submitting", gateway="twilio", submitted_at=clock.now())

    assert scrape()["texts_in_doubt", "twilio"] == 1


def test_texts_that_came_in_and_wait_are_counted(scrape, agency):
    waiting, done = queued(agency), queued(agency)
    for message in (waiting, done):
        change(message, direction="in", state="received", queued_at=clock.now() - timedelta(seconds=20))
    change(done, processed_at=clock.now())

    read = scrape()

    assert read["inbound_unprocessed",] == 1
    assert 20 <= read["inbound_oldest_seconds",] < 50


def test_the_first_and_the_last_text_of_a_broadcast_are_timed(scrape, agency, manager):
    began = clock.now() - timedelta(minutes=5)
    broadcast = sending(agency, manager, began)
    first, last, waiting = (queued(agency, broadcast_id=broadcast.id) for _ in range(3))
    change(first, state="accepted", accepted_at=began + timedelta(seconds=2))
    change(last, state="delivered", accepted_at=began + timedelta(seconds=71))

    read, name = scrape(), str(broadcast.id)

    assert read["broadcast_first_text_seconds", name] == 2
    assert read["broadcast_last_text_seconds", name] == 71
    assert read["broadcast_waiting_texts", name] == 1
    assert waiting.state == "queued"


def test_the_worker_and_the_clock_show_that_they_live(scrape, app):
    before = scrape()
    Worker(Memory()).turn(clock.now())
    Clock(app, tasks=[]).tick()

    after = scrape()

    assert (before["workers",], before["clock_lag_seconds",], before["ready",]) == (0, float("inf"), 0)
    assert (after["workers",], after["ready",]) == (1, 1)
    assert after["clock_lag_seconds",] < 30


def test_the_figures_name_nobody(scrape, app, agency):
    worker = factories.make_worker(agency, full_name="Marisol Canary")
    message = queued(agency, worker=worker, body="the words of the text")
    send(Memory())

    page = app.test_client().get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"}).text

    assert again(message).state == "accepted"
    for secret in ("Canary", number_of(worker)[1:], "the words", agency.name, str(worker.id)):
        assert secret not in page


def test_counting_does_not_walk_through_what_is_done(agency):
    """The cost of a scrape is what waits. Read from SQLite's plans; PostgreSQL chooses by statistics."""
    if db.engine().dialect.name != "sqlite":
        return
    asked = []
    event.listen(db.engine(), "before_cursor_execute", lambda *call: asked.append((call[2], call[3])))
    figures.families(clock.now())

    with db.engine().connect() as connection:
        plans = [str(connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {one}", values).all()) for one, values in list(asked) if one.startswith("SELECT")]  # fmt: skip

    assert not [plan for plan in plans if "SCAN message" in plan]
    assert [plan for plan in plans if "ix_messages_unread" in plan]
    assert [plan for plan in plans if "ix_message_events_errors" in plan]


def sending(agency, manager, at) -> Broadcast:
    with tenancy.agency(agency.id), db.transaction() as session:
        incident = incidents.start(session, manager, name="Unrest", countries=["LY"], at=at)
        made = Broadcast(
            id=db.new_id(), agency_id=agency.id, incident_id=incident.id, sequence=1, purpose="safety", state="sending",
            author_id=manager.id, created_at=at, sending_at=at,
        )  # fmt: skip
        session.add(made)
    return made


def send(gateway):
    now = clock.now()
    for held in delivery.claim("w", now, limit=50):
        for parcel in delivery.submit(held, now, gateway):
            results.settle(delivery.hand_over(parcel), now)
