"""Receipts as they come by webhook: each is in the database before it is answered, many of them in one commit.

Sixteen requests at once would be sixteen commits that wait for each other. So one thread of the process writes: it takes what
lies on the desk, looks up in one statement which texts are meant, and commits it all. While it waits for the disk, the next
requests are read.
"""

import queue
import threading
import time
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session

from messaging.models import RANKS, Message, MessageEvent
from messaging.outbox import receipts, results
from workforce.core import tenancy
from workforce.core.db import new_ids, reading, transaction
from workforce.core.loading import find_rows, insert_rows, update_rows

GOOD = frozenset({"sent", "delivered"})
MOST_AT_ONCE = 200
LONGEST_WAIT_SECONDS = 60.0
PATIENCE_SECONDS = 5.0
# Where several came together more are on their way: a commit for eight costs little more than one for two.
GATHER_SECONDS = 0.01
log = structlog.get_logger()


class Call(NamedTuple):
    """What a provider's call says of a text, before we know which. `agencies` are those whose account signed it.

    `token` is the hash of the token in its address; `state` is one of ours, "" where the word means nothing to us.
    """

    token: bytes
    agencies: frozenset[uuid.UUID]
    state: str
    provider_id: str
    error_code: str
    source: str
    at: datetime


class Report(NamedTuple):
    """What a provider says about one text: a state of ours, of which copy, and why."""

    agency_id: uuid.UUID
    message_id: uuid.UUID
    state: str
    provider_id: str
    error_code: str
    source: str
    at: datetime


class _Known(NamedTuple):
    """What the desk needs to know of a text. The fields are its columns."""

    id: uuid.UUID
    state: str
    rank: int
    provider_id: str | None
    accepted_at: datetime | None
    gateway: str


Answer = bool | Exception
"""What becomes of a call: True when it is committed, False when it is about no text of those who signed it, or what went wrong."""


class _Waiting:
    """A call that waits for its answer. `done` is let go when the answer is there."""

    __slots__ = ("answer", "call", "done")

    def __init__(self, call: Call) -> None:
        self.call, self.done = call, threading.Lock()
        self.answer: Answer = False
        self.done.acquire()


@dataclass
class Desk:
    """Where calls queue up for the one thread that writes. One desk a process; its thread starts with the first call."""

    _queue: queue.SimpleQueue[_Waiting] = field(default_factory=queue.SimpleQueue)
    _starting: threading.Lock = field(default_factory=threading.Lock)
    _writer: threading.Thread | None = None

    def store(self, call: Call) -> bool:
        """Come back when it is committed. False, and nothing is stored, where it is about no text of the agencies that signed it.

        Raises what kept it from being written, and TimeoutError after a minute: it may be written yet, and twice counts once.
        """
        if self._writer is None or not self._writer.is_alive():
            self._start()
        mine = _Waiting(call)
        self._queue.put(mine)
        if not mine.done.acquire(timeout=LONGEST_WAIT_SECONDS):
            raise TimeoutError("The receipt was not written in time.")
        if isinstance(mine.answer, Exception):
            raise mine.answer
        return mine.answer

    def _start(self) -> None:
        with self._starting:
            if self._writer is None or not self._writer.is_alive():
                self._writer = threading.Thread(target=self._write, name="receipts", daemon=True)
                self._writer.start()

    def _write(self) -> None:
        several = False
        while True:
            batch = [self._queue.get()]
            if several:
                time.sleep(GATHER_SECONDS)
            while len(batch) < MOST_AT_ONCE and not self._queue.empty():
                batch.append(self._queue.get())
            several = len(batch) > 1
            for one, answer in zip(batch, write_all([one.call for one in batch]), strict=True):
                one.answer = answer
                one.done.release()


desk = Desk()


def write_all(calls: Sequence[Call]) -> list[Answer]:
    """Write down what the calls say, one commit an agency. The answer to each; raises nothing."""
    try:
        texts = _texts_of({call.token for call in calls})
    except Exception as problem:
        log.exception("reports_not_looked_up", count=len(calls))
        return [problem] * len(calls)
    answers: list[Answer] = [False] * len(calls)
    by_agency: dict[uuid.UUID, list[tuple[int, Report]]] = {}
    for at, call in enumerate(calls):
        text = texts.get(call.token)
        if text is None or text.agency_id not in call.agencies:
            continue  # Whoever signed it, it was not the account of that text's agency.
        answers[at] = True
        if call.state:
            by_agency.setdefault(text.agency_id, []).append((at, Report(text.agency_id, text.id, *call[2:])))
    for agency_id, mine in by_agency.items():
        for at, wrong in _problems(agency_id, mine):
            answers[at] = wrong
    return answers


def _problems(agency_id: uuid.UUID, mine: list[tuple[int, Report]]) -> list[tuple[int, Exception]]:
    """Write one agency's reports, together or, so that a bad one does not hold up the others, each alone. What went wrong with which."""
    began = time.monotonic()
    try:
        write(agency_id, [report for _at, report in mine])
    except Exception as problem:
        log.exception("reports_one_by_one", count=len(mine))
        if time.monotonic() - began > PATIENCE_SECONDS:  # A database that let us wait will not hurry for each alone.
            return [(at, problem) for at, _report in mine]
    else:
        return []
    found: list[tuple[int, Exception]] = []
    for at, report in mine:
        try:
            write(agency_id, [report])
        except Exception as its_own:  # noqa: BLE001  Its own request says so, and the provider's list will tell us again.
            found.append((at, its_own))
    return found


class _Text(NamedTuple):
    """Which text a token stands for. The fields are its columns."""

    status_token_hash: bytes
    id: uuid.UUID
    agency_id: uuid.UUID


def _texts_of(tokens: set[bytes]) -> dict[bytes, _Text]:
    """The texts by the hashes of their tokens. Whose a text is never changes, so it is asked before the commit."""
    with tenancy.across_agencies("receipts: the token knows the text"), reading() as db:
        found = find_rows(db, Message, _Text._fields, "status_token_hash", list(tokens))
    return {text.status_token_hash: text for text in map(_Text._make, found)}


def write(agency_id: uuid.UUID, reports: Sequence[Report]) -> None:
    """All of these in one commit, in the order in which they came."""
    with tenancy.agency(agency_id), transaction() as db:
        rest = _write_plain(db, agency_id, reports)
        if not rest:
            return
        ids = sorted({one.message_id for one in rest})
        asked = select(Message).where(Message.agency_id == agency_id, Message.id.in_(ids)).order_by(Message.id)
        messages = {message.id: message for message in db.scalars(asked.with_for_update())}
        heard = receipts.heard_of(db, messages)
        for one in rest:
            if (message := messages.get(one.message_id)) is not None:
                _write_one(db, message, one, heard)


def _write_plain(db: Session, agency_id: uuid.UUID, reports: Sequence[Report]) -> list[Report]:
    """Good news of the copy we know, told once: nearly all, and written many at a time. Comes back with the others."""
    ids = list({one.message_id for one in reports})
    found = map(_Known._make, find_rows(db, Message, _Known._fields, "id", ids, lock=True))
    known = {row.id: row for row in found}
    heard = receipts.heard_of(db, ids)
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
    events = [
        {
            "id": new_id, "message_id": one.message_id, "at": one.at, "state": one.state, "source": one.source,
            "provider_id": one.provider_id,
        }
        for new_id, one in zip(new_ids(len(news)), news, strict=True)
    ]  # fmt: skip
    insert_rows(db, MessageEvent, events, agency_id=agency_id, error_code="")
    return rest


def _is_plain(row: _Known, one: Report) -> bool:
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
