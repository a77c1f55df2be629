"""Many rows of one table at once: the one way past SQLAlchemy's row-by-row work, for imports of a hundred thousand people.

SQLAlchemy needs some 25 µs a row to gather and convert values; a column at a time takes 3 µs, and PostgreSQL takes a COPY
several times faster than inserts. The guard of tenancy is not passed by: every row must be the session's own agency's.
"""

import json
import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from itertools import chain, repeat
from operator import attrgetter
from typing import Any, NamedTuple

from sqlalchemy import JSON, Boolean, Connection, Date, Dialect, LargeBinary, Table, Uuid
from sqlalchemy.orm import Session

from workforce.core.db import Base
from workforce.core.errors import Unscoped
from workforce.core.tenancy import Scoped

Converter = Callable[[Any], Any] | None
_hex = attrgetter("hex")
_CACHE_KB, _LOG_PAGES = 10_000, 16_000
_AT_ONCE = 50


class _Prepared(NamedTuple):
    """A table's insert for one set of columns; `missing` makes the values that a row leaves to the model's defaults."""

    statement: str
    converters: tuple[Converter, ...]
    missing: tuple[Callable[[Any], Any], ...]


def insert_rows(db: Session, model: type[Base], rows: Sequence[Mapping[str, Any]], **same: Any) -> None:
    """Insert `rows`, all with the same columns, past the session: what it holds unflushed is not written before them.

    `same` are the columns that are alike in every row. Raises Unscoped for a row of another agency than the session's.
    """
    if not rows:
        return
    names = tuple(rows[0])
    if issubclass(model, Scoped):
        here = db.info.get("scope")
        theirs = [same["agency_id"]] if "agency_id" in same else [row["agency_id"] for row in rows]
        if not isinstance(here, uuid.UUID) or any(one is not here and one != here for one in theirs):
            raise Unscoped(f"{model.__name__} would be inserted for another agency.")
    connection = db.connection()
    prepared = _prepare(model.__table__, (*names, *same), connection.dialect)
    columns: list[Iterable[Any]] = [_converted([row[name] for row in rows], prepared.converters[at]) for at, name in enumerate(names)]
    for at, value in enumerate(same.values(), start=len(names)):
        columns.append(repeat(_converted([value], prepared.converters[at])[0], len(rows)))
    for convert, make in zip(prepared.converters[len(columns) :], prepared.missing, strict=True):
        columns.append(_converted([make(None) for _row in rows], convert))
    if connection.dialect.name == "postgresql":
        _copy(connection, prepared.statement, zip(*columns, strict=True))
    else:
        _insert_sqlite(connection, prepared.statement, list(zip(*columns, strict=True)))


def _insert_sqlite(connection: Connection, statement: str, rows: list[tuple[Any, ...]]) -> None:
    """Several rows a statement: where a table has triggers, SQLite copies each page that a statement touches, 20 µs for a row alone."""
    whole = len(rows) - len(rows) % _AT_ONCE
    if whole:
        marks = statement.rpartition(" VALUES ")[2]
        many = [tuple(chain.from_iterable(rows[at : at + _AT_ONCE])) for at in range(0, whole, _AT_ONCE)]
        connection.exec_driver_sql(f"{statement}, {', '.join([marks] * (_AT_ONCE - 1))}", many)
    if whole < len(rows):
        connection.exec_driver_sql(statement, rows[whole:])


def update_rows(db: Session, model: type[Base], rows: Sequence[Mapping[str, Any]]) -> None:
    """Give rows values of their own, each found by its `id`; all of `rows` name the same columns.

    Only rows of the session's agency are found: another's stays as it is. Raises Unscoped outside an agency.
    """
    if not rows:
        return
    names = tuple(name for name in rows[0] if name != "id")
    columns = [[row[name] for row in rows] for name in (*names, "id")]
    here = db.info.get("scope")
    if not isinstance(here, uuid.UUID):
        raise Unscoped(f"{model.__name__} would be changed outside any agency.")
    connection = db.connection()
    statement, converters = _prepare_update(model.__table__, names, connection.dialect)
    columns.insert(-1, [here] * len(rows))
    values = [_converted(column, convert) for column, convert in zip(columns, converters, strict=True)]
    connection.exec_driver_sql(statement, list(zip(*values, strict=True)))


def find_rows(
    db: Session, model: type[Base], names: tuple[str, ...], key: str, values: Sequence[Any], *, lock: bool = False
) -> list[tuple[Any, ...]]:
    """The columns `names` of the rows whose `key` is one of `values`, as plain tuples in the order of their ids.

    Only rows of the session's agency are found; of all agencies only in a scope that looks across them. What the session holds
    unflushed is not seen. `lock` keeps the rows for this transaction where the database can. Raises Unscoped outside any agency.
    """
    here = db.info.get("scope")
    if here is None and issubclass(model, Scoped):
        raise Unscoped(f"{model.__name__} was asked for outside any agency.")
    if not values:
        return []
    mine = isinstance(here, uuid.UUID) and issubclass(model, Scoped)
    connection = db.connection()
    postgresql = connection.dialect.name == "postgresql"
    marks = 1 if postgresql else len(values)
    found = _prepare_find(model.__table__, names, key, marks, connection.dialect, mine=mine, lock=lock)
    among = _converted(list(values), found.of_key)
    parameters = ([among] if postgresql else among) + (_converted([here], found.of_agency) if mine else [])
    rows = connection.exec_driver_sql(found.statement, tuple(parameters)).fetchall()
    columns = [_converted(list(column), found.results[at]) for at, column in enumerate(zip(*rows, strict=True))]
    return list(zip(*columns, strict=True))


class _Found(NamedTuple):
    """A table's select by a list of keys, and how its values go there and back."""

    statement: str
    of_key: Converter
    of_agency: Converter
    results: tuple[Converter, ...]


@lru_cache(maxsize=512)
def _prepare_find(
    table: Table, names: tuple[str, ...], key: str, marks: int, dialect: Dialect, *, mine: bool, lock: bool
) -> _Found:
    quote, postgresql = dialect.identifier_preparer.quote, dialect.name == "postgresql"
    among = "= ANY(%s)" if postgresql else f"IN ({', '.join(['?'] * marks)})"
    where = f"{quote(key)} {among}" + (f" AND agency_id = {'%s' if postgresql else '?'}" if mine else "")
    held = " FOR UPDATE" if lock and postgresql else ""
    return _Found(
        f"SELECT {', '.join(map(quote, names))} FROM {quote(table.name)} WHERE {where} ORDER BY id{held}",  # noqa: S608  Names of our own tables and columns only.
        _converter(table.c[key].type, dialect),
        _converter(table.c.agency_id.type, dialect) if mine else None,
        tuple(table.c[name].type.dialect_impl(dialect).result_processor(dialect, None) for name in names),
    )


@lru_cache(maxsize=256)
def _prepare_update(table: Table, names: tuple[str, ...], dialect: Dialect) -> tuple[str, tuple[Converter, ...]]:
    quote, mark = dialect.identifier_preparer.quote, "%s" if dialect.name == "postgresql" else "?"
    values = ", ".join(f"{quote(name)} = {mark}" for name in names)
    statement = f"UPDATE {quote(table.name)} SET {values} WHERE agency_id = {mark} AND id = {mark}"  # noqa: S608  Names of our own tables and columns only.
    return statement, tuple(_converter(table.c[name].type, dialect) for name in (*names, "agency_id", "id"))


def _converted(column: list[Any], convert: Converter) -> list[Any]:
    if convert is None:
        return column
    first = column[0]
    if all(value is first for value in column):  # A moment that all rows share, for instance.
        return [None if first is None else convert(first)] * len(column)
    return [None if value is None else convert(value) for value in column]


def _copy(connection: Connection, statement: str, rows: Iterable[tuple[Any, ...]]) -> None:
    driver: Any = connection.connection.dbapi_connection
    with driver.cursor() as cursor, cursor.copy(statement) as copy:
        for row in rows:
            copy.write_row(row)


@lru_cache(maxsize=256)
def _prepare(table: Table, names: tuple[str, ...], dialect: Dialect) -> _Prepared:
    defaults = {
        column.name: column.default for column in table.c if column.default is not None and column.name not in names
    }
    every = (*names, *defaults)
    quote = dialect.identifier_preparer.quote
    listed = f"{quote(table.name)} ({', '.join(map(quote, every))})"
    marks = ", ".join("?" for _name in every)
    postgresql = dialect.name == "postgresql"
    return _Prepared(
        f"COPY {listed} FROM STDIN" if postgresql else f"INSERT INTO {listed} VALUES ({marks})",  # noqa: S608  Names of our own tables and columns only.
        tuple(_converter(table.c[name].type, dialect) for name in every),
        tuple(_maker(default) for default in defaults.values()),
    )


def _maker(default: Any) -> Callable[[Any], Any]:
    if default.is_callable:
        make: Callable[[Any], Any] = default.arg
        return make
    return lambda _context: default.arg


def _converter(kind: Any, dialect: Dialect) -> Converter:
    """How the driver wants a value. What it takes as it is goes unconverted: SQLAlchemy would call a function for each."""
    if isinstance(kind, JSON):
        return json.dumps
    native = (LargeBinary, Boolean)
    if isinstance(kind, native) or isinstance(getattr(kind, "impl_instance", None), native):
        return None
    if dialect.name != "postgresql" and isinstance(kind, Uuid):
        return _hex
    if dialect.name != "postgresql" and isinstance(kind, Date):
        return lambda day: day.isoformat()
    convert: Converter = kind.dialect_impl(dialect).bind_processor(dialect)
    return convert


def ready_for_many(db: Session, *, alone: bool) -> None:
    """Let the session's connection write many rows quickly. `alone`: nothing else uses this process, so memory and disk may be spent.

    SQLite would read the leaves of its indexes again and again, and fold its log in after every batch, the same pages each time.
    PostgreSQL needs nothing but `refresh_statistics` now and then, which also makes it forget the plans for its foreign keys that
    it made while the tables were small. Planning each of them afresh took as long as all else that it did.
    """
    connection = db.connection()
    if alone and connection.dialect.name != "postgresql":
        for pragma in (f"cache_size=-{_CACHE_KB}", f"wal_autocheckpoint={_LOG_PAGES}"):
            connection.exec_driver_sql(f"PRAGMA {pragma}")


def refresh_statistics(db: Session, *models: type[Base]) -> None:
    """Let PostgreSQL count what these tables hold, so that it plans by it. Elsewhere there is nothing to do."""
    connection = db.connection()
    if connection.dialect.name == "postgresql":
        quote = connection.dialect.identifier_preparer.quote
        connection.exec_driver_sql("ANALYZE " + ", ".join(quote(model.__tablename__) for model in models))
