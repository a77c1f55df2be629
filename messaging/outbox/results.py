"""What came of the calls, written down: nearly all were simply accepted, and those are settled many at a time."""

import uuid
from collections.abc import Sequence
from datetime import datetime, timedelta

import structlog
from sqlalchemy import and_, bindparam, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from messaging.models import RANKS, Message, MessageEvent
from messaging.outbox import receipts
from messaging.outbox.gateways import Outcome
from messaging.outbox.waits import waits
from workforce.core import tenancy
from workforce.core.db import new_ids, transaction
from workforce.core.loading import insert_rows, update_rows

log = structlog.get_logger()
# Still as it was handed over: nobody has said anything about it meanwhile.
_UNTOLD = select(Message.id, Message.attempts, Message.gateway).where(
    Message.agency_id == bindparam("agency_id"),
    Message.id.in_(bindparam("ids", expanding=True)),
    Message.state == "submitting",
    Message.provider_id.is_(None),
).order_by(Message.id)  # In one order, as receipts lock them.


def settle(outcomes: Sequence[Outcome], now: datetime) -> None:
    """Write down what came of the calls, many in one commit."""
    by_agency: dict[uuid.UUID, list[Outcome]] = {}
    for outcome in outcomes:
        by_agency.setdefault(outcome.draft.agency_id, []).append(outcome)
    for agency_id, mine in by_agency.items():
        with tenancy.agency(agency_id):
            try:
                _settle_all(agency_id, mine, now)
            except IntegrityError:  # Another text has one of these ids already: which, is asked of each by itself.
                for one in mine:
                    _settle_each(agency_id, [one], now)


def _settle_all(agency_id: uuid.UUID, outcomes: list[Outcome], now: datetime) -> None:
    simple = {
        one.draft.message_id: one for one in outcomes if one.kind == "accepted" and one.provider_id and not one.then
    }
    settled: set[uuid.UUID] = set()
    if simple:
        with transaction() as db:
            settled = _accept(db, agency_id, simple, now)
    if rest := [one for one in outcomes if one.draft.message_id not in settled]:
        _settle_each(agency_id, rest, now)


def _accept(db: Session, agency_id: uuid.UUID, simple: dict[uuid.UUID, Outcome], now: datetime) -> set[uuid.UUID]:
    """Those of which nothing has been heard meanwhile are accepted; which. Raises IntegrityError for an id in use."""
    asked = db.execute(_UNTOLD.with_for_update(), {"agency_id": agency_id, "ids": list(simple)})
    rows = [
        (message_id, simple[message_id].provider_id, gateway)
        for message_id, attempts, gateway in asked
        if attempts == simple[message_id].draft.attempt
    ]
    first = now + waits().checks[0] if waits().checks else None
    settled = {
        "state": "accepted", "rank": RANKS["accepted"], "accepted_at": now, "lease_until": None, "error_code": "", "checks": 0,
    }  # fmt: skip
    update_rows(
        db,
        Message,
        [
            {"id": one, "provider_id": named, "check_at": None if line == receipts.SIMULATOR else first, **settled}
            for one, named, line in rows
        ],
    )
    said = {"agency_id": agency_id, "at": now, "state": "accepted", "source": "worker", "error_code": ""}
    insert_rows(
        db,
        MessageEvent,
        [
            {"id": made, "message_id": one, "provider_id": named, **said}
            for made, (one, named, _line) in zip(new_ids(len(rows)), rows, strict=True)
        ],
    )
    return {message_id for message_id, _named, _line in rows}


def _settle_each(agency_id: uuid.UUID, outcomes: list[Outcome], now: datetime) -> None:
    ids = [one.draft.message_id for one in outcomes]
    with transaction() as db:
        asked = select(Message).where(Message.agency_id == agency_id, Message.id.in_(ids))
        messages = {message.id: message for message in db.scalars(asked.with_for_update())}
        heard = receipts.heard_of(db, messages)
        for outcome in outcomes:
            if (message := messages.get(outcome.draft.message_id)) is not None:
                _settle(db, message, outcome, now, heard)


def _settle(db: Session, message: Message, outcome: Outcome, now: datetime, heard: receipts.Heard) -> None:
    same = message.attempts == outcome.draft.attempt and message.state in {"submitting", "unknown"}
    if outcome.kind == "accepted" and outcome.provider_id:
        accepted(db, message, outcome.provider_id, at=now, source=message.gateway, heard=heard)
        if outcome.then:
            said = {"source": message.gateway, "error_code": outcome.code, "provider_id": outcome.provider_id}
            receipts.told(db, message, outcome.then, at=now, heard=heard, **said)
    elif outcome.kind == "refused" and same:
        state = "suppressed" if outcome.code == receipts.OPTED_OUT else "failed"
        receipts.told(db, message, state, at=now, source=message.gateway, error_code=outcome.code, heard=heard)
    elif outcome.kind == "later" and same:
        # Being asked to wait is no attempt. Nothing has left, so the text goes back into the queue.
        back = and_(Message.state.in_(("submitting", "unknown")), Message.submitted_at == outcome.draft.submitted_at)
        values = {
            "state": "queued", "rank": RANKS["queued"], "retry_at": now + timedelta(seconds=outcome.wait_seconds),
            "attempts": outcome.draft.attempt - 1, "lease_until": None, "check_at": None,
        }  # fmt: skip
        mine = update(Message).where(Message.agency_id == message.agency_id, Message.id == message.id, back)
        db.execute(mine.values(**values).execution_options(synchronize_session=False))


def accepted(
    db: Session,
    message: Message,
    provider_id: str,
    *,
    at: datetime,
    source: str,
    heard: receipts.Heard | None = None,
) -> None:
    """The provider has it. A callback may have said so, and more, before the call came back.

    An id that another text already has proves nothing about this one: it stays unknown, for a person to look at. A second id
    for the same text means that it may have left twice: that is kept and flagged.
    """
    if message.provider_id is None and is_taken(db, message, provider_id):
        log.error("provider_id_taken", message_id=str(message.id))
        receipts.told(db, message, "unknown", at=at, source=source, error_code="id_taken", heard=heard)
        return
    if message.provider_id is None:
        message.provider_id = provider_id
    elif message.provider_id != provider_id:
        receipts.another_copy(db, message, provider_id, at=at, source=source, heard=heard)
        return
    if message.accepted_at is None:
        message.accepted_at = at
        message.check_at, message.checks = receipts.check_from(message, at), 0
    receipts.told(db, message, "accepted", at=at, source=source, provider_id=provider_id, heard=heard)


def is_taken(db: Session, message: Message, provider_id: str) -> bool:
    """Whether another text of this agency has this id."""
    other = select(Message.id).where(
        Message.agency_id == message.agency_id,
        Message.gateway == message.gateway,
        Message.provider_id == provider_id,
        Message.id != message.id,
    )
    return db.scalar(other.limit(1)) is not None
