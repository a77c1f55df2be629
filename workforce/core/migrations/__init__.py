"""The schema's history, numbered. Every step runs up and down, on SQLite and on PostgreSQL."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine


def config(engine: Engine) -> Config:
    """Alembic's settings, with our engine in hand instead of an address in a file."""
    made = Config()
    made.set_main_option("script_location", str(Path(__file__).parent))
    made.attributes["engine"] = engine
    return made


def upgrade(engine: Engine, revision: str = "head") -> None:
    """Bring the schema up to `revision`."""
    command.upgrade(config(engine), revision)


def downgrade(engine: Engine, revision: str = "base") -> None:
    """Take the schema down to `revision`."""
    command.downgrade(config(engine), revision)


def is_current(engine: Engine) -> bool:
    """Whether the database has every step."""
    return at(engine) == ScriptDirectory.from_config(config(engine)).get_current_head()


def at(engine: Engine) -> str | None:
    """The last step the database has seen, None for an empty one."""
    with engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision()
