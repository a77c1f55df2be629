"""The columns of an exported list, and a mark a row that tells which of its cells were edited since.

A mark has three keyed bytes for each cell as it was written. It says nothing without the agency's key, and it travels
with its row however the list is sorted.
"""

import base64
import uuid
from collections.abc import Sequence
from typing import NamedTuple

from workforce.core import vault
from workforce.countries import plain
from workforce.rosters.portraits import Portrait

CELL_BYTES = 3
_SEVERAL = frozenset({"phone_host", "phone_home", "phone", "phone_family"})


class Exported(NamedTuple):
    """One column: the field, the heading that the import reads as that field, and which of several numbers it holds."""

    field: str
    heading: str
    nth: int = 0


ID_HEADING, MARK_HEADING = "Muster ID", "Muster check (leave as it is)"
COLUMNS = (
    Exported("full_name", "Name"),
    Exported("own_script_name", "Name in own script"),
    Exported("nationality", "Nationality"),
    Exported("host_country", "Host country"),
    Exported("birth_date", "Date of birth"),
    Exported("sex", "Sex"),
    Exported("passport_number", "Passport number"),
    Exported("passport_issued_on", "Passport issued"),
    Exported("passport_expires_on", "Passport expiry"),
    Exported("custody", "Passport with"),
    Exported("visa_number", "Visa number"),
    Exported("visa_expires_on", "Visa expiry"),
    Exported("permit_number", "Permit number"),
    Exported("permit_expires_on", "Permit expiry"),
    Exported("exit_permit_expires_on", "Exit permit expiry"),
    Exported("contract_starts_on", "Contract start"),
    Exported("contract_ends_on", "Contract end"),
    Exported("employer", "Employer"),
    Exported("site", "Site"),
    Exported("occupation", "Occupation"),
    Exported("phone_host", "Mobile (host)"),
    Exported("phone_host", "Mobile (host) 2", 1),
    Exported("phone_home", "Mobile (home)"),
    Exported("phone_home", "Mobile (home) 2", 1),
    Exported("phone", "Phone"),
    Exported("contact_name", "Next of kin"),
    Exported("contact_relation", "Relationship"),
    Exported("phone_family", "Next of kin phone"),
    Exported("email", "E-mail"),
    Exported("language", "Language"),
    Exported("address_host", "Address (host)"),
    Exported("address_home", "Address (home)"),
    Exported("external_ref", "Reference"),
    Exported("notes", "Notes"),
)
SLOTS = {plain(column.heading): slot for slot, column in enumerate(COLUMNS)}


def texts(said: Portrait) -> list[str]:
    """A worker's cells in the order of `COLUMNS`."""
    found = []
    for column in COLUMNS:
        text = said.get(column.field, "")
        if column.field in _SEVERAL:
            numbers = text.split(", ") if text else []
            text = numbers[column.nth] if column.nth < len(numbers) else ""
        found.append(" ".join(text.split()))
    return found


def mark(agency_id: uuid.UUID, worker_id: uuid.UUID, cells: Sequence[str]) -> str:
    """The mark of a row whose cells say this."""
    return base64.urlsafe_b64encode(b"".join(_cell(agency_id, worker_id, slot, text) for slot, text in enumerate(cells))).decode()


def is_as_written(agency_id: uuid.UUID, worker_id: uuid.UUID, marked: str, slot: int, said: Sequence[str]) -> bool:
    """Whether one of the texts is what the cell said when the list was written. A mark that is none says no."""
    try:
        written = base64.urlsafe_b64decode(marked)[slot * CELL_BYTES : (slot + 1) * CELL_BYTES]
    except ValueError:
        return False
    return any(_cell(agency_id, worker_id, slot, text) == written for text in said)


def _cell(agency_id: uuid.UUID, worker_id: uuid.UUID, slot: int, text: str) -> bytes:
    said = f"{worker_id.hex}|{COLUMNS[slot].field}|{COLUMNS[slot].nth}|{text}"
    return vault.digest(agency_id, "roster_export.cell", said.encode())[:CELL_BYTES]
