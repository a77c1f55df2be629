"""Quiet hours by purpose: a crisis wakes people, a notice does not, and a person decides about their own words."""

import pytest
import time_machine

from messaging.models import PRIORITIES, Message
from messaging.outbox import outbox, quiet
from tests import factories
from tests.messaging.texting import texts_with
from workforce.core import db, tenancy
from workforce.models import Worker

NIGHT, MORNING = "2027-03-01 23:30:00+00:00", "2027-03-02 05:00"


def test_every_purpose_says_when_it_leaves():
    assert quiet.LEAVES.keys() == PRIORITIES.keys()


@pytest.mark.parametrize("purpose", ["evacuation", "recall", "safety", "chase"])
def test_a_crisis_text_leaves_in_the_night(agency, purpose):
    worker = factories.make_worker(agency)
    with time_machine.travel(NIGHT, tick=False), db.transaction() as session:
        outbox.queue(
            session, tenancy.System(agency.id), worker=session.get(Worker, worker.id), body="Leave now", purpose=purpose
        )

    assert quiet.LEAVES[purpose] == "at once"
    assert [(one.state, one.not_before_at) for one in texts_with(agency)] == [("queued", None)]


@pytest.mark.parametrize(("ticked", "leaves"), [({"waits": "yes"}, MORNING), ({}, "")])
def test_who_writes_at_night_chooses_whether_it_waits(agency, staff, client_of, ticked, leaves):
    worker = factories.make_worker(agency)  # In Libya, two hours east of Greenwich.
    with time_machine.travel(NIGHT, tick=False):
        client = client_of(staff)
        page = client.get(f"/texts/to/{worker.id}").text
        client.post(f"/texts/to/{worker.id}", data={"body": "Please call the office", **ticked})

    (one,) = texts_with(agency, Message.purpose == "one_to_one")
    assert "It is 01:30 where" in " ".join(page.split())
    assert (f"{one.not_before_at:%Y-%m-%d %H:%M}" if one.not_before_at else "") == leaves


def test_by_day_nobody_is_asked_whether_it_waits(agency, staff, client_of):
    worker = factories.make_worker(agency)
    with time_machine.travel("2027-03-01 12:00:00+00:00", tick=False):
        assert 'name="waits"' not in client_of(staff).get(f"/texts/to/{worker.id}").text
