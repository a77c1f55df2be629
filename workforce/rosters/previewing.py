"""A file as the pages show it before anything is saved: what was understood, and the sheet with faults inside their cells."""

import hashlib
import json
import time
import uuid
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from workforce.core.tenancy import Actor
from workforce.models import Import
from workforce.rosters import applying, cells, correcting, headers, imports
from workforce.rosters.dates import BadDate, Order, Window, read
from workforce.rosters.headers import Header
from workforce.rosters.heading_words import DATE_FIELDS, NAME_FIELDS, PHONE_FIELDS
from workforce.rosters.looks import Lines, Look, SeenChange, SeenProblem, SeenRow
from workforce.rosters.understanding import Problem, Question, RosterRow, Understood
from workforce.rosters.updating import Change

MOST_COLUMNS = 60
TOP_ROWS = 25
SAMPLES = 3
LONGEST_SAMPLE = 40
BATCH = 500


@dataclass(frozen=True)
class Column:
    """A column's head: letter, heading, the field it is read as ("" when left out), what stands in its first cells.

    `country` is whose local phone numbers it holds, where heading or person said so; `order` a chosen order of dates.
    """

    index: int
    letter: str
    heading: str
    field: str
    unsure: bool
    samples: tuple[str, ...] = ()
    country: str = ""
    order: str = ""

    @property
    def is_phone(self) -> bool:
        return self.field in PHONE_FIELDS

    @property
    def is_date(self) -> bool:
        return self.field in DATE_FIELDS


@dataclass(frozen=True)
class Cell:
    """`kind` is "", flagged, refused, unsure, or typed: corrected since the look. `original` is what the file says there."""

    column: int
    text: str
    label: str
    kind: str = ""
    reasons: tuple[str, ...] = ()
    original: str | None = None
    is_read: bool = True
    """Whether its column is read at all."""


@dataclass(frozen=True)
class Line:
    """One row; `reasons` are those that belong to no column of the file, `changes` what it changes on file."""

    number: int
    action: str
    kind: str
    worker: uuid.UUID | None
    name: str
    cells: tuple[Cell, ...]
    reasons: tuple[str, ...] = ()
    changes: tuple[SeenChange, ...] = ()


@dataclass(frozen=True)
class Asked:
    """A column whose dates could be either way, the two readings of one example, and what was chosen."""

    index: int
    letter: str
    title: str
    ambiguous: int
    example: str
    day_first: date | None
    month_first: date | None
    chosen: str


@dataclass(frozen=True)
class Preview:
    """What the pages show, whichever rows they show."""

    import_id: uuid.UUID
    file_name: str
    sheets: list[str]
    sheet: str
    header_row: int
    top: list[tuple[int, str]]
    columns: list[Column]
    notes: list[str]
    asked: list[Asked]
    missing: list[str]
    nationality: str
    host: str
    empty_clears: bool
    outcome: dict[str, Any]
    counts: dict[str, int]
    faulty_columns: list[tuple[str, int]]
    reasons: list[tuple[str, int]]
    corrected: int
    unchecked: int
    """How many cells were corrected since the look."""
    seconds: int
    """How long a look at the whole file takes."""
    guessed: bool
    """Whether the headings said nothing, and what the columns hold is a guess."""
    chosen: bool
    """Whether a person has chosen anything yet."""
    twin: Import | None = None

    @property
    def header(self) -> Header:
        """The headings, for whoever looks for a mapping that knows them."""
        columns = (headers.Column(c.index, c.letter, c.heading, c.field or None) for c in self.columns)
        return Header(self.header_row, tuple(columns))

    @property
    def good(self) -> int:
        """Rows that stand for a worker."""
        return sum(int(self.outcome[name]) for name in ("created", "updated", "unchanged"))

    @property
    def fine(self) -> int:
        return int(self.outcome["rows"] - self.outcome["rejected_rows"] - self.outcome["flagged_rows"])


def made_with(session: Session, roster: Import, *, country: str, today: date) -> bytes:
    """A digest of everything that a look depends on, but for the workers on file."""
    return _digest(_choices(roster, country, today), correcting.of(session, roster))


def _choices(roster: Import, country: str, today: date) -> str:
    return _digest(asdict(imports.Options.of(roster)), country, today.isoformat()).hex()


def _digest(*said: object) -> bytes:
    return hashlib.sha256(json.dumps(said, sort_keys=True, default=str).encode()).digest()


def last_look(
    session: Session, folder: Path, roster: Import, *, country: str, today: date, lasts: timedelta = imports.LOOK_LASTS
) -> Look | None:
    """The last look, if nothing but single cells was said otherwise since: those wait in its `unchecked`.

    What the file says of its columns and cells does not grow old, unlike who is on file: `lasts` may be longer for that.
    """
    image = imports.kept_look(session, folder, roster, roster.look_digest or b"", lasts=lasts)
    seen = Look(image) if image is not None else None
    if seen is None or seen.fact("choices") != _choices(roster, country, today):
        return None
    then = {(row, column): text for row, column, text in seen.fact("corrections")}
    now = {(row, column): text for row, cells_of in correcting.of(session, roster).items() for column, text in cells_of.items()}
    originals = {(row, column): text for row, column, text in seen.fact("originals")}
    seen.unchecked = {at: text for at, text in now.items() if then.get(at) != text}
    seen.unchecked |= {at: originals.get(at, "") for at in then.keys() - now.keys()}
    return seen


def look(
    session: Session,
    actor: Actor,
    folder: Path,
    import_id: uuid.UUID,
    *,
    country: str,
    today: date,
    tell: Callable[[int], None] | None = None,
) -> bytes:
    """Read a waiting file through and say what an import would do, as the image of a `Look`. Writes nothing.

    20,000 rows take some seconds. Raises NotFound, Conflict, BadFile.
    """
    roster, began = imports.waiting(session, actor, import_id), time.monotonic()
    options = imports.Options.of(roster)
    here: dict[str, Any] = {"country": country, "today": today}
    understood = imports.opened(session, folder, roster, **here)
    undecided = understood
    if options.dates:
        undecided = imports.opened(session, folder, roster, **here, options=replace(options, dates={}))
    asked = [_asked(question, options, today) for question in undecided.questions]
    seen = _Seen(understood, today, {one.index for one in asked if not one.chosen})
    outcome = applying.look(session, actor, understood, today=today, watch=seen.watch, tell=tell)
    facts = {
        "sheets": imports.sheets_of(session, folder, roster),
        "sheet": understood.sheet.name,
        "header_row": understood.header.row_number,
        "top": _top(understood),
        "columns": [asdict(column) for column in seen.columns],
        "notes": understood.notes,
        "asked": [asdict(one) | {name: day.isoformat() if (day := getattr(one, name)) else None for name in ("day_first", "month_first")} for one in asked],
        "missing": understood.missing,
        "outcome": outcome.counts(),
        "originals": [[row, column, cells.text_of(cell)] for (row, column), cell in getattr(understood.sheet, "originals", {}).items()],
        "choices": _choices(roster, country, today),
        "corrections": [[row, column, text] for row, said in correcting.of(session, roster).items() for column, text in said.items()],
        "seconds": round(time.monotonic() - began),
    }
    return seen.finish(outcome.problems, facts)


class _Seen:
    """Collects what a look sees, row by row."""

    def __init__(self, understood: Understood, today: date, unsure: set[int]) -> None:
        self.look, self.today = Look(), today
        self.rows: list[SeenRow] = []
        self.changes: list[SeenChange] = []
        columns = understood.header.columns[:MOST_COLUMNS]
        self.columns = [Column(c.index, c.letter, c.heading, c.field or "", c.index in unsure, country=c.country or "") for c in columns]
        self.unsure = {column.letter: column for column in self.columns if column.unsure}

    def watch(self, row: RosterRow, action: str, worker_id: uuid.UUID | None, change: Change | None) -> None:
        """Keep one row."""
        texts = [cells.text_of(cell) for cell in row.original[:MOST_COLUMNS]]
        whose = worker_id.hex if worker_id and action in {"updated", "unchanged"} else ""
        self.rows.append(SeenRow(row.row_number, action, "", whose, texts))
        if change is not None and action == "updated":
            self.changes += [SeenChange(row.row_number, *said) for said in change.said]
        if len(self.rows) >= BATCH:
            self._flush()

    def finish(self, problems: list[Problem], facts: dict[str, Any]) -> bytes:
        """The look's image."""
        self._flush()
        self.look.add_problems(self._problem(problem) for problem in problems)
        return self.look.finish(facts)

    def _flush(self) -> None:
        self.look.add_rows(self.rows)
        self.look.add_changes(self.changes)
        self.rows, self.changes = [], []

    def _problem(self, problem: Problem) -> SeenProblem:
        column = self.unsure.get(problem.letter)
        kind = "unsure" if column and column.field in DATE_FIELDS and _is_either(problem.value, column.field, self.today) else problem.kind
        return SeenProblem(problem.row, problem.letter, problem.field, kind, problem.reason)


def header_of(session: Session, folder: Path, roster: Import, *, country: str, today: date) -> Header:
    """The headings of a file and what they hold, as the last look saw them, else read again. Raises BadFile."""
    seen = last_look(session, folder, roster, country=country, today=today, lasts=imports.FORGET_AFTER)
    if seen is None:
        return imports.opened(session, folder, roster, country=country, today=today).header
    columns = (headers.Column(kept["index"], kept["letter"], kept["heading"], kept["field"] or None) for kept in seen.fact("columns"))
    return Header(seen.fact("header_row"), tuple(columns))


def preview(session: Session, actor: Actor, import_id: uuid.UUID, seen: Look) -> Preview:
    """What a look saw, for a page. Raises NotFound, Conflict."""
    roster = imports.waiting(session, actor, import_id)
    options, first = imports.Options.of(roster), seen.samples()
    missing = [*seen.fact("missing"), *(name for name in ("nationality", "host") if getattr(options, name))]
    return Preview(
        import_id=import_id,
        file_name=imports.name_of(session, roster),
        sheets=seen.fact("sheets"),
        sheet=seen.fact("sheet"),
        header_row=seen.fact("header_row"),
        top=[(number, text) for number, text in seen.fact("top")],
        columns=[_column(kept, first, options) for kept in seen.fact("columns")],
        notes=seen.fact("notes"),
        asked=[_asked_of(kept) for kept in seen.fact("asked")],
        missing=missing,
        nationality=options.nationality or "",
        host=options.host or "",
        empty_clears=options.empty_clears,
        outcome=seen.fact("outcome"),
        counts=seen.counts(),
        faulty_columns=seen.columns(),
        reasons=seen.reasons(),
        corrected=sum(map(len, correcting.of(session, roster).values())),
        unchecked=len(seen.unchecked),
        seconds=seen.fact("seconds"),
        guessed=imports.is_guessed(roster),
        chosen=bool(options.mapping or options.dates or options.phones or options.nationality or options.host),
        twin=imports.twin_of(session, roster),
    )


def faults_first(shown: Preview, page: Lines) -> Preview:
    """The columns with faults on this page beside the name, so that nobody has to look for them at the far end of a wide sheet."""
    faulty = {problem.letter for found in page.problems.values() for problem in found}
    ordered = sorted(shown.columns, key=lambda c: (c.field not in NAME_FIELDS, c.letter not in faulty))
    return replace(shown, columns=ordered)


def lines(shown: Preview, seen: Look, page: Lines) -> list[Line]:
    """A page of rows, faults inside their cells."""
    name_at = next((c.index for c in shown.columns if c.field in {"full_name", "family_name"}), None)
    said = _Said({(row, column): text for row, column, text in seen.fact("originals")}, seen.unchecked)
    return [_line(row, page, shown.columns, said, name_at) for row in page.rows]


@dataclass(frozen=True)
class _Said:
    """What a person said of cells: what stood in those that the look saw corrected, and what they typed since."""

    originals: dict[tuple[int, int], str]
    unchecked: dict[tuple[int, int], str]


def _line(row: SeenRow, page: Lines, columns: list[Column], said: _Said, name_at: int | None) -> Line:
    at: dict[str, list[SeenProblem]] = {}
    for problem in page.problems.get(row.number, []):
        at.setdefault(problem.letter, []).append(problem)
    letters = {column.letter for column in columns}
    elsewhere = tuple(problem.reason for letter, found in at.items() if letter not in letters for problem in found)
    shown = tuple(_cell(row, column, at.get(column.letter, []), said) for column in columns)
    name = row.cells[name_at] if name_at is not None and name_at < len(row.cells) else ""
    return Line(row.number, row.action, row.kind, uuid.UUID(row.worker) if row.worker else None, name, shown, elsewhere, tuple(page.changes.get(row.number, [])))


def _cell(row: SeenRow, column: Column, problems: list[SeenProblem], said: _Said) -> Cell:
    at, label, is_read = (row.number, column.index), column.heading or column.letter, bool(column.field)
    text = row.cells[column.index] if column.index < len(row.cells) else ""
    original = said.originals.get(at)
    if at in said.unchecked:
        typed, stood = said.unchecked[at], text if original is None else original
        return Cell(column.index, typed, label, "typed", (), None if typed == stood else stood, is_read)
    kinds = {problem.kind for problem in problems}
    kind = "refused" if "rejected" in kinds else "flagged" if "flagged" in kinds else "unsure" if kinds else ""
    reasons = tuple(problem.reason for problem in problems)
    return Cell(column.index, text, label, kind, reasons, original, is_read)


def _top(understood: Understood) -> list[tuple[int, str]]:
    """The first rows in a few words each, for choosing the row of headings."""
    found = []
    for number, row in understood.sheet.top()[:TOP_ROWS]:
        words = [text for text in (cells.text_of(cell) for cell in row) if text]
        if words:
            found.append((number, " · ".join(words[:5])[:80]))
    return found


def _column(kept: dict[str, Any], first: list[list[str]], options: imports.Options) -> Column:
    index = kept["index"]
    texts = (row[index] for row in first if index < len(row))
    samples = tuple(dict.fromkeys(text[:LONGEST_SAMPLE] for text in texts if text))[:SAMPLES]
    return Column(**kept | {"samples": samples, "order": options.dates.get(index, "")})


def _asked(question: Question, options: imports.Options, today: date) -> Asked:
    column = question.column
    window = Window.of(column.field or "", today)
    day_first, month_first = (_reading(question.example, order, window) for order in (Order.DAY_FIRST, Order.MONTH_FIRST))
    chosen = options.dates.get(column.index, "")
    return Asked(column.index, column.letter, column.title, question.ambiguous, question.example, day_first, month_first, chosen)


def _asked_of(kept: dict[str, Any]) -> Asked:
    days = {name: date.fromisoformat(kept[name]) if kept[name] else None for name in ("day_first", "month_first")}
    return Asked(**kept | days)


def _reading(example: str, order: Order, window: Window) -> date | None:
    try:
        return read(example, order, window)
    except BadDate:
        return None


def _is_either(text: str, name: str, today: date) -> bool:
    try:
        read(text, None, Window.of(name, today))
    except BadDate as problem:
        return problem.ambiguous
    return False


