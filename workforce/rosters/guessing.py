"""Headings that say nothing to us: which row they may be, and what each column may hold by what stands in it.

A guess is only ever a proposal on the page of columns. A command never guesses.
"""

import re
from collections.abc import Sequence
from datetime import date
from itertools import pairwise

from workforce import countries
from workforce.rosters import cells, headers, names
from workforce.rosters.dates import year_in
from workforce.rosters.heading_words import NAME_FIELDS
from workforce.rosters.sheets import Cell, Row

_MOST = 0.6
_FEWEST = 2
_PASSPORT = re.compile(r"[A-Z]{1,2} ?\d{6,8}|[01]\d{7}").fullmatch
"""Nepal's older passports are eight bare digits; the Gulf's phones of eight digits begin higher."""
_PHONE = re.compile(r"(?:\+|00|0)[\d\s().-]{8,18}").fullmatch
_DATE = re.compile(r"\d{1,4}[/.-]\w{1,9}[/.-]\d{1,4}").fullmatch
_SEXES = {"m", "f", "male", "female"}
_YOUNGEST = 14


def guess(rows: Sequence[Row], today: date) -> tuple[int, dict[int, str | None]] | None:
    """The row of headings, 0 where the first row is somebody already, and what columns may hold. None when no column has names."""
    at = _heading_row(rows)
    below = [list(row) for number, row in rows if number > at and sum(cell != "" for cell in row) >= _FEWEST]
    width = max(map(len, below), default=0)
    header = headers.understand_header(rows, row=at) if at else None
    known = {column.index: column.field for column in header.columns if column.field} if header else {}
    found: dict[int, str | None] = dict(known)
    for index in sorted(range(width), key=lambda index: index in known):  # A heading that we know gives way only to a name.
        said = [row[index] for row in below if index < len(row) and cells.text_of(row[index])]
        field = _field_of(said, today)
        if field == "host_country" and "host_country" in found.values():
            field = "nationality"
        if index in known and (field != "full_name" or NAME_FIELDS & set(found.values())):
            continue
        if field and (field not in found.values() or field == "phone"):
            found[index] = field
    if not {"host_country", "nationality"} & set(known.values()):
        _settle_countries(found, below)
    return (at, found) if NAME_FIELDS & set(found.values()) else None


def _heading_row(rows: Sequence[Row]) -> int:
    for (number, row), (_below_number, below) in pairwise(rows):
        words = [cell for cell in row if cell != ""]
        filled = sum(cell != "" for cell in below)
        if len({str(word) for word in words}) >= _FEWEST and filled >= _FEWEST and headers.could_be_headings(row):
            return 0 if any(_is_country(str(word)) for word in words) else number
        if len(words) >= _FEWEST:
            return 0  # Numbers or days: somebody's row already.
    return 0


def _field_of(said: Sequence[Cell], today: date) -> str | None:
    texts = [cells.text_of(cell) for cell in said]
    if not texts:
        return None
    years = [cell.year if isinstance(cell, date) else year_in(str(cell)) for cell in said if isinstance(cell, date) or _DATE(str(cell))]
    if len(years) >= _MOST * len(texts):
        return "birth_date" if sum(0 < year <= today.year - _YOUNGEST for year in years) >= _MOST * len(years) else None
    tests = {
        "email": lambda text: "@" in text,
        "sex": lambda text: text.lower() in _SEXES,
        "host_country": _is_country,
        "passport_number": lambda text: bool(_PASSPORT(text.upper())),
        "phone": lambda text: bool(_PHONE(text)),
        "full_name": lambda text: len(text.split()) > 1 and names.is_name(text) and not any(map(str.isdigit, text)),
    }
    return next((field for field, test in tests.items() if sum(map(test, texts)) >= _MOST * len(texts)), None)


def _settle_countries(found: dict[int, str | None], below: Sequence[list[Cell]]) -> None:
    """Of two columns of countries the one with fewer of them is the nationality: people come from few, and go to several. Of two alike it is the first."""
    columns = {field: index for index, field in found.items() if field in {"host_country", "nationality"}}
    if len(columns) == len(("host_country", "nationality")):
        kinds = {field: len({row[index] for row in below if index < len(row)}) for field, index in columns.items()}
        if kinds["host_country"] < kinds["nationality"] or (kinds["host_country"] == kinds["nationality"] and columns["host_country"] < columns["nationality"]):
            found[columns["host_country"]], found[columns["nationality"]] = "nationality", "host_country"


def _is_country(text: str) -> bool:
    try:
        return bool(countries.find(text))
    except countries.AmbiguousCountry:
        return True
    except countries.UnknownCountry:
        return False
