"""What a broadcast holds in its hands: nothing leaves two seconds after it was called back, and memory is the window's, not the audience's."""

import os
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path

from sqlalchemy import select

from messaging.models import Broadcast, Incident, Message
from messaging.outbox import outbox
from messaging.outbox.gateways import Outcome
from messaging.outbox.worker import Worker
from tests import factories
from tests.bench import installation
from workforce.core import clock, db, tenancy
from workforce.models import Agency

GOALS = ("cancel", "memory")
CANCELLED = 3_000
AUDIENCE = int(os.environ.get("BENCH_AUDIENCE", "100000"))
LONGEST_SECONDS = 600.0


def run() -> Iterator[str]:
    """Two lines. Each ends by itself."""
    with tempfile.TemporaryDirectory() as folder, installation(Path(folder)):
        yield _cancel()
    with tempfile.TemporaryDirectory() as folder, installation(Path(folder)):
        yield _memory()


def _cancel() -> str:
    """Call back a broadcast in its middle: when the last call began, and what the page would say."""
    agency, line = _agency(), _Line(0.1)
    broadcast = _queue(agency, CANCELLED)
    worker = Worker(lambda *_: line)
    worker.start()
    line.wait_for(CANCELLED // 4)
    called = time.monotonic()
    with tenancy.agency(agency.id), db.transaction() as session:
        stayed = outbox.cancel(session, session.get(Broadcast, broadcast))
    took = time.monotonic() - called
    line.wait_for(CANCELLED - stayed)
    worker.stop(timeout_seconds=60)
    after, left = line.last - called, line.sent
    met = "met" if after <= 2.0 and left + stayed == CANCELLED else "short"
    return (
        f"cancel of {CANCELLED}: {left} had left, {stayed} stayed here; said after {took * 1e3:.0f} ms, the last text left {max(after, 0):.2f} s after it · "
        f"goal nothing after 2 s · {met}"
    )


def _memory() -> str:
    """Megabytes that this process grows by from the first tenth of an audience to its end."""
    agency, line = _agency(), _Line(0.005)
    for _part in range(10):
        _queue(agency, AUDIENCE // 10)
    before = _megabytes()
    worker = Worker(lambda *_: line)
    worker.start()
    line.wait_for(AUDIENCE // 10)
    early = _megabytes()
    line.wait_for(AUDIENCE)
    late, sent = _megabytes(), line.sent
    worker.stop(timeout_seconds=60)
    met = "met" if late - early <= 10 and sent == AUDIENCE else "short"
    return f"memory {before:.0f} MB before, {early:.0f} MB after {AUDIENCE // 10} texts, {late:.0f} MB after {sent} · goal grows by ≤ 10 MB over nine tenths of the audience · {met}"


def _agency():
    agency = factories.make_agency(f"Bench {time.monotonic_ns()}")
    with tenancy.agency(agency.id), db.transaction() as session:
        row = session.get(Agency, agency.id)
        row.gateway, row.parts_per_second, row.daily_parts = "twilio", 10.0**6, 10**8
    return agency


def _queue(agency, count: int):
    """One broadcast of so many texts; its id."""
    now = clock.now()
    with tenancy.agency(agency.id):
        known = _people(agency)
        with db.transaction() as session:
            incident = session.scalar(select(Incident)) or Incident(
                agency_id=agency.id, code="LBY-27", name="Bench", countries=["LY"], opened_at=now
            )
            session.add(incident)
            session.flush()
            number = incident.sequence = incident.sequence + 1
            said = {"agency_id": agency.id, "incident_id": incident.id, "sequence": number, "purpose": "safety"}
            broadcast = Broadcast(**said, state="sending", created_at=now)
            session.add(broadcast)
            session.flush()
            rows = [
                {"worker_id": known[one % len(known)], "body": "Are you safe?", "purpose": "safety", "incident_id": incident.id, "broadcast_id": broadcast.id}
                for one in range(count)
            ]  # fmt: skip
            outbox.queue_many(session, tenancy.System(agency.id), rows)
            return broadcast.id


def _people(agency):
    with db.reading() as session:
        found = list(session.scalars(select(Message.worker_id).distinct().limit(50)))
    return found or [factories.make_worker(agency, phone=f"+21891{number:07d}").id for number in range(50)]


def _megabytes() -> float:
    return int(Path("/proc/self/statm").read_text("ascii").split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6


class _Line:
    """A provider that takes every text after a while, and remembers only how many and when the last came."""

    name, calls, batch, sees_all, sender_key = "twilio", 100, 1, False, "twilio:+15005550006"

    def __init__(self, seconds: float) -> None:
        self.seconds, self.sent, self.last = seconds, 0, 0.0
        self._guard = threading.Condition()

    def wait_for(self, count: int) -> None:
        with self._guard:
            self._guard.wait_for(lambda: self.sent >= count, LONGEST_SECONDS)

    def send(self, drafts):
        with self._guard:
            self.sent, self.last = self.sent + len(drafts), time.monotonic()
            self._guard.notify_all()
        time.sleep(self.seconds)
        return [Outcome(draft, "accepted", f"SM{draft.message_id.hex}") for draft in drafts]

    def find(self, _draft):
        return None

    def ask(self, _provider_id):
        return None

    def arrivals(self, _since):
        return []
