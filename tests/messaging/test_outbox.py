"""Deciding to send is a row, and what may not go is a row too."""

import pytest

from messaging.models import Broadcast, Incident, Message
from messaging.outbox import outbox
from tests import factories
from workforce.core import clock, db, tenancy, vault


@pytest.fixture
def database_url(any_database):
    return any_database


@pytest.fixture
def system(agency):
    return tenancy.System(agency.id)


def test_a_queued_text_waits_with_the_priority_of_its_purpose(agency, system):
    worker = factories.make_worker(agency, phone="+218911112223")

    with db.transaction() as session:
        message = outbox.queue(session, system, worker=session.merge(worker), body="Where are you?", purpose="safety")

    assert (message.state, message.priority, message.segments) == ("queued", 1, 1)
    with db.reading() as session:
        kept = session.get(Message, message.id)
        assert vault.reveal(session, kept, "number") == "+218911112223"
        assert vault.reveal(session, kept, "body") == "Where are you?"


@pytest.mark.parametrize("purpose", ["evacuation", "safety", "notice", "one_to_one"])
def test_who_said_stop_is_not_texted_and_it_is_written_down(agency, system, purpose):
    worker = factories.make_worker(agency, opted_out_at=clock.now())

    with db.transaction() as session:
        message = outbox.queue(session, system, worker=session.merge(worker), body="Hello", purpose=purpose)

    assert (message.state, message.error_code) == ("suppressed", "opted_out")


def test_a_worker_without_a_number_leaves_a_suppressed_text(agency, system):
    worker = factories.make_worker(agency, phone=None)

    with db.transaction() as session:
        message = outbox.queue(session, system, worker=session.merge(worker), body="Hello", purpose="notice")

    assert (message.state, message.error_code) == ("suppressed", "no_number")


def test_the_same_occasion_is_queued_once(agency, system):
    worker = factories.make_worker(agency)

    with db.transaction() as session:
        first = outbox.queue(
            session, system, worker=session.merge(worker), body="A", purpose="notice", occasion="notice:1"
        )
        second = outbox.queue(
            session, system, worker=session.merge(worker), body="A", purpose="notice", occasion="notice:1"
        )

    assert first.id == second.id


def test_many_texts_are_sealed_each_for_its_own_worker(agency, system):
    workers = [factories.make_worker(agency) for _ in range(3)] + [
        factories.make_worker(agency, opted_out_at=clock.now())
    ]

    with db.transaction() as session:
        rows = [
            {"worker_id": one.id, "body": f"Text {n}", "purpose": "safety", "language": "tl"}
            for n, one in enumerate(workers)
        ]
        ids = outbox.queue_many(session, system, rows)

    with db.reading() as session:
        kept = [session.get(Message, one) for one in ids]
        assert [vault.reveal(session, one, "body") for one in kept] == ["Text 0", "Text 1", "Text 2", "Text 3"]
        assert [one.state for one in kept] == ["queued", "queued", "queued", "suppressed"]
        assert [one.worker_id for one in kept] == [one.id for one in workers]


def test_a_cancelled_broadcast_calls_back_what_has_not_left(agency, system):
    workers = [factories.make_worker(agency) for _ in range(3)]
    broadcast = make_broadcast(agency)
    with db.transaction() as session:
        ids = outbox.queue_many(
            session,
            system,
            [{"worker_id": one.id, "body": "Go", "purpose": "safety", "broadcast_id": broadcast.id} for one in workers],
        )
        gone = session.get(Message, ids[0])
        gone.state, gone.rank = "submitting", 4

    with db.transaction() as session:
        count = outbox.cancel(session, broadcast)

    with db.reading() as session:
        assert count == 2
        assert [session.get(Message, one).state for one in ids] == ["submitting", "cancelled", "cancelled"]


@pytest.mark.parametrize(
    ("facts", "gateway"), [({}, "twilio"), ({"is_demo": True}, "simulator"), ({"gateway": "simulator"}, "simulator")]
)
def test_the_demo_agency_never_leaves_the_simulated_network(app, facts, gateway):
    made = factories.make_agency(is_demo=facts.get("is_demo", False))
    with tenancy.agency(made.id), db.transaction() as session:
        row = session.merge(made)
        row.gateway = facts.get("gateway", "twilio")

        assert outbox.gateway_name(session, made.id) == gateway


def test_an_exercise_never_leaves_the_simulated_network(agency, system):
    with db.transaction() as session:
        session.merge(agency).gateway = "twilio"
        drill = Incident(
            id=db.new_id(),
            agency_id=agency.id,
            code="DRILL-1",
            name="Drill",
            countries=["LY"],
            is_exercise=True,
            opened_at=clock.now(),
        )
        session.add(drill)
        session.flush()

        assert outbox.gateway_name(session, agency.id, drill.id) == "simulator"


def make_broadcast(agency, **facts):
    incident = Incident(
        id=db.new_id(),
        agency_id=agency.id,
        code=f"LBY-{str(db.new_id())[-4:]}",
        name="Libya",
        countries=["LY"],
        opened_at=clock.now(),
    )
    broadcast = Broadcast(
        id=db.new_id(),
        agency_id=agency.id,
        incident_id=incident.id,
        sequence=1,
        purpose="safety",
        created_at=clock.now(),
        **facts,
    )
    with tenancy.agency(agency.id), db.transaction() as session:
        session.add(incident)
        session.flush()
        session.add(broadcast)
    return broadcast
