"""Whether a country's network is likely cut: hardly any text arrives there of late, where before most did.

Receipts are a hint, and some networks give none. So a country is held only against its own past: half an hour against the thirty
days before it, and only where enough texts went and most of them used to arrive.
"""

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from messaging.models import Message
from workforce import countries
from workforce.core.words import _
from workforce.models import Worker

RECENT, BASELINE = timedelta(minutes=30), timedelta(days=30)
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
        return _(
            "Network likely cut in %(country)s: of the last %(sent)s texts %(share)s %% arrived, before it was %(before)s %%.",
            country=countries.in_sentence(self.country), sent=self.sent, share=round(self.share * 100), before=round(self.before * 100),
        )  # fmt: skip


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
    late = now - RECENT
    arrived = case((Message.state.in_(("delivered", "read")), 1), else_=0)
    is_late = Message.accepted_at >= late
    asked = (
        select(
            Worker.host_country,
            func.sum(case((is_late, 1), else_=0)),
            func.sum(case((is_late, arrived), else_=0)),
            func.count(),
            func.sum(arrived),
        )
        .join(Worker, (Worker.agency_id == Message.agency_id) & (Worker.id == Message.worker_id))
        .where(Message.agency_id == agency_id, Message.direction == "out", Message.channel == "sms", Message.accepted_at > now - BASELINE, Message.accepted_at <= now - RECEIPTS_TAKE)
        .group_by(Worker.host_country)
    )  # fmt: skip
    found = []
    for country, sent, came, all_sent, all_came in db.execute(asked):
        before, before_came = all_sent - sent, all_came - came
        if sent < FEWEST_RECENT or before < FEWEST_BEFORE or before_came / before < USUALLY_ARRIVES:
            continue
        if came / sent < COLLAPSED * before_came / before:
            found.append(Cut(country, sent, came / sent, before_came / before))
    return sorted(found, key=lambda one: one.country)
