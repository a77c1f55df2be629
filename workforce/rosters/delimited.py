"""CSV and its cousins: which encoding, which separator, and quotation marks that somebody forgot to close."""

import codecs
import csv
import io
import re
from collections.abc import Callable, Iterator
from itertools import chain, islice
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, TextIO

from workforce.core.words import _
from workforce.rosters import parcels
from workforce.rosters.escaping import unescaped_row
from workforce.rosters.parcels import MAX_COLUMNS, MAX_ROWS, BadFile

if TYPE_CHECKING:
    from workforce.rosters.sheets import Cell, Row

SEPARATORS = ",;\t|"
_NO_SEPARATOR = "\x1f"
TOP_ROWS = 60
_PROBE = 65_536
_END = "\ue000end of the file\ue000"
_LEAST_SWALLOWED = 4  # Separators in one line of a cell: fewer may well be an address.
_CHUNK = 1024 * 1024
_FALLBACK = "muster.windows-1252"
_FOREIGN_RUN = re.compile(rb"[\xa1-\xff]{4,}")
_HIGH = re.compile(rb"[\xa1-\xff]")


def opened(data: bytes | Path, usable: "Callable[[list[Row]], int] | None") -> "Callable[[], Iterator[Row]]":
    """What reads the rows of a text file from its beginning, as often as it is called. Raises BadFile."""
    encoding, errors = encoding_of(data)
    quotes, zeros, breaks = (sum(piece.count(mark) for piece in _pieces(data)) for mark in (b'"', b"\x00", b"\n"))
    if not quotes and not zeros and breaks > MAX_ROWS + 1:
        raise BadFile(parcels.too_many_rows())  # Without quotation marks every line is a row: no need to read them first.

    def lines() -> TextIO:
        return io.TextIOWrapper(_begun(data), encoding=encoding, errors=errors, newline="")

    start = _beginning(data, _PROBE).decode(encoding, errors="ignore")
    separator, hinted = _announced(start)
    separator = separator or _separator(lines, start, usable)
    width = _usual_width(start, separator)[0]

    def rows() -> "Iterator[Row]":
        return _rows(lines(), separator, width, skip=1 if hinted else 0)

    return rows


def _begun(data: bytes | Path) -> BinaryIO:
    """The file from its first byte. A long one is read again and again rather than held."""
    return data.open("rb") if isinstance(data, Path) else io.BytesIO(data)


def _beginning(data: bytes | Path, length: int) -> bytes:
    with _begun(data) as file:
        return file.read(length)


def _pieces(data: bytes | Path) -> Iterator[bytes]:
    with _begun(data) as file:
        while piece := file.read(_CHUNK):
            yield piece


# --- Encodings ----------------------------------------------------------------------------------------------------


def encoding_of(data: bytes | Path) -> tuple[str, str]:
    """The encoding and how to treat what does not fit: UTF-8 with or without mark, UTF-16, else Windows-1252.

    A file put together from both is read as both. Raises BadFile for bytes that are no text, and for the code pages of
    other scripts, where every name would come out as gibberish.
    """
    head = _beginning(data, 4096)
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16", "replace"
    if bare := parcels.bare_utf16(head):
        return bare, "replace"
    if any(b"\x00" in piece for piece in _pieces(data)):
        raise BadFile(_("This file is damaged: it has bytes that are no text."))
    encoding = "utf-8-sig" if head.startswith(codecs.BOM_UTF8) else "utf-8"
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        for piece in _pieces(data):
            decoder.decode(piece)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return _other_encoding(data, encoding)
    return encoding, "strict"


def _other_encoding(data: bytes | Path, encoding: str) -> tuple[str, str]:
    probe = _beginning(data, 4 * _CHUNK)
    whole = probe.decode("utf-8", errors="ignore")
    as_utf8 = sum(not character.isascii() for character in whole)
    strange = len(probe) - len(whole.encode())
    if encoding == "utf-8-sig" or as_utf8 > strange:
        return encoding, _FALLBACK
    high = len(_HIGH.findall(probe))
    foreign = sum(len(run) for run in _FOREIGN_RUN.findall(probe.replace(b"\xa0", b" ")))
    undefined = any(byte in piece for piece in _pieces(data) for byte in (b"\x81", b"\x8d", b"\x8f", b"\x90", b"\x9d"))
    if undefined or 4 * foreign > high:
        raise BadFile(
            _("The letters of this file cannot be told apart safely. Save it as “CSV UTF-8” or .xlsx and try again.")
        )
    return "cp1252", "strict"


def _windows(problem: UnicodeError) -> tuple[str, int]:
    if not isinstance(problem, UnicodeDecodeError):
        raise problem
    return problem.object[problem.start : problem.end].decode("cp1252", errors="replace"), problem.end


codecs.register_error(_FALLBACK, _windows)


# --- Separators ---------------------------------------------------------------------------------------------------


def _announced(start: str) -> tuple[str, bool]:
    """The separator that a first line of "sep=;" announces; spreadsheet programs do not show that line."""
    first = start.split("\n", 1)[0].strip("\r\ufeff ").strip('"').lower()
    if first.startswith("sep=") and len(first) == len("sep=") + 1:
        return first[-1], True
    return ("\t", True) if first.strip() == "sep=" else ("", False)


def _separator(lines: Callable[[], TextIO], start: str, usable: "Callable[[list[Row]], int] | None") -> str:
    """The separator under which the headings say most; where none does, the one that makes the best table."""

    def worth(separator: str) -> tuple[int, int]:
        width, rows = _usual_width(start, separator)
        tableness = rows * (width - 1)
        if usable is None or not tableness:
            return 0, tableness
        try:
            return abs(usable(list(islice(_rows(lines(), separator, 0), TOP_ROWS)))), tableness
        except BadFile:
            return 0, 0

    best = max(SEPARATORS, key=worth)
    if usable is not None and worth(best)[0] == 1:
        heading = next((cells for _number, cells in _rows(lines(), best, 0) if any(cells)), [])
        if sum(cell != "" for cell in heading) == 1:
            return _NO_SEPARATOR  # One column of names, and "DELA CRUZ, Juan" is one of them.
    return best


def _usual_width(start: str, separator: str) -> tuple[int, int]:
    """How many cells most rows have when the text is cut at `separator`, and how many rows those are."""
    try:
        cut = islice(csv.reader(io.StringIO(start, newline=""), delimiter=separator), 100)
        widths = [len(row) for row in cut if len(row) > 1]
    except csv.Error:
        return 1, 0
    usual = max(sorted(set(widths)), key=widths.count, default=1)
    return usual, widths.count(usual)


# --- Rows ---------------------------------------------------------------------------------------------------------


def _rows(lines: TextIO, separator: str, width: int, skip: int = 0) -> "Iterator[Row]":
    reader = csv.reader(chain(lines, [_END]), delimiter=separator)
    number, line = 0, 0
    try:
        for number, cells in enumerate(islice(reader, skip, None), start=1):
            if cells == [_END]:
                return
            if reader.line_num > line + 1:
                _look_for_open_quotes(number, cells, separator, width)
            line = reader.line_num
            if number > MAX_ROWS:
                raise BadFile(parcels.too_many_rows())
            if len(cells) > MAX_COLUMNS and any(cells[MAX_COLUMNS:]):
                raise BadFile(parcels.too_many_columns())
            yield number, list["Cell"](unescaped_row(cells))
    except csv.Error as problem:
        raise _open_quote(number + 1) from problem
    finally:
        lines.close()


def _look_for_open_quotes(number: int, cells: list[str], separator: str, width: int) -> None:
    """A quotation mark left open swallows the rows after it, and their people, into one cell: say so instead."""
    if cells and cells[-1].endswith(_END):
        raise _open_quote(number)
    for index, cell in enumerate(cells):
        if "\n" not in cell and "\r" not in cell:
            continue
        first, *others = cell.splitlines()
        rest_of_row = width - 1 - index
        if first.count(separator) >= rest_of_row >= _LEAST_SWALLOWED or (
            width > _LEAST_SWALLOWED and any(line.count(separator) == width - 1 for line in others[:-1])
        ):
            raise _open_quote(number)


def _open_quote(number: int) -> BadFile:
    return BadFile(_("Row %(row)s cannot be read: a quotation mark in it may never be closed.", row=number))
