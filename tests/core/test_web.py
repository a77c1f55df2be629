"""What every answer carries, how errors look, and that an upload never lies on disk in clear."""

import os
import sys
import tempfile
from dataclasses import replace

import pytest

from tests import factories
from workforce.core import guard, web
from workforce.core.errors import Conflict, DomainError, Invalid, NotAllowed, NotFound, TooMany
from wsgi import create_app

CANARY = b"Zqxjkvulture canary scan "


@pytest.fixture
def site(settings):
    """An app of its own with a few pages more: one for each thing that can go wrong, and one that takes a file."""
    app = create_app(settings)
    app.config.update(WTF_CSRF_ENABLED=False, PROPAGATE_EXCEPTIONS=False, TESTING=False)

    def fall(kind):
        kinds = {
            "notfound": NotFound("No such worker."),
            "notallowed": NotAllowed("Not you."),
            "conflict": Conflict("Somebody was faster."),
            "invalid": Invalid("Cannot be used."),
            "toomany": TooMany("Wait."),
            "other": DomainError("Other."),
        }
        raise kinds.get(kind) or ValueError("secret detail +639171234567")

    def take():
        file = web.request.files["scan"]
        spooled = [
            name for name in os.listdir(tempfile.gettempdir()) if _holds(os.path.join(tempfile.gettempdir(), name))
        ]
        return {"size": len(file.read()), "kind": type(file.stream).__name__, "spooled": spooled}

    app.add_url_rule("/fall/<kind>", "fall", fall)
    app.add_url_rule("/take", "take", take, methods=["POST"])
    for view in (fall, take):
        guard.name_lock(view, guard.require_nobody)
    app.add_url_rule("/unlocked", "unlocked", lambda: "open")
    return app


@pytest.mark.parametrize(("path", "status"), [
    ("/log-in", 200), ("/healthz", 200), ("/readyz", 503), ("/metrics", 404), ("/static/img/logo.svg", 200), ("/assets/bootstrap/css/bootstrap.min.css", 200),
    ("/workers/", 302), ("/nowhere", 404), ("/fall/notfound", 404), ("/fall/notallowed", 403), ("/fall/conflict", 409), ("/fall/invalid", 422),
    ("/fall/toomany", 429), ("/fall/other", 422), ("/fall/breakdown", 500), ("/take", 405), ("/unlocked", 403),
])  # fmt: skip
def test_every_kind_of_answer_carries_the_headers(site, path, status):
    answer = site.test_client().get(path)

    assert answer.status_code == status
    for name, value in web.HEADERS.items():
        assert answer.headers[name] == value
    if not path.startswith(("/static", "/assets")):
        assert answer.headers["Cache-Control"] == "no-store"


def test_the_policy_allows_nothing_inline_and_nothing_from_elsewhere():
    rules = dict(part.strip().split(" ", 1) for part in web.CONTENT_POLICY.split(";"))

    assert rules["default-src"] == "'none'"
    assert "unsafe" not in web.CONTENT_POLICY
    assert "http" not in web.CONTENT_POLICY
    assert rules["frame-ancestors"] == rules["base-uri"] == "'none'"


def test_a_breakdown_shows_nothing_of_itself(site):
    answer = site.test_client().get("/fall/breakdown")

    assert "secret detail" not in answer.text
    assert "ValueError" not in answer.text


def test_htmx_gets_a_fragment(site):
    answer = site.test_client().get("/fall/conflict", headers={"HX-Request": "true"})

    assert "Somebody was faster." in answer.text
    assert "<html" not in answer.text


def test_a_page_without_a_lock_lets_nobody_in(site, manager):
    assert factories.logged_in(site, manager).get("/unlocked").status_code == 403


def test_over_https_cookies_and_transport_are_held_to_it(app, staff):
    app.extensions["settings"] = replace(app.extensions["settings"], public_url="https://muster.example")

    assert "max-age=31536000" in app.test_client().get("/log-in").headers["Strict-Transport-Security"]


def test_cookies_are_out_of_reach_of_scripts_and_other_sites(app):
    cookie = app.test_client().get("/log-in").headers["Set-Cookie"]

    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie


def test_a_large_upload_stays_in_memory(site):
    big = CANARY * 200_000

    answer = site.test_client().post("/take", data={"scan": (web.io.BytesIO(big), "passport.png")})

    assert answer.json == {"size": len(big), "kind": "BytesIO", "spooled": []}


def test_an_upload_over_the_limit_is_refused_in_words(site):
    answer = site.test_client().post(
        "/take", data={"scan": (web.io.BytesIO(b"x" * (22 * 1024 * 1024)), "passport.png")}
    )

    assert answer.status_code == 413
    assert "too large" in answer.text


def test_assets_are_only_those_of_the_wheels(app):
    client = app.test_client()

    for path in (
        "/assets/flask/app.py",
        "/assets/bootstrap/../../../pyproject.toml",
        "/static/../base.html",
        "/static/%2e%2e/base.html",
    ):
        assert client.get(path).status_code == 404


def test_readiness_says_why_not(app, monkeypatch):
    monkeypatch.setattr("workforce.core.migrations.is_current", lambda _engine: False)

    answer = app.test_client().get("/readyz")

    assert answer.status_code == 503
    assert answer.json["why"] == ["schema: the database is of another version; run: muster db upgrade"]


def test_a_link_that_is_passed_on_does_not_follow_the_host_header(app):
    with app.test_request_context("/", headers={"Host": "evil.example"}):
        assert web.address("/join/x").startswith("http://127.0.0.1:")


def _holds(path):
    if (
        not os.path.isfile(path)
        or not os.access(path, os.R_OK)
        or os.stat(path).st_size > 30_000_000
        or sys.platform == "win32"
    ):
        return False
    with open(path, "rb") as file:
        return CANARY in file.read()


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\u0627\u062a\u0635\u0644 +218 21 483 0000.", '\u0627\u062a\u0635\u0644 <bdi dir="ltr">+218 21 483 0000</bdi>.'),
        ("<b>+639171234567</b>", '&lt;b&gt;<bdi dir="ltr">+639171234567</bdi>&lt;/b&gt;'),
        ("in 2027, 14:02, it\u2019s 12", "in 2027, 14:02, it\u2019s 12"),
    ],
)
def test_a_number_in_a_text_is_set_from_left_to_right_and_nothing_else_is(text, shown):
    assert web.numbers_apart(text) == shown
