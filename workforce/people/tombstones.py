"""Who was erased on request, without saying who: keyed digests by which an old list that brings them back is noticed.

A stone holds no name, no number and no id. It can only be asked "was it somebody with this passport, or this name and birth date?",
and only with the installation's key.
"""

import uuid
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Protocol

from sqlalchemy import select
from sqlalchemy.orm import Session

from workforce.core import clock, vault
from workforce.core.db import new_id
from workforce.models import Document, Phone, Tombstone, Worker
from workforce.people.phones import INDEX
from workforce.people.shape import identity_index

PURPOSE = "tombstones.mark"
MARK_BYTES = 16


class Facts(Protocol):
    """What a row of a list says of who somebody is."""

    @property
    def name(self) -> str: ...
    @property
    def passport_index(self) -> bytes | None: ...
    @property
    def nationality(self) -> str: ...
    @property
    def born(self) -> str: ...
    @property
    def phones(self) -> tuple[str, ...]: ...


def lay(session: Session, worker: Worker) -> int:
    """Lay the stones of a worker who is about to be erased; how many."""
    passports = select(Document.number_index, Document.issuing_country).where(
        Document.agency_id == worker.agency_id, Document.worker_id == worker.id, Document.kind == "passport"
    )
    phones = select(Phone.number_index).where(Phone.agency_id == worker.agency_id, Phone.worker_id == worker.id)
    found = marks(
        worker.agency_id,
        name=worker.name_folded,
        passports=[(index, country) for index, country in session.execute(passports) if index],
        identity=worker.identity_index,
        phones=session.scalars(phones),
    )
    known = set(session.scalars(select(Tombstone.mark).where(Tombstone.agency_id == worker.agency_id, Tombstone.mark.in_(found))))  # fmt: skip
    on = clock.now().date()
    session.add_all(
        Tombstone(id=new_id(), agency_id=worker.agency_id, mark=mark, erased_on=on) for mark in found - known
    )
    return len(found)


def marks(
    agency_id: uuid.UUID,
    *,
    name: str,
    passports: Iterable[tuple[bytes, str]] = (),
    identity: bytes | None = None,
    phones: Iterable[bytes] = (),
) -> set[bytes]:
    """The marks of one person: of each passport (blind index and country), of name and birth date, of the name with each number."""
    facts = [b"passport|" + index + b"|" + country.encode() for index, country in passports]
    facts += [b"identity|" + identity] if identity else []
    facts += [b"phone|" + index + b"|" + name.encode() for index in phones]
    return {vault.digest(agency_id, PURPOSE, fact)[:MARK_BYTES] for fact in facts}


def erased_on(stones: Mapping[bytes, date], agency_id: uuid.UUID, facts: Facts) -> date | None:
    """The day on which this person, or somebody with their passport, was erased on request."""
    mine = marks(
        agency_id,
        name=facts.name,
        passports=[(facts.passport_index, facts.nationality)] if facts.passport_index else [],
        identity=identity_index(agency_id, facts.name, facts.born) if facts.born else None,
        phones=[vault.blind_index(agency_id, INDEX, number) for number in facts.phones],
    )
    return max((stones[mark] for mark in mine if mark in stones), default=None)


def all_of(session: Session, agency_id: uuid.UUID) -> dict[bytes, date]:
    """Every mark of an agency and the day it was laid. They are few: people ask for it one by one."""
    mine = select(Tombstone.mark, Tombstone.erased_on).where(Tombstone.agency_id == agency_id)
    return {mark: on for mark, on in session.execute(mine)}  # noqa: C416  Rows are not pairs to mypy.
