"""Texts to many by command: the same acts as on the pages, under the same rules, as a named person."""

import json

import pytest
from sqlalchemy import select, update

from messaging.models import Broadcast, Message
from tests import factories
from tests.messaging.incident_factories import make_incident
from workforce.core import clock, db
from workforce.models import Worker


@pytest.fixture
def crisis(app, agency):
    """One person in Libya, two managers, an open incident."""
    factories.make_worker(agency)
    liza = factories.make_user(agency, role="manager", email="liza@agency.example")
    factories.make_user(agency, role="manager", email="ramon@agency.example")
    return make_incident(liza, area="country")


@pytest.fixture
def run(app):
    def said(*words, by="liza"):
        return app.test_cli_runner().invoke(args=["broadcasts", *words, "--as", f"{by}@agency.example", "--json"])

    return said


def facts(answer):
    assert answer.exit_code == 0, answer.output
    return json.loads(answer.output)


def error(answer):
    """The one line of a refusal."""
    assert (answer.exit_code, answer.output.count("\n")) == (1, 1), answer.output
    return answer.output.removeprefix("Error: ").strip()


def left(run, crisis):
    """A safety check that has left to one person, and is with the provider."""
    run("draft", crisis.code, "--template", "safety_check")
    facts(run("send", f"{crisis.code}/1"))
    return f"{crisis.code}/1"


def test_an_evacuation_by_command_takes_two_people(run, crisis):
    draft = facts(run("draft", crisis.code, "--template", "evacuate", "--go-to", "Port of Tripoli"))
    alone = run("send", draft["code"])
    own = run("approve", draft["code"])
    approved = facts(run("approve", draft["code"], "--count", "1", "--seal", draft["seal"], by="ramon"))
    sent = facts(run("send", draft["code"]))

    assert (draft["people"], draft["needs_two"], "Port of Tripoli" in draft["bodies"][0]["body"]) == (1, True, True)
    assert "A second person has to approve" in error(alone)
    assert "Somebody else has to approve" in error(own)
    assert (approved["state"], sent["state"], sent["texts"]["total"]) == ("approved", "sending", 1)


def test_what_has_changed_since_it_was_shown_does_not_leave_by_command(run, crisis):
    draft = facts(run("draft", crisis.code, "--template", "safety_check"))
    with db.transaction() as session:
        session.execute(update(Worker).values(language="tl"))

    refused = [run("send", draft["code"]) for _again in range(2)]

    assert all("have changed since you looked" in error(one) for one in refused)
    assert facts(run("show", draft["code"]))["seal"] != draft["seal"]


def test_a_wrong_count_is_refused_by_command(run, crisis):
    draft = facts(run("draft", crisis.code, "--template", "safety_check"))

    answer = run("send", draft["code"], "--count", "97")

    assert error(answer) == "Type 1: that is how many people are texted."


def test_a_text_is_held_back_let_go_and_called_back_by_command(run, crisis):
    code = left(run, crisis)

    states = [facts(run(act, code))["state"] for act in ("pause", "resume", "cancel")]

    assert states == ["paused", "sending", "cancelled"]
    assert error(run("pause", code)) == "Text 1 cannot be changed any more."
    with db.reading() as session:
        assert session.scalar(select(Message.state)) == "cancelled"


def test_a_recall_by_command_goes_to_whom_the_text_has_reached(run, crisis):
    code = left(run, crisis)
    with db.transaction() as session:
        session.execute(update(Message).values(state="delivered", rank=30, accepted_at=clock.now()))

    recalled = facts(run("recall", code))

    assert (recalled["state"], recalled["correction"], recalled["corrected"]) == ("recalled", f"{crisis.code}/2", 1)
    assert "Say which one" in error(run("pause", crisis.code))


def test_staff_sends_nothing_to_many_by_command(run, crisis, agency):
    factories.make_user(agency, role="staff", email="joy@agency.example")

    answer = run("draft", crisis.code, "--template", "safety_check", by="joy")

    assert error(answer) == "Only a manager writes and sends texts to many people."  # fmt: skip
    with db.reading() as session:
        assert session.scalar(select(Broadcast)) is None


@pytest.mark.parametrize("command", ["draft", "show", "approve", "send", "pause", "resume", "cancel", "recall"])
def test_each_command_explains_itself(app, command):
    answer = app.test_cli_runner().invoke(args=["broadcasts", command, "--help"])

    assert (answer.exit_code, "--as EMAIL" in answer.output, "--json" in answer.output) == (0, True, True)
