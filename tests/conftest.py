"""The stage for every test: a real database, real keys, closed sockets."""

import base64
import os
import shutil
import socket
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Connection, NullPool, create_engine

from tests import factories
from workforce.core import db, migrations, tenancy, vault
from workforce.core.config import Settings
from wsgi import create_app

MASTER = "1:" + base64.b64encode(bytes(range(32))).decode()
POSTGRES = os.environ.get("MUSTER_TEST_POSTGRES", "postgresql+psycopg://postgres@127.0.0.1:5432/postgres")
NOTHING_SKIPPED = bool(os.environ.get("MUSTER_TEST_NOTHING_SKIPPED"))


# A file system in memory, where there is one with room.
MEMORY, ROOM_BYTES = Path("/dev/shm"), 4 << 30


def pytest_configure(config: pytest.Config) -> None:
    _close_sockets()
    _write_in_memory()


def _write_in_memory() -> None:
    """Every commit waits for the disk, and no test asks what a power cut leaves: so what tests write need not be on one."""
    if "PYTEST_DEBUG_TEMPROOT" in os.environ or not os.access(MEMORY, os.W_OK):
        return
    if shutil.disk_usage(MEMORY).free >= ROOM_BYTES:
        os.environ["PYTEST_DEBUG_TEMPROOT"] = str(MEMORY)


def missing(package: str) -> None:
    """Skip in one line that names what is not there; where everything must run, fail instead."""
    if NOTHING_SKIPPED:
        pytest.fail(f"{package} is missing and nothing may be skipped here")
    pytest.skip(f"needs {package}")


@pytest.fixture(scope="session")
def blank_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated, empty SQLite database, made once and copied for each test."""
    path = tmp_path_factory.mktemp("blank") / "blank.db"
    engine = db.make_engine(f"sqlite:///{path}")
    migrations.upgrade(engine)
    with engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    engine.dispose()
    return path


@pytest.fixture(scope="session")
def postgres_server() -> str:
    """The address of a PostgreSQL where databases may be made, or a skip."""
    try:
        with create_engine(POSTGRES, connect_args={"connect_timeout": 2}).connect():
            return POSTGRES
    except Exception:
        missing("a PostgreSQL that answers at MUSTER_TEST_POSTGRES")
        raise


@pytest.fixture(scope="session")
def blank_postgres(postgres_server: str) -> Iterator[str]:
    """A migrated, empty PostgreSQL database to copy from."""
    name = f"muster_blank_{uuid.uuid4().hex[:8]}"
    _administer(postgres_server, f'CREATE DATABASE "{name}"')
    engine = db.make_engine(_named(postgres_server, name))
    migrations.upgrade(engine)
    engine.dispose()
    yield name
    _administer(postgres_server, f'DROP DATABASE "{name}" WITH (FORCE)')


@pytest.fixture(scope="session")
def own_postgres(postgres_server: str, blank_postgres: str) -> Iterator["Emptied"]:
    """A database of this test process's own, a copy of the blank one: making one for each test took most of the suite's time."""
    name = f"muster_test_{uuid.uuid4().hex[:8]}"
    _administer(postgres_server, f'CREATE DATABASE "{name}" TEMPLATE "{blank_postgres}"')
    _administer(postgres_server, f'ALTER DATABASE "{name}" SET synchronous_commit = off')  # Nor here: see MEMORY.
    yield Emptied(_named(postgres_server, name))
    _administer(postgres_server, f'DROP DATABASE "{name}" WITH (FORCE)')


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def any_database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of a fresh migrated database: each test that takes it runs on SQLite and on PostgreSQL."""
    if request.param == "sqlite":
        yield _copy_sqlite(request.getfixturevalue("blank_sqlite"), tmp_path)
        return
    yield request.getfixturevalue("own_postgres").afresh()
    db.connect("sqlite://")


class Emptied:
    """One migrated PostgreSQL database that is empty again whenever a test asks for it."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._engine = create_engine(url, isolation_level="AUTOCOMMIT", poolclass=NullPool)
        with self._engine.connect() as connection:
            self._tables = _tables(connection)

    def afresh(self) -> str:
        """Its address, with no row of an earlier test in it, no table one made, and nobody else connected."""
        with self._engine.connect() as connection:
            connection.exec_driver_sql(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
            drops = [f'DROP TABLE "{name}" CASCADE' for name in _tables(connection) - self._tables]
            clears = [f'DELETE FROM "{name}"' for name in self._tables]
            # Without the replica role each row would be looked for in every table that may refer to it.
            statements = ["BEGIN", "SET LOCAL session_replication_role = replica", *drops, *clears, "COMMIT"]
            connection.exec_driver_sql("; ".join(statements))
        return self.url


def _tables(connection: Connection) -> set[str]:
    """The names of its tables, but for that of the migrations."""
    names = connection.exec_driver_sql("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").scalars()
    return set(names) - {"alembic_version"}


@pytest.fixture
def database_url(blank_sqlite: Path, tmp_path: Path) -> str:
    """The address of a fresh migrated SQLite database. Override with `any_database` to run on both."""
    return _copy_sqlite(blank_sqlite, tmp_path)


@pytest.fixture
def settings(database_url: str, tmp_path: Path) -> Settings:
    return _settings(database_url, tmp_path)


@pytest.fixture(scope="session")
def one_app(blank_sqlite: Path, tmp_path_factory: pytest.TempPathFactory):
    """The application, made once: putting sixteen blueprints together costs more than most tests."""
    folder = tmp_path_factory.mktemp("app")
    made = create_app(_settings(_copy_sqlite(blank_sqlite, folder), folder))
    made.config.update(TESTING=True, PROPAGATE_EXCEPTIONS=True)
    made.test_client_class = factories.Browser
    return made, dict(made.config), dict(made.extensions)


@pytest.fixture
def app(one_app, settings: Settings):
    """The whole application on a fresh database, with a context for gettext."""
    made, config, extensions = one_app
    made.config.clear()
    made.config.update(config)
    made.extensions.clear()
    made.extensions.update(extensions, settings=settings)
    vault.unlock(settings.master_keys)
    db.connect(settings.database_url)
    with made.app_context():
        yield made
    tenancy.leave()


@pytest.fixture
def agency(app):
    """An agency in scope: everything the test opens is its."""
    made = factories.make_agency()
    with tenancy.agency(made.id):
        yield made


@pytest.fixture
def staff(agency):
    return factories.make_user(agency, role="staff")


@pytest.fixture
def manager(agency):
    return factories.make_user(agency, role="manager")


@pytest.fixture
def client_of(app):
    """A browser-less client that is logged in: `client_of(user)`."""

    def make(user=None):
        return factories.logged_in(app, user)

    return make


def _settings(database_url: str, folder: Path) -> Settings:
    return Settings.read(
        {
            "MUSTER_ENV": "test",
            "MUSTER_INSTANCE": str(folder / "instance"),
            "DATABASE_URL": database_url,
            "MUSTER_MASTER_KEYS": MASTER,
            "MUSTER_SECRET_KEY": "only for tests, and long enough to be one",
        }
    )


def _copy_sqlite(blank: Path, folder: Path) -> str:
    copy = folder / "muster.db"
    copy.write_bytes(blank.read_bytes())
    return f"sqlite:///{copy}"


def _named(server: str, name: str) -> str:
    return f"{server.rpartition('/')[0]}/{name}"


def _administer(server: str, statement: str) -> None:
    engine = create_engine(server, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.exec_driver_sql(statement)
    engine.dispose()


def _close_sockets() -> None:
    """Nothing in the suite may reach beyond this machine."""
    real = socket.socket.connect

    def connect(self, address):
        if self.family in (socket.AF_INET, socket.AF_INET6) and address[0] not in ("127.0.0.1", "::1", "localhost"):
            raise RuntimeError(f"a test tried to reach {address[0]}")
        return real(self, address)

    socket.socket.connect = connect
