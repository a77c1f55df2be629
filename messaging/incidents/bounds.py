"""Which limit binds a text to many: the sender's pace, a country's limit of the day, or how long the text is any use."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from messaging.incidents import wording
from messaging.incidents.audience import Placed
from messaging.models import PRIORITIES, Broadcast, Incident
from messaging.outbox import limits, rates
from workforce import countries
from workforce.core.words import _, _n
from workforce.models import Agency

TOO_LONG = 15 * 60  # Seconds from the first phone to the last, above which the page warns.
AT_ONCE = 60


@dataclass(frozen=True)
class Bounds:
    """`binds` in three words, for the table of figures; `warnings` in sentences, the gravest first."""

    rate: float
    seconds: int
    binds: str
    warnings: list[str]


@dataclass(frozen=True)
class _Over:
    """A country whose limit of today is less than what this text needs. `people` get it today, `of` would."""

    country: str
    limit: int
    used: int
    people: int
    of: int


def of(
    db: Session, incident: Incident, broadcast: Broadcast, recipients: Sequence[Placed], parts: Mapping[str, int], *, now: datetime
) -> Bounds:  # fmt: skip
    """What binds, given the parts of each language's text."""
    agency = db.get_one(Agency, incident.agency_id)
    each = [
        (one.calling, parts.get(wording.language_in(broadcast.bodies, one.worker.language), 1)) for one in recipients
    ]
    priority = PRIORITIES.get(broadcast.purpose, 5)
    over = (
        _over(db, agency, each, priority, now) if rates.has_day_limits(agency, is_exercise=incident.is_exercise) else []
    )
    rate = rates.segments_per_second(db, agency)
    seconds = math.ceil(sum(number for _country, number in each) / rate)
    warnings = [_beyond(one) if priority == 0 else _held(one) for one in over]
    warnings += _slow(len(each), seconds, rate, broadcast.valid_seconds)
    capped = over[0] if over and priority else None
    if capped is not None:
        binds = _("today’s limit for %(country)s", country=countries.in_sentence(capped.country))
    elif seconds > broadcast.valid_seconds:
        binds = _("the sender’s pace: too slow for some")
    else:
        binds = _("the sender’s pace") if seconds > AT_ONCE else _("nothing: all leave within a minute")
    return Bounds(rate, seconds, binds, warnings)


def _over(db: Session, agency: Agency, each: Sequence[tuple[str, int]], priority: int, now: datetime) -> list[_Over]:
    """Countries in which not all of it fits into today, those with the most people left out first."""
    used, limit = limits.used_today(db, agency, now), limits.day_limit(agency, priority)
    taken: dict[str, int] = {}
    people: dict[str, int] = {}
    number: dict[str, int] = {}
    for country, parts in each:
        number[country] = number.get(country, 0) + 1
        if used.get(country, 0) + taken.get(country, 0) + parts <= limit:
            taken[country] = taken.get(country, 0) + parts
            people[country] = people.get(country, 0) + 1
    found = [
        _Over(country, limit, used.get(country, 0), people.get(country, 0), wanted)
        for country, wanted in number.items()
        if people.get(country, 0) < wanted
    ]
    return sorted(found, key=lambda one: (one.people - one.of, one.country))


def _held(one: _Over) -> str:
    return _n(
        "%(country)s: today’s limit leaves room for %(people)s of %(num)d person. %(used)s of %(limit)s parts are used; a fifth of the whole is kept for evacuations. An admin can raise it in Settings.",
        "%(country)s: today’s limit leaves room for %(people)s of %(num)d people. %(used)s of %(limit)s parts are used; a fifth of the whole is kept for evacuations. An admin can raise it in Settings.",
        one.of, country=countries.name(one.country), people=one.people, used=one.used, limit=one.limit,
    )  # fmt: skip


def _beyond(one: _Over) -> str:
    return _(
        "%(country)s: this goes beyond today’s limit of %(limit)s parts, of which %(used)s are used. It leaves all the same, because it is urgent; texts that are not will wait until tomorrow.",
        country=countries.name(one.country), limit=one.limit, used=one.used,
    )  # fmt: skip


def _slow(people: int, seconds: int, rate: float, valid_seconds: int) -> list[str]:
    found = []
    if seconds > TOO_LONG:
        pace = _("%(rate)s parts a second", rate=f"{rate:g}")
        found.append(
            _("The last one has it after %(minutes)s minutes. What binds is the sender’s pace: %(pace)s. Fewer parts, fewer people or another sender make it faster.", minutes=math.ceil(seconds / 60), pace=pace)
        )  # fmt: skip
    if seconds > valid_seconds:
        late = round(people * (1 - valid_seconds / seconds))
        found.append(_n("%(num)d person would get it too late, and is not texted.", "%(num)d people would get it too late, and are not texted.", late))  # fmt: skip
    return found
