"""What people choose about a roster: the file, what each column holds, the order of dates, one country for everyone."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from flask_wtf import FlaskForm
from flask_wtf.file import FileField, FileRequired
from wtforms import StringField
from wtforms.validators import Length, Optional

from workforce import countries
from workforce.core.words import _l
from workforce.rosters.dates import Order
from workforce.rosters.headers import Column, Header
from workforce.rosters.heading_words import PHONE_FIELDS
from workforce.rosters.imports import Options

FIELDS: dict[str, Any] = {
    "full_name": _l("Name"),
    "family_name": _l("Family name"),
    "given_names": _l("Given names"),
    "middle_names": _l("Middle names"),
    "name_suffix": _l("Jr., III and the like"),
    "own_script_name": _l("Name in own script"),
    "nationality": _l("Nationality"),
    "host_country": _l("Host country"),
    "birth_date": _l("Born"),
    "sex": _l("Sex"),
    "passport_number": _l("Passport number"),
    "passport_issued_on": _l("Passport issued"),
    "passport_expires_on": _l("Passport runs out"),
    "custody": _l("Passport is with"),
    "visa_number": _l("Visa number"),
    "visa_expires_on": _l("Visa runs out"),
    "permit_number": _l("Permit number"),
    "permit_expires_on": _l("Permit runs out"),
    "exit_permit_expires_on": _l("Exit permit runs out"),
    "contract_starts_on": _l("Contract begins"),
    "contract_ends_on": _l("Contract ends"),
    "employer": _l("Employer"),
    "site": _l("Site"),
    "occupation": _l("Occupation"),
    "phone_host": _l("Phone, host"),
    "phone_home": _l("Phone, home"),
    "phone": _l("Phone"),
    "phone_family": _l("Phone, family"),
    "contact_name": _l("Next of kin"),
    "contact_relation": _l("Relation"),
    "email": _l("E-mail"),
    "language": _l("Language"),
    "address_host": _l("Address, host"),
    "address_home": _l("Address, home"),
    "external_ref": _l("Your number for them"),
    "notes": _l("Notes"),
    "muster_id": _l("Muster's id of them"),
    "muster_check": _l("Muster's check of the row"),
}


class RosterForm(FlaskForm):  # type: ignore[misc]
    """The file."""

    file = FileField(_l("Spreadsheet"), validators=[FileRequired(_l("Choose a file first."))], description=_l("CSV or XLSX, at most 20 MB."))


class MappingForm(FlaskForm):  # type: ignore[misc]
    """A mapping from a file, and what to call it here."""

    file = FileField(_l("File"), validators=[FileRequired(_l("Choose a file first."))], description=_l("A .json file that Muster has written."))
    name = StringField(_l("Name here"), validators=[Optional(), Length(max=80)], description=_l("Otherwise the name in the file."))


def country_choices() -> list[tuple[str, str]]:
    """Every country, by its English name."""
    return sorted(((code, countries.name(code)) for code in countries.all_codes()), key=lambda pair: pair[1])


def chosen(form: Mapping[str, str], header: Header, before: Options) -> Options:
    """The choices in a posted form. What is not a choice of ours is passed over, so that the file's own headings count.

    Another sheet or another row of headings has other columns: what was chosen for the old ones is forgotten.
    """
    sheet, row = form.get("sheet", before.sheet), form.get("header_row", "")
    header_row = int(row) if row.isdigit() and len(row) < 4 else before.header_row
    if form.get("sheet") and sheet != form.get("sheet_was"):
        return replace(Options(), sheet=sheet, empty_clears=before.empty_clears)
    if row and row != form.get("header_row_was"):
        return replace(before, header_row=header_row, mapping={}, dates={}, phones={})
    mapping: dict[int, str | None] = dict(before.mapping)
    dates, phones = dict(before.dates), dict(before.phones)
    for column in header.columns:
        wanted = form.get(f"column-{column.index}")
        if wanted == "" or wanted in FIELDS:
            mapping[column.index] = wanted or None
        order = form.get(f"dates-{column.index}")
        if order in set(Order):
            dates[column.index] = str(order)
        elif order == "":
            dates.pop(column.index, None)
        _phone_country(form.get(f"phones-{column.index}"), column, phones)
    nationality, host = (_country(form.get(name), held) for name, held in (("nationality", before.nationality), ("host", before.host)))
    clears = form.get("empty_clears") == "1" if "empty_clears_asked" in form else before.empty_clears
    return replace(
        before, nationality=nationality, host=host, dates=dates, phones=phones, mapping=_one_column_each(mapping, header), empty_clears=clears
    )


def _phone_country(code: str | None, column: Column, phones: dict[int, str]) -> None:
    if code is not None:
        phones.pop(column.index, None)
    if code and code in countries.all_codes():
        phones[column.index] = code


def _country(code: str | None, held: str | None) -> str | None:
    if code is None:
        return held
    return code if code in countries.all_codes() else None


def _one_column_each(mapping: dict[int, str | None], header: Header) -> dict[int, str | None]:
    """A field that a person gives to a second column leaves the first one; phones may stand in several."""
    changed = {column.index for column in header.columns if column.index in mapping and mapping[column.index] != column.field}
    taken = {mapping[index] for index in changed}
    return {
        index: None if index not in changed and field in taken and field not in PHONE_FIELDS else field for index, field in mapping.items()
    }
