"""Every row that names a worker, taken over to another one and back again, with what is sealed sealed anew.

Which tables those are is asked of the tables themselves: a column that points to `workers`, or that is called worker_id, names one.
So a table that is added tomorrow moves by itself, and one in which two rows would clash without a rule for it stops the merge.
"""

import uuid
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from sqlalchemy import ForeignKeyConstraint, UniqueConstraint, Uuid, inspect, select
from sqlalchemy.orm import Session

from workforce.core import strongbox, vault
from workforce.core.db import Base, Sealed
from workforce.core.tenancy import Actor, Scoped
from workforce.models import Worker

NO_RULE = "Two records cannot be merged: no rule says what becomes of %s."
_UNTOLD = frozenset({"id", "agency_id", "version", "worker_id", "rank"})
_KINDS: dict[str, Callable[[str], Any]] = {"bytes": bytes.fromhex, "at": datetime.fromisoformat, "on": date.fromisoformat, "id": uuid.UUID}


class Asked(NamedTuple):
    """What a higher domain lets a person choose before two records are merged; since when each has its own, the kept one first."""

    name: str
    question: str
    why: str
    since: tuple[datetime, datetime]


class Reference(NamedTuple):
    """A column that names a worker."""

    model: type[Any]
    column: str

    @property
    def name(self) -> str:
        return f"{self.model.__tablename__}.{self.column}"


@cache
def references() -> tuple[Reference, ...]:
    """Every column of every table that names a worker, in the order in which tables hang on each other."""
    models = {mapper.local_table: mapper.class_ for mapper in Base.registry.mappers if issubclass(mapper.class_, Scoped)}
    return tuple(
        Reference(models[table], column.key)
        for table in Base.metadata.sorted_tables
        if table in models
        for column in table.columns
        if isinstance(column.type, Uuid) and (column.key == "worker_id" or column.key.endswith("_worker_id") or _points_at_workers(table, column.key))
    )


def table_of(model: type[Any]) -> Any:
    """What a model's table looks like: columns and constraints. Rows are only ever asked for through the model."""
    return inspect(model).local_table


def _points_at_workers(table: Any, column: str) -> bool:
    return any(
        isinstance(rule, ForeignKeyConstraint) and rule.referred_table.name == "workers" and column in rule.column_keys and column != "agency_id"
        for rule in table.constraints
    )


def clashing() -> set[str]:
    """References of whose rows only one may stand for a worker (or one for a worker and something else): each needs a rule."""
    found = set()
    for model, column in references():
        table = table_of(model)
        uniques = [{part.key for part in rule.columns} for rule in table.constraints if isinstance(rule, UniqueConstraint)]
        uniques += [{part.key for part in index.columns} for index in table.indexes if index.unique]
        if any(column in columns for columns in uniques):
            found.add(Reference(model, column).name)
    return found


Rule = Callable[["Move", list[Any]], Iterable[Any]]
"""Given the rows of who goes, settles what cannot simply move and answers the rows that can."""


@dataclass
class Move:
    """One merge under way: `gone`'s rows become `kept`'s. Everything done is noted in `record`, so that it can be taken back.

    `chosen` says from which record each field is ("kept" or "gone"); `files` are places of sealed copies to remove after the commit.
    """

    db: Session
    actor: Actor
    kept: Worker
    gone: Worker
    folder: Path
    now: datetime
    chosen: Mapping[str, str] = field(default_factory=dict)
    moved: dict[str, list[uuid.UUID]] = field(default_factory=dict)
    dropped: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    changed: list[tuple[str, uuid.UUID, dict[str, list[Any]]]] = field(default_factory=list)
    made: list[tuple[str, uuid.UUID]] = field(default_factory=list)
    files: list[str] = field(default_factory=list)

    def rows(self, model: type[Any], column: str, worker_id: uuid.UUID) -> list[Any]:
        """The rows of a table that name this worker."""
        mine = select(model).where(model.agency_id == self.actor.agency_id, getattr(model, column) == worker_id)
        return list(self.db.scalars(mine.order_by(model.id)))

    def take_all(self, rules: Mapping[str, Rule]) -> None:
        """Move every row that names `gone`. Raises RuntimeError where rows may clash and no rule is known."""
        if missing := clashing() - set(rules):
            raise RuntimeError(NO_RULE % ", ".join(sorted(missing)))
        for model, column in references():
            name = f"{model.__tablename__}.{column}"
            rows = self.rows(model, column, self.gone.id)
            for row in list(rules[name](self, rows)) if name in rules else rows:
                self.take(row, column)
            self.db.flush()

    def take(self, row: Any, column: str) -> None:
        """Let this row name `kept`."""
        self.moved.setdefault(f"{row.__tablename__}.{column}", []).append(row.id)
        hand_over(self.db, self.folder, row, column, self.kept.id, self.files)

    def change(self, row: Any, **values: Any) -> None:
        """Set columns, and note what they were. A sealed one is given in clear, by its name without `_sealed`."""
        told: dict[str, list[Any]] = {}
        for name, value in values.items():
            before = read(self.db, row, name)
            if before == value:
                continue
            told[name] = [written(before), written(value)]
            write(self.db, row, name, value)
        if told:
            self.changed.append((row.__tablename__, row.id, told))

    def drop(self, row: Any) -> None:
        """Take a row out that says nothing of its own any more, and note it whole."""
        self.dropped.append((row.__tablename__, snapshot(self.db, row)))
        self.db.delete(row)
        self.db.flush()

    def says_no_more(self, theirs: Any, mine: Any, *, untold: Iterable[str] = ()) -> bool:
        """Whether everything `theirs` says stands in `mine` already."""
        names = [name for name in columns_of(type(theirs)) if name not in _UNTOLD | set(untold)]
        return all((said := read(self.db, theirs, name)) in (None, "", False) or said == read(self.db, mine, name) for name in names)


def hand_over(db: Session, folder: Path, row: Any, column: str, worker_id: uuid.UUID, files: list[str]) -> None:
    """Let the row name another worker, with its sealed values, and its sealed file, under that one's key."""
    subject = getattr(row, "subject_id", None)
    clear = {name: read(db, row, name) for name in columns_of(type(row)) if f"{name}_sealed" in table_of(type(row)).columns}
    packed = _unpacked(db, folder, row)
    setattr(row, column, worker_id)
    if getattr(row, "subject_id", None) == subject:
        return
    vault.seal(db, row, **clear)
    if packed is not None:
        files.append(row.place)
        parcel = strongbox.put(db, folder, packed, **_bound(row))
        row.place = parcel.name
        setattr(row, _file_key(type(row)), parcel.wrapped_key)
        if "sha256" in table_of(type(row)).columns:
            row.sha256 = parcel.sha256


def _file_key(model: type[Any]) -> str:
    """The column with the key of a sealed file, "" for a table without files."""
    return next((column.key for column in table_of(model).columns if isinstance(column.type, Sealed) and not column.key.endswith("_sealed")), "")


def _unpacked(db: Session, folder: Path, row: Any) -> bytes | None:
    key = _file_key(type(row))
    if not key or getattr(row, key) is None or not row.place:
        return None
    return strongbox.get(db, folder, row.place, getattr(row, key), **_bound(row))


def _bound(row: Any) -> dict[str, Any]:
    """What the seal of a row's file is about: the copy of a paper its document and issue, any other file its own row."""
    issue = getattr(row, "document_version", None)
    about, version = (issue.document_id, issue.number) if issue is not None else (row.id, 1)
    return {"agency_id": row.agency_id, "subject_id": row.subject_id, "about": about, "version": version}


# --- one row, as text and back ----------------------------------------------------------------------------------------


def columns_of(model: type[Any]) -> list[str]:
    """The columns of a table; sealed ones by the name under which the vault knows them."""
    return [column.key.removesuffix("_sealed") for column in table_of(model).columns if not (isinstance(column.type, Sealed) and not column.key.endswith("_sealed"))]


def read(db: Session, row: Any, name: str) -> Any:
    """One value, in clear."""
    return vault.reveal(db, row, name) if f"{name}_sealed" in table_of(type(row)).columns else getattr(row, name)


def write(db: Session, row: Any, name: str, value: Any) -> None:
    """Set one value; a sealed one is given in clear."""
    if f"{name}_sealed" in table_of(type(row)).columns:
        vault.seal(db, row, **{name: value})
    else:
        setattr(row, name, value)


def snapshot(db: Session, row: Any) -> dict[str, Any]:
    """Everything a row says, in clear, as JSON takes it."""
    return {name: written(read(db, row, name)) for name in columns_of(type(row))}


def revive(db: Session, table: str, told: Mapping[str, Any]) -> Any:
    """A row as `snapshot` has it, in the session again."""
    model = next(mapper.class_ for mapper in Base.registry.mappers if mapper.local_table is Base.metadata.tables[table])
    columns = table_of(model).columns
    values = {name: unwritten(value) for name, value in told.items() if name in columns or f"{name}_sealed" in columns}
    row = model(**{name: value for name, value in values.items() if name in columns})
    vault.seal(db, row, **{name: value for name, value in values.items() if name not in columns})
    db.add(row)
    return row


def written(value: Any) -> Any:
    """A value as JSON takes it."""
    if isinstance(value, bytes):
        return {"bytes": value.hex()}
    if isinstance(value, datetime):
        return {"at": value.isoformat()}
    if isinstance(value, date):
        return {"on": value.isoformat()}
    if isinstance(value, uuid.UUID):
        return {"id": value.hex}
    return {"json": value} if isinstance(value, dict) else value


def unwritten(value: Any) -> Any:
    """The value that `written` wrote."""
    if not isinstance(value, dict):
        return value
    kind, text = next(iter(value.items()))
    return text if kind == "json" else _KINDS[kind](text)


