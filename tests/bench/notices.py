"""Notices over 300,000 papers: a run with nothing new, and what a new notice costs.

Beside it, the reference that such a run must not be: a loop over every paper through the ORM.
"""

import os
import random
import statistics
import tempfile
import time
import uuid
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from sqlalchemy import func, insert, select

from messaging.models import Notice
from messaging.notices import expiry, jobs
from tests import factories
from workforce.core import db, migrations, tenancy, vault
from workforce.models import Document, DocumentVersion, Worker

GOALS = ("G8",)
PAPERS = 300_000
ROUNDS = 9
NOW = datetime(2027, 3, 1, 10, tzinfo=UTC)
TODAY = NOW.date()
KINDS = ("passport", "visa", "contract")


def run() -> list[str]:
    """One line a figure: name, what was measured, the goal."""
    with tempfile.TemporaryDirectory() as folder:
        vault.unlock({1: os.urandom(32)})
        migrations.upgrade(db.connect(f"sqlite:///{Path(folder) / 'bench.db'}"))
        agency = factories.make_agency()
        with tenancy.agency(agency.id):
            _fill(agency.id)
            loop = _seconds(_orm_loop)
            first, made = _make(agency.id, NOW)
            _settle()
            again = statistics.median(_seconds(lambda: jobs.run(agency.id, now=NOW)) for _ in range(ROUNDS))
            sweep = statistics.median(_seconds(lambda: _make(agency.id, NOW, thorough=True)) for _ in range(3))
            day, due = _make(agency.id, NOW + timedelta(days=1))
            week, missed = _make(agency.id, NOW + timedelta(days=8))
            doubled = _doubled()
        db.connect("sqlite://")
    each = first / made * 1e6
    return [
        _line("rerun with nothing new", f"{again * 1e3:.2f} ms", "≤ 10 ms SQLite", met=again <= 0.010),
        _line("a new notice", f"{each:.1f} µs ({made} rows)", "≤ 15 µs", met=each <= 15),
        _line(
            "a look at every paper",
            f"{sweep * 1e3:.0f} ms",
            f"the ORM loop takes {loop * 1e3:.0f} ms",
            met=sweep < loop,
        ),
        _line("the next day", f"{day * 1e3:.1f} ms for {due} rows", "what is due, not what exists", met=day < first),
        _line(
            "a missed week, then twice the same",
            f"{week * 1e3:.0f} ms for {missed} rows, {doubled} doubled",
            "0 doubled",
            met=doubled == 0,
        ),
    ]


def _line(name: str, figure: str, goal: str, *, met: bool) -> str:
    return f"G8 {name} {figure} · goal {goal} · {'met' if met else 'short'}"


def _fill(agency_id: uuid.UUID) -> None:
    chance = random.Random(3)
    for start in range(0, PAPERS // 3, 5000):
        people, papers, issues = [], [], []
        for number in range(start, start + 5000):
            person = {
                "id": db.new_id(),
                "agency_id": agency_id,
                "full_name": f"Worker {number}",
                "name_folded": f"worker {number}",
                "sort_name": f"worker {number}",
                "nationality": "PH",
                "host_country": "LY",
                "created_at": NOW,
                "updated_at": NOW,
            }
            people.append(person)
            for kind in KINDS:
                paper = {
                    "id": db.new_id(),
                    "agency_id": agency_id,
                    "worker_id": person["id"],
                    "kind": kind,
                    "expires_on": TODAY + timedelta(days=chance.randrange(-400, 3250)),
                }
                papers.append(paper)
                issues.append(
                    {
                        "id": db.new_id(),
                        "agency_id": agency_id,
                        "worker_id": person["id"],
                        "document_id": paper["id"],
                        "expires_on": paper["expires_on"],
                        "created_at": NOW,
                    }
                )
        with db.transaction() as session:
            for model, rows in ((Worker, people), (Document, papers), (DocumentVersion, issues)):
                session.execute(insert(model), rows)


def _make(agency_id: uuid.UUID, now: datetime, *, thorough: bool = False) -> tuple[float, int]:
    before = _count()
    start = time.perf_counter()
    with db.transaction() as session:
        expiry.make(session, tenancy.System(agency_id), now=now, thorough=thorough)
    return time.perf_counter() - start, _count() - before


def _settle() -> None:
    """As if the texts were queued: the outbox has a figure of its own."""
    with db.transaction() as session:
        for notice in session.scalars(select(Notice).where(Notice.state == "due")):
            notice.state = "texted"


def _orm_loop() -> int:
    with db.reading() as session:
        today: date = TODAY
        papers = session.scalars(select(Document).where(Document.expires_on.is_not(None)))
        return sum(expiry.rung_reached(paper.expires_on, today) is not None for paper in papers)


def _count() -> int:
    with db.reading() as session:
        return session.scalar(select(func.count()).select_from(Notice)) or 0


def _doubled() -> int:
    key = (Notice.document_id, Notice.expires_on, Notice.rung, Notice.recipient, Notice.channel)
    with db.reading() as session:
        return len(session.execute(select(*key).group_by(*key).having(func.count() > 1)).all())


def _seconds(work) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


if __name__ == "__main__":
    print("\n".join(run()))
