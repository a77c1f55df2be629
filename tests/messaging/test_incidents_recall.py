"""Recall: what has left is corrected, for exactly those whom it reached; what has not left stays here."""

import pytest
from sqlalchemy import select, update

from messaging.incidents import approval_today, broadcasts, incidents, recall, steering
from messaging.models import Broadcast, Message
from tests import factories
from tests.messaging.incident_factories import make_incident
from tests.messaging.test_incidents_texts import begun, send
from tests.messaging.texting import body_of
from workforce.core import clock, db
from workforce.core.errors import Conflict, NotAllowed
from workforce.models import Worker


@pytest.fixture
def database_url(any_database):
    return any_database


@pytest.fixture
def three(agency):
    return [factories.make_worker(agency, language=language) for language in ("en", "tl", "en")]


@pytest.fixture
def wrong(agency, manager, three):
    """A text to three people: one has it, one text is leaving, one waits."""
    incident = make_incident(manager, area="country")
    sent = send(manager, incident, *begun(manager, incident))
    move(three[0], state="delivered", rank=30, accepted_at=clock.now())
    move(three[1], state="submitting", rank=4)
    return incident, sent.id


def move(worker, **values):
    with db.transaction() as session:
        session.execute(update(Message).where(Message.worker_id == worker.id).values(**values))


def recalled(actor, wrong):
    incident, broadcast_id = wrong
    with db.transaction() as session:
        return recall.send(session, actor, incidents.get(session, actor, incident.id), broadcast_id, now=clock.now())


def corrections():
    with db.reading() as session:
        return list(session.scalars(select(Message).where(Message.purpose == "recall").order_by(Message.queued_at)))


def test_it_goes_to_those_reached_and_to_those_perhaps_reached_and_to_nobody_else(manager, three, wrong):
    made, stayed = recalled(manager, wrong)

    assert {one.worker_id for one in corrections()} == {three[0].id, three[1].id}
    assert (made.recipients_count, stayed) == (2, 1)
    assert {one.priority for one in corrections()} == {0}
    with db.reading() as session:
        assert session.scalar(select(Message.state).where(Message.worker_id == three[2].id)) == "cancelled"


def test_it_says_which_text_it_replaces_in_the_readers_language(manager, three, wrong):
    recalled(manager, wrong)

    said = {one.language: body_of(one) for one in corrections()}
    assert "Do NOT follow our last text" in said["en"] and "HUWAG sundin" in said["tl"]
    assert all("/2 " in body and body.endswith("replaces 1") for body in said.values())


def test_a_text_is_recalled_once(manager, wrong):
    recalled(manager, wrong)

    with pytest.raises(Conflict):
        recalled(manager, wrong)

    assert len(corrections()) == 2


def test_who_has_opted_out_since_is_not_texted_again(manager, three, wrong):
    with db.transaction() as session:
        session.execute(update(Worker).where(Worker.id == three[0].id).values(opted_out_at=clock.now()))

    recalled(manager, wrong)

    assert {one.state for one in corrections() if one.worker_id == three[0].id} == {"suppressed"}


def test_staff_cannot_recall(staff, wrong):
    with pytest.raises(NotAllowed):
        recalled(staff, wrong)


def test_where_nobody_has_it_nothing_more_leaves(agency, manager, three):
    incident = make_incident(manager, area="country")
    sent = send(manager, incident, *begun(manager, incident))

    made, stayed = recalled(manager, (incident, sent.id))

    assert (made, stayed, corrections()) == (None, 3, [])


def test_somebody_else_is_asked_to_review_it(agency, manager, wrong):
    recalled(manager, wrong)
    other = factories.make_user(agency, role="admin")

    with db.reading() as session:
        waits = approval_today.decisions(session, other, clock.now())
    assert "recalled a text without a second person" in waits[0].title


def test_from_the_board_it_is_two_clicks(manager, wrong, client_of):
    incident, broadcast_id = wrong
    client, url = client_of(manager), f"/incidents/{incident.id}/texts/{broadcast_id}/recall"

    assert url in client.get(f"/incidents/{incident.id}").text
    assert "Recall it and text 2 people" in client.get(url).text
    assert client.post(url).status_code == 302
    assert len(corrections()) == 2


@pytest.mark.parametrize(
    ("act", "words"), [("pause", "1 had left, 2 wait here"), ("cancel", "1 had left, 2 stay here")]
)
def test_holding_back_and_calling_back_say_how_many_had_left(agency, manager, three, client_of, act, words):
    incident = make_incident(manager, area="country")
    sent = send(manager, incident, *begun(manager, incident))
    move(three[0], state="sent", rank=20, accepted_at=clock.now())

    page = client_of(manager).post(f"/incidents/{incident.id}/texts/{sent.id}/{act}", follow_redirects=True).text

    assert words in page
    with db.reading() as session:
        broadcast = session.get(Broadcast, sent.id)
        assert steering.progress(session, broadcast)["left"] == 1
        assert broadcasts.of(session, incident)[0].state == {"pause": "paused", "cancel": "cancelled"}[act]
