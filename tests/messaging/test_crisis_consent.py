"""Who has taken back the consent to crisis texts gets none: a person calls them at once."""

import pytest
import time_machine

from messaging.models import Message
from messaging.outbox import outbox
from tests import factories
from tests.messaging.incident_factories import make_incident
from tests.messaging.test_inbox_conversation import say
from tests.messaging.test_incidents_ladder import NOON, add_contact, climb, sent, tasks, texted
from tests.messaging.texting import number_of, texts_with
from workforce import consents
from workforce.core import db, tenancy
from workforce.models import Worker


@pytest.fixture(autouse=True)
def noon():
    with time_machine.travel(NOON, tick=False):
        yield


def say_no(worker, purpose="crisis", *, given=False):
    with db.transaction() as session:
        act = consents.give if given else consents.withdraw
        act(session, tenancy.System(worker.agency_id), session.get(Worker, worker.id), purpose, channel="link")


def test_no_crisis_text_goes_to_who_has_said_no_and_a_call_is_due_at_once(agency, manager):
    unwilling, willing = factories.make_worker(agency), factories.make_worker(agency)
    say_no(unwilling)

    texted(manager)
    climb(agency, 0)

    assert {one.worker_id for one in texts_with(agency, Message.purpose == "safety")} == {willing.id}
    assert [(one.worker_id, one.why) for one in tasks()] == [(unwilling.id, "withdrawn")]


def test_the_composer_says_how_many_have_said_no(agency, manager, client_of):
    say_no(factories.make_worker(agency, full_name="Ana Unwilling"))
    factories.make_worker(agency)
    incident = make_incident(manager, area="country")
    client = client_of(manager)

    page = client.post(f"/incidents/{incident.id}/texts", data={"template": "safety_check"}, follow_redirects=True).text

    assert "1 took back the consent to crisis texts: Ana Unwilling" in " ".join(page.split())


def test_who_says_no_in_the_middle_of_the_ladder_is_called_and_nobody_is_texted_about_them(agency, manager):
    worker = factories.make_worker(agency)
    add_contact(worker, "buddy", number="+218925550002")
    texted(manager)
    climb(agency, 0)

    say_no(worker)
    climb(agency, 1, 40)

    assert sent() == []
    assert [one.why for one in tasks()] == ["withdrawn"]


@pytest.mark.parametrize(
    ("purpose", "state"),
    [
        ("evacuation", "suppressed"),
        ("safety", "suppressed"),
        ("recall", "queued"),
        ("one_to_one", "queued"),
        ("reply", "queued"),
    ],
)
def test_the_outbox_refuses_only_what_rests_on_the_consent(agency, purpose, state):
    worker = factories.make_worker(agency)
    say_no(worker)

    with db.transaction() as session:
        sender, mine = tenancy.System(agency.id), session.get(Worker, worker.id)
        one = outbox.queue(session, sender, worker=mine, body="Are you safe?", purpose=purpose)
        outbox.queue_many(session, sender, [{"worker_id": worker.id, "body": "Are you safe?", "purpose": purpose}])

    assert [row.state for row in texts_with(agency)] == [state, state]
    assert one.error_code == ("withdrawn" if state == "suppressed" else "")


def test_who_agrees_again_is_texted_again(agency, manager):
    worker = factories.make_worker(agency)
    say_no(worker)
    with time_machine.travel(NOON.replace(second=1)):
        say_no(worker, given=True)

    texted(manager)

    assert [one.worker_id for one in texts_with(agency, Message.purpose == "safety")] == [worker.id]


def test_family_off_is_a_line_of_the_ledger_and_no_family_is_texted(agency, manager):
    worker = factories.make_worker(agency)
    add_contact(worker, "next_of_kin", number="+639175550004")
    say(agency, number_of(worker), "FAMILY OFF")

    texted(manager)
    climb(agency, 20, 40, 60, 80, 100)

    with db.reading() as session:
        assert not consents.allowed(session, session.get(Worker, worker.id), "family")
    assert sent("family") == []
