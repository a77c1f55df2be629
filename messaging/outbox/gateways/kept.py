"""Kept connections to one server, for calls that wait in a thread of their own: one request over one of them, once."""

import http.client
import select
import threading
import time
from collections.abc import Callable, Mapping
from typing import NamedTuple

from messaging.outbox import departures

# A server that closes an idle connection does so without a word, and what is sent into it is a doubt: we close first.
IDLE_SECONDS = 20.0
KEPT = 256
Connection = http.client.HTTPConnection


class NeverLeftError(Exception):
    """No connection stood, so no byte of the request has left."""


class Answer(NamedTuple):
    """What came back, whatever it says. The headers know no upper and lower case."""

    status: int
    text: str
    headers: http.client.HTTPMessage


class Connections:
    """Connections that `dial` makes and opens, at most as many as there are calls at once. `opened` is how many that were.

    Raises NeverLeftError where nothing has left; whatever else it raises leaves the call in doubt. No redirect is followed.
    """

    def __init__(self, dial: Callable[[], Connection]) -> None:
        self._dial = dial
        self._idle: list[tuple[Connection, float]] = []
        self._lock = threading.Lock()
        self.opened = 0

    def call(
        self, method: str, path: str, body: bytes | None, headers: Mapping[str, str], *, most_bytes: int | None = None
    ) -> Answer:
        """One request. `most_bytes` is how much of the answer is read, all of it where nothing is said."""
        line = self._take()
        departures.leaving()
        try:
            line.request(method, path, body, headers)
            came = line.getresponse()
            text = came.read(most_bytes).decode("utf-8", "replace")
        except BaseException:
            line.close()
            raise
        if came.will_close or not came.isclosed():  # What was not read to its end would answer the next call.
            line.close()
        else:
            self._give_back(line)
        return Answer(came.status, text, came.headers)

    def _take(self) -> Connection:
        now = time.monotonic()
        while True:
            with self._lock:
                line, since = self._idle.pop() if self._idle else (None, 0.0)
            if line is None:
                return self._open()
            if now - since < IDLE_SECONDS and not _has_ended(line):
                return line
            line.close()

    def _give_back(self, line: Connection) -> None:
        with self._lock:
            if len(self._idle) < KEPT:
                self._idle.append((line, time.monotonic()))
                return
        line.close()

    def _open(self) -> Connection:
        try:
            line = self._dial()
        except (OSError, http.client.HTTPException) as problem:
            raise NeverLeftError(type(problem).__name__) from problem
        with self._lock:
            self.opened += 1
        return line


def _has_ended(line: Connection) -> bool:
    """A kept connection on which something waits to be read, though nothing was asked, has been closed by the server."""
    if line.sock is None:
        return True
    waits = select.poll()
    waits.register(line.sock, select.POLLIN)
    return bool(waits.poll(0))


def opened(line: Connection) -> Connection:
    """The connection, once it stands. What does not come about is closed."""
    try:
        line.connect()
    except BaseException:
        line.close()
        raise
    return line
