"""What is compared, read from the records, and the keys under which two records may meet.

Nobody is compared with everybody: two records are weighed only if they share a key: a passport number, a phone number, or a birth
date and a part of the name, or the whole name by its sound. A key that very many share (a common name, a room's phone) says nothing.
"""

import uuid
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from workforce.core import vault
from workforce.duplicates import likeness
from workforce.duplicates.weighing import SMALL_ROOM, Facts, alike_number, birth_key
from workforce.models import Contact, Document, DocumentVersion, Phone, Worker
from workforce.papers.documents import clean_number

BATCH = 500
KEY_BYTES = 8
LEAST_PARTS = 2


def facts_of(db: Session, agency_id: uuid.UUID, ids: Iterable[uuid.UUID]) -> dict[uuid.UUID, Facts]:
    """What is compared of these workers, archived ones too, in clear: about 0.1 ms a worker."""
    found: dict[uuid.UUID, Facts] = {}
    wanted = list(ids)
    for start in range(0, len(wanted), BATCH):
        some = wanted[start : start + BATCH]
        vault.prefetch(db, some)
        found.update(_batch(db, agency_id, some))
        vault.forget_keys(db)
    return found


def _batch(db: Session, agency_id: uuid.UUID, ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, Facts]:
    papers, active = _passports(db, agency_id, ids)
    phones = _grouped(db, select(Phone.worker_id, Phone.number_index).where(Phone.agency_id == agency_id, Phone.worker_id.in_(ids)))
    kin = _grouped(
        db,
        select(Contact.worker_id, Contact.phone_index).where(
            Contact.agency_id == agency_id, Contact.worker_id.in_(ids), Contact.phone_index.is_not(None)
        ),
    )
    rows = select(
        Worker.id, Worker.full_name, Worker.own_script_name, Worker.aliases, Worker.nationality, Worker.second_nationality,
        Worker.birth_date_sealed, Worker.sex_sealed, Worker.email_index, Worker.external_ref,
    ).where(Worker.agency_id == agency_id, Worker.id.in_(ids))  # fmt: skip
    return {
        row.id: Facts(
            worker_id=row.id,
            names=[name for name in (row.full_name, row.own_script_name, *(row.aliases or ())) if name],
            nationality=row.nationality,
            second_nationality=row.second_nationality,
            born=_day(_clear(db, agency_id, row.id, "birth_date_sealed", row.birth_date_sealed)),
            sex=_clear(db, agency_id, row.id, "sex_sealed", row.sex_sealed),
            passports=frozenset(papers.get(row.id, ())),
            active=active.get(row.id, ""),
            phones=frozenset(phones.get(row.id, ())),
            kin=frozenset(kin.get(row.id, ())),
            email=row.email_index or b"",
            reference=row.external_ref,
        )
        for row in db.execute(rows)
    }


def _passports(db: Session, agency_id: uuid.UUID, ids: Sequence[uuid.UUID]) -> tuple[dict[uuid.UUID, set[str]], dict[uuid.UUID, str]]:
    """Every passport number they have or had, and the one in force."""
    issues = (
        select(DocumentVersion.id, Document.worker_id, DocumentVersion.paper_number_sealed, DocumentVersion.state)
        .join(Document, (Document.agency_id == DocumentVersion.agency_id) & (Document.id == DocumentVersion.document_id))
        .where(Document.agency_id == agency_id, Document.worker_id.in_(ids), Document.kind == "passport")
        .where(DocumentVersion.paper_number_sealed.is_not(None))
    )
    every: dict[uuid.UUID, set[str]] = defaultdict(set)
    active: dict[uuid.UUID, str] = {}
    for row_id, worker_id, sealed, state in db.execute(issues):
        number = clean_number(vault.open_value(db, agency_id, worker_id, "document_versions", "paper_number_sealed", row_id, sealed or b""))
        every[worker_id].add(number)
        if state == "active":
            active[worker_id] = number
    return every, active


def _grouped(db: Session, rows: Any) -> dict[uuid.UUID, set[bytes]]:
    found: dict[uuid.UUID, set[bytes]] = defaultdict(set)
    for worker_id, index in db.execute(rows):
        found[worker_id].add(index)
    return found


def _clear(db: Session, agency_id: uuid.UUID, worker_id: uuid.UUID, column: str, sealed: bytes | None) -> str:
    return vault.open_value(db, agency_id, worker_id, "workers", column, worker_id, sealed) if sealed else ""


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        return None


def keys(agency_id: uuid.UUID, facts: Facts) -> bytes:
    """The keys of one worker, packed: 8 bytes each, keyed, so that they say nothing to who reads the disk."""
    return b"".join(sorted(key(agency_id, text) for text in meeting(facts)))


def key(agency_id: uuid.UUID, text: str) -> bytes:
    """One key."""
    return vault.blind_index(agency_id, "duplicates.key", text)[:KEY_BYTES]


def meeting(facts: Facts) -> set[str]:
    """In words, where this record may meet another of the same person."""
    found = {f"passport {alike_number(number)}" for number in facts.passports if number}
    found |= {f"phone {index.hex()}" for index in facts.phones}
    if facts.email:
        found.add(f"email {facts.email.hex()}")
    for name in facts.names:
        parts = [part for part in likeness.read(name).parts if len(part.key) > 1]
        telling = [part for part in parts if part.text not in likeness.LIGHT] or parts
        if len({part.key for part in parts}) >= LEAST_PARTS:
            found.add("name " + whole(name))
        if facts.born is not None:
            found |= {f"born {birth_key(facts.born)} {part.key[0]}" for part in telling}  # Two spellings begin with the same sound.
    return found


def whole(name: str) -> str:
    """A whole name by its sound, whatever the order of its parts."""
    return " ".join(sorted({part.key for part in likeness.read(name).parts if part.text not in likeness.LIGHT} or {part.key for part in likeness.read(name).parts}))


def rooms(db: Session, agency_id: uuid.UUID, found: Mapping[uuid.UUID, Facts]) -> frozenset[bytes]:
    """The phones among these that more workers have than two: a room's."""
    owners: dict[bytes, set[uuid.UUID]] = defaultdict(set)
    wanted = sorted({index for one in found.values() for index in one.phones})
    for start in range(0, len(wanted), BATCH):
        some = select(Phone.number_index, Phone.worker_id).where(Phone.agency_id == agency_id, Phone.number_index.in_(wanted[start : start + BATCH]))
        for index, worker_id in db.execute(some):
            owners[index].add(worker_id)
    return frozenset(index for index, people in owners.items() if len(people) > SMALL_ROOM)
