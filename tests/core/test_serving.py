"""The HTTP server itself, over real connections."""

import http.client
import socket
import threading
from collections.abc import Iterator
from functools import partial

import pytest
import waitress
from flask import Flask, Response, request
from waitress import buffers, wasyncore

from workforce.core import serving

BIG = 3_000_000


@pytest.fixture
def port() -> Iterator[int]:
    """A server as `muster serve` runs it, with a page that takes and one that gives."""
    app = Flask("served")
    app.add_url_rule("/take", "take", view_func=lambda: str(len(request.get_data())), methods=["POST"])
    app.add_url_rule("/give", "give", view_func=lambda: Response(b"x" * BIG))
    server = waitress.create_server(app, **serving.options(0))
    thread = threading.Thread(target=server.run)
    thread.start()
    yield server.effective_port
    server.trigger.pull_trigger(partial(wasyncore.close_all, server._map))
    thread.join(10)
    server.task_dispatcher.shutdown()


@pytest.fixture
def written(monkeypatch) -> list[str]:
    """What is put on disk on the way, in the order in which it is."""
    found, make = [], buffers.TempfileBasedBuffer.newfile
    monkeypatch.setattr(buffers.TempfileBasedBuffer, "newfile", lambda self: found.append("a file") or make(self))
    return found


def test_a_large_upload_is_not_written_to_disk_on_its_way_in(port, written):
    line = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    line.request("POST", "/take", b"x" * BIG)

    assert line.getresponse().read() == str(BIG).encode()
    assert written == []
    line.close()


def test_a_large_answer_is_not_written_to_disk_on_its_way_out(port, written):
    line = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    line.request("GET", "/give")

    assert len(line.getresponse().read()) == BIG
    assert written == []
    line.close()


def test_two_hundred_idle_connections_keep_nobody_out(port):
    idle = [socket.create_connection(("127.0.0.1", port), 10) for _ in range(200)]
    line = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    line.request("POST", "/take", b"receipt")

    assert line.getresponse().read() == b"7"
    for one in (*idle, line):
        one.close()
