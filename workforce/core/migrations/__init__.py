"""The schema's history, numbered. Every step runs up and down, on SQLite and on PostgreSQL."""

from pathlib import Path

from sqlalchemy import Engine, MetaData, String, Table, inspect, select
from sqlalchemy.schema import Column

_FOLDER = Path(__file__).parent
# Where Alembic keeps the step. Read here by hand: whether anything is to be done is asked at every start, and loading Alembic takes 0.1 s and 10 MB.
_STEP = Table("alembic_version", MetaData(), Column("version_num", String(32)))


def upgrade(engine: Engine, revision: str = "head") -> None:
    """Bring the schema up to `revision`."""
    from workforce.core.migrations import steps  # Slow to load, and seldom needed.

    steps.upgrade(engine, revision)


def downgrade(engine: Engine, revision: str = "base") -> None:
    """Take the schema down to `revision`."""
    from workforce.core.migrations import steps  # Slow to load, and seldom needed.

    steps.downgrade(engine, revision)


def is_current(engine: Engine) -> bool:
    """Whether the database has every step."""
    return at(engine) == max(path.name[:4] for path in (_FOLDER / "versions").glob("[0-9]*.py"))


def at(engine: Engine) -> str | None:
    """The last step the database has seen, None for an empty one."""
    with engine.connect() as connection:
        if not inspect(connection).has_table(_STEP.name):
            return None
        found: str | None = connection.scalar(select(_STEP.c.version_num))
        return found
