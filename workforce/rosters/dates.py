"""Dates as lists have them: typed by a program, or by people in five languages."""

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from functools import lru_cache
from itertools import pairwise

from workforce.core.words import _
from workforce.countries import plain
from workforce.rosters import digits
from workforce.rosters.calendars import is_foreign_month, month_of, says_gregorian, says_other, weekday


class Order(StrEnum):
    """Which of the two first numbers of 03/04/2027 is the day."""

    DAY_FIRST = "day-first"
    MONTH_FIRST = "month-first"


class BadDate(ValueError):
    """Not a date we dare to read; the message stands beside the cell. `ambiguous` when only the order is missing."""

    def __init__(self, message: str, *, ambiguous: bool = False) -> None:
        super().__init__(message)
        self.ambiguous = ambiguous


@dataclass(frozen=True)
class Window:
    """The years a column can sensibly hold; outside them the date is another calendar's, or a slip."""

    earliest: int
    latest: date
    is_birth: bool

    @classmethod
    def of(cls, field: str, today: date) -> "Window":
        """Births of people up to 100 years old; papers run out from 30 years ago to 30 from now; issues until a year from now."""
        if field == "birth_date":
            return cls(today.year - OLDEST, today, is_birth=True)
        if field.endswith(("expires_on", "ends_on")):
            return cls(today.year - 30, date(today.year + 30, 12, 31), is_birth=False)
        years_ahead = 1 if field.endswith("issued_on") else 30
        return cls(1970, date(today.year + years_ahead, 12, 31), is_birth=False)


OLDEST, YOUNGEST, OLDEST_SHORT = 100, 14, 75  # Years. Whoever is on a list of workers and younger was born in another calendar, or mistyped.
# Two digits are believed up to the third: "5-Jan-27" is more likely a paper's last day in the wrong column than a worker of 99.
_DASHES = dict.fromkeys(map(ord, "‐‑‒–—−"), "-")
_ISO = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})(?:[T ]\d{1,2}:\d{2}.*)?").fullmatch
_NUMBERS = re.compile(r"(\d{1,4})\s*[-/., \\]\s*(\d{1,2})\s*[-/., \\]\s*(\d{1,4})\.?(?:,?\s+\d{1,2}:\d{2}.*)?").fullmatch
_TIME_OF_DAY = re.compile(r"(?i),?\s+(?:at )?\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?\s*(?:[ap]\.?m\.?)?$")
_SERIAL = re.compile(r"\d{5}(?:\.\d+)?").fullmatch
_COMPACT = re.compile(r"(?:19|20)\d{6}").fullmatch
_PLACE = re.compile(r"\s*([^\W\d_]\D*?[\s,.:/-]+)(?=\d)").match
_EXCEL_DAY_0 = date(1899, 12, 30)
_DAY_0_OF_1904 = date(1904, 1, 1)
_LAST_SERIAL = 80_000
_SAMBAT_FROM = 2036  # Nobody is born or issued a paper then yet; in the Nepali calendar it was 1979.


def _typed(text: str) -> str:
    """The cell with the digits and dashes of every script made plain, and without a remark that it is Gregorian."""
    text = text.strip()
    if ":" in text:
        text = _TIME_OF_DAY.sub("", text)
    if not text.isascii():
        text = digits.plain(text).translate(_DASHES)
    return text if text[-1:].isdigit() else says_gregorian("", text)


def after_place(value: object) -> object:
    """"Indramayu, 12 Mei 1990" without the place, for columns that say where and when somebody was born."""
    if not isinstance(value, str) or not (match := _PLACE(value)):
        return value
    words = match[1].rstrip(" ,.-/:").split()
    month = words.pop() if words and month_of(plain(words[-1])) else ""  # "Manila, May 12, 1990".
    return f"{month} {value[match.end() :]}".strip()


def order_proved(value: object) -> Order | None:
    """What one cell proves about its column: 25/04/2027 can only be day-first. None when it proves nothing."""
    if not isinstance(value, str) or not (match := _NUMBERS(_typed(value))):
        return None
    first, second, year = (int(part) for part in match.groups())
    if len(match[1]) > 2 or not _gregorian(year):
        return None
    if 12 < first <= 31 and second <= 12:
        return Order.DAY_FIRST
    return Order.MONTH_FIRST if 12 < second <= 31 and first <= 12 else None


def year_in(value: str) -> int:
    """The year of four digits in a date of numbers; 0 when there is none."""
    match = _NUMBERS(_typed(value))
    return next((int(part) for part in (match[3], match[1]) if len(part) == len("2027")), 0) if match else 0


def day_from_1904(value: object) -> date | None:
    """The day of a bare number in a workbook that counts from 1904; None for anything else."""
    if isinstance(value, bool) or not isinstance(value, float | int) or not 0 < value < _LAST_SERIAL:
        return None
    return _DAY_0_OF_1904 + timedelta(days=int(value))


def _gregorian(year: int) -> bool:
    return year < 100 or 1900 <= year <= 2100


@lru_cache(maxsize=8192, typed=True)
def read(value: object, order: Order | None, window: Window) -> date:
    """The day in a cell. Raises BadDate with the reason, also for days that other calendars would explain."""
    if isinstance(value, datetime):
        return _within(value.date(), window)
    if isinstance(value, date):
        return _within(value, window)
    if isinstance(value, float | int) and not isinstance(value, bool):
        value = repr(int(value)) if value == int(value) else repr(value)
    if not isinstance(value, str):
        raise BadDate(_("This is not a date."))
    return _within(_from_text(_typed(value), order, window), window)


def _from_text(text: str, order: Order | None, window: Window) -> date:
    if match := _ISO(text):
        return _day(int(match[1]), int(match[2]), int(match[3]))
    if not text.isdigit() and says_other(text):
        raise BadDate(other_calendar())
    if match := _NUMBERS(text):
        return _from_numbers(match[1], match[2], match[3], order, window)
    if _COMPACT(text):
        return _day(int(text[:4]), int(text[4:6]), int(text[6:]))
    if _SERIAL(text) and float(text) < _LAST_SERIAL:
        return _EXCEL_DAY_0 + timedelta(days=int(float(text)))
    return _from_words(text, window)


def _from_numbers(one: str, two: str, three: str, order: Order | None, window: Window) -> date:
    if len(one) > 2:
        return _day(int(one), int(two), int(three))
    if len(three) == 3:
        raise BadDate(_("This is not a date."))
    first, second, year = int(one), int(two), _full_year(three, window)
    if first > 12 and second > 12:
        raise BadDate(_("There is no month %(month)s.", month=second))
    if first > 12:
        return _day(year, second, first)
    if second > 12:
        return _day(year, first, second)
    if first == second or order is Order.DAY_FIRST:
        return _day(year, second, first)
    if order is Order.MONTH_FIRST:
        return _day(year, first, second)
    raise BadDate(_("Day or month first? Choose for this column."), ambiguous=True)


def other_calendar() -> str:
    """The reason for a cell, or a column, that names a calendar other than the Gregorian."""
    return _("This looks like a date of another calendar; write the Gregorian day.")


def _from_words(text: str, window: Window) -> date:
    words = plain(re.sub(r"(?<=\d)(?=[^\W\d])|(?<=[^\W\d])(?=\d)", " ", text)).split()
    months, numbers, spare, skip = set(), [], [], False
    for word, following in pairwise([*words, ""]):
        if skip:
            skip = False
        elif word.isdigit():
            numbers.append(word)
        elif month := month_of(f"{word} {following}"):
            months.add(month)
            skip = True
        elif month := month_of(word):
            months.add(month)
        elif is_foreign_month(word):
            raise BadDate(other_calendar())
        elif word not in _FILLERS and not weekday(word):
            spare.append(word)
    if len(months) != 1 or spare:
        raise BadDate(_("This is not a date."))
    if len(numbers) != 2:
        raise BadDate(_("This is not a whole date: day, month and year are needed."))
    day, year = numbers if len(numbers[0]) <= 2 else reversed(numbers)
    return _day(_full_year(year, window), months.pop(), int(day))


_FILLERS = frozenset(("st", "nd", "rd", "th", "de", "del", "er", "of", "le", "ng", "a", "den", "ba", "na"))


def _full_year(year: str, window: Window) -> int:
    """Two digits: the last such year a worker can be born in, or the next century's for papers."""
    number = int(year)
    if len(year) > 2:
        return number
    if window.is_birth:
        born = 2000 + number if 2000 + number <= window.latest.year - YOUNGEST else 1900 + number
        if window.latest.year - born > OLDEST_SHORT:
            raise BadDate(_("19%(year)s or 20%(year)s? Write the year with four digits.", year=year.zfill(2)))
        return born
    return 2000 + number if 2000 + number <= window.latest.year else 1900 + number


def _day(year: int, month: int, day: int) -> date:
    if not 1 <= month <= 12:
        raise BadDate(_("There is no month %(month)s.", month=month))
    if not 1900 <= year <= 2200:
        raise BadDate(_other_year(year))
    try:
        return date(year, month, day)
    except ValueError as problem:
        raise BadDate(_("There is no day %(day)s in that month.", day=day)) from problem


def _other_year(year: int) -> str:
    if 1300 <= year <= 1500:
        return _("The year %(year)s looks like a Hijri year; write the Gregorian day.", year=year)
    if 2400 <= year <= 2700:
        return _("The year %(year)s looks like a Buddhist year; write the Gregorian day.", year=year)
    return _("The year %(year)s cannot be right.", year=year)


def _within(day: date, window: Window) -> date:
    if window.earliest <= day.year and day <= window.latest:
        if window.is_birth and (window.latest.year - day.year) < YOUNGEST:
            raise BadDate(_("A worker born in %(year)s would be a child; is it another calendar, or a slip?", year=day.year))
        return day
    if day > window.latest and day.year >= _SAMBAT_FROM:
        raise BadDate(_("The year %(year)s looks like a Bikram Sambat year; write the Gregorian day.", year=day.year))
    if day > window.latest and window.is_birth:
        raise BadDate(_("This birth date is in the future."))
    raise BadDate(_("The year %(year)s cannot be right.", year=day.year))
