"""All papers of all workers, the one that runs out first on top, a page at a time."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import Session, joinedload, selectinload

from workforce.core import vault
from workforce.core.tenancy import Actor
from workforce.models import Document, DocumentVersion, StoredFile, Worker

CHIPS = ("all", "ends", "expired", "employer", "nocopy")
SOON_DAYS = 60
PAGE_ROWS = 50
NO_END = date(9999, 12, 31)  # Papers without an end come last, and a keyset needs a value to compare.


@dataclass(frozen=True)
class Page:
    """Some papers of the list, each with its worker and versions; `counts` by chip."""

    papers: Sequence[Document]
    counts: Mapping[str, int]
    first: int
    total: int
    has_more: bool


def page(
    session: Session,
    actor: Actor,
    *,
    today: date,
    chip: str = "all",
    kind: str = "",
    after: uuid.UUID | None = None,
    before: uuid.UUID | None = None,
    limit: int = PAGE_ROWS,
) -> Page:
    """A page of the papers in force of workers who are not archived. `after` and `before` are papers at an edge."""
    ground = [Document.agency_id == actor.agency_id, Document.archived_at.is_(None), Worker.archived_at.is_(None)]
    if kind:
        ground.append(Document.kind == kind)
    chips = _chips(actor, today)
    counts = _counts(session, ground, chips)
    chip = chip if chip in chips else "all"
    where = [*ground, chips[chip]]
    edge = _edge(session, actor, after or before)
    backwards = edge is not None and after is None
    ends = func.coalesce(Document.expires_on, NO_END)
    order = (ends.desc(), Document.id.desc()) if backwards else (ends, Document.id)
    rows = select(Document).join(Worker, _own(Worker)).where(*where).order_by(*order).limit(limit + 1)
    rows = rows.options(joinedload(Document.worker), selectinload(Document.versions).joinedload(DocumentVersion.file))
    if edge is not None:
        rows = rows.where(_beyond(edge, backwards=backwards))
    found = list(session.scalars(rows))
    more, found = len(found) > limit, found[:limit]
    if backwards:
        found.reverse()
    first = 1
    if edge is not None and found:
        top = (found[0].expires_on or NO_END, found[0].id)
        ahead = select(func.count()).select_from(Document).join(Worker, _own(Worker)).where(*where, _beyond(top, backwards=True))
        first += session.scalar(ahead) or 0
    vault.prefetch(session, [paper.worker_id for paper in found])
    return Page(found, counts, first, counts[chip], more if not backwards else first + len(found) <= counts[chip])


def _own(worker: type[Worker]) -> ColumnElement[bool]:
    return and_(worker.agency_id == Document.agency_id, worker.id == Document.worker_id)


def _chips(actor: Actor, today: date) -> dict[str, ColumnElement[bool]]:
    copies = select(DocumentVersion.document_id).join(StoredFile, and_(StoredFile.agency_id == DocumentVersion.agency_id, StoredFile.document_version_id == DocumentVersion.id))
    copied = copies.where(DocumentVersion.agency_id == actor.agency_id, DocumentVersion.state == "active")
    return {
        "all": Document.id.is_not(None),
        "ends": and_(Document.expires_on >= today, Document.expires_on <= today + timedelta(days=SOON_DAYS)),
        "expired": Document.expires_on < today,
        "employer": Document.custody == "employer",
        "nocopy": Document.id.not_in(copied),
    }


def _counts(session: Session, ground: Sequence[ColumnElement[bool]], chips: Mapping[str, ColumnElement[bool]]) -> dict[str, int]:
    asked = [select(func.count()).select_from(Document).join(Worker, _own(Worker)).where(*ground, rule).scalar_subquery().label(name) for name, rule in chips.items()]
    return dict(zip(chips, map(int, session.execute(select(*asked)).one()), strict=True))


def _edge(session: Session, actor: Actor, document_id: uuid.UUID | None) -> tuple[date, uuid.UUID] | None:
    if document_id is None:
        return None
    mine = select(Document.expires_on, Document.id).where(Document.id == document_id, Document.agency_id == actor.agency_id)
    row = session.execute(mine).one_or_none()
    return (row[0] or NO_END, row[1]) if row is not None else None


def _beyond(edge: tuple[date, uuid.UUID], *, backwards: bool) -> ColumnElement[bool]:
    day, row_id = edge
    ends = func.coalesce(Document.expires_on, NO_END)
    if backwards:
        return and_(ends <= day, or_(ends < day, Document.id < row_id))
    return and_(ends >= day, or_(ends > day, Document.id > row_id))
