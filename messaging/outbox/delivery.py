"""Delivery: what is queued leaves, most urgent first. Safe to run twice, or in many processes at once.

A text is claimed (a lease), marked `submitting` in a commit of its own, and only then handed to the gateway, with no
transaction open. What a crash leaves in doubt is looked up with the provider, never blindly sent again.
"""

import itertools
import time
import uuid
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import structlog
from sqlalchemy import and_, case, insert, or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from messaging.models import RANKS, Broadcast, Incident, Message, MessageEvent
from messaging.outbox import limits, outbox, receipts
from messaging.outbox.circuit import ALL_OPEN, Shut
from messaging.outbox.gateways import Draft, Gateway, Outcome
from messaging.outbox.waits import waits
from workforce.core import tenancy, vault
from workforce.core.db import new_id, reading, transaction
from workforce.models import Agency

# A moment further ahead than any wait of ours was written by a clock that ran wrong: it must not hold a text back.
WRONG_CLOCK = timedelta(minutes=10)
Gateways = Callable[[Session, Agency, str], Gateway | None]
log = structlog.get_logger()
_NEEDED = (
    Message.id, Message.agency_id, Message.worker_id, Message.purpose, Message.priority, Message.gateway, Message.incident_id, Message.attempts,
    Message.segments, Message.number_sealed, Message.body_sealed, Message.status_token_hash, Message.valid_until, Message.channel, Message.language,
)  # fmt: skip


@dataclass(frozen=True)
class Claim:
    """Texts of one agency that this worker alone may submit until the lease ends."""

    agency_id: uuid.UUID
    holder: str
    ids: tuple[uuid.UUID, ...]


def _ticks() -> float:
    """Seconds that no clock change touches; they go on while the machine sleeps, where the system can tell."""
    return time.clock_gettime(time.CLOCK_BOOTTIME) if hasattr(time, "CLOCK_BOOTTIME") else time.monotonic()


@dataclass(frozen=True)
class Parcel:
    """Drafts for one call of one gateway. They are `submitting`, and committed as such, since `made`."""

    gateway: Gateway
    drafts: tuple[Draft, ...]
    made: float = field(default_factory=_ticks)

    @property
    def is_stale(self) -> bool:
        """Others may look for it by now, or have sent it again: a process that slept so long must not send it."""
        return _ticks() - self.made > waits().look_up.total_seconds() - waits().timeout_seconds


_counter = itertools.count(1)


def claim(
    worker: str, now: datetime, *, limit: int, resting: Iterable[uuid.UUID] = (), shut: Shut = ALL_OPEN
) -> list[Claim]:
    """Take up to `limit` texts, by priority over all agencies but those `resting`, and for no gateway that is `shut`.

    What is too late is marked expired.
    """
    with tenancy.across_agencies("delivery: whose text is the most urgent"), reading() as db:
        waiting = db.execute(_waiting(now, list(resting), shut).limit(limit)).all()
    by_agency: dict[uuid.UUID, list[uuid.UUID]] = {}
    urgent: set[uuid.UUID] = set()
    for message_id, agency_id, priority in waiting:
        by_agency.setdefault(agency_id, []).append(message_id)
        if priority == 0:
            urgent.add(agency_id)
    holder = f"{worker}/{next(_counter)}"
    taken = [_claim_in(agency_id, ids, holder, now, agency_id in urgent) for agency_id, ids in by_agency.items()]
    return [one for one in taken if one.ids]


def _waiting(now: datetime, resting: list[uuid.UUID], shut: Shut) -> Any:
    paused = select(Broadcast.id).where(Broadcast.state == "paused")
    suspended = select(Agency.id).where(Agency.suspended_at.is_not(None))
    asked = select(Message.id, Message.agency_id, Message.priority).where(
        Message.state == "queued",
        or_(Message.not_before_at.is_(None), Message.not_before_at <= now),
        or_(Message.retry_at.is_(None), Message.retry_at <= now, Message.retry_at > now + WRONG_CLOCK),
        or_(Message.broadcast_id.is_(None), Message.broadcast_id.not_in(paused)),
        Message.agency_id.not_in(suspended),
    )
    if resting:
        asked = asked.where(Message.agency_id.not_in(resting))
    if (free := shut.keeps_back()) is not None:
        asked = asked.where(free)
    return asked.order_by(Message.priority, Message.queued_at, Message.id)


def _claim_in(agency_id: uuid.UUID, ids: list[uuid.UUID], holder: str, now: datetime, urgent: bool) -> Claim:  # noqa: FBT001
    with tenancy.agency(agency_id), transaction() as db:
        mine = (Message.agency_id == agency_id, Message.id.in_(ids), Message.state == "queued")
        _set(db, (*mine, Message.valid_until <= now), state="expired", rank=RANKS["expired"], settled_at=now)
        held = {"state": "claimed", "rank": RANKS["claimed"], "claimed_by": holder, "lease_until": now + waits().lease}
        _set(db, mine, **held)
        if urgent:
            # An evacuation overtakes what others have claimed and not submitted: that goes back behind it.
            slower = (
                Message.agency_id == agency_id,
                Message.state == "claimed",
                Message.priority > 0,
                Message.claimed_by != holder,
            )
            _set(db, slower, state="queued", rank=RANKS["queued"], lease_until=None)
        ours = select(Message.id).where(
            Message.agency_id == agency_id,
            Message.id.in_(ids),
            Message.state == "claimed",
            Message.claimed_by == holder,
        )
        kept = set(db.scalars(ours))
    return Claim(agency_id, holder, tuple(one for one in ids if one in kept))


def submit(
    held: Claim, now: datetime, gateways: Gateways, *, slow: Callable[[uuid.UUID, timedelta], None] | None = None
) -> list[Parcel]:
    """Commit `submitting` for what is still ours, and return it ready for the gateways. A cancel in between wins.

    What the sender's rate does not allow yet goes back into the queue; `slow` is told for how long that agency has to wait.
    """
    lines: dict[str, Gateway | None] = {}
    opened: dict[str, list[tuple[Draft, int, int]]] = {}
    refused: dict[str, list[uuid.UUID]] = {}
    with tenancy.agency(held.agency_id), transaction() as db:
        agency = db.get_one(Agency, held.agency_id)
        rows = _still_ours(db, held)
        vault.prefetch(db, {row.worker_id for row in rows if row.worker_id})
        drills = set(db.scalars(select(Incident.id).where(Incident.agency_id == held.agency_id, Incident.is_exercise)))
        for row in rows:
            if row.gateway not in lines:
                lines[row.gateway] = gateways(db, agency, row.gateway)
            refusal = _refusal(agency, row, drills, lines[row.gateway])
            draft = None if refusal else draft_of(db, row, now, attempt=row.attempts + 1)
            if draft is None:
                refused.setdefault(refusal or "erased", []).append(row.id)
                continue
            opened.setdefault(row.gateway, []).append((draft, max(row.segments, 1), row.priority))
            if row.status_token_hash is None:
                _set(db, (Message.id == row.id,), status_token_hash=vault.token_hash(draft.status_token))
        for code, ids in refused.items():
            _refuse(db, held.agency_id, ids, code, now)
        ready = {name: _ration(db, agency, lines[name], drafts, now, slow) for name, drafts in opened.items()}
        _mark_submitting(db, held, [draft.message_id for drafts in ready.values() for draft in drafts], now)
    return [
        parcel
        for name, drafts in ready.items()
        if (line := lines[name]) is not None
        for parcel in _parcels(line, drafts)
    ]


def _ration(
    db: Session,
    agency: Agency,
    line: Gateway | None,
    drafts: list[tuple[Draft, int, int]],
    now: datetime,
    slow: Callable[[uuid.UUID, timedelta], None] | None,
) -> list[Draft]:
    """Those that may leave now; the others go back into the queue."""
    if line is None:
        return []
    shared = limits.ration(db, agency, line, drafts, now)
    back = {"state": "queued", "rank": RANKS["queued"], "lease_until": None}
    for some, why in (
        (shared.held, {}),
        (shared.capped, {"retry_at": now + limits.CAP_HOLD, "error_code": limits.DAILY_CAP}),
    ):
        if some:
            mine = (Message.agency_id == agency.id, Message.id.in_([draft.message_id for draft in some]))
            _set(db, (*mine, Message.state == "claimed"), **back, **why)
    if shared.held and slow is not None:
        slow(agency.id, shared.wait)
    return shared.free


def _still_ours(db: Session, held: Claim) -> list[Any]:
    asked = select(*_NEEDED).where(
        Message.agency_id == held.agency_id,
        Message.id.in_(held.ids),
        Message.state == "claimed",
        Message.claimed_by == held.holder,
    )
    found = {row.id: row for row in db.execute(asked.with_for_update())}
    return [found[one] for one in held.ids if one in found]


def _refusal(agency: Agency, row: Any, drills: set[uuid.UUID], line: Gateway | None) -> str:
    # The outbox chose the gateway already; this is the last door before a real phone, and it asks again.
    if row.gateway != "simulator" and (agency.is_demo or row.incident_id in drills):
        return "not_for_real"
    return "" if line is not None else "no_gateway"


def _refuse(db: Session, agency_id: uuid.UUID, ids: list[uuid.UUID], code: str, now: datetime) -> None:
    state = "suppressed" if code in {"not_for_real", "erased"} else "failed"
    mine = (Message.agency_id == agency_id, Message.id.in_(ids))
    _set(db, mine, state=state, rank=RANKS[state], error_code=code, settled_at=now, lease_until=None)


def _mark_submitting(db: Session, held: Claim, ids: list[uuid.UUID], now: datetime) -> None:
    mine = (Message.agency_id == held.agency_id, Message.id.in_(ids), Message.claimed_by == held.holder)
    _set(
        db,
        (*mine, Message.state == "claimed"),
        state="submitting",
        rank=RANKS["submitting"],
        submitted_at=now,
        lease_until=now + waits().lease,
        retry_at=None,
        attempts=Message.attempts + 1,
    )


def draft_of(db: Session, row: Any, at: datetime, *, attempt: int) -> Draft | None:
    """The text opened, as a gateway takes it; None where the person was erased while it waited."""
    subject, where = row.worker_id or row.agency_id, (Message.__tablename__, row.id)

    def opened(column: str, envelope: bytes | None) -> str:
        return vault.open_value(db, row.agency_id, subject, where[0], column, where[1], envelope) if envelope else ""

    try:
        number, body = opened("number_sealed", row.number_sealed), opened("body_sealed", row.body_sealed)
    except vault.Broken:
        return None
    if not number or not body:
        return None
    token = outbox.status_token(row.agency_id, row.id)
    return Draft(
        row.id, row.agency_id, row.worker_id, row.purpose, number, body, token, attempt, at, row.valid_until,
        row.gateway, row.channel, row.language,
    )  # fmt: skip


def _parcels(line: Gateway, drafts: list[Draft]) -> list[Parcel]:
    return [Parcel(line, tuple(drafts[start : start + line.batch])) for start in range(0, len(drafts), line.batch)]


def hand_over(parcel: Parcel) -> list[Outcome]:
    """Call the gateway. Whatever it throws leaves its drafts in doubt: that is the only safe reading."""
    if parcel.is_stale:
        return [Outcome(draft, "later", code="stale") for draft in parcel.drafts]
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
        with tenancy.agency(agency_id):
            try:
                _settle_all(agency_id, mine, now)
            except IntegrityError:  # Somebody else has bound one of these ids at this very moment.
                for one in mine:
                    _settle_all(agency_id, [one], now)


def _settle_all(agency_id: uuid.UUID, outcomes: list[Outcome], now: datetime) -> None:
    with transaction() as db:
        plain = _plain(db, agency_id, outcomes)
        _accept_plain(db, agency_id, plain, now)
        rest = [one for one in outcomes if one.draft.message_id not in plain]
        if not rest:
            return
        asked = select(Message).where(
            Message.agency_id == agency_id, Message.id.in_([one.draft.message_id for one in rest])
        )
        messages = {message.id: message for message in db.scalars(asked.with_for_update())}
        heard = receipts.heard_of(db, agency_id, messages)
        for outcome in rest:
            if (message := messages.get(outcome.draft.message_id)) is not None:
                _settle(db, message, outcome, now, heard)


def _plain(db: Session, agency_id: uuid.UUID, outcomes: list[Outcome]) -> dict[uuid.UUID, Outcome]:
    """Those that were simply accepted and of which nothing has been heard meanwhile: nearly all."""
    simple = {
        one.draft.message_id: one for one in outcomes if one.kind == "accepted" and one.provider_id and not one.then
    }
    if not simple:
        return {}
    rows = select(Message.id, Message.attempts).where(
        Message.agency_id == agency_id,
        Message.id.in_(list(simple)),
        Message.state == "submitting",
        Message.provider_id.is_(None),
    )
    named = [one.provider_id for one in simple.values()]
    taken = select(Message.provider_id).where(Message.agency_id == agency_id, Message.provider_id.in_(named))
    used: set[str | None] = {*db.scalars(taken)} | {one for one in named if named.count(one) > 1}
    return {
        message_id: simple[message_id]
        for message_id, attempts in db.execute(rows.with_for_update())
        if attempts == simple[message_id].draft.attempt and simple[message_id].provider_id not in used
    }


def _accept_plain(db: Session, agency_id: uuid.UUID, plain: dict[uuid.UUID, Outcome], now: datetime) -> None:
    if not plain:
        return
    ids = {message_id: outcome.provider_id for message_id, outcome in plain.items()}
    first = case(
        (Message.gateway == receipts.SIMULATOR, None), else_=now + waits().checks[0] if waits().checks else None
    )
    _set(
        db,
        (Message.agency_id == agency_id, Message.id.in_(list(ids))),
        provider_id=case(ids, value=Message.id),
        state="accepted",
        rank=RANKS["accepted"],
        accepted_at=now,
        lease_until=None,
        error_code="",
        check_at=first,
        checks=0,
    )
    said = {"agency_id": agency_id, "at": now, "state": "accepted", "source": "worker", "error_code": ""}
    rows = [{"id": new_id(), "message_id": one, "provider_id": ids[one], **said} for one in ids]
    db.execute(insert(MessageEvent), rows)


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
        _set(
            db,
            (Message.agency_id == message.agency_id, Message.id == message.id, back),
            state="queued",
            rank=RANKS["queued"],
            retry_at=now + timedelta(seconds=outcome.wait_seconds),
            attempts=outcome.draft.attempt - 1,
            lease_until=None,
            check_at=None,
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


def _set(db: Session, where: tuple[Any, ...], **values: Any) -> None:
    db.execute(update(Message).where(*where).values(**values).execution_options(synchronize_session=False))
