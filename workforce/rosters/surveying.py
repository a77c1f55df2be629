"""One pass over the sheet before it is read: what only a whole column can tell, and whether there is anybody in it at all."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import islice
from typing import cast

from workforce.core.words import _
from workforce.countries import plain
from workforce.rosters import dates, relatives
from workforce.rosters.dates import Order, Window
from workforce.rosters.headers import Column, Header
from workforce.rosters.heading_words import DATE_FIELDS
from workforce.rosters.rows import Kind, begins_another_table, kind_of
from workforce.rosters.sheets import BadFile, Cell, Sheet

Chosen = Order | str | Mapping[int, Order | str] | None
Doubt = Callable[[Cell], str | None]
"""Asked about each cell of a column of dates: the reason why it cannot be believed, or None."""

_ANY_TIME = Window(1900, date(2100, 12, 31), is_birth=False)
_MOST_RELATIONS = 100
_LEAST_TYPED = 5  # With fewer days, all of them up to the 12th is no wonder: one chance in a hundred.
_SAMBAT_BIRTHS = 1983  # Bikram Sambat years of people of up to 100 begin here.


@dataclass(frozen=True)
class Question:
    """A column of dates that proves neither order, or both: `ambiguous` cells wait for a choice."""

    column: Column
    ambiguous: int
    example: str


@dataclass
class Survey:
    """`orders` and `doubts` by column index. `sexes`: what letters mean in this file that mean something else elsewhere."""

    orders: dict[int, Order] = field(default_factory=dict)
    questions: list[Question] = field(default_factory=list)
    doubts: dict[int, Doubt] = field(default_factory=dict)
    sexes: dict[str, str] = field(default_factory=dict)
    family: Column | None = None
    """The column that tells a worker's family from the workers, in lists that have them one below the other."""


@dataclass
class _Seen:
    """What the cells of one column of dates have shown so far."""

    proved: set[Order] = field(default_factory=set)
    ambiguous: int = 0
    example: str = ""
    typed: int = 0
    late_in_month: int = 0
    with_year: int = 0
    not_yet: int = 0

    def look(self, value: Cell, this_year: int) -> None:
        if isinstance(value, date):
            self.typed += 1
            self.late_in_month += value.day > 12
            self._year(value.year, this_year)
        elif isinstance(value, str) and value:
            if value[4:5] == "-":  # ISO proves nothing and asks nothing.
                self._year(int(value[:4]) if value[:4].isdecimal() else 0, this_year)
            elif order := dates.order_proved(value):
                self.proved.add(order)
                self._year(dates.year_in(value), this_year)
            elif _is_ambiguous(value):
                self.ambiguous += 1
                self.example = self.example or value
                self._year(dates.year_in(value), this_year)

    def _year(self, year: int, this_year: int) -> None:
        self.with_year += year > 0
        self.not_yet += this_year < year <= this_year + 60


def survey(sheet: Sheet, header: Header, chosen: Chosen, today: date) -> Survey:
    """Go through the rows below the headings once. Raises BadFile when nobody is there, or when a second table begins."""
    columns = [column for column in header.columns if column.field in DATE_FIELDS]
    placed = {column.index for column in columns if column.with_place}
    seen = {column.index: _Seen() for column in columns}
    sex = next(iter(header.having("sex")), None)
    letters: set[str] = set()
    related = relatives.column_of(header)
    relations: set[str] = set()
    somebody = False
    for number, row in islice(sheet.rows(), header.row_number, None):
        width = len(row)
        for index, cells_seen in seen.items():
            if index < width and (value := row[index]) != "":
                cells_seen.look(cast("Cell", dates.after_place(value)) if index in placed else value, today.year)
        if sex and sex.index < width and len(str(row[sex.index])) == 1:
            letters.add(str(row[sex.index]).lower())
        if related and (somebody or any(row)) and len(relations) < _MOST_RELATIONS:
            relations.add(str(row[related.index]).strip() if related.index < width else "")
        somebody = somebody or kind_of(row, header) is Kind.PERSON
        _refuse_second_table(number, row, header)
    if not somebody:
        raise BadFile(_nobody(header))
    found = Survey(sexes=_sexes(sex, letters), family=related if related and relatives.lists_families(header, related, list(relations)) else None)
    for column in columns:
        _conclude(found, column, seen[column.index], chosen, today)
    return found


def _nobody(header: Header) -> str:
    if not header.names_people:
        return _("No column holds the name.")
    return _("There are headings in row %(row)s and nobody below them.", row=header.row_number) if header.row_number else _("Nobody stands in this sheet.")


def _refuse_second_table(number: int, row: Sequence[Cell], header: Header) -> None:
    if begins_another_table(row, header):
        raise BadFile(
            _("Row %(row)s begins another table with other columns. Put each table into a file of its own.", row=number)
        )


def _conclude(found: Survey, column: Column, seen: _Seen, chosen: Chosen, today: date) -> None:
    order = _decided(column, seen.proved, chosen)
    if doubt := _doubt(column, seen, today):
        found.doubts[column.index] = doubt
    if order:
        found.orders[column.index] = order
    elif seen.ambiguous and not column.other_calendar:
        found.questions.append(Question(column, seen.ambiguous, seen.example))


def _decided(column: Column, proved: set[Order], chosen: Chosen) -> Order | None:
    """A cell that proves the order, then a person's choice, then what the heading announces."""
    if len(proved) == 1:
        return next(iter(proved))
    choice = chosen.get(column.index) if isinstance(chosen, Mapping) else chosen
    if choice:
        return Order(choice)
    return Order(column.date_order) if column.date_order and not proved else None


def _is_ambiguous(value: str) -> bool:
    try:
        dates.read(value, None, _ANY_TIME)
    except dates.BadDate as problem:
        return problem.ambiguous
    return False


def _doubt(column: Column, seen: _Seen, today: date) -> Doubt | None:
    if column.other_calendar:
        return lambda _value: dates.other_calendar()
    if column.field == "birth_date" and 3 * seen.not_yet > seen.with_year:
        return lambda value: _sambat_birth(value, today)
    swapped = Order.DAY_FIRST in seen.proved and len(seen.proved) == 1 and not seen.ambiguous
    if swapped and seen.typed >= _LEAST_TYPED and not seen.late_in_month:
        return _swapped
    return None


def _sambat_birth(value: Cell, today: date) -> str | None:
    """Where births of the future show that a column is kept in Bikram Sambat, its other years are of that calendar too."""
    year = value.year if isinstance(value, date) else dates.year_in(str(value))
    if _SAMBAT_BIRTHS <= year <= today.year:
        return _("Other dates of this column are of another calendar; write the Gregorian day.")
    return None


def _swapped(value: Cell) -> str | None:
    """The mark of a program that read 03/04 as March 4 and left 25/04 as text: every typed day is one of the first twelve."""
    if isinstance(value, date):
        return _("The spreadsheet may have taken the day for the month here: the column's other cells are text and day first.")
    return None


def _sexes(column: Column | None, letters: set[str]) -> dict[str, str]:
    """In Spanish, M is "mujer" beside H, and "masculino" beside F; alone it could be either."""
    if column is None or "m" not in letters:
        return {}
    if "h" in letters and "f" not in letters:
        return {"m": "F"}
    is_spanish = bool({"sexo", "genero"} & set(plain(column.heading).split()))
    return {"m": ""} if is_spanish and "f" not in letters else {}
