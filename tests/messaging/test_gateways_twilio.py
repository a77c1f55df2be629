"""Twilio over real HTTP, against a small double on loopback."""

import asyncio
import threading
from urllib.parse import parse_qs, quote

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from messaging.outbox import delivery, doubts, results
from messaging.outbox.gateways import Draft, streams
from messaging.outbox.gateways.twilio import Credentials, Twilio
from messaging.outbox.lines import Lines, credentials_of
from tests import factories
from tests.messaging.texting import again, queued
from workforce.core import clock, db

ACCOUNT = "AC" + "a" * 32
PATH = f"/2010-04-01/Accounts/{ACCOUNT}/Messages.json"


@pytest.fixture
def double():
    """A small Twilio: remembers what was posted, lists it, and answers as told."""
    with HTTPServer(host="127.0.0.1") as server:
        server.posted, server.came_in = [], []
        server.then = "made"
        server.given_up = threading.Event()  # Set by the test once our side has stopped waiting.

        def take(request: Request) -> Response:
            form = {name: values[0] for name, values in parse_qs(request.get_data(as_text=True)).items()}
            if server.then == "busy":
                return Response('{"code": 20429, "message": "slow down"}', 429, headers={"Retry-After": "3"})
            if server.then in {"stopped", "invalid"}:
                code = {"stopped": 21610, "invalid": 21211}[server.then]
                return Response(f'{{"code": {code}, "message": "no", "status": 400}}', 400)
            if server.then.startswith("page "):
                return Response("<html>Sign in to this network</html>", int(server.then[5:]), content_type="text/html")
            if server.then == "locked out":
                return Response('{"code": 20003, "message": "Authenticate", "status": 401}', 401)
            if server.then == "broken":
                return Response('{"message": "oops"}', 500)
            made = resource(f"SM{len(server.posted):032d}", form)
            server.posted.append((form, made))
            if server.then == "silent":
                server.given_up.wait(10)
            return json_of(made, 201)

        def listed(request: Request) -> Response:
            every = server.came_in + [made for form, made in reversed(server.posted)]
            found = [made for made in every if made["to"] == request.args["To"]]
            page, size = int(request.args.get("Page", 0)), int(request.args.get("PageSize", 50))
            more = f"{PATH}?To={quote(request.args['To'])}&PageSize={size}&Page={page + 1}" if found[(page + 1) * size :] else None
            few = found[page * size : (page + 1) * size]
            return json_of({"messages": few, "page": page, "page_size": size, "next_page_uri": more, "uri": PATH}, 200)

        server.expect_request(PATH, method="POST").respond_with_handler(take)
        server.expect_request(PATH, method="GET").respond_with_handler(listed)
        yield server


def resource(sid, form):
    stamp = clock.now().strftime("%a, %d %b %Y %H:%M:%S +0000")
    return {
        "sid": sid, "body": form["Body"], "to": form["To"], "from": form.get("From"), "status": "queued", "direction": "outbound-api",
        "date_created": stamp, "date_updated": stamp, "date_sent": None, "error_code": None, "error_message": None, "account_sid": ACCOUNT,
        "api_version": "2010-04-01", "num_media": "0", "num_segments": "1", "price": None, "price_unit": "USD", "messaging_service_sid": None,
        "subresource_uris": {}, "uri": f"/2010-04-01/Accounts/{ACCOUNT}/Messages/{sid}.json",
    }  # fmt: skip


def json_of(data, status):
    import json

    return Response(json.dumps(data), status, content_type="application/json")


@pytest.fixture(params=["with a thread", "awaited"])
def sent(request):
    """One text handed over, in either of the two ways."""

    def send_one(gateway, text):
        if request.param == "awaited":
            return asyncio.run_coroutine_threadsafe(gateway.send_soon(text), streams.loop()).result(20)
        return gateway.send([text])[0]

    return send_one


def gateway_at(double, **facts):
    said = {
        "account_sid": ACCOUNT,
        "auth_token": "secret",
        "sender": "+15005550006",
        "public_url": "https://muster.example",
    } | facts
    return Twilio(Credentials(base_url=double.url_for("").rstrip("/"), **said), timeout_seconds=0.4)


def draft(**facts):
    said = {
        "worker_id": None,
        "purpose": "safety",
        "number": "+218911234567",
        "body": "1 safe, 2 help",
        "status_token": "tok",
        "attempt": 1,
        "submitted_at": clock.now(),
    }
    return Draft(message_id=db.new_id(), agency_id=db.new_id(), **(said | facts))


def test_a_text_leaves_with_sender_callback_and_validity(double, sent):
    outcome = sent(gateway_at(double), draft(valid_until=clock.now() + delivery.timedelta(seconds=900)))

    form, made = double.posted[0]
    assert (outcome.kind, outcome.provider_id) == ("accepted", made["sid"])
    assert (form["To"], form["From"], form["Body"]) == ("+218911234567", "+15005550006", "1 safe, 2 help")
    assert form["StatusCallback"] == "https://muster.example/hooks/twilio/status/tok"
    assert 895 <= int(form["ValidityPeriod"]) <= 900


def test_a_messaging_service_takes_the_place_of_the_sender(double, sent):
    sent(gateway_at(double, messaging_service_sid="MG1", sender=""), draft())

    assert double.posted[0][0]["MessagingServiceSid"] == "MG1"
    assert "From" not in double.posted[0][0]


def test_an_answer_that_does_not_come_is_a_doubt_and_the_list_tells(double, sent):
    gateway, text = gateway_at(double), draft()
    double.then = "silent"

    outcome = sent(gateway, text)
    double.given_up.set()

    assert outcome.kind == "doubt"
    assert gateway.find(text) == [double.posted[0][1]["sid"]]


def test_a_text_is_found_behind_many_later_ones_to_the_same_number(double):
    gateway, text = gateway_at(double), draft()
    gateway.send([text, *(draft(body=f"later {number}") for number in range(60))])

    assert gateway.find(text) == [double.posted[0][1]["sid"]]


def test_other_words_to_the_same_number_are_not_taken_for_ours(double):
    gateway = gateway_at(double)
    gateway.send([draft(body="something else")])

    assert gateway.find(draft()) == []


@pytest.mark.parametrize(
    ("then", "kind", "code"),
    [
        ("busy", "later", "20429"),
        ("stopped", "refused", "21610"),
        ("invalid", "refused", "21211"),
        ("broken", "doubt", "500"),
        ("locked out", "later", "20003"),
        ("page 200", "doubt", "not_twilio"),
        ("page 201", "doubt", "not_twilio"),
        ("page 302", "later", "not_twilio"),
        ("page 403", "later", "not_twilio"),
        ("page 502", "doubt", "not_twilio"),
    ],
)
def test_each_refusal_is_what_it_is(double, sent, then, kind, code):
    double.then = then

    outcome = sent(gateway_at(double), draft())

    assert (outcome.kind, outcome.code) == (kind, code)


@pytest.mark.parametrize(
    ("word", "code", "answer"),
    [
        ("queued", None, ("accepted", "")),
        ("undelivered", 30003, ("undelivered", "30003")),
        ("canceled", 0, ("failed", "")),
        ("receiving", None, None),
    ],
)
def test_a_text_is_asked_about_by_its_id(double, word, code, answer):
    made = resource("SM" + "9" * 32, {"Body": "x", "To": "+1"}) | {"status": word, "error_code": code}
    double.expect_request(PATH.replace(".json", f"/{made['sid']}.json")).respond_with_handler(
        lambda _request: json_of(made, 200)
    )

    said = gateway_at(double).ask(made["sid"])

    assert (said and (said.state, said.code)) == answer


def test_texts_that_came_in_are_listed_and_nothing_else(double):
    ours = {"Body": "SOS", "To": "+15005550006", "From": "+218911234567"}
    double.came_in = [resource("SM1", ours) | {"direction": "inbound"}, resource("SM2", ours)]

    (found,) = gateway_at(double).arrivals(clock.now() - delivery.timedelta(hours=1))

    assert (found.provider_id, found.from_number, found.body) == ("SM1", "+218911234567", "SOS")


def test_how_long_to_wait_is_the_providers_word(double, sent):
    double.then = "busy"

    outcome = sent(gateway_at(double), draft())

    assert outcome.wait_seconds == 3


def test_a_provider_that_cannot_be_reached_has_not_got_the_text(double, sent):
    gateway = gateway_at(double)
    double.stop()

    outcome = sent(gateway, draft())

    assert outcome.kind == "later"
    assert gateway.find(draft()) is None


def test_a_server_that_closes_after_each_answer_is_called_anew_each_time(double, sent):
    gateway = gateway_at(double)

    kinds = [sent(gateway, draft()).kind for _ in range(3)]

    assert kinds == ["accepted"] * 3
    assert len(double.posted) == 3


def test_a_timeout_is_reconciled_and_the_text_is_not_sent_twice(agency, double):
    with db.transaction() as session:
        session.merge(agency).gateway = "twilio"
    message, gateway, now = queued(agency, purpose="notice"), gateway_at(double), clock.now()
    double.then = "silent"
    send(gateway, now)
    double.given_up.set()
    assert again(message).state == "submitting"
    double.then = "made"

    doubts.reconcile(now + delivery.timedelta(seconds=31), lambda *_: gateway)
    send(gateway, now + delivery.timedelta(seconds=200))

    assert (again(message).state, again(message).provider_id) == ("accepted", double.posted[0][1]["sid"])
    assert len(double.posted) == 1


def test_the_demo_agency_has_no_way_to_twilio(app, settings):
    import dataclasses

    armed = dataclasses.replace(
        settings, twilio_account_sid=ACCOUNT, twilio_auth_token="secret", twilio_from="+15005550006"
    )
    demo, real = factories.make_agency(is_demo=True), factories.make_agency()

    with db.reading() as session:
        assert Lines(armed)(session, demo, "twilio") is None
        assert isinstance(Lines(armed)(session, real, "twilio"), Twilio)


def test_an_agencys_own_sender_wins_over_the_installations(app, settings):
    import dataclasses

    armed = dataclasses.replace(
        settings,
        twilio_account_sid=ACCOUNT,
        twilio_auth_token="secret",
        twilio_from="+15005550006",
        twilio_messaging_service_sid="MG1",
    )
    agency = factories.make_agency()
    agency.sender = "+15005550009"

    with db.reading() as session:
        who = credentials_of(session, agency, armed)

    assert (who.sender, who.messaging_service_sid) == ("+15005550009", "")


def send(gateway, now):
    for held in delivery.claim("w1", now, limit=10):
        for parcel in delivery.submit(held, now, lambda *_: gateway):
            results.settle(delivery.hand_over(parcel), now)
