"""What texts put on Today: calls for help that nobody has, texts that wait for a person, and what went by itself."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session, joinedload, selectinload

from locator.hosttime import town
from locator.zones import country_zone
from messaging.incidents import paging, strangers
from messaging.incidents.approval_today import decisions as approval_decisions
from messaging.incidents.chase_today import decisions as chase_decisions
from messaging.incidents.cut_today import decisions as cut_decisions
from messaging.models import Case, CasePerson, Message, Notice
from workforce.core import vault
from workforce.core.tenancy import Actor
from workforce.core.words import _, _n
from workforce.desk.today import Decision, Done

SHOWN = 3
LONGEST_QUOTE = 90


def decisions(db: Session, actor: Actor, now: datetime) -> list[Decision]:
    """Cases without an owner, the oldest first, then the texts that have waited longest."""
    return [
        *approval_decisions(db, actor, now),
        *chase_decisions(db, actor, now),
        *cut_decisions(db, actor, now),
        *_cases(db, actor, now),
        *_strangers(db, actor, now),
        *_texts(db, actor, now),
    ]


def done(db: Session, actor: Actor, now: datetime) -> list[Done]:
    """Notices made and texts read since yesterday."""
    since = now - timedelta(days=1)
    texted = (
        select(func.count())
        .select_from(Notice)
        .where(
            Notice.agency_id == actor.agency_id,
            Notice.created_at >= since,
            Notice.recipient == "worker",
            Notice.state == "texted",
        )
    )
    inbound = (Message.agency_id == actor.agency_id, Message.direction == "in")
    read = (
        select(func.count())
        .select_from(Message)
        .where(*inbound, Message.queued_at >= since, Message.processed_at.is_not(None))
    )
    notices, texts = db.scalar(texted) or 0, db.scalar(read) or 0
    waiting = db.scalar(select(func.count()).select_from(Message).where(*inbound, Message.handled_at.is_(None))) or 0
    found = []
    if notices:
        found.append(
            Done("bell", notices, _n("notice about a paper", "notices about papers", notices), "notices.index")
        )
    if texts:
        words = _n("text read", "texts read", texts)
        found.append(
            Done(
                "chat-left-text",
                texts,
                _("%(texts)s, %(count)s left for you", texts=words, count=waiting) if waiting else words,
                "inbox.index",
            )
        )
    return found


def _cases(db: Session, actor: Actor, now: datetime) -> list[Decision]:
    asked = paging.asked_of(db, actor) if actor.id is not None else {}
    waiting = (Case.agency_id == actor.agency_id, Case.closed_at.is_(None), Case.owner_id.is_(None))
    mine = (
        select(Case)
        .where(*waiting)
        .options(joinedload(Case.worker), selectinload(Case.people).joinedload(CasePerson.worker))
        .order_by(Case.opened_at)
    )
    yours = db.scalars(mine.where(Case.id.in_(list(asked))).limit(SHOWN)).all() if asked else []
    # What is asked of you beyond these few is not left out: it stands with those that nobody has.
    rest = mine.where(Case.id.not_in([case.id for case in yours]))
    return [*(_asked(case, asked[case.id], now) for case in yours), *_nobodys(db, rest, now)]


def _asked(case: Case, since: datetime, now: datetime) -> Decision:
    """You were paged: above everything else."""
    return Decision(
        "now", "exclamation-triangle", _("You are asked to take the case of %(name)s", name=_names(case)),
        _("A call for help, case %(number)s, has no owner. Take it, then call", number=case.number), _("Take the case"), "incidents.case", {"case_id": case.id},
        due=_waits(now, since), tone="late", due_tone="late", rank=-1, in_mail=_("A call for help has no owner: case %(number)s", number=case.number),
    )  # fmt: skip


def _nobodys(db: Session, mine: Select[Case], now: datetime) -> list[Decision]:
    found = db.scalars(mine.limit(SHOWN + 1)).all()
    if len(found) > SHOWN:
        count = db.scalar(select(func.count()).select_from(mine.order_by(None).subquery())) or 0
        title = _("%(count)s people asked for help and nobody has their cases", count=count)
        names = ", ".join(_names(case) for case in found[:SHOWN])
        return [
            Decision(
                "now",
                "exclamation-triangle",
                title,
                names,
                _("Take the cases"),
                "incidents.case_list",
                due=_waits(now, found[0].opened_at),
                tone="late",
                due_tone="late",
                rank=0,
                in_mail=title,
            )
        ]
    return [
        Decision(
            "now", "exclamation-triangle", _("%(name)s asked for help and nobody has the case", name=_names(case)),
            _("Case %(number)s. Take it, then call", number=case.number), _("Take the case"), "incidents.case", {"case_id": case.id},
            due=_waits(now, case.opened_at), tone="late", due_tone="late", rank=0, in_mail=_("A call for help has no owner: case %(number)s", number=case.number),
        )
        for case in found
    ]  # fmt: skip


def _names(case: Case) -> str:
    """Whom a case names: from a phone that several share, all of them."""
    return ", ".join(one.worker.full_name for one in case.people)


def _strangers(db: Session, actor: Actor, now: datetime) -> list[Decision]:
    """Calls for help from numbers that nobody has on file; the one you were asked to answer first."""
    found = strangers.waiting(db, actor)
    asked = strangers.asked_of(db, actor) if found and actor.id is not None else {}
    found.sort(key=lambda text: text.id not in asked)
    return [
        Decision(
            "now", "exclamation-triangle", _("You are asked to answer a call for help from an unknown number") if text.id in asked else _("A number that nobody has on file asks for help"),
            _quoted(db, text), _("Answer it"), "inbox.show", {"message_id": text.id},
            due=_waits(now, text.queued_at), tone="late", due_tone="late", rank=-1 if text.id in asked else 0, in_mail=_("A call for help from an unknown number"),
        )
        for text in found[:SHOWN]
    ]  # fmt: skip


def _quoted(db: Session, text: Message) -> str:
    said = " ".join((vault.reveal(db, text, "body") or "").split())
    return f"“{said if len(said) <= LONGEST_QUOTE else said[:LONGEST_QUOTE].rstrip() + '…'}”"


def _texts(db: Session, actor: Actor, now: datetime) -> list[Decision]:
    # A call for help stands above, by its case or, from a number that is nobody's, by itself.
    waiting = (
        Message.agency_id == actor.agency_id,
        Message.direction == "in",
        Message.handled_at.is_(None),
        Message.label != "help",
    )
    count = db.scalar(select(func.count()).select_from(Message).where(*waiting)) or 0
    oldest = db.scalars(
        select(Message).where(*waiting).options(joinedload(Message.worker)).order_by(Message.queued_at).limit(1)
    ).all()
    if not oldest:
        return []
    return [_about_one(db, oldest[0], now)] if count == 1 else [_about_many(count, oldest, now)]


def _about_one(db: Session, text: Message, now: datetime) -> Decision:
    worker = text.worker
    quote = _quoted(db, text)
    if worker is None:
        title, reason = _("A number that nobody has on file wrote to us"), quote
    else:
        zone = country_zone(worker.host_country)
        title = _("%(name)s wrote something that needs a person", name=worker.full_name)
        reason = f"{quote} {text.queued_at.astimezone(ZoneInfo(zone)):%H:%M} {town(zone)}"
    return Decision(
        "now",
        "chat-left-dots",
        title,
        reason,
        _("Read and answer"),
        "inbox.show",
        {"message_id": text.id},
        due=_waits(now, text.queued_at),
        tone="late",
        due_tone="late",
        rank=10,
        in_mail=_("A text waits for a person"),
    )


def _about_many(count: int, oldest: Sequence[Message], now: datetime) -> Decision:
    title = _("%(count)s texts wait for a person", count=count)
    return Decision(
        "now",
        "chat-left-dots",
        title,
        _("Nobody has read and answered them yet"),
        _("Read and answer"),
        "inbox.index",
        due=_waits(now, oldest[0].queued_at),
        tone="late",
        due_tone="late",
        rank=10,
        in_mail=title,
    )


def _waits(now: datetime, since: datetime) -> str:
    minutes = max(0, int((now - since).total_seconds() // 60))
    if minutes < 60:
        return _("waits %(minutes)s min", minutes=minutes)
    hours = minutes // 60
    return _("waits %(hours)s h", hours=hours) if hours < 48 else _("waits %(days)s days", days=hours // 24)
