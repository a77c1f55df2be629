"""Describing a provider of texts in the settings: what is kept, what is not shown, what is refused beside its field."""

import pytest

from tests import factories
from workforce import gateways
from workforce.core import db
from workforce.models import Agency

FACTS = {
    "title": "Example Telecom", "method": "POST", "url": "https://sms.example.com/send", "headers": "Authorization: Key canary-key-4711", "body_kind": "json",
    "body": '{"to": "{to}", "text": "{body}"}', "sender": "+18005550100", "accepted_status": "200,202", "id_path": "id", "meanings": "4 = invalid",
    "receipt_states": "DELIVRD = delivered",
}  # fmt: skip
PATH = "/settings/gateway/http1"


@pytest.fixture
def admin(agency):
    return factories.make_user(agency, role="admin")


@pytest.fixture
def client(client_of, admin):
    return client_of(admin)


def test_a_provider_is_described_and_its_key_is_not_shown_again(client, admin):
    assert client.post(PATH, data=FACTS).status_code == 302

    page = client.get(PATH).text
    assert "Example Telecom" in page and "200,202" in page and "DELIVRD = delivered" in page
    assert "canary-key-4711" not in page
    assert "/hooks/http1/inbound/" in page and "/hooks/http1/receipt/" in page


def test_a_provider_without_a_list_says_that_texts_can_be_lost(client):
    client.post(PATH, data=FACTS)
    without = client.get(PATH).text
    listed = dict.fromkeys(("list_id", "list_from", "list_text", "list_time"), "x")
    client.post(PATH, data=FACTS | listed | {"list_url": "https://sms.example.com/in?since={since}", "list_method": "GET"})
    with_one = client.get(PATH).text

    lost, every = "texts that its call does not bring are lost", "Every five minutes Muster asks for this list"
    assert lost in without and every not in without
    assert every in with_one and lost not in with_one


def test_left_empty_the_headers_stay(client, admin):
    client.post(PATH, data=FACTS)
    client.post(PATH, data=FACTS | {"headers": "", "title": "Renamed", "version": "1"})

    with db.reading() as session:
        row = gateways.named(session, admin, "http1")
        assert (row.title, gateways.request_of(session, row).headers) == (
            "Renamed",
            (("Authorization", "Key canary-key-4711"),),
        )


@pytest.mark.parametrize(("field", "value", "says"), [
    ("url", "http://sms.example.com/", "must begin with https://"), ("url", "https://10.0.0.8/", "private network"), ("body", "{", "not JSON"),
    ("meanings", "4 = odd", "Meanings are"), ("title", "", "Give the provider a name"),
])  # fmt: skip
def test_what_cannot_be_used_is_said_beside_its_field_and_nothing_is_lost(client, field, value, says):
    answer = client.post(PATH, data=FACTS | {field: value})

    assert answer.status_code == 422
    assert says in answer.text
    assert "+18005550100" in answer.text


def test_who_saves_an_older_page_is_told(client):
    client.post(PATH, data=FACTS)
    client.post(PATH, data=FACTS | {"version": "1", "title": "Second"})

    answer = client.post(PATH, data=FACTS | {"version": "1", "title": "Third"})

    assert answer.status_code == 422
    assert "Somebody has changed this" in answer.text


def test_only_a_described_provider_can_be_chosen(client, agency):
    assert "Describe this provider first" in client.post("/settings/gateway", data={"gateway": "http1"}).text
    client.post(PATH, data=FACTS)
    assert client.post("/settings/gateway", data={"gateway": "http1", "fallback": ""}).status_code == 302

    with db.reading() as session:
        assert session.get(Agency, agency.id).gateway == "http1"


def test_the_second_gateway_is_another_than_the_first(client, agency):
    client.post(PATH, data=FACTS)
    client.post("/settings/gateway/http2", data=FACTS | {"title": "Other"})

    assert (
        "another gateway than the first"
        in client.post("/settings/gateway", data={"gateway": "http1", "fallback": "http1"}).text
    )
    client.post("/settings/gateway", data={"gateway": "http1", "fallback": "http2"})

    with db.reading() as session:
        assert session.get(Agency, agency.id).fallback_gateways == ["http2"]
    page = client.get("/settings/gateway").text
    assert "Example Telecom" in page and "Other" in page
