"""Which rows are about a person: not the blank ones, not totals, signatures, section titles or a header said again."""

import re
from collections.abc import Sequence
from enum import StrEnum

from workforce.countries import plain
from workforce.rosters import cells
from workforce.rosters.headers import Header
from workforce.rosters.heading_words import NAME_FIELDS
from workforce.rosters.sheets import Cell


class Kind(StrEnum):
    """What a row is."""

    PERSON = "person"
    BLANK = "blank"
    TOTAL = "total"
    SIGNATURE = "signature"
    SECTION = "section"
    HEADING = "heading"


_TOTAL = re.compile(
    r"(?:grand |sub )?totals?\b|subtotals?\b|sum of\b|(?:count|sum|suma|somme|jumlah)(?: \d+)?$|number of workers\b|jumlah (?:total|pekerja)\b|"
    r"مجموع|المجموع|اجمالي|الاجمالي"
).match
_SIGNATURE = re.compile(
    r"prepared by|checked by|approved by|certified|noted by|signed|signature|submitted by|verified by|received by|reviewed by|authori[sz]ed|"
    r"date printed|printed on|generated|page \d+|nothing follows|end of (?:list|report)|disusun oleh|diketahui|disetujui|dibuat oleh|tanda tangan|"
    r"prepare par|etabli par|approuve par|elaborado por|aprobado por|firma|توقيع|اعداد"
).search
_NARROW = 4  # Cells; a person's row nearly always has more.


def kind_of(row: Sequence[Cell], header: Header) -> Kind:
    """The row's kind, by how much of it is filled and by its first words. A doubtful row is a person's: it will be rejected aloud."""
    if len(row) - row.count("") > _NARROW:
        return _wide_kind(row, header)
    filled = [(index, cell) for index, cell in enumerate(row) if cells.text_of(cell)]
    texts = [plain(text) for text in (cells.text_of(cell) for _index, cell in filled) if text]
    if not texts:
        return Kind.BLANK
    first = next((text for text in texts if text and not text.isdigit()), "")
    if not first:
        return Kind.TOTAL if _under_fields(filled, header) else Kind.BLANK
    if _TOTAL(first):
        return Kind.TOTAL
    if _SIGNATURE(" ".join(texts)):
        return Kind.SIGNATURE
    return _person_or_title(filled, header)


def _person_or_title(filled: Sequence[tuple[int, Cell]], header: Header) -> Kind:
    if _is_heading(filled, header):
        return Kind.HEADING
    return Kind.SECTION if len(filled) == 1 and not _may_be_person(filled[0], header) else Kind.PERSON


def _wide_kind(row: Sequence[Cell], header: Header) -> Kind:
    first = next((cell for cell in row if cell and isinstance(cell, str)), "")
    if first[:5].lower() in {"total", "grand", "sub t", "sub-t", "subto"} and _TOTAL(plain(first)):
        return Kind.TOTAL
    if all(column.heading != " ".join(first.split()) for column in header.columns):
        return Kind.PERSON
    filled = [(index, cell) for index, cell in enumerate(row) if cells.text_of(cell)]
    return Kind.HEADING if _is_heading(filled, header) else Kind.PERSON


def _under_fields(filled: Sequence[tuple[int, Cell]], header: Header) -> bool:
    """Whether the few numbers stand under columns we read (a total) rather than under the row count."""
    fields = {column.index for column in header.columns if column.field}
    return any(index in fields for index, _cell in filled)


def _may_be_person(only: tuple[int, Cell], header: Header) -> bool:
    """Whether a row's single cell can be a whole person: a name, where the file needs nothing else of them."""
    index, cell = only
    text = str(cell)
    in_name_column = any(column.index == index and column.field in NAME_FIELDS for column in header.columns)
    needs_nothing_else = not header.fields & {"nationality", "host_country"}
    return (
        in_name_column
        and needs_nothing_else
        and len(text.split()) > 1
        and ":" not in text
        and not any(map(str.isdigit, text))
    )


def follows_signature(row: Sequence[Cell], header: Header) -> bool:
    """Whether a row after "Prepared by:" may be the signer's: a name and a title, or little more and no country."""
    wanted = [
        column.index for column in header.columns if column.field in {"nationality", "host_country", "passport_number"}
    ]
    filled = sum(cell != "" for cell in row)
    return filled <= 2 or (filled <= _NARROW and all(index >= len(row) or row[index] == "" for index in wanted))


def _is_heading(filled: Sequence[tuple[int, Cell]], header: Header) -> bool:
    """The headings printed again at the top of each page."""
    by_index = {column.index: column.heading for column in header.columns}
    return all(isinstance(cell, str) and " ".join(cell.split()) == by_index.get(index) for index, cell in filled)
