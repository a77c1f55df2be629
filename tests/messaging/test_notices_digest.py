"""The daily digest: at eight in the agency's morning, once, without anybody's name."""

from datetime import UTC, date, datetime, timedelta

import pytest

from messaging import clockwork
from messaging.notices import digest
from messaging.notices import today as text_news
from tests import factories
from tests.messaging.incident_factories import hear
from tests.postbox import open_postbox
from workforce.core import db
from workforce.desk import today
from workforce.models import Phone

EIGHT = datetime(2027, 3, 1, 0, tzinfo=UTC)  # In Manila.
DAY = date(2027, 3, 1)


@pytest.fixture
def database_url(any_database):
    return any_database


@pytest.fixture
def postbox(app):
    with open_postbox(app) as box:
        yield box


@pytest.fixture
def joy(agency):
    return factories.make_user(agency, role="staff", email="joy@agency.example")


@pytest.fixture
def something(agency):
    """A passport that ends in ten days, and a call for help."""
    worker = factories.make_worker(agency, full_name="Analyn Querubin", family_name="Querubin")
    factories.make_document(worker, expires_on=DAY + timedelta(days=10))
    hear(worker, "HELP", at=EIGHT)


def run(agency, now=EIGHT):
    return digest.run(
        agency.id, now=now, decisions=[text_news.decisions, today.decisions], doings=[text_news.done, today.done]
    )


def test_it_says_what_today_says_and_names_nobody(agency, joy, something, postbox):
    run(agency)

    ((subject, text),) = postbox.letters(1).values()
    assert subject == "2 things need a person today"
    assert "Now (1)\n- A call for help has no owner: case 1" in text
    assert "Today (1)\n- One passport ends within 60 days and nobody has begun" in text
    assert text.rstrip().endswith("https://muster.example/today")
    assert "Querubin" not in text


def test_it_goes_to_everybody_who_has_a_today(agency, joy, something, postbox):
    factories.make_user(agency, role="manager", email="liza@agency.example")
    factories.make_user(agency, role="auditor", email="paolo@agency.example")

    run(agency)

    assert set(postbox.letters(2)) == {"joy@agency.example", "liza@agency.example"}
    assert postbox.is_empty()


@pytest.mark.parametrize("minutes", [-1, 12 * 60])
def test_it_does_not_leave_before_eight_or_at_night(agency, joy, something, postbox, minutes):
    assert run(agency, EIGHT + timedelta(minutes=minutes)) == 0


def test_it_leaves_once_a_day_also_when_the_clock_is_set_back(agency, joy, something, postbox):
    counts = [run(agency, EIGHT + timedelta(hours=hours)) for hours in (0, 1, 24, 25, 2)]

    assert counts == [1, 0, 1, 0, 0]


def test_a_clock_that_comes_back_at_noon_still_sends_it(agency, joy, something, postbox):
    assert run(agency, EIGHT + timedelta(hours=4)) == 1


def test_a_day_without_anything_to_say_is_quiet(agency, joy, postbox):
    assert run(agency) == 0
    assert postbox.is_empty()


def test_a_decision_that_has_no_words_for_a_mail_is_only_counted(app):
    secret = today.Decision("now", "x", "Analyn Querubin wrote something", "“Tulong”", "Read", "inbox.index")

    subject, text = digest.words([("Now", [secret, secret])], [])

    assert subject == "2 things need a person today"
    assert text.startswith("Now (2)\n- 2 more on the page")
    assert "Analyn" not in text


def test_without_a_mail_server_nothing_is_written(agency, joy, something):
    assert run(agency) == 0


def test_the_clock_sends_it(app, agency, joy, something, postbox):
    clockwork.Clock(app, tasks=[task for task in clockwork.TASKS if task.name == "digest"], now=lambda: EIGHT).tick()

    assert set(postbox.letters(1)) == {"joy@agency.example"}


def test_numbers_that_fail_are_counted_without_names(agency, joy, postbox):
    worker = factories.make_worker(agency, family_name="Querubin")
    with db.transaction() as session:
        phone = session.query(Phone).filter_by(worker_id=worker.id).one()
        phone.state, phone.state_since = "fails", EIGHT

    run(agency)

    ((_subject, text),) = postbox.letters(1).values()
    assert "The number of one worker stopped working" in text
    assert "Querubin" not in text
