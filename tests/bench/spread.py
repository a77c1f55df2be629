"""S1: what a broadcast to 2,000,000 people needs. A queueing model, fed with what one process does on this machine.

Seconds pass one by one. Texts wait in the outbox; workers take what their calls and their processor allow; the carrier lets through
what its senders may; one in fifty is asked to wait and comes back, one in a hundred is in doubt and looked up; each text that has
left brings three receipts, which the pages' processes store. Every number of it stands in `Installation`.
"""

import tempfile
import time
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from messaging.models import Message
from messaging.outbox import delivery, outbox, receipts, results
from messaging.outbox.gateways import Draft, Outcome
from tests import factories
from tests.bench import installation
from workforce.core import clock, db, tenancy
from workforce.models import Agency

GOALS = ("S1",)
RECIPIENTS = 2_000_000
MEASURED = 400
RECEIPTS_EACH = 3
LOOK_UP_SECONDS = 30


@dataclass(frozen=True)
class Installation:
    """What stands where: processes, the calls of each, and what the carrier lets through."""

    workers: int
    webs: int
    parts_a_second: float
    parts: int = 2
    calls: int = 100
    latency_seconds: float = 0.1
    texts_a_second: float = 500.0
    receipts_a_second: float = 500.0
    asked_to_wait: float = 0.02
    in_doubt: float = 0.01


@dataclass(frozen=True)
class Course:
    """How it went, in seconds from the start; `backlog` is the most receipts that ever waited to be stored."""

    last_text: float
    last_receipt: float
    backlog: int


def run() -> Iterator[str]:
    """What one process does, then four installations."""
    sending, storing = _measured()
    yield f"S1 one worker process on one core: {sending:.0f} texts/s claimed, marked, settled · {storing:.0f} receipts/s stored · measured here, SQLite"
    here = {"texts_a_second": sending, "receipts_a_second": storing}
    for words, stands in (
        ("one number, 1 part/s, 1 worker", Installation(1, 1, 1, **here)),
        ("a pool of 100 numbers at 1 part/s, 1 worker", Installation(1, 1, 100, **here)),
        ("short code at 100 parts/s + pool of 100, 1 worker", Installation(1, 2, 200, **here)),
        ("carrier agreement at 1,000 parts/s, 2 workers", Installation(2, 5, 1_000, **here)),
        ("five suppliers at 1,000 parts/s each, 8 workers", Installation(8, 24, 5_000, **here)),
    ):
        yield _line(words, stands)


def course(stands: Installation, recipients: int = RECIPIENTS, *, step: float = 1.0) -> Course:
    """Let the seconds pass."""
    waiting, left, stored, backlog, now = float(recipients), 0.0, 0.0, 0.0, 0.0
    worst, last_text = 0.0, 0.0
    returning: deque[tuple[float, float]] = deque()
    looked_up: deque[tuple[float, float]] = deque()
    ours = stands.workers * min(stands.calls / stands.latency_seconds, stands.texts_a_second) * step
    carrier = stands.parts_a_second / stands.parts * step
    web = stands.webs * stands.receipts_a_second * step
    while stored < RECEIPTS_EACH * recipients - 0.5:
        while returning and returning[0][0] <= now:
            waiting += returning.popleft()[1]
        moved = min(waiting, ours, carrier)
        again, doubt = moved * stands.asked_to_wait, moved * stands.in_doubt
        waiting -= moved
        if again:
            returning.append((now + 4, again))
        gone = moved - again
        left += gone
        if gone > 1e-9 and left < recipients - 0.5:
            last_text = now + step
        # Receipts trickle in: at once, when sent, when delivered; of a doubt, when it has been looked up.
        backlog += (gone - doubt) * RECEIPTS_EACH
        looked_up.append((now + LOOK_UP_SECONDS, doubt * RECEIPTS_EACH))
        while looked_up and looked_up[0][0] <= now:
            backlog += looked_up.popleft()[1]
        worst = max(worst, backlog)
        taken = min(backlog, web)
        backlog, stored, now = backlog - taken, stored + taken, now + step
    return Course(last_text, now, int(worst))


def bound(stands: Installation, recipients: int = RECIPIENTS) -> float:
    """The carrier's own time in seconds: nothing we build makes it shorter."""
    return recipients * stands.parts / stands.parts_a_second


def _line(words: str, stands: Installation) -> str:
    limit = bound(stands)
    went = course(stands, step=max(1.0, limit / 1_000))
    share = went.last_text / limit
    return (
        f"S1 2,000,000 texts of {stands.parts} parts, {words}: last text after {_span(went.last_text)} = {share:.2f} × the carrier's own time, receipts stored "
        f"{_span(max(went.last_receipt - went.last_text, 0))} later · goal ≤ 1.05 × · {'met' if share <= 1.05 else 'short'}"
    )


def _span(seconds: float) -> str:
    for size, word in ((86_400, "days"), (3_600, "h"), (60, "min")):
        if seconds >= 2 * size:
            return f"{seconds / size:.1f} {word}"
    return f"{seconds:.0f} s"


class _Instant:
    """A provider that answers at once, so that only our own work is measured."""

    name, calls, batch, sees_all = "twilio", 0, 1, False

    def send(self, drafts: Sequence[Draft]) -> list[Outcome]:
        return [Outcome(draft, "accepted", f"SM{draft.message_id.hex}") for draft in drafts]


def _measured() -> tuple[float, float]:
    """Texts a second from claim to record, and receipts a second, of one process."""
    with tempfile.TemporaryDirectory() as name, installation(Path(name)):
        agency = factories.make_agency("Bench spread")
        with tenancy.agency(agency.id), db.transaction() as session:
            session.get(Agency, agency.id).gateway = "twilio"
        with tenancy.agency(agency.id):
            people = [factories.make_worker(agency, phone=f"+21891{number:07d}") for number in range(20)]
            with db.transaction() as session:
                rows = [
                    {
                        "worker_id": people[one % 20].id,
                        "body": "LBY-27/1 Are you safe? 1 safe, 2 help",
                        "purpose": "safety",
                    }
                    for one in range(MEASURED)
                ]
                made = outbox.queue_many(session, tenancy.System(agency.id), rows)
        began = time.perf_counter()
        now = clock.now()
        while claims := delivery.claim("bench", now, limit=100):
            for held in claims:
                parcels = delivery.submit(held, now, lambda *_: _Instant())
                results.settle([one for parcel in parcels for one in delivery.hand_over(parcel)], now)
        sending = MEASURED / (time.perf_counter() - began)
        began = time.perf_counter()
        with tenancy.agency(agency.id):
            for message_id in made[:100]:
                with db.transaction() as session:
                    receipts.told(session, session.get_one(Message, message_id), "delivered", at=now, source="twilio")
        return sending, 100 / (time.perf_counter() - began)
