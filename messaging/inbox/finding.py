"""Places in texts: where somebody is, what is near, and no more of it."""

from messaging.inbox import whereabouts
from messaging.inbox.turn import Answer, Turn


def place(turn: Turn) -> Answer | None:
    """A place is kept and said back, so that a wrong one is noticed."""
    found = turn.reading.place
    if found is None:  # A link that cannot be opened without the internet.
        return Answer("ask_place")
    if turn.worker is None:
        turn.handled = False
        return Answer("ask_who")
    keep_place(turn)
    turn.handled = not turn.reading.needs_confirmation
    return Answer("ack_place", {"place": whereabouts.name_of(found)})


def keep_place(turn: Turn) -> None:
    """Keep the place a text names, whatever else it says."""
    if turn.worker is not None and turn.reading.place is not None:
        sure = not turn.reading.needs_confirmation
        whereabouts.take_position(
            turn.db, turn.worker, turn.reading.place, at=turn.message.queued_at, message=turn.message, is_sure=sure
        )


def near(turn: Turn, wanted: str) -> Answer | None:
    """The nearest embassy, hospital or airport with its way and number; the leader of the sender's own site."""
    kind = wanted.lower() or "embassy"
    if turn.worker is None:
        turn.handled = False
        return Answer("ask_who")
    if kind == "leader":
        found = whereabouts.leader_of(turn.db, turn.worker)
        turn.handled = found is not None
        return Answer("near_leader", found) if found else None
    if kind not in whereabouts.KINDS:
        turn.handled = False
        return None
    nearest = whereabouts.nearest_to(
        turn.db, turn.worker, kind, place=turn.reading.place, now=turn.now, language=turn.language
    )
    return Answer("near_answer", nearest) if nearest else Answer("near_no_place", {"kind": kind.upper()})


def location(turn: Turn, argument: str) -> Answer | None:
    """LOC alone asks where to; LOC OFF and LOC DELETE forget at once."""
    if turn.worker is None:
        turn.handled = False
        return Answer("ask_who")
    if argument in {"OFF", "DELETE"}:
        whereabouts.forget(turn.db, turn.worker, at=turn.now)
        return Answer("loc_off")
    return Answer("where_are_you")
