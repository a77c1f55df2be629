"""G14: what an open board asks twice a second, at 100,000 people, beside a page that asks nothing.

While nothing has changed, and when an answer has just come in; and whether the page's figures are the table's.
"""

import re
import statistics
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from flask import Blueprint
from sqlalchemy import func, select

from messaging.incidents import board_views
from messaging.models import Incident, Person
from tests import factories
from tests.bench import environ
from tests.messaging.incident_factories import hear, make_incident
from workforce.core import clock, db, tenancy
from workforce.core.config import Settings
from workforce.core.guard import require_staff
from workforce.core.loading import insert_rows
from workforce.models import Worker
from wsgi import create_app

GOALS = ("G14",)
PEOPLE = 100_000
ROUNDS = 40
LONGEST_SECONDS = 120.0


def run() -> Iterator[str]:
    """One line: the page that has nothing new, the page after an answer, and an empty one, asked alternately."""
    with tempfile.TemporaryDirectory() as folder:
        app = create_app(Settings.read(environ(Path(folder))))
        app.register_blueprint(_nothing())
        agency = factories.make_agency("Bench")
        manager = factories.make_user(agency, role="manager")
        incident = make_incident(manager)
        with tenancy.agency(agency.id):
            people = [factories.make_worker(agency) for _ in range(3)]
            _fill(agency.id, incident.id)
        yield _line(factories.logged_in(app, manager), incident, people)
        db.connect("sqlite://")


def _line(client, incident, people) -> str:
    page = f"/incidents/{incident.id}/sum"
    client.get(page)
    empty, same, news = [], [], []
    until, turn = time.monotonic() + LONGEST_SECONDS, 0
    while turn < ROUNDS and time.monotonic() < until:
        known = f"{page}?stamp={_stamp(incident)}"
        empty.append(_milliseconds(lambda: client.get("/bench/nothing")))
        same.append(_milliseconds(lambda known=known: client.get(known)))
        if turn % 8 == 0:
            hear(people[turn // 8 % 3], ("SAFE", "HELP", "MOVING")[turn // 24 % 3])
            news.append(_milliseconds(lambda known=known: client.get(known)))
        turn += 1
    nothing, live, changed = (statistics.median(some) for some in (empty, same, news))
    equal = _counted(incident) <= _shown(client.get(page).get_data(as_text=True))
    met = "met" if live <= 2 * nothing and changed <= 2 * nothing and equal else "short"
    return (
        f"G14 live page at {PEOPLE} people: {live / nothing:.2f}× an empty route ({nothing:.1f} ms) while nothing is new, {changed / nothing:.1f}× ({changed:.0f} ms) after an answer; "
        f"figures {'equal to' if equal else 'NOT'} the table's · goal ≤ 2× · {met}"
    )


def _nothing() -> Blueprint:
    made = Blueprint("nothing", __name__, url_prefix="/bench")
    made.before_request(require_staff)
    made.add_url_rule("/nothing", view_func=lambda: ("", 204), endpoint="nothing")
    return made


def _fill(agency_id, incident_id) -> None:
    now = clock.now()
    for _start in range(0, PEOPLE, 10_000):
        workers = [
            {
                "id": db.new_id(), "agency_id": agency_id, "full_name": "Worker", "name_folded": "worker", "sort_name": "worker", "nationality": "PH", "host_country": "LY",
                "created_at": now, "updated_at": now,
            }
            for _ in range(10_000)
        ]  # fmt: skip
        lines = [
            {
                "agency_id": agency_id, "incident_id": incident_id, "worker_id": one["id"], "status_at": now,
                "status": ("SILENT", "SILENT", "SAFE", "MOVING", "STAYING")[number % 5],
            }
            for number, one in enumerate(workers)
        ]  # fmt: skip
        with db.transaction() as session:
            insert_rows(session, Worker, workers)
            insert_rows(session, Person, lines)


def _stamp(incident) -> str:
    with tenancy.agency(incident.agency_id), db.reading() as session:
        return board_views._stamp(session.get(Incident, incident.id), clock.now())


def _shown(page: str) -> set[int]:
    """Every number that stands on the page."""
    return {int(found) for found in re.findall(r"\d+", page.replace(",", ""))}


def _counted(incident) -> set[int]:
    """How many people have each status, and how many there are, by the table."""
    mine = select(func.count()).where(Person.incident_id == incident.id)
    with tenancy.agency(incident.agency_id), db.reading() as session:
        return {*session.scalars(mine.group_by(Person.status)), session.scalar(mine)}


def _milliseconds(call) -> float:
    began = time.perf_counter()
    answer = call()
    spent = (time.perf_counter() - began) * 1e3
    assert answer.status_code < 300, answer.status_code
    return spent
