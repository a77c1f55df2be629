"""Logs: one JSON line each, a constant event, ids beside it. Names, numbers, texts and places never reach them."""

import logging
import re
import sys
from contextlib import suppress
from typing import Any, TextIO

import structlog

_PERSONAL = re.compile(
    r"\+\d[\d \-]{6,}\d|[\w.+-]+@[\w-]+\.[\w.-]+|(?<![0-9a-f-])\d{8,15}(?![0-9a-f-])|\b[A-Z]{1,2}\d{6,8}[A-Z]?\b|/(?:w|join|reset)/[\w-]+"
)


def scrub(text: str) -> str:
    """`text` without what looks like a phone number, an e-mail address, a passport number or a one-time link."""
    return _PERSONAL.sub("[hidden]", text)


def set_up(*, production: bool) -> None:
    """Send structlog's and everybody else's lines to standard error, scrubbed."""
    level = logging.INFO if production else logging.WARNING
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_Scrubbing("%(levelname)s %(name)s %(message)s"))
    logging.basicConfig(level=level, handlers=[handler], force=True)
    logging.getLogger("twilio.http_client").setLevel(logging.WARNING)  # At INFO it logs whom we text.
    logging.getLogger("apscheduler").setLevel(logging.WARNING)
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            _scrub_values,
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(_Patient(sys.stderr)),  # type: ignore[arg-type]
    )


class _Patient:
    """A stream that loses a line rather than raise: on a full disk a worker that cannot log must still write down what left."""

    def __init__(self, out: TextIO) -> None:
        self._out = out

    def write(self, text: str) -> int:
        with suppress(OSError):
            self._out.write(text)
        return len(text)

    def flush(self) -> None:
        with suppress(OSError):
            self._out.flush()


class _Scrubbing(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        return scrub(super().format(record))


def _scrub_values(_logger: Any, _name: str, line: Any) -> Any:
    return {
        key: scrub(value) if isinstance(value, str) and key != "timestamp" else value for key, value in line.items()
    }
