"""The list of received texts of a described provider, over real HTTP: what its call did not bring is there all the same."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from messaging.inbox import inbound
from messaging.models import Case, Message
from messaging.outbox import lookout
from messaging.outbox.gateways import generic
from messaging.outbox.lines import Lines
from tests import factories
from tests.messaging.suppliers import Supplier, facts_of
from tests.messaging.texting import body_of, number_of, texts_with
from workforce import gateways
from workforce.agencies import WrongField
from workforce.core import clock, db, vault
from workforce.models import Agency

LIST = {
    "list_path": "data.items", "list_id": "uid", "list_from": "src", "list_to": "dst", "list_text": "msg.text", "list_time": "at",
}  # fmt: skip


@pytest.fixture
def database_url(any_database):
    return any_database


@pytest.fixture
def supplier():
    made = Supplier()
    yield made
    made.stop()


@pytest.fixture
def admin(agency):
    return factories.make_user(agency, role="admin")


@pytest.fixture
def described(app, agency, admin, supplier):
    def save(name="http1", **more):
        facts = facts_of(supplier, list_url=f"{supplier.url}/received?since={{since}}", **LIST) | more
        with db.transaction() as session:
            session.get(Agency, agency.id).gateway = "http1"
            return gateways.save(session, admin, name, facts=facts, loopback=True)

    return save


def listed(uid, number, text, at=None, **more):
    return {"uid": uid, "src": number, "dst": "+18005550100", "msg": {"text": text}, "at": at or f"{clock.now():%Y-%m-%dT%H:%M:%SZ}"} | more  # fmt: skip


def lists(supplier, *texts):
    supplier.answer = (200, json.dumps({"data": {"items": texts}}), {})


def fetch(settings, now=None, holder="w1"):
    return lookout.fetch_arrivals(now or clock.now(), Lines(settings), holder=holder)


def received(agency):
    return texts_with(agency, Message.direction == "in")


def test_a_cry_for_help_that_the_call_did_not_bring_is_fetched_and_opens_a_case(described, settings, supplier, agency):
    worker = factories.make_worker(agency)
    described()
    lists(supplier, listed("A1", number_of(worker).lstrip("+"), "HELP"))

    assert fetch(settings) == 1

    for agency_id, message_id in inbound.pending():
        inbound.process(agency_id, message_id, clock.now())
    (text,) = received(agency)
    assert (text.worker_id, text.gateway, text.provider_id, body_of(text)) == (worker.id, "http1", "A1", "HELP")
    with db.reading() as session:
        assert session.query(Case).count() == 1


def test_what_the_call_brought_is_not_kept_a_second_time(app, described, settings, supplier, agency):
    worker = factories.make_worker(agency)
    row = described()
    with db.reading() as session:
        token = vault.reveal(session, row, "token")
    said = {"msg": {"id": "A1", "from": number_of(worker), "text": "SAFE"}}
    app.test_client().post(f"/hooks/http1/inbound/{token}", json=said)
    lists(supplier, listed("A1", number_of(worker), "SAFE"), listed("A2", number_of(worker), "thanks"))

    assert fetch(settings) == 1
    assert sorted(text.provider_id for text in received(agency)) == ["A1", "A2"]


def test_the_list_is_asked_as_described_every_five_minutes_by_one_process(described, settings, supplier):
    described(list_method="POST", list_headers="X-Key: canary-list-42", list_body='{"from": "{since_unix}"}')
    lists(supplier)
    now = clock.now()

    for minutes, holder in ((0, "w1"), (1, "w2"), (4, "w1"), (5.1, "w2")):
        fetch(settings, now + timedelta(minutes=minutes), holder)

    assert len(supplier.asked) == 2
    method, path, headers, body = supplier.asked[0]
    since = now - lookout.LOOK_BACK
    assert (method, path) == ("POST", f"/received?since={since:%Y-%m-%dT%H%%3A%M%%3A%SZ}")
    assert headers["X-Key"] == "canary-list-42" and "Authorization" not in headers
    assert json.loads(body) == {"from": str(int(since.timestamp()))}


def test_without_headers_of_its_own_the_list_is_asked_with_those_of_sending(described, settings, supplier):
    described()
    lists(supplier)

    fetch(settings)

    assert supplier.asked[0][2]["Authorization"] == "Key canary-key-4711"


def test_a_provider_without_a_list_is_not_asked(described, settings, supplier):
    described(list_url="")

    assert fetch(settings) == 0
    assert supplier.asked == []


def test_the_list_of_the_provider_that_only_stands_by_is_read_too(described, settings, supplier, agency):
    described("http2")
    described("http1", list_url="")
    lists(supplier, listed("B1", "+218918888888", "HELP"))

    assert fetch(settings) == 1
    assert [text.gateway for text in received(agency)] == ["http2"]


def test_old_texts_our_own_and_those_without_a_sender_or_a_time_are_left_out(described, settings, supplier, agency):
    described()
    old = f"{clock.now() - timedelta(hours=27):%Y-%m-%dT%H:%M:%SZ}"
    lists(
        supplier, listed("1", "+218918888888", "SAFE", old), listed("2", "+18005550100", "Are you safe?"), listed("3", "", "x"),
        listed("4", "+218918888888", "SAFE", "yesterday"), listed("", "+218918888888", "x"), "junk", None, listed("5", "+218918888888", "hello"),
    )  # fmt: skip

    assert fetch(settings) == 1
    assert [text.provider_id for text in received(agency)] == ["5"]


@pytest.mark.parametrize("answer", [(500, "{}", {}), (200, "<html>", {}), (200, '{"data": {"items": 4}}', {})])
def test_a_list_that_cannot_be_read_is_asked_again_soon(described, settings, supplier, agency, answer):
    described()
    supplier.answer = answer
    now = clock.now()
    assert fetch(settings, now) == 0
    lists(supplier, listed("A1", "+218918888888", "HELP"))

    assert fetch(settings, now + timedelta(seconds=31)) == 1


def test_a_time_from_the_future_counts_as_now(described, settings, supplier, agency):
    described()
    now = clock.now()
    lists(supplier, listed("A1", "+218918888888", "hello", f"{now + timedelta(hours=8):%Y-%m-%d %H:%M:%S}"))

    fetch(settings)

    (text,) = received(agency)
    assert text.queued_at <= clock.now()


@pytest.mark.parametrize(
    "written",
    ["2027-03-01T08:30:15Z", "2027-03-01T16:30:15+08:00", "2027-03-01 08:30:15", "Mon, 01 Mar 2027 08:30:15 +0000", "1803889815", "1803889815000"],
)  # fmt: skip
def test_a_moment_is_read_however_a_provider_writes_it(written):
    assert generic.moment(written) == datetime(2027, 3, 1, 8, 30, 15, tzinfo=UTC)


@pytest.mark.parametrize("written", ["", "yesterday", "2027-13-01", "99999999999999999999"])
def test_what_is_no_moment_is_none(written):
    assert generic.moment(written) is None


@pytest.mark.parametrize(("field", "value"), [
    ("list_url", "https://10.0.0.8/"), ("list_url", "https://x.example/{to}"), ("list_method", "DELETE"), ("list_body", "{"),
    ("list_headers", "Host: x"), ("list_id", ""), ("list_from", ""), ("list_text", ""), ("list_time", ""), ("list_path", "a b"),
])  # fmt: skip
def test_a_list_that_could_not_be_read_is_refused_beside_its_field(described, field, value):
    with pytest.raises(WrongField) as problem:
        described(**{field: value})

    assert problem.value.field == field


def test_the_lists_headers_stay_when_the_field_is_left_empty(described, admin):
    described(list_headers="X-Key: canary-list-42")
    described(list_headers="")

    with db.reading() as session:
        row = gateways.named(session, admin, "http1")
        assert gateways.request_of(session, row).list_headers == (("X-Key", "canary-list-42"),)
        assert "canary-list-42" not in json.dumps(gateways.typed(session, row))
        assert gateways.typed(session, row)["list_id"] == "uid"
