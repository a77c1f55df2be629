"""Opening a spreadsheet: CSV in the encodings and separators people save, and XLSX. Rows are numbered as the program shows them."""

import datetime as dt
import io
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

from python_calamine import (
    CalamineError,
    CalamineSheet,
    CalamineWorkbook,
    PasswordError,
    SheetMetadata,
    SheetTypeEnum,
    SheetVisibleEnum,
)

from workforce.core.words import _
from workforce.rosters import delimited, parcels
from workforce.rosters.parcels import MAX_BYTES, MAX_COLUMNS, MAX_ROWS, BadFile

__all__ = ["MAX_BYTES", "MAX_ROWS", "BadFile", "Cell", "Row", "Sheet", "read"]

Cell = str | int | float | bool | dt.date | dt.datetime | dt.time | dt.timedelta
Row = tuple[int, list[Cell]]
"""The row's number as the spreadsheet shows it, from 1, and its cells from column A."""

TOP_ROWS = 60  # As far down as a header is looked for.
Merge = tuple[tuple[int, int], tuple[int, int]]


@dataclass
class Sheet:
    """One table. `rows()` starts again at every call, so that a reader may go through it more than once."""

    name: str
    start: Callable[[], Iterator[Row]]
    merges: list[Merge] = field(default_factory=list)
    counts_from_1904: bool = False
    """Whether a bare number in a column of dates counts days from 1904, as workbooks from old Macs do."""

    others: Sequence[str] = ()
    """The other visible sheets of the workbook, which are not read."""

    def rows(self) -> Iterator[Row]:
        """Every row from 1, blank ones included; the value of cells merged downwards stands in each row."""
        downwards = [merge for merge in self.merges if merge[1][0] > merge[0][0]]
        return _filled(self.start(), downwards) if downwards else self.start()

    def top(self) -> list[Row]:
        """The first rows, where the header is. Cells merged sideways hold their value in each column."""
        rows = [(number, list(cells)) for number, cells in islice(self.rows(), TOP_ROWS)]
        for (first, left), (_last, right) in self.merges:
            if right > left and first < len(rows):
                cells = rows[first][1]
                for column in range(left + 1, min(right + 1, len(cells))):
                    cells[column] = cells[column] if cells[column] != "" else cells[left]
        return rows


class NoHeadings(BadFile):
    """No row says what the columns hold: a person or a mapping must."""


def read(
    data: bytes | Path,
    file_name: str,
    usable: Callable[[list[Row]], int] | None = None,
    *,
    wanted: str | None = None,
) -> Sheet:
    """The visible sheet called `wanted`, else the first that is `usable` by its top rows (or the first with anything in it).

    `usable` says how much the headings tell: 0 is nothing, a minus that nobody stands below them. The separator of a text file is chosen by it too.

    Raises BadFile, with one line for the person who chose the file, as soon as a limit is passed or the kind is wrong.
    """
    kind = parcels.inspect(data, file_name)
    try:
        if kind == "text":
            return _first_usable(iter([Sheet(Path(file_name).stem, delimited.opened(data, usable))]), usable)
        sheets = _workbook_sheets(data)
        if wanted is not None:
            sheets = _called(sheets, wanted)
        return _first_usable(sheets, usable)
    except PasswordError as problem:
        raise BadFile(_("This file is protected by a password. Save it without one and try again.")) from problem
    except CalamineError as problem:
        raise BadFile(_("This spreadsheet is damaged and cannot be read.")) from problem


def names(data: bytes | Path, file_name: str) -> list[str]:
    """The visible sheets of a workbook, as it orders them; none for a text file. Raises BadFile."""
    if parcels.inspect(data, file_name) != "xlsx":
        return []
    try:
        book = CalamineWorkbook.from_object(str(data) if isinstance(data, Path) else io.BytesIO(data))
    except CalamineError as problem:
        raise BadFile(_("This spreadsheet is damaged and cannot be read.")) from problem
    return [about.name for about in book.sheets_metadata if _is_shown(about)]


def _is_shown(about: SheetMetadata) -> bool:
    return about.visible is SheetVisibleEnum.Visible and about.typ is SheetTypeEnum.WorkSheet


def _called(sheets: Iterable[Sheet], name: str) -> Iterator[Sheet]:
    """Only the sheet of this name; a file handed in again without it is read as if nobody had chosen."""
    kept = []
    for sheet in sheets:
        if sheet.name == name:
            yield sheet
            return
        kept.append(sheet)
    yield from kept


def _first_usable(sheets: Iterable[Sheet], usable: Callable[[list[Row]], int] | None) -> Sheet:
    second = third = None
    for sheet in sheets:
        top = sheet.top()
        worth = usable(top) if usable is not None else 0
        if worth > 0:
            return sheet
        if second is None and worth < 0:
            second = sheet
        if third is None and any(str(cell).strip() for _number, cells in top for cell in cells):
            third = sheet
    found = second or third
    if found is None:
        raise BadFile(_("This file is empty."))
    return found


# --- XLSX ---------------------------------------------------------------------------------------------------------


def _workbook_sheets(data: bytes | Path) -> Iterator[Sheet]:
    """The visible worksheets, one at a time: the reader holds a sheet in memory, so the next is opened only when asked."""
    source = str(data) if isinstance(data, Path) else io.BytesIO(data)
    book = CalamineWorkbook.from_object(source)
    counts_from_1904 = parcels.counts_from_1904(data)
    for about in book.sheets_metadata:
        if _is_shown(about):
            sheet = _sheet_of(about.name, book.get_sheet_by_name(about.name))
            sheet.counts_from_1904 = counts_from_1904
            sheet.others = [other.name for other in book.sheets_metadata if _is_shown(other) and other.name != about.name]
            yield sheet


def _sheet_of(name: str, sheet: CalamineSheet) -> Sheet:
    if sheet.total_height > MAX_ROWS:
        raise BadFile(parcels.too_many_rows())
    if sheet.total_width > MAX_COLUMNS:
        raise BadFile(parcels.too_many_columns())
    before = sheet.start[1] if sheet.start else 0

    def start() -> Iterator[Row]:
        rows: Iterator[list[Cell]] = sheet.iter_rows()
        if before:  # The reader leaves out empty columns on the left; ours count from A.
            rows = ([""] * before + cells for cells in rows)
        return enumerate(rows, start=1)

    return Sheet(name, start, list(sheet.merged_cell_ranges or []))


def _filled(rows: Iterator[Row], merges: list[Merge]) -> Iterator[Row]:
    """Only the merge's first column is filled: sideways, a merged title would otherwise answer for other columns."""
    starting: dict[int, list[tuple[int, int]]] = {}
    for (first, left), (last, _right) in merges:
        starting.setdefault(first + 1, []).append((left, last + 1))
    open_merges: dict[int, tuple[int, Cell]] = {}
    for number, cells in rows:
        _fill(number, cells, open_merges)
        for column, last_row in starting.get(number, ()):
            if column < len(cells) and cells[column] != "":
                open_merges[column] = (last_row, cells[column])
        yield number, cells


def _fill(number: int, cells: list[Cell], open_merges: dict[int, tuple[int, Cell]]) -> None:
    wanted = open_merges and _says_something(cells)
    for column, (last_row, value) in list(open_merges.items()):
        if number > last_row:
            del open_merges[column]
        elif wanted and column < len(cells) and cells[column] == "":
            cells[column] = value


def _says_something(cells: Sequence[Cell]) -> bool:
    """Whether a row has anything of its own but its running number: an employer merged past the last worker makes no worker."""
    own = [cell for cell in cells if cell != ""]
    return len(own) > 1 or any(isinstance(cell, str) and (any(map(str.isalpha, cell)) or _is_long(cell)) for cell in own)


def _is_long(cell: str) -> bool:
    """Whether it is long enough for a second phone number below the first: no running number is."""
    return sum(map(str.isdigit, cell)) >= len("1234567")
