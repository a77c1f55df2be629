"""Quiet hours by purpose: which texts may wake somebody, and when the others leave.

A crisis never waits, an answer goes to somebody who is awake. A notice waits for the morning where the worker is; with a person's own
words that person decides.
"""

from datetime import datetime, time, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from locator.hosttime import host_zone
from workforce.models import Worker

FROM, UNTIL = time(21), time(7)
At = Literal["at once", "morning", "as chosen"]
LEAVES: dict[str, At] = {
    "evacuation": "at once",
    "recall": "at once",
    "safety": "at once",
    "chase": "at once",
    "reply": "at once",
    "link": "at once",
    "one_to_one": "as chosen",
    "notice": "morning",
}


def not_before(purpose: str, now: datetime, zone: str, *, chosen: bool = False) -> datetime | None:
    """When a text for this purpose may leave for somebody in `zone`: None for now. `chosen` is the word of the person who wrote it."""
    leaves = LEAVES[purpose]
    waits = leaves == "morning" or (leaves == "as chosen" and chosen)
    return next_morning(now, zone) if waits else None


def next_morning(now: datetime, zone: str) -> datetime | None:
    """The next seven in the morning in `zone` where it is night there; None by day."""
    here = ZoneInfo(zone)
    local = now.astimezone(here)
    if UNTIL <= local.time() < FROM:
        return None
    day = local.date() if local.time() < UNTIL else local.date() + timedelta(1)
    return datetime.combine(day, UNTIL, here).astimezone(now.tzinfo)


def zone_of(worker: Worker) -> str:
    """The zone in which a worker sleeps."""
    return host_zone(worker.deployment.site if worker.deployment else None, worker.host_country)
