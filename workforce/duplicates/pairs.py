"""The pairs that wait for a person's look, and what a person says about them."""

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import Session, aliased

from workforce.core import audit, vault
from workforce.core.tenancy import Actor
from workforce.core.words import _n
from workforce.duplicates import merging, moving
from workforce.models import DuplicatePair, Worker
from workforce.papers import documents
from workforce.people import phones, workers
from workforce.people.listing import site_words

MOST = 200


@dataclass(frozen=True)
class Listed:
    """One pair of the list."""

    pair: DuplicatePair
    one: Worker
    other: Worker


@dataclass(frozen=True)
class Field:
    """One thing both records say. `differ`: a person chooses; `first`: "kept" or "gone", what is chosen unless they do."""

    name: str
    mine: Any
    theirs: Any
    differ: bool
    first: str


@dataclass(frozen=True)
class Side:
    """What hangs on one record: what is shown of it, masked, and (table, how many) of the rest."""

    worker: Worker
    numbers: list[str]
    papers: list[tuple[Any, str]]
    work: list[tuple[str, str, date | None, bool]]
    family: list[str]
    contacts: list[str]
    rest: dict[str, int]


def count(session: Session, actor: Actor) -> int:
    """How many pairs wait."""
    return session.scalar(select(func.count()).select_from(DuplicatePair).where(*_open(actor))) or 0


def listing(session: Session, actor: Actor, *, limit: int = MOST) -> list[Listed]:
    """The pairs that wait, surest first."""
    one, other = aliased(Worker), aliased(Worker)
    rows = (
        select(DuplicatePair, one, other)
        .join(one, and_(one.agency_id == DuplicatePair.agency_id, one.id == DuplicatePair.one_id))
        .join(other, and_(other.agency_id == DuplicatePair.agency_id, other.id == DuplicatePair.other_id))
        .where(*_open(actor))
        .order_by(DuplicatePair.score.desc(), one.sort_name, DuplicatePair.id)
        .limit(limit)
    )
    return [Listed(*row) for row in session.execute(rows)]


def of_worker(session: Session, actor: Actor, worker_id: uuid.UUID) -> list[tuple[DuplicatePair, str]]:
    """The pairs of one worker that wait, each with the other one's name. Raises NotFound."""
    workers.get(session, actor, worker_id)
    mine = or_(DuplicatePair.one_id == worker_id, DuplicatePair.other_id == worker_id)
    other = and_(Worker.agency_id == DuplicatePair.agency_id, or_(Worker.id == DuplicatePair.one_id, Worker.id == DuplicatePair.other_id), Worker.id != worker_id)
    rows = select(DuplicatePair, Worker.full_name).join(Worker, other).where(*_open(actor), mine).order_by(DuplicatePair.score.desc())
    return [(pair, name) for pair, name in session.execute(rows)]


def keep_apart(session: Session, actor: Actor, pair_id: uuid.UUID, *, now: datetime) -> tuple[Worker, Worker]:
    """Remember that these are two people: they are not asked about again. Raises NotFound."""
    pair, one, other = merging.both(session, actor, pair_id)
    pair.state, pair.decided_by, pair.decided_at = "different", actor.id, now
    session.flush()
    audit.record(session, actor, "duplicates.different", one, other=other.id, score=pair.score)
    audit.record(session, actor, "duplicates.different", other, other=one.id, score=pair.score)
    return one, other


def fields(session: Session, kept: Worker, gone: Worker) -> list[Field]:
    """What both records say, field by field: what differs first, what neither knows left out."""
    mine, theirs = workers.known(session, kept), workers.known(session, gone)
    found = []
    for name in merging.CHOICES:
        left, right = mine[name] or None, theirs[name] or None
        if left or right:
            found.append(Field(name, left, right, differ=bool(left and right and left != right), first="kept" if left else "gone"))
    return sorted(found, key=lambda field: not field.differ)


def side(session: Session, actor: Actor, worker: Worker) -> Side:
    """What hangs on one record."""
    full = workers.with_everything(session, actor, worker.id)
    papers = [(paper, documents.masked(vault.reveal(session, paper.active, "paper_number") if paper.active else None)) for paper in documents.of_worker(session, full)]
    work = [(one.occupation, site_words(one.site) or (one.employer.name if one.employer else ""), one.starts_on, one.is_current) for one in full.deployments]
    return Side(
        full,
        [phones.masked(vault.reveal(session, phone, "number")) for phone in full.phones],
        papers,
        work,
        [one.full_name for one in full.dependants],
        [one.full_name for one in full.contacts],
        _rest(session, full),
    )


_SHOWN = {"phones", "documents", "document_versions", "deployments", "dependants", "contacts", "duplicate_marks", "duplicate_pairs", "import_rows", "merges", "handset_texts", "handsets", "status_reports", "case_people", "recipients", "inbox_threads", "text_corrections"}  # fmt: skip


def _rest(session: Session, worker: Worker) -> dict[str, int]:
    found: dict[str, int] = {}
    for model, column in moving.references():
        if model.__tablename__ not in _SHOWN:
            rows = select(func.count()).select_from(model).where(model.agency_id == worker.agency_id, getattr(model, column) == worker.id)
            if number := session.scalar(rows):
                found[model.__tablename__] = found.get(model.__tablename__, 0) + number
    return found


def told(tables: dict[str, int]) -> list[str]:
    """Tables and counts as people call them: "3 texts"."""
    return [_counted(table, number) for table, number in tables.items()]


def _counted(table: str, num: int) -> str:
    words = {
        "messages": _n("%(num)d text", "%(num)d texts", num),
        "consents": _n("%(num)d answer about consent", "%(num)d answers about consent", num),
        "positions": _n("%(num)d place on the map", "%(num)d places on the map", num),
        "notices": _n("%(num)d notice", "%(num)d notices", num),
        "cases": _n("%(num)d case", "%(num)d cases", num),
        "questions": _n("%(num)d question put", "%(num)d questions put", num),
        "proposals": _n("%(num)d request", "%(num)d requests", num),
        "worker_links": _n("%(num)d link", "%(num)d links", num),
        "incident_people": _n("%(num)d line on a board", "%(num)d lines on boards", num),
        "status_reports": _n("%(num)d word about how they are", "%(num)d words about how they are", num),
        "stored_files": _n("%(num)d copy of a paper", "%(num)d copies of papers", num),
        "phones": _n("%(num)d number", "%(num)d numbers", num),
        "documents": _n("%(num)d paper", "%(num)d papers", num),
        "document_versions": _n("%(num)d issue of a paper", "%(num)d issues of papers", num),
        "deployments": _n("%(num)d place of work", "%(num)d places of work", num),
        "dependants": _n("%(num)d family member", "%(num)d family members", num),
        "contacts": _n("%(num)d contact", "%(num)d contacts", num),
        "case_people": _n("%(num)d name in a case", "%(num)d names in cases", num),
        "recipients": _n("%(num)d place in an audience", "%(num)d places in audiences", num),
        "import_rows": _n("%(num)d row of a roster", "%(num)d rows of rosters", num),
        "duress_words": _n("%(num)d secret word for help", "%(num)d secret words for help", num),
        "inbox_threads": _n("%(num)d thread in the inbox", "%(num)d threads in the inbox", num),
        "text_corrections": _n("%(num)d corrected text", "%(num)d corrected texts", num),
    }
    return words.get(table, f"{num} {table.replace('_', ' ')}")


def _open(actor: Actor) -> Iterable[Any]:
    return DuplicatePair.agency_id == actor.agency_id, DuplicatePair.state == "open"
