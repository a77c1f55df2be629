"""What the provider says about a text. Every word is kept; the text's rank only rises, so order and doubles do not matter."""

import uuid
from collections.abc import Iterable
from datetime import datetime
from typing import Any, TypeAlias

from sqlalchemy import and_, or_, select, update
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import set_committed_value

from messaging.incidents import board
from messaging.models import RANKS, Message, MessageEvent
from workforce.models import Worker

FINAL = frozenset({"delivered", "undelivered", "failed", "read", "suppressed", "expired", "cancelled"})
MOMENTS = {"accepted": "accepted_at", "sent": "sent_at"}
OPTED_OUT = "21610"  # The carrier blocks this pair of numbers: the person has sent STOP to it.

Heard: TypeAlias = set[tuple[uuid.UUID, str, str]]


def told(
    db: Session,
    message: Message,
    state: str,
    *,
    at: datetime,
    source: str,
    error_code: str = "",
    heard: Heard | None = None,
) -> bool:
    """Write down that `source` says `state` about the text, and raise its rank if that is news. True if it was.

    `heard` is what has been said about it before, where that is at hand.
    """
    heard = heard_of(db, message.agency_id, [message.id]) if heard is None else heard
    if (message.id, state, error_code) not in heard:
        heard.add((message.id, state, error_code))
        db.add(
            MessageEvent(
                agency_id=message.agency_id,
                message_id=message.id,
                at=at,
                state=state,
                source=source,
                error_code=error_code,
            )
        )
    db.flush()
    if not _raise_rank(db, message, state, at=at, error_code=error_code):
        return False
    if error_code == OPTED_OUT:
        _stopped_at_the_carrier(db, message, at)
    elif state in {"undelivered", "failed"}:
        board.not_delivered(db, message, at=at)
    return True


def heard_of(db: Session, agency_id: uuid.UUID, message_ids: Iterable[uuid.UUID]) -> Heard:
    """What has been said about these texts: (text, state, error code)."""
    asked = select(MessageEvent.message_id, MessageEvent.state, MessageEvent.error_code).where(
        MessageEvent.agency_id == agency_id, MessageEvent.message_id.in_(list(message_ids))
    )
    return {(message_id, state, code) for message_id, state, code in db.execute(asked)}


def _raise_rank(db: Session, message: Message, state: str, *, at: datetime, error_code: str) -> bool:
    """One statement that applies only where the rank rises; "delivered" also wins over "undelivered", whichever came first."""
    rank = RANKS[state]
    higher: Any = Message.rank < rank
    if state == "delivered":
        higher = or_(higher, and_(Message.rank == rank, Message.state.in_(("undelivered", "failed"))))
    values: dict[str, Any] = {"state": state, "rank": rank, "error_code": error_code, "lease_until": None}
    if state in MOMENTS:
        values[MOMENTS[state]] = at
    if state in FINAL:
        values["settled_at"] = at
    changed: Any = db.execute(
        update(Message)
        .where(Message.id == message.id, Message.agency_id == message.agency_id, higher)
        .values(**values)
        .execution_options(synchronize_session=False)
    )
    if not changed.rowcount:
        return False
    for name, value in values.items():  # The row in hand says what the database now says, without asking it again.
        set_committed_value(message, name, value)
    return True


def _stopped_at_the_carrier(db: Session, message: Message, at: datetime) -> None:
    worker = db.scalar(select(Worker).where(Worker.id == message.worker_id, Worker.agency_id == message.agency_id))
    if worker is not None and worker.opted_out_at is None:
        worker.opted_out_at = at
        board.opted_out(db, worker, at)
