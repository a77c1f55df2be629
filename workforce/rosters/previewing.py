"""A file as the page shows it before anything is saved: the sheet with its own numbers and letters, faults inside their cells."""

import uuid
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path

from sqlalchemy.orm import Session

from workforce.core.tenancy import Actor
from workforce.models import Import
from workforce.rosters import applying, cells, imports
from workforce.rosters.applying import Outcome
from workforce.rosters.dates import BadDate, Order, Window, read
from workforce.rosters.heading_words import DATE_FIELDS
from workforce.rosters.understanding import Problem, Question, RosterRow, Understood

SHOWN = 50
MOST_FAULTY = 200
MOST_COLUMNS = 60


@dataclass(frozen=True)
class Column:
    """A column's head: its letter, its heading, the field it is read as ("" when left out)."""

    index: int
    letter: str
    heading: str
    field: str
    unsure: bool


@dataclass(frozen=True)
class Cell:
    """`kind` is "", flagged, refused or unsure."""

    text: str
    label: str
    kind: str = ""
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True)
class Line:
    """One row; `reasons` are those that belong to no column of the file."""

    number: int
    kind: str
    cells: tuple[Cell, ...]
    reasons: tuple[str, ...] = ()


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


@dataclass
class Preview:
    """Everything the page shows."""

    import_id: uuid.UUID
    file_name: str
    header_row: int
    columns: list[Column]
    lines: list[Line]
    outcome: Outcome
    notes: list[str]
    asked: list[Asked]
    missing: list[str]
    nationality: str
    host: str
    faulty_rows: int
    twin: Import | None = None
    skipped: dict[str, int] = field(default_factory=dict)


def preview(session: Session, actor: Actor, folder: Path, import_id: uuid.UUID, *, country: str, today: date, only_faults: bool) -> Preview:
    """Look at a file that waits. Writes nothing. Raises NotFound, Conflict, BadFile."""
    roster = imports.waiting(session, actor, import_id)
    options, name, twin = imports.Options.of(roster), imports.name_of(session, roster), imports.twin_of(session, roster)
    understood = imports.opened(session, folder, roster, country=country, today=today)
    undecided = understood
    if options.dates:
        undecided = imports.opened(session, folder, roster, country=country, today=today, options=replace(options, dates={}))
    asked = [_asked(question, options, today) for question in undecided.questions]
    outcome, rows = _rows(session, actor, understood, today, only_faults=only_faults)
    by_row: dict[int, list[Problem]] = {}
    for problem in outcome.problems:
        by_row.setdefault(problem.row, []).append(problem)
    unsure = {one.index for one in asked if not one.chosen}
    columns = [Column(c.index, c.letter, c.heading, c.field or "", c.index in unsure) for c in understood.header.columns[:MOST_COLUMNS]]
    return Preview(
        import_id=import_id,
        file_name=name,
        header_row=understood.header.row_number,
        columns=columns,
        lines=[_line(row, by_row.get(row.row_number, []), columns, today) for row in rows],
        outcome=outcome,
        notes=understood.notes,
        asked=asked,
        missing=[*understood.missing, *(name for name in ("nationality", "host") if getattr(options, name))],
        nationality=options.nationality or "",
        host=options.host or "",
        faulty_rows=len(by_row),
        twin=twin,
        skipped=outcome.skipped,
    )


def _rows(session: Session, actor: Actor, understood: Understood, today: date, *, only_faults: bool) -> tuple[Outcome, list[RosterRow]]:
    """The outcome, and the rows to show: the first ones and the faulty ones, or the faulty ones alone."""
    kept: dict[int, RosterRow] = {}
    faulty = 0

    def watch(row: RosterRow, action: str) -> None:
        nonlocal faulty
        bad = bool(row.problems) or action == "rejected"
        faulty += bad
        if len(kept) < SHOWN or (bad and faulty <= MOST_FAULTY):
            kept[row.row_number] = row

    outcome = applying.look(session, actor, understood, today=today, watch=watch)
    bad = {problem.row for problem in outcome.problems}
    if len(bad - set(kept)) and faulty < MOST_FAULTY:
        late = applying.with_reasons(understood, outcome.problems)  # Some rows are flagged only by what a later row says.
        kept.update({row.row_number: row for row, _count in zip(late, range(MOST_FAULTY), strict=False)})
    return outcome, [kept[number] for number in sorted(kept) if number in bad or not only_faults]


def _asked(question: Question, options: imports.Options, today: date) -> Asked:
    column = question.column
    window = Window.of(column.field or "", today)
    day_first, month_first = (_reading(question.example, order, window) for order in (Order.DAY_FIRST, Order.MONTH_FIRST))
    chosen = options.dates.get(column.index, "")
    return Asked(column.index, column.letter, column.title, question.ambiguous, question.example, day_first, month_first, chosen)


def _reading(example: str, order: Order, window: Window) -> date | None:
    try:
        return read(example, order, window)
    except BadDate:
        return None


def _line(row: RosterRow, problems: list[Problem], columns: list[Column], today: date) -> Line:
    rejected = any(problem.kind == "rejected" for problem in problems)
    at: dict[str, list[Problem]] = {}
    for problem in problems:
        at.setdefault(problem.letter, []).append(problem)
    shown = tuple(_cell(row, column, at.get(column.letter, []), today) for column in columns)
    letters = {column.letter for column in columns}
    elsewhere = tuple(problem.reason for problem in problems if problem.letter not in letters)
    only_unsure = bool(problems) and not elsewhere and all(cell.kind in {"", "unsure"} for cell in shown)
    kind = "refused" if rejected else "flagged" if problems and not only_unsure else ""
    return Line(row.row_number, kind, shown, elsewhere)


def _cell(row: RosterRow, column: Column, problems: list[Problem], today: date) -> Cell:
    text = cells.text_of(row.original[column.index]) if column.index < len(row.original) else ""
    label = column.heading or column.letter
    if not problems:
        return Cell(text, label)
    reasons = tuple(problem.reason for problem in problems)
    if column.unsure and column.field in DATE_FIELDS and _is_either(text, column, today):
        return Cell(text, label, "unsure", reasons)
    refused = any(problem.kind == "rejected" for problem in problems)
    return Cell(text, label, "refused" if refused else "flagged", reasons)


def _is_either(text: str, column: Column, today: date) -> bool:
    try:
        read(text, None, Window.of(column.field, today))
    except BadDate as problem:
        return problem.ambiguous
    return False


