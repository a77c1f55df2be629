"""What a crash, a lost answer or a lost receipt leaves behind: asked of the provider, never guessed, never blindly sent again.

A claim without a submission is simply free again. A text that was `submitting` is looked for in the provider's list; if nobody
knows of it, the rule of its purpose decides: a crisis text goes once more, flagged, everything else stays unknown. An accepted
text without a receipt is asked about by its id.
"""

import uuid
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import structlog
from sqlalchemy import and_, or_, select, update
from sqlalchemy.orm import Session

from messaging.models import AT_LEAST_ONCE, RANKS, Message
from messaging.outbox import delivery, receipts, results
from messaging.outbox.delivery import Gateways
from messaging.outbox.departures import Left
from messaging.outbox.gateways import Draft, Gateway, Word
from messaging.outbox.waits import next_check, waits
from workforce.core import tenancy, vault
from workforce.core.db import reading, transaction
from workforce.models import Agency

SYSTEM = "muster"
# Evacuation is sent until it is known to have left or its time is over. A question is repeated once, unless the provider's list
# answers each time that it has nothing: two workers that died in a row must not lose it.
MOST_ATTEMPTS = {"evacuation": 5, "recall": 5, "safety": 2, "chase": 2}
MOST_ATTEMPTS_LISTED = 5
AT_ONCE = 200
ASKING_AT_ONCE = 8
ASKED_AGAIN = timedelta(minutes=1)
A_COMMIT = 25
NEVER = datetime.min.replace(tzinfo=UTC)
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


def take_back(book: Left) -> int:
    """What a dead worker had claimed, and of which no byte has left: back into the queue, as if it had never been claimed. How many."""
    theirs = and_(Message.state.in_(("claimed", "submitting")), Message.claimed_by.startswith(f"{book.name}/"))
    with tenancy.across_agencies("delivery: what a dead worker had claimed"), reading() as db:
        found = db.execute(select(Message.id, Message.agency_id).where(theirs)).all()
    taken = 0
    for agency_id, ids in _by_agency(found).items():
        with tenancy.agency(agency_id), transaction() as db:
            mine = select(Message).where(Message.agency_id == agency_id, Message.id.in_(ids), theirs)
            for message in db.scalars(mine.order_by(Message.id).with_for_update()):
                if message.state == "claimed":
                    _requeue(message, possible_double=message.possible_double)
                elif message.provider_id is None and not book.has(message.id, message.submitted_at or NEVER):
                    _requeue(message, possible_double=message.possible_double)
                    message.attempts -= 1
                else:
                    continue
                taken += 1
    if taken:
        log.info("taken_back", book=book.name, count=taken)
    return taken


def reconcile(now: datetime, gateways: Gateways) -> int:
    """Ask the provider about what has been `submitting` for too long. How many were looked at."""
    old = or_(Message.submitted_at < now - waits().look_up, Message.submitted_at > now + waits().lease)
    unasked = or_(Message.check_at.is_(None), Message.check_at <= now, Message.check_at > now + waits().lease)
    due = and_(Message.state == "submitting", old, unasked)
    with tenancy.across_agencies("delivery: texts in doubt"), reading() as db:
        asked = select(Message.id, Message.agency_id).where(due)
        doubtful = db.execute(asked.order_by(Message.priority, Message.submitted_at).limit(AT_ONCE)).all()
    for agency_id, ids in _by_agency(doubtful).items():
        with tenancy.agency(agency_id):
            mine = _take(agency_id, ids, due, now + waits().look_up / 2)
            for some in _few(_questions(mine, agency_id, now, gateways)):  # What is answered stays so if we die over the rest.
                _settle_doubts(agency_id, _ask_all(some, look=True), now)  # No transaction is open while we ask.
    return len(doubtful)


def check(now: datetime, gateways: Gateways) -> int:
    """Ask about accepted texts whose receipt is missing, and look once more for those nobody knew of. How many."""
    latest = max(waits().checks, default=timedelta(0))
    late = or_(Message.check_at <= now, Message.check_at > now + latest + delivery.WRONG_CLOCK)
    due = and_(Message.check_at.is_not(None), late, Message.state != "submitting")
    with tenancy.across_agencies("delivery: receipts that did not come"), reading() as db:
        asked = select(Message.id, Message.agency_id).where(due)
        silent = db.execute(asked.order_by(Message.check_at).limit(AT_ONCE)).all()
    for agency_id, ids in _by_agency(silent).items():
        with tenancy.agency(agency_id):
            mine = _take(agency_id, ids, due, now + min(ASKED_AGAIN, waits().look_up))
            for some in _few(_questions(mine, agency_id, now, gateways)):
                _settle_checks(agency_id, _ask_all(some, look=False), now)
    return len(silent)


def _by_agency(rows: Iterable[Any]) -> dict[uuid.UUID, list[uuid.UUID]]:
    found: dict[uuid.UUID, list[uuid.UUID]] = {}
    for message_id, agency_id in rows:
        found.setdefault(agency_id, []).append(message_id)
    return found


@dataclass
class _Question:
    """One text, whom to ask about it, and what was answered. `found` is None where the provider does not say."""

    message: Message
    line: Gateway | None
    draft: Draft | None
    found: list[str] | None = None
    word: Word | None = None

    @property
    def certain(self) -> bool:
        """Whether an empty list proves that it never left."""
        return self.found is not None and self.line is not None and self.line.sees_all


def _questions(ids: list[uuid.UUID], agency_id: uuid.UUID, now: datetime, gateways: Gateways) -> list[_Question]:
    with reading() as db:
        agency = db.get_one(Agency, agency_id)
        asked = select(Message).where(Message.agency_id == agency_id, Message.id.in_(ids)).order_by(Message.id)
        messages = db.scalars(asked).all()
        vault.prefetch(db, {message.worker_id for message in messages if message.worker_id})
        return [
            _Question(
                message,
                gateways(db, agency, message.gateway),
                delivery.draft_of(db, message, message.submitted_at or now, attempt=message.attempts),
            )
            for message in messages
        ]


def _ask_all(questions: list[_Question], *, look: bool) -> list[_Question]:
    """A few at once, so that a provider that is slow to answer holds up only these. `look`: in the list, whatever we know."""

    def ask(one: _Question) -> None:
        try:
            if one.line is not None and one.message.provider_id is not None and not look:
                one.word = one.line.ask(one.message.provider_id)
            elif one.line is not None and one.draft is not None:
                one.found = one.line.find(one.draft)
        except Exception:
            log.exception("text_not_looked_up", message_id=str(one.message.id))

    with ThreadPoolExecutor(ASKING_AT_ONCE, thread_name_prefix="asking") as pool:
        for one in questions:
            pool.submit(copy_context().run, ask, one)
    return questions


def _settle_doubts(agency_id: uuid.UUID, looked: list[_Question], now: datetime) -> None:
    for some in _few(looked):
        with transaction() as db:
            for one in some:
                mine = (Message.agency_id == agency_id, Message.id == one.message.id, Message.state == "submitting")
                same = (*mine, Message.submitted_at == one.message.submitted_at)
                current = db.scalar(select(Message).where(*same).with_for_update())
                if current is None:  # A callback, or another worker, knew better in the meantime.
                    continue
                if not _bind(db, current, one, now):
                    _decide(db, current, now, certain=one.certain, listed=one.found is not None)


def _settle_checks(agency_id: uuid.UUID, asked: list[_Question], now: datetime) -> None:
    for some in _few([one for one in asked if one.word is not None or one.found is not None]):
        with transaction() as db:
            for one in some:  # No answer is no check: we ask again soon.
                mine = (Message.agency_id == agency_id, Message.id == one.message.id, Message.check_at.is_not(None))
                current = db.scalar(select(Message).where(*mine).with_for_update())
                if current is None:
                    continue
                current.checks += 1
                current.check_at = _next(current, current.checks, now)
                bound = _bind(db, current, one, now)
                if one.found is not None and not bound and current.state == "unknown" and _may_repeat(current, now, listed=True):
                    # The list did not answer when it mattered; now it has, and does not have it.
                    _requeue(current, possible_double=True)
                if one.word is not None:
                    of = current.provider_id or ""
                    said = {"error_code": one.word.code, "provider_id": of, "source": SYSTEM}
                    receipts.told(db, current, one.word.state, at=now, heard=None, **said)


def _few(questions: list[_Question]) -> Iterable[list[_Question]]:
    """So many in one commit that others wait for none of it long."""
    return (questions[start : start + A_COMMIT] for start in range(0, len(questions), A_COMMIT))


def _bind(db: Session, message: Message, one: _Question, now: datetime) -> bool:
    """Whether the provider has it, under an id that no other text of ours has."""
    ours = next((found for found in one.found or () if not results.is_taken(db, message, found)), None)
    if ours is not None:
        results.accepted(db, message, ours, at=now, source=SYSTEM)
    return ours is not None


def _take(agency_id: uuid.UUID, ids: list[uuid.UUID], due: Any, again_at: datetime) -> list[uuid.UUID]:
    """Put the next question off, so that of several workers one asks; which are ours to ask about."""
    with transaction() as db:
        still = select(Message.id).where(Message.agency_id == agency_id, Message.id.in_(ids), due)
        mine = list(db.scalars(still.order_by(Message.id).with_for_update()))  # In one order, as receipts lock them.
        soon = update(Message).where(Message.agency_id == agency_id, Message.id.in_(mine)).values(check_at=again_at)
        db.execute(soon.execution_options(synchronize_session=False))
    return mine


def _decide(db: Session, message: Message, now: datetime, *, certain: bool, listed: bool) -> None:
    """Nobody knows of it. What surely never left goes back; else a crisis text is sent once more and flagged, a notice never."""
    waited = now - (message.submitted_at or now)
    if certain:
        _requeue(message, possible_double=message.possible_double)
    elif timedelta(0) <= waited < waits().give_up:
        return
    elif _may_repeat(message, now, listed=listed):
        _requeue(message, possible_double=True)
    else:
        receipts.told(db, message, "unknown", at=now, source=SYSTEM)
        message.check_at, message.checks = _next(message, 1, now), 1


def _may_repeat(message: Message, now: datetime, *, listed: bool) -> bool:
    most = MOST_ATTEMPTS_LISTED if listed else MOST_ATTEMPTS.get(message.purpose, 2)
    in_time = message.valid_until is None or now < message.valid_until
    return message.purpose in AT_LEAST_ONCE and message.attempts < most and in_time


def _requeue(message: Message, *, possible_double: bool) -> None:
    message.state, message.rank, message.lease_until, message.check_at = "queued", RANKS["queued"], None, None
    message.possible_double = possible_double


def _next(message: Message, checks: int, now: datetime) -> datetime | None:
    """When it is asked about next: so long after it was accepted, or after we let it go."""
    wait = next_check(checks)
    since = message.accepted_at or message.submitted_at or now
    return max(since + wait, now + waits().look_up) if wait is not None else None
