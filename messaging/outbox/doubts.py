"""What a crash, a lost answer or a lost receipt leaves behind: asked of the provider, never guessed, never blindly sent again.

A claim without a submission is simply free again. A text that was `submitting` is looked for in the provider's list; if nobody
knows of it, the rule of its purpose decides: a crisis text goes once more, flagged, everything else stays unknown. An accepted
text without a receipt is asked about by its id.
"""

import uuid
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any

import structlog
from sqlalchemy import and_, or_, select, update
from sqlalchemy.orm import Session

from messaging.models import AT_LEAST_ONCE, RANKS, Message
from messaging.outbox import delivery, receipts
from messaging.outbox.delivery import Gateways
from messaging.outbox.waits import next_check, waits
from workforce.core import tenancy
from workforce.core.db import reading, transaction
from workforce.models import Agency

SYSTEM = "muster"
# Evacuation is sent until it is known to have left or its time is over; a question is repeated once.
MOST_ATTEMPTS = {"evacuation": 5, "recall": 5, "safety": 2}
AT_ONCE = 200
ASKING_AT_ONCE = 8
ASKED_AGAIN = timedelta(minutes=1)
log = structlog.get_logger()


def free_leases(now: datetime) -> int:
    """Claimed, never submitted, and the lease is over: back into the queue. How many."""
    # A lease that ends far ahead was taken by a clock that ran wrong.
    over = or_(Message.lease_until < now, Message.lease_until > now + 2 * waits().lease)
    with tenancy.across_agencies("delivery: leases that ran out"), reading() as db:
        agencies = db.scalars(select(Message.agency_id).where(Message.state == "claimed", over).distinct()).all()
    freed = 0
    for agency_id in agencies:
        with tenancy.agency(agency_id), transaction() as db:
            changed: Any = db.execute(
                update(Message)
                .where(Message.agency_id == agency_id, Message.state == "claimed", over)
                .values(state="queued", rank=RANKS["queued"], lease_until=None)
                .execution_options(synchronize_session=False)
            )
            freed += changed.rowcount
    return freed


def reconcile(now: datetime, gateways: Gateways) -> int:
    """Ask the provider about what has been `submitting` for too long. How many were looked at."""
    old = or_(Message.submitted_at < now - waits().look_up, Message.submitted_at > now + waits().lease)
    with tenancy.across_agencies("delivery: texts in doubt"), reading() as db:
        asked = select(Message.id, Message.agency_id).where(Message.state == "submitting", old)
        doubtful = db.execute(asked.order_by(Message.priority, Message.submitted_at).limit(AT_ONCE)).all()
    return _each(doubtful, lambda message_id, agency_id: _reconcile(message_id, agency_id, now, gateways))


def check(now: datetime, gateways: Gateways) -> int:
    """Ask about accepted texts whose receipt is missing, and look once more for those nobody knew of. How many."""
    latest = max(waits().checks, default=timedelta(0))
    due = or_(Message.check_at <= now, Message.check_at > now + latest + delivery.WRONG_CLOCK)
    with tenancy.across_agencies("delivery: receipts that did not come"), reading() as db:
        asked = select(Message.id, Message.agency_id).where(Message.check_at.is_not(None), due)
        silent = db.execute(asked.order_by(Message.check_at).limit(AT_ONCE)).all()
    return _each(silent, lambda message_id, agency_id: _check(message_id, agency_id, now, gateways))


def _each(found: Iterable[Any], ask: Callable[[uuid.UUID, uuid.UUID], None]) -> int:
    """A few at once, so that a provider that is slow to answer holds up only these."""

    def one(row: Any) -> None:
        try:
            with tenancy.agency(row.agency_id):
                ask(row.id, row.agency_id)
        except Exception:
            log.exception("text_not_looked_up", message_id=str(row.id))

    rows = list(found)
    if len(rows) < 2:
        for row in rows:
            one(row)
        return len(rows)
    with ThreadPoolExecutor(ASKING_AT_ONCE, thread_name_prefix="asking") as pool:
        list(pool.map(one, rows))
    return len(rows)


def _reconcile(message_id: uuid.UUID, agency_id: uuid.UUID, now: datetime, gateways: Gateways) -> None:
    message, found, certain = _look_for(message_id, agency_id, now, gateways)  # No transaction is open here.
    with transaction() as db:
        same = (Message.id == message.id, Message.state == "submitting", Message.submitted_at == message.submitted_at)
        current = db.scalar(select(Message).where(Message.agency_id == agency_id, *same).with_for_update())
        if current is None:  # A callback, or another worker, knew better in the meantime.
            return
        ours = next((one for one in found or () if not delivery.is_taken(db, current, one)), None)
        if ours is not None:
            delivery.accepted(db, current, ours, at=now, source=SYSTEM)
            return
        _decide(db, current, now, certain=certain)


def _look_for(
    message_id: uuid.UUID, agency_id: uuid.UUID, now: datetime, gateways: Gateways
) -> tuple[Message, list[str] | None, bool]:
    """The text, the ids under which the provider may have it (None: it does not say), and whether an empty list is proof."""
    with reading() as db:
        message = db.get_one(Message, message_id)
        line = gateways(db, db.get_one(Agency, agency_id), message.gateway)
        draft = delivery.draft_of(db, message, message.submitted_at or now, attempt=message.attempts)
    found = line.find(draft) if line is not None and draft is not None else None
    return message, found, found is not None and line is not None and line.sees_all


def _decide(db: Session, message: Message, now: datetime, *, certain: bool) -> None:
    """Nobody knows of it. What surely never left goes back; else a crisis text is sent once more and flagged, a notice never."""
    waited = now - (message.submitted_at or now)
    if certain:
        _requeue(message, possible_double=message.possible_double)
    elif timedelta(0) <= waited < waits().give_up:
        return
    elif _may_repeat(message, now):
        _requeue(message, possible_double=True)
    else:
        receipts.told(db, message, "unknown", at=now, source=SYSTEM)
        message.check_at, message.checks = _next(message, 1, now), 1


def _may_repeat(message: Message, now: datetime) -> bool:
    in_time = message.valid_until is None or now < message.valid_until
    return message.purpose in AT_LEAST_ONCE and message.attempts < MOST_ATTEMPTS.get(message.purpose, 2) and in_time


def _requeue(message: Message, *, possible_double: bool) -> None:
    message.state, message.rank, message.lease_until = "queued", RANKS["queued"], None
    message.possible_double = possible_double


def _check(message_id: uuid.UUID, agency_id: uuid.UUID, now: datetime, gateways: Gateways) -> None:
    if not _take_check(message_id, agency_id, now):
        return
    with reading() as db:
        message = db.get_one(Message, message_id)
        line = gateways(db, db.get_one(Agency, agency_id), message.gateway)
    word, found = None, None
    if line is not None and message.provider_id is not None:
        word = line.ask(message.provider_id)
    elif line is not None:
        _message, found, _certain = _look_for(message_id, agency_id, now, gateways)
    with transaction() as db:
        current = db.scalar(
            select(Message).where(Message.agency_id == agency_id, Message.id == message_id).with_for_update()
        )
        if current is None or current.check_at is None:
            return
        if word is None and found is None:  # No answer is no check: we ask again soon.
            return
        current.checks += 1
        current.check_at = _next(current, current.checks, now)
        ours = next((one for one in found or () if not delivery.is_taken(db, current, one)), None)
        if ours is not None:
            delivery.accepted(db, current, ours, at=now, source=SYSTEM)
        if word is not None:
            of = current.provider_id or ""
            receipts.told(db, current, word.state, at=now, source=SYSTEM, error_code=word.code, provider_id=of)


def _take_check(message_id: uuid.UUID, agency_id: uuid.UUID, now: datetime) -> bool:
    """Put the next question off, so that of several workers one asks. False where another has been quicker."""
    still = and_(Message.check_at.is_not(None), or_(Message.check_at <= now, Message.check_at > now + ASKED_AGAIN))
    with transaction() as db:
        taken: Any = db.execute(
            update(Message)
            .where(Message.agency_id == agency_id, Message.id == message_id, still)
            .values(check_at=now + min(ASKED_AGAIN, waits().look_up))
            .execution_options(synchronize_session=False)
        )
    return bool(taken.rowcount)


def _next(message: Message, checks: int, now: datetime) -> datetime | None:
    """When it is asked about next: so long after it was accepted, or after we let it go."""
    wait = next_check(checks)
    since = message.accepted_at or message.submitted_at or now
    return max(since + wait, now + waits().look_up) if wait is not None else None
