"""Kept connections to a provider: used again while they stand, never once the server has closed them, never for two calls at once."""

import asyncio
import socket
import threading

import pytest

from messaging.outbox.gateways import streams
from messaging.outbox.gateways.kept import NeverLeftError
from messaging.outbox.gateways.streams import Streams
from messaging.outbox.gateways.wire import Way

ANSWER = b"HTTP/1.1 201 Created\r\nContent-Length: 2\r\n\r\n{}"
PATIENCE_SECONDS = 20


class Server:
    """Plain HTTP on loopback, by one thread; `heard` are whole requests, `per_connection` how many it answers before it closes."""

    def __init__(self, *, per_connection: int = 1000, answer: bytes = ANSWER) -> None:
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.address = f"http://127.0.0.1:{self._socket.getsockname()[1]}"
        self.heard: list[bytes] = []
        self.connections, self.closed = 0, threading.Semaphore(0)
        self._per_connection, self._answer = per_connection, answer
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while True:
            line, _where = self._socket.accept()
            self.connections += 1
            threading.Thread(target=self._talk, args=(line,), daemon=True).start()

    def _talk(self, line: socket.socket) -> None:
        with line:
            for _ in range(self._per_connection):
                said = b""
                while not said.endswith(b"To=1"):
                    if not (piece := line.recv(65536)):
                        return
                    said += piece
                self.heard.append(said)
                line.sendall(self._answer)
        self.closed.release()


def calls(out, count, *, at_once=1):
    async def call():
        return (await out.request("POST", "https://api/x", data={"To": "1"}, auth=("me", "secret"))).status_code

    async def all_of_them():
        found = []
        for _ in range(count // at_once):
            found += await asyncio.gather(*(call() for _ in range(at_once)))
        return found

    return asyncio.run_coroutine_threadsafe(all_of_them(), streams.loop()).result(PATIENCE_SECONDS)


def to(server):
    return Streams(Way(server.address + "/base", instead_of="https://api"), timeout_seconds=5)


def test_a_connection_is_used_again():
    server = Server()
    out = to(server)

    assert calls(out, 6, at_once=2) == [201] * 6
    assert (server.connections, out.opened) == (2, 2)


def test_a_request_says_where_who_and_how_long():
    server = Server()

    calls(to(server), 1)

    head, body = server.heard[0].split(b"\r\n\r\n")
    assert head.startswith(b"POST /base/x HTTP/1.1\r\nHost: 127.0.0.1:")
    assert b"Authorization: Basic bWU6c2VjcmV0" in head
    assert head.endswith(b"Content-Length: 4")
    assert body == b"To=1"


def test_a_connection_that_the_server_has_closed_is_not_used_again():
    server = Server(per_connection=1)
    out = to(server)

    first = calls(out, 1)
    assert server.closed.acquire(timeout=PATIENCE_SECONDS)
    second = calls(out, 1)

    assert first + second == [201, 201]
    assert out.opened == 2


@pytest.mark.parametrize(
    "answer", [b"", b"HTTP/1.1 201 Created\r\nContent-Length: 20\r\n\r\n{}", b"no answer of HTTP's\r\n\r\n"]
)
def test_an_answer_that_breaks_off_raises_and_the_connection_is_gone(answer):
    server = Server(per_connection=1, answer=answer)
    out = to(server)

    with pytest.raises(Exception) as raised:
        calls(out, 1)

    assert not isinstance(raised.value, NeverLeftError)
    assert out._idle == []


def test_where_nobody_listens_nothing_has_left():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    out = Streams(Way(f"http://127.0.0.1:{port}", instead_of="https://api"), timeout_seconds=5)

    with pytest.raises(NeverLeftError):
        calls(out, 1)


def test_a_head_with_a_line_break_does_not_leave():
    server = Server()

    async def call():
        await to(server).request("POST", "https://api/x HTTP/1.1\r\nX: y", data={"To": "1"})

    with pytest.raises(ValueError, match="line break"):
        asyncio.run_coroutine_threadsafe(call(), streams.loop()).result(PATIENCE_SECONDS)
    assert server.connections == 0
