"""Receipts as they come by webhook: each is in the database before it is answered, many of them in one commit.

Sixteen requests at once would be sixteen commits that wait for each other. So whoever comes first writes down all that wait.
"""

import threading
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

import structlog
from sqlalchemy import select

from messaging.models import Message
from messaging.outbox import receipts, results
from workforce.core import tenancy
from workforce.core.db import transaction

log = structlog.get_logger()


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
            _write(agency_id, [one.report for one in mine])
        except Exception:
            log.exception("reports_one_by_one", count=len(mine))
            for one in mine:  # One that cannot be written must not hold up the others.
                try:
                    _write(agency_id, [one.report])
                except Exception as problem:  # noqa: BLE001  Its own request says so, and the provider's list will tell us again.
                    one.problem = problem
        for one in mine:
            one.written = True


def _write(agency_id: uuid.UUID, reports: Sequence[Report]) -> None:
    with tenancy.agency(agency_id), transaction() as db:
        ids = sorted({one.message_id for one in reports})
        asked = select(Message).where(Message.agency_id == agency_id, Message.id.in_(ids)).order_by(Message.id)
        messages = {message.id: message for message in db.scalars(asked.with_for_update())}
        heard = receipts.heard_of(db, agency_id, messages)
        for one in reports:
            message = messages.get(one.message_id)
            if message is None:
                continue
            if message.gateway.startswith("http") and message.state in {"queued", "claimed"}:
                message.gateway = one.source  # Another was to carry it in its place; it need not leave again.
            if message.provider_id != one.provider_id or message.accepted_at is None:
                results.accepted(db, message, one.provider_id, at=one.at, source=one.source, heard=heard)
            if one.state != "accepted":
                receipts.told(
                    db, message, one.state, at=one.at, source=one.source, error_code=one.error_code,
                    provider_id=one.provider_id, heard=heard,
                )  # fmt: skip
