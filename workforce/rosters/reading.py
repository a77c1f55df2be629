"""Reading one row under a header: each cell by its column's field, faults kept beside the cell they belong to."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from typing import Literal, NamedTuple, cast

from workforce import countries
from workforce.core.words import _
from workforce.rosters import cells, dates, dittos, names, phones, relatives
from workforce.rosters.dates import Order, Window
from workforce.rosters.headers import Column, Header
from workforce.rosters.heading_words import DATE_FIELDS, PHONE_FIELDS
from workforce.rosters.sheets import Cell
from workforce.rosters.surveying import Survey

Role = Literal["host", "home", "family"]


class PhoneNumber(NamedTuple):
    """A number in E.164 and whose it is: the worker's in the host country, at home, or the family's."""

    number: str
    role: Role


class Fault(NamedTuple):
    """What is wrong with a field, and the column it came from; None when the file has no such column."""

    field: str
    column: Column | None
    reason: str
    is_lasting: bool = True
    """False where the value was used all the same: never a reason to leave the person out."""


@dataclass
class Reading:
    """One row's values by field, its phones, its faults."""

    values: dict[str, str | date] = field(default_factory=dict)
    phones: list[PhoneNumber] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)


_PLAIN_READERS: dict[str, Callable[[str], str]] = {
    "sex": lru_cache(maxsize=256)(cells.sex),
    "custody": lru_cache(maxsize=1024)(cells.custody),
    "language": lru_cache(maxsize=1024)(cells.language),
    "email": cells.email,
    "passport_number": cells.document_number,
    "visa_number": cells.document_number,
    "permit_number": cells.document_number,
    "notes": cells.notes,
    "muster_id": cells.muster_id,
}
_COUNTRY_FIELDS = ("nationality", "host_country")
_NAME_PARTS = ("full_name", "family_name", "given_names", "middle_names", "name_suffix")


class Reader:
    """Reads rows under `header`, as the survey of the columns says. `assumed` fills fields without a column."""

    def __init__(
        self, header: Header, found: Survey, *, assumed: Mapping[str, str], agency_country: str | None, today: date
    ) -> None:
        self.header = header
        self.agency_country = agency_country
        self.sexes = found.sexes
        self.family = found.family
        self.assumed = dict(assumed)
        self.name_columns = {name: columns[0] for name in _NAME_PARTS if (columns := header.having(name))}
        self.country_columns = {name: columns[0] for name in _COUNTRY_FIELDS if (columns := header.having(name))}
        self.date_columns = [
            (column, found.orders.get(column.index), Window.of(column.field, today), found.doubts.get(column.index))
            for column in header.columns
            if column.field and column.field in DATE_FIELDS
        ]
        self.phone_columns = [column for column in header.columns if column.field in PHONE_FIELDS]
        special = {*_NAME_PARTS, *_COUNTRY_FIELDS, *DATE_FIELDS, *PHONE_FIELDS}
        self.plain_columns = [
            (column, _PLAIN_READERS.get(column.field, cells.words))
            for column in header.columns
            if column.field and column.field not in special and column is not found.family
        ]

    def read(self, row: Sequence[Cell]) -> Reading:
        """Everything `row` says, values and faults."""
        width = len(self.header.columns)
        if len(row) < width:
            row = [*row, *[""] * (width - len(row))]
        reading = Reading()
        self._names(row, reading)
        self._countries(row, reading)
        self._dates(row, reading)
        for column, reader in self.plain_columns:
            if (value := row[column.index]) != "" and (text := cells.text_of(value)):
                try:
                    reading.values[column.field or ""] = reader(self._sex(text) if column.field == "sex" else text)
                except cells.BadCell as problem:
                    reading.faults.append(Fault(column.field or "", column, str(problem)))
        for column in self.phone_columns:
            if (value := row[column.index]) != "":
                self._phone(column, value, reading)
        return reading

    def _dates(self, row: Sequence[Cell], reading: Reading) -> None:
        for column, order, window, doubt in self.date_columns:
            if (value := row[column.index]) == "":
                continue
            if column.with_place:
                value = cast("Cell", dates.after_place(value))
            if doubt and cells.text_of(value) and (reason := doubt(value)):
                reading.faults.append(Fault(column.field or "", column, reason))
            else:
                self._date(column, value, order, window, reading)

    def _sex(self, text: str) -> str:
        meant = self.sexes.get(text.lower(), text)
        if not meant:
            raise cells.BadCell(_("M could be “mujer” or “masculino”. Write it out."))
        return meant

    def _names(self, row: Sequence[Cell], reading: Reading) -> None:
        texts = {name: cells.text_of(row[column.index]) for name, column in self.name_columns.items()}
        whole = texts.get("full_name", "")
        family = names.tidy(texts.get("family_name", ""))
        given = " ".join(filter(None, (names.tidy(texts.get(name, "")) for name in ("given_names", "middle_names"))))
        column = self.name_columns.get("full_name") or next(iter(self.name_columns.values()), None)
        if whole and not family:
            family, split_given = names.split_name(whole)
            given = split_given or given
        full = names.with_suffix(names.display(whole) if whole else f"{given} {family}".strip(), texts.get("name_suffix", ""))
        if not full:
            reading.faults.append(Fault("full_name", column, _("The name is missing.")))
        elif relatives.is_about_family(whole or full) or self._is_relative(row):
            reading.faults.append(Fault("full_name", column, relatives.reason()))
        elif not names.is_name(full) or relatives.is_nobody(full):
            reading.faults.append(Fault("full_name", column, _("This is not a name.")))
        elif len(full) > cells.LONGEST_TEXT:
            reading.faults.append(Fault("full_name", column, _("This is too long for a name.")))
        else:
            reading.values["full_name"] = full
            if names.looks_damaged(full):
                reason = _("Letters of this name were lost or changed on the way. Write it as in the passport.")
                reading.faults.append(Fault("full_name", column, reason, is_lasting=False))
            reading.values.update(
                {name: part for name, part in (("family_name", family), ("given_names", given)) if part}
            )

    def _is_relative(self, row: Sequence[Cell]) -> bool:
        return self.family is not None and relatives.is_relative(cells.text_of(row[self.family.index]))

    def _countries(self, row: Sequence[Cell], reading: Reading) -> None:
        for name in _COUNTRY_FIELDS:
            column = self.country_columns.get(name)
            if column is None:
                if name in self.assumed:
                    reading.values[name] = self.assumed[name]
                else:
                    reading.faults.append(Fault(name, None, _missing(name)))
                continue
            text = cells.text_of(row[column.index])
            if not text:
                reading.faults.append(Fault(name, column, _missing(name)))
                continue
            code, reason = _country(text, self.agency_country)
            if code:
                reading.values[name] = code
            else:
                reading.faults.append(Fault(name, column, reason))

    def _date(self, column: Column, value: Cell, order: Order | None, window: Window, reading: Reading) -> None:
        if isinstance(value, str) and not (value := cells.text_of(value)):
            return
        try:
            reading.values[column.field or ""] = dates.read(value, order, window)
        except dates.BadDate as problem:
            reading.faults.append(Fault(column.field or "", column, str(problem)))

    def _phone(self, column: Column, value: Cell, reading: Reading) -> None:
        if isinstance(value, str) and not cells.text_of(value):
            return
        home, host = reading.values.get("nationality"), reading.values.get("host_country")
        try:
            number = phones.read(value, _regions(column, home, host))
        except phones.BadPhone as problem:
            reading.faults.append(Fault(column.field or "", column, str(problem)))
            return
        reading.values.setdefault(column.field or "", number)
        role = _role(column, number, home, host)
        if all(known.number != number for known in reading.phones):
            reading.phones.append(PhoneNumber(number, role))


@lru_cache(maxsize=4096)
def _regions(column: Column, home: str | None, host: str | None) -> tuple[str, ...]:
    """The countries a local number in this column may belong to."""
    if column.country:
        return (column.country,)
    wanted = {"phone_home": (home,), "phone_family": (home,), "phone_host": (host,)}.get(
        column.field or "", (host, home)
    )
    return tuple(region for region in wanted if region)


def _role(column: Column, number: str, home: str | date | None, host: str | date | None) -> Role:
    """Whose number: as the heading says, else by the country the number itself belongs to."""
    if column.field == "phone_family":
        return "family"
    if column.field in {"phone_home", "phone_host"}:
        return "home" if column.field == "phone_home" else "host"
    if home == host:
        return "host"
    return "home" if phones.belongs_to(number, str(home)) else "host"


@lru_cache(maxsize=4096)
def _country(text: str, agency_country: str | None) -> tuple[str | None, str]:
    if text.upper() == "NA":  # Namibia's code, and what people write for "not available".
        return None, _("“NA” can be Namibia, or mean that it is not known. Write the country's name.")
    if text.upper() == "SL" and agency_country != "SL":
        return None, _("“SL” can be Sri Lanka or Sierra Leone. Write the country's name.")
    if text.upper() == "DO" and agency_country != "DO":
        return None, _("“DO” can be the Dominican Republic, or mean the same as above. Write the country's name.")
    if dittos.is_ditto(text):
        return None, _("This says “the same as above”, and nothing stands above. Write the country's name.")
    try:
        return countries.find(text), ""
    except (countries.UnknownCountry, countries.AmbiguousCountry) as problem:
        return None, str(problem)


def _missing(name: str) -> str:
    return _("The nationality is missing.") if name == "nationality" else _("The host country is missing.")
