"""Delivery: what is queued leaves, most urgent first. Safe to run twice, or in many processes at once.

A text is claimed (a lease), marked `submitting` in a commit of its own, and only then handed to the gateway, with no
transaction open. What a crash leaves in doubt is looked up with the provider, never blindly sent again.
"""

import base64
import itertools
import uuid
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import structlog
from sqlalchemy import or_, select, update
from sqlalchemy.orm import Session

from messaging.models import AT_LEAST_ONCE, RANKS, Broadcast, Incident, Message
from messaging.outbox import receipts
from messaging.outbox.gateways import Draft, Gateway, Outcome
from workforce.core import tenancy, vault
from workforce.core.db import reading, transaction
from workforce.models import Agency

LEASE = timedelta(seconds=60)
LOOK_UP_AFTER = timedelta(seconds=30)
GIVE_UP_AFTER = timedelta(seconds=120)
SYSTEM = "muster"
Gateways = Callable[[Session, Agency, str], Gateway | None]
log = structlog.get_logger()


@dataclass(frozen=True)
class Claim:
    """Texts of one agency that this worker alone may submit until the lease ends."""

    agency_id: uuid.UUID
    holder: str
    ids: tuple[uuid.UUID, ...]


@dataclass(frozen=True)
class Parcel:
    """Drafts for one call of one gateway. They are `submitting`, and committed as such."""

    gateway: Gateway
    drafts: tuple[Draft, ...]


_counter = itertools.count(1)


def claim(worker: str, now: datetime, *, limit: int, resting: Iterable[uuid.UUID] = ()) -> list[Claim]:
    """Take up to `limit` texts, by priority over all agencies but those `resting`. What is too late is marked expired."""
    with tenancy.across_agencies("delivery: whose text is the most urgent"), reading() as db:
        waiting = db.execute(_waiting(now, list(resting)).limit(limit)).all()
    by_agency: dict[uuid.UUID, list[uuid.UUID]] = {}
    for message_id, agency_id in waiting:
        by_agency.setdefault(agency_id, []).append(message_id)
    holder = f"{worker}/{next(_counter)}"
    taken = [_claim_in(agency_id, ids, holder, now) for agency_id, ids in by_agency.items()]
    return [one for one in taken if one.ids]


def _waiting(now: datetime, resting: list[uuid.UUID]) -> Any:
    paused = select(Broadcast.id).where(Broadcast.state == "paused")
    suspended = select(Agency.id).where(Agency.suspended_at.is_not(None))
    asked = select(Message.id, Message.agency_id).where(
        Message.state == "queued",
        or_(Message.not_before_at.is_(None), Message.not_before_at <= now),
        or_(Message.broadcast_id.is_(None), Message.broadcast_id.not_in(paused)),
        Message.agency_id.not_in(suspended),
    )
    if resting:
        asked = asked.where(Message.agency_id.not_in(resting))
    return asked.order_by(Message.priority, Message.queued_at, Message.id)


def _claim_in(agency_id: uuid.UUID, ids: list[uuid.UUID], holder: str, now: datetime) -> Claim:
    with tenancy.agency(agency_id), transaction() as db:
        mine = (Message.agency_id == agency_id, Message.id.in_(ids), Message.state == "queued")
        _set(db, (*mine, Message.valid_until <= now), state="expired", rank=RANKS["expired"], settled_at=now)
        _set(db, mine, state="claimed", rank=RANKS["claimed"], claimed_by=holder, lease_until=now + LEASE)
        held = set(
            db.scalars(
                select(Message.id).where(
                    Message.agency_id == agency_id,
                    Message.id.in_(ids),
                    Message.state == "claimed",
                    Message.claimed_by == holder,
                )
            )
        )
    return Claim(agency_id, holder, tuple(one for one in ids if one in held))


def submit(held: Claim, now: datetime, gateways: Gateways) -> list[Parcel]:
    """Commit `submitting` for what is still ours, and return it ready for the gateways. A cancel in between wins."""
    with tenancy.agency(held.agency_id), transaction() as db:
        agency = db.get_one(Agency, held.agency_id)
        asked = select(Message).where(
            Message.agency_id == held.agency_id,
            Message.id.in_(held.ids),
            Message.state == "claimed",
            Message.claimed_by == held.holder,
        )
        found = {message.id: message for message in db.scalars(asked.with_for_update())}
        messages = [found[one] for one in held.ids if one in found]
        vault.prefetch(db, {message.worker_id for message in messages if message.worker_id})
        drills = set(db.scalars(select(Incident.id).where(Incident.agency_id == held.agency_id, Incident.is_exercise)))
        lines: dict[str, Gateway | None] = {}
        ready: dict[str, list[Draft]] = {}
        for message in messages:
            if message.gateway not in lines:
                lines[message.gateway] = gateways(db, agency, message.gateway)
            refusal = _refusal(agency, message, drills, lines[message.gateway])
            draft = None if refusal else _draft(db, message, now)
            if draft is None:
                _refuse(message, refusal or "erased", now)
                continue
            _mark_submitting(message, draft, now)
            ready.setdefault(message.gateway, []).append(draft)
    return [
        parcel
        for name, drafts in ready.items()
        if (line := lines[name]) is not None
        for parcel in _parcels(line, drafts)
    ]


def _refusal(agency: Agency, message: Message, drills: set[uuid.UUID], line: Gateway | None) -> str:
    # The outbox chose the gateway already; this is the last door before a real phone, and it asks again.
    if message.gateway != "simulator" and (agency.is_demo or message.incident_id in drills):
        return "not_for_real"
    return "" if line is not None else "no_gateway"


def _refuse(message: Message, code: str, now: datetime) -> None:
    state = "suppressed" if code in {"not_for_real", "erased"} else "failed"
    message.state, message.rank, message.error_code, message.settled_at, message.lease_until = (
        state,
        RANKS[state],
        code,
        now,
        None,
    )


def _mark_submitting(message: Message, draft: Draft, now: datetime) -> None:
    message.state, message.rank, message.submitted_at, message.lease_until = (
        "submitting",
        RANKS["submitting"],
        now,
        now + LEASE,
    )
    message.attempts = draft.attempt
    message.status_token_hash = vault.token_hash(draft.status_token)


def _draft(db: Session, message: Message, at: datetime, *, attempt: int | None = None) -> Draft | None:
    try:
        number, body = vault.reveal(db, message, "number"), vault.reveal(db, message, "body")
    except vault.Broken:  # The person was erased while the text waited.
        return None
    if not number or not body:
        return None
    return Draft(
        message.id, message.agency_id, message.worker_id, message.purpose, number, body, status_token(message),
        message.attempts + 1 if attempt is None else attempt, at, message.valid_until,
    )  # fmt: skip


def status_token(message: Message) -> str:
    """The name under which the provider reports on this text: unguessable, and the same for every attempt."""
    mac = vault.digest(message.agency_id, "status-token", message.id.bytes)
    return base64.urlsafe_b64encode(mac[:18]).decode()


def _parcels(line: Gateway, drafts: list[Draft]) -> list[Parcel]:
    return [Parcel(line, tuple(drafts[start : start + line.batch])) for start in range(0, len(drafts), line.batch)]


def hand_over(parcel: Parcel) -> list[Outcome]:
    """Call the gateway. Whatever it throws leaves its drafts in doubt: that is the only safe reading."""
    try:
        return parcel.gateway.send(parcel.drafts)
    except Exception:
        log.exception(
            "gateway_broke", gateway=parcel.gateway.name, messages=[str(draft.message_id) for draft in parcel.drafts]
        )
        return [Outcome(draft, "doubt", code="broke") for draft in parcel.drafts]


# --- settling ---------------------------------------------------------------------------------------------------------


def settle(outcomes: Sequence[Outcome], now: datetime) -> None:
    """Write down what came of the calls, many in one commit."""
    by_agency: dict[uuid.UUID, list[Outcome]] = {}
    for outcome in outcomes:
        by_agency.setdefault(outcome.draft.agency_id, []).append(outcome)
    for agency_id, mine in by_agency.items():
        with tenancy.agency(agency_id), transaction() as db:
            asked = select(Message).where(
                Message.agency_id == agency_id, Message.id.in_([one.draft.message_id for one in mine])
            )
            messages = {message.id: message for message in db.scalars(asked)}
            heard = receipts.heard_of(db, agency_id, messages)
            for outcome in mine:
                if (message := messages.get(outcome.draft.message_id)) is not None:
                    _settle(db, message, outcome, now, heard)


def _settle(db: Session, message: Message, outcome: Outcome, now: datetime, heard: receipts.Heard) -> None:
    if outcome.kind == "accepted" and outcome.provider_id:
        accepted(db, message, outcome.provider_id, at=now, source=message.gateway, heard=heard)
        if outcome.then:
            said = {"source": message.gateway, "error_code": outcome.code}
            receipts.told(db, message, outcome.then, at=now, heard=heard, **said)
    elif outcome.kind == "refused":
        state = "suppressed" if outcome.code == receipts.OPTED_OUT else "failed"
        receipts.told(db, message, state, at=now, source=message.gateway, error_code=outcome.code)
    elif outcome.kind == "later":
        # Being asked to wait is no attempt. Nothing has left, so the text goes back into the queue.
        back = (*_in_hand(message), Message.submitted_at == outcome.draft.submitted_at)
        _set(
            db,
            back,
            state="queued",
            rank=RANKS["queued"],
            not_before_at=now + timedelta(seconds=outcome.wait_seconds),
            attempts=outcome.draft.attempt - 1,
            lease_until=None,
        )


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

    An id that another text already has proves nothing about this one: it stays unknown, for a person to look at.
    """
    if message.provider_id is None and _is_taken(db, message, provider_id):
        log.error("provider_id_taken", message_id=str(message.id))
        receipts.told(db, message, "unknown", at=at, source=source, error_code="id_taken", heard=heard)
        return
    if message.provider_id is None:
        message.provider_id = provider_id
    if message.accepted_at is None:
        message.accepted_at = at
    receipts.told(db, message, "accepted", at=at, source=source, heard=heard)


def _is_taken(db: Session, message: Message, provider_id: str) -> bool:
    other = select(Message.id).where(
        Message.agency_id == message.agency_id,
        Message.gateway == message.gateway,
        Message.provider_id == provider_id,
        Message.id != message.id,
    )
    return db.scalar(other.limit(1)) is not None


# --- what a crash leaves behind ---------------------------------------------------------------------------------------


def free_leases(now: datetime) -> int:
    """Claimed, never submitted, and the lease is over: back into the queue. How many."""
    with tenancy.across_agencies("delivery: leases that ran out"), reading() as db:
        old = db.execute(
            select(Message.id, Message.agency_id).where(Message.state == "claimed", Message.lease_until < now)
        ).all()
    for message_id, agency_id in old:
        with tenancy.agency(agency_id), transaction() as db:
            mine = (
                Message.agency_id == agency_id,
                Message.id == message_id,
                Message.state == "claimed",
                Message.lease_until < now,
            )
            _set(db, mine, state="queued", rank=RANKS["queued"], lease_until=None)
    return len(old)


def reconcile(now: datetime, gateways: Gateways) -> int:
    """Ask the provider about what has been `submitting` for too long. How many were looked at."""
    with tenancy.across_agencies("delivery: texts in doubt"), reading() as db:
        asked = (
            select(Message.id, Message.agency_id)
            .where(Message.state == "submitting", Message.submitted_at < now - LOOK_UP_AFTER)
            .order_by(Message.priority)
            .limit(200)
        )
        doubtful = db.execute(asked).all()
    for message_id, agency_id in doubtful:
        with tenancy.agency(agency_id):
            _reconcile(message_id, agency_id, now, gateways)
    return len(doubtful)


def _reconcile(message_id: uuid.UUID, agency_id: uuid.UUID, now: datetime, gateways: Gateways) -> None:
    with reading() as db:
        message = db.get_one(Message, message_id)
        line = gateways(db, db.get_one(Agency, agency_id), message.gateway)
        draft = _draft(db, message, message.submitted_at or now, attempt=message.attempts)
    found = line.find(draft) if line is not None and draft is not None else None  # No transaction is open here.
    with transaction() as db:
        same = (*_in_hand(message), Message.submitted_at == message.submitted_at)
        current = db.scalar(select(Message).where(*same).with_for_update())
        if current is None:  # A callback, or another worker, knew better in the meantime.
            return
        ours = next((one for one in found or () if _is_free(db, current, one)), None)
        if ours is not None:
            accepted(db, current, ours, at=now, source=SYSTEM)
            return
        _decide(
            db, current, now, certain=found is not None and line is not None and line.sees_all, looked=found is not None
        )


def _decide(db: Session, message: Message, now: datetime, *, certain: bool, looked: bool) -> None:
    """Nobody knows of it. By purpose: a crisis text is sent once more and flagged; a notice is not, unless it surely never left."""
    waited = now - (message.submitted_at or now)
    if certain or (looked and waited >= GIVE_UP_AFTER and message.attempts < 2):
        _requeue(message, possible_double=message.possible_double or not certain)
    elif waited < GIVE_UP_AFTER:
        return
    elif message.purpose in AT_LEAST_ONCE and message.attempts < 2:
        _requeue(message, possible_double=True)
    else:
        receipts.told(db, message, "unknown", at=now, source=SYSTEM)


def _requeue(message: Message, *, possible_double: bool) -> None:
    message.state, message.rank, message.lease_until = "queued", RANKS["queued"], None
    message.possible_double = possible_double


def _in_hand(message: Message) -> tuple[Any, ...]:
    return (Message.agency_id == message.agency_id, Message.id == message.id, Message.state == "submitting")


def _is_free(db: Session, message: Message, provider_id: str) -> bool:
    taken = select(Message.id).where(
        Message.agency_id == message.agency_id,
        Message.gateway == message.gateway,
        Message.provider_id == provider_id,
        Message.id != message.id,
    )
    return db.scalar(taken) is None


def _set(db: Session, where: tuple[Any, ...], **values: Any) -> None:
    db.execute(update(Message).where(*where).values(**values).execution_options(synchronize_session=False))
