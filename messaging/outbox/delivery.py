"""Delivery: what is queued leaves, most urgent first. Safe to run twice, or in many processes at once.

A text is claimed (a lease), marked `submitting` in a commit of its own, and only then handed to the gateway, with no
transaction open. What a crash leaves in doubt is looked up with the provider, never blindly sent again.
"""

import itertools
import time
import uuid
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import structlog
from sqlalchemy import BindParameter, bindparam, or_, select, update
from sqlalchemy.orm import Session

from messaging.models import RANKS, Broadcast, Incident, Message
from messaging.outbox import departures, limits, outbox
from messaging.outbox.circuit import ALL_OPEN, Shut
from messaging.outbox.departures import Book
from messaging.outbox.gateways import Draft, Gateway, Outcome
from messaging.outbox.waits import waits
from workforce.core import tenancy, vault
from workforce.core.db import reading, transaction
from workforce.models import Agency

# A moment further ahead than any wait of ours was written by a clock that ran wrong: it must not hold a text back.
WRONG_CLOCK = timedelta(minutes=10)
Gateways = Callable[[Session, Agency, str], Gateway | None]
Slow = Callable[[uuid.UUID, timedelta, int], None]
log = structlog.get_logger()
# Built once: a statement that is put together anew for each claim costs more than what it does.
_NOW: BindParameter[datetime] = bindparam("now")
_OURS = (
    Message.agency_id == bindparam("agency_id"),
    Message.id.in_(bindparam("ids", expanding=True)),
    Message.state == "claimed",
    Message.claimed_by == bindparam("holder"),
)
_WAITING = (
    select(Message.id, Message.agency_id, Message.priority, Message.valid_until <= _NOW)
    .where(
        Message.state == "queued",
        or_(Message.not_before_at.is_(None), Message.not_before_at <= _NOW),
        or_(Message.retry_at.is_(None), Message.retry_at <= _NOW, Message.retry_at > bindparam("far_ahead")),
        or_(
            Message.broadcast_id.is_(None),
            Message.broadcast_id.not_in(select(Broadcast.id).where(Broadcast.state == "paused")),
        ),
        Message.agency_id.not_in(select(Agency.id).where(Agency.suspended_at.is_not(None))),
        Message.agency_id.not_in(bindparam("resting", expanding=True)),
    )
    # Not by id as well: a broadcast is queued in one moment, and all of it would be sorted for every claim.
    .order_by(Message.priority, Message.queued_at)
    .limit(bindparam("most"))
)
_TAKE = (
    update(Message)
    .where(
        Message.agency_id == bindparam("of"),
        Message.id.in_(bindparam("ids", expanding=True)),
        Message.state == "queued",
    )
    .values(state="claimed", rank=RANKS["claimed"], claimed_by=bindparam("by"), lease_until=bindparam("until"))
    .returning(Message.id)
    .execution_options(synchronize_session=False)
)
_MARK = (
    update(Message)
    .where(
        Message.agency_id == bindparam("of"),
        Message.id.in_(bindparam("ids", expanding=True)),
        Message.claimed_by == bindparam("by"),
        Message.state == "claimed",
    )
    .values(
        state="submitting",
        rank=RANKS["submitting"],
        submitted_at=bindparam("at"),
        lease_until=bindparam("until"),
        retry_at=None,
        attempts=Message.attempts + 1,
    )
    .execution_options(synchronize_session=False)
)
_AGENCY = select(Agency).where(Agency.id == bindparam("agency_id"))
_NEEDED = select(
    Message.id, Message.agency_id, Message.worker_id, Message.purpose, Message.priority, Message.gateway, Message.incident_id, Message.attempts,
    Message.segments, Message.number_sealed, Message.body_sealed, Message.status_token_hash, Message.valid_until, Message.channel, Message.language,
).where(*_OURS).with_for_update()  # fmt: skip


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
    book: Book | None = None
    made: float = field(default_factory=_ticks)

    @property
    def is_urgent(self) -> bool:
        return any(draft.priority == 0 for draft in self.drafts)

    @property
    def awaits(self) -> bool:
        """Whether the call needs no thread that waits for it: `hand_over_soon` then."""
        return getattr(self.gateway, "awaits", False)

    @property
    def is_stale(self) -> bool:
        """Others may look for it by now, or have sent it again: a process that slept so long must not send it."""
        return _ticks() - self.made > waits().look_up.total_seconds() - waits().timeout_seconds


_counter = itertools.count(1)


def claim(
    worker: str,
    now: datetime,
    *,
    limit: int,
    resting: Iterable[uuid.UUID] = (),
    shut: Shut = ALL_OPEN,
    most: Mapping[uuid.UUID, int] | None = None,
) -> list[Claim]:
    """Take up to `limit` texts, by priority over all agencies but those `resting`, and for no gateway that is `shut`.

    `most` is how many to take of an agency whose sender is slow: the others would only be put back. What is too late is marked
    expired.
    """
    facts = {"now": now, "far_ahead": now + WRONG_CLOCK, "resting": list(resting), "most": limit}
    asked = _WAITING if (free := shut.keeps_back()) is None else _WAITING.where(free)
    with tenancy.across_agencies("delivery: whose text is the most urgent"), reading() as db:
        waiting = db.execute(asked, facts).all()
    by_agency: dict[uuid.UUID, _Wanted] = {}
    for message_id, agency_id, priority, is_late in waiting:
        wanted = by_agency.setdefault(agency_id, _Wanted())
        if most is not None and len(wanted.ids) >= most.get(agency_id, limit):
            continue
        wanted.ids.append(message_id)
        wanted.some_late |= bool(is_late)
        wanted.urgent |= priority == 0
    holder = f"{worker}/{next(_counter)}"
    taken = [_claim_in(agency_id, wanted, holder, now) for agency_id, wanted in by_agency.items()]
    return [one for one in taken if one.ids]


@dataclass
class _Wanted:
    """Texts of one agency that wait, in the order in which they are to leave."""

    ids: list[uuid.UUID] = field(default_factory=list)
    some_late: bool = False
    urgent: bool = False


def _claim_in(agency_id: uuid.UUID, wanted: _Wanted, holder: str, now: datetime) -> Claim:
    with tenancy.agency(agency_id), transaction() as db:
        if wanted.some_late:
            mine = (Message.agency_id == agency_id, Message.id.in_(wanted.ids), Message.state == "queued")
            _set(db, (*mine, Message.valid_until <= now), state="expired", rank=RANKS["expired"], settled_at=now)
        facts = {"of": agency_id, "ids": wanted.ids, "by": holder, "until": now + waits().lease}
        kept = set(db.scalars(_TAKE, facts))
        if wanted.urgent:
            # An evacuation overtakes what others have claimed and not submitted: that goes back behind it.
            slower = (
                Message.agency_id == agency_id,
                Message.state == "claimed",
                Message.priority > 0,
                Message.claimed_by != holder,
            )
            _set(db, slower, state="queued", rank=RANKS["queued"], lease_until=None)
    return Claim(agency_id, holder, tuple(one for one in wanted.ids if one in kept))


def submit(
    held: Claim, now: datetime, gateways: Gateways, *, slow: Slow | None = None, book: Book | None = None
) -> list[Parcel]:
    """Commit `submitting` for what is still ours, and return it ready for the gateways. A cancel in between wins.

    What the sender's rate does not allow yet goes back into the queue; `slow` is told for how long that agency has to wait, and
    how many of its texts leave now.
    """
    lines: dict[str, Gateway | None] = {}
    opened: dict[str, list[tuple[Draft, int, int]]] = {}
    refused: dict[str, list[uuid.UUID]] = {}
    with tenancy.agency(held.agency_id), transaction() as db:
        agency = db.get_one(Agency, held.agency_id)
        rows = _still_ours(db, held)
        vault.prefetch(db, {row.worker_id for row in rows if row.worker_id})
        drills = _drills(db, held.agency_id, rows)
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
        shares = {name: _ration(db, agency, lines[name], drafts, now) for name, drafts in opened.items()}
        ready = {name: shared.free for name, shared in shares.items()}
        _mark_submitting(db, held, [draft.message_id for drafts in ready.values() for draft in drafts], now)
    if slow is not None and any(shared.held for shared in shares.values()):
        wait = min(shared.wait for shared in shares.values() if shared.held)
        slow(held.agency_id, wait, sum(len(drafts) for drafts in ready.values()))
    return [
        parcel
        for name, drafts in ready.items()
        if (line := lines[name]) is not None
        for parcel in _parcels(line, drafts, book)
    ]


def _ration(
    db: Session,
    agency: Agency,
    line: Gateway | None,
    drafts: list[tuple[Draft, int, int]],
    now: datetime,
) -> limits.Ration:
    """Which may leave now; the others go back into the queue."""
    if line is None:
        return limits.Ration()
    shared = limits.ration(db, agency, line, drafts, now)
    back = {"state": "queued", "rank": RANKS["queued"], "lease_until": None}
    for some, why in (
        (shared.held, {}),
        (shared.capped, {"retry_at": now + limits.CAP_HOLD, "error_code": limits.DAILY_CAP}),
    ):
        if some:
            mine = (Message.agency_id == agency.id, Message.id.in_([draft.message_id for draft in some]))
            _set(db, (*mine, Message.state == "claimed"), **back, **why)
    return shared


def _still_ours(db: Session, held: Claim) -> list[Any]:
    facts = {"agency_id": held.agency_id, "ids": held.ids, "holder": held.holder}
    found = {row.id: row for row in db.execute(_NEEDED, facts)}
    return [found[one] for one in held.ids if one in found]


def _drills(db: Session, agency_id: uuid.UUID, rows: list[Any]) -> set[uuid.UUID]:
    named = {row.incident_id for row in rows if row.incident_id is not None}
    if not named:
        return set()
    asked = select(Incident.id).where(
        Incident.agency_id == agency_id, Incident.id.in_(named), Incident.is_exercise.is_(True)
    )
    return set(db.scalars(asked))


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
    """What is ours is locked since we read it, so all of `ids` are marked."""
    if ids:
        facts = {"of": held.agency_id, "ids": ids, "by": held.holder, "at": now, "until": now + waits().lease}
        db.execute(_MARK, facts)


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
        row.gateway, row.channel, row.language, row.priority,
    )  # fmt: skip


def _parcels(line: Gateway, drafts: list[Draft], book: Book | None) -> list[Parcel]:
    size = line.batch
    return [Parcel(line, tuple(drafts[start : start + size]), book) for start in range(0, len(drafts), size)]


def hand_over(parcel: Parcel) -> list[Outcome]:
    """Call the gateway. Whatever it throws leaves its drafts in doubt: that is the only safe reading."""
    if parcel.is_stale:
        return _stale(parcel)
    at_once = not getattr(parcel.gateway, "says_when_it_leaves", False)
    try:
        with departures.noted(parcel.book, parcel.drafts, at_once=at_once):
            return parcel.gateway.send(parcel.drafts)
    except Exception as problem:  # noqa: BLE001  It is logged there.
        return _broke(parcel, problem)


async def hand_over_soon(parcel: Parcel) -> list[Outcome]:
    """The same for a gateway whose calls need no thread that waits."""
    if parcel.is_stale:
        return _stale(parcel)
    gateway: Any = parcel.gateway
    try:
        with departures.noted(parcel.book, parcel.drafts, at_once=False):
            return [await gateway.send_soon(draft) for draft in parcel.drafts]
    except Exception as problem:  # noqa: BLE001  It is logged there.
        return _broke(parcel, problem)


def _stale(parcel: Parcel) -> list[Outcome]:
    return [Outcome(draft, "later", code="stale") for draft in parcel.drafts]


def _broke(parcel: Parcel, problem: Exception) -> list[Outcome]:
    texts = [str(draft.message_id) for draft in parcel.drafts]
    log.error("gateway_broke", gateway=parcel.gateway.name, messages=texts, exc_info=problem)
    return [Outcome(draft, "doubt", code="broke") for draft in parcel.drafts]


def _set(db: Session, where: tuple[Any, ...], **values: Any) -> None:
    db.execute(update(Message).where(*where).values(**values).execution_options(synchronize_session=False))
