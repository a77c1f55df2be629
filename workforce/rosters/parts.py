"""What a row says, sorted by where it goes: papers, the place of work, numbers, contacts."""

import uuid
from collections.abc import Iterable
from datetime import date
from typing import Literal, NamedTuple

from sqlalchemy import func, insert, select, update
from sqlalchemy.orm import Session

from workforce.core import vault
from workforce.core.db import new_id
from workforce.core.words import _
from workforce.models import Employer, Phone, Site
from workforce.papers.documents import number_index
from workforce.people import shape
from workforce.people.phones import INDEX as PHONE_INDEX
from workforce.rosters.names import folded
from workforce.rosters.understanding import RosterRow

# What an agency's people most often read, where the file does not say. Others begin with English.
LANGUAGES = {"PH": "tl", "ID": "id", "NP": "ne", "BD": "bn", "PK": "ur", "ET": "am"}


class Paper(NamedTuple):
    """One paper as a row has it."""

    kind: str
    country: str
    number: str
    number_index: bytes | None
    issued_on: date | None
    expires_on: date | None
    custody: str


class Kin(NamedTuple):
    """Somebody to call, as a row has them; `number` is E.164 or ""."""

    full_name: str
    relation: str
    number: str


class _Source(NamedTuple):
    kind: str
    number: str
    issued: str
    expires: str
    country: Literal["nationality", "host_country"]


_PAPERS = (
    _Source("passport", "passport_number", "passport_issued_on", "passport_expires_on", "nationality"),
    _Source("visa", "visa_number", "", "visa_expires_on", "host_country"),
    _Source("residence_permit", "permit_number", "", "permit_expires_on", "host_country"),
    _Source("exit_permit", "", "", "exit_permit_expires_on", "host_country"),
    _Source("contract", "", "contract_starts_on", "contract_ends_on", "host_country"),
)
NUMBER_FIELDS = {"passport": "passport_number", "visa": "visa_number", "residence_permit": "permit_number"}
PERIODS = (("passport_issued_on", "passport_expires_on"), ("contract_starts_on", "contract_ends_on"))
PERSON_FIELDS = frozenset(shape.FIELDS)


def person_of(row: RosterRow) -> dict[str, str | date]:
    """The values that belong to the worker's own row."""
    return {name: value for name, value in row.values.items() if name in PERSON_FIELDS}


def papers_of(agency_id: uuid.UUID, row: RosterRow) -> list[Paper]:
    """The papers a row tells anything about; `number_index` is the blind index of the number."""
    values, found = row.values, []
    for source in _PAPERS:
        number = str(values.get(source.number, ""))
        issued_on, expires_on = values.get(source.issued), values.get(source.expires)
        custody = str(values.get("custody", "")) if source.kind == "passport" else ""
        if number or issued_on or expires_on or custody:
            days = (issued_on if isinstance(issued_on, date) else None, expires_on if isinstance(expires_on, date) else None)
            index = number_index(agency_id, number) if number else None
            found.append(Paper(source.kind, str(values[source.country]), number, index, *days, custody))
    return found


def kin_of(row: RosterRow) -> list[Kin]:
    """Whom to call: the named contact has the first family number; further numbers are the family's."""
    numbers = [phone.number for phone in row.phones if phone.role == "family"]
    name = " ".join(str(row.values.get("contact_name", "")).split())[:160]
    if not name and not numbers:
        return []
    first = Kin(name or _("Family"), str(row.values.get("contact_relation", ""))[:40], numbers[0] if numbers else "")
    return [first, *(Kin(_("Family"), "", number) for number in numbers[1:])]


def mark_shared(db: Session, agency_id: uuid.UUID, indexes: Iterable[bytes], *, only_new: bool = False) -> None:
    """Set `is_shared` on every phone of these numbers, as many at once as there are: true where several workers have it.

    `only_new`: numbers were only added, so that none has ceased to be shared.
    """
    wanted = set(indexes)
    if not wanted:
        return
    workers = func.count(Phone.worker_id.distinct())
    counted = select(Phone.number_index).where(Phone.agency_id == agency_id, Phone.number_index.in_(wanted))
    shared = set(db.scalars(counted.group_by(Phone.number_index).having(workers > 1)))
    for indexes_now, value in ((shared, True), (set() if only_new else wanted - shared, False)):
        if indexes_now:
            changed = update(Phone).where(Phone.agency_id == agency_id, Phone.number_index.in_(indexes_now), Phone.is_shared.is_(not value))
            db.execute(changed.values(is_shared=value), execution_options={"synchronize_session": False})


def phone_index(agency_id: uuid.UUID, number: str) -> bytes:
    """The blind index of an E.164 number."""
    return vault.blind_index(agency_id, PHONE_INDEX, number)


class Places:
    """Employers and sites by folded name, found or made by `import_id`; without one they get ids and are not written."""

    def __init__(self, db: Session, agency_id: uuid.UUID, *, import_id: uuid.UUID | None) -> None:
        self.db, self.agency_id, self.import_id = db, agency_id, import_id
        employers = select(Employer.name_folded, Employer.id).where(Employer.agency_id == agency_id)
        sites = select(Site.country, Site.name_folded, Site.id).where(Site.agency_id == agency_id)
        self.employers = dict(db.execute(employers).all())
        self.sites = {(country, name): found for country, name, found in db.execute(sites)}
        self._new_employers: list[dict[str, object]] = []
        self._new_sites: list[dict[str, object]] = []
        self.called: dict[uuid.UUID, str] = {}
        """How the ones made here are called."""

    def employer(self, name: str, country: str) -> uuid.UUID | None:
        """The employer of this name; None for no name."""
        name = " ".join(name.split())[:160]
        key = folded(name)[:160]
        if not key:
            return None
        if key not in self.employers:
            self.employers[key] = new_id()
            made = {"id": self.employers[key], "agency_id": self.agency_id, "name": name, "name_folded": key, "country": country, "import_id": self.import_id}
            self._new_employers.append(made)
            self.called[self.employers[key]] = name
        return self.employers[key]

    def site(self, name: str, country: str) -> uuid.UUID | None:
        """The site of this name in this country; None for no name."""
        name = " ".join(name.split())[:160]
        key = (country, folded(name)[:160])
        if not key[1]:
            return None
        if key not in self.sites:
            self.sites[key] = new_id()
            made = {"id": self.sites[key], "agency_id": self.agency_id, "name": name, "name_folded": key[1], "country": country, "town": "", "zone": "", "import_id": self.import_id}
            self._new_sites.append(made)
            self.called[self.sites[key]] = name
        return self.sites[key]

    def write(self) -> None:
        """Insert the new ones; before the deployments that point to them."""
        if self._new_employers and self.import_id:
            self.db.execute(insert(Employer), self._new_employers)
        if self._new_sites and self.import_id:
            self.db.execute(insert(Site), self._new_sites)
        self._new_employers, self._new_sites = [], []
