"""From what is known about a worker to the columns of their row: the form and the roster import both come through here."""

import re
import uuid
from collections.abc import Mapping
from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from workforce import countries
from workforce.core import vault
from workforce.core.words import _
from workforce.models import Worker
from workforce.people.wrong import WrongField
from workforce.rosters.names import display, folded, is_name, split_name

PLAIN = ("own_script_name", "second_nationality", "language", "preferred_channel", "external_ref")
LISTS = ("aliases", "languages")
SEALED = ("birth_date", "birthplace", "sex", "blood_group", "email", "address_host", "address_home", "notes")
FIELDS = ("full_name", "family_name", "given_names", "nationality", "host_country", *PLAIN, *LISTS, *SEALED)
OLDEST_YEARS = 110
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+").fullmatch


def columns(db: Session, agency_id: uuid.UUID, worker_id: uuid.UUID, values: Mapping[str, Any]) -> dict[str, Any]:
    """Column → value for the worker's row, sealed where it must be: fit for `Worker(**…)`, an insert or an update.

    Only fields that `values` has are answered, so that an import changes no more than its file knows. `full_name` may be
    "Family, Given". `birth_date` is a date or ISO text; `identity_index` comes along when `full_name` is among the values.
    Names and codes are not checked here: see `check`. About 10 µs a sealed value.
    """
    row: dict[str, Any] = {**_names(values), **{name: _text(values[name]) for name in PLAIN if name in values}}
    row |= {name: list(values[name] or ()) for name in LISTS if name in values}
    row |= {name: str(values[name]).upper() for name in ("nationality", "host_country") if name in values}
    for name in SEALED:
        if name in values:
            row[f"{name}_sealed"] = _sealed(db, agency_id, worker_id, f"{name}_sealed", _text(values[name]))
    if "email" in values:
        email = _text(values["email"])
        row["email_index"] = vault.blind_index(agency_id, "workers.email", email.casefold()) if email else None
    if "name_folded" in row and "birth_date" in values:
        row["identity_index"] = identity_index(agency_id, row["name_folded"], _text(values["birth_date"]))
    return row


def identity_index(agency_id: uuid.UUID, name_folded: str, birth_date: str) -> bytes | None:
    """Under which the same name with the same birth date (ISO) is found again; None without a birth date."""
    return vault.blind_index(agency_id, "workers.identity", f"{name_folded}|{birth_date}") if birth_date else None


def check(values: Mapping[str, Any], today: date) -> None:
    """Raises WrongField for the first value that cannot be used. The three mandatory ones must be there."""
    if not is_name(_text(values.get("full_name"))):
        raise WrongField("full_name", _("Type the name as it stands in the passport, in letters."))
    for name in ("nationality", "host_country", "second_nationality"):
        code = _text(values.get(name)).upper()
        if code not in countries.all_codes() and (code or name != "second_nationality"):
            raise WrongField(name, _("Choose a country."))
    born = values.get("birth_date")
    if isinstance(born, date) and not (today.year - OLDEST_YEARS <= born.year and born <= today):
        raise WrongField("birth_date", _("This cannot be a birth date. Look at the year again."))
    email = _text(values.get("email"))
    if email and not _EMAIL(email):
        raise WrongField("email", _("This is not an e-mail address."))


def _names(values: Mapping[str, Any]) -> dict[str, str]:
    if "full_name" not in values:
        return {}
    typed = " ".join(_text(values["full_name"]).split())
    family, given = _text(values.get("family_name")), _text(values.get("given_names"))
    if not family:
        family, given = split_name(typed)
    full = display(typed)
    listed = f"{family}, {given}" if family and given else full
    return {
        "full_name": full[:160],
        "family_name": family[:80],
        "given_names": given[:120],
        "name_folded": folded(full)[:200],
        "sort_name": listed.casefold()[:200],
    }


def _sealed(db: Session, agency_id: uuid.UUID, worker_id: uuid.UUID, column: str, value: str) -> bytes | None:
    return vault.seal_value(db, agency_id, worker_id, Worker.__tablename__, column, worker_id, value) if value else None


def _text(value: Any) -> str:
    if value is None:
        return ""
    return value.isoformat() if isinstance(value, date) else str(value).strip()
