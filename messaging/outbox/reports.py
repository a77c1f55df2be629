"""Receipts as they come by webhook: each is in the database before it is answered, many of them in one commit.

Sixteen requests at once would be sixteen commits that wait for each other. So whoever comes first writes down all that wait.
"""

import threading
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import structlog
from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from messaging.models import RANKS, Message, MessageEvent
from messaging.outbox import receipts, results
from workforce.core import tenancy
from workforce.core.db import new_id, transaction
from workforce.core.loading import insert_rows, update_rows

GOOD = frozenset({"sent", "delivered"})
log = structlog.get_logger()
_KNOWN = (
    select(Message.id, Message.state, Message.rank, Message.provider_id, Message.accepted_at, Message.gateway)
    .where(Message.agency_id == bindparam("agency_id"), Message.id.in_(bindparam("ids", expanding=True)))
    .order_by(Message.id)
)


@dataclass(frozen=True)
class Report:
    """What a provider says about one text: a state of ours, of which copy, and why."""

    agency_id: uuid.UUID
    message_id: uuid.UUID
    state: str
    provider_id: str
    error_code: str
    source: str
    at: datetime


@dataclass
class _Waiting:
    report: Report
    written: bool = False
    problem: Exception | None = None


@dataclass
class Desk:
    """Where reports queue up. One desk a process."""

    _queue: list[_Waiting] = field(default_factory=list)
    _guard: threading.Lock = field(default_factory=threading.Lock)
    _writing: threading.Lock = field(default_factory=threading.Lock)

    def store(self, report: Report) -> None:
        """Come back when it is committed. Raises what kept it from being written."""
        mine = _Waiting(report)
        with self._guard:
            self._queue.append(mine)
        with self._writing:
            if not mine.written:
                with self._guard:
                    batch, self._queue = self._queue, []
                _write_all(batch)
        if mine.problem is not None:
            raise mine.problem


desk = Desk()


def _write_all(batch: list[_Waiting]) -> None:
    by_agency: dict[uuid.UUID, list[_Waiting]] = {}
    for one in batch:
        by_agency.setdefault(one.report.agency_id, []).append(one)
    for agency_id, mine in by_agency.items():
        try:
            write(agency_id, [one.report for one in mine])
        except Exception:
            log.exception("reports_one_by_one", count=len(mine))
            for one in mine:  # One that cannot be written must not hold up the others.
                try:
                    write(agency_id, [one.report])
                except Exception as problem:  # noqa: BLE001  Its own request says so, and the provider's list will tell us again.
                    one.problem = problem
        for one in mine:
            one.written = True


def write(agency_id: uuid.UUID, reports: Sequence[Report]) -> None:
    """All of these in one commit, in the order in which they came."""
    with tenancy.agency(agency_id), transaction() as db:
        rest = _write_plain(db, agency_id, reports)
        if not rest:
            return
        ids = sorted({one.message_id for one in rest})
        asked = select(Message).where(Message.agency_id == agency_id, Message.id.in_(ids)).order_by(Message.id)
        messages = {message.id: message for message in db.scalars(asked.with_for_update())}
        heard = receipts.heard_of(db, agency_id, messages)
        for one in rest:
            if (message := messages.get(one.message_id)) is not None:
                _write_one(db, message, one, heard)


def _write_plain(db: Session, agency_id: uuid.UUID, reports: Sequence[Report]) -> list[Report]:
    """Good news of the copy we know, told once: nearly all, and written many at a time. Comes back with the others."""
    ids = sorted({one.message_id for one in reports})
    facts = {"agency_id": agency_id, "ids": ids}
    known = {row.id: row for row in db.execute(_KNOWN.with_for_update(), facts)}
    heard = receipts.heard_of(db, agency_id, ids)
    rest, news = [], []
    for one in reports:
        row = known.pop(one.message_id, None)  # A second report of this batch on the same text takes the long way.
        if row is None or not _is_plain(row, one):
            rest.append(one)
        elif not heard.state(one.message_id, one.state, one.provider_id):
            news.append(one)
        elif row.rank < RANKS[one.state]:
            rest.append(one)
    for state in sorted({one.state for one in news}):
        rows = [one for one in news if one.state == state]
        values = [{"id": one.message_id, **receipts.values_of(state, one.at, "")} for one in rows]
        update_rows(db, Message, values)
    insert_rows(
        db,
        MessageEvent,
        [
            {
                "id": new_id(), "agency_id": agency_id, "message_id": one.message_id, "at": one.at, "state": one.state, "source": one.source,
                "error_code": "", "provider_id": one.provider_id,
            }
            for one in news
        ],
    )  # fmt: skip
    return rest


def _is_plain(row: Any, one: Report) -> bool:
    is_ours = row.provider_id == one.provider_id and row.accepted_at is not None and not row.gateway.startswith("http")
    rises = row.rank < RANKS[one.state] or row.state == one.state
    return is_ours and rises and one.state in GOOD and not one.error_code and row.state not in receipts.OUR_ENDS


def _write_one(db: Session, message: Message, one: Report, heard: receipts.Heard) -> None:
    if message.gateway.startswith("http") and message.state in {"queued", "claimed"}:
        message.gateway = one.source  # Another was to carry it in its place; it need not leave again.
    if message.provider_id != one.provider_id or message.accepted_at is None:
        results.accepted(db, message, one.provider_id, at=one.at, source=one.source, heard=heard)
    if one.state != "accepted":
        receipts.told(
            db, message, one.state, at=one.at, source=one.source, error_code=one.error_code,
            provider_id=one.provider_id, heard=heard,
        )  # fmt: skip
