"""Today: what needs a person. Every domain hands in its decisions; this room knows what a decision is, and its own."""

import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import and_, exists, func, select
from sqlalchemy.orm import Session

from workforce.core import vault
from workforce.core.tenancy import Actor
from workforce.core.words import _, _n
from workforce.models import Agency, Deployment, Document, Import, Phone, Worker

SOON_DAYS, LONG_GONE_DAYS = 60, 30
CONTRACT_DAYS = 45
IMPORT_DAYS = 30
NAMES = 4
MOST_ENDING = 2000
ICONS = {
    "passport": "passport",
    "visa": "airplane",
    "exit_permit": "sign-turn-slight-right",
    "contract": "file-earmark-text",
    "medical": "heart-pulse",
    "insurance": "umbrella",
}


@dataclass(frozen=True)
class Decision:
    """One thing that needs a person: the sentence, the reason, the time, one verb. `when` is now, today or week.

    `endpoint` and `values` say where the verb leads. `due` are words before the day `due_on`; without words the page adds
    how far it is. `rank` orders the decisions of one list, lowest first. `in_mail` is the title for the daily digest, with nobody's
    name and nobody's words in it; without one the digest only counts it.
    """

    when: str
    icon: str
    title: str
    reason: str
    verb: str
    endpoint: str
    values: Mapping[str, Any] = field(default_factory=dict)
    due: str = ""
    due_on: date | None = None
    tone: str = ""
    due_tone: str = ""
    rank: float = 0
    in_mail: str = ""


@dataclass(frozen=True)
class Done:
    """Something Muster did by itself; `endpoint` is the page that lists it, "" where none does."""

    icon: str
    count: int
    words: str
    endpoint: str = ""


Decisions = Callable[[Session, Actor, datetime], Sequence[Decision]]
Doings = Callable[[Session, Actor, datetime], Sequence[Done]]


def gather(sources: Sequence[Decisions], db: Session, actor: Actor, now: datetime) -> list[tuple[str, list[Decision]]]:
    """All decisions in their three lists; a list without any is left out."""
    every = sorted((one for source in sources for one in source(db, actor, now)), key=lambda one: one.rank)
    words = {"now": _("Now"), "today": _("Today"), "week": _("This week")}
    lists = [(words[when], [one for one in every if one.when == when]) for when in words]
    return [(word, some) for word, some in lists if some]


def decisions(db: Session, actor: Actor, now: datetime) -> list[Decision]:
    """Numbers that fail, papers that end, an import left unfinished, placements that end."""
    today = now.astimezone(ZoneInfo(db.get_one(Agency, actor.agency_id).zone)).date()
    return [
        *_dead_numbers(db, actor),
        *_papers(db, actor, today),
        *_imports(db, actor, now),
        *_placements(db, actor, today),
    ]


def done(db: Session, actor: Actor, now: datetime) -> list[Done]:
    """What went on in the files since yesterday."""
    since = (now - timedelta(days=1)).date()
    begun = (
        db.scalar(
            select(func.count())
            .select_from(Document)
            .where(Document.agency_id == actor.agency_id, Document.renewal_begun_on >= since)
        )
        or 0
    )
    return (
        [Done("arrow-repeat", begun, _n("paper marked as being renewed", "papers marked as being renewed", begun))]
        if begun
        else []
    )


def names(found: Sequence[str], total: int) -> str:
    """The first few names and how many more: "Baclaan, Ocfemia and 3 more"."""
    shown = list(found[:NAMES])
    if total > len(shown):
        return _("%(names)s and %(count)s more", names=", ".join(shown), count=total - len(shown))
    return ", ".join(shown)


def spelled(number: int) -> str:
    """Small numbers as words, because they begin a sentence."""
    words = [
        _("No"),
        _("One"),
        _("Two"),
        _("Three"),
        _("Four"),
        _("Five"),
        _("Six"),
        _("Seven"),
        _("Eight"),
        _("Nine"),
        _("Ten"),
        _("Eleven"),
        _("Twelve"),
    ]
    return words[number] if number < len(words) else str(number)


def _short(family_name: str, full_name: str) -> str:
    return family_name or full_name


# --- numbers that fail ------------------------------------------------------------------------------------------------


def _dead_numbers(db: Session, actor: Actor) -> list[Decision]:
    works = (
        exists()
        .where(Phone.agency_id == Worker.agency_id, Phone.worker_id == Worker.id, Phone.state == "works")
        .correlate(Worker)
    )
    failed = (
        select(Worker.id, Worker.family_name, Worker.full_name, func.max(Phone.state_since))
        .join(Phone, and_(Phone.agency_id == Worker.agency_id, Phone.worker_id == Worker.id))
        .where(Phone.agency_id == actor.agency_id, Phone.state != "works", Worker.archived_at.is_(None), ~works)
        .group_by(Worker.id, Worker.family_name, Worker.full_name)
        .order_by(func.max(Phone.state_since).desc())
        .limit(200)
    )
    found = db.execute(failed).all()
    if not found:
        return []
    since = min((row[3] for row in found if row[3] is not None), default=None)
    count = len(found)
    where: dict[str, Any] = (
        {"endpoint": "people.show", "values": {"worker_id": found[0].id}}
        if count == 1
        else {"endpoint": "people.index", "values": {"chip": "fails"}}
    )
    title = _n(
        "The number of %(who)s worker stopped working",
        "The numbers of %(who)s workers stopped working",
        count,
        who=spelled(count).lower(),
    )
    reason = _(
        "%(names)s. No other number of theirs works",
        names=names([_short(row.family_name, row.full_name) for row in found], count),
    )
    verb = _n("Open the file", "Call their families", count)
    return [
        Decision(
            "now",
            "telephone-x",
            title,
            reason,
            verb,
            **where,
            due=_("since") if since else "",
            due_on=since.date() if since else None,
            tone="soon",
            rank=20,
            in_mail=title,
        )
    ]


# --- papers that end --------------------------------------------------------------------------------------------------


def _papers(db: Session, actor: Actor, today: date) -> list[Decision]:
    ending = (
        select(Document.id, Document.kind, Document.expires_on, Document.custody, Worker.family_name, Worker.full_name)
        .join(Worker, and_(Worker.agency_id == Document.agency_id, Worker.id == Document.worker_id))
        .where(
            Document.agency_id == actor.agency_id, Document.archived_at.is_(None), Worker.archived_at.is_(None), Document.renewal_begun_on.is_(None),
            Document.expires_on.between(today - timedelta(LONG_GONE_DAYS), today + timedelta(SOON_DAYS)),
        )
        .order_by(Document.expires_on, Document.id)
        .limit(MOST_ENDING)
    )  # fmt: skip
    groups: dict[tuple[str, bool], list[Any]] = {}
    for row in db.execute(ending):
        groups.setdefault((row.kind, row.expires_on < today), []).append(row)
    return [_about_papers(kind, some, today, is_over=is_over) for (kind, is_over), some in groups.items()]


def _about_papers(kind: str, some: Sequence[Any], today: date, *, is_over: bool) -> Decision:
    count, first = len(some), some[0].expires_on
    papers = f"{spelled(count)} {_noun(kind, count)}"
    if is_over:
        title = _n(
            "%(papers)s has ended and nobody has begun a new one",
            "%(papers)s have ended and nobody has begun new ones",
            count,
            papers=papers,
        )
    else:
        title = _n(
            "%(papers)s ends within 60 days and nobody has begun",
            "%(papers)s end within 60 days and nobody has begun",
            count,
            papers=papers,
        )
    reason = names([_short(row.family_name, row.full_name) for row in some], count)
    held = sum(row.custody == "employer" for row in some)
    if held:
        reason = f"{reason}. {_held_words(held, count)}"
    where: dict[str, Any] = {"endpoint": "papers.show", "values": {"document_id": some[0].id}}
    if count > 1:
        where = {"endpoint": "papers.index", "values": {"kind": kind, "chip": "expired" if is_over else "ends"}}
    verb = _n("Open the file", "Open %(files)s files", count, files=spelled(count).lower())
    near = (first - today).days <= 7
    return Decision(
        "today", ICONS.get(kind, "file-earmark-text"), title, reason, verb, **where, due_on=first,
        tone="late" if is_over else "soon", due_tone="late" if near else "", rank=(first - today).days, in_mail=title,
    )  # fmt: skip


def _held_words(held: int, count: int) -> str:
    if count == 1:
        return _("The employer holds it")
    return (
        _("Their employer holds all of them")
        if held == count
        else _n("The employer holds one of them", "The employer holds %(num)d of them", held)
    )


def _noun(kind: str, count: int) -> str:
    nouns = {
        "passport": _n("passport", "passports", count),
        "visa": _n("visa", "visas", count),
        "residence_permit": _n("residence permit", "residence permits", count),
        "exit_permit": _n("exit permit", "exit permits", count),
        "work_permit": _n("work permit", "work permits", count),
        "contract": _n("work contract", "work contracts", count),
        "medical": _n("medical certificate", "medical certificates", count),
        "insurance": _n("insurance", "insurances", count),
        "id_card": _n("identity card", "identity cards", count),
        "certificate": _n("certificate", "certificates", count),
    }
    return nouns.get(kind, _n("paper", "papers", count))


# --- what was begun, and what comes to an end -------------------------------------------------------------------------


def _imports(db: Session, actor: Actor, now: datetime) -> list[Decision]:
    mine = select(Import).where(
        Import.agency_id == actor.agency_id,
        Import.state == "previewed",
        Import.created_at > now - timedelta(IMPORT_DAYS),
    )
    found = []
    for one in db.scalars(mine.order_by(Import.created_at.desc()).limit(3)):
        title = _("Finish the import “%(name)s”", name=vault.reveal(db, one, "file_name") or _("without a name"))
        found.append(
            Decision(
                "today",
                "table",
                title,
                _("It was checked, and nothing of it is in the files yet"),
                _("Go on"),
                "rosters.preview",
                {"import_id": one.id},
                due=_("begun"),
                due_on=one.created_at.date(),
                rank=100,
                in_mail=_("Finish an import"),
            )
        )
    return found


def _placements(db: Session, actor: Actor, today: date) -> list[Decision]:
    ending = (
        select(Worker.id, Worker.family_name, Worker.full_name, Deployment.ends_on)
        .join(Worker, and_(Worker.agency_id == Deployment.agency_id, Worker.id == Deployment.worker_id))
        .where(Deployment.agency_id == actor.agency_id, Deployment.is_current, Worker.archived_at.is_(None))
        .where(Deployment.ends_on.between(today, today + timedelta(CONTRACT_DAYS)))
        .order_by(Deployment.ends_on, Worker.id)
        .limit(MOST_ENDING)
    )
    found = db.execute(ending).all()
    if not found:
        return []
    count, only = len(found), found[0].id
    title = _n(
        "%(num_word)s placement ends within 45 days",
        "%(num_word)s placements end within 45 days",
        count,
        num_word=spelled(count),
    )
    where: dict[str, Any] = (
        {"endpoint": "people.show", "values": {"worker_id": only}}
        if count == 1
        else {"endpoint": "people.index", "values": {}}
    )
    people = names([_short(row.family_name, row.full_name) for row in found], count)
    return [
        Decision(
            "week",
            "airplane",
            title,
            people,
            _("Plan the return"),
            **where,
            due=_("from"),
            due_on=found[0].ends_on,
            rank=50,
            in_mail=title,
        )
    ]


def first_worker(db: Session, actor: Actor) -> uuid.UUID | None:
    """Any worker at all: without one, Today says where to begin."""
    return db.scalar(select(Worker.id).where(Worker.agency_id == actor.agency_id).limit(1))
