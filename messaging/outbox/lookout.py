"""The lookout: beside the sending, what is in doubt is asked about, and what came in unheard is fetched.

It may wait for a slow provider as long as it must; the sending does not wait for it.
"""

import threading
import time
import uuid
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from datetime import UTC, datetime, timedelta
from pathlib import Path

import structlog
from sqlalchemy import or_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from messaging.inbox import inbound
from messaging.outbox import circuit, departures, doubts
from messaging.outbox.delivery import Gateways
from messaging.outbox.gateways import Arrival
from messaging.outbox.waits import waits
from workforce import gateways as described
from workforce.core import clock, tenancy
from workforce.core.db import reading, transaction
from workforce.models import Agency, Lease

# How far back the list of incoming texts is read: a day of which we heard nothing is made good at once.
LOOK_BACK = timedelta(hours=26)
RETRY = timedelta(seconds=30)
log = structlog.get_logger()


class Lookout(threading.Thread):
    """Goes round until it is stopped."""

    def __init__(
        self,
        gateways: Gateways,
        *,
        holder: str,
        found: Callable[[], None] = lambda: None,
        context: Callable[[], AbstractContextManager[object]] = nullcontext,
        books: Path | None = None,
    ) -> None:
        super().__init__(name="lookout", daemon=True)
        self._gateways, self._holder, self._found, self._context = gateways, holder, found, context
        self._books, self._dead = books, dict[str, float]()
        self._stopping = threading.Event()

    def run(self) -> None:
        with self._context():
            while not self._stopping.wait(waits().look_around_seconds):
                taken = self._take_back() if self._books is not None else 0
                if look(clock.now(), self._gateways, holder=self._holder) + taken:
                    self._found()

    def stop(self) -> None:
        self._stopping.set()

    def _take_back(self) -> int:
        try:
            return take_back(self._books, self._dead) if self._books is not None else 0
        except Exception:
            log.exception("lookout_failed", part="departures")
            return 0


def take_back(books: Path, dead: dict[str, float]) -> int:
    """What dead workers had claimed and did not send. `dead`: since when we know of each; a commit of theirs may still be on its way."""
    moved, now = 0, time.monotonic()
    for book in departures.left_behind(books):
        moved += doubts.take_back(book)
        if now - dead.setdefault(book.name, now) >= waits().look_up.total_seconds():
            book.forget()
            del dead[book.name]
    return moved


def look(now: datetime, gateways: Gateways, *, holder: str) -> int:
    """One round. Each part by itself: what fails is logged, and tried again in the next round."""
    parts: tuple[tuple[str, Callable[[], int]], ...] = (
        ("leases", lambda: doubts.free_leases(now)),
        ("doubts", lambda: doubts.reconcile(now, gateways)),
        ("receipts", lambda: doubts.check(now, gateways)),
        ("circuits", lambda: circuit.probe(now, gateways)),
        ("arrivals", lambda: fetch_arrivals(now, gateways, holder=holder)),
    )
    moved = 0
    for name, part in parts:
        try:
            moved += part()
        except Exception:
            log.exception("lookout_failed", part=name)
    return moved


def fetch_arrivals(now: datetime, gateways: Gateways, *, holder: str) -> int:
    """Read each agency's list of incoming texts, every five minutes by one process; how many were new.

    A webhook that was lost is made good here, so that a "2 need help" sent while we were down still arrives.
    """
    with reading() as db:
        real = (Agency.gateway != "simulator", Agency.is_demo.is_(False), Agency.suspended_at.is_(None))
        agencies = db.scalars(select(Agency.id).where(*real).order_by(Agency.id)).all()
    return sum(_fetch_for(agency_id, now, gateways) for agency_id in agencies if _my_turn(agency_id, holder, now))


def _fetch_for(agency_id: uuid.UUID, now: datetime, gateways: Gateways) -> int:
    with tenancy.agency(agency_id):
        with reading() as db:
            agency = db.get_one(Agency, agency_id)
            names = dict.fromkeys([agency.gateway, *described.of_agency(db, agency_id)])
            lines = {name: line for name in names if (line := gateways(db, agency, name)) is not None}
        count = 0
        for name, line in lines.items():
            listed = line.arrivals(now - LOOK_BACK)  # No transaction is open here.
            if listed is None:
                _put_off(agency_id, now + RETRY)
                continue
            count += _store_missed(agency, listed, name)
    return count


def _store_missed(agency: Agency, listed: list[Arrival], gateway: str) -> int:
    missed = inbound.unheard(agency, listed, gateway=gateway)
    for one in missed:
        with transaction() as db:
            inbound.receive(
                db, agency.id, from_number=one.from_number, to_number=one.to_number, body=one.body,
                provider_id=one.provider_id, at=one.at, gateway=gateway,
            )  # fmt: skip
    if missed:
        log.warning("arrivals_fetched", agency_id=str(agency.id), gateway=gateway, count=len(missed))
    return len(missed)


def _my_turn(agency_id: uuid.UUID, holder: str, now: datetime) -> bool:
    """Whether this process reads the list now; the row says when it is to be read next, so that one process does."""
    name, wait = _name(agency_id), waits().inbound
    with transaction() as db:
        insert = (postgresql if db.get_bind().dialect.name == "postgresql" else sqlite).insert
        never = datetime.min.replace(year=1970, tzinfo=UTC)
        new = insert(Lease).values(name=name, holder="", token=0, expires_at=never).on_conflict_do_nothing()
        db.execute(new)
        due = or_(Lease.expires_at <= now, Lease.expires_at > now + 2 * wait)
        taken = (
            update(Lease)
            .where(Lease.name == name, due)
            .values(holder=holder, token=Lease.token + 1, expires_at=now + wait)
        )
        return bool(db.execute(taken.execution_options(synchronize_session=False)).rowcount)  # type: ignore[attr-defined]


def _put_off(agency_id: uuid.UUID, until: datetime) -> None:
    with transaction() as db:
        later = update(Lease).where(Lease.name == _name(agency_id)).values(expires_at=until)
        db.execute(later.execution_options(synchronize_session=False))


def _name(agency_id: uuid.UUID) -> str:
    return f"inbound:{agency_id.hex}"
