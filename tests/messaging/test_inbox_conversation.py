"""What a text does: its effects on the board and the record, and the one answer it gets."""

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import selectinload

from locator.models import Place, PlacesStamp
from locator.whereabouts import positions
from messaging.inbox import inbound
from messaging.models import Case, Message, Person, Question
from tests import factories
from tests.messaging.incident_factories import make_incident
from tests.messaging.texting import body_of, number_of, texts_with
from workforce.core import clock, db
from workforce.models import Worker

_counter = iter(range(10_000))


@pytest.fixture
def worker(agency):
    return factories.make_worker(agency, full_name="Rodel Magsino", given_names="Rodel", family_name="Magsino")


def say(agency, number, body):
    """A text comes in and is worked off."""
    with db.transaction() as session:
        message, _new = inbound.receive(
            session,
            agency.id,
            from_number=number,
            to_number="TALA",
            body=body,
            provider_id=f"T{next(_counter)}",
            at=clock.now(),
            gateway="simulator",
        )
    inbound.process(agency.id, message.id, clock.now())
    with db.reading() as session:
        return session.get(Message, message.id)


def ask(worker, incident=None):
    now = clock.now()
    with db.transaction() as session:
        session.add(
            Question(
                id=db.new_id(),
                agency_id=worker.agency_id,
                worker_id=worker.id,
                kind="safety",
                incident_id=incident.id if incident else None,
                asked_at=now,
                expires_at=now + timedelta(hours=12),
            )
        )


def cases(agency):
    with db.reading() as session:
        mine = select(Case).where(Case.agency_id == agency.id).options(selectinload(Case.people))
        return list(session.scalars(mine))


def status_of(incident, worker):
    with db.reading() as session:
        return session.scalar(
            select(Person.status).where(Person.incident_id == incident.id, Person.worker_id == worker.id)
        )


def replies(agency):
    return [body_of(one) for one in texts_with(agency, Message.direction == "out")]


@pytest.mark.parametrize(
    "words", ["SOS", "NOT SAFE", "hindi ligtas dito", "tulong", "heeelp", "HELP", "stop shooting help"]
)
def test_a_call_for_help_opens_a_case_and_waits_for_a_person(agency, manager, worker, words):
    incident = make_incident(manager)

    message = say(agency, number_of(worker), words)

    assert message.label == "help"
    assert message.handled_at is None
    assert status_of(incident, worker) == "HELP"
    assert [case.worker_id for case in cases(agency)] == [worker.id]
    assert "call for help" in replies(agency)[0]


def test_help_opens_a_case_without_any_incident(agency, worker):
    say(agency, number_of(worker), "SOS")

    assert len(cases(agency)) == 1


def test_a_digit_answers_the_open_question_once(agency, manager, worker):
    incident = make_incident(manager)
    ask(worker, incident)

    first = say(agency, number_of(worker), "1")
    second = say(agency, number_of(worker), "1")

    assert (first.reading_status, first.handled_at is None, first.incident_id) == ("SAFE", False, incident.id)
    assert status_of(incident, worker) == "SAFE"
    assert second.reading_status == ""
    assert "SAFE" in replies(agency)[0]


def test_two_is_help_while_the_question_is_open(agency, manager, worker):
    incident = make_incident(manager)
    ask(worker, incident)

    say(agency, number_of(worker), "2 po wala kaming sasakyan")

    assert status_of(incident, worker) == "HELP"


def test_a_digit_without_a_question_is_asked_about_once_and_left_to_a_person(agency, manager, worker):
    incident = make_incident(manager)

    first = say(agency, number_of(worker), "1")
    answered = say(agency, number_of(worker), "1")

    assert first.handled_at is None
    assert "1 safe, 2 need help" in replies(agency)[0]
    assert answered.reading_status == "SAFE"
    assert status_of(incident, worker) == "SAFE"


def test_unclear_words_are_asked_about_only_once(agency, worker):
    ask(worker)

    for _ in range(3):
        say(agency, number_of(worker), "ano po")

    assert len(replies(agency)) == 1


def test_someone_on_the_move_is_moving_and_their_words_wait_for_a_person(agency, manager, worker):
    incident = make_incident(manager)

    message = say(agency, number_of(worker), "nasa bus na kami")

    assert status_of(incident, worker) == "MOVING"
    assert message.handled_at is None


def test_safe_after_help_does_not_lower_it(agency, manager, worker):
    incident = make_incident(manager)
    say(agency, number_of(worker), "SOS")

    say(agency, number_of(worker), "SAFE")

    assert status_of(incident, worker) == "HELP"


def test_stop_is_honoured_at_once_with_one_last_word(agency, manager, worker):
    incident = make_incident(manager)

    message = say(agency, number_of(worker), "STOP")
    say(agency, number_of(worker), "hello?")

    (confirmation,) = texts_with(agency, Message.direction == "out", Message.state == "queued")
    assert confirmation.in_reply_to_id == message.id
    assert message.handled_at is not None
    assert status_of(incident, worker) == "UNREACHABLE"
    with db.reading() as session:
        assert session.get(Worker, worker.id).opted_out_at is not None


def test_help_after_stop_still_opens_a_case(agency, worker):
    say(agency, number_of(worker), "STOP")

    say(agency, number_of(worker), "SOS")

    assert len(cases(agency)) == 1


def test_start_brings_the_texts_back(agency, worker):
    say(agency, number_of(worker), "STOP")

    say(agency, number_of(worker), "START")

    with db.reading() as session:
        assert session.get(Worker, worker.id).opted_out_at is None


def test_help_from_a_shared_phone_is_one_case_that_names_everybody_on_it(agency, manager):
    incident = make_incident(manager)
    maria, jose = (
        factories.make_worker(agency, phone="+218915555555", full_name=name, given_names=name.split()[0])
        for name in ("Maria Cruz", "Jose Lim")
    )

    say(agency, "+218915555555", "SOS")

    assert [{one.worker_id for one in case.people} for case in cases(agency)] == [{maria.id, jose.id}]
    assert status_of(incident, maria) == status_of(incident, jose) == "HELP"


def test_safe_from_a_shared_phone_asks_who(agency, manager):
    incident = make_incident(manager)
    maria, jose = (
        factories.make_worker(agency, phone="+218915555555", full_name=name, given_names=name.split()[0])
        for name in ("Maria Cruz", "Jose Lim")
    )

    say(agency, "+218915555555", "SAFE")
    assert "Who is safe?" in replies(agency)[0]
    assert status_of(incident, maria) != "SAFE"
    say(agency, "+218915555555", "SAFE Maria")

    assert status_of(incident, maria) == "SAFE"
    assert status_of(incident, jose) != "SAFE"


def test_help_from_an_unknown_number_is_kept_for_a_person(agency):
    message = say(agency, "+218999999999", "HELP they took us")

    assert (message.worker_id, message.label, message.handled_at) == (None, "help", None)
    assert body_of(message) == "HELP they took us"


def test_an_unknown_number_hears_from_us_once_a_day(agency):
    for _ in range(3):
        say(agency, "+218999999999", "hello")

    assert len(replies(agency)) == 1


def test_who_wrote_was_heard(agency, worker):
    say(agency, number_of(worker), "hello")

    with db.reading() as session:
        kept = session.get(Worker, worker.id)
        assert kept.last_heard_at is not None
        assert kept.phones[0].last_heard_at is not None


def test_the_answer_is_in_the_workers_language(agency):
    worker = factories.make_worker(agency, language="tl")

    say(agency, number_of(worker), "SOS")

    assert "tulong" in replies(agency)[0]


def test_a_text_may_choose_its_language(agency, worker):
    say(agency, number_of(worker), "LANG tl")

    with db.reading() as session:
        assert session.get(Worker, worker.id).language == "tl"


def test_a_place_is_kept_and_said_back(agency, worker):
    message = say(agency, number_of(worker), "32.8872, 13.1913")

    assert message.label == "place"
    assert "I have you at 32.8872, 13.1913 (" in replies(agency)[0]
    with db.reading() as session:
        kept = positions.latest(session, [worker.id])[worker.id]
        assert (kept.source, kept.is_confirmed) == ("text", True)


def test_loc_off_deletes_the_places_at_once(agency, worker):
    say(agency, number_of(worker), "32.8872, 13.1913")

    say(agency, number_of(worker), "LOC OFF")

    with db.reading() as session:
        assert positions.latest(session, [worker.id]) == {}


def test_near_names_the_nearest_with_its_way_and_number(agency):
    worker = factories.make_worker(agency, site="Camp", site_at=(32.88, 13.19))
    with db.transaction() as session:
        session.add(
            Place(
                id=db.new_id(),
                kind="embassy",
                type="embassy",
                name="Embassy of the Philippines",
                lat=32.80,
                lon=13.19,
                country="LY",
                country_of="PH",
                covers=[],
                phone="+218 21 483 0000",
                source="test",
                source_id="1",
                updated_at=clock.now(),
            )
        )
        session.add(PlacesStamp(id=1, value=1))

    say(agency, number_of(worker), "NEAR EMBASSY")

    assert "Embassy of the Philippines, 8.9 km S. +218 21 483 0000" in replies(agency)[0]


def test_near_says_what_it_is_and_which_way_in_the_workers_words(agency):
    worker = factories.make_worker(agency, site="Camp", site_at=(32.88, 13.19), language="hi")
    with db.transaction() as session:
        session.add(
            Place(
                id=db.new_id(), kind="hospital", type="hospital", name="Ibn Sina", lat=32.80, lon=13.19, country="LY", country_of=None, covers=[],
                phone="+218 21 483 0000", source="test", source_id="1", updated_at=clock.now(),
            )
        )  # fmt: skip
        session.add(PlacesStamp(id=1, value=1))

    say(agency, number_of(worker), "NEAR HOSPITAL")

    assert "सबसे पास अस्पताल: Ibn Sina, 8.9 किमी दक्षिण।" in replies(agency)[0]


def test_near_without_a_place_asks_for_one(agency, worker):
    say(agency, number_of(worker), "NEAR HOSPITAL")

    assert "Where are you?" in replies(agency)[0]


def test_a_text_worked_off_twice_has_its_effects_once(agency, worker):
    message = say(agency, number_of(worker), "SOS")

    inbound.process(agency.id, message.id, clock.now())

    assert len(replies(agency)) == 1
