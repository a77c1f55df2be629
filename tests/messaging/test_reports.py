"""Receipts that are written together end as if each had come alone."""

import random
import threading

import pytest
from sqlalchemy.exc import OperationalError

from messaging.models import Message
from messaging.outbox import outbox, reports
from tests import factories
from tests.messaging.test_outbox_delivery import events, send_all
from tests.messaging.texting import Memory, again, queued
from workforce.core import clock, db, vault


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


# --- the desk: calls of which only the token says whose text they are about -----------------------------------------------


def call(message, state, *, agencies=None):
    token = vault.token_hash(outbox.status_token(message.agency_id, message.id))
    signers = frozenset(agencies if agencies is not None else {message.agency_id})
    named = again(message).provider_id
    return reports.Call(token, signers, state, named, "", source="twilio", at=clock.now())


def test_a_receipt_signed_by_another_agencys_account_is_refused_in_the_middle_of_a_batch(agency):
    mine, also_mine = queued(agency), queued(agency)
    other = factories.make_agency()
    theirs = queued(other)
    send_all(Memory())

    answers = reports.write_all(
        [call(mine, "delivered"), call(theirs, "delivered", agencies={agency.id}), call(also_mine, "delivered")]
    )

    assert answers == [True, False, True]
    assert [again(one).state for one in (mine, theirs, also_mine)] == ["delivered", "accepted", "delivered"]


def test_one_account_of_two_agencies_reports_on_both_in_one_batch(agency):
    mine, theirs = queued(agency), queued(factories.make_agency())
    send_all(Memory())
    both = {agency.id, theirs.agency_id}

    answers = reports.write_all([call(one, "delivered", agencies=both) for one in (mine, theirs)])

    assert answers == [True, True]
    assert [again(one).state for one in (mine, theirs)] == ["delivered", "delivered"]


def test_a_token_of_no_text_is_refused_and_holds_up_nobody(agency):
    message = queued(agency)
    send_all(Memory())

    answers = reports.write_all([call(message, "sent")._replace(token=b"x" * 32), call(message, "delivered")])

    assert answers == [False, True]
    assert again(message).state == "delivered"


def test_a_word_that_means_nothing_to_us_is_taken_and_changes_nothing(agency):
    message = queued(agency)
    send_all(Memory())

    assert reports.write_all([call(message, "")]) == [True]
    assert [event.state for event in events(message)] == ["accepted"]


def test_one_report_that_cannot_be_written_does_not_hold_up_the_others(agency, monkeypatch):
    good, bad = queued(agency), queued(agency)
    send_all(Memory())
    write_one = reports._write_one

    def breaks(session, message, one, heard):
        if message.id == bad.id:
            raise RuntimeError("no")
        write_one(session, message, one, heard)

    monkeypatch.setattr(reports, "_write_one", breaks)
    calls = [call(bad, "undelivered"), call(good, "undelivered")]
    broken, written = reports.write_all(calls)

    assert (str(broken), written) == ("no", True)
    assert [again(one).state for one in (bad, good)] == ["accepted", "undelivered"]


def test_a_database_that_let_us_wait_is_not_asked_again_for_each_report(agency, monkeypatch):
    messages = [queued(agency) for _ in range(3)]
    send_all(Memory())
    asked = []

    def locked(_agency_id, some):
        asked.append(len(some))
        raise OperationalError("UPDATE", {}, Exception("database is locked"))

    monkeypatch.setattr(reports, "write", locked)
    monkeypatch.setattr(reports, "PATIENCE_SECONDS", -1.0)
    answers = reports.write_all([call(one, "delivered") for one in messages])

    assert [type(answer) for answer in answers] == [OperationalError] * 3
    assert asked == [3]


def test_many_at_once_are_each_answered_after_their_own_commit(agency):
    messages = [queued(agency) for _ in range(12)]
    send_all(Memory())
    desk, seen = reports.Desk(), []

    def tell(one):
        stored = desk.store(one)
        seen.append((stored, again(message_of[one.token]).state))

    message_of = {call(one, "sent").token: one for one in messages}
    calls = [call(one, state) for one in messages for state in ("sent", "delivered")]
    threads = [threading.Thread(target=tell, args=(one,)) for one in calls]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert [stored for stored, _state in seen] == [True] * 24
    assert "accepted" not in {state for _stored, state in seen}
    assert {again(one).state for one in messages} == {"delivered"}


def test_what_keeps_a_receipt_from_being_written_is_raised_where_it_was_told(agency, monkeypatch):
    message = queued(agency)
    send_all(Memory())

    def full(*_):
        raise OperationalError("INSERT", {}, Exception("database or disk is full"))

    desk = reports.Desk()
    with monkeypatch.context() as broken:
        broken.setattr(reports, "write", full)
        with pytest.raises(OperationalError):
            desk.store(call(message, "delivered"))

    assert desk.store(call(message, "delivered"))
    assert again(message).state == "delivered"
