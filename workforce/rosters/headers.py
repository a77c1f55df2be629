"""Finding the row of headings and what each column holds."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from workforce import countries
from workforce.rosters import heading_words
from workforce.rosters.heading_words import NAME_FIELDS, PHONE_FIELDS
from workforce.rosters.sheets import Cell, Row

LONGEST_HEADING = 80
_NUMBERISH = re.compile(r"\s*[-+(]?[\d\s/.,:()-]{3,}\s*")


@dataclass(frozen=True)
class Column:
    """One column of the sheet: `field` is one of `heading_words.FIELDS`, or None when the column is left out."""

    index: int
    letter: str
    heading: str
    field: str | None
    country: str | None = None
    """For phones: the country the heading names ("Philippine mobile")."""
    date_order: str | None = None
    """For dates: `day-first` or `month-first` when the heading says so ("DOB (dd/mm/yyyy)")."""

    @property
    def title(self) -> str:
        """What to call the column on a page: its heading, else its letter."""
        return self.heading or self.letter


@dataclass(frozen=True)
class Header:
    """Where the headings are (the row as the spreadsheet shows it) and the columns from left to right."""

    row_number: int
    columns: tuple[Column, ...]

    def having(self, field: str) -> tuple[Column, ...]:
        """The columns that hold `field`, from left to right: several for phones, otherwise at most one."""
        return tuple(column for column in self.columns if column.field == field)

    @property
    def fields(self) -> frozenset[str]:
        return frozenset(column.field for column in self.columns if column.field)

    @property
    def names_people(self) -> bool:
        return bool(self.fields & NAME_FIELDS)


def letter_of(index: int) -> str:
    """The spreadsheet's letter for a column counted from 0: 0 is A, 26 is AA."""
    letters = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def usable(rows: Sequence[Row]) -> bool:
    """Whether a header that names people is among the rows."""
    return understand_header(rows) is not None


def understand_header(
    rows: Sequence[Row], mapping: Mapping[int, str | None] | None = None, *, row: int | None = None
) -> Header | None:
    """The header among the first rows, titles and blank rows above allowed; None when no row looks like one.

    `mapping` is a person's choice, column index → field or None to leave it out; it wins over the headings. `row` is the
    number of the row that a person chose as the headings.
    """
    best = _likeliest(rows)
    if row is not None and (best is None or best.row_number != row):
        best = next((_header(number, [_text(cell) for cell in cells]) for number, cells in rows if number == row), best)
    if best is None:
        return None
    best = _by_values(best, rows)
    return _chosen(best, mapping) if mapping else best


def _likeliest(rows: Sequence[Row]) -> Header | None:
    best: Header | None = None
    best_score = 0
    for position, (number, cells) in enumerate(rows):
        if not _could_be_headings(cells):
            continue
        single = _header(number, [_text(cell) for cell in cells])
        if (score := _score(single)) > best_score:
            best, best_score = single, score
        if position + 1 < len(rows) and _could_be_headings(rows[position + 1][1]):
            below_number, below = rows[position + 1]
            double = _header(below_number, _joined(cells, below))
            if (score := _score(double)) > best_score and _says_something(below):
                best, best_score = double, score
    return best


def _text(cell: Cell) -> str:
    return " ".join(str(cell).split())


def _could_be_headings(cells: Sequence[Cell]) -> bool:
    filled = [cell for cell in cells if cell != ""]
    return bool(filled) and all(
        isinstance(cell, str) and len(cell) <= LONGEST_HEADING and not _NUMBERISH.fullmatch(cell) for cell in filled
    )


def _says_something(cells: Sequence[Cell]) -> bool:
    """A second line of headings has at least two cells whose words we know; a person's row has not."""
    known = sum(bool(heading_words.concepts(_text(cell))) for cell in cells if cell != "")
    return known >= max(2, sum(cell != "" for cell in cells) // 2)


def _joined(upper: Sequence[Cell], lower: Sequence[Cell]) -> list[str]:
    """Two lines of headings made one: "Passport" above "Number", "Expiry" heads both of them."""
    headings, group = [], ""
    for index, cell in enumerate(lower):
        above = _text(upper[index]) if index < len(upper) else ""
        group = above or group
        below = _text(cell)
        if not below or above == below:
            headings.append(above)
        else:
            headings.append(f"{group} {below}".strip())
    return headings


def _score(header: Header) -> int:
    """How many fields are recognised; nothing unless people are named and something else besides."""
    if not header.names_people:
        return 0
    filled = sum(bool(column.heading) for column in header.columns)
    return len(header.fields) if len(header.fields) > 1 or filled == 1 else 0


def _header(number: int, headings: Sequence[str]) -> Header:
    columns: list[Column] = []
    document: str | None = None
    taken: set[str] = set()
    for index, heading in enumerate(headings):
        field = heading_words.field_of(heading, document) if heading else None
        if field is None and heading_words.concepts(heading) == {"number"} and _country_of(heading, "phone"):
            field = "phone"  # "KSA number" beside "Philippine mobile".
        document = heading_words.document_of(heading) or document
        if field in taken and field not in PHONE_FIELDS:
            field = None
        if field:
            taken.add(field)
        columns.append(Column(index, letter_of(index), heading, field, _country_of(heading, field), _order_of(heading)))
    return Header(number, tuple(_half_names(columns)))


def _half_names(columns: list[Column]) -> list[Column]:
    """Names in two columns: "Nom" beside "Prénom" is the family name, "Nombre" beside "Apellidos" the given names."""
    fields = {column.field for column in columns}
    half = None
    if "given_names" in fields and "family_name" not in fields:
        half = "family_name"
    elif "family_name" in fields and "given_names" not in fields:
        half = "given_names"
    if half is None:
        return columns
    return [
        replace(column, field=half)
        if column.field == "full_name" and heading_words.is_bare_name(column.heading)
        else column
        for column in columns
    ]


def _country_of(heading: str, field: str | None) -> str | None:
    """The country a phone heading names, in one word or two: "KSA mobile", "Hong Kong No.", "Philippine contact number"."""
    if field not in PHONE_FIELDS:
        return None
    words = re.findall(r"[^\W\d_]+", heading)
    for size in (3, 2, 1):
        for start in range(len(words) - size + 1):
            phrase = " ".join(words[start : start + size])
            if len(phrase) > 2 or phrase.upper() in {"UK", "US", "HK"}:
                try:
                    return countries.find(phrase)
                except (countries.UnknownCountry, countries.AmbiguousCountry):
                    continue
    return None


def _order_of(heading: str) -> str | None:
    letters = re.sub(r"[^a-z]", "", heading.lower())
    if re.search(r"d{1,2}m{1,4}y{2,4}|jjmma{2,4}|ddmma{2,4}|d{2}m{2}a{2,4}", letters):
        return "day-first"
    return "month-first" if re.search(r"mm?dd?y{2,4}", letters) else None


def _by_values(header: Header, rows: Sequence[Row]) -> Header:
    """Some headings only their cells explain: a "Jobsite" that lists countries is the host country."""
    site = next(iter(header.having("site")), None)
    if site is None or "host_country" in header.fields or not _lists_countries(site.index, header.row_number, rows):
        return header
    return replace(header, columns=tuple(replace(c, field="host_country") if c is site else c for c in header.columns))


def _lists_countries(index: int, header_row: int, rows: Sequence[Row]) -> bool:
    values = {_text(cells[index]) for number, cells in rows if number > header_row and index < len(cells)} - {""}
    named = 0
    for value in values:
        try:
            countries.find(value)
        except countries.AmbiguousCountry:
            named += 1
        except countries.UnknownCountry:
            continue
        else:
            named += 1
    return bool(values) and named >= len(values) * 0.8


def _chosen(header: Header, mapping: Mapping[int, str | None]) -> Header:
    chosen = {field for field in mapping.values() if field and field not in PHONE_FIELDS}
    columns = []
    for column in header.columns:
        field = column.field if column.field not in chosen else None
        field = mapping.get(column.index, field)
        columns.append(replace(column, field=field, country=_country_of(column.heading, field)))
    return replace(header, columns=tuple(columns))
