"""What a file has said so far about who is who: some hundred bytes a row, in memory only, however many rows there are.

A Python object for each row would take ten times as much; a roster of 200,000 people is read on small servers too.
"""

import sqlite3
import uuid
from collections.abc import Sequence
from typing import NamedTuple

_BETWEEN = "\x1f"


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


class Workers:
    """Which rows stand for whom, found by folded name or by passport."""

    def __init__(self) -> None:
        self._db = _opened(
            "CREATE TABLE seen (row INTEGER PRIMARY KEY, name INTEGER, paper INTEGER, worker BLOB, passport TEXT, born TEXT, phones TEXT)",
            "CREATE INDEX by_name ON seen (name)",
            "CREATE INDEX by_paper ON seen (paper) WHERE paper IS NOT NULL",
        )

    def add(self, name: str, nationality: str, seen: Seen) -> None:
        """Remember a row."""
        paper = hash((seen.passport, nationality)) if seen.passport else None
        line = (seen.row_number, hash(name), paper, seen.worker_id.bytes, seen.passport, seen.born, " ".join(seen.phones))
        self._db.execute("INSERT OR REPLACE INTO seen VALUES (?, ?, ?, ?, ?, ?, ?)", line)

    def called(self, name: str) -> Sequence[Seen]:
        """The rows of this folded name, the earliest first."""
        return self._found("name", hash(name))

    def with_passport(self, passport: str, nationality: str) -> Seen | None:
        """The first row with this passport."""
        found = self._found("paper", hash((passport, nationality)))
        return found[0] if found else None

    def _found(self, column: str, key: int) -> list[Seen]:
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

    def first_with(self, content: int, row: int) -> int:
        """The first row of this content, a hash: `row` itself when there was none."""
        found = self._db.execute("SELECT row FROM contents WHERE content = ?", (content,)).fetchone()
        if found:
            return int(found[0])
        self._db.execute("INSERT INTO contents VALUES (?, ?)", (content, row))
        return row

    def first_of(self, passport: int, row: int, *said: str) -> tuple[int, tuple[str, ...]]:
        """The first row with this passport, a hash, and what was `said` of it: `row` and `said` when there was none."""
        found = self._db.execute("SELECT row, said FROM passports WHERE passport = ?", (passport,)).fetchone()
        if found:
            return int(found[0]), tuple(str(found[1]).split(_BETWEEN))
        self._db.execute("INSERT INTO passports VALUES (?, ?, ?)", (passport, row, _BETWEEN.join(said)))
        return row, said
