"""How Alembic reaches the database: through the engine in `config.attributes`, in one transaction."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from alembic import context
from sqlalchemy import Connection, MetaData


def run() -> None:
    """Run the steps that were asked for."""
    settings: Any = context.config.attributes
    metadata: MetaData | None = settings.get("metadata")
    with settings["engine"].execution_options(writer=True).connect() as connection:
        context.configure(connection=connection, target_metadata=metadata, render_as_batch=False, compare_type=True)
        with _references_at_rest(connection), context.begin_transaction():
            context.run_migrations()
            _must_hold(connection)


@contextmanager
def _references_at_rest(connection: Connection) -> Iterator[None]:
    """SQLite changes a table by making it anew, and dropping the old one would take along what hangs on it.

    The pragma does nothing inside a transaction, so it goes to the driver before ours begins.
    """
    if connection.dialect.name != "sqlite":
        yield
        return
    driver: Any = connection.connection.driver_connection
    driver.execute("PRAGMA foreign_keys=OFF")
    try:
        yield
    finally:
        driver.execute("PRAGMA foreign_keys=ON")


def _must_hold(connection: Connection) -> None:
    """Every reference leads somewhere, or nothing of the steps is kept."""
    if connection.dialect.name == "sqlite":
        broken = connection.exec_driver_sql("PRAGMA foreign_key_check").fetchall()
        if broken:
            tables = sorted({row[0] for row in broken})
            raise RuntimeError(
                f"After the migration, references lead nowhere in {', '.join(tables)}. Nothing was changed."
            )


run()
