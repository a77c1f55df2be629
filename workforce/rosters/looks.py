"""What a look at a roster saw: every row with its verdict, every fault, every change, and how to page through them.

A small database in memory; between two requests it lies sealed beside the file, so that a page of 100,000 rows costs
what the page costs and the file is not read again.
"""

import json
import re
import sqlite3
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

PAGE_ROWS = 50
MOST_REASONS = 40
_TABLES = """
CREATE TABLE facts (name TEXT PRIMARY KEY, value TEXT) WITHOUT ROWID;
CREATE TABLE rows (number INTEGER PRIMARY KEY, action TEXT, kind TEXT DEFAULT '', worker TEXT, cells TEXT);
CREATE TABLE problems (row INTEGER, letter TEXT, field TEXT, kind TEXT, reason TEXT, class TEXT);
CREATE TABLE changes (row INTEGER, field TEXT, old TEXT, new TEXT);
"""
_INDEXES = """
CREATE INDEX problems_row ON problems (row);
CREATE INDEX problems_letter ON problems (letter, row);
CREATE INDEX problems_class ON problems (class, row);
CREATE INDEX changes_row ON changes (row);
CREATE INDEX rows_action ON rows (action, number);
CREATE INDEX rows_kind ON rows (kind, number);
"""
SHOWS = {
    "all": "1",
    "faults": "kind != ''",
    "refused": "kind = 'refused'",
    "flagged": "kind = 'flagged'",
    "created": "action = 'created'",
    "updated": "action = 'updated'",
    "unchanged": "action = 'unchanged'",
}


class SeenRow(NamedTuple):
    """One row of the file; `worker` is the id in hex of whom it stands for on file, or ""."""

    number: int
    action: str
    kind: str
    worker: str
    cells: list[str]


class SeenProblem(NamedTuple):
    """One fault. `kind` is rejected, flagged or unsure (a day that waits for day or month first)."""

    row: int
    letter: str
    field: str
    kind: str
    reason: str


class SeenChange(NamedTuple):
    """What a row changes in one field of somebody on file, in words."""

    row: int
    field: str
    old: str
    new: str


@dataclass(frozen=True)
class Filter:
    """Which rows are asked for: one of `SHOWS`, faults in one column, faults of one class."""

    show: str = "all"
    column: str = ""
    reason: str = ""


@dataclass(frozen=True)
class Lines:
    """A page of rows. `before`, `after`: the row numbers to page from, None at an end."""

    rows: list[SeenRow]
    problems: dict[int, list[SeenProblem]]
    changes: dict[int, list[SeenChange]]
    total: int
    first: int
    before: int | None
    after: int | None


class Look:
    """One look. Fill it, `seal` it; or open the bytes of one and ask."""

    def __init__(self, image: bytes | None = None) -> None:
        self.db = sqlite3.connect(":memory:", isolation_level=None)
        self.unchecked: dict[tuple[int, int], str] = {}
        """By row and column, what cells say that were corrected since."""
        if image is None:
            self.db.executescript(_TABLES)
        else:
            self.db.deserialize(image)

    # --- filling ------------------------------------------------------------------------------------------------------

    def add_rows(self, rows: Iterable[SeenRow]) -> None:
        """Keep rows; their kind follows from the problems."""
        lines = ((row.number, row.action, row.worker, json.dumps(row.cells, ensure_ascii=False)) for row in rows)
        self.db.executemany("INSERT OR REPLACE INTO rows (number, action, worker, cells) VALUES (?, ?, ?, ?)", lines)

    def add_changes(self, changes: Iterable[SeenChange]) -> None:
        self.db.executemany("INSERT INTO changes VALUES (?, ?, ?, ?)", changes)

    def add_problems(self, problems: Iterable[SeenProblem]) -> None:
        self.db.executemany("INSERT INTO problems VALUES (?, ?, ?, ?, ?, ?)", ((*one, class_of(one.reason)) for one in problems))

    def finish(self, facts: Mapping[str, Any]) -> bytes:
        """The whole look as bytes, to be sealed."""
        self.db.executemany("INSERT OR REPLACE INTO facts VALUES (?, ?)", [(name, json.dumps(value)) for name, value in facts.items()])
        self.db.execute("UPDATE rows SET kind = 'flagged' WHERE number IN (SELECT row FROM problems WHERE kind = 'flagged')")
        self.db.execute("UPDATE rows SET kind = 'refused' WHERE number IN (SELECT row FROM problems WHERE kind = 'rejected')")
        self.db.executescript(_INDEXES)
        return self.db.serialize()

    # --- asking -------------------------------------------------------------------------------------------------------

    def fact(self, name: str) -> Any:
        found = self.db.execute("SELECT value FROM facts WHERE name = ?", (name,)).fetchone()
        return json.loads(found[0]) if found else None

    def counts(self) -> dict[str, int]:
        """How many rows each of `SHOWS` has."""
        asked = ", ".join(f"SUM({rule})" for rule in SHOWS.values())
        found = self.db.execute(f"SELECT {asked} FROM rows").fetchone()  # noqa: S608  Our own words only.
        return {name: count or 0 for name, count in zip(SHOWS, found, strict=True)}

    def columns(self) -> list[tuple[str, int]]:
        """Letters of the columns with faults, and in how many rows."""
        asked = "SELECT letter, COUNT(DISTINCT row) FROM problems GROUP BY letter ORDER BY LENGTH(letter), letter"
        return self.db.execute(asked).fetchall()

    def reasons(self) -> list[tuple[str, int]]:
        """The classes of faults, the commonest first, and in how many rows."""
        asked = "SELECT class, COUNT(DISTINCT row) FROM problems GROUP BY class ORDER BY 2 DESC, 1 LIMIT ?"
        return self.db.execute(asked, (MOST_REASONS,)).fetchall()

    def samples(self, rows: int = 12) -> list[list[str]]:
        """The cells of the first rows."""
        found = self.db.execute("SELECT cells FROM rows ORDER BY number LIMIT ?", (rows,))
        return [json.loads(line[0]) for line in found]

    def cells(self, numbers: set[int]) -> dict[int, list[str]]:
        """The cells of these rows."""
        marks = ",".join("?" * len(numbers))
        found = self.db.execute(f"SELECT number, cells FROM rows WHERE number IN ({marks})", tuple(numbers))  # noqa: S608
        return {number: json.loads(texts) for number, texts in found}

    def row(self, number: int) -> Lines:
        """One row as a page of its own; empty when the look saw no such row."""
        found = self.page(Filter(), after=number - 1, limit=1)
        return found if found.rows and found.rows[0].number == number else replace(found, rows=[])

    def page(self, wanted: Filter, *, after: int | None = None, before: int | None = None, limit: int = PAGE_ROWS) -> Lines:
        """A page of rows by number, after or before a row. Keyset, never OFFSET."""
        rules, values = _rules(wanted)
        where = " AND ".join(rules)
        backwards = before is not None
        edge, at = ("number < ?", before) if backwards else ("number > ?", after if after is not None else -1)
        order = "DESC" if backwards else "ASC"
        asked = f"SELECT number, action, kind, worker, cells FROM rows WHERE {where} AND {edge} ORDER BY number {order} LIMIT ?"  # noqa: S608
        found = self.db.execute(asked, (*values, at, limit + 1)).fetchall()
        more, found = len(found) > limit, found[:limit]
        if backwards:
            found.reverse()
        rows = [SeenRow(number, action, kind, worker or "", json.loads(cells)) for number, action, kind, worker, cells in found]
        total = self._count(where, values)
        ahead = self._count(f"{where} AND number < ?", (*values, rows[0].number)) if rows else 0
        ends = ahead + len(rows) < total if not backwards else True
        numbers = [row.number for row in rows]
        return Lines(
            rows,
            self._problems(numbers),
            self._changes(numbers),
            total,
            ahead + 1,
            rows[0].number if rows and ahead else None,
            rows[-1].number if rows and (more or backwards) and ends and ahead + len(rows) < total else None,
        )

    def _count(self, where: str, values: Iterable[Any]) -> int:
        return int(self.db.execute(f"SELECT COUNT(*) FROM rows WHERE {where}", tuple(values)).fetchone()[0])  # noqa: S608

    def _problems(self, numbers: list[int]) -> dict[int, list[SeenProblem]]:
        found: dict[int, list[SeenProblem]] = {}
        marks = ",".join("?" * len(numbers))
        for line in self.db.execute(f"SELECT row, letter, field, kind, reason FROM problems WHERE row IN ({marks})", numbers):  # noqa: S608
            found.setdefault(line[0], []).append(SeenProblem(*line))
        return found

    def _changes(self, numbers: list[int]) -> dict[int, list[SeenChange]]:
        found: dict[int, list[SeenChange]] = {}
        marks = ",".join("?" * len(numbers))
        for line in self.db.execute(f"SELECT row, field, old, new FROM changes WHERE row IN ({marks}) ORDER BY rowid", numbers):  # noqa: S608
            found.setdefault(line[0], []).append(SeenChange(*line))
        return found


def class_of(reason: str) -> str:
    """A reason without what differs from row to row: "There is no month 31." and "There is no month 14." are one."""
    return re.sub(r"\d+", "…", re.sub(r"“[^”]*”", "“…”", reason))[:200]


def _rules(wanted: Filter) -> tuple[list[str], list[Any]]:
    rules, values = [SHOWS.get(wanted.show, "1")], list[Any]()
    if wanted.column:
        rules.append("number IN (SELECT row FROM problems WHERE letter = ?)")
        values.append(wanted.column)
    if wanted.reason:
        rules.append("number IN (SELECT row FROM problems WHERE class = ?)")
        values.append(wanted.reason)
    return rules, values
