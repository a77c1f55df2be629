"""A call for help from a number that nobody has on file is told, paged and shown until somebody answers it."""

from datetime import UTC, datetime, timedelta

import pytest

from messaging.inbox import keeping, threads
from messaging.incidents import jobs, paging, strangers
from messaging.notices import today
from tests import factories
from tests.messaging.test_inbox_conversation import say
from tests.postbox import open_postbox
from workforce.core import db, tenancy

NUMBER = "+218915550199"


@pytest.fixture
def database_url(any_database):
    return any_database


@pytest.fixture
def liza(agency):
    return factories.make_user(agency, role="manager", name="Liza Ocampo", email="liza@agency.example")


@pytest.fixture
def joy(agency):
    return factories.make_user(agency, role="staff", name="Joy Abad", email="joy@agency.example")


def call(agency, words="help they locked us in"):
    say(agency, NUMBER, words)
    with db.reading() as session:
        return strangers.waiting(session, tenancy.System(agency.id))


def paged(agency, text):
    with db.reading() as session:
        found = paging.pages(session, tenancy.System(agency.id), [text.id], strangers.PAGED)
    return [page.user_id for page in found.get(text.id, [])]


def test_every_five_minutes_the_next_person_is_asked_to_answer(agency, liza, joy):
    (text,) = call(agency)

    for minutes in (4, 5, 5.1, 10):
        jobs.page(agency.id, now=text.queued_at + timedelta(minutes=minutes))

    assert paged(agency, text) == [liza.id, joy.id]


def test_the_managers_are_mailed_at_once_and_once(app, agency, liza, joy):
    (text,) = call(agency)

    with open_postbox(app) as box:
        sent = [jobs.page(agency.id, now=text.queued_at + timedelta(minutes=minutes)) for minutes in (0, 1)]
        letters = box.letters(1)

    assert sent == [1, 0]
    assert f"/inbox/{text.id}" in letters["liza@agency.example"][1]


def test_two_cries_from_one_number_are_one_call(agency, liza):
    call(agency)

    assert len(call(agency, "please come, they locked us in")) == 1


@pytest.mark.parametrize("answered", ["taken", "handled"])
def test_who_is_answered_is_paged_no_more(agency, liza, answered):
    (text,) = call(agency)
    with db.transaction() as session:
        text = session.merge(text)
        if answered == "taken":
            keeping.take(session, liza, text, text.queued_at)
        else:
            threads.handle(session, liza, text, text.queued_at)

    assert jobs.page(agency.id, now=text.queued_at + timedelta(hours=1)) == 0
    assert paged(agency, text) == []


def test_a_strangers_good_morning_pages_nobody(agency, liza):
    assert call(agency, "good morning") == []


def test_today_shows_it_above_the_texts_and_first_to_whom_it_was_given(agency, liza, joy):
    (text,) = call(agency)
    jobs.page(agency.id, now=text.queued_at + timedelta(minutes=5))

    shown = {}
    for user in (liza, joy):
        with db.reading() as session:
            found = [one for one in today.decisions(session, user, datetime.now(UTC)) if one.endpoint == "inbox.show"]
            shown[user.name] = [(one.title, one.rank) for one in found]

    assert shown["Liza Ocampo"] == [("You are asked to answer a call for help from an unknown number", -1)]
    assert shown["Joy Abad"] == [("A number that nobody has on file asks for help", 0)]
