"""The counts of the board are what its rows are, whatever has been done to them and however."""

import random
from datetime import timedelta

import pytest
from sqlalchemy import delete, select

from messaging.incidents import (
    asking_again,
    board,
    broadcasts,
    cases,
    chasing,
    incidents,
    jobs,
    recall,
    steering,
    tallies,
)
from messaging.models import Broadcast, Case, Message, StatusReport
from messaging.outbox import receipts
from tests import factories
from tests.messaging.incident_factories import hear, make_incident
from tests.messaging.test_incidents_texts import begun, send
from tests.messaging.test_merging import merge, undo
from workforce.core import clock, db, tenancy
from workforce.core.errors import DomainError
from workforce.models import Deployment, Site, Worker
from workforce.people import erasing, workers

STEPS = 70


@pytest.fixture
def database_url(any_database):
    return any_database


def wrong(agency):
    with tenancy.agency(agency.id), db.reading() as session:
        actor = tenancy.System(agency.id)
        return tallies.differences(session, actor), tallies.misplaced(session, actor)


class Walk:
    """Somebody does anything at all, in an order that a seed decides."""

    def __init__(self, seed, agency, manager, folder):
        self.chance, self.agency, self.manager, self.folder = random.Random(seed), agency, manager, folder
        self.workers = [factories.make_worker(agency, site=f"Camp {number % 3}") for number in range(6)]
        self.incident = make_incident(manager, area="country")
        self.merges, self.now = [], clock.now()

    def one(self, found):
        return self.chance.choice(found) if found else None

    def someone(self):
        return self.one(self.workers)

    def own(self, session):
        return incidents.get(session, self.manager, self.incident.id)

    def pick(self, session, model, *where):
        return self.one(session.scalars(select(model).where(*where).order_by(model.id)).all())

    def answer(self):
        hear(self.someone(), self.chance.choice(("SAFE", "HELP", "MOVING", "STAYING")), at=self.now - timedelta(minutes=self.chance.randrange(900)))  # fmt: skip

    def mark(self):
        with db.transaction() as session:
            status = self.chance.choice(board.BY_HAND)
            board.mark(session, self.manager, self.own(session), self.someone().id, status=status, informant="Ariel", note="", at=self.now)  # fmt: skip

    def register(self):
        self.workers.append(factories.make_worker(self.agency, site=self.one(["Camp 9", None]), phone=self.one(["", None])))  # fmt: skip
        with db.transaction() as session:
            incidents.join(session, self.own(session), at=self.now)

    def register_unseen(self):
        worker = factories.make_worker(self.agency, site="Camp 7")
        self.workers.append(worker)
        hear(worker, "MOVING", at=self.now)

    def move(self):
        with db.transaction() as session:
            current = self.pick(session, Deployment, Deployment.is_current)
            current.site_id = self.pick(session, Site).id

    def end_a_stay(self):
        with db.transaction() as session:
            current = self.pick(session, Deployment, Deployment.is_current)
            current.is_current = False
            if self.chance.random() < 0.7:
                session.flush()
                where = {"site_id": self.pick(session, Site).id, "host_country": "LY"}
                session.add(Deployment(id=db.new_id(), agency_id=self.agency.id, worker_id=current.worker_id, **where))

    def rename(self):
        with db.transaction() as session:
            session.get(Worker, self.someone().id).sort_name = f"zz {self.chance.randrange(99)}"

    def opt_out(self):
        with db.transaction() as session:
            board.opted_out(session, session.get(Worker, self.someone().id), self.now)

    def merge(self):
        one, other = self.chance.sample(self.workers, 2)
        kept, merge_id = merge(self.manager, self.folder, one, other)
        gone = other if kept == one.id else one
        self.workers.remove(gone)
        self.merges.append((merge_id, gone))

    def unmerge(self):
        merge_id, gone = self.merges.pop()
        undo(self.manager, self.folder, merge_id)
        self.workers.append(gone)

    def erase(self):
        worker = self.workers.pop(self.chance.randrange(len(self.workers)))
        with db.transaction() as session:
            erasing.erase(session, self.manager, worker.id)

    def archive(self):
        with db.transaction() as session:
            workers.archive(session, self.manager, self.someone().id)

    def close_a_case(self):
        with db.transaction() as session:
            case = self.pick(session, Case, Case.closed_at.is_(None))
            cases.close(session, self.manager, case, outcome="Picked up by bus", status="SAFE", at=self.now)

    def text(self, template=""):
        send(self.manager, self.incident, *begun(self.manager, self.incident, template or self.one(("evacuate", "follow_up"))))  # fmt: skip

    def receipt(self):
        with db.transaction() as session:
            message = self.pick(session, Message, Message.direction == "out")
            state = self.chance.choice(("accepted", "sent", "delivered", "undelivered", "failed", "read"))
            receipts.told(session, message, state, at=self.now, source="test")

    def call_back(self):
        with db.transaction() as session:
            sending = self.pick(session, Broadcast, Broadcast.state == "sending")
            steering.cancel(session, self.manager, self.own(session), sending, at=self.now)

    def recall(self):
        with db.transaction() as session:
            sent = self.pick(session, Broadcast, Broadcast.sending_at.is_not(None))
            recall.send(session, self.manager, self.own(session), sent.id, now=self.now)

    def chase(self):
        with db.transaction() as session:
            chasing.climb(session, tenancy.System(self.agency.id), self.own(session), now=self.now)

    def wait(self):
        self.now += timedelta(hours=self.chance.choice((0, 1, 13)))
        with db.transaction() as session:
            asking_again.ask(session, tenancy.System(self.agency.id), self.own(session), now=self.now)

    def lose_words(self):
        with db.transaction() as session:
            session.execute(delete(StatusReport).where(StatusReport.worker_id == self.someone().id))

    def fold(self):
        jobs.fold_counts(self.agency.id)


ACTS = [name for name, act in vars(Walk).items() if callable(act) and name not in {"__init__", "one", "someone", "own", "pick"}]  # fmt: skip


@pytest.mark.parametrize("seed", range(3))
def test_the_counts_are_what_the_rows_are_after_anything_in_any_order(app, settings, agency, manager, seed):
    settings.files.mkdir(parents=True, exist_ok=True)
    walk, done = Walk(seed, agency, manager, settings.files), set()
    walk.text("evacuate")

    for _step in range(STEPS):
        name = walk.chance.choice(ACTS)
        try:
            getattr(walk, name)()
            done.add(name)
        except (DomainError, AttributeError, IndexError, ValueError):
            pass  # There was nothing to do it to.
        assert wrong(agency) == ([], []), f"after {name}"

    assert len(done) > len(ACTS) * 0.6, set(ACTS) - done


