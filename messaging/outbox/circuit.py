"""Circuits: a gateway that fails five times in a row is left alone, tried again with one text after 30 s, and meanwhile others carry.

They are rows, so that all workers agree. Only texts that wait are handed to another gateway: what was handed over and never
answered stays with the gateway that may have it, and is asked about there.
"""

import uuid
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import structlog
from sqlalchemy import or_, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from messaging.models import Broadcast, Circuit, Message
from messaging.outbox.gateways import Gateway, Outcome
from messaging.outbox.waits import waits
from workforce.core import audit, tenancy
from workforce.core.db import new_id, reading, transaction
from workforce.models import Agency

FAILURES = 5
AT_ONCE = 500
# Being asked to wait says that the provider lives.
NEUTRAL = frozenset({"20429", "14107", "21611", "30001", "stale"})
Gateways = Callable[[Session, Agency, str], Gateway | None]
log = structlog.get_logger()
_TROUBLED = select(Circuit.agency_id, Circuit.gateway, Circuit.opened_at, Circuit.trial_id).where(
    or_(Circuit.failures > 0, Circuit.opened_at.is_not(None))
)


@dataclass(frozen=True)
class Shut:
    """What may not leave now: texts of these (agency, gateway), but for the `trials`. `troubled` has failed lately."""

    pairs: frozenset[tuple[uuid.UUID, str]] = frozenset()
    trials: frozenset[uuid.UUID] = frozenset()
    troubled: frozenset[tuple[uuid.UUID, str]] = frozenset()

    def keeps_back(self) -> Any:
        """The condition under which a text may leave, for a query; None when nothing is shut."""
        if not self.pairs:
            return None
        free = [
            ~((Message.agency_id == agency_id) & (Message.gateway == name))
            for agency_id, name in sorted(self.pairs, key=str)
        ]
        here: Any = free[0]
        for one in free[1:]:
            here &= one
        return or_(here, Message.id.in_(self.trials)) if self.trials else here


ALL_OPEN = Shut()


def shut() -> Shut:
    """The circuits as they are now. Hardly ever more than a row or two."""
    with tenancy.across_agencies("circuits: which gateways are failing"), reading() as db:
        rows = db.execute(_TROUBLED).all()
    is_open = [row for row in rows if row.opened_at is not None]
    return Shut(
        frozenset((row.agency_id, row.gateway) for row in is_open),
        frozenset(row.trial_id for row in is_open if row.trial_id is not None),
        frozenset((row.agency_id, row.gateway) for row in rows),
    )


def note(outcomes: Iterable[Outcome], now: datetime, known: Shut) -> None:
    """Count what came of the calls. Nothing is written while all goes well."""
    by_pair: dict[tuple[uuid.UUID, str], list[Outcome]] = {}
    for one in outcomes:
        if one.draft.gateway not in {"", "simulator"} and one.code not in NEUTRAL:
            by_pair.setdefault((one.draft.agency_id, one.draft.gateway), []).append(one)
    for pair, mine in by_pair.items():
        if pair in known.troubled or any(failed(one) for one in mine):
            with tenancy.agency(pair[0]), transaction() as db:
                _count(db, _row(db, *pair), mine, now)


def failed(outcome: Outcome) -> bool:
    """Whether the gateway, and not the text, is to blame."""
    return outcome.kind in {"doubt", "later"}


def reroute(known: Shut) -> int:
    """Hand what waits for a shut gateway to the next one in the agency's order; how many texts."""
    moved = 0
    for agency_id in {agency_id for agency_id, _name in known.pairs}:
        with tenancy.agency(agency_id), transaction() as db:
            order = order_of(db.get_one(Agency, agency_id))
            closed = [name for name in order if (agency_id, name) not in known.pairs]
            stuck = [name for name in order if (agency_id, name) in known.pairs]
            if closed and stuck:
                moved += _move(db, agency_id, stuck, closed[0], known.trials)
    return moved


def order_of(agency: Agency) -> list[str]:
    """The agency's gateways for texts, the first one first; nothing for who leaves through no real one."""
    if agency.is_demo or agency.gateway == "simulator":
        return []
    return [agency.gateway, *(name for name in agency.fallback_gateways if name != agency.gateway)]


def probe(now: datetime, gateways: Gateways) -> int:
    """Try gateways whose time has come again: ask without sending, where the provider can be asked, then let one text through."""
    with tenancy.across_agencies("circuits: which are to be tried again"), reading() as db:
        late = or_(Circuit.probe_at <= now, Circuit.probe_at > now + 10 * waits().probe)
        due = db.scalars(select(Circuit).where(Circuit.opened_at.is_not(None), late)).all()
    return sum(_probe(row, now, gateways) for row in due)


def open_ones(db: Session, agency_id: uuid.UUID) -> Sequence[Circuit]:
    """The agency's gateways that are left alone now, for a page."""
    return db.scalars(select(Circuit).where(Circuit.agency_id == agency_id, Circuit.opened_at.is_not(None))).all()


def _row(db: Session, agency_id: uuid.UUID, gateway: str) -> Circuit:
    insert = (postgresql if db.get_bind().dialect.name == "postgresql" else sqlite).insert
    fresh = {
        "id": new_id(),
        "agency_id": agency_id,
        "gateway": gateway,
        "failures": 0,
        "failures_ever": 0,
        "last_code": "",
    }
    db.execute(insert(Circuit).values(**fresh).on_conflict_do_nothing())
    mine = select(Circuit).where(Circuit.agency_id == agency_id, Circuit.gateway == gateway)
    return db.scalars(mine.with_for_update()).one()


def _count(db: Session, row: Circuit, outcomes: Sequence[Outcome], now: datetime) -> None:
    for one in outcomes:
        is_trial = row.trial_id is not None and one.draft.message_id == row.trial_id
        if failed(one):
            row.failures, row.failures_ever, row.last_code = row.failures + 1, row.failures_ever + 1, one.code[:24]
            if is_trial:
                row.trial_id, row.probe_at = None, now + waits().probe
            elif row.opened_at is None and row.failures >= FAILURES:
                _open(db, row, now)
        elif row.opened_at is None:
            row.failures = 0
        elif is_trial:
            _close(db, row, failures=0)


def _open(db: Session, row: Circuit, now: datetime) -> None:
    row.opened_at, row.probe_at, row.trial_id = now, now + waits().probe, None
    audit.record(db, tenancy.System(row.agency_id), "gateway.shut", row, gateway=row.gateway, code=row.last_code)
    log.warning("gateway_shut", agency_id=str(row.agency_id), gateway=row.gateway, code=row.last_code)


def _close(db: Session, row: Circuit, *, failures: int) -> None:
    row.opened_at = row.probe_at = row.trial_id = None
    row.failures = failures
    audit.record(db, tenancy.System(row.agency_id), "gateway.open", row, gateway=row.gateway)
    log.info("gateway_open", agency_id=str(row.agency_id), gateway=row.gateway)


def _move(db: Session, agency_id: uuid.UUID, stuck: list[str], target: str, trials: frozenset[uuid.UUID]) -> int:
    waiting = select(Message.id).where(
        Message.agency_id == agency_id, Message.state == "queued", Message.gateway.in_(stuck), Message.id.not_in(trials)
    )
    ids = db.scalars(waiting.order_by(Message.priority, Message.queued_at).limit(AT_ONCE)).all()
    changed: Any = db.execute(
        update(Message)
        .where(Message.agency_id == agency_id, Message.id.in_(ids), Message.state == "queued")
        .values(gateway=target, not_before_at=None)
        .execution_options(synchronize_session=False)
    )
    return int(changed.rowcount)


def _probe(seen: Circuit, now: datetime, gateways: Gateways) -> int:
    with tenancy.agency(seen.agency_id):
        with transaction() as db:
            mine = (Circuit.agency_id == seen.agency_id, Circuit.id == seen.id, Circuit.probe_at == seen.probe_at)
            taken: Any = db.execute(
                update(Circuit)
                .where(*mine, Circuit.opened_at.is_not(None))
                .values(probe_at=now + waits().probe, trial_id=None)
                .execution_options(synchronize_session=False)
            )
            if not taken.rowcount:  # Another worker tries it.
                return 0
            agency = db.get_one(Agency, seen.agency_id)
            line = gateways(db, agency, seen.gateway)
        # No transaction is open here. A provider that cannot even list what came in is not worth a text.
        if line is None or line.arrivals(now) is None:
            return 0
        with transaction() as db:
            row = _row(db, seen.agency_id, seen.gateway)
            if row.opened_at is None:
                return 0
            row.trial_id = _trial(db, agency, row.gateway, now)
            if row.trial_id is None:  # Nothing waits: the next failure shuts it again.
                _close(db, row, failures=FAILURES - 1)
    return 1


def _trial(db: Session, agency: Agency, gateway: str, now: datetime) -> uuid.UUID | None:
    """The text that tries it: the most urgent that is due, because its purpose is the first to bear a doubt."""
    order = order_of(agency)
    names = order if gateway in order else [gateway]
    paused = select(Broadcast.id).where(Broadcast.agency_id == agency.id, Broadcast.state == "paused")
    waiting = select(Message.id).where(
        Message.agency_id == agency.id,
        Message.state == "queued",
        Message.gateway.in_(names),
        or_(Message.not_before_at.is_(None), Message.not_before_at <= now),
        or_(Message.broadcast_id.is_(None), Message.broadcast_id.not_in(paused)),
    )
    chosen = db.scalar(waiting.order_by(Message.priority, Message.queued_at).limit(1))
    if chosen is None:
        return None
    changed: Any = db.execute(
        update(Message)
        .where(Message.agency_id == agency.id, Message.id == chosen, Message.state == "queued")
        .values(gateway=gateway)
        .execution_options(synchronize_session=False)
    )
    return chosen if changed.rowcount else None
