"""Hands on the wheel: hold back, let go on, call back what has not left, and say how far a text to many has come."""

from datetime import datetime

from sqlalchemy import ColumnElement, and_, exists, select
from sqlalchemy.orm import Session

from messaging.incidents import log, tallies
from messaging.incidents.rights import may_write
from messaging.models import Broadcast, Incident, Message
from messaging.outbox import outbox
from workforce.core import audit
from workforce.core.errors import Conflict
from workforce.core.tenancy import Actor
from workforce.core.words import _, _n

ON_THE_WAY = ("queued", "claimed", "submitting", "accepted", "sent", "unknown")
ARRIVED = ("delivered", "read")
STILL_HERE = ("queued", "claimed", "submitting")


def pause(db: Session, actor: Actor, incident: Incident, broadcast: Broadcast, *, at: datetime) -> None:
    """Hold back what has not left. Raises Conflict."""
    _turn(db, actor, incident, broadcast, ("sending",), "paused", at)


def resume(db: Session, actor: Actor, incident: Incident, broadcast: Broadcast, *, at: datetime) -> None:
    """Let it go on. Raises Conflict."""
    _turn(db, actor, incident, broadcast, ("paused",), "sending", at)


def cancel(db: Session, actor: Actor, incident: Incident, broadcast: Broadcast, *, at: datetime) -> int:
    """Call back what has not left; how many texts stayed here. Raises Conflict."""
    _turn(db, actor, incident, broadcast, ("sending", "paused"), "cancelled", at)
    broadcast.done_at = at
    return outbox.cancel(db, broadcast)


def progress(db: Session, broadcast: Broadcast) -> dict[str, int]:
    """How many texts are on their way, arrived, and did not."""
    states = tallies.texts(db, broadcast)
    going, there = (sum(states.get(state, 0) for state in some) for some in (ON_THE_WAY, ARRIVED))
    waiting = states.get("queued", 0) + states.get("claimed", 0)
    total = sum(states.values())
    stayed = states.get("cancelled", 0) + states.get("suppressed", 0)
    return {
        "total": total,
        "waiting": waiting,
        "left": total - waiting - stayed,
        "going": going,
        "arrived": there,
        "failed": total - going - there - stayed,
        "stayed": stayed,
    }


def told(act: str, broadcast: Broadcast, how: dict[str, int]) -> str:
    """What to say to who has turned the wheel: how many texts had left, how many are here."""
    number = broadcast.sequence
    left = _n("%(num)d had left", "%(num)d had left", how["left"])
    if act == "pause":
        return _("Text %(number)s is held back: %(left)s, %(here)s wait here.", number=number, left=left, here=how["waiting"])  # fmt: skip
    if act == "resume":
        return _(
            "Text %(number)s goes on: %(left)s, %(here)s leave now.", number=number, left=left, here=how["waiting"]
        )
    return _("Text %(number)s is called back: %(left)s, %(here)s stay here.", number=number, left=left, here=how["stayed"])  # fmt: skip


def somebody_finished(db: Session, actor: Actor) -> bool:
    """Whether `finish` would find anything."""
    return db.scalar(select(Broadcast.id).where(_has_left(actor)).limit(1)) is not None


def finish(db: Session, actor: Actor, *, at: datetime) -> int:
    """Mark as done whatever has left to the last text; how many broadcasts. What a provider has in doubt may still be sent, so it waits."""
    left = db.scalars(select(Broadcast).where(_has_left(actor)).with_for_update()).all()
    for broadcast in left:
        broadcast.state, broadcast.done_at = "done", at
        db.flush()
        incident = db.scalar(
            select(Incident).where(Incident.id == broadcast.incident_id, Incident.agency_id == actor.agency_id)
        )
        audit.record(db, actor, "broadcast.done", broadcast, sequence=broadcast.sequence)
        if incident is not None:
            log.line(db, actor, incident, "text_done", at=at, sequence=broadcast.sequence)
    return len(left)


def _has_left(actor: Actor) -> ColumnElement[bool]:
    here = exists().where(
        Message.agency_id == Broadcast.agency_id, Message.broadcast_id == Broadcast.id, Message.state.in_(STILL_HERE)
    )
    return and_(Broadcast.agency_id == actor.agency_id, Broadcast.state.in_(("sending", "paused")), ~here)


def _turn(
    db: Session,
    actor: Actor,
    incident: Incident,
    broadcast: Broadcast,
    before: tuple[str, ...],
    after: str,
    at: datetime,
) -> None:
    may_write(actor)
    if broadcast.state not in before:
        raise Conflict(_("Text %(number)s cannot be changed any more.", number=broadcast.sequence))
    broadcast.state = after
    db.flush()
    audit.record(db, actor, f"broadcast.{after}", broadcast, incident=incident.code, sequence=broadcast.sequence)
    log.line(db, actor, incident, f"text_{after}", at=at, sequence=broadcast.sequence)
