"""Whose rows these are. A session belongs to one agency from its first statement to its last.

The guard has three layers, because ORM criteria alone are not a wall: every ORM statement is narrowed to the agency;
every row written is checked before it leaves; and composite foreign keys make a cross-agency reference impossible.
"""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Protocol

from sqlalchemy import ForeignKey, ForeignKeyConstraint, UniqueConstraint, Uuid, event, inspect
from sqlalchemy.orm import Mapped, ORMExecuteState, Session, declared_attr, mapped_column, with_loader_criteria
from sqlalchemy.orm.util import LoaderCriteriaOption

from workforce.core.errors import Unscoped


class Actor(Protocol):
    """Who does it: a user, or the system on an agency's behalf."""

    @property
    def id(self) -> uuid.UUID | None: ...
    @property
    def agency_id(self) -> uuid.UUID: ...
    @property
    def role(self) -> str: ...
    @property
    def name(self) -> str: ...


@dataclass(frozen=True)
class System:
    """The clock, the delivery worker or a command, acting for one agency."""

    agency_id: uuid.UUID
    name: str = "Muster"
    role: str = "system"
    id: uuid.UUID | None = None


@dataclass(frozen=True)
class Everyone:
    """A scope that reads across agencies, with the reason beside it; it writes no agency's row."""

    why: str


Scope = uuid.UUID | Everyone | None
_scope: ContextVar[Scope] = ContextVar("scope", default=None)


class Scoped:
    """A row that belongs to exactly one agency. Its id is made by us, so that seals can bind to it before the insert."""

    @declared_attr
    def agency_id(cls) -> Mapped[uuid.UUID]:
        return mapped_column(Uuid, ForeignKey("agencies.id"))


def whole(table: str) -> UniqueConstraint:
    """The key that children of `table` point to: (agency_id, id)."""
    return UniqueConstraint("agency_id", "id", name=f"uq_{table}_agency_id_id")


def within(column: str, parent: str, *, ondelete: str | None = None) -> ForeignKeyConstraint:
    """A foreign key that cannot leave the agency: (agency_id, column) points to (agency_id, id) of `parent`."""
    return ForeignKeyConstraint(["agency_id", column], [f"{parent}.agency_id", f"{parent}.id"], ondelete=ondelete)


@contextmanager
def agency(agency_id: uuid.UUID) -> Iterator[None]:
    """Everything opened inside belongs to this agency."""
    token = _scope.set(agency_id)
    try:
        yield
    finally:
        _scope.reset(token)


@contextmanager
def across_agencies(why: str) -> Iterator[None]:
    """Look at all agencies' rows, for a reason that can be said aloud (`"log-in: the form knows no agency"`)."""
    token = _scope.set(Everyone(why))
    try:
        yield
    finally:
        _scope.reset(token)


def enter(agency_id: uuid.UUID) -> None:
    """Set the scope for the rest of this request; `leave` undoes it."""
    _scope.set(agency_id)


def leave() -> None:
    """Back to no scope at all."""
    _scope.set(None)


def scope() -> Scope:
    """The scope that a session opened now would get."""
    return _scope.get()


def current() -> uuid.UUID:
    """The agency in whose scope we are. Raises Unscoped outside one."""
    here = _scope.get()
    if not isinstance(here, uuid.UUID):
        raise Unscoped("No agency is in scope.")
    return here


def guard(session_class: type[Session]) -> None:
    """Arm a session class: what it reads is narrowed, what it writes is checked."""
    event.listen(session_class, "do_orm_execute", _narrow)
    event.listen(session_class, "before_flush", _check_rows)


def _narrow(state: ORMExecuteState) -> None:
    here: Scope = state.session.info.get("scope")
    touched = [mapper.class_ for mapper in state.all_mappers if issubclass(mapper.class_, Scoped)]
    if here is None:
        if touched:
            raise Unscoped(f"{touched[0].__name__} was asked for outside any agency.")
        return
    writes = state.is_insert or state.is_update or state.is_delete
    if isinstance(here, Everyone):
        if writes and touched:
            raise Unscoped(f"{touched[0].__name__} was written in a scope that only reads ({here.why}).")
        return
    if state.is_insert:
        _check_insert(state, here, touched)
    elif state.is_update and isinstance(state.parameters, list):
        raise Unscoped("A bulk update by primary key is not narrowed to the agency.")
    if not state.is_column_load and not state.is_relationship_load and not state.is_insert:
        state.statement = state.statement.options(_only(here))


@lru_cache(maxsize=256)
def _only(here: uuid.UUID) -> LoaderCriteriaOption:
    """The option that narrows a statement to one agency. It never changes, and building it for each statement costs a quarter of it."""
    return with_loader_criteria(Scoped, lambda cls: cls.agency_id == here, include_aliases=True)


def _check_insert(state: ORMExecuteState, here: uuid.UUID, touched: list[type[Any]]) -> None:
    if not touched:
        return
    statement: Any = state.statement
    if getattr(statement, "select", None) is not None:
        return  # INSERT … SELECT: the select names the agency itself, and the composite keys hold it to that.
    given: Any = state.parameters
    rows: list[Any] = given if isinstance(given, list) else [given] if given else []
    if not rows:
        values = {column.key: getattr(bound, "value", bound) for column, bound in (statement._values or {}).items()}
        rows = [values]
    if any(row.get("agency_id") != here for row in rows):
        raise Unscoped(f"{touched[0].__name__} would be inserted for another agency.")


def _check_rows(session: Session, _context: object, _instances: object) -> None:
    here: Scope = session.info.get("scope")
    for row in (*session.new, *session.dirty, *session.deleted):
        if not isinstance(row, Scoped) or (row in session.dirty and not session.is_modified(row)):
            continue
        if not isinstance(here, uuid.UUID) or row.agency_id != here:
            raise Unscoped(f"{type(row).__name__} of another agency was about to be written.")
        history = inspect(row).attrs["agency_id"].history
        if history.deleted and history.deleted[0] not in (None, here):
            raise Unscoped(f"{type(row).__name__} was about to change hands.")
