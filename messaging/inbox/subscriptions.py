"""STOP and START: honoured at once, for everybody on that number."""

from messaging.inbox.turn import Answer, Turn
from messaging.incidents import board
from workforce.core import audit


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
