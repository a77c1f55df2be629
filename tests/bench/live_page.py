"""G14: what an open board asks twice a second, at 100,000 people and at 100, beside a page that asks nothing.

While nothing has changed; when an answer has just come in, for the first who looks and for each of twenty who look; and whether the
page's figures are the table's.
"""

import re
import statistics
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from flask import Blueprint
from sqlalchemy import func, select

from messaging.incidents import board_views, jobs
from messaging.models import Broadcast, Incident, Message, Person, StatusReport
from tests import factories
from tests.bench import environ
from tests.messaging.incident_factories import hear, make_incident
from workforce.core import clock, db, tenancy
from workforce.core.config import Settings
from workforce.core.guard import require_staff
from workforce.core.loading import insert_rows
from workforce.models import Deployment, Site, Worker
from wsgi import create_app

GOALS = ("G14",)
PEOPLE, FEW = 100_000, 100
SITES, LOOKERS, ROUNDS = 200, 20, 12
LONGEST_SECONDS = 90.0
STATUSES = ("SILENT", "SILENT", "SAFE", "MOVING", "STAYING")


def run() -> Iterator[str]:
    """One line: a hundred thousand people, a hundred, and an empty page, asked alternately."""
    with tempfile.TemporaryDirectory() as folder:
        app = create_app(Settings.read(environ(Path(folder))))
        app.register_blueprint(_nothing())
        agency = factories.make_agency("Bench")
        manager = factories.make_user(agency, role="manager")
        boards = []
        with tenancy.agency(agency.id):
            for country, many in (("LY", PEOPLE), ("QA", FEW)):
                incident = make_incident(manager, countries=(country,))
                people = [factories.make_worker(agency, host_country=country) for _ in range(3)]
                _fill(agency.id, incident.id, country, many)
                boards.append((incident, people))
            jobs.fold_counts(agency.id)
        yield _line([factories.logged_in(app, manager) for _ in range(LOOKERS)], boards)
        db.connect("sqlite://")


def _line(clients, boards) -> str:
    found: dict[tuple[int, str], list[float]] = {}
    empty, until = [], time.monotonic() + LONGEST_SECONDS
    for incident, _people in boards:
        clients[0].get(f"/incidents/{incident.id}/sum")
    for turn in range(ROUNDS):
        if time.monotonic() > until:
            break
        for size, (incident, people) in enumerate(boards):
            empty.append(_milliseconds(lambda: clients[0].get("/bench/nothing")))
            for what, spent in _round(clients, incident, people[turn % 3], ("SAFE", "MOVING", "STAYING")[turn // 3 % 3]):
                found.setdefault((size, what), []).append(spent)
    nothing = statistics.median(empty)
    times = {key: statistics.median(some) / nothing for key, some in found.items()}
    page = clients[0].get(f"/incidents/{boards[0][0].id}/sum").get_data(as_text=True)
    equal = _counted(boards[0][0]) <= _shown(page)
    met = "met" if max(times[0, "same"], times[0, "each"]) <= 2 and times[0, "first"] <= 2 * times[1, "first"] and equal else "short"
    said = "; ".join(
        f"at {many} people {times[size, 'same']:.2f}× while nothing is new, {times[size, 'first']:.1f}× to draw an answer, {times[size, 'each']:.2f}× for each of {LOOKERS} who look"
        for size, many in ((0, PEOPLE), (1, FEW))
    )
    return f"G14 live page beside an empty route ({nothing:.1f} ms): {said}; figures {'equal to' if equal else 'NOT'} the table's · goal ≤ 2×, alike at both sizes · {met}"


def _round(clients, incident, worker, status) -> Iterator[tuple[str, float]]:
    page = f"/incidents/{incident.id}/sum?stamp={_stamp(incident)}"
    yield "same", _milliseconds(lambda: clients[0].get(page))
    hear(worker, status)
    spent = [_milliseconds(lambda client=client: client.get(page)) for client in clients]
    yield "first", spent[0]
    yield "each", statistics.mean(spent)


def _nothing() -> Blueprint:
    made = Blueprint("nothing", __name__, url_prefix="/bench")
    made.before_request(require_staff)
    made.add_url_rule("/nothing", view_func=lambda: ("", 204), endpoint="nothing")
    return made


def _fill(agency_id, incident_id, country, many) -> None:
    """So many people at sites, each asked by a text; those who are not silent have answered."""
    now = clock.now()
    text = Broadcast(id=db.new_id(), agency_id=agency_id, incident_id=incident_id, sequence=1, purpose="safety", state="done", created_at=now, sending_at=now)  # fmt: skip
    sites = [
        Site(id=db.new_id(), agency_id=agency_id, name=f"Camp {number}", name_folded=f"camp {country} {number}", country=country, lat=25.3 + number / 500, lon=51.4)
        for number in range(min(SITES, many))
    ]  # fmt: skip
    with db.transaction() as session:
        session.add_all([text, *sites])
    same = {"agency_id": agency_id}
    for start in range(0, many, 10_000):
        ids = db.new_ids(min(10_000, many - start))
        people = [(one, STATUSES[number % 5], sites[number % len(sites)].id) for number, one in enumerate(ids)]
        common = {"nationality": "PH", "host_country": country, "created_at": now, "updated_at": now, **same}
        with db.transaction() as session:
            insert_rows(session, Worker, [{"id": one, "full_name": "Worker", "name_folded": "worker", "sort_name": "worker"} for one in ids], **common)
            insert_rows(session, Deployment, [{"worker_id": one, "site_id": site} for one, _status, site in people], host_country=country, **same)
            insert_rows(session, Person, [{"worker_id": one, "status": status} for one, status, _site in people], incident_id=incident_id, status_at=now, **same)  # fmt: skip
            insert_rows(
                session, Message, [{"worker_id": one, "state": "delivered"} for one in ids], direction="out", purpose="safety", queued_at=now,
                accepted_at=now, incident_id=incident_id, broadcast_id=text.id, **same,
            )  # fmt: skip
            said = [{"worker_id": one, "status": status} for one, status, _site in people if status != "SILENT"]
            insert_rows(session, StatusReport, said, incident_id=incident_id, at=now, source="sms", **same)


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
