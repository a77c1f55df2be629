"""What the provider says about a text. Every word is kept; the text's rank only rises, so order and doubles do not matter."""

import uuid
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import and_, or_, select, update
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import set_committed_value

from messaging.incidents import board
from messaging.models import RANKS, Message, MessageEvent
from messaging.outbox.waits import next_check
from workforce.core import audit
from workforce.core.db import new_id
from workforce.core.loading import find_rows
from workforce.core.tenancy import System
from workforce.models import Phone, Worker

FINAL = frozenset({"delivered", "undelivered", "failed", "read", "suppressed", "expired", "cancelled"})
ENDS = frozenset({"delivered", "undelivered", "failed"})
NOT_THERE = frozenset({"undelivered", "failed"})
# What we meant to do with a text. That the provider has it, from an attempt nobody could tell of, counts more.
OUR_ENDS = frozenset({"suppressed", "expired", "cancelled"})
MOMENTS = {"accepted": "accepted_at", "sent": "sent_at"}
OPTED_OUT = "21610"  # The carrier blocks this pair of numbers: the person has sent STOP to it.
_SAID = ("message_id", "state", "error_code", "provider_id")
SIMULATOR = "simulator"  # Its receipts come from our own database; there is nobody to ask.


class Heard:
    """What has been said before about some texts: by whom does not matter, of which copy does."""

    def __init__(self) -> None:
        self._words: set[tuple[uuid.UUID, str, str, str]] = set()
        self._states: set[tuple[uuid.UUID, str, str]] = set()

    def add(self, message_id: uuid.UUID, state: str, error_code: str, provider_id: str) -> bool:
        """Take a word in. False where it has been said before."""
        word = (message_id, state, error_code, provider_id)
        if word in self._words:
            return False
        self._words.add(word)
        self._states.add((message_id, state, provider_id))
        return True

    def state(self, message_id: uuid.UUID, state: str, provider_id: str) -> bool:
        """Whether this state of this copy is known, with whatever code."""
        return (message_id, state, provider_id) in self._states


def told(
    db: Session,
    message: Message,
    state: str,
    *,
    at: datetime,
    source: str,
    error_code: str = "",
    provider_id: str = "",
    heard: Heard | None = None,
) -> bool:
    """Write down that `source` says `state` about the text, and raise its rank if that is news. True if it was.

    `provider_id` is the copy it speaks of, where the provider named one; `heard` what has been said before, if that is at hand.
    """
    heard = heard_of(db, [message.id]) if heard is None else heard
    known = heard.state(message.id, state, provider_id)
    if heard.add(message.id, state, error_code, provider_id):
        db.add(event_row(message, state, at=at, source=source, error_code=error_code, provider_id=provider_id))
    db.flush()
    contradicts = heard.state(message.id, message.state, provider_id)
    if not _raise_rank(db, message, state, at=at, error_code=error_code) and (
        known or not _end_otherwise(db, message, state, at=at, error_code=error_code, contradicts=contradicts)
    ):
        return False
    if error_code == OPTED_OUT:
        _stopped_at_the_carrier(db, message, at)
    elif state in {"undelivered", "failed"}:
        board.not_delivered(db, message, at=at)
    return True


def another_copy(
    db: Session, message: Message, provider_id: str, *, at: datetime, source: str, heard: Heard | None = None
) -> None:
    """The provider speaks of this text under a second id: it may have left twice, and that is shown."""
    heard = heard_of(db, [message.id]) if heard is None else heard
    if heard.add(message.id, "accepted", "another_id", provider_id):
        said = {"source": source, "error_code": "another_id", "provider_id": provider_id}
        db.add(event_row(message, "accepted", at=at, **said))
    _write(db, message, Message.possible_double.is_(False), possible_double=True)


def event_row(
    message: Message, state: str, *, at: datetime, source: str, error_code: str = "", provider_id: str = ""
) -> MessageEvent:
    """A word about a text, as a row."""
    return MessageEvent(
        id=new_id(), agency_id=message.agency_id, message_id=message.id, at=at, state=state, source=source,
        error_code=error_code, provider_id=provider_id,
    )  # fmt: skip


def heard_of(db: Session, message_ids: Iterable[uuid.UUID]) -> Heard:
    """What has been said about these texts of the session's agency."""
    found = Heard()
    db.flush()
    for said in find_rows(db, MessageEvent, _SAID, "message_id", list(message_ids)):
        found.add(*said)
    return found


def _raise_rank(db: Session, message: Message, state: str, *, at: datetime, error_code: str) -> bool:
    """One statement that applies only where the rank rises; what arrived by one of two copies has arrived."""
    rank = RANKS[state]
    higher: Any = Message.rank < rank
    if rank >= RANKS["accepted"] and state not in OUR_ENDS:
        higher = or_(higher, and_(Message.state.in_(OUR_ENDS), Message.attempts > 0))
    return _write(db, message, higher, **values_of(state, at, error_code))


def _end_otherwise(
    db: Session, message: Message, state: str, *, at: datetime, error_code: str, contradicts: bool
) -> bool:
    """A second, different end. From the same copy the later word is shown, and that the two differ; "read" stays.

    Of two copies one that arrived is enough: the person has the text.
    """
    ended = and_(Message.state.in_(ENDS), Message.state != state)
    if state not in ENDS or not (contradicts or state == "delivered"):
        return False
    both_ends = contradicts and not {message.state, state} <= NOT_THERE
    differs = True if both_ends else message.conflict
    if _write(db, message, ended, conflict=differs, **values_of(state, at, error_code)):
        return True
    if state in NOT_THERE:
        _write(db, message, Message.state == "read", conflict=True)
    return False


def values_of(state: str, at: datetime, error_code: str) -> dict[str, Any]:
    """What a text's row says once this has been said of it."""
    values: dict[str, Any] = {
        "state": state,
        "rank": RANKS[state],
        "error_code": error_code,
        "lease_until": None,
        "retry_at": None,
    }
    if state in MOMENTS:
        values[MOMENTS[state]] = at
    if state in FINAL:
        values |= {"settled_at": at, "check_at": None}
    return values


def check_from(message: Message, at: datetime) -> datetime | None:
    """When a text that was accepted at `at` is asked about for the first time."""
    first = None if message.gateway == SIMULATOR else next_check(0)
    return at + first if first is not None else None


def _write(db: Session, message: Message, where: Any, **values: Any) -> bool:
    """One statement; true if the row was so. The row in hand then says what the database says, without asking it again."""
    changed: Any = db.execute(
        update(Message)
        .where(Message.id == message.id, Message.agency_id == message.agency_id, where)
        .values(**values)
        .execution_options(synchronize_session=False)
    )
    if not changed.rowcount:
        return False
    for name, value in values.items():
        set_committed_value(message, name, value)
    return True


def _stopped_at_the_carrier(db: Session, message: Message, at: datetime) -> None:
    """The carrier says that this number wants no texts from us: that is a STOP of everybody whose number it is."""
    owners = select(Phone.worker_id).where(
        Phone.agency_id == message.agency_id, Phone.number_index == message.number_index
    )
    mine = select(Worker).where(Worker.agency_id == message.agency_id, Worker.opted_out_at.is_(None))
    for worker in db.scalars(
        mine.where(or_(Worker.id == message.worker_id, Worker.id.in_(owners))).order_by(Worker.id)
    ):
        worker.opted_out_at = at
        audit.record(db, System(message.agency_id), "worker.opt_out", worker, channel="carrier")
        board.opted_out(db, worker, at)
