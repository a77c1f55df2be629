"""Notices as a list: what was said about which paper, what became of the text, and what was too old to be texted."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import ColumnElement, Select, and_, func, or_, select
from sqlalchemy.orm import Session

from messaging.models import Message, Notice
from messaging.notices.expiry import EXPIRED, EXPIRED_DAYS
from workforce.core import audit
from workforce.core.errors import NotFound
from workforce.core.tenancy import Actor
from workforce.core.words import _, _n
from workforce.models import Document, Worker
from workforce.papers import documents

PAGE_ROWS = 50
CHIPS = ("all", "waiting", "sent", "failed", "suppressed", "late")
SENT = ("accepted", "sent", "delivered", "read")
NOT_SENT = ("failed", "undelivered", "expired", "cancelled", "unknown")


@dataclass(frozen=True)
class Line:
    """A notice with its paper, its worker and the state of its text ("" where there is none)."""

    notice: Notice
    paper: Document
    worker: Worker
    text_state: str
    error_code: str


@dataclass(frozen=True)
class Page:
    """Some notices, the newest first; `next_id` is where the following page begins, None on the last."""

    lines: Sequence[Line]
    counts: Mapping[str, int]
    next_id: uuid.UUID | None


def page(db: Session, actor: Actor, *, chip: str = "all", after: uuid.UUID | None = None, since: datetime) -> Page:
    """A page of the notices for workers. The counts are of those made since `since`."""
    rules = _rules()
    rule = rules.get(chip, rules["all"])
    rows = _joined(actor).where(rule).order_by(Notice.created_at.desc(), Notice.id.desc()).limit(PAGE_ROWS + 1)
    edge = (
        db.execute(
            select(Notice.created_at, Notice.id).where(Notice.agency_id == actor.agency_id, Notice.id == after)
        ).one_or_none()
        if after
        else None
    )
    if edge is not None:
        rows = rows.where(or_(Notice.created_at < edge[0], and_(Notice.created_at == edge[0], Notice.id < edge[1])))
    found = [
        Line(notice, paper, worker, state or "", code or "") for notice, paper, worker, state, code in db.execute(rows)
    ]
    counted = (
        select(*(func.count().filter(rules[name]) for name in CHIPS))
        .select_from(Notice)
        .outerjoin(Message, _own_text())
    )
    counts = db.execute(
        counted.where(Notice.agency_id == actor.agency_id, Notice.recipient == "worker", Notice.created_at >= since)
    ).one()
    return Page(
        found[:PAGE_ROWS],
        dict(zip(CHIPS, counts, strict=True)),
        found[PAGE_ROWS - 1].notice.id if len(found) > PAGE_ROWS else None,
    )


def too_old(db: Session, actor: Actor, *, today: date, limit: int = 200) -> list[Document]:
    """Papers in the files that ended too long ago to be texted about: on this list, and nowhere else."""
    old = (
        select(Document)
        .join(Worker, and_(Worker.agency_id == Document.agency_id, Worker.id == Document.worker_id))
        .where(Document.agency_id == actor.agency_id, Document.archived_at.is_(None), Worker.archived_at.is_(None))
        .where(Document.expires_on < today - timedelta(EXPIRED_DAYS))
        .order_by(Document.expires_on.desc(), Document.id)
        .limit(limit)
    )
    return list(db.scalars(old))


def begun(db: Session, actor: Actor, notice_id: uuid.UUID, *, now: datetime, today: date) -> Document:
    """Somebody has begun the renewal of this notice's paper. Raises NotFound."""
    notice = db.scalar(select(Notice).where(Notice.agency_id == actor.agency_id, Notice.id == notice_id))
    if notice is None:
        raise NotFound(_("No such notice."))
    notice.seen_at = now
    audit.record(db, actor, "notice.seen", notice)
    return documents.begin_renewal(db, actor, notice.document_id, today=today)


def rung_words(rung: int) -> str:
    """The rung as one says it: "30 days before", "expired"."""
    return _("after it had ended") if rung == EXPIRED else _n("%(num)d day before", "%(num)d days before", rung)


def text_words(line: Line) -> str:
    """What became of the text, in words."""
    reasons = {
        "opted_out": _("not texted: wants no texts"),
        "no_number": _("not texted: no number that works"),
        "withdrawn": _("not texted: wants no notices"),
    }
    if line.notice.state == "suppressed":
        return reasons.get(line.notice.reason, _("not texted"))
    states = {
        "queued": _("waits to leave"), "claimed": _("waits to leave"), "submitting": _("leaving"), "accepted": _("sent"), "sent": _("sent"),
        "delivered": _("delivered"), "read": _("read"), "failed": _("failed"), "undelivered": _("not delivered"), "expired": _("too late to send"),
        "cancelled": _("called back"), "unknown": _("not known whether it left"), "suppressed": _("not texted"),
    }  # fmt: skip
    return states.get(line.text_state, _("waits to be written"))


def _joined(actor: Actor) -> Select[Notice, Document, Worker, str, str]:
    return (
        select(Notice, Document, Worker, Message.state, Message.error_code)
        .join(Document, and_(Document.agency_id == Notice.agency_id, Document.id == Notice.document_id))
        .join(Worker, and_(Worker.agency_id == Notice.agency_id, Worker.id == Notice.worker_id))
        .outerjoin(Message, _own_text())
        .where(Notice.agency_id == actor.agency_id, Notice.recipient == "worker")
    )


def _own_text() -> ColumnElement[bool]:
    return and_(Message.agency_id == Notice.agency_id, Message.id == Notice.message_id)


def _rules() -> dict[str, ColumnElement[bool]]:
    return {
        "all": Notice.recipient == "worker",
        "waiting": and_(
            Notice.state != "suppressed",
            or_(Message.state.is_(None), Message.state.in_(("queued", "claimed", "submitting"))),
        ),
        "sent": Message.state.in_(SENT),
        "failed": Message.state.in_(NOT_SENT),
        "suppressed": Notice.state == "suppressed",
        "late": Notice.is_late.is_(True),
    }
