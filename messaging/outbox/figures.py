"""What a scrape wants to know of the texts. Each figure is one statement over an index: its cost is what waits, not what was."""

from datetime import datetime, timedelta
from typing import Any

from prometheus_client.core import GaugeMetricFamily
from sqlalchemy import case, func, literal, or_, select
from sqlalchemy.orm import Session

from messaging.models import Broadcast, Circuit, Message, MessageEvent
from messaging.outbox.waits import waits
from workforce.core import tenancy
from workforce.core.db import reading
from workforce.core.metrics import code_label, gauge

ERRORS_WITHIN = timedelta(hours=1)
DONE_WITHIN = timedelta(hours=1)
MOST_BROADCASTS = 50
NOTHING = literal("", literal_execute=True)  # Written out: SQLite takes a partial index only for what it can read.
UNFINISHED = ("queued", "claimed", "submitting")


def families(now: datetime) -> list[GaugeMetricFamily]:
    """Everything about texts, over all agencies: counts and ages, nobody's name, number or words."""
    with tenancy.across_agencies("metrics: counts over all texts"), reading() as db:
        return [
            *_queue(db, now),
            _in_doubt(db, now),
            _errors(db, now),
            *_inbound(db, now),
            *_broadcasts(db, now),
            *_circuits(db),
        ]


def _queue(db: Session, now: datetime) -> list[GaugeMetricFamily]:
    due = or_(Message.not_before_at.is_(None), Message.not_before_at <= now)
    asked = (
        select(Message.priority, Message.state, func.count(), func.min(case((due, Message.queued_at), else_=None)))
        .where(Message.state.in_(UNFINISHED))
        .group_by(Message.priority, Message.state)
    )
    rows = [tuple(row) for row in db.execute(asked)]
    oldest: dict[int, float] = {}
    for priority, _state, _count, first in rows:
        if first is not None:
            oldest[priority] = max(oldest.get(priority, 0.0), _seconds(first, now))
    return [
        gauge("queue_texts", "Texts decided on that have not left, by priority and state.", ("priority", "state"), [row[:3] for row in rows]),
        gauge("queue_oldest_seconds", "Age of the oldest text that is due and has not left.", ("priority",), sorted(oldest.items())),
    ]  # fmt: skip


def _in_doubt(db: Session, now: datetime) -> GaugeMetricFamily:
    asked = (
        select(Message.gateway, func.count())
        .where(Message.state == "submitting", Message.submitted_at < now - waits().look_up)
        .group_by(Message.gateway)
    )
    help_text = "Texts handed over whose answer never came: they are asked about, not sent again."
    return gauge("texts_in_doubt", help_text, ("gateway",), _rows(db, asked))


def _errors(db: Session, now: datetime) -> GaugeMetricFamily:
    asked = (
        select(MessageEvent.source, MessageEvent.error_code, func.count())
        .where(MessageEvent.error_code != NOTHING, MessageEvent.at >= now - ERRORS_WITHIN)
        .group_by(MessageEvent.source, MessageEvent.error_code)
    )
    counted: dict[tuple[str, str], int] = {}
    for source, code, count in db.execute(asked):
        key = (code_label(source), code_label(code))
        counted[key] = counted.get(key, 0) + count
    help_text = "What providers said went wrong with a text in the last hour, by their code."
    return gauge(
        "provider_errors", help_text, ("gateway", "code"), [(*key, count) for key, count in sorted(counted.items())]
    )


def _inbound(db: Session, now: datetime) -> list[GaugeMetricFamily]:
    # Nothing about the state: every text that came in is "received" for good, and SQLite might walk through them all by that.
    waiting = (Message.direction == "in", Message.processed_at.is_(None))
    count, first = db.execute(select(func.count(), func.min(Message.queued_at)).where(*waiting)).one()
    age = 0.0 if first is None else _seconds(first, now)
    return [
        gauge("inbound_unprocessed", "Texts stored and not yet understood.", (), [(count,)]),
        gauge("inbound_oldest_seconds", "Age of the oldest text that is not yet understood.", (), [(age,)]),
    ]


def _broadcasts(db: Session, now: datetime) -> list[GaugeMetricFamily]:
    """Broadcasts that are under way or were done within the hour: when the first and the last text left."""
    live = (
        select(Broadcast.id, Broadcast.agency_id, Broadcast.sending_at)
        .where(
            Broadcast.sending_at.is_not(None),
            or_(Broadcast.state.in_(("sending", "paused")), Broadcast.done_at >= now - DONE_WITHIN),
        )
        .order_by(Broadcast.sending_at.desc())
        .limit(MOST_BROADCASTS)
    )
    first, last, waiting = [], [], []
    for broadcast_id, agency_id, began in db.execute(live).all():
        asked = select(
            func.min(Message.accepted_at),
            func.max(Message.accepted_at),
            func.count().filter(Message.state.in_(UNFINISHED)),
        ).where(Message.agency_id == agency_id, Message.broadcast_id == broadcast_id)
        earliest, latest, left = db.execute(asked).one()
        waiting.append((broadcast_id, left))
        if began is not None and earliest is not None and latest is not None:
            first.append((broadcast_id, _seconds(began, earliest)))
            last.append((broadcast_id, _seconds(began, latest)))
    return [
        gauge("broadcast_first_text_seconds", "From the start of a broadcast to its first text at the provider.", ("broadcast",), first),
        gauge("broadcast_last_text_seconds", "From the start of a broadcast to its latest text at the provider.", ("broadcast",), last),
        gauge("broadcast_waiting_texts", "Texts of a broadcast that have not left.", ("broadcast",), waiting),
    ]  # fmt: skip


def _circuits(db: Session) -> list[GaugeMetricFamily]:
    asked = select(
        Circuit.gateway, func.count(Circuit.opened_at), func.coalesce(func.sum(Circuit.failures_ever), 0)
    ).group_by(Circuit.gateway)
    rows = _rows(db, asked)
    return [
        gauge("circuit_open", "Agencies whose gateway of this name is left alone now.", ("gateway",), [row[:2] for row in rows]),
        gauge("gateway_failures", "Failed calls since the beginning, by gateway.", ("gateway",), [(row[0], row[2]) for row in rows]),
    ]  # fmt: skip


def _rows(db: Session, asked: Any) -> list[tuple[Any, ...]]:
    return [tuple(row) for row in db.execute(asked)]


def _seconds(since: datetime, until: datetime) -> float:
    return max((until - since).total_seconds(), 0.0)
