"""STOP and START: honoured at once, for everybody on that number."""

from datetime import datetime

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from messaging.inbox.turn import Answer, Turn
from messaging.incidents import board
from messaging.models import Message
from messaging.outbox.receipts import OPTED_OUT
from workforce.core import audit
from workforce.models import Worker


def stop(turn: Turn) -> Answer | None:
    """No more texts; a crisis then needs a call, and the board says so."""
    for worker in turn.workers:
        if worker.opted_out_at is None:
            worker.opted_out_at = turn.now
            audit.record(turn.db, turn.actor, "worker.opt_out", worker, channel="sms")
        board.opted_out(turn.db, worker, turn.now)
    if turn.joining is not None:
        turn.db.delete(turn.joining)
    return Answer("stop_confirm", last_word=True) if turn.workers else None


def start(turn: Turn) -> Answer | None:
    """Texts again."""
    for worker in turn.workers:
        if worker.opted_out_at is not None:
            worker.opted_out_at = None
            audit.record(turn.db, turn.actor, "worker.opt_in", worker, channel="sms")
    return Answer("start_confirm") if turn.workers else None


def standing(db: Session, worker: Worker) -> tuple[str, datetime] | None:
    """What was said last about texts to them, and when: "stop" or "start" by text, or "carrier" where the network blocks ours.

    None where nothing was said, or where what was said is not how it stands.
    """
    numbers = [phone.number_index for phone in worker.phones]
    theirs = or_(Message.worker_id == worker.id, Message.number_index.in_(numbers))
    said = select(Message.label, Message.queued_at).where(
        Message.agency_id == worker.agency_id, theirs, Message.direction == "in", Message.label.in_(("stop", "start"))
    )
    blocked = select(Message.settled_at).where(
        Message.agency_id == worker.agency_id, theirs, Message.direction == "out", Message.error_code == OPTED_OUT
    )
    found = [(label, at) for label, at in db.execute(said.order_by(Message.queued_at.desc()).limit(1))]
    found += [
        ("carrier", at) for at in db.scalars(blocked.order_by(Message.settled_at.desc()).limit(1)) if at is not None
    ]
    newest = max(found, key=lambda one: one[1], default=None)
    stopped = worker.opted_out_at is not None
    return newest if newest is not None and (newest[0] == "start") != stopped else None
