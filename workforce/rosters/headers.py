"""Finding the row of headings and what each column holds."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from workforce import countries
from workforce.rosters import calendars, heading_words
from workforce.rosters.heading_words import DATE_FIELDS, NAME_FIELDS, PHONE_FIELDS
from workforce.rosters.sheets import Cell, Row

_CITIES = frozenset(("dubai", "abu dhabi", "sharjah", "hong kong", "hongkong", "kowloon", "macau", "macao", "kuwait city", "singapore city"))
_SHORT_COUNTRIES = frozenset(["UK", "US", "HK", "KSA", "UAE", "USA", "SAU", "KWT", "QAT", "BHR", "OMN", "JOR", "LBN", "LBY", "HKG", "SGP", "TWN", "MYS", "PHL", "IDN", "NPL", "BGD", "LKA", "IND", "PAK", "ETH", "KEN", "UGA"])
"""Other words of three letters are words: "and" is not Andorra here, "per" not Peru, nor "NIC" Nicaragua."""
_KIN_FIELDS = frozenset(("contact_name", "contact_relation"))
_GROUPED = frozenset(("passport", "visa", "permit", "contract", "kin", "phone", "employer", "address"))
LONGEST_HEADING, LONGEST_GROUP = 200, 30
_FEW_ROWS = 20  # A header so far down has its people beyond the rows that were looked at.
_MANY = 5
_WHOLE_FIELDS = frozenset(
    ("nationality", "host_country", "birth_date", "sex", "passport_number", "visa_number", "employer", "occupation", "email", "custody", "notes")
)
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
    with_place: bool = False
    """For births: whether the place stands before the day ("Tempat, tanggal lahir")."""
    other_calendar: bool = False
    """For dates: whether the heading announces another calendar than the Gregorian ("DOB (B.S.)")."""

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

    @cached_property
    def fields(self) -> frozenset[str]:
        return frozenset(column.field for column in self.columns if column.field)

    @cached_property
    def headings(self) -> frozenset[str]:
        """What the headings say, on one line each."""
        return frozenset(column.heading for column in self.columns)

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


def usable(rows: Sequence[Row]) -> int:
    """How many fields the header among the rows names, 0 when none names people; as a minus when nobody's name stands below it."""
    header = understand_header(rows)
    if header is None:
        return 0
    below = [cells for number, cells in rows if number > header.row_number]
    columns = [column.index for column in header.columns if column.field in NAME_FIELDS]
    named = any(_is_words(cells[index]) for cells in below for index in columns if index < len(cells))
    return len(header.fields) * (1 if named or len(below) < _FEW_ROWS < header.row_number else -1)


def _is_words(cell: Cell) -> bool:
    return isinstance(cell, str) and any(map(str.isalpha, cell))


def understand_header(
    rows: Sequence[Row], mapping: Mapping[int, str | None] | None = None, *, row: int | None = None
) -> Header | None:
    """The header among the first rows, titles and blank rows above allowed; None when no row looks like one.

    `mapping` is a person's choice, column index → field or None to leave it out; it wins over the headings. `row` is the
    number of the row that a person chose as the headings, 0 where the sheet has none.
    """
    best = _likeliest(rows)
    if row is not None and (best is None or best.row_number != row):
        best = next((_header(number, [_text(cell) for cell in cells]) for number, cells in rows if number == row), best)
    if row == 0:
        best = _header(0, [""] * max((len(cells) for _number, cells in rows), default=0))
    if best is None:
        return None
    best = _by_values(best, rows)
    return _chosen(best, mapping) if mapping else best


def _likeliest(rows: Sequence[Row]) -> Header | None:
    best: Header | None = None
    best_score = 0
    for position, (number, cells) in enumerate(rows):
        if not could_be_headings(cells):
            continue
        single = _header(number, [_text(cell) for cell in cells])
        if (score := _score(single)) > best_score:
            best, best_score = single, score
        if position + 1 < len(rows) and _groups(cells) and could_be_headings(rows[position + 1][1]):
            below_number, below = rows[position + 1]
            double = _header(below_number, _joined(cells, below))
            if (score := _score(double)) > best_score and _says_something(below):
                best, best_score = double, score
    return best


def _text(cell: Cell) -> str:
    return " ".join(str(cell).split())


def could_be_headings(cells: Sequence[Cell]) -> bool:
    """Words, and at most one number or date among many: a title's date in the corner, a year for a heading."""
    filled = [cell for cell in cells if cell != ""]
    words = sum(
        isinstance(cell, str) and len(cell) <= LONGEST_HEADING and not _NUMBERISH.fullmatch(cell) for cell in filled
    )
    return bool(filled) and len(filled) - words <= (1 if len(filled) > _MANY else 0)


def _says_something(cells: Sequence[Cell]) -> bool:
    """A second line of headings has at least two cells whose words we know; a person's row has not."""
    known = sum(bool(heading_words.concepts(_text(cell))) for cell in cells if cell != "")
    return known >= max(2, sum(cell != "" for cell in cells) // 2)


def _groups(cells: Sequence[Cell]) -> bool:
    """Whether a line can head groups of columns: a title says one thing only, over as many columns as it may be merged."""
    said = {_text(cell) for cell in cells if cell != ""}
    return len(said) > 1 or any(len(text) <= LONGEST_GROUP and heading_words.concepts(text) & _GROUPED for text in said)


def _joined(upper: Sequence[Cell], lower: Sequence[Cell]) -> list[str]:
    """Two lines of headings made one: "Passport" above "Number", "Expiry" heads both of them."""
    headings, group = [], ""
    for index, cell in enumerate(lower):
        above = _text(upper[index]) if index < len(upper) else ""
        group = above or group
        below = _text(cell)
        if not below or above == below:
            headings.append(above)
        elif _needs_no_group(below, group):
            headings.append(below)
        else:
            headings.append(f"{group} {below}".strip())
    return headings


def _needs_no_group(heading: str, group: str) -> bool:
    """Whether a lower heading says enough by itself, so that a title such as "Worker's details" above cannot disturb it."""
    if heading_words.concepts(group) & {"kin", "stranger", "employer", "phone", "address", "former"}:
        return False
    return heading_words.field_of(heading) in _WHOLE_FIELDS


def _score(header: Header) -> int:
    """How many fields are recognised; nothing unless people are named and something else besides."""
    if not header.names_people:
        return 0
    filled = sum(bool(column.heading) for column in header.columns)
    return len(header.fields) if len(header.fields) > 1 or filled == 1 else 0


def _header(number: int, headings: Sequence[str]) -> Header:
    columns: list[Column] = []
    document: str | None = None
    for index, heading in enumerate(headings):
        field = heading_words.field_of(heading, document) if heading else None
        if field is None and heading_words.concepts(heading) == {"number"} and _country_of(heading, "phone"):
            field = "phone"  # "KSA number" beside "Philippine mobile".
        if field == "phone" and columns and columns[-1].field in _KIN_FIELDS and _is_bare_phone(heading):
            field = "phone_family"  # "Contact No." right of "Next of kin" is the family's, not the worker's.
        document = heading_words.document_of(heading) or document
        place = field == "birth_date" and "place" in heading_words.concepts(heading)
        columns.append(Column(index, letter_of(index), heading, field, _country_of(heading, field), _order_of(heading), place))
    return Header(number, tuple(_half_names(_generations(_once_each(_with_calendars(columns))))))


def _is_bare_phone(heading: str) -> bool:
    return heading_words.concepts(heading) <= {"phone", "number", "kin"} and not _country_of(heading, "phone")


def _with_calendars(columns: list[Column]) -> list[Column]:
    return [
        replace(column, other_calendar=True)
        if column.field in DATE_FIELDS and calendars.heading_says_other(column.heading, column.field or "")
        else column
        for column in columns
    ]


def _once_each(columns: list[Column]) -> list[Column]:
    """A field has one column, phones apart: the first, or the Gregorian where a day stands there in two calendars."""
    best: dict[str, Column] = {}
    for column in columns:
        if column.field and (column.field not in best or _says_more(column, best[column.field])):
            best[column.field] = column
    return [
        column if column.field is None or column.field in PHONE_FIELDS or best[column.field] is column else replace(column, field=None)
        for column in columns
    ]


def _says_more(column: Column, known: Column) -> bool:
    """The Gregorian day of two, and of two names the one that is not all initials."""
    return (known.other_calendar and not column.other_calendar) or (
        column.field == "full_name" and "initials" in known.heading.lower() and "initials" not in column.heading.lower()
    )


def _generations(columns: list[Column]) -> list[Column]:
    """Names of Ethiopia and its neighbours: one's own, the father's, the grandfather's, in three columns; together they are the name."""
    about = {column.index: heading_words.generation_of(column.heading) for column in columns}
    father = next((column for column in columns if about[column.index] == "father"), None)
    grandfather = next((column for column in columns if about[column.index] == "grandfather"), None)
    own = [column for column in columns if column.field in {"full_name", "given_names"}]
    if father is None or len(own) != 1 or any(column.field == "family_name" for column in columns):
        return columns
    if grandfather is None and own[0].field == "full_name":
        return columns  # "Father's name" beside a whole name is another person's.
    parts = {own[0].index: "given_names", father.index: "middle_names" if grandfather else "family_name"}
    if grandfather:
        parts[grandfather.index] = "family_name"
    return [replace(column, field=parts.get(column.index, column.field)) for column in columns]


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
            letters = [word for word in words[start : start + size] if len(word) == 1]
            if letters and (len(letters) < size or size < len("UAE")):
                continue  # "S.N." is a running number, not Senegal.
            if len(phrase) > len("UAE") or phrase.upper() in _SHORT_COUNTRIES:
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


def beside(header: Header, rows: Sequence[Row]) -> Column | None:
    """The column where a second table begins to the right of the first: a name again, then again what the first has before it. None when there is none."""
    first = {column.field: column.index for column in header.columns if column.field}
    again = [(c, heading_words.field_of(c.heading)) for c in header.columns if c.field is None and c.heading]
    name = next((column for column, field in again if field in NAME_FIELDS and field in first), None)
    if name is None:
        return None
    repeated = [field for column, field in again if column.index > name.index and field in _WHOLE_FIELDS and first.get(field, name.index) < name.index]
    below = (cells for number, cells in rows if number > header.row_number)
    return name if repeated and any(_is_words(cells[name.index]) for cells in below if name.index < len(cells)) else None


def _lists_countries(index: int, header_row: int, rows: Sequence[Row]) -> bool:
    values = {_text(cells[index]) for number, cells in rows if number > header_row and index < len(cells)} - {""}
    named = 0
    for value in values:
        if countries.plain(value) in _CITIES:
            continue  # They stand for their country in a column of countries; here they are where people work.
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
