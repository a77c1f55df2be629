"""If it happened tonight: whom we could reach, through whom, and what we hold for them."""

import time
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import ColumnElement, and_, exists, func, or_, select
from sqlalchemy.orm import Session

from workforce.core.tenancy import Actor
from workforce.core.words import _, _n
from workforce.models import Contact, Deployment, Document, DocumentVersion, Phone, StoredFile, Worker

NAMED = 4
# Counting everybody takes a moment in a large agency, and the answer does not change from one look to the next.
SLOW_SECONDS, KEEP_SECONDS = 0.1, 60
_kept: dict[uuid.UUID, tuple[float, "Reach"]] = {}


@dataclass(frozen=True)
class Figure:
    """A count and what it counts; `word` and `info` explain a word of the trade."""

    count: int
    words: str
    word: str = ""
    info: str = ""


@dataclass(frozen=True)
class Reach:
    """Of `people`, how many could be texted and could answer, how many only through others, how many not at all, and who."""

    people: int
    texted: int
    through: int
    nobody: Sequence[tuple[uuid.UUID, str]]
    figures: Sequence[Figure]

    @property
    def unreached(self) -> int:
        return self.people - self.texted - self.through


Figures = Callable[[Session, Actor, datetime], Sequence[Figure]]


def reach(db: Session, actor: Actor, now: datetime, sources: Sequence[Figures]) -> Reach:
    """The figures of the side column. Asked again at most once a minute where the asking is slow."""
    kept = _kept.get(actor.agency_id)
    if kept is not None and time.monotonic() - kept[0] < KEEP_SECONDS:
        return kept[1]
    start = time.monotonic()
    answers, has_help = _answers(), _has_help()
    count = select(
        func.count(), func.count().filter(answers), func.count().filter(and_(~answers, has_help))
    ).select_from(Worker)
    mine = (Worker.agency_id == actor.agency_id, Worker.archived_at.is_(None))
    people, texted, through = db.execute(count.where(*mine)).one()
    alone: list[tuple[uuid.UUID, str]] = []
    if people > texted + through:
        lost = (
            select(Worker.id, Worker.family_name, Worker.full_name)
            .where(*mine, ~answers, ~has_help)
            .order_by(Worker.sort_name, Worker.id)
        )
        alone = [(row.id, row.family_name or row.full_name) for row in db.execute(lost.limit(NAMED))]
    figures = [figure for source in sources for figure in source(db, actor, now)]
    found = Reach(people, texted, through, alone, figures)
    if time.monotonic() - start > SLOW_SECONDS:
        _kept[actor.agency_id] = (time.monotonic(), found)
    return found


def figures(db: Session, actor: Actor, now: datetime) -> list[Figure]:
    """What we hold: copies of passports, who holds the originals, who could not leave the country."""
    held = _count_papers(db, actor, Document.kind == "passport", Document.custody == "employer")
    copied = _count_papers(db, actor, Document.kind == "passport", _has_copy())
    found = [
        Figure(copied, _n("has a passport copy with us", "have a passport copy with us", copied)),
        Figure(
            held, _n("passport lies with the employer", "passports lie with the employer", held), _("custody"),
            _("Custody: who holds the paper itself. Without a passport in hand a person cannot leave alone."),
        ),
    ]  # fmt: skip
    without = _without_exit_permit(db, actor, now.date())
    if without is not None:
        found.append(
            Figure(
                without,
                _n("has no exit permit yet", "have no exit permit yet", without),
                _("exit permit"),
                _("In some countries nobody may leave without a permit that the employer asks for."),
            )
        )
    return found


def _answers() -> ColumnElement[bool]:
    works = (
        exists()
        .where(Phone.agency_id == Worker.agency_id, Phone.worker_id == Worker.id, Phone.state == "works")
        .correlate(Worker)
    )
    return and_(Worker.opted_out_at.is_(None), works)


def _has_help() -> ColumnElement[bool]:
    """Somebody near them whom we can call: a buddy or leader of their own, or the leader of their site."""
    can_be_called = or_(Contact.phone_sealed.is_not(None), Contact.other_worker_id.is_not(None))
    near = Contact.kind.in_(("buddy", "site_leader"))
    own = (
        exists()
        .where(Contact.agency_id == Worker.agency_id, Contact.worker_id == Worker.id, near, can_be_called)
        .correlate(Worker)
    )
    at_site = (
        select(Contact.id)
        .join(Deployment, and_(Deployment.agency_id == Contact.agency_id, Deployment.site_id == Contact.site_id))
        .where(
            Contact.agency_id == Worker.agency_id,
            Deployment.worker_id == Worker.id,
            Deployment.is_current,
            Contact.kind == "site_leader",
            can_be_called,
        )
        .correlate(Worker)
        .exists()
    )
    return or_(own, at_site)


def _has_copy() -> ColumnElement[bool]:
    return (
        select(StoredFile.id)
        .join(
            DocumentVersion,
            and_(
                DocumentVersion.agency_id == StoredFile.agency_id, DocumentVersion.id == StoredFile.document_version_id
            ),
        )
        .where(DocumentVersion.agency_id == Document.agency_id, DocumentVersion.document_id == Document.id)
        .correlate(Document)
        .exists()
    )


def _count_papers(db: Session, actor: Actor, *rules: ColumnElement[bool]) -> int:
    mine = select(func.count(Document.worker_id.distinct())).join(
        Worker, and_(Worker.agency_id == Document.agency_id, Worker.id == Document.worker_id)
    )
    return (
        db.scalar(
            mine.where(
                Document.agency_id == actor.agency_id,
                Document.archived_at.is_(None),
                Worker.archived_at.is_(None),
                *rules,
            )
        )
        or 0
    )


def _without_exit_permit(db: Session, actor: Actor, today: date) -> int | None:
    """How many lack a valid one, in the countries where the agency keeps any; None where it keeps none."""
    permits = (
        select(Worker.host_country)
        .join(Document, and_(Document.agency_id == Worker.agency_id, Document.worker_id == Worker.id))
        .where(Document.kind == "exit_permit")
    )
    countries = list(db.scalars(permits.where(Worker.agency_id == actor.agency_id).distinct()))
    if not countries:
        return None
    valid = exists().where(
        Document.agency_id == Worker.agency_id, Document.worker_id == Worker.id, Document.kind == "exit_permit", Document.archived_at.is_(None),
        or_(Document.expires_on.is_(None), Document.expires_on >= today),
    )  # fmt: skip
    lacking = (
        select(func.count())
        .select_from(Worker)
        .where(
            Worker.agency_id == actor.agency_id,
            Worker.archived_at.is_(None),
            Worker.host_country.in_(countries),
            ~valid,
        )
    )
    return db.scalar(lacking) or 0
