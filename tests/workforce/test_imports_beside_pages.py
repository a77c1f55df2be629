"""A long import in the process that serves pages leaves them their turn."""

import sys
import threading
import uuid

import pytest

from workforce.rosters import carrying, running


@pytest.fixture(autouse=True)
def _turns_as_before():
    before = sys.getswitchinterval()
    yield
    sys.setswitchinterval(before)


@pytest.fixture
def rests(monkeypatch):
    taken = []
    monkeypatch.setattr(carrying.time, "sleep", taken.append)
    return taken


@pytest.mark.parametrize(("gentle", "times"), [(True, 2), (False, 0)])
def test_only_a_gentle_pace_rests_after_reading_and_after_writing(rests, gentle, times):
    pace = carrying.Pace(0.04, gentle=gentle)

    rows = pace.read(iter(range(carrying.FIRST_BATCH + 1)))
    with pace.held():
        pass

    assert (len(rows), len(rests)) == (carrying.FIRST_BATCH, times)


def test_a_thread_that_works_long_lets_pages_have_the_interpreter_back_at_once():
    sys.setswitchinterval(0.005)
    done = threading.Event()

    running.start(uuid.uuid4(), 1, lambda _tell: done.set())

    assert done.wait(10)
    assert sys.getswitchinterval() == pytest.approx(running.TURN_SECONDS)
