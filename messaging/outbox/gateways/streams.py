"""The way to a provider's server without a thread for each call: kept TLS connections, all of them waited for by one thread.

A hundred threads that wait for a hundred answers pass the interpreter to each other at every read; one that waits for all of
them spends a third of the processor time. `loop()` is that thread's, one for the process.
"""

import asyncio
import functools
import logging
import os
import threading
from typing import Any

from twilio.http import HttpClient
from twilio.http.response import Response

from messaging.outbox import departures
from messaging.outbox.gateways.answers import Answer, GarbledError, Reader
from messaging.outbox.gateways.kept import IDLE_SECONDS, KEPT, NeverLeftError
from messaging.outbox.gateways.wire import Way, basic, form_of

_starting = threading.Lock()
_running: tuple[int, asyncio.AbstractEventLoop] | None = None


def loop() -> asyncio.AbstractEventLoop:
    """The loop of this process; a child that was forked has one of its own."""
    global _running  # noqa: PLW0603  One thread for all calls is the point of it.
    with _starting:
        if _running is None or _running[0] != os.getpid():
            made = asyncio.new_event_loop()
            threading.Thread(target=made.run_forever, name="streams", daemon=True).start()
            _running = (os.getpid(), made)
        return _running[1]


class Streams(HttpClient):  # type: ignore[misc]
    """What `Wire` is, for calls that await their answer in `loop()`. Raises NeverLeftError where nothing has left.

    A call ends within its timeout, with the opening of its connection; whatever else it raises leaves it in doubt.
    """

    def __init__(self, way: Way, *, timeout_seconds: float) -> None:
        super().__init__(logging.getLogger("muster.streams"), is_async=True, timeout=timeout_seconds)
        self._way = way
        self._idle: list[tuple[_Stream, float]] = []
        self.opened = 0

    async def request(
        self,
        method: str,
        url: str,
        params: dict[str, Any] | None = None,
        data: dict[str, Any] | None = None,
        headers: dict[str, str] | None = None,
        auth: tuple[str, str] | None = None,
        timeout: float | None = None,  # noqa: ASYNC109  The SDK's own word.
        allow_redirects: bool = False,  # noqa: FBT001, FBT002  The SDK's own words.
    ) -> Response:
        body = form_of(data) or b""
        head = _head(method, self._way.path_of(url, params), self._way.name, tuple((headers or {}).items()), auth)
        here = asyncio.get_running_loop()
        until = here.time() + self.timeout
        stream = self._take(here.time()) or await self._open()
        if here.time() >= until:
            stream.close()
            raise NeverLeftError("TimeoutError")
        departures.leaving()
        answer = await stream.ask(b"%b%d\r\n\r\n%b" % (head, len(body), body), until)
        if answer.stays and len(self._idle) < KEPT:
            self._idle.append((stream, here.time()))
        else:
            stream.close()
        return Response(answer.status, answer.text, answer.headers)

    def _take(self, now: float) -> "_Stream | None":
        while self._idle:
            stream, since = self._idle.pop()
            if now - since < IDLE_SECONDS and stream.is_open:
                return stream
            stream.close()
        return None

    async def _open(self) -> "_Stream":
        way, here = self._way, asyncio.get_running_loop()
        try:
            async with asyncio.timeout(self.timeout):
                _transport, stream = await here.create_connection(
                    _Stream, way.host, way.port, ssl=way.trust, server_hostname=way.host if way.trust else None
                )
        except OSError as problem:  # Timeouts, names, certificates: no connection stood.
            raise NeverLeftError(type(problem).__name__) from problem
        self.opened += 1
        return stream


class _Stream(asyncio.Protocol):
    """One connection; one call at a time."""

    def __init__(self) -> None:
        self._transport: asyncio.WriteTransport | None = None
        self._waiter: asyncio.Future[Answer] | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._reader = Reader()

    @property
    def is_open(self) -> bool:
        return self._transport is not None and not self._transport.is_closing()

    def ask(self, request: bytes, until: float) -> "asyncio.Future[Answer]":
        here = asyncio.get_running_loop()
        self._waiter = here.create_future()
        self._timer = here.call_at(until, self._fail, TimeoutError("no answer in time"))
        if self._transport is not None:
            self._transport.write(request)
        return self._waiter

    def close(self) -> None:
        if self._transport is not None:
            self._transport.close()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        if isinstance(transport, asyncio.WriteTransport):
            self._transport = transport

    def data_received(self, data: bytes) -> None:
        if self._waiter is None:  # Nobody asked: what this connection says cannot be trusted.
            self.close()
            return
        try:
            answer = self._reader.feed(data)
        except GarbledError as problem:
            self._fail(problem)
            return
        if answer is not None:
            self._answered(answer)

    def connection_lost(self, problem: Exception | None) -> None:
        if self._waiter is None:
            return
        try:
            self._answered(self._reader.end())
        except GarbledError as garbled:
            self._fail(problem or garbled)

    def _answered(self, answer: Answer) -> None:
        waiter = self._let_go()
        if waiter is not None:
            waiter.set_result(answer)

    def _fail(self, problem: Exception) -> None:
        waiter = self._let_go()
        if self._transport is not None:
            self._transport.abort()
        if waiter is not None:
            waiter.set_exception(problem)

    def _let_go(self) -> "asyncio.Future[Answer] | None":
        if self._timer is not None:
            self._timer.cancel()
        waiter, self._waiter, self._timer = self._waiter, None, None
        return waiter if waiter is not None and not waiter.done() else None


@functools.lru_cache(maxsize=256)
def _head(
    method: str, path: str, host: str, headers: tuple[tuple[str, str], ...], auth: tuple[str, str] | None
) -> bytes:
    """All but the length, which comes last: the same for every text of an account."""
    said = dict(headers)
    if auth is not None:
        said["Authorization"] = basic(auth)
    lines = [f"{method} {path} HTTP/1.1", f"Host: {host}", *(f"{name}: {value}" for name, value in said.items())]
    if any("\r" in line or "\n" in line for line in lines):
        raise ValueError("A line break in a request's head.")
    return "\r\n".join([*lines, "Content-Length: "]).encode("latin-1")
