"""The HTTP server: how many at once, how much, and nothing that people send or are sent is written to disk on the way."""

import signal
import sys
from typing import Any

import waitress
from flask import Flask

from workforce.core.web import LARGEST_REQUEST_BYTES

THREADS = 16
# Idle ones too: open boards, and a provider that keeps its lines to us. A hundred, the default, a storm of receipts fills alone.
CONNECTIONS = 400
IDLE_SECONDS = 60
# What is larger hears from us where it was typed (413); what is very much larger is not even read.
LARGEST_READ_BYTES = 4 * LARGEST_REQUEST_BYTES


def options(port: int) -> dict[str, Any]:
    """What the server is told.

    Waitress puts a body over 512 kB, and an answer over 1 MB that is read slowly, into a temporary file in clear: photographs of
    passports, rosters. So both stay in memory here, whatever their size.
    """
    return {
        "host": "127.0.0.1", "port": port, "threads": THREADS, "ident": None,
        "connection_limit": CONNECTIONS, "asyncore_use_poll": True, "channel_timeout": IDLE_SECONDS,
        "max_request_body_size": LARGEST_READ_BYTES, "inbuf_overflow": 2 * LARGEST_READ_BYTES, "outbuf_overflow": sys.maxsize,
    }  # fmt: skip


def listen(app: Flask, port: int) -> None:
    """Serve until Ctrl-C or SIGTERM."""
    signal.signal(signal.SIGTERM, lambda _number, _frame: sys.exit(0))  # As Ctrl-C: what is running ends in order.
    waitress.serve(app, _quiet=True, **options(port))
