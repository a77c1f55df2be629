"""Migrations: up, down and up again on both databases; what they make is what the models say."""

from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import inspect

import locator.models
import messaging.models
import workforce.models
from messaging.models import Message
from messaging.outbox import receipts
from tests import factories
from tests.messaging import texting
from workforce.core import clock, db, migrations
from workforce.core.db import Base

assert locator.models and messaging.models and workforce.models


@pytest.fixture
def database_url(any_database):
    return any_database


@pytest.fixture
def engine(any_database):
    made = db.make_engine(any_database)
    yield made
    made.dispose()


def test_there_is_no_drift_between_models_and_migrations(engine):
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "render_as_batch": True})
        differences = compare_metadata(context, Base.metadata)

    assert not differences


def test_every_step_runs_down_and_up_again(engine):
    full = set(inspect(engine).get_table_names())

    migrations.downgrade(engine)
    assert set(inspect(engine).get_table_names()) == {"alembic_version"}
    assert migrations.at(engine) is None
    migrations.upgrade(engine)

    assert set(inspect(engine).get_table_names()) == full
    assert migrations.is_current(engine)


KEPT = ("agencies", "workers", "phones", "messages", "message_events", "incidents", "cases")


def test_a_database_with_people_and_texts_in_it_keeps_them_through_the_steps(app, agency, manager):
    worker = factories.make_worker(agency, phone="+218910000001")
    text = texting.queued(agency, worker=worker)
    with db.transaction() as session:
        receipts.told(session, session.get(Message, text.id), "accepted", at=clock.now(), source="test")
    with db.reading() as session:
        before = counted(session)

    migrations.downgrade(db.engine(), "0007")
    migrations.upgrade(db.engine())

    with db.reading() as session:
        assert counted(session) == before
        assert min(before[table] for table in ("agencies", "workers", "messages", "message_events")) > 0


def counted(session):
    return {table: session.connection().exec_driver_sql(f"SELECT count(*) FROM {table}").scalar() for table in KEPT}


def test_steps_are_numbered_without_a_gap_and_called_by_their_numbers():
    folder = Path(migrations.__file__).parent
    steps = sorted(path.name[:4] for path in (folder / "versions").glob("*.py"))
    history = ScriptDirectory(str(folder)).walk_revisions()

    assert sorted(step.revision for step in history) == steps
    assert steps == [f"{number:04}" for number in range(1, len(steps) + 1)]


def test_an_empty_database_is_not_current(tmp_path):
    engine = db.make_engine(f"sqlite:///{tmp_path / 'empty.db'}")

    assert not migrations.is_current(engine)
    assert migrations.at(engine) is None
