"""`muster agencies create` and `muster users create`, as a script calls them."""

import json

from tests import factories
from workforce.accounts import sessions


def run(app, *words, stdin=""):
    return app.test_cli_runner().invoke(args=list(words), input=stdin)


def test_an_agency_is_made_with_the_zone_of_its_country(app):
    made = run(app, "agencies", "create", "Ibayo Manpower", "--country", "NP", "--json")

    assert made.exit_code == 0
    assert json.loads(made.output)["zone"] == "Asia/Kathmandu"


def test_a_second_agency_of_the_same_name_is_refused_in_one_line(app):
    run(app, "agencies", "create", "Ibayo Manpower")

    again = run(app, "agencies", "create", "Ibayo Manpower")

    assert again.exit_code == 1
    assert len(again.output.strip().splitlines()) == 1


def test_a_user_made_by_command_can_log_in(app):
    factories.make_agency("Ibayo Manpower")

    made = run(
        app,
        "users",
        "create",
        "ana@ibayo.example",
        "--agency",
        "Ibayo Manpower",
        "--role",
        "admin",
        "--password-stdin",
        stdin="long words that only Ana knows\n",
    )

    assert made.exit_code == 0, made.output
    assert sessions.log_in("ana@ibayo.example", "long words that only Ana knows", device="", address="127.0.0.1")


def test_a_short_password_is_refused_and_nobody_is_made(app):
    factories.make_agency("Ibayo Manpower")

    made = run(app, "users", "create", "ana@ibayo.example", "--password-stdin", stdin="short\n")

    assert made.exit_code == 1
    assert "At least 12 characters" in made.output


def test_an_address_in_use_is_refused_in_one_line(app):
    factories.make_user(factories.make_agency("Ibayo Manpower"), email="ana@ibayo.example")
    factories.make_agency("Another Agency")

    made = run(
        app,
        "users",
        "create",
        "ana@ibayo.example",
        "--agency",
        "Another Agency",
        "--password-stdin",
        stdin="long words that only Ana knows\n",
    )

    assert made.exit_code == 1
    assert "cannot be used" in made.output


def test_the_audit_log_is_verified_by_command(app):
    factories.make_agency("Ibayo Manpower")

    verified = run(app, "audit", "verify", "--json")

    assert json.loads(verified.output) == [{"agency": "Ibayo Manpower", "lines": 1, "first_bad": None}]
