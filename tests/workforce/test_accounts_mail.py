"""Links by mail, against a mail server on this machine that remembers what it was given."""

import re
from dataclasses import replace

import pytest

from tests import factories
from tests.postbox import open_postbox
from workforce.core import mail


@pytest.fixture
def postbox(app):
    with open_postbox(app) as box:
        yield box


def test_an_invitation_goes_by_mail_and_its_link_is_not_shown(app, postbox, agency, client_of):
    admin = factories.make_user(agency, role="admin")

    answer = client_of(admin).post(
        "/settings/people/invite", data={"email": "new@agency.example", "name": "Nina", "role": "staff"}
    )

    _subject, text = postbox.letters(1)["new@agency.example"]
    assert answer.status_code == 302
    assert re.search(r"https://muster\.example/join/[\w-]+", text)


def test_a_forgotten_password_is_answered_with_a_link(app, postbox, agency):
    factories.make_user(agency, email="joy@agency.example")
    app.config["WTF_CSRF_ENABLED"] = False

    app.test_client().post("/forgotten", data={"email": "JOY@agency.example"}, headers={"Host": "evil.example"})

    _subject, text = postbox.letters(1)["joy@agency.example"]
    assert "https://muster.example/reset/" in text
    assert "evil" not in text


def test_a_stranger_cannot_tell_whether_an_address_is_known(app, postbox, agency):
    factories.make_user(agency, email="joy@agency.example")
    app.config["WTF_CSRF_ENABLED"] = False
    client = app.test_client()

    known, unknown = (
        client.post("/forgotten", data={"email": email}) for email in ("joy@agency.example", "nobody@agency.example")
    )

    assert (known.status_code, known.data) == (unknown.status_code, unknown.data)


def test_asking_again_and_again_sends_few_letters(app, postbox, agency):
    factories.make_user(agency, email="joy@agency.example")
    app.config["WTF_CSRF_ENABLED"] = False
    client = app.test_client()

    for _ in range(20):
        assert client.post("/forgotten", data={"email": "joy@agency.example"}).status_code == 200

    assert 1 <= postbox.count() <= 8


def test_when_the_mail_server_refuses_the_admin_gets_the_link(app, agency, client_of):
    app.extensions["settings"] = replace(app.extensions["settings"], smtp_url="smtp://127.0.0.1:9")

    page = client_of(factories.make_user(agency, role="admin")).post(
        "/settings/people/invite", data={"email": "new@agency.example", "name": "Nina", "role": "staff"}
    )

    assert page.status_code == 200
    assert "/join/" in page.text
    assert "did not take the message" in page.text


def test_a_refused_letter_is_an_error_of_ours(app):
    with pytest.raises(mail.NotSent):
        mail.send("smtp://127.0.0.1:9", to="a@agency.example", subject="x", text="y")
