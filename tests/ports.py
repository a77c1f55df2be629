"""Ports for servers in processes of their own."""

import os
import socket
from itertools import count

_next = count()


def free_port() -> int:
    """A port that nobody has: below those the system hands out by itself, in a range of this test process's own.

    A port of the system's choice that was free a moment ago went to another test's fake supplier before the server had started.
    """
    process = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
    first = 20_000 + 1_000 * (process % 10) + os.getpid() % 500
    for _ in range(200):
        port = first + next(_next) % 500
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise AssertionError("no free port for a server")
