"""The dialogue: links, proposals, registration, several people on one phone, duress, and what bad input does."""

import re
from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import select

from messaging.inbox import joining, requests
from messaging.incidents import cases as case_rules
from messaging.links import duress
from messaging.models import Case, Message, Proposal, Question
from messaging.proposals import proposals
from tests import factories
from tests.messaging.incident_factories import make_incident
from tests.messaging.test_inbox_conversation import ask, cases, replies, say, status_of
from tests.messaging.texting import body_of, number_of, texts_with
from workforce.core import clock, db
from workforce.models import Contact, Document, Worker

STRANGER = "+218999999999"


@pytest.fixture
def worker(agency):
    return factories.make_worker(
        agency, full_name="Maria Dalisay", given_names="Maria", family_name="Dalisay", birth_date="1990-03-07"
    )


def payload(agency):
    with db.reading() as session:
        (made,) = session.scalars(select(Proposal)).all()
        return made.kind, made.state, proposals.payload(session, made)


# --- links ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("words", "what"), [("DOCS", "Your papers"), ("DOC passport", "Your papers"), ("WHO", "What we know about you")])  # fmt: skip
def test_what_is_private_is_answered_with_a_link_to_the_number_that_asked(agency, worker, words, what):
    message = say(agency, number_of(worker), words)

    (link,) = texts_with(agency, Message.purpose == "link")
    assert what in body_of(link) and re.search(r"/w/[\w-]{22}", body_of(link))
    assert link.in_reply_to_id == message.id and message.handled_at is not None
    assert "Maria" not in body_of(link)


def test_a_thousand_requests_get_three_links_and_no_more(agency, worker):
    for _ in range(30):
        last = say(agency, number_of(worker), "DOCS")

    assert len(texts_with(agency, Message.direction == "out")) == 3
    assert last.handled_at is None


def test_a_phone_that_several_share_gets_no_link(agency):
    for name in ("Maria Cruz", "Jose Lim"):
        factories.make_worker(agency, phone="+218915555555", full_name=name)

    say(agency, "+218915555555", "DOCS")

    assert texts_with(agency, Message.purpose == "link") == []


# --- proposals --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "kind", "facts"),
    [
        ("NEW +218 91 234 5678", "number", {"number": "+218912345678"}),
        ("CONTACT Jun Cruz 0917 123 4567", "contact", {"name": "Jun Cruz", "number": "+639171234567"}),
        ("PASSPORT 2", "custody", {"custody": "employer", "old": "worker"}),
        ("RENEWED passport 5.1.2032", "renewed", {"kind": "passport", "date": "2032-01-05"}),
        ("FAMILY ON", "family", {}),
        ("DELETE ME", "erase", {}),
    ],
)
def test_a_text_proposes_and_a_person_decides(agency, worker, words, kind, facts):
    paper = factories.make_document(worker)

    message = say(agency, number_of(worker), words)

    made = payload(agency)
    assert made[:2] == (kind, "open")
    assert facts.items() <= made[2].items()
    assert "A person checks it" in replies(agency)[0]
    assert message.handled_at is not None
    with db.reading() as session:
        there = session.get(Worker, worker.id)
        assert (len(there.phones), there.contacts, session.get(Document, paper.id).custody) == (1, [], "worker")


@pytest.mark.parametrize("words", ["NEW 12", "CONTACT Jun 99999999999999999"])
def test_a_number_that_cannot_be_read_is_asked_for_again(agency, worker, words):
    say(agency, number_of(worker), words)

    assert "could not read the number" in replies(agency)[0]


def test_passport_alone_asks_who_holds_it(agency, worker):
    say(agency, number_of(worker), "PASSPORT")

    assert "PASSPORT 2 my employer" in replies(agency)[0]


def test_loc_alone_asks_where_one_is(agency, worker):
    say(agency, number_of(worker), "LOC")

    assert "Where are you? Send the name of your town" in replies(agency)[0]


def test_family_off_holds_at_once(agency, worker):
    with db.transaction() as session:
        session.add(Contact(id=db.new_id(), agency_id=agency.id, worker_id=worker.id, kind="next_of_kin", full_name="Jun Cruz", may_be_told=True))  # fmt: skip

    say(agency, number_of(worker), "FAMILY OFF")

    with db.reading() as session:
        assert session.scalar(select(Contact.may_be_told)) is False


# --- registration -----------------------------------------------------------------------------------------------------


def test_somebody_new_registers_by_text_and_becomes_a_proposal(agency):
    for words in ("JOIN", "1", "Ben Cruz", "5.1.1990", "Tripoli, Libya", "1"):
        say(agency, STRANGER, words)

    kind, state, asked = payload(agency)
    assert (kind, state) == ("join", "open")
    assert {"language": "en", "full_name": "Ben Cruz", "birth_date": "1990-01-05", "where": "Tripoli, Libya", "agrees": "yes"}.items() <= asked.items()  # fmt: skip
    said = replies(agency)
    assert ["Choose" in said[0], "full name" in said[1], "born" in said[2], "work" in said[3], "1 I agree" in said[4], "Thank you" in said[5]] == [True] * 6  # fmt: skip
    with db.reading() as session:
        assert session.scalar(select(Worker.id)) is None


def test_registration_goes_on_in_the_language_that_was_chosen(agency):
    say(agency, STRANGER, "?")
    say(agency, STRANGER, "2")

    assert "buong pangalan" in replies(agency)[1]


@pytest.mark.parametrize(
    ("typed", "code"),
    [("10", "si"), ("12", "ta"), ("Kiswahili", "sw"), ("தமிழ்", "ta"), ("tagalog po", "tl"), ("bn", "bn")],
)
def test_every_language_that_we_have_can_be_chosen_by_number_or_name(agency, typed, code):
    say(agency, STRANGER, "JOIN")
    assert all(f"{at} {joining.NAMES[one]}" in replies(agency)[0] for at, one in enumerate(joining.OFFERED, 1))

    say(agency, STRANGER, typed)

    assert payload(agency)[2]["language"] == code


@pytest.mark.parametrize("words", ["am I registered", "si Ana po", "id card", "may I have it", "sw1 9xx", ""])
def test_the_first_letters_of_a_sentence_are_no_language(words):
    assert requests.language_of(words) is None


@pytest.mark.parametrize("typed", ["am I registered", "the camp", "talk to me", "13"])
def test_what_names_no_language_chooses_none(agency, typed):
    for words in ("JOIN", typed):
        say(agency, STRANGER, words)

    assert payload(agency)[2]["step"] == "language"


def test_what_cannot_be_used_is_asked_for_again_and_nothing_is_lost(agency):
    for words in ("JOIN", "77", "1", "😀😀", "Ben Cruz", "31.31.2999", "5.1.1990"):
        say(agency, STRANGER, words)

    assert payload(agency)[2]["step"] == "where"


def test_half_a_registration_is_kept_for_seven_days(agency):
    say(agency, STRANGER, "JOIN")
    say(agency, STRANGER, "1")

    def forget(days):
        with time_machine.travel(clock.now() + timedelta(days=days)), db.transaction() as session:
            return joining.forget_old(session, agency.id, clock.now())

    assert (forget(6), forget(8)) == (0, 1)


def test_no_is_no_and_nothing_is_kept(agency):
    for words in ("JOIN", "1", "Ben Cruz", "5.1.1990", "Tripoli", "2"):
        say(agency, STRANGER, words)

    with db.reading() as session:
        assert session.scalar(select(Proposal.id)) is None


def test_help_in_the_middle_of_a_registration_is_help(agency):
    say(agency, STRANGER, "JOIN")

    message = say(agency, STRANGER, "SOS they are shooting")

    assert (message.label, message.handled_at) == ("help", None)


# --- several people ---------------------------------------------------------------------------------------------------


@pytest.fixture
def three(agency):
    return [
        factories.make_worker(
            agency, phone="+218915555555", full_name=f"{name} Reyes", given_names=name, family_name="Reyes"
        )
        for name in ("Ana", "Ben", "Joy")
    ]


def test_a_list_of_names_is_taken_name_by_name(agency, manager, three):
    incident = make_incident(manager)

    say(agency, "+218915555555", "SAFE 2 Ana Joy")

    assert [status_of(incident, one) == "SAFE" for one in three] == [True, False, True]
    assert "Ana, Joy" in replies(agency)[0]


def test_a_bare_number_makes_nobody_safe(agency, manager, three):
    incident = make_incident(manager)

    message = say(agency, "+218915555555", "SAFE 3")

    assert not any(status_of(incident, one) == "SAFE" for one in three)
    assert message.handled_at is None


def test_a_number_higher_than_the_names_leaves_the_rest_open(agency, manager, three):
    incident = make_incident(manager)

    message = say(agency, "+218915555555", "SAFE 3 Ana Ben")

    assert [status_of(incident, one) == "SAFE" for one in three] == [True, True, False]
    assert "1 not clear" in replies(agency)[0] and message.handled_at is None


def test_a_name_that_fits_two_makes_neither_safe(agency, manager, three):
    incident = make_incident(manager)

    say(agency, "+218915555555", "SAFE 1 Reyes")

    assert not any(status_of(incident, one) == "SAFE" for one in three)


def test_who_sends_a_list_of_others_is_not_made_safe_by_it(agency, manager):
    incident = make_incident(manager)
    ana = factories.make_worker(agency, full_name="Ana Cruz", given_names="Ana", site="Camp", site_at=(32.8, 13.1))
    with db.reading() as session:
        site = session.get(Worker, ana.id).deployment.site_id
    ben = factories.make_worker(agency, full_name="Ben Lim", given_names="Ben")
    with db.transaction() as session:
        session.get(Worker, ben.id).deployment.site_id = site

    say(agency, number_of(ana), "SAFE 1 Ben")
    assert (status_of(incident, ana) == "SAFE", status_of(incident, ben)) == (False, "SAFE")
    say(agency, number_of(ana), "SAFE 2 Ben and me")

    assert status_of(incident, ana) == "SAFE"


# --- duress -----------------------------------------------------------------------------------------------------------


def test_the_secret_word_looks_like_safe_outside_and_is_help_inside(agency, manager, worker):
    incident = make_incident(manager)
    other = factories.make_worker(agency, full_name="Ben Lim")
    with db.transaction() as session:
        duress.keep(session, manager, session.get(Worker, worker.id), "Mangga", at=clock.now())
    ask(worker, incident)
    ask(other, incident)

    forced = say(agency, number_of(worker), "1 ok lang po mangga")
    free = say(agency, number_of(other), "1")

    outside = [re.sub(r"\d\d:\d\d", "", one) for one in replies(agency)]
    assert outside[0] == outside[1]
    assert (forced.reading_status, free.reading_status) == ("HELP", "SAFE")
    assert status_of(incident, worker) == "HELP"
    (case,) = cases(agency)
    assert case.is_duress
    assert forced.handled_at is None


def test_nobody_texts_a_forced_worker_who_has_the_case(agency, manager, worker):
    with db.transaction() as session:
        duress.keep(session, manager, session.get(Worker, worker.id), "Mangga", at=clock.now())
    say(agency, number_of(worker), "mangga")
    before = len(replies(agency))

    with db.transaction() as session:
        case_rules.take(session, manager, session.scalar(select(Case)), at=clock.now())

    assert len(replies(agency)) == before


def test_who_called_for_help_is_told_who_has_the_case(agency, manager, worker):
    say(agency, number_of(worker), "SOS")

    with db.transaction() as session:
        case_rules.take(session, manager, session.scalar(select(Case)), at=clock.now())

    assert "Test has your call for help" in replies(agency)[1]


# --- words ------------------------------------------------------------------------------------------------------------


def test_help_in_english_is_answered_in_english_where_the_language_was_only_guessed(agency):
    guessed = factories.make_worker(agency, language="tl")
    chosen = factories.make_worker(agency, language="tl", languages=["tl"])

    say(agency, number_of(guessed), "HELP")
    say(agency, number_of(chosen), "HELP")

    assert "your call for help" in replies(agency)[0]
    assert "tulong" in replies(agency)[1]


def test_an_agency_without_a_number_asks_nobody_to_call_it(agency, worker):
    say(agency, number_of(worker), "SOS")

    assert agency.call_number in {None, ""}
    assert "Call" not in replies(agency)[0]


def test_one_at_a_place_is_safe_and_the_place(agency, manager, worker):
    incident = make_incident(manager)
    ask(worker, incident)

    message = say(agency, number_of(worker), "1 at Misrata port")

    assert (message.label, status_of(incident, worker)) == ("answer", "SAFE")
    with db.reading() as session:
        from locator.whereabouts import positions

        assert positions.latest(session, [worker.id])


@pytest.mark.parametrize("words", ["1 km from Misrata", "1 man in Tripoli", "1 not in Tripoli"])
def test_a_digit_that_counts_something_is_no_answer(agency, manager, worker, words):
    incident = make_incident(manager)
    ask(worker, incident)

    say(agency, number_of(worker), words)

    assert status_of(incident, worker) != "SAFE"


def test_a_reason_to_stay_is_for_a_person_to_read(agency, manager, worker):
    incident = make_incident(manager)

    message = say(agency, number_of(worker), "STAY my boss has my passport")

    assert status_of(incident, worker) == "STAYING"
    assert message.handled_at is None


def test_go_waits_for_a_person_with_a_vehicle(agency, worker):
    message = say(agency, number_of(worker), "GO")

    assert "ready to leave" in replies(agency)[0]
    assert message.handled_at is None


def test_the_leader_is_named_with_a_number(agency, worker):
    from workforce.core import vault

    with db.transaction() as session:
        leader = Contact(id=db.new_id(), agency_id=agency.id, worker_id=worker.id, kind="site_leader", full_name="Efren Cruz")  # fmt: skip
        vault.seal(session, leader, phone="+218911112222")
        session.add(leader)

    say(agency, number_of(worker), "NEAR LEADER")

    assert "Efren Cruz, +218911112222" in replies(agency)[0]


# --- bad input --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "words", ["x" * 1600, "😀" * 300, "9" * 400, "\x00\x01\x7f\ufffe" * 50, "🆘", " ", "SAFE 99999999999 " + "a " * 700]
)
def test_nothing_that_comes_in_breaks_anything(agency, worker, words):
    message = say(agency, number_of(worker), words)

    assert message.processed_at is not None
    say(agency, STRANGER, words)


def test_a_flood_is_answered_a_few_times_and_help_still_gets_through(agency, manager, worker):
    incident = make_incident(manager)
    with db.transaction() as session:
        session.get(Worker, worker.id)
    for _ in range(40):
        say(agency, number_of(worker), "INFO")

    assert len(replies(agency)) == 12
    say(agency, number_of(worker), "SOS")

    assert status_of(incident, worker) == "HELP"
    assert "call for help" in replies(agency)[-1]


def test_a_digit_answers_only_the_newest_open_question(agency, worker):
    ask(worker)
    ask(worker)

    say(agency, number_of(worker), "1")

    with db.reading() as session:
        answered = [
            one.answered_at is not None for one in session.scalars(select(Question).order_by(Question.asked_at))
        ]
    assert answered == [False, True]
