"""How Alembic reaches the database: through the engine in `config.attributes`, in one transaction."""

from typing import Any

from alembic import context
from sqlalchemy import MetaData


def run() -> None:
    """Run the steps that were asked for."""
    settings: Any = context.config.attributes
    metadata: MetaData | None = settings.get("metadata")
    with settings["engine"].execution_options(writer=True).connect() as connection:
        context.configure(connection=connection, target_metadata=metadata, render_as_batch=False, compare_type=True)
        with context.begin_transaction():
            context.run_migrations()


run()
