"""The list of workers: searched, narrowed, counted, a page at a time. It decrypts only what it shows."""

import re
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Select, and_, false, func, literal_column, or_, select, union
from sqlalchemy.orm import InstrumentedAttribute, Session, joinedload, selectinload

from workforce.core import vault
from workforce.core.tenancy import Actor
from workforce.countries import plain
from workforce.models import Agency, Contact, Deployment, Document, Employer, Phone, Site, Worker
from workforce.people import phones, scripts
from workforce.rosters.names import folded

CHIPS = ("everyone", "ends", "employer", "fails", "silent", "home", "archived")
SOON_DAYS = 60
SILENT_DAYS = 30
PAGE_ROWS = 50
LEAST_DIGITS = 6
MANY = 20_000
FEW = 500
_NUMBER = re.compile(r"\+?[\d\s().\-/]+").fullmatch


@dataclass(frozen=True)
class Wanted:
    """What somebody asked the list for."""

    text: str = ""
    chip: str = "everyone"
    site_id: uuid.UUID | None = None
    employer_id: uuid.UUID | None = None


@dataclass(frozen=True)
class Line:
    """One worker in a list: what stands in the row, numbers masked. `heard_days` is whole days since they last answered."""

    id: uuid.UUID
    name: str
    other_name: str
    other_language: str
    other_direction: str
    place: str
    occupation: str
    employer: str
    phone: str
    phone_state: str
    phone_since: datetime | None
    heard_days: int | None
    paper_kind: str
    paper_on: date | None
    passport_with: str
    is_archived: bool


@dataclass(frozen=True)
class Page:
    """Some lines of the list. `first` is the number of the first; `total` how many there are in all. A count may be None."""

    lines: Sequence[Line]
    counts: Mapping[str, int | None]
    first: int
    total: int
    has_more: bool


def page(
    session: Session,
    actor: Actor,
    wanted: Wanted,
    *,
    now: datetime,
    zone: str,
    after: uuid.UUID | None = None,
    before: uuid.UUID | None = None,
    limit: int = PAGE_ROWS,
) -> Page:
    """A page of the list by name: from the beginning, or next to the worker `after` or `before`. Keyset, never OFFSET.

    `zone` says which day it is. Costs the page, and one count for each chip.
    """
    today = now.astimezone(ZoneInfo(zone)).date()
    narrowed = _narrowed(session, actor, wanted)
    chips = _chips(actor, today, now)
    counts = _counts(session, narrowed, chips, wanted.chip, most=FEW if wanted.text.strip() else MANY)
    where = [*narrowed, chips.get(wanted.chip, chips["everyone"])]
    edge = _edge(session, actor, after or before)
    backwards = edge is not None and after is None
    order = (Worker.sort_name.desc(), Worker.id.desc()) if backwards else (Worker.sort_name, Worker.id)
    rows = _loaded().where(*where).order_by(*order).limit(limit + 1)
    if edge is not None:
        rows = rows.where(_beyond(edge, backwards=backwards))
    found = list(session.scalars(rows))
    more, found = len(found) > limit, found[:limit]
    if backwards:
        found.reverse()
    first = 1
    if edge is not None and found:
        ahead = _beyond((found[0].sort_name, found[0].id), backwards=True)
        first += session.scalar(select(func.count()).select_from(Worker).where(*where, ahead)) or 0
    total = counts[wanted.chip if wanted.chip in chips else "everyone"] or 0
    has_more = more if not backwards else first + len(found) <= total
    return Page(lines(session, found, now=now, zone=zone), counts, first, total, has_more)


def ids(session: Session, actor: Actor, wanted: Wanted, *, now: datetime, zone: str) -> Select[uuid.UUID]:
    """The ids of everybody whom the list would show on all its pages, by name."""
    chips = _chips(actor, now.astimezone(ZoneInfo(zone)).date(), now)
    where = [*_narrowed(session, actor, wanted), chips.get(wanted.chip, chips["everyone"])]
    return select(Worker.id).where(*where).order_by(Worker.sort_name, Worker.id)


def find(session: Session, actor: Actor, text: str, limit: int = 10, *, now: datetime, zone: str = "UTC") -> list[Line]:
    """The first `limit` workers that a search box's words fit: name, number, passport, site. Archived ones last."""
    if not text.strip():
        return []
    rows = _loaded().where(*_narrowed(session, actor, Wanted(text=text))).order_by(Worker.sort_name, Worker.id)
    # Asked for one after the other: an index has each by name, so that a common name is found at its beginning.
    found = list(session.scalars(rows.where(Worker.archived_at.is_(None)).limit(limit)))
    if len(found) < limit:
        found += session.scalars(rows.where(Worker.archived_at.is_not(None)).limit(limit - len(found)))
    return lines(session, found, now=now, zone=zone)


def lines(session: Session, found: Sequence[Worker], *, now: datetime, zone: str) -> list[Line]:
    """What a list shows of these workers."""
    vault.prefetch(session, [worker.id for worker in found])
    return [_line(session, worker, now, zone) for worker in found]


def sites(session: Session, actor: Actor) -> list[Site]:
    """The agency's sites where somebody works now, by name."""
    used = select(Deployment.site_id).where(Deployment.agency_id == actor.agency_id, Deployment.is_current)
    return list(
        session.scalars(
            select(Site).where(Site.agency_id == actor.agency_id, Site.id.in_(used)).order_by(Site.town, Site.name)
        )
    )


def employers(session: Session, actor: Actor) -> list[Employer]:
    """The agency's employers, by name."""
    return list(session.scalars(select(Employer).where(Employer.agency_id == actor.agency_id).order_by(Employer.name)))


def site_words(site: Site | None) -> str:
    """As in "Ras Lanuf, Tank Farm B": the town first, unless the name has it already."""
    if site is None:
        return ""
    return site.name if not site.town or site.town.casefold() in site.name.casefold() else f"{site.town}, {site.name}"


def _loaded() -> Select[Worker]:
    placed = selectinload(Worker.deployments.and_(Deployment.is_current))
    return select(Worker).options(
        placed.options(joinedload(Deployment.site), joinedload(Deployment.employer)),
        selectinload(Worker.phones),
        selectinload(Worker.documents),
    )


def _chips(actor: Actor, today: date, now: datetime) -> dict[str, ColumnElement[bool]]:
    soon = today + timedelta(days=SOON_DAYS)
    papers = select(Document.worker_id).where(Document.agency_id == actor.agency_id, Document.archived_at.is_(None))
    ending = papers.where(Document.expires_on >= today, Document.expires_on <= soon)
    held = papers.where(Document.kind == "passport", Document.custody == "employer")
    failing = select(Phone.worker_id).where(Phone.agency_id == actor.agency_id, Phone.state == "fails")
    leaving = select(Deployment.worker_id).where(
        Deployment.agency_id == actor.agency_id,
        Deployment.is_current,
        Deployment.ends_on >= today,
        Deployment.ends_on <= soon,
    )
    silent = func.coalesce(Worker.last_heard_at, Worker.created_at) < now - timedelta(days=SILENT_DAYS)
    here = Worker.archived_at.is_(None)
    coming = or_(Worker.id.in_(leaving), Worker.id.in_(ending.where(Document.kind == "contract")))
    return {
        "everyone": here,
        "ends": and_(here, Worker.id.in_(ending)),
        "employer": and_(here, Worker.id.in_(held)),
        "fails": and_(here, Worker.id.in_(failing)),
        "silent": and_(here, silent),
        "home": and_(here, coming),
        "archived": Worker.archived_at.is_not(None),
    }


def _counts(
    session: Session,
    narrowed: Sequence[ColumnElement[bool]],
    chips: Mapping[str, ColumnElement[bool]],
    chosen: str,
    *,
    most: int,
) -> dict[str, int | None]:
    """What each chip would show, where there are at `most` so many to count. A very large agency gets only the figures it looks at: a page must not grow with the list."""
    first = _counted(session, narrowed, {name: rule for name, rule in chips.items() if name in {"everyone", chosen}})
    rest = {name: rule for name, rule in chips.items() if name not in first}
    more = _counted(session, narrowed, rest) if first["everyone"] <= most else {}
    return {name: first.get(name, more.get(name)) for name in chips}


def _counted(
    session: Session, narrowed: Sequence[ColumnElement[bool]], chips: Mapping[str, ColumnElement[bool]]
) -> dict[str, int]:
    asked = [
        select(func.count()).select_from(Worker).where(*narrowed, rule).scalar_subquery().label(name)
        for name, rule in chips.items()
    ]
    return dict(zip(chips, map(int, session.execute(select(*asked)).one()), strict=True))


def _narrowed(session: Session, actor: Actor, wanted: Wanted) -> list[ColumnElement[bool]]:
    rules: list[ColumnElement[bool]] = [Worker.agency_id == actor.agency_id]
    placed = select(Deployment.worker_id).where(Deployment.agency_id == actor.agency_id, Deployment.is_current)
    if wanted.site_id is not None:
        rules.append(Worker.id.in_(placed.where(Deployment.site_id == wanted.site_id)))
    if wanted.employer_id is not None:
        rules.append(Worker.id.in_(placed.where(Deployment.employer_id == wanted.employer_id)))
    if wanted.text.strip():
        rules.append(_fits(session, actor, wanted.text.strip()))
    return rules


def _fits(session: Session, actor: Actor, text: str) -> ColumnElement[bool]:
    """Whether a worker may be whom the typed words mean. A few are found first, and looked up once rather than for every chip."""
    named, ways = _named(session, text), _fitting(session, actor, text)
    key = _key(session)
    called = select(key).select_from(Worker).where(Worker.agency_id == actor.agency_id, false() if named is None else named)
    some = [] if named is None else list(session.scalars(called.limit(FEW + 1)))
    # A union, not an OR: each way in is answered from its own index, and left once it has found many.
    asked = [select(way.limit(FEW + 1).subquery()) for way in ways]
    others = list(session.scalars(union(*asked).limit(FEW + 1))) if asked else []
    if max(len(some), len(others)) > FEW:  # Each row is asked, in the order of the list, until a page is full.
        return or_(*([] if named is None else [named]), *(Worker.id.in_(way) for way in ways))
    found = [*([key.in_(some)] if some else []), *([Worker.id.in_(others)] if others else [])]
    return or_(*found) if found else false()


def _key(session: Session) -> ColumnElement[Any]:
    """What tells workers apart within one look: on SQLite the place of the row, which every index has, so that names are read from theirs alone."""
    return literal_column("workers.rowid") if session.get_bind().dialect.name == "sqlite" else Worker.id.expression


def _named(session: Session, text: str) -> ColumnElement[bool] | None:
    """Whether a worker's name has the typed words, in Latin letters or as it is written at home. None for a number."""
    if _is_dialled(text):
        return None
    parts = plain(text).split()
    words = [or_(*(_has(session, Worker.name_folded, word) for word in {part, folded(part)} if word)) for part in parts]
    rules = [and_(*words)] if words else []
    if not text.isascii():
        rules.append(Worker.own_script_name.contains(text, autoescape=True))
    return or_(*rules) if rules else None


def _has(session: Session, column: InstrumentedAttribute[str], word: str) -> ColumnElement[bool]:
    """Whether a column of small letters has the word in it. SQLite compares bytes several times faster than it matches a pattern."""
    if session.get_bind().dialect.name == "sqlite":
        return func.instr(column, word) > 0
    return column.contains(word, autoescape=True)


def _is_dialled(text: str) -> bool:
    return bool(_NUMBER(text)) and sum(sign.isdigit() for sign in text) >= LEAST_DIGITS


def _fitting(session: Session, actor: Actor, text: str) -> list[Select[uuid.UUID]]:
    """Ids of workers whom the typed words may mean other than by name, one select a way: number, passport, site."""
    ways: list[Select[uuid.UUID]] = []
    paper = re.sub(r"[^A-Z0-9]", "", text.upper())
    if len(paper) >= LEAST_DIGITS - 1 and any(sign.isdigit() for sign in paper):
        index = vault.blind_index(actor.agency_id, "document_versions.paper_number", paper)
        ways.append(
            select(Document.worker_id).where(Document.agency_id == actor.agency_id, Document.number_index == index)
        )
    if _is_dialled(text):
        return ways + _dialled(session, actor, text)
    if parts := plain(text).split():
        there = [or_(_has(session, Site.name_folded, part), func.lower(Site.town).contains(part, autoescape=True)) for part in parts]
        placed = select(Deployment.worker_id).join(
            Site, and_(Site.agency_id == Deployment.agency_id, Site.id == Deployment.site_id)
        )
        ways.append(placed.where(Deployment.agency_id == actor.agency_id, Deployment.is_current, *there))
    return ways


def _dialled(session: Session, actor: Actor, text: str) -> list[Select[uuid.UUID]]:
    hosts = select(Worker.host_country).where(Worker.agency_id == actor.agency_id).distinct()
    regions = (
        []
        if text.startswith("+")
        else [*session.scalars(hosts), *session.scalars(select(Agency.country).where(Agency.id == actor.agency_id))]
    )
    indexes = [vault.blind_index(actor.agency_id, phones.INDEX, number) for number in phones.candidates(text, regions)]
    owners = select(Phone.worker_id).where(Phone.agency_id == actor.agency_id, Phone.number_index.in_(indexes))
    near = select(Worker.id).join(Contact, and_(Contact.agency_id == Worker.agency_id, Contact.worker_id == Worker.id))
    return [owners, near.where(Contact.agency_id == actor.agency_id, Contact.phone_index.in_(indexes))]


def _edge(session: Session, actor: Actor, worker_id: uuid.UUID | None) -> tuple[str, uuid.UUID] | None:
    if worker_id is None:
        return None
    row = session.execute(
        select(Worker.sort_name, Worker.id).where(Worker.id == worker_id, Worker.agency_id == actor.agency_id)
    ).one_or_none()
    return (row[0], row[1]) if row is not None else None


def _beyond(edge: tuple[str, uuid.UUID], *, backwards: bool) -> ColumnElement[bool]:
    name, row_id = edge
    if backwards:
        return and_(Worker.sort_name <= name, or_(Worker.sort_name < name, Worker.id < row_id))
    return and_(Worker.sort_name >= name, or_(Worker.sort_name > name, Worker.id > row_id))


def _line(session: Session, worker: Worker, now: datetime, zone: str) -> Line:
    deployment = worker.deployment
    phone = worker.phones[0] if worker.phones else None
    papers = [paper for paper in worker.documents if paper.archived_at is None]
    first = min(
        (paper for paper in papers if paper.expires_on is not None),
        key=lambda paper: paper.expires_on or date.max,
        default=None,
    )
    passport = next((paper for paper in papers if paper.kind == "passport"), None)
    return Line(
        id=worker.id,
        name=worker.listed_name,
        other_name=worker.own_script_name,
        other_language=scripts.tongue(worker.own_script_name),
        other_direction=scripts.direction(worker.own_script_name),
        place=site_words(deployment.site) if deployment else "",
        occupation=deployment.occupation if deployment else "",
        employer=deployment.employer.name if deployment and deployment.employer else "",
        phone=phones.masked(vault.reveal(session, phone, "number")) if phone else "",
        phone_state=phone.state if phone else "",
        phone_since=phone.state_since if phone else None,
        heard_days=_days_since(worker.last_heard_at, now, zone),
        paper_kind=first.kind if first else "",
        paper_on=first.expires_on if first else None,
        passport_with=passport.custody if passport else "",
        is_archived=worker.archived_at is not None,
    )


def _days_since(then: datetime | None, now: datetime, zone: str) -> int | None:
    place = ZoneInfo(zone)
    return (now.astimezone(place).date() - then.astimezone(place).date()).days if then else None
