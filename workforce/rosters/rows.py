"""Which rows are about a person: not the blank ones, not totals, signatures, section titles or a header said again.

A row that is passed over is a person whom nobody looks for, so whatever has a name and anything else to go by is a person.
"""

import re
from collections.abc import Sequence
from enum import StrEnum

from workforce import countries
from workforce.countries import plain
from workforce.rosters import cells, heading_words, names
from workforce.rosters.headers import Header
from workforce.rosters.heading_words import DATE_FIELDS, NAME_FIELDS, PHONE_FIELDS
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
    r"(?:grand |sub |over ?all )?totals?\b|subtotals?\b|sum of\b|(?:no|number|nos) of (?:workers|persons|employees|pax)\b|total(?:e|en|es)?\b|"
    r"jumlah (?:total|pekerja|keseluruhan|orang)\b|somme totale\b|effectif total\b|"
    r"(?:مجموع|المجموع|اجمالي|الاجمالي|जम्मा|कुल|মোট|সর্বমোট|එකතුව|මුළු|ድምር|ጠቅላላ|மொத்தம்|کل)(?!\w)"
).match
_MAYBE_TOTAL = re.compile(r"(?:count|sum|suma|somme|jumlah|jumla)(?: \d+)?$").match
_COULD_BE_TOTAL = re.compile(r"(?i)\W*(?:grand|sub|over|tot|no|nu|sum|jum|som|eff|[\u0600-\u13ff])").match
_SIGNATURE = re.compile(
    r"(?:prepared|checked|approved|certified|noted|signed|submitted|verified|received|reviewed|authori[sz]ed|endorsed|attested|encoded|compiled)"
    r"(?: and \w+)?(?: true)?(?: and correct)?(?: correct)?(?: by\b|$)|"
    r"signatures?\b|authori[sz]ed signat|date (?:printed|prepared|of printing)|printed (?:on|by)\b|generated (?:on|by|from)\b|as of \w+ \d|"
    r"page \d+(?: of \d+)?$|nothing follows|end of (?:list|report|file|page)|x+ nothing|"
    r"(?:disusun|diketahui|disetujui|dibuat|diperiksa|mengetahui|menyetujui)(?: oleh\b|$)|tanda tangan\b|"
    r"prepare par\b|etabli par\b|approuve par\b|verifie par\b|elaborado por\b|aprobado por\b|revisado por\b|firma$|firma (?:del|de la|autorizada)\b|"
    r"(?:inihanda|pinagtibay|sinuri) ni\b|توقيع|التوقيع|اعداد|तयार गर्ने|तयार पार्ने|प्रमाणित|প্রস্তুতকারী|স্বাক্ষর|ஒப்பம்|ፊርማ"
).match
_LABEL = re.compile(
    r"(?:job ?site|work ?site|site|country|host country|employer|company|project|location|camp|branch|department|dept|section|group|batch|agency|"
    r"principal|sponsor|region|city|lokasi|negara|penempatan|perusahaan|majikan|pays|chantier|employeur|ville|pais|obra|empresa|ciudad|"
    r"note|notes|nb|n b|legend|remark|remarks|catatan|keterangan|remarque|nota|continued|continuation)\b"
).match
_NOTE = re.compile(r"(?:legend|notes?|nb|n b|remarks?|catatan|keterangan|nota|remarque)$").match
_PUNCTUATION_AFTER = re.compile(r"\s*[^\W\d_]+(?:\s+[^\W\d_]+)?\s*[:=–—]|.*:\s*$")
_DIGIT = re.compile(r"\d").search
_PHONE_LIKE = re.compile(r"\+?[\d\s()./-]{7,}").fullmatch
_PASSPORT_LIKE = re.compile(r"[A-Z]{1,3}\d{5,9}[A-Z]?|\d{7,9}").fullmatch
_NARROW = 4  # Cells; a person's row nearly always has more.
_FEW_HEADINGS = 3


def kind_of(row: Sequence[Cell], header: Header) -> Kind:
    """The row's kind, by how much of it is filled and by its first words. A doubtful row is a person's: it will be rejected aloud."""
    if len(row) - row.count("") > _NARROW:
        return _wide_kind(row, header)
    filled = [(index, cell) for index, cell in enumerate(row) if cells.text_of(cell)]
    texts = [text for text in (plain(cells.text_of(cell)) for _index, cell in filled) if text]
    first = next((text for text in texts if not text.isdigit()), "")
    if not first:
        if _is_left_over(filled, header):
            return Kind.PERSON
        return Kind.TOTAL if texts and _under_fields(filled, header) else Kind.BLANK
    return _by_words(texts, first, vouched=_vouched(row, header)) or _person_or_title(filled, header)


def _by_words(texts: Sequence[str], first: str, *, vouched: bool) -> Kind | None:
    """Totals and signatures say what they are; words that are names as well only count where nothing speaks for a person."""
    if _TOTAL(first) or (_MAYBE_TOTAL(first) and not vouched):
        return Kind.TOTAL
    if " by" in texts[0] and _SIGNATURE(texts[0]):
        return Kind.SIGNATURE
    if vouched:
        return Kind.PERSON
    return Kind.SIGNATURE if any(map(_SIGNATURE, texts)) else None


def _person_or_title(filled: Sequence[tuple[int, Cell]], header: Header) -> Kind:
    if _is_heading(filled, header) or _numbers_columns(filled):
        return Kind.HEADING
    words = next((cell for _index, cell in filled if isinstance(cell, str) and any(map(str.isalpha, cell))), "")
    if _PUNCTUATION_AFTER.match(words) and (words.rstrip().endswith(":") or _LABEL(plain(words))):
        return Kind.SECTION
    if _NOTE(plain(words)):
        return Kind.SECTION
    alone = len(filled) == 1 and not _may_be_person(filled[0], header) and not _is_left_over(filled, header)
    return Kind.SECTION if alone else Kind.PERSON


def _wide_kind(row: Sequence[Cell], header: Header) -> Kind:
    first = next((cell for cell in row if cell and isinstance(cell, str)), "")
    if _COULD_BE_TOTAL(first) and _TOTAL(plain(first)):
        return Kind.TOTAL
    beginning = next((cell for cell in row if cell != ""), "")
    if str(beginning).strip("()[]. ") in {"1", "1.0", "a", "A", "i", "I"}:
        filled = [(index, cell) for index, cell in enumerate(row) if cell != ""]
        if _numbers_columns(filled):
            return Kind.HEADING
    if " ".join(first.split()) not in header.headings:
        return Kind.PERSON
    filled = [(index, cell) for index, cell in enumerate(row) if cells.text_of(cell)]
    return Kind.HEADING if _is_heading(filled, header) else Kind.PERSON


def _vouched(row: Sequence[Cell], header: Header) -> bool:
    """Whether there is a name and, in its own column, one thing more that only a person has: then it is somebody."""
    name = has_more = False
    for column in header.columns:
        value = row[column.index] if column.field and column.index < len(row) else ""
        if value == "" or not (text := cells.text_of(value)):
            continue
        if column.field in NAME_FIELDS:
            name = name or (names.is_name(text) and not text.endswith(":"))
        elif not has_more:
            has_more = _tells_of_somebody(column.field or "", value, text)
    return name and has_more


def _tells_of_somebody(field: str, value: Cell, text: str) -> bool:
    try:
        if field in {"nationality", "host_country"}:
            return bool(countries.find(text))
        if field.endswith("_number"):
            return bool(cells.document_number(text))
    except countries.AmbiguousCountry:
        return True
    except (countries.UnknownCountry, cells.BadCell):
        return False
    if field in PHONE_FIELDS:
        return sum(map(str.isdigit, text)) >= len("1234567")
    return field in DATE_FIELDS and (not isinstance(value, str) or any(map(str.isdigit, text)))


def _is_left_over(filled: Sequence[tuple[int, Cell]], header: Header) -> bool:
    """Whether a row without a name has a phone or a passport in its own column: somebody's second line, to be said aloud."""
    fields = {column.index: column.field or "" for column in header.columns}
    return any(_is_number_of_somebody(fields.get(index, ""), cell) for index, cell in filled)


def _is_number_of_somebody(field: str, cell: Cell) -> bool:
    text = cells.text_of(cell)
    if field in PHONE_FIELDS:
        return bool(_PHONE_LIKE(text))
    return field == "passport_number" and bool(_PASSPORT_LIKE(text.replace(" ", "").upper()))


def _under_fields(filled: Sequence[tuple[int, Cell]], header: Header) -> bool:
    """Whether the few numbers stand under columns we read (a total) rather than under the row count."""
    fields = {column.index for column in header.columns if column.field}
    return any(index in fields for index, _cell in filled)


def _may_be_person(only: tuple[int, Cell], header: Header) -> bool:
    """Whether a row's single cell can be a whole person: a name, where the file needs nothing else of them."""
    index, cell = only
    text = str(cell)
    in_name_column = any(column.index == index and column.field in NAME_FIELDS for column in header.columns)
    if len([column for column in header.columns if column.heading]) == 1:
        return in_name_column and ":" not in text
    needs_nothing_else = not header.fields & {"nationality", "host_country"}
    return (
        in_name_column
        and needs_nothing_else
        and len(text.split()) > 1
        and ":" not in text
        and not any(map(str.isdigit, text))
    )


def follows_signature(row: Sequence[Cell], header: Header) -> bool:
    """Whether a row after "Prepared by:" may be the signer's: a name and a title, with nothing that only workers have."""
    filled = sum(cell != "" for cell in row)
    return filled <= _NARROW and not _vouched(row, header)


def _is_heading(filled: Sequence[tuple[int, Cell]], header: Header) -> bool:
    """The headings printed again at the top of each page."""
    by_index = {column.index: column.heading for column in header.columns}
    return all(isinstance(cell, str) and " ".join(cell.split()) == by_index.get(index) for index, cell in filled)


def _numbers_columns(filled: Sequence[tuple[int, Cell]]) -> bool:
    """The line of forms that counts the columns: (1) (2) (3), or a b c."""
    marks = [str(int(c) if isinstance(c, float) and c == int(c) else c).strip("()[]. ").lower() for _index, c in filled]
    if len(marks) < _FEW_HEADINGS:
        return False
    if all(mark.isdigit() for mark in marks):
        counted = [int(mark) for mark in marks]
        return counted == list(range(counted[0], counted[0] + len(counted)))
    return "".join(marks) == "abcdefghijklmnopqrstuvwxyz"[: len(marks)]


def begins_another_table(row: Sequence[Cell], header: Header) -> bool:
    """Whether a row below the headings is a line of other headings, under which the columns mean something else."""
    if _DIGIT("".join([cell if isinstance(cell, str) else "0" for cell in row])):
        return False  # Headings have none; workers' rows nearly always have.
    texts = {index: " ".join(str(cell).split()) for index, cell in enumerate(row) if cell}
    if len(texts) < _FEW_HEADINGS:
        return False
    known = {index: field for index, text in texts.items() if (field := heading_words.field_of(text))}
    if 2 * len(known) < len(texts) or len(known) < _FEW_HEADINGS or not NAME_FIELDS & set(known.values()):
        return False
    before = {column.index: column.field for column in header.columns}
    return sum(before.get(index) != field for index, field in known.items()) * 2 > len(known)
