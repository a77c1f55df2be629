"""Agencies are walls: in what is read, in what is written, and in the database itself."""

import uuid

import pytest
from sqlalchemy import ForeignKeyConstraint, delete, exists, func, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import aliased, joinedload, selectinload

import locator.models
import messaging.models
from tests import factories
from tests.conventions.ids import World
from workforce.core import db, tenancy
from workforce.core.db import Base
from workforce.core.errors import Unscoped
from workforce.models import Deployment, Phone, Site, Worker

assert locator.models and messaging.models
WITHIN = sorted(
    (table.name, constraint.column_keys[1], constraint.referred_table.name)
    for table in Base.metadata.tables.values()
    for constraint in table.constraints
    if isinstance(constraint, ForeignKeyConstraint) and len(constraint.column_keys) == 2
)


@pytest.fixture
def two(app):
    """Our agency and theirs, with a worker on a site each."""
    made = factories.make_agency(), factories.make_agency()
    return made, [factories.make_worker(agency, full_name=f"Worker of {agency.name}", site="Camp") for agency in made]


READS = {
    "rows": lambda session: [row.id for row in session.scalars(select(Worker))],
    "columns": lambda session: list(session.scalars(select(Worker.id))),
    "an alias": lambda session: list(session.scalars(select(aliased(Worker).id))),
    "a union": lambda session: list(session.scalars(select(Worker.id).union(select(Worker.id)))),
    "a CTE": lambda session: list(session.scalars(select(select(Worker.id).cte().c.id))),
    "a subquery": lambda session: list(
        session.scalars(select(Worker.id).where(Worker.id.in_(select(Phone.worker_id))))
    ),
    "a join": lambda session: list(session.scalars(select(Worker.id).join(Phone, Phone.worker_id == Worker.id))),
    "loaded with it": lambda session: [
        phone.worker_id
        for row in session.scalars(select(Worker).options(selectinload(Worker.phones)))
        for phone in row.phones
    ],
    "joined to it": lambda session: [
        row.deployments[0].worker_id
        for row in session.scalars(select(Worker).options(joinedload(Worker.deployments))).unique()
    ],
    "loaded late": lambda session: [row.phones[0].worker_id for row in session.scalars(select(Worker))],
    "exists": lambda session: list(
        session.scalars(select(Worker.id).where(exists().where(Phone.worker_id == Worker.id)))
    ),
}


@pytest.mark.parametrize("way", READS)
def test_whatever_is_read_is_ours(two, way):
    (ours, _theirs), (mine, _other) = two

    with tenancy.agency(ours.id), db.reading() as session:
        assert READS[way](session) == [mine.id]


def test_a_count_is_of_ours(two):
    (ours, _), _workers = two

    with tenancy.agency(ours.id), db.reading() as session:
        assert session.scalar(select(func.count()).select_from(Worker)) == 1
        assert session.scalar(select(func.count(Worker.id))) == 1


def test_anothers_row_cannot_be_got_by_its_key(two):
    (ours, theirs), (_mine, other) = two

    with tenancy.agency(ours.id), db.reading() as session:
        assert session.get(Worker, other.id) is None
    with tenancy.agency(theirs.id), db.reading() as session:
        assert session.get(Worker, other.id) is not None


def test_a_session_keeps_its_agency_when_the_scope_changes(two):
    (ours, theirs), (mine, other) = two

    with tenancy.agency(ours.id), db.reading() as session:
        assert session.get(Worker, mine.id)
        with tenancy.agency(theirs.id):
            assert session.get(Worker, other.id) is None
            assert READS["columns"](session) == [mine.id]


def test_outside_any_agency_nothing_of_an_agency_is_read(two):
    with db.reading() as session, pytest.raises(Unscoped):
        session.scalars(select(Worker))


def test_a_look_across_agencies_sees_both_and_writes_nothing(two):
    (ours, _), (mine, other) = two

    with tenancy.across_agencies("a test"), db.reading() as session:
        assert set(READS["columns"](session)) == {mine.id, other.id}
    with tenancy.across_agencies("a test"), pytest.raises(Unscoped), db.transaction() as session:
        session.execute(update(Worker).values(full_name="x"))
    with tenancy.across_agencies("a test"), pytest.raises(Unscoped), db.transaction() as session:
        session.add(Site(agency_id=ours.id, name="x", name_folded="x", country="LY"))


def test_an_update_and_a_delete_touch_only_ours(two):
    (ours, theirs), _workers = two

    with tenancy.agency(ours.id), db.transaction() as session:
        assert session.execute(update(Phone).values(state="fails")).rowcount == 1
        assert session.execute(delete(Phone)).rowcount == 1
    with tenancy.agency(theirs.id), db.reading() as session:
        assert [phone.state for phone in session.scalars(select(Phone))] == ["works"]


def test_an_update_by_a_list_of_keys_is_refused(two):
    (ours, _), (_mine, other) = two

    with tenancy.agency(ours.id), pytest.raises(Unscoped), db.transaction() as session:
        session.execute(update(Worker), [{"id": other.id, "full_name": "taken over"}])


@pytest.mark.parametrize("way", ["row", "values", "list"])
def test_nothing_is_inserted_for_another_agency(two, way):
    (ours, theirs), _workers = two
    facts = {"id": uuid.uuid4(), "agency_id": theirs.id, "name": "x", "name_folded": "x", "country": "LY"}

    with tenancy.agency(ours.id), pytest.raises(Unscoped), db.transaction() as session:
        if way == "row":
            session.add(Site(**facts))
        elif way == "values":
            session.execute(insert(Site).values(**facts))
        else:
            session.execute(insert(Site), [facts | {"id": uuid.uuid4(), "agency_id": ours.id}, facts])


def test_a_row_cannot_change_hands(two):
    (ours, theirs), (mine, _other) = two

    with tenancy.agency(ours.id), pytest.raises(Unscoped), db.transaction() as session:
        session.get(Worker, mine.id).agency_id = theirs.id


def test_anothers_row_cannot_be_merged_in(two):
    (ours, _theirs), (_mine, other) = two

    with tenancy.agency(ours.id), pytest.raises((Unscoped, IntegrityError)), db.transaction() as session:
        session.merge(
            Worker(
                id=other.id,
                agency_id=ours.id,
                full_name="taken over",
                name_folded="x",
                sort_name="x",
                nationality="PH",
                host_country="LY",
                created_at=other.created_at,
                updated_at=other.created_at,
            )
        )
        session.flush()


def test_a_detached_row_of_another_agency_cannot_be_written_through_ours(two):
    (ours, theirs), (_mine, other) = two
    with tenancy.agency(theirs.id), db.reading() as session:
        row = session.get(Worker, other.id)

    with tenancy.agency(ours.id), pytest.raises(Unscoped), db.transaction() as session:
        session.add(row)
        row.full_name = "taken over"


def test_a_child_cannot_hang_on_anothers_parent(two):
    (ours, theirs), (mine, _other) = two
    with tenancy.agency(theirs.id), db.reading() as session:
        site = session.scalar(select(Site.id))

    with tenancy.agency(ours.id), pytest.raises(IntegrityError), db.transaction() as session:
        session.execute(update(Deployment).where(Deployment.worker_id == mine.id).values(site_id=site))


def test_leaving_a_scope_leaves_none(two):
    (ours, _), _workers = two
    with tenancy.agency(ours.id):
        pass

    with pytest.raises(Unscoped):
        tenancy.current()


class TestInTheDatabase:
    """Around our own code, by raw SQL, on both databases: the keys alone must hold."""

    @pytest.fixture
    def database_url(self, any_database):
        return any_database

    def test_no_reference_can_leave_its_agency(self, app, settings):
        ours, theirs = (
            World("Ourwren", "+218915550001", settings.files),
            World("Zqxjk", "+218915777002", settings.files),
        )
        got_through = [
            f"{table}.{column}"
            for table, column, parent in WITHIN
            if self._points_elsewhere(ours, theirs, table, column, parent)
        ]

        assert len(WITHIN) > 25
        assert not got_through

    @staticmethod
    def _points_elsewhere(ours, theirs, table, column, parent):
        """Whether a row of ours could be made to point to theirs."""
        by_table = {world: {type(row).__tablename__: row for row in world.rows.values()} for world in (ours, theirs)}
        mine, foreign = Base.metadata.tables[table], by_table[theirs][parent].id
        change = update(mine).where(mine.c.id == by_table[ours][table].id).values({column: foreign})
        try:
            with db.engine().execution_options(writer=True).begin() as connection:
                return connection.execute(change).rowcount == 1
        except IntegrityError:
            return False
