"""Receipts that are written together end as if each had come alone."""

import random

import pytest

from messaging.models import Message
from messaging.outbox import reports
from tests.messaging.test_outbox_delivery import events, send_all
from tests.messaging.texting import Memory, again, queued
from workforce.core import clock, db


@pytest.fixture
def database_url(any_database):
    return any_database


def report(message, state, *, provider_id=None, code=""):
    named = provider_id or again(message).provider_id
    return reports.Report(message.agency_id, message.id, state, named, code, source="twilio", at=clock.now())


@pytest.mark.parametrize("seed", range(4))
def test_in_any_order_and_told_twice_each_text_ends_right(agency, seed):
    arrived, sent, lost, read = (queued(agency) for _ in range(4))
    send_all(Memory())
    said = [
        report(arrived, "sent"),
        report(arrived, "delivered"),
        report(sent, "sent"),
        report(lost, "undelivered", code="30003"),
        report(read, "delivered"),
        report(read, "read"),
    ] * 2
    random.Random(seed).shuffle(said)

    for some in (said[:5], said[5:]):
        reports.write(agency.id, some)

    assert [again(one).state for one in (arrived, sent, lost, read)] == ["delivered", "sent", "undelivered", "read"]
    assert (again(arrived).conflict, again(lost).error_code) == (False, "30003")
    for one, states in ((sent, ["accepted", "sent"]), (arrived, ["accepted", "delivered", "sent"])):
        assert sorted(event.state for event in events(one)) == states


def test_the_providers_word_counts_more_than_a_text_called_back(agency):
    message = queued(agency)
    send_all(Memory())
    with db.transaction() as session:
        row = session.get(Message, message.id)
        row.state, row.rank = "cancelled", 50

    reports.write(agency.id, [report(message, "sent")])

    assert again(message).state == "sent"


def test_a_receipt_of_another_copy_is_flagged_also_beside_others(agency):
    one, two = queued(agency), queued(agency)
    send_all(Memory())

    reports.write(agency.id, [report(one, "delivered"), report(two, "delivered", provider_id="SMother")])

    assert [(again(text).state, again(text).possible_double) for text in (one, two)] == [
        ("delivered", False),
        ("delivered", True),
    ]
