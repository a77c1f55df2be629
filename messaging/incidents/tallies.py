"""What the board shows of a hundred thousand people, asked of counts that the database keeps itself (step 0021).

kind      of         name           bucket              counts
status    incident   status                             people
site      incident   status                             people at `site_id`
safe      incident                  minute of the word  people who are SAFE
step      incident   ladder step                        people who wait for it
heard     incident   answered|safe  ten seconds         people who answer first; who become SAFE, less those who cease to be
text      broadcast  state                              texts
joins     agency                                        workers who came, or moved, or were archived and brought back: it only rises

A count is the sum of its lines: on PostgreSQL every transaction adds lines of its own, so that no answer waits for another.
Nobody else may write them. `differences` asks whether they are what the rows are, `mend` makes them so.
"""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Integer,
    Select,
    Uuid,
    and_,
    case,
    cast,
    delete,
    func,
    insert,
    literal,
    null,
    or_,
    select,
    union_all,
    update,
)
from sqlalchemy.orm import Session

from messaging.models import Broadcast, Incident, Message, Person, StatusReport, Tally
from workforce.core.db import new_id
from workforce.core.tenancy import Actor
from workforce.models import Deployment, Worker

CHASED = ("SILENT", "UNREACHABLE")
SAID = ("HELP", "SAFE", "MOVING", "STAYING")
HEARD_SECONDS = 10
FOLDED = 5_000
_KEY = (Tally.of_id, Tally.kind, Tally.name, Tally.bucket, Tally.site_id)


@dataclass(frozen=True)
class Counts:
    """What a page needs of one board, looked up once: people by status, by step of the ladder, and whose SAFE is old."""

    status: dict[str, int]
    step: dict[str, int]
    old_safe: int

    @property
    def total(self) -> int:
        return sum(self.status.values())

    @property
    def by_part(self) -> dict[str, int]:
        """By status, but "old" is whose SAFE is older than it may be, and SAFE only whose is not."""
        return self.status | {"old": self.old_safe, "SAFE": self.status.get("SAFE", 0) - self.old_safe}


def of_board(db: Session, incident: Incident, *, old: datetime) -> Counts:
    """The counts now. `old`: a SAFE from before that moment is old."""
    minute = int(old.timestamp()) // 60
    mine = select(Tally.kind, Tally.name, func.sum(Tally.n)).where(
        Tally.agency_id == incident.agency_id, Tally.of_id == incident.id,
        or_(Tally.kind.in_(("status", "step")), and_(Tally.kind == "safe", Tally.bucket < minute)),
    )  # fmt: skip
    found: dict[str, dict[str, int]] = {"status": {}, "step": {}, "safe": {}}
    for kind, name, number in db.execute(mine.group_by(Tally.kind, Tally.name)):
        if number:
            found[kind][name] = int(number)
    # Whole minutes are counted already; the one that the moment cuts is looked at.
    begun = datetime.fromtimestamp(minute * 60, UTC)
    cut = select(func.count()).select_from(Person).where(
        Person.agency_id == incident.agency_id, Person.incident_id == incident.id, Person.status == "SAFE", Person.status_at >= begun, Person.status_at < old
    )  # fmt: skip
    return Counts(found["status"], found["step"], found["safe"].get("", 0) + int(db.scalar(cut) or 0))


def people(db: Session, incident: Incident) -> dict[str, int]:
    """How many people have each status; those that nobody has may be missing."""
    return _by_name(db, incident.agency_id, incident.id, "status")


def texts(db: Session, broadcast: Broadcast) -> dict[str, int]:
    """How many texts of a broadcast are in each state."""
    return _by_name(db, broadcast.agency_id, broadcast.id, "text")


def sites(db: Session, incident: Incident) -> dict[uuid.UUID, dict[str, int]]:
    """How many people have each status, by the site where they work now."""
    number = func.sum(Tally.n)
    mine = select(Tally.site_id, Tally.name, number).where(*_of(incident.agency_id, incident.id, "site"))
    found: dict[uuid.UUID, dict[str, int]] = {}
    for site_id, status, count in db.execute(mine.group_by(Tally.site_id, Tally.name).having(number != 0)):
        if site_id is not None:
            found.setdefault(site_id, {})[status] = int(count)
    return found


def heard(db: Session, incident: Incident, *, seconds: int) -> list[tuple[datetime, int, int]]:
    """(when, answered so far, SAFE at that moment), at the beginnings of spans of `seconds`, a multiple of HEARD_SECONDS."""
    span = (Tally.bucket // max(1, seconds // HEARD_SECONDS)).label("span")
    mine = select(span, *(func.sum(case((Tally.name == name, Tally.n), else_=0)) for name in ("answered", "safe")))
    answered = safe = 0
    steps = []
    for at, more_answered, more_safe in db.execute(mine.where(*_of(incident.agency_id, incident.id, "heard")).group_by("span").order_by("span")):
        answered, safe = answered + int(more_answered), safe + int(more_safe)
        steps.append((datetime.fromtimestamp(int(at) * seconds, UTC), answered, safe))
    return steps


def joins(db: Session, agency_id: uuid.UUID) -> int:
    """A number that rises whenever somebody may have come into a country."""
    return _by_name(db, agency_id, agency_id, "joins").get("", 0)


# --- keeping them short, and true -------------------------------------------------------------------------------------


def has_lines_to_fold(db: Session, actor: Actor) -> bool:
    """Whether `fold` would find anything."""
    return db.execute(_several(actor.agency_id).limit(1)).first() is not None


def fold(db: Session, actor: Actor) -> int:
    """Put lines of the same count together, up to FOLDED at once; how many went. Lines that somebody else folds are left to them."""
    several = _several(actor.agency_id).subquery()
    same = and_(*(column.is_not_distinct_from(several.c[column.key]) for column in _KEY))
    mine = select(Tally).join(several, same).where(Tally.agency_id == actor.agency_id)
    sums: dict[tuple[Any, ...], int] = {}
    lines = db.scalars(mine.limit(FOLDED).with_for_update(of=Tally, skip_locked=True)).all()
    for line in lines:
        key = tuple(getattr(line, column.key) for column in _KEY)
        sums[key] = sums.get(key, 0) + line.n
    for start in range(0, len(lines), 500):
        ids = [line.id for line in lines[start : start + 500]]
        gone = delete(Tally).where(Tally.agency_id == actor.agency_id, Tally.id.in_(ids))
        db.execute(gone.execution_options(synchronize_session=False))
    _write(db, actor, [(*key, number) for key, number in sums.items() if number])
    return len(lines)


def differences(db: Session, actor: Actor) -> list[tuple[Any, ...]]:
    """Where a count is not what the rows are: (of, kind, name, bucket, site, how many more the rows are).

    One statement, so that rows and counts are of one moment.
    """
    mine = union_all(*_truth(db, actor.agency_id), _counted(actor.agency_id)).subquery()
    columns = [mine.c[column.key] for column in _KEY]
    more = func.sum(mine.c.n)
    return [(*found[:-1], int(found[-1])) for found in db.execute(select(*columns, more).group_by(*columns).having(more != 0))]


def misplaced(db: Session, actor: Actor) -> list[uuid.UUID]:
    """Lines of boards that say another site or name than their worker's: what two transactions did at once, unseen by each other."""
    now = select(Deployment.site_id).where(Deployment.agency_id == Person.agency_id, Deployment.worker_id == Person.worker_id, Deployment.is_current)
    wrong = or_(Person.site_id.is_distinct_from(now.scalar_subquery()), Person.sort_name != Worker.sort_name)
    return list(db.scalars(select(Person.id).join(Person.worker).where(Person.agency_id == actor.agency_id, wrong)))


def mend(db: Session, actor: Actor) -> int:
    """Make the counts what the rows are; how many were not."""
    lost = misplaced(db, actor)
    for start in range(0, len(lost), 500):  # Touched, a line works out both anew.
        again = update(Person).where(Person.agency_id == actor.agency_id, Person.id.in_(lost[start : start + 500]))
        db.execute(again.values(site_id=None, sort_name="").execution_options(synchronize_session=False))
    wrong = differences(db, actor)
    _write(db, actor, wrong)
    return len(lost) + len(wrong)


def _write(db: Session, actor: Actor, lines: Sequence[tuple[Any, ...]]) -> None:
    names = [column.key for column in _KEY]
    rows = [{"id": new_id(), "agency_id": actor.agency_id, **dict(zip([*names, "n"], line, strict=True))} for line in lines]
    if rows:
        db.execute(insert(Tally), rows)


def _of(agency_id: uuid.UUID, of_id: uuid.UUID, kind: str) -> tuple[ColumnElement[bool], ...]:
    return Tally.agency_id == agency_id, Tally.of_id == of_id, Tally.kind == kind


def _by_name(db: Session, agency_id: uuid.UUID, of_id: uuid.UUID, kind: str) -> dict[str, int]:
    mine = select(Tally.name, func.sum(Tally.n)).where(*_of(agency_id, of_id, kind))
    return {name: int(number) for name, number in db.execute(mine.group_by(Tally.name)) if number}


def _several(agency_id: uuid.UUID) -> Select[uuid.UUID, str, str, int, uuid.UUID | None]:
    mine = select(*_KEY).where(Tally.agency_id == agency_id)
    return mine.group_by(*_KEY).having(or_(func.count() > 1, func.sum(Tally.n) == 0))


def _counted(agency_id: uuid.UUID) -> Select[uuid.UUID, str, str, int, uuid.UUID | None, int]:
    return select(*_KEY, (-Tally.n).label("n")).where(Tally.agency_id == agency_id, Tally.kind != "joins")


def _truth(db: Session, agency_id: uuid.UUID) -> list[Select[Any]]:
    """The same from the rows: one line a row, added up by who asks."""
    nowhere, one = cast(null(), Uuid), literal(1, Integer)
    is_ours = Person.agency_id == agency_id

    def line(of: Any, kind: str, name: Any, bucket: Any = None, site: Any = None, n: Any = None) -> Select[Any]:
        first = literal(0, Integer) if bucket is None else bucket
        values = (of, literal(kind), name, first, nowhere if site is None else site, one if n is None else n)
        return select(*(value.label(column.key) for value, column in zip(values, (*_KEY, Tally.n), strict=True)))

    texts = line(Message.broadcast_id, "text", Message.state)
    return [
        line(Person.incident_id, "status", Person.status).where(is_ours),
        line(Person.incident_id, "site", Person.status, site=Person.site_id).where(is_ours, Person.site_id.is_not(None)),
        line(Person.incident_id, "safe", literal(""), _bucket(db, Person.status_at, 60)).where(is_ours, Person.status == "SAFE"),
        line(Person.incident_id, "step", Person.chase_step).where(is_ours, Person.chase_at.is_not(None), Person.status.in_(CHASED)),
        texts.where(Message.agency_id == agency_id, Message.direction == "out", Message.broadcast_id.is_not(None)),
        *_words(db, agency_id, line),
    ]


def _words(db: Session, agency_id: uuid.UUID, line: Any) -> list[Select[Any]]:
    """First answers, and turns to SAFE and away from it."""
    whose = (StatusReport.incident_id, StatusReport.worker_id)
    mine = (StatusReport.agency_id == agency_id, StatusReport.applied)
    first = select(StatusReport.incident_id, func.min(StatusReport.at).label("at")).where(*mine, StatusReport.status.in_(SAID)).group_by(*whose).subquery()
    is_safe = case((StatusReport.status == "SAFE", 1), else_=0)
    before = func.lag(is_safe, 1, 0).over(partition_by=whose, order_by=(StatusReport.at, StatusReport.id))
    turns = select(StatusReport.incident_id, StatusReport.at, is_safe.label("now"), before.label("before")).where(*mine).subquery()
    return [
        line(first.c.incident_id, "heard", literal("answered"), _bucket(db, first.c.at, HEARD_SECONDS)),
        line(turns.c.incident_id, "heard", literal("safe"), _bucket(db, turns.c.at, HEARD_SECONDS), n=turns.c.now - turns.c.before),
    ]


def _bucket(db: Session, moment: Any, seconds: int) -> ColumnElement[int]:
    if db.get_bind().dialect.name == "postgresql":
        return cast(func.floor(func.extract("epoch", moment) / seconds), Integer)
    return cast(func.strftime("%s", moment), Integer) // seconds
