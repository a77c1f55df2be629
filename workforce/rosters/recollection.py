"""What a file has said so far about who is who: some hundred bytes a row, in memory only, however many rows there are.

A Python object for each row would take ten times as much; a roster of 200,000 people is read on small servers too.
"""

import sqlite3
import uuid
from collections.abc import Sequence
from typing import Any, NamedTuple

_BETWEEN = "\x1f"
_BITS = 1 << 22
_AT_ONCE = 500


class Seen(NamedTuple):
    """A row of this file that stands for a worker. `born` is ISO, `phones` are the worker's own."""

    row_number: int
    worker_id: uuid.UUID
    passport: str
    born: str
    phones: tuple[str, ...]


def _opened(*tables: str) -> sqlite3.Connection:
    # A web import reads the first rows in one thread and the rest in another, never both at once.
    db = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)
    for statement in ("PRAGMA journal_mode=OFF", *tables):
        db.execute(statement)
    return db


class _Marks:
    """Which keys may have been said: a bit each. What is not marked was not, and that is nearly every row; one in twenty of 200,000 is looked for in vain."""

    def __init__(self) -> None:
        self._bits = bytearray(_BITS >> 3)

    def __contains__(self, key: int) -> bool:
        at = key % _BITS
        return bool(self._bits[at >> 3] & 1 << (at & 7))

    def mark(self, key: int) -> None:
        """From now on it may have been said."""
        at = key % _BITS
        self._bits[at >> 3] |= 1 << (at & 7)


class _Table:
    """Lines that are written many at a time, and before anything is looked for."""

    def __init__(self, db: sqlite3.Connection, insert: str) -> None:
        self._db, self._insert, self._new = db, insert, list[tuple[Any, ...]]()

    def add(self, *line: Any) -> None:
        """Remember a line."""
        self._new.append(line)
        if len(self._new) >= _AT_ONCE:
            self.write()

    def write(self) -> None:
        """Write the lines that wait."""
        if self._new:
            self._db.executemany(self._insert, self._new)
            self._new.clear()


class Workers:
    """Which rows stand for whom, found by folded name or by passport."""

    def __init__(self) -> None:
        self._db = _opened(
            "CREATE TABLE seen (row INTEGER PRIMARY KEY, name INTEGER, paper INTEGER, worker BLOB, passport TEXT, born TEXT, phones TEXT)",
            "CREATE INDEX by_name ON seen (name)",
            "CREATE INDEX by_paper ON seen (paper) WHERE paper IS NOT NULL",
        )
        self._lines = _Table(self._db, "INSERT OR REPLACE INTO seen VALUES (?, ?, ?, ?, ?, ?, ?)")
        self._names, self._papers = _Marks(), _Marks()

    def add(self, name: str, nationality: str, seen: Seen) -> None:
        """Remember a row."""
        called, paper = hash(name), hash((seen.passport, nationality)) if seen.passport else None
        self._names.mark(called)
        if paper is not None:
            self._papers.mark(paper)
        self._lines.add(seen.row_number, called, paper, seen.worker_id.bytes, seen.passport, seen.born, " ".join(seen.phones))

    def called(self, name: str) -> Sequence[Seen]:
        """The rows of this folded name, the earliest first."""
        key = hash(name)
        return self._found("name", key) if key in self._names else ()

    def with_passport(self, passport: str, nationality: str) -> Seen | None:
        """The first row with this passport."""
        key = hash((passport, nationality))
        found = self._found("paper", key) if key in self._papers else ()
        return found[0] if found else None

    def _found(self, column: str, key: int) -> list[Seen]:
        self._lines.write()
        wanted = f"SELECT row, worker, passport, born, phones FROM seen WHERE {column} = ? ORDER BY row"  # noqa: S608  A name of our own.
        return [
            Seen(row, uuid.UUID(bytes=worker), passport, born, tuple(phones.split()))
            for row, worker, passport, born, phones in self._db.execute(wanted, (key,))
        ]


class Rows:
    """Which rows say the very same, and who first had a passport."""

    def __init__(self) -> None:
        self._db = _opened(
            "CREATE TABLE contents (content INTEGER PRIMARY KEY, row INTEGER) WITHOUT ROWID",
            "CREATE TABLE passports (passport INTEGER PRIMARY KEY, row INTEGER, said TEXT) WITHOUT ROWID",
        )
        self._contents, self._passports = _Marks(), _Marks()
        self._content_lines = _Table(self._db, "INSERT INTO contents VALUES (?, ?)")
        self._passport_lines = _Table(self._db, "INSERT INTO passports VALUES (?, ?, ?)")

    def first_with(self, content: int, row: int) -> int:
        """The first row of this content, a hash: `row` itself when there was none."""
        if content in self._contents:
            self._content_lines.write()
            found = self._db.execute("SELECT row FROM contents WHERE content = ?", (content,)).fetchone()
            if found:
                return int(found[0])
        self._contents.mark(content)
        self._content_lines.add(content, row)
        return row

    def first_of(self, passport: int, row: int, *said: str) -> tuple[int, tuple[str, ...]]:
        """The first row with this passport, a hash, and what was `said` of it: `row` and `said` when there was none."""
        if passport in self._passports:
            self._passport_lines.write()
            found = self._db.execute("SELECT row, said FROM passports WHERE passport = ?", (passport,)).fetchone()
            if found:
                return int(found[0]), tuple(str(found[1]).split(_BETWEEN))
        self._passports.mark(passport)
        self._passport_lines.add(passport, row, _BETWEEN.join(said))
        return row, said
