"""The delivery worker: one loop that claims, submits, settles and looks after what is in doubt. Several may run at once."""

import os
import queue
import socket
import threading
import time
import uuid
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from datetime import datetime, timedelta
from pathlib import Path

import structlog

from messaging.inbox import inbound
from messaging.outbox import circuit, delivery, results
from messaging.outbox.crew import Crew
from messaging.outbox.delivery import Gateways, Parcel
from messaging.outbox.departures import Library
from messaging.outbox.gateways import Outcome
from messaging.outbox.lookout import Lookout
from messaging.phones import network
from workforce.core import clock, health
from workforce.core.db import transaction

POLL_SECONDS = 0.5
SETTLE_SECONDS = 0.1
LISTEN_SECONDS = 0.1
GIVE_UP_SECONDS = 5.0
BATCH = 200
A_FEW = 25
LONGEST_REST = timedelta(minutes=5)
log = structlog.get_logger()
_awake = threading.Event()


_ring: list[Callable[[], None]] = []


def look_now() -> None:
    """Something is queued: the worker of this process need not wait for its next look."""
    _awake.set()


def wake() -> None:
    """Something was queued and committed: workers look at once, here and, where delivery is spread, on other machines."""
    look_now()
    for ring in _ring:
        ring()


def on_wake(ring: Callable[[], None] | None) -> None:
    """Who else is told when something was queued; None for nobody."""
    _ring[:] = [ring] if ring is not None else []


class Worker(threading.Thread):
    """A delivery worker in a thread. `stop()` lets calls in flight come back and writes down what they brought.

    It has a crew for the calls, a writer that settles what they brought, and a lookout for what is in doubt. `has_room` says
    whether the disk can take what a text brings with it; in `books` it is noted what has begun to leave.
    """

    def __init__(
        self,
        gateways: Gateways,
        *,
        context: Callable[[], AbstractContextManager[object]] = nullcontext,
        has_room: Callable[[], bool] = lambda: True,
        books: Path | None = None,
    ) -> None:
        super().__init__(name="delivery", daemon=True)
        self.holder = f"{socket.gethostname()[:40]}-{os.getpid()}-{uuid.uuid4().hex[:6]}"
        self._gateways, self._context, self._has_room = gateways, context, has_room
        self._crew = Crew(self._call, back=self._called, soon=self._call_soon)
        self._results: queue.SimpleQueue[list[Outcome]] = queue.SimpleQueue()
        self._writer = threading.Thread(target=self._write, name="settling", daemon=True)
        self._lookout = Lookout(gateways, holder=self.holder, found=look_now, context=context, books=books)
        self._library = Library(books, self.holder) if books is not None else None
        self._shut = circuit.ALL_OPEN
        self._resting: dict[uuid.UUID, datetime] = {}
        self._paces: dict[uuid.UUID, int] = {}
        self._stopping = threading.Event()
        self._gave_up = self._listened = float("-inf")

    def run(self) -> None:
        self._writer.start()
        self._lookout.start()
        with self._context():
            while not self._stopping.is_set():
                _awake.clear()
                try:
                    moved = self.turn(clock.now())
                except Exception:
                    # A database that is away for a moment must not end the delivery for good.
                    log.exception("delivery_turn_failed")
                    moved = 0
                if not moved:
                    _awake.wait(POLL_SECONDS)
            self._lookout.stop()
            self._crew.go_home()
            self._writer.join(SETTLE_SECONDS * 100)
            if self._library is not None:
                self._library.close()
            with transaction() as db:
                health.end(db, self.holder)

    def stop(self, *, timeout_seconds: float = 15) -> None:
        """End after the turn that is running."""
        self._stopping.set()
        look_now()
        if self.is_alive():
            self.join(timeout_seconds)

    def turn(self, now: datetime) -> int:
        """Do what is due now. How many things moved: 0 means that there is nothing to do but wait."""
        moved = self._send(now)
        if not self._writer.is_alive() or time.monotonic() - self._listened >= LISTEN_SECONDS:
            self._listened = time.monotonic()
            moved += self._listen(now)
        if time.monotonic() - self._gave_up >= GIVE_UP_SECONDS:
            self._gave_up = time.monotonic()
            network.give_up(now)
            with transaction() as db:
                health.beat(db, self.holder, kind="worker", now=now)
        if not self._writer.is_alive():  # A turn by hand settles by itself.
            moved += self._settle(now)
        return moved

    def _listen(self, now: datetime) -> int:
        """Few at a time: what comes in must not keep an evacuation from leaving."""
        moved = network.tick(now, limit=A_FEW)
        for agency_id, message_id in inbound.pending(A_FEW):
            inbound.process(agency_id, message_id, now)
            moved += 1
        return moved

    def _send(self, now: datetime) -> int:
        free = self._crew.room()
        if not free or not self._has_room():  # What we could not write down must not leave.
            return 0
        self._shut = circuit.shut()
        circuit.reroute(self._shut)
        resting = [agency_id for agency_id, until in self._resting.items() if now < until <= now + LONGEST_REST]
        # Claimed anew each time: what is more urgent overtakes, and nothing waits long in our hands.
        book = self._library.open_at(BATCH) if self._library is not None else None
        holder = book.name if book is not None else self.holder
        limit, paces = min(BATCH, free), self._paces
        claims = delivery.claim(holder, now, limit=limit, resting=resting, shut=self._shut, most=paces)
        for held in claims:
            self._paces.pop(held.agency_id, None)
            parcels = delivery.submit(held, now, self._gateways, slow=self._rest, book=book)
            if self._library is not None:
                self._library.submitted(sum(len(parcel.drafts) for parcel in parcels))
            self._hand_over(parcels)
        return sum(len(held.ids) for held in claims) if self._crew.room() else 0

    def _rest(self, agency_id: uuid.UUID, wait: timedelta, left: int) -> None:
        """Its sender may not speak faster: nothing of this agency is claimed until it may, and then not much more than `left` now."""
        self._resting[agency_id] = clock.now() + wait
        self._paces[agency_id] = left + max(5, left // 4)

    def _hand_over(self, parcels: Sequence[Parcel]) -> None:
        self._crew.take([parcel for parcel in parcels if parcel.gateway.calls])
        for parcel in parcels:
            if not parcel.gateway.calls:
                self._call(parcel)

    def _call(self, parcel: Parcel) -> None:
        self._results.put(delivery.hand_over(parcel))

    async def _call_soon(self, parcel: Parcel) -> None:
        self._results.put(await delivery.hand_over_soon(parcel))

    def _called(self) -> None:
        if self._crew.wants_more:
            look_now()

    def _write(self) -> None:
        """Settle what has come back, many rows a commit, until the last call is in."""
        with self._context():
            while not self._stopping.is_set() or self._crew.in_hand or not self._results.empty():
                time.sleep(SETTLE_SECONDS)
                try:
                    self._settle(clock.now())
                except Exception:
                    log.exception("settling_failed")

    def _settle(self, now: datetime) -> int:
        came: list[Outcome] = []
        while not self._results.empty():
            came.extend(self._results.get())
        if not came:
            return 0
        try:
            results.settle(came, now)
        except Exception:
            self._results.put(came)  # Nothing that came back is forgotten while this process lives.
            raise
        circuit.note(came, now, self._shut)
        for outcome in came:
            self._note(outcome, now)
        return len(came)

    def _note(self, outcome: Outcome, now: datetime) -> None:
        """A provider that asks us to wait is left alone for as long as it says."""
        if outcome.kind == "later" and outcome.code == "20429":
            self._resting[outcome.draft.agency_id] = now + timedelta(seconds=outcome.wait_seconds)
