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
MANY = 50_000


@dataclass(frozen=True)
class Page:
    """Some papers of the list, each with its worker and versions; `counts` by chip, where they were counted."""

    papers: Sequence[Document]
    counts: Mapping[str, int | None]
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
    away = select(Worker.id).where(Worker.agency_id == actor.agency_id, Worker.archived_at.is_not(None))
    ground = [Document.agency_id == actor.agency_id, Document.archived_at.is_(None), Document.worker_id.not_in(away)]
    if kind:
        ground.append(Document.kind == kind)
    chips = _chips(actor, today)
    chip = chip if chip in chips else "all"
    counts = _counts(session, ground, chips, chip)
    where = [*ground, chips[chip]]
    edge = _edge(session, actor, after or before)
    backwards = edge is not None and after is None
    found = _stretch(session, where, edge, backwards=backwards, limit=limit + 1)
    more, found = len(found) > limit, found[:limit]
    if backwards:
        found.reverse()
    first, total = 1, counts[chip] or 0
    if edge is not None and found:
        first += _ahead(session, where, (found[0].expires_on, found[0].id))
    vault.prefetch(session, [paper.worker_id for paper in found])
    return Page(found, counts, first, total, more if not backwards else first + len(found) <= total)


Edge = tuple[date | None, uuid.UUID]


def _stretch(
    session: Session, where: Sequence[ColumnElement[bool]], edge: Edge | None, *, backwards: bool, limit: int
) -> list[Document]:
    """`limit` papers beyond an edge: those with an end by their day, then those without, each part from its index."""
    base = select(Document).where(*where)
    base = base.options(joinedload(Document.worker), selectinload(Document.versions).joinedload(DocumentVersion.file))
    row = Document.id.desc() if backwards else Document.id
    dated = base.where(Document.expires_on.is_not(None)).order_by(
        Document.expires_on.desc() if backwards else Document.expires_on, row
    )
    undated = base.where(Document.expires_on.is_(None)).order_by(row)
    parts = [dated, undated]
    if edge is not None:
        day, row_id = edge
        past = Document.id < row_id if backwards else Document.id > row_id
        if day is None:
            parts = [undated.where(past)] + ([dated] if backwards else [])
        elif backwards:
            parts = [dated.where(Document.expires_on <= day, or_(Document.expires_on < day, past))]
        else:
            parts = [dated.where(Document.expires_on >= day, or_(Document.expires_on > day, past)), undated]
    found: list[Document] = []
    for part in parts:
        if len(found) < limit:
            found += session.scalars(part.limit(limit - len(found)))
    return found


def _ahead(session: Session, where: Sequence[ColumnElement[bool]], top: Edge) -> int:
    """How many papers come before this one."""
    day, row_id = top
    if day is None:
        earlier: ColumnElement[bool] = or_(Document.expires_on.is_not(None), Document.id < row_id)
    else:
        earlier = and_(Document.expires_on <= day, or_(Document.expires_on < day, Document.id < row_id))
    return session.scalar(select(func.count()).select_from(Document).where(*where, earlier)) or 0


def _chips(actor: Actor, today: date) -> dict[str, ColumnElement[bool]]:
    copies = select(DocumentVersion.document_id).join(
        StoredFile,
        and_(StoredFile.agency_id == DocumentVersion.agency_id, StoredFile.document_version_id == DocumentVersion.id),
    )
    copied = copies.where(DocumentVersion.agency_id == actor.agency_id, DocumentVersion.state == "active")
    return {
        "all": Document.id.is_not(None),
        "ends": and_(Document.expires_on >= today, Document.expires_on <= today + timedelta(days=SOON_DAYS)),
        "expired": Document.expires_on < today,
        "employer": Document.custody == "employer",
        "nocopy": Document.id.not_in(copied),
    }


def _counts(
    session: Session, ground: Sequence[ColumnElement[bool]], chips: Mapping[str, ColumnElement[bool]], chosen: str
) -> dict[str, int | None]:
    """What each chip would show. A very large agency gets only the figure it looks at: a page must not grow with the list."""
    first = _counted(session, ground, {name: rule for name, rule in chips.items() if name in {"all", chosen}})
    rest = {name: rule for name, rule in chips.items() if name not in first}
    more = _counted(session, ground, rest) if first["all"] <= MANY else {}
    return {name: first.get(name, more.get(name)) for name in chips}


def _counted(
    session: Session, ground: Sequence[ColumnElement[bool]], chips: Mapping[str, ColumnElement[bool]]
) -> dict[str, int]:
    asked = [
        select(func.count()).select_from(Document).where(*ground, rule).scalar_subquery().label(name)
        for name, rule in chips.items()
    ]
    return dict(zip(chips, map(int, session.execute(select(*asked)).one()), strict=True))


def _edge(session: Session, actor: Actor, document_id: uuid.UUID | None) -> Edge | None:
    if document_id is None:
        return None
    mine = select(Document.expires_on, Document.id).where(
        Document.id == document_id, Document.agency_id == actor.agency_id
    )
    row = session.execute(mine).one_or_none()
    return (row[0], row[1]) if row is not None else None
