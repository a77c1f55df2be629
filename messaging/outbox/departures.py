"""Departures: what has begun to leave, noted the moment before its first byte, so that after a kill we know what never did.

A text is marked `submitting` before its call; a worker that is killed in between leaves texts of which nobody knows whether they
left. Each worker keeps a book in memory that is also a file: what is written there outlives a killed process, though not a
machine that loses its power. A book whose writer is dead proves of a text that is not in it that no byte of it has left.
A book is believed only where it was written: same file, same start of the machine.
"""

import fcntl
import mmap
import os
import re
import struct
import threading
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from datetime import UTC, datetime
from pathlib import Path
from typing import Self

import structlog

from messaging.outbox.gateways import Draft

HOLDS = 65_536
AGAIN_SECONDS = 10.0
_MAGIC = b"muster departures 1\n"
_HEADER = struct.Struct("<20s36sQQQ")  # Magic, the machine's start, device, inode, how many are noted.
_COUNT_AT = _HEADER.size - 8
_RECORD = struct.Struct("<16sq")  # The text, and the moment of its submission in microseconds.
_BOOT = Path("/proc/sys/kernel/random/boot_id")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_note: ContextVar[Callable[[], None] | None] = ContextVar("leaving", default=None)
log = structlog.get_logger()


def leaving() -> None:
    """The next thing is the first byte. A wire says so; outside of a sending it means nothing."""
    if (note := _note.get()) is not None:
        note()


@contextmanager
def noted(book: "Book | None", drafts: Sequence[Draft], *, at_once: bool) -> Iterator[None]:
    """What leaves in here is noted in `book` when the wire says so, or `at_once` for a gateway whose wire does not."""
    if book is None:
        yield
        return
    if at_once:
        book.note(drafts)
        yield
        return
    token = _note.set(lambda: book.note(drafts))
    try:
        yield
    finally:
        _note.reset(token)


class Book:
    """The book of one worker, locked for as long as its process lives. `name` is what the worker claims under."""

    def __init__(self, path: Path, descriptor: int, memory: mmap.mmap) -> None:
        self.name = path.stem
        self._path, self._descriptor, self._memory = path, descriptor, memory
        self._count, self._guard = 0, threading.Lock()

    @classmethod
    def begin(cls, folder: Path, name: str) -> Self | None:
        """A new book; None where none can be kept. Room for all of it is taken now: later a full disk would end the process."""
        boot = _boot()
        path = folder / f"{re.sub(r'[^A-Za-z0-9-]', '-', name)}.book"
        if not boot:
            return None
        try:
            folder.mkdir(mode=0o700, exist_ok=True)
            descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
        except OSError:
            return None
        size = _HEADER.size + HOLDS * _RECORD.size
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            os.posix_fallocate(descriptor, 0, size)
            memory = mmap.mmap(descriptor, size)
        except OSError:
            path.unlink(missing_ok=True)
            os.close(descriptor)
            return None
        here = os.fstat(descriptor)
        memory[: _HEADER.size] = _HEADER.pack(_MAGIC, boot, here.st_dev, here.st_ino, 0)
        return cls(path, descriptor, memory)

    def note(self, drafts: Sequence[Draft]) -> None:
        """These begin to leave. Raises OverflowError, before anything has left, where the book is full."""
        with self._guard:
            for draft in drafts:
                if self._count >= HOLDS:
                    raise OverflowError("The book is full.")
                at = _HEADER.size + self._count * _RECORD.size
                _RECORD.pack_into(self._memory, at, draft.message_id.bytes, _micros(draft.submitted_at))
                self._count += 1
                struct.pack_into("<Q", self._memory, _COUNT_AT, self._count)

    def close(self) -> None:
        """Nothing of this worker is under way any more."""
        self._path.unlink(missing_ok=True)
        self.let_go()

    def let_go(self) -> None:
        """As a kill would leave it: the file stays, the lock is free."""
        with suppress(BufferError):
            self._memory.close()
        os.close(self._descriptor)


class Library:
    """The books of one worker, one after the other. A text is noted once for each submission, so it is known when one is full."""

    def __init__(self, folder: Path, holder: str) -> None:
        self._folder, self._holder = folder, holder
        self._books: list[Book] = []
        self._begun, self._promised, self._again_at = 0, HOLDS, 0.0

    def open_at(self, texts: int) -> Book | None:
        """The book under which so many may be claimed; None where none can be kept."""
        if self._promised + texts > HOLDS and time.monotonic() >= self._again_at:
            self._begun += 1
            self._again_at = time.monotonic() + AGAIN_SECONDS
            for done in self._books[:-1]:  # What was claimed under it has long been called.
                done.close()
            book = Book.begin(self._folder, f"{self._holder}-{self._begun}")
            self._books = [*self._books[-1:], *([book] if book is not None else [])]
            self._promised = 0 if book is not None else HOLDS
        return self._books[-1] if self._promised + texts <= HOLDS else None

    def submitted(self, texts: int) -> None:
        """So many will be noted."""
        self._promised += texts

    def close(self) -> None:
        """Nothing of this worker is under way any more."""
        for book in self._books:
            book.close()
        self._books, self._promised = [], HOLDS


class Left:
    """A dead worker's book, read to the end."""

    def __init__(self, path: Path, noted_ones: frozenset[tuple[bytes, int]]) -> None:
        self.name = path.stem
        self._path, self._noted = path, noted_ones

    def has(self, message_id: uuid.UUID, submitted_at: datetime) -> bool:
        """Whether this text, as it was submitted then, may have left."""
        return (message_id.bytes, _micros(submitted_at)) in self._noted

    def forget(self) -> None:
        """The book has told what it knows."""
        self._path.unlink(missing_ok=True)


def left_behind(folder: Path) -> list[Left]:
    """The books of workers that are dead. A file that proves nothing is thrown away."""
    found = []
    for path in sorted(folder.glob("*.book")):
        with suppress(OSError):
            if (book := _read(path)) is not None:
                found.append(book)
    return found


def _read(path: Path) -> Left | None:
    descriptor = os.open(path, os.O_RDWR)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:  # Its writer lives.
            return None
        here, head = os.fstat(descriptor), os.read(descriptor, _HEADER.size)
        if len(head) < _HEADER.size:  # It is just being begun: nothing was claimed under it.
            return None
        magic, boot, device, inode, count = _HEADER.unpack(head)
        if (magic, boot, device, inode) != (_MAGIC, _boot(), here.st_dev, here.st_ino) or count > HOLDS:
            log.warning("departures_not_believed", book=path.stem)
            path.unlink(missing_ok=True)
            return None
        noted_ones = os.read(descriptor, count * _RECORD.size)
        return (
            Left(path, frozenset(_RECORD.iter_unpack(noted_ones))) if len(noted_ones) == count * _RECORD.size else None
        )
    finally:
        os.close(descriptor)


def _boot() -> bytes:
    """What the machine calls its present run; nothing where it has no name for it."""
    try:
        return _BOOT.read_bytes().strip()
    except OSError:
        return b""


def _micros(at: datetime) -> int:
    since = at - _EPOCH
    return (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds
