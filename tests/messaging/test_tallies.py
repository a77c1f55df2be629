"""The counts of the board are what its rows are, whatever has been done to them and however."""

import random
from datetime import timedelta

import pytest
from sqlalchemy import delete, select, update

from messaging.incidents import (
    asking_again,
    board,
    cases,
    chasing,
    incidents,
    jobs,
    recall,
    rows,
    steering,
    tallies,
)
from messaging.models import Broadcast, Case, Message, StatusReport, Tally
from messaging.outbox import receipts
from tests import factories
from tests.messaging.incident_factories import hear, make_incident
from tests.messaging.test_incidents_texts import begun, send
from tests.messaging.test_merging import merge, undo
from workforce.core import clock, db, migrations, tenancy
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


def test_lines_that_are_folded_count_what_they_counted(app, agency, manager):
    worker, other = factories.make_worker(agency), factories.make_worker(agency)
    incident = make_incident(manager)
    for status in ("SAFE", "MOVING", "SAFE"):
        hear(worker, status)
    hear(other, "STAYING")

    gone = jobs.fold_counts(agency.id)

    with db.reading() as session:
        actor = tenancy.System(agency.id)
        assert tallies.people(session, incident) == {"SAFE": 1, "STAYING": 1}
        assert (gone > 0, tallies.has_lines_to_fold(session, actor)) == (True, False)
    assert wrong(agency) == ([], [])


def test_counts_that_somebody_has_changed_by_hand_are_found_and_mended(app, agency, manager):
    factories.make_worker(agency)
    incident = make_incident(manager)
    with db.transaction() as session:
        spoilt = update(Tally).where(Tally.kind == "status").values(n=7)
        session.execute(spoilt.execution_options(synchronize_session=False))
    assert wrong(agency)[0]

    with db.transaction() as session:
        tallies.mend(session, tenancy.System(agency.id))

    assert wrong(agency) == ([], [])
    with db.reading() as session:
        assert tallies.people(session, incident) == {"NOT_ASKED": 1}


def test_what_was_there_before_the_counts_is_counted_when_they_come(app, agency, manager):
    worker = factories.make_worker(agency, site="Camp 4")
    factories.make_worker(agency)
    incident = make_incident(manager, area="country")
    send(manager, incident, *begun(manager, incident, "evacuate"))
    hear(worker, "SAFE")

    migrations.downgrade(db.engine(), "0020")
    migrations.upgrade(db.engine())

    assert wrong(agency) == ([], [])
    with db.reading() as session:
        assert tallies.people(session, incident) == {"SAFE": 1, "SILENT": 1}
        assert [answered for _at, answered, _safe in tallies.heard(session, incident, seconds=10)][-1] == 1


def test_whoever_is_registered_later_is_found_missing_once_and_looked_for_no_more(app, agency, manager):
    factories.make_worker(agency)
    incident = make_incident(manager)

    def missing():
        with db.reading() as session:
            return incidents.somebody_missing(session, incident)

    assert not missing()
    factories.make_worker(agency)
    assert missing()
    with db.transaction() as session:
        incidents.join(session, incidents.get(session, manager, incident.id), at=clock.now())
    assert not missing()
    elsewhere = factories.make_worker(agency, host_country="QA")
    assert not missing()
    with db.transaction() as session:
        session.get(Worker, elsewhere.id).host_country = "LY"
    assert missing()


def test_the_list_is_read_page_by_page_in_one_order_worst_first(app, agency, manager):
    people = [factories.make_worker(agency, full_name=f"Person {number}") for number in range(8)]
    incident = make_incident(manager)
    now = clock.now()
    for worker, status, hours in zip(people, ("SAFE", "HELP", "SAFE", "MOVING", "STAYING", "HELP"), (1, 1, 13, 1, 1, 2), strict=False):  # fmt: skip
        hear(worker, status, at=now - timedelta(hours=hours))

    with db.reading() as session:
        pages = [rows.lines(session, incident, view="everyone", now=now, page=page, size=3) for page in (1, 2, 3, 4)]
        counts = rows.view_counts(board.known(session, incident, now=now))

    names = [line.worker.full_name for page in pages for line in page]
    assert names == [f"Person {number}" for number in (5, 1, 6, 7, 2, 4, 3, 0)]
    assert [len(page) for page in pages] == [3, 3, 2, 0]
    assert counts == {"not-safe": 7, "trouble": 4, "moving": 1, "everyone": 8}


class TestOnPostgres:
    @pytest.fixture
    def database_url(self, own_postgres):
        yield own_postgres.afresh()
        db.connect("sqlite://")

    @pytest.mark.postgres
    def test_an_answer_does_not_wait_for_the_count_of_another_that_is_not_finished(self, app, agency, manager):
        one, other = factories.make_worker(agency), factories.make_worker(agency)
        make_incident(manager)
        safe = "UPDATE incident_people SET status = 'SAFE' WHERE worker_id = '{}'"

        with db.engine().connect() as first, db.engine().connect() as second:
            second.exec_driver_sql("SET lock_timeout = '2s'")
            first.exec_driver_sql(safe.format(one.id))
            second.exec_driver_sql(safe.format(other.id))
            second.commit()
            first.commit()

        assert wrong(agency) == ([], [])


def test_a_command_says_which_counts_are_wrong_and_mends_them(app, agency, manager):
    factories.make_worker(agency)
    make_incident(manager)
    with db.transaction() as session:
        spoilt = update(Tally).where(Tally.kind == "status").values(n=7)
        session.execute(spoilt.execution_options(synchronize_session=False))
    run = app.test_cli_runner().invoke

    assert "1 counts are wrong" in run(args=["incidents", "counts", "--agency", agency.name]).output
    assert "are mended" in run(args=["incidents", "counts", "--mend", "--agency", agency.name]).output
    assert "Every count is" in run(args=["incidents", "counts", "--agency", agency.name]).output
