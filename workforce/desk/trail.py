"""Reading the audit log: newest first, page by page, each line in words."""

import uuid
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from workforce.core import audit
from workforce.core.audit import AuditEntry, AuditHead, Verdict
from workforce.core.tenancy import Actor
from workforce.core.words import _
from workforce.desk.sentences import SENTENCES, sentence
from workforce.models import Dependant, User, Worker

PAGE = 50
WALKED_AT_ONCE = 20_000  # About half a second; a longer chain is walked when somebody asks for it.


@dataclass(frozen=True)
class Line:
    """One line of the log as a person reads it."""

    seq: int
    at: datetime
    who: str
    role: str
    what: str
    about: str
    about_worker_id: uuid.UUID | None
    reason: str
    facts: str


@dataclass(frozen=True)
class Leaf:
    """A page of lines, and the number from which the next one goes on (None at the end)."""

    lines: list[Line]
    next_before: int | None


@dataclass(frozen=True)
class Asked:
    """To what a page is narrowed: who did it, what, on which calendar day."""

    person: uuid.UUID | None = None
    action: str = ""
    day: date | None = None


def leaf(session: Session, actor: Actor, *, zone: str, asked: Asked, before: int | None = None) -> Leaf:
    """The newest lines of the actor's agency with numbers under `before`, narrowed to what is `asked`; its day is one in `zone`."""
    wanted = (
        select(AuditEntry)
        .where(AuditEntry.agency_id == actor.agency_id)
        .order_by(AuditEntry.seq.desc())
        .limit(PAGE + 1)
    )
    if asked.person is not None:
        wanted = wanted.where(AuditEntry.actor_id == asked.person)
    if asked.action:
        wanted = wanted.where(AuditEntry.action == asked.action)
    if asked.day is not None:
        start = datetime.combine(asked.day, time(), ZoneInfo(zone))
        wanted = wanted.where(AuditEntry.at >= start, AuditEntry.at < start + timedelta(days=1))
    if before is not None:
        wanted = wanted.where(AuditEntry.seq < before)
    entries = list(session.scalars(wanted))
    shown = entries[:PAGE]
    names = _names(session, actor, shown)
    return Leaf([_line(entry, names) for entry in shown], shown[-1].seq if len(entries) > PAGE else None)


def length(session: Session, actor: Actor) -> int:
    """How many lines the agency's log has."""
    return session.scalar(select(AuditHead.seq).where(AuditHead.agency_id == actor.agency_id)) or 0


def verdict(session: Session, actor: Actor, *, asked: bool) -> Verdict | None:
    """Whether the chain holds; None for a long one that nobody has asked to walk."""
    if not asked and length(session, actor) > WALKED_AT_ONCE:
        return None
    return audit.verify(session, actor.agency_id)


def acts() -> list[tuple[str, str]]:
    """Every act that has words, for the filter, in the order of the words."""
    return sorted(((action, str(words)) for action, words in SENTENCES.items()), key=lambda pair: pair[1])


def _names(session: Session, actor: Actor, entries: list[AuditEntry]) -> dict[uuid.UUID, tuple[str, bool]]:
    """Id → (name, whether it is a worker) of everybody who did something or to whom it was done."""
    ids = {one for entry in entries for one in (entry.actor_id, entry.about_id, entry.object_id) if one is not None}
    found: dict[uuid.UUID, tuple[str, bool]] = {}
    for model, name in ((Dependant, Dependant.full_name), (User, User.name), (Worker, Worker.full_name)):
        rows: Any = session.execute(select(model.id, name).where(model.agency_id == actor.agency_id, model.id.in_(ids)))
        found |= {row[0]: (row[1], model is Worker) for row in rows}
    return found


def _line(entry: AuditEntry, names: dict[uuid.UUID, tuple[str, bool]]) -> Line:
    subject = next((one for one in (entry.about_id, entry.object_id) if one in names), None)
    about, is_worker = names[subject] if subject is not None else ("", False)
    return Line(
        seq=entry.seq,
        at=entry.at,
        who=names.get(entry.actor_id, ("", False))[0] if entry.actor_id else "",
        role=entry.actor_role,
        what=sentence(entry.action),
        about=about if subject != entry.actor_id else "",
        about_worker_id=subject if is_worker else None,
        reason=entry.reason,
        facts=", ".join(_fact(key, value) for key, value in sorted(entry.detail.items()) if value is not None),
    )


def _fact(key: str, value: Any) -> str:
    name = key.replace("_", " ")
    if isinstance(value, bool):
        return name if value else _("not %(fact)s", fact=name)
    return f"{name} {_short(value)}"


def _short(value: Any) -> str:
    text = ", ".join(str(item) for item in value[:8]) if isinstance(value, list) else str(value)
    return text if len(text) <= 80 else text[:79] + "…"
