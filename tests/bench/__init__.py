"""Benchmarks: each measures one of our promises beside a reference of its own."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from workforce.core import db
from workforce.core.config import Settings, new_master_key
from wsgi import create_app


def environ(folder: Path, **more: str) -> dict[str, str]:
    """What an installation in `folder` reads at its start, for processes of its own."""
    return {
        "MUSTER_ENV": "test",
        "MUSTER_INSTANCE": str(folder / "instance"),
        "MUSTER_MASTER_KEYS": new_master_key(),
        "MUSTER_SECRET_KEY": "only for a benchmark, and long enough",
        **more,
    }


@contextmanager
def installation(folder: Path, said: dict[str, str] | None = None) -> Iterator[Settings]:
    """An installation of its own in `folder`, on SQLite."""
    settings = Settings.read(said or environ(folder))
    create_app(settings)
    logging.disable(logging.WARNING)
    try:
        yield settings
    finally:
        logging.disable(logging.NOTSET)
        db.connect("sqlite://")
