"""The crew that makes the calls: never more than a hundred at a time, and what is urgent before what waits."""

import asyncio
import threading
from dataclasses import dataclass

from messaging.outbox.crew import CALLS_AT_ONCE, LEAST_AHEAD, Crew
from messaging.outbox.gateways import streams

PATIENCE_SECONDS = 20


@dataclass(frozen=True)
class Parcel:
    name: object
    is_urgent: bool = False
    awaits: bool = False


def test_priority_0_goes_before_what_waits_in_our_hands():
    gate, inside, started = threading.Semaphore(0), threading.Semaphore(0), []

    def call(parcel):
        started.append(parcel.name)
        inside.release()
        gate.acquire(timeout=PATIENCE_SECONDS)

    crew = Crew(call, back=lambda: None)
    for number in range(CALLS_AT_ONCE):
        crew.take([Parcel(number)])
        assert inside.acquire(timeout=PATIENCE_SECONDS)
    for name in ("notice", "evacuation"):
        crew.take([Parcel(name, is_urgent=name == "evacuation")])

    gate.release()  # One of us is free.

    assert inside.acquire(timeout=PATIENCE_SECONDS)
    assert started[CALLS_AT_ONCE:] == ["evacuation"]
    gate.release(CALLS_AT_ONCE + 2)
    crew.go_home()


def test_there_are_never_more_calls_than_a_hundred_at_once():
    now, most, guard, enough = [0], [0], threading.Lock(), threading.Event()

    def call(_parcel):
        with guard:
            now[0] += 1
            most[0] = max(most[0], now[0])
            if now[0] == CALLS_AT_ONCE:
                enough.set()
        enough.wait(PATIENCE_SECONDS)
        with guard:
            now[0] -= 1

    crew = Crew(call, back=lambda: None)
    for number in range(3 * CALLS_AT_ONCE):
        crew.take([Parcel(number)])
    crew.go_home()

    assert (most[0], crew.in_hand) == (CALLS_AT_ONCE, 0)


def test_there_is_no_room_while_enough_waits_and_room_again_once_it_has_left():
    gate = threading.Event()
    crew = Crew(lambda _parcel: gate.wait(PATIENCE_SECONDS), back=lambda: None)
    for number in range(CALLS_AT_ONCE + LEAST_AHEAD):
        crew.take([Parcel(number)])
    full = crew.room()

    gate.set()
    crew.go_home()

    assert (full, crew.room() >= CALLS_AT_ONCE) == (0, True)


def test_calls_that_are_awaited_are_a_hundred_at_once_and_priority_0_goes_first():
    started, gates, full, done = [], [], threading.Event(), threading.Event()

    async def soon(parcel):
        started.append(parcel.name)
        gate = asyncio.Event()
        gates.append(gate)
        if len(started) == CALLS_AT_ONCE:
            full.set()
        if len(started) <= CALLS_AT_ONCE:
            await gate.wait()

    crew = Crew(lambda _parcel: None, back=lambda: None, soon=soon)
    crew.take([Parcel(number, awaits=True) for number in range(CALLS_AT_ONCE)])
    assert full.wait(PATIENCE_SECONDS)
    crew.take([Parcel(name, is_urgent=name == "evacuation", awaits=True) for name in ("notice", "evacuation")])
    loop = streams.loop()
    loop.call_soon_threadsafe(loop.call_soon, done.set)  # A round later: whoever was let go has begun.
    assert done.wait(PATIENCE_SECONDS)
    before = started[CALLS_AT_ONCE:]

    streams.loop().call_soon_threadsafe(lambda: [gate.set() for gate in gates])
    crew.go_home()

    assert (before, started[CALLS_AT_ONCE:], crew.in_hand) == ([], ["evacuation", "notice"], 0)
