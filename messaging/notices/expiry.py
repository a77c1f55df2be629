"""Which papers are due a notice. The unique key of a notice is the rule; everything here only makes it cheap.

A run makes its notices in one INSERT … SELECT, never in a loop over papers. In between, it knows from the moment of its
last run which days have passed, and from the audit log whose papers have changed: nothing else needs a look.
"""

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import (
    ColumnElement,
    Date,
    Integer,
    Select,
    String,
    and_,
    case,
    column,
    exists,
    func,
    literal,
    or_,
    select,
    values,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session, aliased

from locator.zones import country_zone
from messaging.models import Notice, NoticeRun
from messaging.notices import ladders
from messaging.notices.ladders import FAR, Ladder
from workforce.core import audit
from workforce.core.audit import AuditEntry, AuditHead
from workforce.core.db import UTCDateTime, new_id
from workforce.core.tenancy import Actor
from workforce.models import Deployment, Document, DocumentVersion, Site, Worker

EXPIRED = -1
EXPIRED_DAYS = 30  # What ended longer ago is not texted any more: it goes on a list.
MOST_CHANGED = 500
WORKER, AGENCY = ("worker", "sms", "due"), ("agency", "today", "shown")
# Acts that touch no paper, no worker as a whole and no ladder. An act that is not known here makes a run look at everything.
ELSEWHERE = (
    "message.",
    "notice.",
    "broadcast.",
    "incident.",
    "case.",
    "board.",
    "user.",
    "session.",
    "position.",
    "place",
    "text",
    "handset",
    "audit",
    "inbox",
    "digest.",
)


@dataclass(frozen=True)
class Outcome:
    """What a run did: papers that became due, notices made for their workers, how many of them late, how many not texted."""

    due: int = 0
    created: int = 0
    late: int = 0
    suppressed: int = 0

    def __add__(self, other: "Outcome") -> "Outcome":
        return Outcome(
            self.due + other.due,
            self.created + other.created,
            self.late + other.late,
            self.suppressed + other.suppressed,
        )


@dataclass(frozen=True)
class Day:
    """One calendar day, and the host places where it is that day. `last` is the day of the last run there."""

    today: date
    last: date | None
    zones: frozenset[str]
    countries: frozenset[str]


def rung_reached(expires_on: date, today: date, ladder: Ladder = FAR) -> int | None:
    """The tightest rung that a paper has reached; None before the first. The day itself still counts, the day after is EXPIRED."""
    days_left = (expires_on - today).days
    if days_left < 0:
        return EXPIRED
    return min((rung for rung in ladder if days_left <= rung), default=None)


def has_work(db: Session, actor: Actor, *, now: datetime) -> bool:
    """Whether a run could find anything: a new day somewhere, a change in the log, or a notice left without its text."""
    state = db.scalar(select(NoticeRun).where(NoticeRun.agency_id == actor.agency_id))
    if state is None or db.scalar(select(exists().where(Notice.agency_id == actor.agency_id, Notice.state == "due"))):
        return True
    newest = db.scalar(select(AuditHead.seq).where(AuditHead.agency_id == actor.agency_id)) or 0
    if newest - state.audit_seq > MOST_CHANGED or changed_workers(db, actor, state.audit_seq) != []:
        return True
    return any(day.last is None or day.today > day.last for day in host_days(db, actor, now=now, last_at=state.ran_at))


def make(db: Session, actor: Actor, *, now: datetime, today: date | None = None, thorough: bool = False) -> Outcome:
    """Make the notices that are due, one a paper and recipient: the tightest rung reached.

    `today` is the day at each worker's host place unless it is given. `thorough` looks at all papers, not only at
    those that a day or a change has brought up. Safe to run twice, or in two processes at once.
    """
    head = db.scalar(select(AuditHead).where(AuditHead.agency_id == actor.agency_id).with_for_update())
    state = _state(db, actor)
    last_at = state.ran_at if state else None
    days = host_days(db, actor, now=now, last_at=last_at, today=today)
    changed = None if thorough or state is None else changed_workers(db, actor, state.audit_seq)
    rungs = ladders.of_agency(db, actor)
    before = _made_at(db, actor, now)
    for day in days:
        alone = len(days) == 1
        if changed is None:
            _insert(db, actor, day, windows(rungs, day), now, alone=alone)
            continue
        _insert(db, actor, day, windows(rungs, day, only_new=True), now, alone=alone)
        if changed:
            _insert(db, actor, day, windows(rungs, day), now, alone=alone, workers=changed)
    made, late = (after - earlier for after, earlier in zip(_made_at(db, actor, now), before, strict=True))
    if made:
        _insert_for_agency(db, actor, now)
        audit.record(db, actor, "notice.run", None, made=made, late=late, at=now.isoformat())
    moment = datetime.combine(today, time(11), UTC) if today else now
    seen = head.seq if head else 0
    if state is None:
        db.add(NoticeRun(id=new_id(), agency_id=actor.agency_id, ran_at=moment, audit_seq=seen))
    else:
        state.ran_at, state.audit_seq = max(state.ran_at, moment), seen
    db.flush()
    return Outcome(due=made, created=made, late=late)


def windows(rungs: Mapping[str, Ladder], day: Day, *, only_new: bool = False) -> list[dict[str, Any]]:
    """For each kind and rung, the days of expiry that stand at that rung today; `only_new`: that came to it since the last run.

    A notice is late where its proper day fell between the last run and today: nobody was there to make it.
    """
    found = []
    last = day.last or day.today
    for kind, ladder in rungs.items():
        steps = [*ladder, EXPIRED]
        for rung, tighter in zip(steps, [*ladder[1:], EXPIRED, None], strict=True):
            first = day.today - timedelta(EXPIRED_DAYS) if tighter is None else day.today + timedelta(tighter + 1)
            until = day.today + timedelta(rung)
            if only_new:
                first = max(first, last + timedelta(rung + 1))
            if first <= until:
                late = {"late_first": last + timedelta(rung + 1), "late_until": day.today + timedelta(rung - 1)}
                found.append({"kind": kind, "rung": rung, "first": first, "until": until, **late})
    return found


def host_days(
    db: Session, actor: Actor, *, now: datetime, last_at: datetime | None, today: date | None = None
) -> list[Day]:
    """The calendar days that it is at the agency's host places: one, or two while midnight goes through them."""
    countries = _host_countries(db, actor)
    own = select(Site.zone).where(Site.agency_id == actor.agency_id, Site.zone != "").distinct()
    zones = set(db.scalars(own))
    found: dict[tuple[date, date | None], tuple[set[str], set[str]]] = {}
    for zone, country in [(zone, "") for zone in zones] + [(country_zone(country), country) for country in countries]:
        here = ZoneInfo(zone)
        last = last_at.astimezone(here).date() if last_at else None
        places = found.setdefault((today or now.astimezone(here).date(), last), (set(), set()))
        places[bool(country)].add(country or zone)
    return [Day(key[0], key[1], frozenset(places[0]), frozenset(places[1])) for key, places in found.items()]


def changed_workers(db: Session, actor: Actor, seq: int) -> list[uuid.UUID] | None:
    """Whose papers may have changed since line `seq` of the log; None where only a look at everything would tell."""
    lines = select(AuditEntry.action, AuditEntry.about_id).where(
        AuditEntry.agency_id == actor.agency_id, AuditEntry.seq > seq
    )
    people: set[uuid.UUID] = set()
    for action, about in db.execute(lines.distinct()):
        if action.startswith(ELSEWHERE):
            continue
        if about is None or about == actor.agency_id:
            return None
        people.add(about)
    return sorted(people) if len(people) <= MOST_CHANGED else None


def _state(db: Session, actor: Actor) -> NoticeRun | None:
    return db.scalar(select(NoticeRun).where(NoticeRun.agency_id == actor.agency_id).with_for_update())


def _host_countries(db: Session, actor: Actor) -> list[str]:
    # One step of the index a country: DISTINCT would walk past every worker.
    found: list[str] = []
    after = ""
    while True:
        following = select(func.min(Worker.host_country)).where(
            Worker.agency_id == actor.agency_id, Worker.host_country > after
        )
        country = db.scalar(following)
        if country is None:
            return found
        found.append(country)
        after = country


def _insert(
    db: Session,
    actor: Actor,
    day: Day,
    steps: Sequence[dict[str, Any]],
    now: datetime,
    *,
    alone: bool,
    workers: Iterable[uuid.UUID] | None = None,
) -> None:
    """Notices for workers, one a paper that stands at one of `steps` and has not been noticed there."""
    if not steps:
        return
    step, (who, channel, state) = _steps(steps), WORKER
    found = (
        select(
            _fresh_id(db, now), Document.agency_id, Document.id, Document.worker_id, Document.expires_on, step.c.rung,
            literal(who, String), literal(channel, String), literal(state, String), literal("", String),
            case((Document.expires_on.between(step.c.late_first, step.c.late_until), True), else_=False), literal(now, UTCDateTime),
        )
        .select_from(step)
        .join(Document, and_(Document.agency_id == actor.agency_id, Document.kind == step.c.kind, Document.expires_on.between(step.c.first, step.c.until)))
        .join(Worker, and_(Worker.agency_id == Document.agency_id, Worker.id == Document.worker_id))
        .where(~_is_noticed(step, who, channel), Document.archived_at.is_(None), Worker.archived_at.is_(None), _is_active())
    )  # fmt: skip
    if not alone:
        found = found.where(_is_there(day))
    if workers is not None:
        found = found.where(Document.worker_id.in_(list(workers)))
    _add(db, found)


def _insert_for_agency(db: Session, actor: Actor, now: datetime) -> None:
    """Beside each worker's notice made at `now`, the agency's line on Today."""
    who, channel, state = AGENCY
    made = select(
        _fresh_id(db, now), Notice.agency_id, Notice.document_id, Notice.worker_id, Notice.expires_on, Notice.rung,
        literal(who, String), literal(channel, String), literal(state, String), literal("", String), Notice.is_late, Notice.created_at,
    ).where(Notice.agency_id == actor.agency_id, Notice.created_at == now, Notice.recipient == WORKER[0])  # fmt: skip
    _add(db, made)


def _add(db: Session, found: Select[Any]) -> None:
    insert = (postgresql if db.get_bind().dialect.name == "postgresql" else sqlite).insert
    names = [
        "id",
        "agency_id",
        "document_id",
        "worker_id",
        "expires_on",
        "rung",
        "recipient",
        "channel",
        "state",
        "reason",
        "is_late",
        "created_at",
    ]
    db.execute(insert(Notice).from_select(names, found, include_defaults=False).on_conflict_do_nothing())


def _made_at(db: Session, actor: Actor, now: datetime) -> tuple[int, int]:
    # Counted, because SQLite's driver does not say how many rows an INSERT … SELECT with a WITH has added.
    count = select(func.count(), func.count().filter(Notice.is_late)).where(
        Notice.agency_id == actor.agency_id, Notice.created_at == now
    )
    made, late = db.execute(count.where(Notice.recipient == WORKER[0])).one()
    return int(made), int(late)


def _fresh_id(db: Session, now: datetime) -> ColumnElement[Any]:
    """An id made by the database, row by row. On SQLite it begins with the time, as ours do, so that new rows lie together."""
    if db.get_bind().dialect.name == "postgresql":
        return func.gen_random_uuid()
    head = f"{int(now.timestamp() * 1000):012x}7"
    return (
        head
        + func.substr(func.lower(func.hex(func.randomblob(2))), 2)
        + "8"
        + func.substr(func.lower(func.hex(func.randomblob(8))), 2)
    )


def _steps(steps: Sequence[dict[str, Any]]) -> Any:
    names = {"kind": String, "rung": Integer, "first": Date, "until": Date, "late_first": Date, "late_until": Date}
    rows = [tuple(step[name] for name in names) for step in steps]
    return values(*(column(name, kind) for name, kind in names.items()), name="steps").data(rows).cte("steps")


def _is_active() -> ColumnElement[bool]:
    return exists().where(
        DocumentVersion.agency_id == Document.agency_id,
        DocumentVersion.document_id == Document.id,
        DocumentVersion.state == "active",
    )


def _is_noticed(step: Any, who: str, channel: str) -> ColumnElement[bool]:
    # A tighter rung that has been noticed silences the wider ones: a clock that jumps back must not text anybody again.
    before = aliased(Notice)
    return exists().where(
        before.agency_id == Document.agency_id, before.document_id == Document.id, before.expires_on == Document.expires_on,
        before.rung <= step.c.rung, before.recipient == who, before.channel == channel,
    )  # fmt: skip


def _is_there(day: Day) -> ColumnElement[bool]:
    own_zone = (
        select(Site.zone)
        .join(Deployment, and_(Deployment.agency_id == Site.agency_id, Deployment.site_id == Site.id))
        .where(
            Deployment.agency_id == Document.agency_id,
            Deployment.worker_id == Document.worker_id,
            Deployment.is_current,
        )
        .correlate(Document)
        .scalar_subquery()
    )
    zone = func.coalesce(own_zone, "")
    return or_(zone.in_(day.zones), and_(zone == "", Worker.host_country.in_(day.countries)))
