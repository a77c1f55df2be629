"""Agencies: the tenants. Everything else belongs to one."""

import uuid

from sqlalchemy import select
from sqlalchemy.orm import Session

from workforce.core import audit, clock, db, tenancy, vault
from workforce.core.audit import AuditHead
from workforce.core.errors import Conflict, Invalid, NotFound
from workforce.core.words import _
from workforce.models import Agency

ZONES = {"PH": "Asia/Manila", "NP": "Asia/Kathmandu", "BD": "Asia/Dhaka", "ID": "Asia/Jakarta", "KE": "Africa/Nairobi", "LK": "Asia/Colombo", "ET": "Africa/Addis_Ababa", "IN": "Asia/Kolkata", "PK": "Asia/Karachi"}


def create(*, name: str, country: str, short_name: str = "", zone: str = "", is_demo: bool = False) -> Agency:
    """A new agency with its key and the head of its audit chain. Raises Conflict when the name is taken.

    `country` is ISO 3166-1 alpha-2; `zone` an IANA key, else the sending country's usual one.
    """
    name = " ".join(name.split())
    if not name:
        raise Invalid(_("An agency needs a name."))
    made = Agency(
        id=db.new_id(),
        name=name,
        short_name=(short_name or name.split()[0]).upper()[:11],
        country=country.upper(),
        zone=zone or ZONES.get(country.upper(), "UTC"),
        is_demo=is_demo,
        created_at=clock.now(),
    )
    with tenancy.agency(made.id), db.transaction() as session:
        if session.scalar(select(Agency.id).where(Agency.name == name)):
            raise Conflict(_("There is already an agency called %(name)s.", name=name))
        session.add(made)
        session.flush()
        vault.open_agency(session, made.id)
        session.add(AuditHead(agency_id=made.id, seq=0, mac=b""))
        audit.record(session, tenancy.System(made.id), "agency.create", made)
    return made


def only_one(name: str | None = None) -> Agency:
    """The agency called `name`; without a name the only one there is. Raises NotFound, Invalid."""
    with db.reading() as session:
        if name:
            found = session.scalar(select(Agency).where(Agency.name == name))
            if found is None:
                raise NotFound(_("There is no agency called %(name)s.", name=name))
            return found
        every = session.scalars(select(Agency).limit(2)).all()
    if not every:
        raise NotFound(_("There is no agency yet. Make one: muster agencies create NAME --country XX."))
    if len(every) > 1:
        raise Invalid(_("There are several agencies. Say which: --agency NAME."))
    return every[0]


def every_id() -> list[uuid.UUID]:
    """All agencies that are not suspended, for jobs that go through them one by one."""
    with db.reading() as session:
        return list(session.scalars(select(Agency.id).where(Agency.suspended_at.is_(None)).order_by(Agency.name)))


def get(session: Session, agency_id: uuid.UUID) -> Agency:
    """The agency with this id. Raises NotFound."""
    found = session.get(Agency, agency_id)
    if found is None:
        raise NotFound(_("No such agency."))
    return found
