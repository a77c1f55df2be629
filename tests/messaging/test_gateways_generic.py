"""A provider that an admin describes: what is checked when it is typed, what is sent, and how each answer is read."""

import json
import uuid
from datetime import timedelta
from urllib.parse import parse_qs

import pytest
from sqlalchemy import select

from messaging.models import Message
from messaging.outbox import delivery, departures, outbox, results
from messaging.outbox.gateways import Draft
from messaging.outbox.gateways.generic import at
from messaging.outbox.gateways.kept import NeverLeftError
from messaging.outbox.gateways.outside import Outside
from messaging.outbox.lines import Lines
from tests import factories
from tests.messaging.suppliers import Supplier, facts_of
from tests.messaging.texting import again, body_of, number_of, queued, texts_with
from workforce import gateways
from workforce.agencies import WrongField
from workforce.core import clock, db, tenancy, vault
from workforce.core.errors import NotAllowed
from workforce.models import Agency, HttpGateway

WORDS = 'He said "go" – {to}\n1 = safe'


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
        with db.transaction() as session:
            return gateways.save(session, admin, name, facts=facts_of(supplier, **more), loopback=True)

    return save


@pytest.fixture
def line(described, settings, agency):
    def make(**more):
        described(**more)
        with db.reading() as session:
            return Lines(settings)(session, session.get(Agency, agency.id), "http1")

    return make


def draft(**facts):
    said = {
        "message_id": uuid.uuid4(), "agency_id": uuid.uuid4(), "worker_id": None, "purpose": "safety", "number": "+218911234567", "body": WORDS,
        "status_token": "token", "attempt": 1, "submitted_at": clock.now(),
    }  # fmt: skip
    return Draft(**(said | facts))


def test_the_request_is_the_one_described_with_what_the_text_has(line, supplier):
    text = draft()
    (outcome,) = line().send([text])

    assert (outcome.kind, outcome.provider_id) == ("accepted", supplier.taken[0]["id"])
    assert (supplier.taken[0]["to"], supplier.taken[0]["text"]) == ("+218911234567", WORDS)
    method, path, headers, body = supplier.asked[0]
    assert (method, path, headers["Authorization"]) == ("POST", "/send", "Key canary-key-4711")
    assert json.loads(body)["from"] == "+18005550100"


def test_a_form_and_an_address_carry_the_same_words(line, supplier):
    supplier.answer = (200, '{"messages": [{"id": "7"}]}', {})
    line(body_kind="form", body="dest={to}\nmessage={body}", url=f"{supplier.url}/send?x={{id}}&t={{body}}").send(
        [draft()]
    )

    _method, path, headers, body = supplier.asked[0]
    assert headers["Content-Type"] == "application/x-www-form-urlencoded"
    assert parse_qs(body.decode()) == {"dest": ["+218911234567"], "message": [WORDS]}
    assert parse_qs(path.partition("?")[2])["t"] == [WORDS]


@pytest.mark.parametrize(("answer", "kind", "code"), [
    ((202, '{"messages": [{"id": 99}]}', {}), "accepted", ""), ((200, "<html>Welcome</html>", {}), "doubt", "no_id"), ((200, "{}", {}), "doubt", "no_id"),
    ((500, "{}", {}), "doubt", "500"), ((503, "{}", {}), "doubt", "503"), ((429, "{}", {"Retry-After": "9"}), "later", "20429"), ((401, "{}", {}), "later", "401"),
    ((404, "{}", {}), "later", "404"), ((302, "", {"Location": "http://127.0.0.1:1/"}), "later", "302"), ((400, "{}", {}), "refused", "400"),
    ((400, '{"error": 4}', {}), "refused", "21211"), ((200, '{"error": "9"}', {}), "refused", "21610"), ((200, '{"error": 7}', {}), "later", "20429"),
    ((403, '{"error": 8}', {}), "later", "account"),
])  # fmt: skip
def test_every_answer_is_read_for_what_it_says_of_the_text(line, supplier, answer, kind, code):
    supplier.answer = answer

    (outcome,) = line().send([draft()])

    assert (outcome.kind, outcome.code) == (kind, code)


def test_a_redirect_is_not_followed(line, supplier):
    supplier.answer = (307, "", {"Location": f"{supplier.url}/elsewhere"})

    line().send([draft()])

    assert [path for _method, path, _headers, _body in supplier.asked] == ["/send"]


def test_no_connection_is_later_and_a_broken_one_is_a_doubt(line, supplier):
    gateway = line()
    supplier.mode = "takes and breaks off"
    (broken,) = gateway.send([draft()])
    supplier.stop()
    (refused,) = gateway.send([draft()])

    assert (broken.kind, refused.kind, refused.code) == ("doubt", "later", "no_connection")


def test_a_text_is_noted_just_before_its_first_byte_and_not_where_no_connection_stood(line, supplier, monkeypatch):
    seen = []
    monkeypatch.setattr(departures, "leaving", lambda: seen.append(len(supplier.asked)))
    out = line()

    out.send([draft()])
    supplier.stop()
    (outcome,) = out.send([draft()])

    assert (seen, outcome.kind) == ([0], "later")
    assert out.says_when_it_leaves


def test_a_text_in_doubt_is_looked_up_under_our_number_for_it(line, supplier):
    gateway = line(lookup_url=f"{supplier.url}/lookup?ref={{id}}", lookup_id="id")
    text = draft()
    supplier.mode = "takes and breaks off"
    gateway.send([text])

    assert gateway.find(text) == [supplier.taken[0]["id"]]
    assert gateway.find(draft()) == []
    supplier.stop()
    assert gateway.find(text) is None


@pytest.mark.parametrize(("field", "value"), [
    ("url", "http://sms.example.com/send"), ("url", "https://user:pass@sms.example.com/"), ("url", "https://10.0.0.1/send"), ("url", "https://169.254.169.254/latest"),
    ("url", "https://[::1]/send"), ("url", "https://[::ffff:10.0.0.1]/send"), ("url", "https://localhost/send"), ("url", "https://metadata.internal/"),
    ("url", "https://intranet/send"), ("url", "https://{to}.example.com/"), ("url", "ftp://sms.example.com/"), ("url", "https://sms.example.com/{phone}"),
    ("url", "https://0.0.0.0/"), ("url", "https://100.64.0.1/"), ("url", "https://224.0.0.1/"), ("url", ""), ("url", "https://sms.example.com:99999/"),
    ("method", "DELETE"), ("body_kind", "xml"), ("body", '{"to": {to}}'), ("body", '{"to": "{to}"}'), ("headers", "no colon"), ("headers", "Host: evil"),
    ("headers", "X: a\x00b"), ("accepted_status", "100-599"), ("accepted_status", "many"), ("id_path", "$..id;"), ("meanings", "4 = whatever"), ("meanings", "4"),
    ("receipt_states", "DELIVRD = arrived"), ("lookup_url", "https://sms.example.com/last"), ("title", " "),
])  # fmt: skip
def test_what_cannot_be_used_is_refused_beside_its_field(app, admin, field, value):
    facts = facts_of(type("Public", (), {"url": "https://sms.example.com"})()) | {field: value}

    with pytest.raises(WrongField) as refusal, db.transaction() as session:
        gateways.save(session, admin, "http1", facts=facts, loopback=False)

    assert refusal.value.field == field


@pytest.mark.parametrize(
    "number",
    ["10.1.2.3", "127.0.0.1", "169.254.169.254", "::1", "fd00::1", "::ffff:192.168.0.1", "100.64.0.9", "0.0.0.0"],
)
def test_a_public_name_that_leads_inside_is_never_called(number):
    out = Outside(
        "https://sms.example.com/",
        timeout_seconds=1,
        loopback=False,
        resolver=lambda _host, _port: ["93.184.216.34", number],
    )

    with pytest.raises(NeverLeftError, match="private_address"):
        out.call("GET", "https://sms.example.com/", None, [])


def test_this_machine_is_called_only_where_that_is_allowed(supplier):
    with pytest.raises(NeverLeftError):
        Outside(supplier.url, timeout_seconds=1, loopback=False).call("GET", supplier.url, None, [])

    assert supplier.asked == []


def test_the_demo_agency_describes_no_provider(app, supplier):
    demo = factories.make_agency("Demo", is_demo=True)
    with tenancy.agency(demo.id), pytest.raises(NotAllowed), db.transaction() as session:
        gateways.save(session, tenancy.System(demo.id), "http1", facts=facts_of(supplier), loopback=True)


def test_the_key_lies_sealed_and_stays_when_the_field_is_left_empty(described, settings, admin):
    described()
    described(headers="")

    with db.reading() as session:
        row = gateways.named(session, admin, "http1")
        assert gateways.request_of(session, row).headers == (("Authorization", "Key canary-key-4711"),)
        assert "canary-key-4711" not in repr(gateways.request_of(session, row))
    assert b"canary-key-4711" not in (settings.instance.parent / "muster.db").read_bytes()


def test_a_path_leads_through_lists_and_objects():
    said = {"a": [{"b": {"c-d": 5}}], "e": {}}

    assert (at(said, "a.0.b.c-d"), at(said, "a[0].b.c-d"), at(said, "a.1.b"), at(said, "e"), at(said, "x.y")) == (
        5,
        5,
        None,
        None,
        None,
    )


# --- what the provider calls ------------------------------------------------------------------------------------------


@pytest.fixture
def sent(described, agency, settings, supplier):
    described()
    with db.transaction() as session:
        session.get(Agency, agency.id).gateway = "http1"
    message = queued(agency, purpose="notice")
    now = clock.now()
    for held in delivery.claim("w", now, limit=5):
        for parcel in delivery.submit(held, now, Lines(settings)):
            results.settle(delivery.hand_over(parcel), now)
    return message


def token_of(agency):
    with tenancy.agency(agency.id), db.reading() as session:
        return vault.reveal(session, session.scalar(select(HttpGateway)), "token")


def status_path(message):
    return f"/hooks/http1/status/{outbox.status_token(message.agency_id, message.id)}"


def test_a_text_leaves_through_the_described_provider(sent, supplier):
    assert (again(sent).state, again(sent).gateway, again(sent).provider_id) == (
        "accepted",
        "http1",
        supplier.taken[0]["id"],
    )


@pytest.mark.parametrize("way", ["json", "form", "query"])
def test_a_receipt_raises_the_text_however_it_is_written(app, sent, supplier, way):
    said = {"id": supplier.taken[0]["id"], "status": "DELIVRD"}
    given = {"json": {"json": said}, "form": {"data": said}, "query": {"query_string": said}}[way]

    assert app.test_client().post(status_path(sent), **given).status_code == 204

    assert again(sent).state == "delivered"


def test_a_receipt_at_the_one_address_finds_its_text_by_id(app, agency, sent, supplier):
    path = f"/hooks/http1/receipt/{token_of(agency)}"

    app.test_client().post(path, json={"id": "somebody else's", "status": "DELIVRD"})
    assert again(sent).state == "accepted"
    app.test_client().post(path, json={"id": supplier.taken[0]["id"], "status": "UNDELIV", "error": "4"})

    assert (again(sent).state, again(sent).error_code) == ("undelivered", "21211")


@pytest.mark.parametrize(
    "path",
    ["/hooks/http1/status/x", "/hooks/http1/receipt/x", "/hooks/http1/inbound/x", "/hooks/http2/inbound/{token}"],
)
def test_without_the_token_nothing_is_changed(app, agency, sent, path):
    answer = app.test_client().post(
        path.format(token=token_of(agency)),
        json={"id": "1", "status": "DELIVRD", "msg": {"id": 1, "from": "+1", "text": "SAFE"}},
    )

    assert answer.status_code == 403
    assert again(sent).state == "accepted"
    assert not texts_with(agency, Message.direction == "in")


def test_a_text_that_comes_in_is_stored_once_under_its_sender(app, agency, sent):
    worker = factories.make_worker(agency)
    said = {"msg": {"id": 17, "from": number_of(worker).lstrip("+"), "text": "2 tulong"}}

    for _ in range(3):
        assert app.test_client().post(f"/hooks/http1/inbound/{token_of(agency)}", json=said).status_code == 204

    (stored,) = texts_with(agency, Message.direction == "in")
    assert (stored.worker_id, stored.gateway, body_of(stored)) == (worker.id, "http1", "2 tulong")


def test_a_receipt_that_comes_late_keeps_the_text_from_leaving_a_second_time(app, agency, sent):
    """It was given up at the first gateway and waits for the second when the first one speaks up."""
    with tenancy.agency(agency.id), db.transaction() as session:
        row = session.get(Message, sent.id)
        row.state, row.rank, row.gateway, row.provider_id = "queued", 2, "http2", None

    app.test_client().post(status_path(sent), json={"id": "late", "status": "ACCEPTD"})

    assert (again(sent).state, again(sent).gateway) == ("accepted", "http1")
    assert delivery.claim("w", clock.now() + timedelta(seconds=1), limit=5) == []
