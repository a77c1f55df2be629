"""Writing XLSX, apart from what reads it: openpyxl takes 0.2 s to load, and most commands never write a workbook."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any, BinaryIO

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.worksheet._write_only import WriteOnlyWorksheet

from workforce.rosters import cells
from workforce.rosters.sheets import Cell

LONGEST_CELL = 32_767  # Characters, by the format.


def write(file: BinaryIO, title: str, head: Sequence[Sequence[Cell]], rows: Iterable[Sequence[Cell]]) -> int:
    """Write `head` and `rows` to `file` as one sheet; returns how many of `rows` there were. Text never turns into a formula."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet(title)
    for line in head:
        sheet.append([_as_cell(sheet, value) for value in line])
    written = 0
    for line in rows:
        sheet.append([_as_cell(sheet, value) for value in line])
        written += 1
    book.save(file)
    return written


def _as_cell(sheet: WriteOnlyWorksheet, value: Cell) -> Any:
    if isinstance(value, date) and not isinstance(value, datetime):
        value = datetime(value.year, value.month, value.day)
    if isinstance(value, int | float | datetime) and not isinstance(value, bool):
        number = WriteOnlyCell(sheet, value=value)
        if isinstance(value, datetime) and value.time() == datetime.min.time():
            number.number_format = "yyyy-mm-dd"
        return number
    text = value if isinstance(value, str) else cells.text_of(value)
    cell = WriteOnlyCell(sheet, value=ILLEGAL_CHARACTERS_RE.sub(" ", text)[:LONGEST_CELL])
    cell.data_type = "s"  # Otherwise "=1+1" would become a formula.
    return cell
