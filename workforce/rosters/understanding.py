"""From a sheet to people: every row's values, what is wrong with which cell, and what only a person can decide."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import islice
from typing import Literal

from workforce import countries
from workforce.core.words import _
from workforce.rosters import cells, dittos, headers, names, recollection
from workforce.rosters.dates import day_from_1904
from workforce.rosters.headers import Column, Header, letter_of
from workforce.rosters.heading_words import DATE_FIELDS
from workforce.rosters.reading import PhoneNumber, Reader, Reading
from workforce.rosters.rows import Kind, follows_signature, kind_of
from workforce.rosters.sheets import BadFile, Cell, NoHeadings, Sheet
from workforce.rosters.surveying import Chosen, Question, survey

__all__ = ["PhoneNumber", "Problem", "Question", "RosterRow", "Understood", "understand"]

MOST_OTHERS = 5
MANDATORY = ("full_name", "nationality", "host_country")


@dataclass(frozen=True)
class Problem:
    """One cell that could not be used. `rejected`: the person is left out; `flagged`: created without it."""

    row: int
    letter: str
    column: str
    """The column's heading, else its letter; the field's plain name when the file has no such column."""
    field: str
    value: str
    reason: str
    kind: Literal["rejected", "flagged"]


@dataclass
class RosterRow:
    """One person's row. `values` holds what could be read, by field: text, ISO codes, dates, E.164 numbers."""

    row_number: int
    values: dict[str, str | date]
    phones: list[PhoneNumber]
    problems: list[Problem]
    original: Sequence[Cell]
    repeat_of: int | None = None
    """The earlier row of this file with the very same cells."""
    same_passport_as: int | None = None
    """The earlier row with this passport, when the names agree well enough to be one person's."""

    @property
    def rejected(self) -> bool:
        return any(problem.kind == "rejected" for problem in self.problems)


@dataclass
class Understood:
    """A sheet understood. `rows()` reads it from the top, a row at a time; `skipped` is complete once it has run out."""

    sheet: Sheet
    header: Header
    reader: Reader
    notes: list[str]
    questions: list[Question]
    missing: list[str]
    """Mandatory fields without column or answer: with any, every row is rejected."""
    skipped: Counter[str] = field(default_factory=Counter)
    empty_clears: bool = False
    """Whether an empty cell takes away what is known about somebody on file."""

    def rows(self) -> Iterator[RosterRow]:
        """Every row that is about a person. May be called again."""
        self.skipped.clear()
        identities = _Identities(self.header)
        signing, above = False, dittos.Above(self.header)
        for number, original in self._lines():
            kind = kind_of(original, self.header)
            if kind is Kind.PERSON and signing and follows_signature(original, self.header):
                kind = Kind.SIGNATURE
            signing = kind is Kind.SIGNATURE or (signing and kind is Kind.BLANK)
            if kind is not Kind.PERSON:
                self.skipped[kind] += 1
                continue
            original = above.written_out(original)  # noqa: PLW2901  The rejects say what it meant: alone, a ditto says nothing.
            reading = self.reader.read(original)
            problems = _problems(number, original, reading, self.header)
            row = RosterRow(number, reading.values, reading.phones, problems, original)
            identities.look(row)
            yield row

    def _lines(self) -> Iterator[tuple[int, Sequence[Cell]]]:
        """The rows below the headings; bare numbers in columns of dates as days, where the workbook counts from 1904."""
        below = islice(self.sheet.rows(), self.header.row_number, None)
        if not self.sheet.counts_from_1904:
            return iter(below)
        columns = [column.index for column in self.header.columns if column.field in DATE_FIELDS]
        return ((number, _from_1904(row, columns)) for number, row in below)


def understand(
    sheet: Sheet,
    *,
    agency_country: str | None,
    today: date,
    nationality: str | None = None,
    host: str | None = None,
    dates: Chosen = None,
    mapping: Mapping[int, str | None] | None = None,
    header_row: int | None = None,
) -> Understood:
    """Understand `sheet`: find its header, decide the order of its dates, and get ready to read its rows.

    `nationality` and `host` (ISO alpha-2) stand in for a missing column; without `nationality` the agency's country does.
    `dates` settles columns that prove no order, all of them or by column index; `mapping` is a person's choice of
    columns, `header_row` of the row of headings. Raises NoHeadings when no row names the columns, BadFile when nobody stands below them.
    """
    header = headers.understand_header(sheet.top(), mapping, row=header_row)
    if header is None:
        raise NoHeadings(_("No row with column headings was found. One column must be called “Name”."))
    if not mapping and (second := headers.beside(header, sheet.top())):
        raise BadFile(_("Column %(letter)s begins another table beside the first. Put each table into a file of its own.", letter=second.letter))
    notes, assumed = _assume(header, agency_country, nationality, host)
    if sheet.others:
        others = ", ".join(sheet.others[:MOST_OTHERS])
        notes.append(_("Only the sheet “%(name)s” is read, and not %(others)s. Import those one by one, or put their rows below these.", name=sheet.name, others=others))
    found = survey(sheet, header, dates, today)
    missing = [name for name in ("nationality", "host_country") if name not in header.fields and name not in assumed]
    reader = Reader(header, found, assumed=assumed, agency_country=agency_country, today=today)
    return Understood(sheet, header, reader, notes, found.questions, missing)


def _assume(
    header: Header, agency: str | None, nationality: str | None, host: str | None
) -> tuple[list[str], dict[str, str]]:
    notes, assumed = [], {}
    if "nationality" not in header.fields and nationality:
        assumed["nationality"] = nationality
        notes.append(
            _(
                "Everyone's nationality is taken to be %(country)s: the file has no such column.",
                country=countries.in_sentence(nationality),
            )
        )
    elif "nationality" not in header.fields and agency:
        assumed["nationality"] = agency
        country = countries.in_sentence(agency)
        note = _(
            "The agency's country, %(country)s, is taken as everyone's nationality: the file has no such column.",
            country=country,
        )
        notes.append(note)
    if "host_country" not in header.fields and host:
        assumed["host_country"] = host
        notes.append(
            _(
                "Everyone's host country is taken to be %(country)s: the file has no such column.",
                country=countries.in_sentence(host),
            )
        )
    elif "host_country" not in header.fields:
        notes.append(_("The file has no column for the host country. Choose the column, or one country for everyone."))
    return notes, assumed


def _problems(number: int, original: Sequence[Cell], reading: Reading, header: Header) -> list[Problem]:
    """The reading's faults as problems, each with its cell. A mandatory field's fault costs the row."""
    problems: list[Problem] = []
    if not reading.faults and len(original) <= len(header.columns):
        return problems
    for name, column, reason, is_lasting in sorted(
        reading.faults, key=lambda fault: fault.column.index if fault.column else -1
    ):
        kind: Literal["rejected", "flagged"] = "rejected" if name in MANDATORY and is_lasting else "flagged"
        letter, title = (column.letter, column.title) if column else ("", title_of(name))
        value = cells.text_of(original[column.index]) if column and column.index < len(original) else ""
        problems.append(Problem(number, letter, title, name, value, reason, kind))
    width = len(header.columns)
    beyond = next((index for index in range(width, len(original)) if original[index] != ""), None)
    if beyond is not None:
        reason = _("This row has more cells than there are headings: a separator inside a cell may have moved them.")
        letter, value = letter_of(beyond), cells.text_of(original[beyond])
        problems.append(Problem(number, letter, letter, "", value, reason, "flagged"))
    return problems


def _from_1904(row: Sequence[Cell], columns: Sequence[int]) -> Sequence[Cell]:
    days = {index: day for index in columns if index < len(row) and (day := day_from_1904(row[index]))}
    return [days.get(index, cell) for index, cell in enumerate(row)] if days else row


def title_of(name: str) -> str:
    """A mandatory field's plain name, for files without such a column."""
    return {"full_name": _("Name"), "nationality": _("Nationality"), "host_country": _("Host country")}.get(name, name)


class _Identities:
    """What the file has said so far about who is who: passports with their names, rows already seen."""

    def __init__(self, header: Header) -> None:
        self.said = recollection.Rows()
        self.columns = header.columns
        self.passport_column = self._column("passport_number")
        self.name_column = next((c for c in header.columns if c.field in {"full_name", "family_name"}), None)

    def look(self, row: RosterRow) -> None:
        """Mark repeats, and judge a passport that an earlier row has too."""
        if row.rejected:
            return
        values = row.values
        content = hash((tuple(values.items()), tuple(row.phones)))
        first = self.said.first_with(content, row.row_number)
        row.repeat_of = None if first == row.row_number else first
        passport = values.get("passport_number")
        if not passport:
            return
        name, nationality, born = names.folded(str(values["full_name"])), str(values["nationality"]), _said(values.get("birth_date", ""))
        first_row, (first_name, first_nationality, first_born) = self.said.first_of(hash(passport), row.row_number, name, nationality, born)
        self._look_closer(row, first_row, (first_name, first_nationality, first_born), (name, nationality, born))
        if first_nationality != nationality:
            first_row, (first_name,) = self.said.first_of(hash((passport, nationality)), row.row_number, name)
        if first_row == row.row_number:
            return
        if not names.one_person(first_name, name):
            reason = _("Row %(row)s has this passport under another name.", row=first_row)
            row.problems.append(
                _problem(row, self.passport_column, "passport_number", str(passport), reason, "rejected")
            )
            return
        row.same_passport_as = first_row
        if first_name != name:
            reason = _("Row %(row)s has this passport and writes the name another way.", row=first_row)
            row.problems.append(
                _problem(row, self.name_column, "full_name", str(values["full_name"]), reason, "flagged")
            )

    def _look_closer(self, row: RosterRow, first_row: int, first: tuple[str, str, str], this: tuple[str, str, str]) -> None:
        """One person's rows that contradict each other in birth date or nationality: the first speaks, and the later one is flagged."""
        (first_name, first_nationality, first_born), (name, nationality, born) = first, this
        if first_row == row.row_number or not names.one_person(first_name, name):
            return
        if nationality != first_nationality and born and born == first_born:
            reason = _("Row %(row)s is the same person with another nationality.", row=first_row)
            row.problems.append(_problem(row, self._column("nationality"), "nationality", nationality, reason, "flagged"))
        elif nationality == first_nationality and born and first_born and born != first_born:
            reason = _("Row %(row)s has this passport with another birth date.", row=first_row)
            row.problems.append(_problem(row, self._column("birth_date"), "birth_date", born, reason, "flagged"))

    def _column(self, name: str) -> Column | None:
        return next((column for column in self.columns if column.field == name), None)


def _said(value: str | date) -> str:
    return value.isoformat() if isinstance(value, date) else value


def _problem(
    row: RosterRow, column: Column | None, name: str, value: str, reason: str, kind: Literal["rejected", "flagged"]
) -> Problem:
    letter, title = (column.letter, column.title) if column else ("", name)
    return Problem(row.row_number, letter, title, name, value, reason, kind)
