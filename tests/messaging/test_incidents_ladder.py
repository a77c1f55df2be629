"""The ladder: the silent are chased step by step, each once, until anything is heard; who wants no texts is called at once."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from sqlalchemy import select, update

from messaging.incidents import incidents, jobs, ladder, rows, sending
from messaging.models import CallTask, LadderMove, Message, Person
from tests import factories
from tests.messaging.incident_factories import hear, make_incident, person
from tests.messaging.test_incidents_texts import begun
from tests.messaging.texting import body_of
from workforce.core import clock, db, tenancy, vault
from workforce.core.errors import Invalid
from workforce.models import Agency, Consent, Contact, Phone, Worker
from workforce.people import phones

NOON = datetime(2027, 3, 1, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


@pytest.fixture
def database_url(any_database):
    return any_database


@pytest.fixture(autouse=True)
def noon():
    with time_machine.travel(NOON, tick=False) as when:
        yield when


@pytest.fixture
def worker(agency):
    return factories.make_worker(agency, full_name="Ariel Sumulong")


@pytest.fixture
def only_texts(agency):
    """A real gateway without a number that calls and without WhatsApp."""
    with db.transaction() as session:
        session.execute(update(Agency).where(Agency.id == agency.id).values(gateway="twilio"))


def texted(manager, template="safety_check"):
    """An incident whose people have been asked at noon."""
    incident = make_incident(manager, area="country")
    text, seal, count = begun(manager, incident, template)
    with db.transaction() as session:
        own = incidents.get(session, manager, incident.id)
        sending.send(session, manager, own, text, typed=str(count), seen=seal, now=clock.now())
    return incident


def add_phone(worker, number):
    with db.transaction() as session:
        phones.add(session, tenancy.System(worker.agency_id), session.get(Worker, worker.id), number, use="host")


def add_contact(worker, kind, *, number=None, other=None, name="Somebody"):
    with db.transaction() as session:
        made = Contact(
            id=db.new_id(), agency_id=worker.agency_id, worker_id=worker.id, kind=kind, full_name=name,
            other_worker_id=other.id if other else None,
            phone_index=vault.blind_index(worker.agency_id, phones.INDEX, number) if number else None,
        )  # fmt: skip
        vault.seal(session, made, phone=number)
        session.add(made)


def tick(agency, minutes):
    return jobs.chase(agency.id, now=NOON + minutes * MINUTE)


def climb(agency, *minutes):
    for one in minutes:
        tick(agency, one)


def sent(step=None):
    """Texts of the ladder, in the order in which they were queued."""
    with db.reading() as session:
        mine = select(Message).where(Message.occasion.startswith("ladder:")).order_by(Message.queued_at, Message.id)
        return [one for one in session.scalars(mine) if step is None or f":{step}:" in one.occasion]


def moves(worker):
    with db.reading() as session:
        mine = select(LadderMove).where(LadderMove.worker_id == worker.id).order_by(LadderMove.at, LadderMove.id)
        return [(one.step, one.state, one.why) for one in session.scalars(mine)]


def taken(worker):
    """At which minute each step was taken or found impossible."""
    with db.reading() as session:
        mine = select(LadderMove).where(LadderMove.worker_id == worker.id)
        return {one.step: (one.at - NOON) // MINUTE for one in session.scalars(mine)}


def tasks():
    with db.reading() as session:
        return list(session.scalars(select(CallTask).where(CallTask.done_at.is_(None))))


def numbers(messages):
    with db.reading() as session:
        return [vault.reveal(session, session.get(Message, one.id), "number") for one in messages]


def test_as_delivered_there_are_six_steps_and_the_others_can_be_switched_on(manager):
    incident = make_incident(manager)

    assert [step.key for step in ladder.climbed(incident)] == [
        "other_number", "buddy", "site_leader", "voice", "family", "call",
    ]  # fmt: skip
    assert {step.key for step in ladder.of(incident)} - {step.key for step in ladder.climbed(incident)} == {
        "again", "whatsapp", "employer",
    }  # fmt: skip


def test_every_step_is_taken_in_its_turn_until_a_person_calls(agency, manager, worker):
    add_phone(worker, "+218925550001")
    add_contact(worker, "buddy", number="+218925550002")
    add_contact(worker, "site_leader", number="+218925550003")
    add_contact(worker, "next_of_kin", number="+639175550004")
    texted(manager)

    climb(agency, 0, 19)
    assert sent() == []
    climb(agency, 20, 35, 50, 65, 95, 110)

    own = numbers(sent("voice"))
    assert [numbers(sent(step)) for step in ("other_number", "buddy", "site_leader", "family")] == [
        ["+218925550001"], ["+218925550002"], ["+218925550003"], ["+639175550004"],
    ]  # fmt: skip
    assert (len(own), own != ["+218925550001"], sent("voice")[0].channel) == (1, True, "voice")
    assert taken(worker) == {"other_number": 20, "buddy": 35, "site_leader": 50, "voice": 65, "family": 95, "call": 110}
    assert [one.why for one in tasks()] == ["ladder"]


def test_two_clocks_take_a_step_once(agency, manager, worker):
    add_phone(worker, "+218925550001")
    texted(manager)

    climb(agency, 0, 20, 20, 20)

    assert len(sent()) == 1


@pytest.mark.parametrize("status", ["SAFE", "MOVING", "STAYING", "HELP"])
def test_any_answer_ends_it(agency, manager, worker, status):
    add_phone(worker, "+218925550001")
    incident = texted(manager)
    climb(agency, 0)
    hear(worker, status)

    climb(agency, 20, 40, 90, 200)

    assert (sent(), tasks()) == ([], [])
    assert person(incident, worker).chase_at is None


def test_words_without_a_status_end_it_too_and_a_person_reads_them(agency, manager, worker):
    add_phone(worker, "+218925550001")
    incident = texted(manager)
    climb(agency, 0)
    with db.transaction() as session:
        session.add(Message(
            id=db.new_id(), agency_id=agency.id, direction="in", worker_id=worker.id, purpose="reply", state="received", rank=60, queued_at=NOON + MINUTE,
        ))  # fmt: skip

    climb(agency, 20, 90)

    assert sent() == []
    assert person(incident, worker).chase_step == "wrote"


def test_who_wants_no_texts_is_never_texted_nor_anybody_about_them(agency, manager):
    stopped = factories.make_worker(agency, opted_out_at=NOON)
    add_phone(stopped, "+218925550001")
    add_contact(stopped, "buddy", number="+218925550002")
    factories.make_worker(agency)
    texted(manager)

    climb(agency, 0, 20, 40, 90, 200)

    assert [one.worker_id for one in tasks() if one.why == "opted_out"] == [stopped.id]
    assert {"+218925550001", "+218925550002"} & set(numbers(sent())) == set()


def test_opting_out_in_the_middle_opens_a_call_at_once(agency, manager, worker):
    add_phone(worker, "+218925550001")
    texted(manager)
    climb(agency, 0)
    with db.transaction() as session:
        session.execute(update(Worker).values(opted_out_at=NOON))
        session.execute(update(Person).values(status="UNREACHABLE", unreachable_reason="opted out"))

    climb(agency, 1)

    assert ([one.why for one in tasks()], sent()) == (["opted_out"], [])


def test_a_buddy_who_wants_no_texts_gets_none(agency, manager, worker):
    buddy = factories.make_worker(agency, opted_out_at=NOON, host_country="TN")
    add_contact(worker, "buddy", other=buddy)
    texted(manager)

    climb(agency, 0, 20, 40, 60)

    assert sent("buddy") == []
    assert ("buddy", "skipped", "nobody_known") in moves(worker)


def test_the_family_is_never_asked_where_it_was_switched_off(agency, manager, worker, only_texts):
    add_contact(worker, "next_of_kin", number="+639175550004")
    with db.transaction() as session:
        session.add(Consent(
            id=db.new_id(), agency_id=agency.id, worker_id=worker.id, purpose="family", given=False, channel="sms", at=NOON
        ))  # fmt: skip
    texted(manager)

    climb(agency, 0, 30, 60, 90)

    assert sent() == []
    assert ("family", "skipped", "family_off") in moves(worker)


def test_one_site_leader_of_many_gets_one_text_that_names_them(agency, manager):
    several = [factories.make_worker(agency, full_name=f"Person {letter}") for letter in "ABCDE"]
    for one in several:
        add_contact(one, "site_leader", number="+218925550003")
    texted(manager)

    climb(agency, 0, 15)

    told = sent("site_leader")
    assert len(told) == 1
    assert "Person A, Person B, Person C +2" in body_of(told[0])


def test_the_employer_is_told_neither_an_answer_nor_that_there_is_none(agency, manager, worker):
    add_contact(worker, "employer", number="+218925550005")
    incident = texted(manager)
    with db.transaction() as session:
        wanted = {key: (key == "employer", "5") for key in ladder.KEYS}
        ladder.change(session, manager, incidents.get(session, manager, incident.id), wanted, at=NOON)

    climb(agency, 0, 5)

    said = body_of(sent("employer")[0])
    assert "Please ask Ariel Sumulong to call us" in said
    assert not {"silent", "safe", "help", "reach", "answered", "heard"} & set(said.lower().replace(",", " ").split())


def test_a_shorter_wait_holds_for_those_who_wait_already(agency, manager, worker):
    add_phone(worker, "+218925550001")
    incident = texted(manager)
    climb(agency, 0)

    with db.transaction() as session:
        wanted = {step.key: (step.is_on, str(5 if step.key == "other_number" else step.minutes)) for step in ladder.of(incident)}  # fmt: skip
        ladder.change(session, manager, incidents.get(session, manager, incident.id), wanted, at=NOON)
    climb(agency, 5)

    assert len(sent()) == 1


@pytest.mark.parametrize("typed", ["", "-1", "five", "1441"])
def test_a_wait_that_is_no_number_of_minutes_is_named(manager, typed):
    incident = make_incident(manager)
    with db.transaction() as session, pytest.raises(Invalid, match="Buddy"):
        wanted = {key: (True, typed if key == "buddy" else "10") for key in ladder.KEYS}
        ladder.change(session, manager, incidents.get(session, manager, incident.id), wanted, at=NOON)


def test_the_board_says_what_comes_next_and_when(agency, manager, worker):
    add_contact(worker, "buddy", number="+218925550002", name="Lorna Reyes")
    incident = texted(manager)
    climb(agency, 0)

    with db.reading() as session:
        line = rows.line_of(session, incidents.get(session, manager, incident.id), worker.id, now=NOON)
    assert (line.next.words, line.next.small, line.next.at) == ("Buddy: Lorna Reyes", "14:15 by itself", NOON + 15 * MINUTE)  # fmt: skip


def test_no_step_can_be_taken_for_what_fails_and_a_call_is_due_at_once(agency, manager, worker, only_texts):
    texted(manager)
    with db.transaction() as session:
        session.execute(update(Phone).values(state="fails"))
        session.execute(update(Person).values(status="UNREACHABLE", unreachable_reason="not delivered"))

    climb(agency, 0, 0)

    assert [one.why for one in tasks()] == ["ladder"]
    assert ("voice", "skipped", "not_set_up") in moves(worker)


def test_a_landline_is_not_texted(agency, manager, worker):
    add_contact(worker, "next_of_kin", number="+63281234567")
    texted(manager)

    climb(agency, 0, 60, 120)

    assert ("family", "skipped", "nobody_known") in moves(worker)


def test_a_call_is_taken_by_one_and_ends_with_what_was_heard(agency, manager, staff, worker, client_of, only_texts):
    incident = texted(manager)
    climb(agency, 0, 15)
    client, task = client_of(staff), tasks()[0]
    url = f"/incidents/{incident.id}/calls"

    assert "Ariel Sumulong" in client.get(url).text
    assert client.post(f"{url}/{task.id}/take").status_code == 302
    assert client_of(manager).post(f"{url}/{task.id}/take").status_code == 409
    client.post(f"{url}/{task.id}/unanswered")
    assert tasks()[0].tries == 1
    client.post(f"/incidents/{incident.id}/people/{worker.id}/mark", data={"status": "SAFE", "informant": "his wife, by phone"})  # fmt: skip
    climb(agency, 16)

    with db.reading() as session:
        done = session.get(CallTask, task.id)
        assert (done.outcome, done.done_by) == ("SAFE", staff.id)


def test_managers_change_the_steps_and_staff_only_look(agency, manager, staff, client_of):
    incident = make_incident(manager)
    data = {f"minutes-{key}": "7" for key in ladder.KEYS} | {"on-call": "1"}
    url = f"/incidents/{incident.id}/ladder"

    assert client_of(staff).get(url).status_code == 200
    assert client_of(staff).post(url, data=data).status_code == 403
    assert client_of(manager).post(url, data=data).status_code == 302
    with db.reading() as session:
        changed = incidents.get(session, manager, incident.id)
        assert [(step.key, step.minutes) for step in ladder.climbed(changed)] == [("call", 7)]
