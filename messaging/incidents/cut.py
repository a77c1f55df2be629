"""Whether a country's network is likely cut: hardly any text arrives there of late, where before most did.

Receipts are a hint, and some networks give none. So a country is held only against its own past: its last ten texts and those of
the ten minutes, and the half hour, before them, against the thirty days before, and only where enough texts went and most of them
used to arrive. The short look sees it when the first text of a crisis arrived and the second does not. While nothing new is sent,
what is known stands for half a day: silence is no sign that a network is back. What an exercise sends says nothing about one.
"""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Select, and_, case, func, or_, select
from sqlalchemy.orm import Session

from messaging.models import Incident, Message
from workforce import countries
from workforce.core.words import _
from workforce.models import Worker

RECENT, BASELINE = (timedelta(minutes=10), timedelta(minutes=30)), timedelta(days=30)
STANDS = timedelta(hours=12)
RECEIPTS_TAKE = timedelta(minutes=3)
FEWEST_RECENT, FEWEST_BEFORE = 10, 20
USUALLY_ARRIVES, COLLAPSED = 0.5, 0.5
KEEP = timedelta(seconds=30)


@dataclass(frozen=True)
class Cut:
    """A country in which delivery has collapsed: shares of texts that arrived, of late and before."""

    country: str
    sent: int
    share: float
    before: float

    @property
    def words(self) -> str:
        """As a sentence."""
        return _("Network likely cut in %(country)s: %(figures)s.", country=countries.in_sentence(self.country), figures=self.figures)  # fmt: skip

    @property
    def figures(self) -> str:
        """How we know."""
        return _("of the last %(sent)s texts %(share)s\u00a0%% arrived, before it was %(before)s\u00a0%%", sent=self.sent, share=round(self.share * 100), before=round(self.before * 100))  # fmt: skip


_kept: dict[uuid.UUID, tuple[datetime, list[Cut]]] = {}


def likely(db: Session, agency_id: uuid.UUID, *, now: datetime) -> list[Cut]:
    """Countries where the network is likely cut, as it was reckoned within the last half minute."""
    at, found = _kept.get(agency_id, (now - 2 * KEEP, []))
    if abs(now - at) >= KEEP:
        found = reckoned(db, agency_id, now=now)
        _kept[agency_id] = (now, found)
    return found


def reckoned(db: Session, agency_id: uuid.UUID, *, now: datetime) -> list[Cut]:
    """The same, from the rows."""
    tenth = _tenth(agency_id, now)
    last_ones = {country: at for country, at in db.execute(tenth)}  # noqa: C416  Rows are not pairs to mypy.
    if not last_ones:
        return []
    found: dict[str, Cut] = {}
    for recent in RECENT:
        since = {country: at - recent for country, at in last_ones.items()}
        for country, sent, came, all_sent, all_came in db.execute(_shares(agency_id, now, since)):
            before, before_came = all_sent - sent, all_came - came
            if before < FEWEST_BEFORE or before_came / before < USUALLY_ARRIVES:
                continue
            if came / sent < COLLAPSED * before_came / before:
                found.setdefault(country, Cut(country, sent, came / sent, before_came / before))
    return [found[country] for country in sorted(found)]


def _tenth(agency_id: uuid.UUID, now: datetime) -> Select[str, datetime]:
    """For each country to which enough texts went: when the tenth newest did."""
    rank = func.row_number().over(partition_by=Worker.host_country, order_by=Message.accepted_at.desc())
    ranked = _texts(agency_id, now, now - STANDS).add_columns(
        Worker.host_country.label("country"), Message.accepted_at.label("at"), rank.label("rank")
    )
    numbered = ranked.subquery()
    return select(numbered.c.country, numbered.c.at).where(numbered.c.rank == FEWEST_RECENT)


def _shares(agency_id: uuid.UUID, now: datetime, since: Mapping[str, datetime]) -> Select[str, int, int, int, int]:
    """For each country: texts sent since then, those of them that arrived, and the same of the whole month."""
    arrived = case((Message.state.in_(("delivered", "read")), 1), else_=0)
    is_late = or_(*(and_(Worker.host_country == one, Message.accepted_at >= at) for one, at in since.items()))
    asked = _texts(agency_id, now, now - BASELINE).add_columns(
        Worker.host_country,
        func.sum(case((is_late, 1), else_=0)),
        func.sum(case((is_late, arrived), else_=0)),
        func.count(),
        func.sum(arrived),
    )
    return asked.where(Worker.host_country.in_(list(since))).group_by(Worker.host_country)


def _texts(agency_id: uuid.UUID, now: datetime, since: datetime) -> Select[Any]:
    """The texts since then that say something about a network: real ones, old enough for a receipt. No columns yet."""
    drills = select(Incident.id).where(Incident.agency_id == agency_id, Incident.is_exercise)
    return (
        select()
        .select_from(Message)
        .join(Worker, (Worker.agency_id == Message.agency_id) & (Worker.id == Message.worker_id))
        .where(
            Message.agency_id == agency_id, Message.direction == "out", Message.channel == "sms", Message.accepted_at > since,
            Message.accepted_at <= now - RECEIPTS_TAKE, or_(Message.incident_id.is_(None), Message.incident_id.not_in(drills)),
        )
    )  # fmt: skip
