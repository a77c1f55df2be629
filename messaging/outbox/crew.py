"""The crew: who makes the calls, never more than a hundred of a kind at once, and how much it has in hand."""

import asyncio
import threading
import time
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from queue import SimpleQueue

from messaging.outbox.delivery import Parcel
from messaging.outbox.gateways import streams

CALLS_AT_ONCE = 100
# What waits for a free call in our hands leaves within this time, or it would not be claimed yet.
AHEAD_SECONDS = 0.25
LEAST_AHEAD = 30  # Fewer are not worth the commits that claim and mark them.


class _Waiting:
    """What waits for a free call. Priority 0 goes before all that waits here."""

    def __init__(self) -> None:
        self._urgent: deque[Parcel] = deque()
        self._usual: deque[Parcel] = deque()

    def put(self, parcel: Parcel) -> None:
        (self._urgent if parcel.is_urgent else self._usual).append(parcel)

    def next(self) -> Parcel | None:
        for waiting in (self._urgent, self._usual):
            with suppress(IndexError):  # Somebody else may have been quicker.
                return waiting.popleft()
        return None

    def __len__(self) -> int:
        return len(self._urgent) + len(self._usual)


class Crew:
    """Makes the calls; `back` is told after each. Calls that can be awaited share one thread, by `soon`; others have one each, by `call`.

    A pool of the standard library makes a future for each call and knows no priorities.
    """

    def __init__(
        self,
        call: Callable[[Parcel], None],
        back: Callable[[], None],
        soon: Callable[[Parcel], Awaitable[None]] | None = None,
    ) -> None:
        self._call, self._back, self._soon = call, back, soon
        self._on_foot, self._aloft = _Waiting(), _Waiting()
        self._tickets: SimpleQueue[bool] = SimpleQueue()  # One for each that waits on foot; False sends a thread home.
        self._threads: list[threading.Thread] = []
        self._flights: set[asyncio.Task[None]] = set()
        self._came_back: deque[float] = deque(maxlen=3 * CALLS_AT_ONCE)
        self._counting = threading.Condition()
        self.in_hand = 0
        self._enough = CALLS_AT_ONCE

    @property
    def wants_more(self) -> bool:
        return self.in_hand <= self._enough

    def take(self, parcels: Sequence[Parcel]) -> None:
        """Make these calls as soon as one of us is free."""
        aloft = 0
        for parcel in parcels:
            with self._counting:
                self.in_hand += 1
            if self._soon is not None and parcel.awaits:
                self._aloft.put(parcel)
                aloft += 1
            else:
                self._on_foot.put(parcel)
                if len(self._threads) < min(self.in_hand, CALLS_AT_ONCE):
                    self._hire()
                self._tickets.put(True)
        if aloft:
            streams.loop().call_soon_threadsafe(self._take_off)

    def room(self) -> int:
        """How many calls may be taken on: 0 while there is enough in hand, so that what is claimed is claimed in bulk."""
        with self._counting:
            since = time.monotonic() - AHEAD_SECONDS
            ahead = max(LEAST_AHEAD, sum(1 for moment in self._came_back if moment > since))
            self._enough = CALLS_AT_ONCE + ahead // 2
            return CALLS_AT_ONCE + ahead - self.in_hand if self.wants_more else 0

    def go_home(self) -> None:
        """Come back when all that is in hand has been called."""
        for _thread in self._threads:
            self._tickets.put(False)
        for thread in self._threads:
            thread.join()
        with self._counting:
            self._counting.wait_for(lambda: not self.in_hand)

    def _hire(self) -> None:
        thread = threading.Thread(target=self._work, name=f"gateway-{len(self._threads)}", daemon=True)
        self._threads.append(thread)
        thread.start()

    def _work(self) -> None:
        while self._tickets.get():
            try:
                while (parcel := self._on_foot.next()) is None:
                    pass  # There is one for every ticket, but an urgent one may have come between the two looks.
                self._call(parcel)
            finally:
                self._is_back()

    def _take_off(self) -> None:
        for _free in range(min(CALLS_AT_ONCE - len(self._flights), len(self._aloft))):
            flight = asyncio.get_running_loop().create_task(self._fly())
            self._flights.add(flight)
            flight.add_done_callback(self._flights.discard)

    async def _fly(self) -> None:
        while (parcel := self._aloft.next()) is not None and self._soon is not None:
            try:
                await self._soon(parcel)
            finally:
                self._is_back()

    def _is_back(self) -> None:
        with self._counting:
            self.in_hand -= 1
            self._came_back.append(time.monotonic())
            if not self.in_hand:
                self._counting.notify_all()
        self._back()
