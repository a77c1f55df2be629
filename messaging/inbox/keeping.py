"""Who answers a thread, and up to when somebody has read it."""

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from messaging.models import Correction, InboxThread, Message
from workforce.core import audit, vault
from workforce.core.db import new_id
from workforce.core.errors import Conflict
from workforce.core.tenancy import Actor
from workforce.core.words import _
from workforce.models import User

Key = uuid.UUID | bytes | None


@dataclass(frozen=True)
class Kept:
    """What people did with a thread: who answers it, by name, and until when it was read."""

    owner_id: uuid.UUID | None = None
    owner: str = ""
    seen_at: datetime | None = None


def key_of(message: Message) -> Key:
    """What makes texts one thread: the worker, else the number."""
    return message.worker_id or message.number_index


def of(db: Session, actor: Actor, messages: Iterable[Message]) -> dict[Key, Kept]:
    """What was done with the threads of these texts."""
    keys = {key_of(message) for message in messages}
    people = [key for key in keys if isinstance(key, uuid.UUID)]
    numbers = [key for key in keys if isinstance(key, bytes)]
    mine = (
        select(InboxThread, User.name)
        .outerjoin(User, (User.agency_id == InboxThread.agency_id) & (User.id == InboxThread.owner_id))
        .where(InboxThread.agency_id == actor.agency_id)
        .where(or_(InboxThread.worker_id.in_(people), InboxThread.number_index.in_(numbers)))
    )
    return {
        row.worker_id or row.number_index: Kept(row.owner_id, name or "", row.seen_at) for row, name in db.execute(mine)
    }


def take(db: Session, actor: Actor, message: Message, at: datetime) -> None:
    """Answer this thread from now on. Raises Conflict when somebody else does."""
    row = _row(db, actor, message)
    if row.owner_id not in {None, actor.id}:
        raise Conflict(_("Somebody else answers this thread. Ask them, or hand it over first."))
    row.owner_id, row.owned_at = actor.id, at
    db.flush()
    audit.record(db, actor, "thread.take", message)


def leave(db: Session, actor: Actor, message: Message) -> None:
    """Nobody's again: whoever is free may take it."""
    row = _row(db, actor, message)
    row.owner_id = row.owned_at = None
    db.flush()
    audit.record(db, actor, "thread.leave", message)


def see(db: Session, actor: Actor, message: Message, at: datetime) -> None:
    """Somebody has the thread open: what came up to now counts as read."""
    _row(db, actor, message).seen_at = at
    db.flush()


def is_unseen(kept: Kept | None, newest: Message) -> bool:
    """Whether a text came that nobody has looked at."""
    return kept is None or kept.seen_at is None or kept.seen_at < newest.queued_at


def note_correction(
    db: Session, actor: Actor, message: Message, before: tuple[str, str], after: str, at: datetime
) -> None:
    """Keep that a person read a text otherwise, for whoever looks after the word lists."""
    made = Correction(
        id=new_id(), agency_id=actor.agency_id, message_id=message.id, worker_id=message.worker_id, language=message.language[:8],
        label_before=before[0], status_before=before[1], status_after=after, corrected_by=actor.id, corrected_at=at,
    )  # fmt: skip
    db.add(made)
    db.flush()


def corrections(db: Session, actor: Actor, limit: int = 5000) -> Sequence[dict[str, str]]:
    """Every text that a person read otherwise, newest first, with its words: for the corpus and the word lists."""
    mine = (
        select(Correction, Message)
        .join(Message, (Message.agency_id == Correction.agency_id) & (Message.id == Correction.message_id))
        .where(Correction.agency_id == actor.agency_id)
        .order_by(Correction.corrected_at.desc(), Correction.id.desc())
        .limit(limit)
    )
    rows = db.execute(mine).all()
    vault.prefetch(db, {message.worker_id for _row, message in rows if message.worker_id})
    audit.record(db, actor, "message.corrections", None, count=len(rows))
    return [
        {
            "at": row.corrected_at.isoformat(),
            "language": row.language,
            "read_as": row.status_before or row.label_before,
            "is": row.status_after or "free",
            "text": vault.reveal(db, message, "body") or "",
        }
        for row, message in rows
    ]


def _row(db: Session, actor: Actor, message: Message) -> InboxThread:
    key = key_of(message)
    where = InboxThread.worker_id == key if isinstance(key, uuid.UUID) else InboxThread.number_index == key
    found = db.scalar(select(InboxThread).where(InboxThread.agency_id == actor.agency_id, where).with_for_update())
    if found is None:
        found = InboxThread(
            id=new_id(),
            agency_id=actor.agency_id,
            worker_id=message.worker_id,
            number_index=None if message.worker_id else message.number_index,
        )
        db.add(found)
        db.flush()
    return found
