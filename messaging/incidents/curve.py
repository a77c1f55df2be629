"""The response curve: how many have answered and how many are SAFE, over time, with a mark where each text left."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from messaging.incidents import tallies
from messaging.models import Broadcast, Incident

WIDTH, HEIGHT = 800.0, 110.0
LEFT, RIGHT, TOP, BOTTOM = 28.0, 690.0, 10.0, 82.0
MOST_POINTS = 240
_STEPS = tuple(
    timedelta(minutes=minutes) for minutes in (1, 2, 5, 10, 15, 30, 60, 120, 180, 360, 720, 1440, 2880, 10080)
)


@dataclass(frozen=True)
class Mark:
    x: float
    words: str
    number: int = 0


@dataclass(frozen=True)
class Curve:
    """Everything in pixels of an 800 x 110 picture."""

    answered: str
    safe: str
    area: str
    answered_now: int
    safe_now: int
    total: int
    answered_y: float
    safe_y: float
    texts: list[Mark]
    ticks: list[Mark]
    end_x: float


def drawn(db: Session, incident: Incident, *, total: int, now: datetime) -> Curve | None:
    """The curve up to `now` of the `total` people on the board, or None before the first text has left."""
    left = db.execute(
        select(Broadcast.sequence, Broadcast.sending_at).where(
            Broadcast.agency_id == incident.agency_id,
            Broadcast.incident_id == incident.id,
            Broadcast.sending_at.is_not(None),
        )
    ).all()
    if not total or not left:
        return None
    texts = sorted(((number, at) for number, at in left if at is not None), key=lambda one: one[1])
    end = incident.closed_at or now
    start = min(texts[0][1], end - timedelta(minutes=2)) - (end - texts[0][1]) * 0.05
    seconds = tallies.HEARD_SECONDS * max(1, int((end - start).total_seconds() / MOST_POINTS / tallies.HEARD_SECONDS))
    return _plot(tallies.heard(db, incident, seconds=seconds), texts, start, end, total, incident)


def _plot(
    steps: list[tuple[datetime, int, int]],
    texts: list[tuple[int, datetime]],
    start: datetime,
    end: datetime,
    total: int,
    incident: Incident,
) -> Curve:
    span = max((end - start).total_seconds(), 1.0)

    def x(at: datetime) -> float:
        return round(LEFT + max(0.0, min(1.0, (at - start).total_seconds() / span)) * (RIGHT - LEFT), 1)

    def y(number: int) -> float:
        return round(BOTTOM - number / total * (BOTTOM - TOP), 1)

    points = [(LEFT, 0, 0), *((x(at), answered, safe) for at, answered, safe in steps)]
    last = points[-1]
    points.append((RIGHT, last[1], last[2]))
    answered = _stairs([(px, y(a)) for px, a, _s in points])
    safe = _stairs([(px, y(s)) for px, _a, s in points])
    answered_y, safe_y = y(last[1]), y(last[2])
    zone = ZoneInfo(incident.zone)
    return Curve(
        answered=answered, safe=safe, area=f"{safe}V{BOTTOM}H{LEFT}Z", answered_now=last[1], safe_now=last[2], total=total,
        answered_y=answered_y, safe_y=max(safe_y, answered_y + 14), end_x=RIGHT,
        texts=[Mark(x(at), f"{at.astimezone(zone):%H:%M}", number) for number, at in texts], ticks=_ticks(start, end, zone, x),
    )  # fmt: skip


def _stairs(points: list[tuple[float, float]]) -> str:
    """A line through points; runs of equal height need only their ends."""
    kept = [
        p
        for i, p in enumerate(points)
        if i in (0, len(points) - 1) or p[1] != points[i - 1][1] or p[1] != points[i + 1][1]
    ]
    return "M" + "L".join(f"{px:g} {py:g}" for px, py in kept)


def _ticks(start: datetime, end: datetime, zone: ZoneInfo, x: Callable[[datetime], float]) -> list[Mark]:
    step = next((one for one in _STEPS if (end - start) / one <= 5), _STEPS[-1])
    seconds = step.total_seconds()
    at = datetime.fromtimestamp((start.timestamp() // seconds + 1) * seconds, UTC)
    found = []
    while at < end:
        words = f"{at.astimezone(zone):%H:%M}" if step < timedelta(days=1) else f"{at.astimezone(zone):%d.%m.}"
        found.append(Mark(x(at), words))
        at += step
    return found
