"""Giving back what could not be used: the agency's own columns, then the row's number and the reason, to correct and import again."""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from typing import BinaryIO

from workforce.core.words import _
from workforce.rosters import cells
from workforce.rosters.escaping import escaped, unescaped
from workforce.rosters.headers import Header
from workforce.rosters.sheets import Cell
from workforce.rosters.understanding import Problem, RosterRow


def write(file: BinaryIO, header: Header, rows: Iterable[RosterRow], *, file_format: str = "csv") -> int:
    """Write the rows that have problems to `file` as `"csv"` (UTF-8 with mark) or `"xlsx"`; rows without are passed over.

    Returns how many rows were written. Reads `rows` once, a row at a time.
    """
    return _write_xlsx(file, header, rows) if file_format == "xlsx" else _write_csv(file, header, rows)


def _headings(header: Header) -> list[str]:
    return [*(column.heading for column in header.columns), _("Row"), _("Result"), _("Reason")]


def _lines(header: Header, rows: Iterable[RosterRow]) -> Iterator[tuple[list[Cell], list[str | int]]]:
    width = len(header.columns)
    for row in rows:
        if row.problems:
            original = [*row.original, *[""] * (width - len(row.original))][:width]
            yield original, [row.row_number, _("rejected") if row.rejected else _("flagged"), reasons(row.problems)]


def reasons(problems: Iterable[Problem]) -> str:
    """Every reason with its column: "Exp. Date: There is no month 31."."""
    return " ".join(f"{problem.column}: {problem.reason}" for problem in problems)


def _write_csv(file: BinaryIO, header: Header, rows: Iterable[RosterRow]) -> int:
    return write_lines(file, _headings(header), ([*original, *added] for original, added in _lines(header, rows)))


def write_lines(file: BinaryIO, head: Sequence[str], rows: Iterable[Sequence[Cell]]) -> int:
    """A CSV (UTF-8 with mark) whose cells are text to a spreadsheet program, whatever they begin with; returns how many rows."""
    text = io.TextIOWrapper(file, encoding="utf-8-sig", newline="", write_through=True)
    writer = csv.writer(text)
    writer.writerow([escaped(heading) for heading in head])
    written = 0
    for row in rows:
        writer.writerow([escaped(str_of(cell)) for cell in row])
        written += 1
    text.flush()
    text.detach()
    return written


def str_of(cell: Cell) -> str:
    """A cell as a CSV has it: text untouched, numbers without a needless ".0", days in ISO form."""
    return cell if isinstance(cell, str) else cells.text_of(cell)


def _write_xlsx(file: BinaryIO, header: Header, rows: Iterable[RosterRow]) -> int:
    return write_workbook(file, _("Rejects"), _headings(header), ([*original, *added] for original, added in _lines(header, rows)))


def as_workbook(csv_file: bytes) -> bytes:
    """A rejects file in CSV, as `write` made it, as XLSX: text cells throughout, so that nothing turns into a formula."""
    lines = io.TextIOWrapper(io.BytesIO(csv_file), encoding="utf-8-sig", newline="")
    file = io.BytesIO()
    write_workbook(file, _("Rejects"), [], ([unescaped(cell) for cell in row] for row in csv.reader(lines)))
    return file.getvalue()


def write_workbook(file: BinaryIO, title: str, head: Sequence[str], rows: Iterable[Sequence[Cell]]) -> int:
    """An XLSX of one sheet; text never turns into a formula. Returns how many of `rows` there were."""
    from workforce.rosters import workbooks  # Slow to load, and seldom needed.

    return workbooks.write(file, title, [head] if head else [], rows)
