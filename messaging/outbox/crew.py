"""The crew: threads that make the calls, one after the other each, and how much they have in hand."""

import threading
import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from queue import SimpleQueue

from messaging.outbox.delivery import Parcel

CALLS_AT_ONCE = 100
# What waits for a free call in our hands leaves within this time, or it would not be claimed yet.
AHEAD_SECONDS = 0.25


class Crew:
    """At most `CALLS_AT_ONCE` calls at a time; `back` is told after each. Priority 0 goes before all that waits here.

    A pool of the standard library makes a future for each call and knows no priorities.
    """

    def __init__(self, call: Callable[[Parcel], None], back: Callable[[], None]) -> None:
        self._call, self._back = call, back
        self._urgent: deque[Parcel] = deque()
        self._usual: deque[Parcel] = deque()
        self._tickets: SimpleQueue[bool] = SimpleQueue()  # One for each parcel that waits; False sends a thread home.
        self._threads: list[threading.Thread] = []
        self._came_back: deque[float] = deque(maxlen=3 * CALLS_AT_ONCE)
        self._counting = threading.Lock()
        self.in_hand = 0
        self._enough = CALLS_AT_ONCE

    @property
    def wants_more(self) -> bool:
        return self.in_hand <= self._enough

    def take(self, parcel: Parcel) -> None:
        """Make this call as soon as one of us is free."""
        with self._counting:
            self.in_hand += 1
            too_few = len(self._threads) < min(self.in_hand, CALLS_AT_ONCE)
        (self._urgent if parcel.is_urgent else self._usual).append(parcel)
        if too_few:
            self._hire()
        self._tickets.put(True)

    def room(self) -> int:
        """How many calls may be taken on: 0 while there is enough in hand, so that what is claimed is claimed in bulk."""
        with self._counting:
            since = time.monotonic() - AHEAD_SECONDS
            soon = sum(1 for moment in self._came_back if moment > since)
            self._enough = CALLS_AT_ONCE + soon // 2
            return CALLS_AT_ONCE + soon - self.in_hand if self.wants_more else 0

    def go_home(self) -> None:
        """Come back when all that is in hand has been called."""
        for _thread in self._threads:
            self._tickets.put(False)
        for thread in self._threads:
            thread.join()

    def _hire(self) -> None:
        thread = threading.Thread(target=self._work, name=f"gateway-{len(self._threads)}", daemon=True)
        self._threads.append(thread)
        thread.start()

    def _work(self) -> None:
        while self._tickets.get():
            try:
                self._call(self._next())
            finally:
                with self._counting:
                    self.in_hand -= 1
                    self._came_back.append(time.monotonic())
                self._back()

    def _next(self) -> Parcel:
        while True:  # There is one for every ticket, but an urgent one may have come between the two looks.
            for waiting in (self._urgent, self._usual):
                if waiting:
                    with suppress(IndexError):
                        return waiting.popleft()
