"""What the provider says about a text. Every word is kept; the text's rank only rises, so order and doubles do not matter."""

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import and_, or_, select, update
from sqlalchemy.orm import Session

from messaging.incidents import board
from messaging.models import RANKS, Message, MessageEvent
from workforce.models import Worker

FINAL = frozenset({"delivered", "undelivered", "failed", "read", "suppressed", "expired", "cancelled"})
MOMENTS = {"accepted": "accepted_at", "sent": "sent_at"}
OPTED_OUT = "21610"  # The carrier blocks this pair of numbers: the person has sent STOP to it.


def told(db: Session, message: Message, state: str, *, at: datetime, source: str, error_code: str = "") -> bool:
    """Write down that `source` says `state` about the text, and raise its rank if that is news. True if it was."""
    said = select(MessageEvent.id).where(
        MessageEvent.agency_id == message.agency_id, MessageEvent.message_id == message.id,
        MessageEvent.state == state, MessageEvent.error_code == error_code,
    ).limit(1)  # fmt: skip
    if db.scalar(said) is None:
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
    if not raise_rank(db, message.agency_id, message.id, state, at=at, error_code=error_code):
        return False
    db.flush()
    db.refresh(message)
    if error_code == OPTED_OUT:
        _stopped_at_the_carrier(db, message, at)
    elif state in {"undelivered", "failed"}:
        board.not_delivered(db, message, at=at)
    return True


def raise_rank(
    db: Session, agency_id: uuid.UUID, message_id: uuid.UUID, state: str, *, at: datetime, error_code: str = ""
) -> bool:
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
        .where(Message.id == message_id, Message.agency_id == agency_id, higher)
        .values(**values)
        .execution_options(synchronize_session=False)
    )
    return bool(changed.rowcount)


def _stopped_at_the_carrier(db: Session, message: Message, at: datetime) -> None:
    worker = db.scalar(select(Worker).where(Worker.id == message.worker_id, Worker.agency_id == message.agency_id))
    if worker is not None and worker.opted_out_at is None:
        worker.opted_out_at = at
        board.opted_out(db, worker, at)
