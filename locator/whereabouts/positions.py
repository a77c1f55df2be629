"""Where workers were: kept only under a consent that is alive, only until it runs out, and exact only for few eyes.

The exact point is sealed. Staff see the cell of 0.1 degrees that holds it, from the first day; a manager in an open incident
may open the point, and that leaves a line in the audit log.
"""

import hashlib
import uuid
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Any, Protocol

from sqlalchemy import delete, or_, select
from sqlalchemy.orm import Session
from sqlalchemy.sql.elements import ColumnElement

from locator import gazetteer
from locator.geodesy import Point, cell_centre, cell_of
from locator.models import Position
from locator.whereabouts import agreement
from locator.whereabouts.agreement import ONE_SHOT, PURPOSE
from workforce import agencies, consents
from workforce.core import audit, clock, db, tenancy, vault
from workforce.core.errors import Invalid, NotAllowed
from workforce.core.tenancy import Actor, System
from workforce.core.words import _
from workforce.models import Consent, Deployment, Worker

ONE_SHOT_LIFE = timedelta(hours=24)
LONGEST_LIFE = timedelta(days=14)
AFTER_END = timedelta(days=2)
COARSE_KM = 8.0  # From the middle of a cell to its corner, at most 7.9 km.
_CHUNK = 500


class TextedPlace(Protocol):
    """What was read from a text: WGS 84 degrees, how far off in kilometres, the town's name if one was read."""

    @property
    def lat(self) -> float: ...
    @property
    def lon(self) -> float: ...
    @property
    def precision_km(self) -> float: ...
    @property
    def name(self) -> str | None: ...


@dataclass(frozen=True)
class Rough:
    """A position as staff may see it: the middle of its cell, to `precision_km`, and the town."""

    worker_id: uuid.UUID
    point: Point
    precision_km: float
    label: str
    source: str
    taken_at: datetime
    expires_at: datetime
    is_confirmed: bool


# --- recording --------------------------------------------------------------------------------------------------------


def record(
    session: Session,
    actor: Actor,
    worker: Worker,
    point: Point,
    *,
    precision_km: float,
    source: str,
    label: str = "",
    taken_at: datetime,
    consent: Consent | None = None,
    is_confirmed: bool = True,
    message_id: uuid.UUID | None = None,
) -> Position:
    """Keep one place under the worker's standing consent, or under `consent` (the line that covers just this one).

    `source`: text, link, staff, simulator. Raises NotAllowed without a consent that is alive, Invalid for a moment to come.
    """
    if taken_at > clock.now() + timedelta(minutes=5):
        raise Invalid(_("A place cannot be from the future."))
    consent = consent or agreement.standing_consent(session, worker)
    if consent is None or consent.worker_id != worker.id or not agreement.is_alive(session, consent):
        raise NotAllowed(_("%(name)s has not agreed that we keep places.", name=worker.given_name))
    row, column = cell_of(point)
    kept = Position(
        id=db.new_id(),
        agency_id=worker.agency_id,
        worker_id=worker.id,
        consent_id=consent.id,
        cell_lat=row,
        cell_lon=column,
        precision_km=precision_km,
        source=source[:8],
        is_confirmed=is_confirmed,
        taken_at=taken_at,
        received_at=clock.now(),
        expires_at=_expiry(session, worker, consent, taken_at),
    )
    label = label or gazetteer.nearest_town(cell_centre((row, column)))[0]
    vault.seal(session, kept, point=f"{point.lat!r},{point.lon!r}", label=label)
    session.add(kept)
    session.flush()
    told: dict[str, Any] = {"message": message_id} if message_id else {}
    audit.record(session, actor, "position.record", kept, source=source, one_shot=consent.wording == ONE_SHOT, **told)
    return kept


def record_from_text(
    session: Session,
    worker: Worker,
    place: TextedPlace,
    *,
    at: datetime,
    message_id: uuid.UUID | None,
    is_confirmed: bool = True,
) -> Position:
    """Keep the place that a worker texted. Texting it is the consent, for this one place and 24 hours."""
    actor = System(worker.agency_id)
    consent = agreement.agree_once(session, actor, worker, at=at, channel="sms")
    return record(
        session,
        actor,
        worker,
        Point(place.lat, place.lon),
        precision_km=place.precision_km,
        source="text",
        label=place.name or "",
        taken_at=at,
        consent=consent,
        is_confirmed=is_confirmed,
        message_id=message_id,
    )


def from_staff(
    session: Session,
    actor: Actor,
    worker: Worker,
    point: Point,
    *,
    precision_km: float,
    label: str = "",
    at: datetime,
    has_agreed: bool,
) -> Position:
    """Keep a place that a person of ours was told, on their word that the worker agreed. For 24 hours.

    Raises NotAllowed without the tick.
    """
    if not has_agreed:
        raise NotAllowed(_("We keep a place only if %(name)s agreed to it.", name=worker.given_name))
    consent = agreement.agree_once(session, actor, worker, at=at, channel="phone")
    return record(
        session,
        actor,
        worker,
        point,
        precision_km=precision_km,
        source="staff",
        label=label,
        taken_at=at,
        consent=consent,
    )


def confirm(session: Session, actor: Actor, position: Position) -> None:
    """The worker, or a person who asked them, says that the place was read right."""
    position.is_confirmed = True
    audit.record(session, actor, "position.confirm", position)


# --- looking ----------------------------------------------------------------------------------------------------------


def latest(
    session: Session,
    worker_ids: Iterable[uuid.UUID] | None = None,
    *,
    now: datetime | None = None,
    unconfirmed: bool = False,
) -> dict[uuid.UUID, Position]:
    """The newest place of each worker (of all without `worker_ids`) that has not run out and whose consent is alive.

    Places that wait for a confirmation are left out unless asked for.
    """
    found: dict[uuid.UUID, Position] = {}
    for some in _chunks(worker_ids):
        wanted = select(Position).where(*live(now or clock.now()))
        if some is not None:
            wanted = wanted.where(Position.worker_id.in_(some))
        if not unconfirmed:
            wanted = wanted.where(Position.is_confirmed.is_(True))
        for position in session.scalars(wanted.order_by(Position.taken_at, Position.received_at, Position.id)):
            found[position.worker_id] = position
    return found


def trail(session: Session, worker: Worker, *, now: datetime) -> list[Position]:
    """A worker's places that are still kept, the oldest first."""
    mine = select(Position).where(Position.worker_id == worker.id, *live(now))
    return list(session.scalars(mine.order_by(Position.taken_at, Position.received_at, Position.id)))


def rough(session: Session, position: Position) -> Rough:
    """The position as everyone on the staff may see it. Distances are measured from this point, never from the exact one."""
    return Rough(
        worker_id=position.worker_id,
        point=cell_centre((position.cell_lat, position.cell_lon)),
        precision_km=max(position.precision_km, COARSE_KM),
        label=vault.reveal(session, position, "label") or "",
        source=position.source,
        taken_at=position.taken_at,
        expires_at=position.expires_at,
        is_confirmed=position.is_confirmed,
    )


def exact(session: Session, actor: Actor, position: Position, *, incident_open: bool) -> Point:
    """The point itself, for a manager while an incident is open; the look is in the audit log in the same transaction.

    Raises NotAllowed.
    """
    _check_may_see(actor, incident_open=incident_open)
    if position.agency_id != actor.agency_id:
        raise NotAllowed(_("Only a manager in an open incident sees the exact place."))
    audit.record(session, actor, "position.exact", position)
    return _point(session, position)


def exact_many(
    session: Session, actor: Actor, positions: Sequence[Position], *, incident_open: bool, why: str
) -> dict[uuid.UUID, Point]:
    """The points of many, by position id: one audit line with their number and a digest of their ids. Raises NotAllowed."""
    if actor.role != "system":
        _check_may_see(actor, incident_open=incident_open)
    ids = sorted(position.id.hex for position in positions)
    digest = hashlib.sha256("".join(ids).encode()).hexdigest()
    audit.record(session, actor, "position.exact_many", None, reason=why, count=len(ids), digest=digest)
    vault.prefetch(session, {position.worker_id for position in positions})
    return {position.id: _point(session, position) for position in positions}


def note_map(session: Session, actor: Actor, worker_ids: Iterable[uuid.UUID]) -> None:
    """One audit line for a look at the map: how many people were on it, and a digest of who."""
    ids = sorted(worker_id.hex for worker_id in worker_ids)
    audit.record(
        session, actor, "position.map", None, count=len(ids), digest=hashlib.sha256("".join(ids).encode()).hexdigest()
    )


# --- ending -----------------------------------------------------------------------------------------------------------


def withdraw(
    session: Session, actor: Actor, worker: Worker, *, channel: str = "phone", at: datetime | None = None
) -> int:
    """The worker no longer agrees: nothing is shown from now on, and what was kept is deleted. Returns how many places.

    Call `db.fold_in_log` after the commit, so that no file holds the deleted rows.
    """
    consents.withdraw(session, actor, worker, PURPOSE, channel=channel, at=at)
    gone = delete(Position).where(Position.agency_id == worker.agency_id, Position.worker_id == worker.id)
    count = _deleted(session, gone)
    audit.record(session, actor, "position.delete", worker, count=count)
    return count


def bring_forward(session: Session, agency_id: uuid.UUID, worker_ids: Iterable[uuid.UUID], *, to: datetime) -> None:
    """Let these workers' places end at `to` at the latest: an incident closed, a contract ended."""
    for position in session.scalars(
        select(Position).where(
            Position.agency_id == agency_id, Position.worker_id.in_(list(worker_ids)), Position.expires_at > to
        )
    ):
        position.expires_at = to


def purge(session: Session, now: datetime) -> int:
    """Delete the places in scope that have run out or whose consent was withdrawn; returns how many. Safe to repeat."""
    agency_id = tenancy.current()
    dead = or_(Position.expires_at <= now, Position.consent_id.is_(None), agreement.withdrawn())
    ids = list(session.scalars(select(Position.id).where(Position.agency_id == agency_id, dead)))
    for some in _chunks(ids):
        session.execute(delete(Position).where(Position.agency_id == agency_id, Position.id.in_(some or [])))
    if ids:
        audit.record(session, System(agency_id), "position.purge", None, count=len(ids))
    return len(ids)


def purge_everywhere(now: datetime) -> int:
    """The clock's job: purge every agency, then leave nothing behind in SQLite's log. Returns how many places went."""
    count = 0
    for agency_id in agencies.every_id():
        with tenancy.agency(agency_id), db.transaction() as session:
            count += purge(session, now)
    if count:
        db.fold_in_log()
    return count


# --- inside -----------------------------------------------------------------------------------------------------------


def live(now: datetime) -> list[ColumnElement[bool]]:
    """For a query of positions in scope: without consent they are not read, rather than read and hidden."""
    return [
        Position.agency_id == tenancy.current(),
        Position.expires_at > now,
        Position.consent_id.is_not(None),
        ~agreement.withdrawn(),
    ]


def _expiry(session: Session, worker: Worker, consent: Consent, taken_at: datetime) -> datetime:
    """The earliest of the place's own time and two days after the deployment's last day."""
    own = taken_at + (ONE_SHOT_LIFE if agreement.is_limited(consent) else LONGEST_LIFE)
    ends_on = session.scalar(
        select(Deployment.ends_on).where(
            Deployment.agency_id == worker.agency_id, Deployment.worker_id == worker.id, Deployment.is_current.is_(True)
        )
    )
    if ends_on is None:
        return own
    # Whoever is still abroad after the contract's last day must stay findable: a fresh place keeps its first 24 hours.
    last = max(datetime.combine(ends_on, time.max, UTC) + AFTER_END, taken_at + ONE_SHOT_LIFE)
    return min(own, last)


def _point(session: Session, position: Position) -> Point:
    lat, _sep, lon = (vault.reveal(session, position, "point") or "").partition(",")
    return Point(float(lat), float(lon))


def _check_may_see(actor: Actor, *, incident_open: bool) -> None:
    if actor.role != "manager" or not incident_open:
        raise NotAllowed(_("Only a manager in an open incident sees the exact place."))


def _chunks(ids: Iterable[uuid.UUID] | None) -> Iterator[list[uuid.UUID] | None]:
    if ids is None:
        yield None
        return
    every = list(ids)
    for start in range(0, len(every), _CHUNK):
        yield every[start : start + _CHUNK]


def _deleted(session: Session, statement: object) -> int:
    return int(session.execute(statement).rowcount)  # type: ignore[call-overload]
