"""Who is carrying an import out, and whether that process still lives: what a killed one leaves is taken up by another."""

import os
import socket
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path

SILENT_FOR = timedelta(minutes=2)
"""After how long without a batch a process on another machine counts as gone."""
_mine: set[uuid.UUID] = set()


def _born(pid: int) -> str:
    """When the process of this number was started, in the kernel's ticks: a number is given again, this with it is not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text("ascii", "replace").rpartition(")")[2].split()[19]
    except (OSError, IndexError):
        return ""


@cache
def me() -> str:
    """This process: machine, number, start."""
    return f"{socket.gethostname()[:40]}:{os.getpid()}:{_born(os.getpid())}"


def claim(import_id: uuid.UUID) -> str:
    """This process is about to carry the import out. Gives its name."""
    _mine.add(import_id)
    return me()


@contextmanager
def at_work(import_id: uuid.UUID) -> Iterator[None]:
    """While inside, this process is carrying the import out; afterwards no more."""
    _mine.add(import_id)
    try:
        yield
    finally:
        _mine.discard(import_id)


def is_gone(by: str, import_id: uuid.UUID, since: datetime, now: datetime) -> bool:
    """Whether nobody carries the import out any more. `since` is its last sign of life."""
    host, _colon, rest = by.partition(":")
    number, _colon, born = rest.partition(":")
    if by == me():
        return import_id not in _mine
    if host != socket.gethostname()[:40] or not number.isdigit():
        return not by or now - since > SILENT_FOR
    try:
        os.kill(int(number), 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        pass
    there = _born(int(number))
    return bool(born and there and there != born)
