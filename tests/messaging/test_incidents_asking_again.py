"""SAFE grows old: after twelve hours it is asked again, once, by itself. And a text to many is done when its last one has left."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select, update

from messaging.inbox import conversation
from messaging.incidents import incidents, jobs, rows, steering
from messaging.models import Broadcast, IncidentLine, Message, Question
from tests import factories
from tests.messaging.incident_factories import hear, make_incident, person
from tests.messaging.test_incidents_texts import begun, send
from tests.messaging.texting import body_of
from workforce.core import clock, db, tenancy
from workforce.models import Agency, Worker

SAID_AT = datetime(2026, 3, 1, 10, tzinfo=UTC)
LATER = SAID_AT + timedelta(hours=12, minutes=1)  # Two in the night in Tripoli: a safety check leaves at any hour.


@pytest.fixture
def database_url(any_database):
    return any_database


@pytest.fixture
def worker(agency):
    return factories.make_worker(agency, language="tl")


@pytest.fixture
def incident(manager, worker):
    return make_incident(manager)


def again(agency, *, now=LATER):
    return jobs.ask_again(agency.id, now=now)


def texts():
    with db.reading() as session:
        return list(session.scalars(select(Message).where(Message.direction == "out")))


def test_a_safe_that_is_twelve_hours_old_is_asked_again_once(agency, incident, worker):
    hear(worker, "SAFE", at=SAID_AT)

    again(agency, now=SAID_AT + timedelta(hours=11, minutes=59))
    assert texts() == []
    for minutes in (0, 1, 60 * 30):
        again(agency, now=LATER + timedelta(minutes=minutes))

    (text,) = texts()
    assert (text.purpose, text.priority, text.state, text.not_before_at, text.language) == (
        "safety",
        1,
        "queued",
        None,
        "tl",
    )
    assert text.occasion == f"again:{incident.id}:{worker.id}:{SAID_AT.isoformat()}"
    assert f"{incident.code}/0 00:01 Tripoli" in body_of(text)


def test_it_asks_a_question_that_a_digit_answers_and_lowers_nobody(agency, incident, worker):
    hear(worker, "SAFE", at=SAID_AT)

    again(agency)

    assert person(incident, worker).status == "SAFE"
    assert person(incident, worker).asked_at == LATER
    with db.reading() as session:
        question = conversation.open_question(session, session.get(Worker, worker.id), LATER + timedelta(minutes=5))
        assert (question.kind, question.incident_id) == ("safety", incident.id)
        (line,) = session.scalars(select(IncidentLine).where(IncidentLine.kind == "asked_again"))
        assert line.detail == {"people": 1}
        assert rows.line_of(session, incident, worker.id, now=LATER).next.words == "Asked again"


def test_a_new_safe_is_asked_about_anew(agency, incident, worker):
    hear(worker, "SAFE", at=SAID_AT)
    again(agency)
    said_again = clock.now() + timedelta(hours=1)
    hear(worker, "SAFE", at=said_again)

    again(agency, now=said_again + timedelta(hours=13))

    assert len(texts()) == 2


@pytest.mark.parametrize("status", ["HELP", "MOVING", "STAYING"])
def test_only_safe_grows_old(agency, incident, worker, status):
    hear(worker, status, at=SAID_AT)

    again(agency)

    assert texts() == []


def test_when_the_incident_is_closed_nobody_is_asked(agency, manager, incident, worker):
    hear(worker, "SAFE", at=SAID_AT)
    with db.transaction() as session:
        incidents.close(session, manager, incidents.get(session, manager, incident.id), at=SAID_AT)

    again(agency)

    assert texts() == []


def test_who_wants_no_texts_gets_none_and_no_question(agency, incident, worker):
    hear(worker, "SAFE", at=SAID_AT)
    with db.transaction() as session:
        session.get(Worker, worker.id).opted_out_at = SAID_AT

    again(agency)

    assert [text.state for text in texts()] == ["suppressed"]
    with db.reading() as session:
        assert session.scalar(select(Question.id)) is None


def test_an_exercise_asks_again_on_the_simulated_network_only(agency, manager, worker):
    with db.transaction() as session:
        session.execute(
            update(Agency)
            .where(Agency.id == agency.id)
            .values(gateway="twilio")
            .execution_options(synchronize_session=False)
        )
    make_incident(manager, is_exercise=True)
    hear(worker, "SAFE", at=SAID_AT)

    again(agency)

    (text,) = texts()
    assert text.gateway == "simulator"
    assert body_of(text).startswith("EXERCISE.")


def test_another_agencys_people_are_left_alone(agency, incident, worker):
    hear(worker, "SAFE", at=SAID_AT)

    again(factories.make_agency())

    assert texts() == []


# --- texts to many ----------------------------------------------------------------------------------------------------


def sent(manager, incident):
    draft_id, seal, count = begun(manager, incident)
    return send(manager, incident, draft_id, seal, count)


def set_states(*states):
    with db.transaction() as session:
        for message, state in zip(session.scalars(select(Message).order_by(Message.id)), states, strict=True):
            message.state = state


@pytest.fixture
def three_texted(agency, manager):
    for _ in range(3):
        factories.make_worker(agency)
    return sent(manager, make_incident(manager, area="country"))


@pytest.mark.parametrize("still_here", ["queued", "claimed", "submitting"])
def test_a_text_to_many_is_not_done_while_one_is_here(agency, three_texted, still_here):
    set_states("accepted", "delivered", still_here)

    assert jobs.finish_texts(agency.id, now=LATER) == 0


def test_a_text_to_many_is_done_when_the_last_has_left(agency, manager, three_texted):
    set_states("accepted", "delivered", "failed")

    finished = [jobs.finish_texts(agency.id, now=LATER), jobs.finish_texts(agency.id, now=LATER + timedelta(minutes=1))]

    assert finished == [1, 0]
    with db.reading() as session:
        found = session.get(Broadcast, three_texted.id)
        assert (found.state, found.done_at) == ("done", LATER)
        assert steering.progress(session, found)["waiting"] == 0
        assert session.scalar(select(IncidentLine.detail).where(IncidentLine.kind == "text_done")) == {"sequence": 1}


def test_a_draft_is_never_done(agency, manager):
    factories.make_worker(agency)
    begun(manager, make_incident(manager, area="country"))

    assert jobs.finish_texts(agency.id, now=LATER) == 0
    with tenancy.agency(agency.id), db.reading() as session:
        assert session.scalar(select(Broadcast.state)) == "draft"
