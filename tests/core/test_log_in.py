"""Logging in and out, as a browser does it."""

import pytest

from tests import factories


def test_the_log_in_page_opens_for_a_stranger(app):
    assert app.test_client().get("/log-in").status_code == 200


def test_the_right_password_logs_in(app, staff):
    app.config["WTF_CSRF_ENABLED"] = False

    answer = app.test_client().post("/log-in", data={"email": _email(staff), "password": factories.PASSWORD})

    assert answer.status_code == 302


def test_a_wrong_password_is_said_beside_the_field(app, staff):
    app.config["WTF_CSRF_ENABLED"] = False

    answer = app.test_client().post("/log-in", data={"email": _email(staff), "password": "not the one at all"})

    assert answer.status_code == 422
    assert b"E-mail or password is wrong." in answer.data


def test_a_form_without_its_token_changes_nothing(app, staff):
    answer = app.test_client().post("/log-in", data={"email": _email(staff), "password": factories.PASSWORD})

    assert answer.status_code == 400


def test_a_cookie_kept_from_before_log_out_opens_nothing(app, staff, client_of):
    client, thief = client_of(staff), app.test_client()
    with client.session_transaction() as cookie:
        kept = dict(cookie)
    client.post("/log-out")
    with thief.session_transaction() as cookie:
        cookie.update(kept)

    answer = thief.post("/log-out")

    assert answer.status_code == 302
    assert "/log-in" in answer.location


@pytest.mark.parametrize(
    "target", ["//evil.example", "https://evil.example", "/\\evil.example", "javascript:alert(1)", "/ok\n"]
)
def test_log_in_never_leads_to_another_host(target):
    from workforce.accounts.views import own_path

    assert own_path(target) is None


def _email(user):
    from workforce.core import db, tenancy, vault

    with tenancy.agency(user.agency_id), db.reading() as session:
        return vault.reveal(session, user, "email")
