"""Benchmarks: each measures one of our promises beside a reference of its own."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from workforce.core import db
from workforce.core.config import Settings, new_master_key
from wsgi import create_app


@contextmanager
def installation(folder: Path) -> Iterator[Settings]:
    """An installation of its own in `folder`, on SQLite."""
    settings = Settings.read(
        {
            "MUSTER_ENV": "test",
            "MUSTER_INSTANCE": str(folder / "instance"),
            "MUSTER_MASTER_KEYS": new_master_key(),
            "MUSTER_SECRET_KEY": "only for a benchmark, and long enough",
        }
    )
    create_app(settings)
    logging.disable(logging.WARNING)
    try:
        yield settings
    finally:
        logging.disable(logging.NOTSET)
        db.connect("sqlite://")
