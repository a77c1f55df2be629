"""What has been handed in, before anybody opens it: its kind, its encoding, and limits that hold against hostile files."""

import codecs
import io
import re
import unicodedata
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path

from workforce.core.errors import Invalid
from workforce.core.words import _

MAX_BYTES = 20 * 1024 * 1024
MAX_INFLATED_BYTES = 200 * 1024 * 1024
MAX_ENTRIES = 1_000
MAX_ROWS = 200_000
MAX_COLUMNS = 400
MAX_GRID_CELLS = 12_000_000  # The reader lays a sheet out as a full grid: one cell far out must not cost gigabytes.
MAX_MERGES = 100_000

_CHUNK = 1024 * 1024
_OVERLAP = 256
_NO_TEXT = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_FROM_1904 = re.compile(rb"""\bdate1904\s*=\s*["'](?:1|true|on)["']""").search
_PLAIN_CELL = re.compile(rb'<c r="([A-Z]+)([0-9]+)"')
_FILLED_CELL = re.compile(rb'<c r="([A-Z]+)([0-9]+)"(?:[^>]*[^>/])?>(?!</)')
_ANY_TAG = re.compile(rb"<(?:\w+:)?(row|c)(?=[\s/>])([^>]*)")
_REFERENCE = re.compile(rb"""\br\s*=\s*["']\$?([A-Za-z]*)\$?([0-9]+)["']""")


class BadFile(Invalid):
    """The file as a whole cannot be used. The message is the one line to show."""


def too_many_rows() -> str:
    """The line for a sheet beyond the limit."""
    return _("This file has more than %(most)s rows. Split it and import the parts.", most=f"{MAX_ROWS:,}")


def too_many_columns() -> str:
    """The line for a sheet beyond the limit."""
    return _("This file has more than %(most)s columns. Leave only those about workers.", most=MAX_COLUMNS)


def inspect(data: bytes | Path, file_name: str) -> str:
    """`"xlsx"` or `"text"`, by what the file is and not by what it is called. Raises BadFile."""
    size = data.stat().st_size if isinstance(data, Path) else len(data)
    if size > MAX_BYTES:
        raise BadFile(_("This file is larger than %(most)s MB.", most=MAX_BYTES // 1024 // 1024))
    if size == 0:
        raise BadFile(_("This file is empty."))
    head = _head(data)
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        _inspect_workbook(data)
        return "xlsx"
    if head.startswith(b"\xd0\xcf\x11\xe0"):
        raise _old_or_locked(data.read_bytes() if isinstance(data, Path) else data)
    _refuse_other_kinds(head, file_name)
    return "text"


def _head(data: bytes | Path) -> bytes:
    if isinstance(data, Path):
        with data.open("rb") as file:
            return file.read(4096)
    return data[:4096]


def _old_or_locked(data: bytes) -> BadFile:
    if "EncryptedPackage".encode("utf-16-le") in data:
        return BadFile(_("This file is protected by a password. Save it without one and try again."))
    return BadFile(_("This is an old Excel file, or one with a password. Save it as .xlsx without a password and try again."))


def _refuse_other_kinds(head: bytes, file_name: str) -> None:
    if head.lstrip()[:5] == b"%PDF-":
        raise BadFile(_("This is a PDF, not a spreadsheet. Ask for the list as .xlsx or .csv."))
    if re.match(rb"\s*(?:\xef\xbb\xbf)?\s*<(?:!doctype|html|\?xml|table|head|meta)", head, re.IGNORECASE):
        raise BadFile(_("This is a web page or XML, not a spreadsheet. Open it and save it as .xlsx or .csv."))
    looks_utf16 = head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) or bare_utf16(head) is not None
    if not looks_utf16 and (
        b"\x00" in head or head.startswith((b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"\x1f\x8b", b"Rar!"))
    ):
        raise BadFile(_("%(name)s is not a spreadsheet. Use .xlsx or .csv.", name=Path(file_name).name))


def bare_utf16(head: bytes) -> str | None:
    """UTF-16 without a mark: zero bytes, yet text with separators and without control characters one way round."""
    if b"\x00" not in head:
        return None
    found = {encoding: _separators_in(head, encoding) for encoding in ("utf-16-le", "utf-16-be")}
    best = max(found, key=lambda encoding: found[encoding])
    return best if found[best] else None


def _separators_in(head: bytes, encoding: str) -> int:
    text = head[: len(head) // 2 * 2].decode(encoding, errors="ignore")
    if _NO_TEXT.search(text) or sum(unicodedata.category(c) in {"Cn", "Co"} for c in text) * 50 > len(text):
        return 0
    return sum(text.count(character) for character in "\n\r,;\t|")


# --- Workbooks ----------------------------------------------------------------------------------------------------


def _inspect_workbook(data: bytes | Path) -> None:
    """Inflate every part once, a piece at a time, and count: declared sizes can lie, and the reader does not check."""
    try:
        with zipfile.ZipFile(data if isinstance(data, Path) else io.BytesIO(data)) as archive:
            _inspect_entries(archive)
    except (
        zipfile.BadZipFile,
        zlib.error,
        EOFError,
        NotImplementedError,
        OSError,
        RuntimeError,
        ValueError,
    ) as problem:
        raise BadFile(_("This spreadsheet is damaged and cannot be read.")) from problem


def _inspect_entries(archive: zipfile.ZipFile) -> None:
    entries = archive.infolist()
    names = {entry.filename for entry in entries}
    if len(entries) > MAX_ENTRIES or sum(entry.file_size for entry in entries) > MAX_INFLATED_BYTES:
        raise _bomb()
    if any(entry.flag_bits & 1 for entry in entries):
        raise BadFile(_("This file is protected by a password. Save it without one and try again."))
    if "mimetype" in names and "content.xml" in names:
        raise BadFile(_("This is an OpenDocument file. Save the list as .xlsx or .csv and try again."))
    if "xl/workbook.xml" not in names or len(names) != len(entries):
        raise BadFile(_("This is not an Excel workbook. Save the list as .xlsx or .csv."))
    inflated = 0
    for entry in entries:
        is_sheet = entry.filename.startswith("xl/worksheets/") and entry.filename.endswith(".xml")
        extent = _Extent()
        for chunk in _chunks(archive, entry):
            inflated += len(chunk)
            if inflated > MAX_INFLATED_BYTES:
                raise _bomb()
            if entry.filename.endswith((".xml", ".rels")):  # Logos may be drawings that begin with a DOCTYPE.
                _inspect_chunk(chunk, extent if is_sheet else None)


def counts_from_1904(data: bytes | Path) -> bool:
    """Whether the workbook, inspected before, counts its days from 1904. Raises BadFile when it cannot be read."""
    try:
        with zipfile.ZipFile(data if isinstance(data, Path) else io.BytesIO(data)) as archive:
            return bool(_FROM_1904(archive.read("xl/workbook.xml")))
    except (zipfile.BadZipFile, zlib.error, OSError, ValueError) as problem:
        raise BadFile(_("This spreadsheet is damaged and cannot be read.")) from problem


def _bomb() -> BadFile:
    most = MAX_INFLATED_BYTES // 1024 // 1024
    return BadFile(_("This file unpacks to more than %(most)s MB. Split it and import the parts.", most=most))


def _chunks(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> Iterator[bytes]:
    with archive.open(entry) as part:
        while chunk := part.read(_CHUNK):
            yield chunk


def _inspect_chunk(chunk: bytes, extent: "_Extent | None") -> None:
    if b"<!DOCTYPE" in chunk or b"<!ENTITY" in chunk:
        raise BadFile(
            _("This spreadsheet has parts that no spreadsheet program writes. Save it again and try once more.")
        )
    if extent is not None:
        extent.look(chunk)


class _Extent:
    """How far a sheet reaches and how much it merges, told from its XML as it goes by."""

    def __init__(self) -> None:
        self.rows = self.columns = self.cell_in_row = self.merges = 0
        self.tail = b""

    def look(self, chunk: bytes) -> None:
        piece = self.tail + chunk
        cut = piece.rfind(b"<")  # A tag that the chunk breaks off waits for the rest.
        cut = cut if cut > 0 and len(piece) - cut < _OVERLAP else len(piece)
        self.tail, piece = piece[cut:], piece[:cut]
        cells = _PLAIN_CELL.findall(piece)
        self.merges += piece.count(b"mergeCell ")
        if len(cells) == piece.count(b"<c ") + piece.count(b"<c>") and b":c " not in piece and b":row" not in piece:
            rows, columns = self._reach(cells)
            if self._too_far(rows, columns):  # Cells that only carry a colour or a border do not count.
                rows, columns = self._reach(_FILLED_CELL.findall(piece))
            self.rows, self.columns = rows, columns
        else:
            self._look_slowly(piece)
        if self._too_far(self.rows, self.columns):
            raise BadFile(too_many_rows())
        if self.merges > MAX_MERGES:
            raise BadFile(_("This file has more than %(most)s merged cells. Save the list as CSV.", most=f"{MAX_MERGES:,}"))

    def _reach(self, cells: list[tuple[bytes, bytes]]) -> tuple[int, int]:
        rows = max((int(digits) for digits in {digits for _letters, digits in cells}), default=0)
        columns = max(map(_column_number, {letters for letters, _digits in cells}), default=0)
        return max(self.rows, rows), max(self.columns, columns)

    @staticmethod
    def _too_far(rows: int, columns: int) -> bool:
        return rows > MAX_ROWS or rows * columns > MAX_GRID_CELLS

    def _look_slowly(self, piece: bytes) -> None:
        """Cells without a reference sit after the one before them: legal, and rare."""
        for kind, attributes in _ANY_TAG.findall(piece):
            reference = _REFERENCE.search(attributes)
            if kind == b"row":
                self.cell_in_row = 0
                self.rows = max(self.rows + 1, int(reference[2]) if reference else 0)
                continue
            self.cell_in_row = _column_number(reference[1]) if reference and reference[1] else self.cell_in_row + 1
            self.columns = max(self.columns, self.cell_in_row)
            self.rows = max(self.rows, int(reference[2]) if reference else 0)


def _column_number(letters: bytes) -> int:
    number = 0
    for letter in letters[:4].upper():
        number = number * 26 + letter - 64
    return number
