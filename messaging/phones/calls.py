"""Calls on simulated phones: they ring, are answered or declined, speak, and take a digit, as a real one does."""

import uuid
from datetime import datetime, timedelta

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from messaging.inbox import inbound
from messaging.models import Handset, HandsetText, Message
from messaging.outbox import receipts
from messaging.outbox.gateways import Draft, spoken
from workforce.core import vault
from workforce.core.db import new_id
from workforce.core.errors import Conflict
from workforce.core.tenancy import Actor
from workforce.core.words import _
from workforce.models import Agency

# Twice as long as a real one, so that somebody who tries it finds the phone that rings.
RINGS = timedelta(seconds=60)
# What is said twice and waits for a digit; then the line is cut.
SPEAKS = timedelta(seconds=120)
NOT_ANSWERED, BUSY = "not_answered", "busy"


def ring(db: Session, handset: Handset, draft: Draft, provider_id: str, now: datetime) -> None:
    """The phone rings. What will be spoken lies with the call."""
    row = HandsetText(
        id=new_id(), agency_id=handset.agency_id, handset_id=handset.id, worker_id=handset.worker_id, direction="in", channel="voice",
        call_state="ringing", provider_id=provider_id, message_id=draft.message_id, due_at=now + RINGS, handed_over_at=None,
    )  # fmt: skip
    vault.seal(db, row, body=spoken.words(draft.language, draft.body))
    db.add(row)


def current(db: Session, handset: Handset) -> HandsetText | None:
    """The call that rings or is being listened to, the oldest first."""
    return db.scalar(_live(handset.agency_id).where(HandsetText.handset_id == handset.id).limit(1))


def ringing(db: Session, actor: Actor) -> set[uuid.UUID]:
    """The handsets that have a call on the line."""
    return {row.handset_id for row in db.scalars(_live(actor.agency_id))}


def answer(db: Session, handset: Handset, now: datetime) -> HandsetText:
    """Somebody picks up, and the text is spoken. Raises Conflict when nothing rings."""
    call = _of(db, handset, "ringing")
    call.call_state, call.due_at = "talking", now + SPEAKS
    _tell(db, call, "sent", now)
    return call


def decline(db: Session, handset: Handset, now: datetime) -> HandsetText:
    """Somebody does not want it, or hangs up in the middle. Raises Conflict when there is no call."""
    call = _of(db, handset, "ringing", "talking")
    if call.call_state == "talking":
        return _end(db, call, "ended", now)
    return _end(db, call, "declined", now)


def press(db: Session, handset: Handset, key: str, now: datetime) -> HandsetText:
    """A digit during a call: 1 and 2 are answers and end it, any other is asked again. Raises Conflict."""
    call = _of(db, handset, "talking")
    if key not in spoken.ANSWERS:
        call.due_at = now + SPEAKS
        return call
    agency = db.get_one(Agency, handset.agency_id)
    message, is_new = inbound.receive(
        db, handset.agency_id, from_number=vault.reveal(db, handset, "number") or "", to_number=agency.voice_number or agency.short_name,
        body=spoken.ANSWERS[key], provider_id=f"{call.provider_id}-{key}", at=now, gateway="simulator", channel="voice", in_reply_to_id=call.message_id,
    )  # fmt: skip
    _end(db, call, "answered", now)
    if is_new:
        inbound.process_in(db, message, now)
    return call


def time_is_up(db: Session, call: HandsetText, now: datetime) -> None:
    """Nobody picked up, or nobody pressed anything: the line is cut."""
    _end(db, call, "missed" if call.call_state == "ringing" else "ended", now)


def _end(db: Session, call: HandsetText, state: str, now: datetime) -> HandsetText:
    call.call_state, call.handed_over_at = state, now
    code = {"missed": NOT_ANSWERED, "declined": BUSY}.get(state, "")
    _tell(db, call, "undelivered" if code else "delivered", now, code)
    return call


def _tell(db: Session, call: HandsetText, state: str, now: datetime, code: str = "") -> None:
    message = db.get(Message, call.message_id) if call.message_id else None
    if message is not None:
        receipts.told(db, message, state, at=now, source="simulator", error_code=code)


def _of(db: Session, handset: Handset, *states: str) -> HandsetText:
    call = current(db, handset)
    if call is None or call.call_state not in states:
        raise Conflict(_("The call is over."))
    return call


def _live(agency_id: uuid.UUID) -> Select[HandsetText]:
    mine = select(HandsetText).where(
        HandsetText.agency_id == agency_id, HandsetText.channel == "voice", HandsetText.direction == "in", HandsetText.handed_over_at.is_(None)
    )  # fmt: skip
    return mine.order_by(HandsetText.due_at, HandsetText.id)
