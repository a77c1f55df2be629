"""Slowing down who guesses, never locking anybody out for good.

Delays grow from one second to a minute. A device that has logged in before is counted apart: an attacker must not be able
to keep managers out during an evacuation.
"""

import hashlib
from datetime import timedelta

from sqlalchemy import delete, select

from workforce.core import clock, db
from workforce.core.errors import TooMany
from workforce.core.words import _
from workforce.models import LoginTry

FREE_TRIES = 5
SLOWEST_SECONDS = 60


def keys(*, account: str, device: str, address: str) -> list[bytes]:
    """Whom a failure counts against: the account on this device (or on any unknown one), and the address it came from."""
    network = ":".join(address.split(":")[:4]) if ":" in address else address
    names = [f"account|{account}|{device}", f"address|{network}"]
    return [hashlib.sha256(name.encode()).digest() for name in names]


def wait(tries: list[bytes]) -> None:
    """Raises TooMany while one of `tries` has to wait."""
    now = clock.now()
    with db.reading() as session:
        rows = session.scalars(select(LoginTry).where(LoginTry.key.in_(tries))).all()
    left = max((row.next_at - now).total_seconds() for row in rows) if rows else 0
    if left > 0:
        seconds = int(left) + 1
        raise TooMany(_("Too many tries. Wait %(seconds)d seconds and try again.", seconds=seconds), seconds)


def failed(tries: list[bytes]) -> None:
    """Count one more failure."""
    now = clock.now()
    with db.transaction() as session:
        for key in tries:
            row = session.get(LoginTry, key)
            if row is None:
                row = LoginTry(key=key, failures=0, next_at=now)
                session.add(row)
            row.failures += 1
            over = row.failures - FREE_TRIES
            delay = min(SLOWEST_SECONDS, 2 ** min(over, 6)) if over > 0 else 0
            row.next_at = now + timedelta(seconds=delay)


def succeeded(tries: list[bytes]) -> None:
    """Forget the account's failures; the address keeps its own, it may be guessing at others."""
    with db.transaction() as session:
        session.execute(delete(LoginTry).where(LoginTry.key == tries[0]))
