"""What a killed worker had marked and not sent goes back into the queue; what may have left does not."""

import errno
import os
import shutil

import pytest

from messaging.models import Message
from messaging.outbox import delivery, departures, lookout
from messaging.outbox.departures import Book, Library
from messaging.outbox.gateways.kept import NeverLeftError
from messaging.outbox.gateways.twilio import Credentials, Twilio
from messaging.outbox.waits import waits
from messaging.outbox.worker import Worker
from tests.messaging.test_gateways_twilio import draft
from tests.messaging.texting import Memory, again, queued
from workforce.core import clock, db, tenancy

pytestmark = pytest.mark.skipif(not departures._BOOT.exists(), reason="The system does not name its runs.")


@pytest.fixture
def database_url(any_database):
    return any_database


@pytest.fixture
def shelf(tmp_path):
    """Where the books lie."""
    made = tmp_path / "departures"
    made.mkdir()
    return made


def submitted(book, gateway):
    """A worker that has marked all that waits, and called nobody."""
    now = clock.now()
    return [
        parcel
        for held in delivery.claim(book.name, now, limit=200)
        for parcel in delivery.submit(held, now, gateway, book=book)
    ]


def killed(book):
    book.let_go()


def test_of_what_a_killed_worker_had_marked_only_what_never_left_goes_back(agency, shelf):
    gone, waiting = queued(agency, purpose="notice"), queued(agency, purpose="notice")
    book = Book.begin(shelf, "w1")
    parcels = submitted(book, Memory())
    delivery.hand_over(next(parcel for parcel in parcels if parcel.drafts[0].message_id == gone.id))
    killed(book)

    moved = lookout.take_back(shelf, {})

    assert moved == 1
    assert (again(gone).state, again(waiting).state) == ("submitting", "queued")
    assert (again(waiting).attempts, again(waiting).possible_double) == (0, False)


def test_what_was_claimed_and_not_yet_marked_goes_back_too(agency, shelf):
    message, book = queued(agency), Book.begin(shelf, "w1")
    delivery.claim(book.name, clock.now(), limit=10)
    killed(book)

    lookout.take_back(shelf, {})

    assert again(message).state == "queued"


def test_nothing_is_taken_from_a_worker_that_lives(agency, shelf):
    message, book = queued(agency), Book.begin(shelf, "w1")
    submitted(book, Memory())

    assert lookout.take_back(shelf, {}) == 0
    assert again(message).state == "submitting"
    book.close()


def test_a_text_that_left_at_an_earlier_attempt_is_known_by_its_moment(agency, shelf):
    message, book, gateway = queued(agency, purpose="notice"), Book.begin(shelf, "w1"), Memory()
    (first,) = submitted(book, gateway)
    book.note(first.drafts)
    requeue(message)
    submitted(book, gateway)
    killed(book)

    lookout.take_back(shelf, {})

    assert again(message).state == "queued"


def requeue(message):
    with tenancy.agency(message.agency_id), db.transaction() as session:
        session.get(Message, message.id).state = "queued"


def test_another_workers_texts_are_left_alone(agency, shelf):
    message, dead, living = queued(agency), Book.begin(shelf, "w1"), Book.begin(shelf, "w1-2")
    submitted(living, Memory())
    killed(dead)

    assert lookout.take_back(shelf, {}) == 0
    assert again(message).state == "submitting"
    living.close()


def test_a_copy_of_a_book_is_not_believed(agency, shelf):
    message, book = queued(agency), Book.begin(shelf, "w1")
    submitted(book, Memory())
    shutil.copy(shelf / "w1.book", shelf / "copy")
    book.close()
    (shelf / "copy").rename(shelf / "w1.book")

    assert lookout.take_back(shelf, {}) == 0
    assert again(message).state == "submitting"


def test_a_book_from_before_the_machine_was_started_is_not_believed(agency, shelf, monkeypatch):
    message, book = queued(agency), Book.begin(shelf, "w1")
    submitted(book, Memory())
    killed(book)
    monkeypatch.setattr(departures, "_boot", lambda: b"another start of this machine, by its id")

    assert lookout.take_back(shelf, {}) == 0
    assert again(message).state == "submitting"


def test_a_dead_workers_book_is_kept_until_nothing_of_it_can_still_be_on_its_way(agency, shelf):
    killed(Book.begin(shelf, "w1"))
    dead = {}

    lookout.take_back(shelf, dead)
    kept = os.listdir(shelf)
    dead["w1"] -= waits().look_up.total_seconds() + 1
    lookout.take_back(shelf, dead)

    assert (kept, os.listdir(shelf), dead) == (["w1.book"], [], {})


def test_a_text_is_noted_before_its_first_byte_and_not_where_no_connection_stood(shelf, monkeypatch):
    book, seen = Book.begin(shelf, "w1"), []
    line = Twilio(Credentials("AC1", "t", sender="+15005550006", base_url="http://127.0.0.1:9"), timeout_seconds=1)
    monkeypatch.setattr(book, "note", seen.append)
    drafts = (draft(),)

    (outcome,) = delivery.hand_over(delivery.Parcel(line, drafts, book))
    assert (outcome.code, seen) == ("no_connection", [])

    class Connection:
        def request(self, *_given):
            assert seen == [drafts]
            raise NeverLeftError

        def close(self):
            pass

    monkeypatch.setattr(line.wire._kept, "_take", Connection)
    delivery.hand_over(delivery.Parcel(line, drafts, book))
    assert seen == [drafts]


def test_a_gateway_that_does_not_say_when_it_leaves_is_noted_before_it_is_called(agency, shelf):
    queued(agency)
    book = Book.begin(shelf, "w1")

    class Watching(Memory):
        def send(self, drafts):
            assert book._count == 1
            return super().send(drafts)

    gateway = Watching()
    (parcel,) = submitted(book, gateway)

    assert [one.kind for one in delivery.hand_over(parcel)] == ["accepted"]


def test_a_full_book_lets_nothing_leave_and_a_new_one_is_begun_before(shelf, monkeypatch):
    monkeypatch.setattr(departures, "HOLDS", 2)
    library = Library(shelf, "w1")
    first = library.open_at(2)
    library.submitted(2)

    second = library.open_at(1)

    assert (first.name, second) == ("w1-1", None)  # Not at once again: the disk may be full.
    first.note([draft(), draft()])
    with pytest.raises(OverflowError):
        first.note([draft()])


def test_without_room_for_a_book_texts_leave_all_the_same(agency, shelf, monkeypatch):
    def full(*_given):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "posix_fallocate", full)
    message = queued(agency)

    Worker(Memory(), books=shelf).turn(clock.now())

    assert again(message).state == "accepted"
    assert os.listdir(shelf) == []
