"""The database: one model for SQLite and PostgreSQL, one way in, one commit."""

import os
import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any, ClassVar

from sqlalchemy import (
    JSON,
    Connection,
    DateTime,
    Engine,
    Integer,
    LargeBinary,
    MetaData,
    TypeDecorator,
    Uuid,
    create_engine,
    event,
)
from sqlalchemy.engine import Dialect
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, declared_attr, mapped_column

from workforce.core import tenancy

BUSY_SECONDS = 30
_VERSION_7 = 7 << 76 | 2 << 62  # RFC 9562: four bits of version, two of variant; the chance fills the 74 between and after.
_CHANCE = (1 << 80) - 1 ^ (0xF << 76 | 0x3 << 62)
NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


class UTCDateTime(TypeDecorator[datetime]):
    """An instant: aware, UTC. A naive one is a bug and is refused at the door."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("A moment without a time zone.")
        instant = value.astimezone(UTC)
        return instant.replace(tzinfo=None) if dialect.name == "sqlite" else instant

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Sealed(TypeDecorator[bytes]):
    """Ciphertext in the field envelope of `core/vault.py`. A column of this type never holds clear text."""

    impl = LargeBinary
    cache_ok = True


class Base(DeclarativeBase):
    """The one declarative base. `__repr__` shows only the id: a row in a log must not name anybody."""

    metadata = MetaData(naming_convention=NAMES)
    type_annotation_map: ClassVar[dict[Any, Any]] = {
        datetime: UTCDateTime,
        uuid.UUID: Uuid,
        dict[str, Any]: JSON,
        list[Any]: JSON,
        list[str]: JSON,
    }

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {getattr(self, 'id', '')}>"


def new_id() -> uuid.UUID:
    """A fresh id whose first 48 bits are the time in ms, so that rows made together lie together (RFC 9562, version 7)."""
    return new_ids(1)[0]


def new_ids(count: int) -> list[uuid.UUID]:
    """As many fresh ids at once: chance asked of the system once for all of them."""
    head, chance = (time.time_ns() // 1_000_000) << 80 | _VERSION_7, os.urandom(10 * count)
    from_bytes, one = int.from_bytes, uuid.UUID
    return [one(int=head | from_bytes(chance[at : at + 10], "big") & _CHANCE) for at in range(0, 10 * count, 10)]


class Row:
    """Columns that every table of ours has: a key made by us."""

    id: Mapped[uuid.UUID] = mapped_column(Uuid, primary_key=True, default=new_id)


class Versioned:
    """A row whose pages carry its version: who saves an older one is told, and nothing is overwritten unseen."""

    version: Mapped[int] = mapped_column(Integer, default=1)

    @declared_attr.directive
    def __mapper_args__(cls) -> dict[str, Any]:
        return {"version_id_col": cls.version}


class GuardedSession(Session):
    """A session that knows its agency."""


tenancy.guard(GuardedSession)
_engine: Engine | None = None
_writing: ContextVar[bool] = ContextVar("writing", default=False)
_one_writer = threading.Lock()


def connect(url: str) -> Engine:
    """Open the installation's database; `transaction` and `reading` use it from now on."""
    global _engine  # noqa: PLW0603  One database a process: handing it through every call would only hide that.
    if _engine is not None:
        _engine.dispose()
    _engine = make_engine(url)
    return _engine


def make_engine(url: str) -> Engine:
    """An engine with our rules for its kind of database. What a statement carried stays out of its errors, and so of logs."""
    if url.startswith("sqlite"):
        patient = {"timeout": BUSY_SECONDS, "check_same_thread": False}
        made = create_engine(url, connect_args=patient, pool_size=20, hide_parameters=True)
        event.listen(made, "connect", _prepare_sqlite)
        event.listen(made, "begin", _begin_sqlite)
        return made
    return create_engine(url, pool_size=20, max_overflow=20, pool_pre_ping=True, hide_parameters=True)


def engine() -> Engine:
    """The open database."""
    if _engine is None:
        raise RuntimeError("No database is open.")
    return _engine


@contextmanager
def transaction() -> Iterator[Session]:
    """A session that writes: everything inside happens, or nothing. The only commit in the product."""
    if _writing.get():
        raise RuntimeError("A transaction inside a transaction would wait for itself.")
    with _in_turn():
        session = _session(engine().execution_options(writer=True))
        token = _writing.set(True)
        try:
            yield session
            session.commit()
        except BaseException:
            session.rollback()
            raise
        finally:
            session.close()
            _writing.reset(token)


@contextmanager
def _in_turn() -> Iterator[None]:
    """SQLite has one writer. Who waits for it there sleeps up to 100 ms between two looks; a thread of ours is woken instead.

    Another process may be the one that writes, so the database has the last word, also when the wait here was in vain.
    """
    mine = engine().dialect.name == "sqlite" and _one_writer.acquire(timeout=BUSY_SECONDS)
    try:
        yield
    finally:
        if mine:
            _one_writer.release()


@contextmanager
def reading() -> Iterator[Session]:
    """A session that only looks. What is changed in it is forgotten."""
    session = _session(engine())
    try:
        yield session
    finally:
        session.close()


def fold_in_log() -> None:
    """Write SQLite's log back into the database file and cut it to nothing: what was deleted is then in no file.

    Call it after the transaction that deleted. Elsewhere than on SQLite there is nothing to do.
    """
    if engine().dialect.name != "sqlite":
        return
    raw = engine().raw_connection()
    try:
        raw.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)")
    finally:
        raw.close()


def _session(bind: Engine) -> Session:
    session = GuardedSession(bind, expire_on_commit=False)
    session.info["scope"] = tenancy.scope()
    return session


def _prepare_sqlite(connection: Any, _record: object) -> None:
    connection.isolation_level = None  # We say BEGIN ourselves: the driver's own begins too late to be IMMEDIATE.
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "secure_delete=ON"):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Connection) -> None:
    # A deferred read that turns into a write fails at once when another writer is ahead; the busy timeout does not help it.
    writer = connection.get_execution_options().get("writer", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writer else "BEGIN")


__all__ = [
    "Base",
    "Row",
    "Sealed",
    "UTCDateTime",
    "Versioned",
    "connect",
    "engine",
    "fold_in_log",
    "make_engine",
    "new_id",
    "new_ids",
    "reading",
    "transaction",
]
