"""Commands about the installation itself: its database and its keys."""

import secrets

import click

from workforce.core import db, migrations
from workforce.core.commands import group
from workforce.core.config import new_master_key

database = group("db", "The database.")
keys = group("keys", "The keys that seal what is secret.")


@database.command()
def upgrade() -> None:
    """Bring the database up to this version."""
    migrations.upgrade(db.engine())
    click.echo(f"The database is at step {migrations.at(db.engine())}.")


@keys.command()
def new() -> None:
    """Print fresh keys for the environment. Keep them apart from the database and its backups."""
    click.echo(f"MUSTER_MASTER_KEYS={new_master_key()}")
    click.echo(f"MUSTER_SECRET_KEY={secrets.token_urlsafe(48)}")
