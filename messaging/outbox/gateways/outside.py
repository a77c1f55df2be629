"""Calls to addresses that an admin has typed: public ones only, judged at each connection, with no redirect followed."""

import http.client
import socket
import ssl
from collections.abc import Callable, Sequence
from urllib.parse import urlsplit

from messaging.outbox.gateways.kept import Answer, Connection, Connections, NeverLeftError, opened
from workforce.gateways import is_inside, is_loopback

MOST_BYTES = 1_000_000
Resolve = Callable[[str, int], Sequence[str]]


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
    """Kept connections to one host, each opened to a number that was judged. A number that is refused is a NeverLeftError."""

    def __init__(self, url: str, *, timeout_seconds: float, loopback: bool, resolver: Resolve = resolve) -> None:
        where = urlsplit(url)
        self._secure = where.scheme == "https"
        self._host, self._port = where.hostname or "", where.port or (443 if self._secure else 80)
        self._timeout, self._loopback, self._resolve = timeout_seconds, loopback, resolver
        self._trust = ssl.create_default_context() if self._secure else None
        self._kept = Connections(self._dial)

    def call(self, method: str, url: str, body: bytes | None, headers: Sequence[tuple[str, str]]) -> Answer:
        """One request, once; at most a million bytes of its answer."""
        where = urlsplit(url)
        path = (where.path or "/") + (f"?{where.query}" if where.query else "")
        return self._kept.call(method, path, body, dict(headers), most_bytes=MOST_BYTES)

    def _dial(self) -> Connection:
        if self._trust is None:
            line: _Plain | _Secure = _Plain(self._host, self._port, timeout=self._timeout)
        else:
            line = _Secure(self._host, self._port, timeout=self._timeout)
            line.trust = self._trust
        line.numbers = self._numbers()
        return opened(line)

    def _numbers(self) -> Sequence[str]:
        """Where the name leads now. One number in a private network is enough to refuse it."""
        numbers = self._resolve(self._host, self._port)
        if self._loopback and numbers and all(is_loopback(number) for number in numbers):
            return numbers
        if not numbers or not self._secure or any(is_inside(number) for number in numbers):
            raise NeverLeftError("private_address")
        return numbers
