"""The simulated network at work: texts that were late arrive, answers that are due leave, as on a real one."""

import itertools
import uuid
from datetime import datetime, timedelta

import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session

from messaging.inbox import inbound
from messaging.models import Handset, HandsetText, Message
from messaging.outbox import receipts
from messaging.phones import calls, handsets
from workforce.core import tenancy, vault
from workforce.core.db import reading, transaction
from workforce.models import Agency

SWITCHED_OFF = "30003"
AT_ONCE = 5  # Texts in one commit: few enough that nobody else waits for the database.
LONGEST_WAIT = timedelta(
    hours=10
)  # How long a network keeps a text for a phone that is off, unless the text says less.
log = structlog.get_logger()


def tick(now: datetime, *, limit: int = 200) -> int:
    """Move what is due. How many texts moved. Safe in several processes: each row is handed over once."""
    with tenancy.across_agencies("simulated network: what is due"), reading() as db:
        due = select(HandsetText.agency_id, HandsetText.id, HandsetText.direction).join(Handset, (Handset.agency_id == HandsetText.agency_id) & (Handset.id == HandsetText.handset_id)).where(
            HandsetText.handed_over_at.is_(None), HandsetText.due_at <= now, Handset.has_signal, Handset.is_on
        )  # fmt: skip
        rows = db.execute(due.order_by(HandsetText.due_at, HandsetText.id).limit(limit)).all()
    for agency_id, mine in itertools.groupby(rows, key=lambda row: row.agency_id):
        moves = [(row.id, row.direction) for row in mine]
        with tenancy.agency(agency_id):
            for start in range(0, len(moves), AT_ONCE):
                _move(agency_id, moves[start : start + AT_ONCE], now)
    return len(rows)


def _move(agency_id: uuid.UUID, moves: list[tuple[uuid.UUID, str]], now: datetime) -> None:
    """A few texts in one commit; where one of them is stuck, each by itself, so that it holds up no other."""
    try:
        with transaction() as db:
            for row_id, direction in moves:
                _arrive(db, agency_id, row_id, now) if direction == "in" else _leave(db, agency_id, row_id, now)
    except Exception:
        if len(moves) == 1:
            log.exception("handset_text_stuck", handset_text_id=str(moves[0][0]))
            return
        for one in moves:
            _move(agency_id, [one], now)


def give_up(now: datetime) -> int:
    """Texts to phones without signal whose time has passed: the network says so. How many."""
    with tenancy.across_agencies("simulated network: texts nobody could take"), reading() as db:
        waiting = select(HandsetText.agency_id, HandsetText.id).where(
            HandsetText.handed_over_at.is_(None), HandsetText.direction == "in", HandsetText.due_at <= now
        )
        rows = db.execute(waiting.limit(1000)).all()
    given_up = 0
    for agency_id, row_id in rows:
        with tenancy.agency(agency_id), transaction() as db:
            given_up += _give_up(db, agency_id, row_id, now)
    return given_up


def _arrive(db: Session, agency_id: uuid.UUID, row_id: uuid.UUID, now: datetime) -> None:
    row = _take(db, agency_id, row_id)
    if row is None:
        return
    if row.channel == "voice":
        calls.time_is_up(db, row, now)
        return
    row.handed_over_at = now
    handset = db.get_one(Handset, row.handset_id)
    message = db.get(Message, row.message_id) if row.message_id else None
    if message is not None:
        receipts.told(db, message, "delivered", at=now, source="simulator")
        handsets.answer_by_script(db, handset, message.purpose, now, channel=row.channel)


def _leave(db: Session, agency_id: uuid.UUID, row_id: uuid.UUID, now: datetime) -> None:
    row = _take(db, agency_id, row_id)
    if row is None:
        return
    handset, agency = db.get_one(Handset, row.handset_id), db.get_one(Agency, agency_id)
    message, is_new = inbound.receive(
        db, agency_id, from_number=vault.reveal(db, handset, "number") or "", to_number=agency.sender or agency.short_name,
        body=vault.reveal(db, row, "body") or "", provider_id=row.provider_id, at=row.due_at, gateway="simulator", channel=row.channel,
    )  # fmt: skip
    row.handed_over_at, row.message_id = now, message.id
    if is_new:
        inbound.process_in(db, message, now)


def _give_up(db: Session, agency_id: uuid.UUID, row_id: uuid.UUID, now: datetime) -> int:
    row = _take(db, agency_id, row_id)
    message = db.get(Message, row.message_id) if row is not None and row.message_id else None
    if row is None or message is None or now < (message.valid_until or row.due_at + LONGEST_WAIT):
        return 0
    receipts.told(db, message, "undelivered", at=now, source="simulator", error_code=SWITCHED_OFF)
    db.delete(row)
    return 1


def _take(db: Session, agency_id: uuid.UUID, row_id: uuid.UUID) -> HandsetText | None:
    mine = select(HandsetText).where(
        HandsetText.agency_id == agency_id, HandsetText.id == row_id, HandsetText.handed_over_at.is_(None)
    )
    return db.scalar(mine.with_for_update())
