"""Calls to addresses that an admin has typed: public ones only, judged at each connection, with no redirect followed."""

import http.client
import select
import socket
import ssl
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from workforce.gateways import is_inside, is_loopback

IDLE_SECONDS = 20.0
KEPT = 64
MOST_BYTES = 1_000_000
Resolve = Callable[[str, int], Sequence[str]]


class NeverLeftError(Exception):
    """No byte of the request has left."""


@dataclass(frozen=True)
class Answer:
    """What came back, whatever it says. `text` is at most a million bytes of it."""

    status: int
    text: str
    retry_after: str


def resolve(host: str, port: int) -> list[str]:
    """The numbers behind a name."""
    return [str(found[4][0]) for found in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]


class _Plain(http.client.HTTPConnection):
    """Plain HTTP: only ever to this machine."""

    numbers: Sequence[str] = ()

    def connect(self) -> None:
        self.sock = socket.create_connection((self.numbers[0], self.port), self.timeout)


class _Secure(http.client.HTTPSConnection):
    """TLS to a number we have looked at, for the name it was typed with."""

    numbers: Sequence[str] = ()
    trust: ssl.SSLContext

    def connect(self) -> None:
        plain = socket.create_connection((self.numbers[0], self.port), self.timeout)
        try:
            self.sock = self.trust.wrap_socket(plain, server_hostname=self.host)
        except BaseException:
            plain.close()
            raise


class Outside:
    """Kept connections to one host. Raises NeverLeftError where nothing has left; every other error is a doubt."""

    def __init__(self, url: str, *, timeout_seconds: float, loopback: bool, resolver: Resolve = resolve) -> None:
        where = urlsplit(url)
        self._secure = where.scheme == "https"
        self._host, self._port = where.hostname or "", where.port or (443 if self._secure else 80)
        self._timeout, self._loopback, self._resolve = timeout_seconds, loopback, resolver
        self._trust = ssl.create_default_context() if self._secure else None
        self._idle: list[tuple[Any, float]] = []
        self._lock = threading.Lock()

    def call(self, method: str, url: str, body: bytes | None, headers: Sequence[tuple[str, str]]) -> Answer:
        """One request, once."""
        where = urlsplit(url)
        path = (where.path or "/") + (f"?{where.query}" if where.query else "")
        line = self._take()
        try:
            line.request(method, path, body, dict(headers))
            came = line.getresponse()
            text = came.read(MOST_BYTES)
        except BaseException:
            line.close()
            raise
        if came.will_close or not came.isclosed():
            line.close()
        else:
            self._give_back(line)
        return Answer(came.status, text.decode("utf-8", "replace"), came.headers.get("Retry-After", ""))

    def _take(self) -> Any:
        now = time.monotonic()
        while True:
            with self._lock:
                line, since = self._idle.pop() if self._idle else (None, 0.0)
            if line is None:
                return self._open()
            if now - since < IDLE_SECONDS and not _has_ended(line):
                return line
            line.close()

    def _give_back(self, line: Any) -> None:
        with self._lock:
            if len(self._idle) < KEPT:
                self._idle.append((line, time.monotonic()))
                return
        line.close()

    def _open(self) -> Any:
        line: Any = (_Secure if self._secure else _Plain)(self._host, self._port, timeout=self._timeout)
        try:
            line.numbers, line.trust = self._numbers(), self._trust
            line.connect()
        except (OSError, http.client.HTTPException) as problem:
            line.close()
            raise NeverLeftError(type(problem).__name__) from problem
        return line

    def _numbers(self) -> Sequence[str]:
        """Where the name leads now. One number in a private network is enough to refuse it."""
        numbers = self._resolve(self._host, self._port)
        if self._loopback and numbers and all(is_loopback(number) for number in numbers):
            return numbers
        if not numbers or not self._secure or any(is_inside(number) for number in numbers):
            raise NeverLeftError("private_address")
        return numbers


def _has_ended(line: Any) -> bool:
    """A kept connection on which something waits to be read, though nothing was asked, has been closed by the other side."""
    if line.sock is None:
        return True
    waits = select.poll()
    waits.register(line.sock, select.POLLIN)
    return bool(waits.poll(0))
