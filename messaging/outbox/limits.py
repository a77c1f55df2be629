"""How fast and how much: a token bucket for each sender, and a limit for each country and day, both in the database.

The bucket holds one second of the sender's rate, so that the provider's own queue, which knows no priorities, stays empty and an
evacuation overtakes everything here. The daily limit keeps a mistake or a thief from emptying the account; a fifth of it is kept
for priority 0, and priority 0 goes beyond it, because nobody may stay in a war for the sake of a bill: that is logged.
"""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

import structlog
from phonenumbers import COUNTRY_CODE_TO_REGION_CODE
from sqlalchemy import bindparam, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from messaging.models import CountryDay, SenderBucket
from messaging.outbox.gateways import Draft, Gateway
from workforce.core.db import new_id
from workforce.models import Agency

# Parts a second that carriers allow by kind of sender (Twilio, "Understanding Twilio rate limits and message queues").
LONG_CODE_US, TOLL_FREE, LONG_CODE, NAME, SHORT_CODE, SERVICE = 1.0, 3.0, 10.0, 10.0, 100.0, 10.0
TOLL_FREE_STARTS = ("+1800", "+1833", "+1844", "+1855", "+1866", "+1877", "+1888")
DAILY_PARTS = 20_000
RESERVE = 0.2
# What comes back within the shorter one leaves in one go: a bucket looked at for every single part costs a commit for each.
SHORTEST_HOLD, LONGEST_HOLD = timedelta(seconds=0.2), timedelta(seconds=2)
CAP_HOLD = timedelta(minutes=5)
DAILY_CAP = "daily_cap"
log = structlog.get_logger()
# Built once: a statement that is put together anew for each claim costs more than what it does.
_BUCKET = (
    select(SenderBucket.parts, SenderBucket.filled_at)
    .where(SenderBucket.sender == bindparam("sender"))
    .with_for_update()
)
_LEFT = (
    update(SenderBucket)
    .where(SenderBucket.sender == bindparam("of"))
    .values(parts=bindparam("left"), filled_at=bindparam("at"))
    .execution_options(synchronize_session=False)
)
_USED = select(CountryDay.country, CountryDay.parts).where(
    CountryDay.agency_id == bindparam("agency_id"), CountryDay.day == bindparam("day")
)
_MORE = (
    update(CountryDay)
    .where(
        CountryDay.agency_id == bindparam("of"),
        CountryDay.country == bindparam("where"),
        CountryDay.day == bindparam("on"),
    )
    .values(parts=CountryDay.parts + bindparam("more"))
    .execution_options(synchronize_session=False)
)


@dataclass
class Ration:
    """Which texts may leave now. `wait`: until when the sender has no part left. `capped`: over the day's limit for their country."""

    free: list[Draft] = field(default_factory=list)
    held: list[Draft] = field(default_factory=list)
    capped: list[Draft] = field(default_factory=list)
    wait: timedelta = timedelta(0)


def usual_rate(sender: str) -> float:
    """Parts a second for a sender of this kind, where the agency has not said otherwise."""
    if sender.startswith("MG"):
        return SERVICE
    if not sender.startswith("+"):
        return SHORT_CODE if sender.isdigit() else NAME
    if sender.startswith(TOLL_FREE_STARTS):
        return TOLL_FREE
    return LONG_CODE_US if sender.startswith("+1") else LONG_CODE


def rate_of(agency: Agency, sender: str) -> float:
    """Parts a second that may be handed over for this sender."""
    return agency.parts_per_second or usual_rate(sender)


def ration(
    db: Session, agency: Agency, line: Gateway, drafts: Sequence[tuple[Draft, int, int]], now: datetime
) -> Ration:
    """Share out what sender and day allow among (draft, parts, priority), in their order. What is let go is counted."""
    sender = getattr(line, "sender_key", "")
    made = Ration()
    if not sender:  # The simulated network knows no limits.
        made.free = [draft for draft, _parts, _priority in drafts]
        return made
    rate = rate_of(agency, sender.rpartition(":")[2])
    full = left = _filled(db, sender, rate, now)
    today = now.astimezone(ZoneInfo(agency.zone)).date()
    used = _used(db, agency.id, today)
    spent: dict[str, int] = {}
    for draft, parts, priority in drafts:
        country = country_of(draft.number)
        if left < min(1.0, parts):
            made.held.append(draft)
        elif _over(agency, used.get(country, 0) + spent.get(country, 0), parts, priority):
            made.capped.append(draft)
        else:
            made.free.append(draft)
            left -= parts
            spent[country] = spent.get(country, 0) + parts
    if made.held:
        made.wait = max(SHORTEST_HOLD, min(LONGEST_HOLD, timedelta(seconds=(1.0 - left) / rate)))
    db.execute(_LEFT, {"of": sender, "left": left, "at": now})
    if left != full:
        _count(db, agency.id, today, spent)
    return made


def day_limit(agency: Agency, priority: int) -> int:
    """Parts a day that texts of this priority may take of a country's limit. Priority 0 may take all of it, and goes beyond."""
    limit = agency.daily_parts or DAILY_PARTS
    return limit if priority == 0 else int(limit * (1 - RESERVE))


def used_today(db: Session, agency: Agency, now: datetime) -> dict[str, int]:
    """Parts of today's limit that are used, by country. Today is the agency's."""
    return _used(db, agency.id, now.astimezone(ZoneInfo(agency.zone)).date())


@lru_cache(maxsize=4096)
def _region(start: str) -> str:
    for length in (1, 2, 3):
        if start[:length].isdigit() and int(start[:length]) in COUNTRY_CODE_TO_REGION_CODE:
            return COUNTRY_CODE_TO_REGION_CODE[int(start[:length])][0]
    return "?"


def country_of(number: str) -> str:
    """The main country of a number's calling code; "?" where there is none."""
    return _region(number.lstrip("+")[:3])


def _filled(db: Session, sender: str, rate: float, now: datetime) -> float:
    """The parts in the sender's bucket, locked, with what has come back since. A clock that jumps fills it at most once."""
    fits = max(rate, 1.0)
    found = db.execute(_BUCKET, facts := {"sender": sender}).one_or_none()
    if found is None:
        insert = (postgresql if db.get_bind().dialect.name == "postgresql" else sqlite).insert
        db.execute(insert(SenderBucket).values(sender=sender, parts=fits, filled_at=now).on_conflict_do_nothing())
        found = db.execute(_BUCKET, facts).one()
    since: float = max(0.0, (now - found.filled_at).total_seconds())
    parts: float = found.parts
    return min(fits, parts + since * rate)


def _used(db: Session, agency_id: uuid.UUID, day: date) -> dict[str, int]:
    mine = db.execute(_USED, {"agency_id": agency_id, "day": day})
    return {country: parts for country, parts in mine}  # noqa: C416  Rows are not pairs to mypy.


def _over(agency: Agency, used: int, parts: int, priority: int) -> bool:
    limit = day_limit(agency, priority)
    if priority == 0:
        if used <= limit < used + parts:
            log.warning("daily_limit_passed", agency_id=str(agency.id))
        return False
    return used + parts > limit


def _count(db: Session, agency_id: uuid.UUID, day: date, spent: dict[str, int]) -> None:
    insert: Any = (postgresql if db.get_bind().dialect.name == "postgresql" else sqlite).insert
    for country, parts in sorted(spent.items()):
        facts = {"of": agency_id, "where": country, "on": day, "more": parts}
        changed: Any = db.execute(_MORE, facts)
        if changed.rowcount:
            continue
        new = {"id": new_id(), "agency_id": agency_id, "country": country, "day": day, "parts": 0}
        db.execute(insert(CountryDay).values(**new).on_conflict_do_nothing())
        db.execute(_MORE, facts)
