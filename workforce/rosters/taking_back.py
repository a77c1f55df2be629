"""An import is taken back: a few hundred workers a transaction, so that others can write in between, and a kill loses nothing.

As `carrying.py` does on the way in: the import's row says how far it is and who is at it, in the same transaction as the
workers. Each is taken back whole. Whoever finds it broken off takes it up: the next command, the page, the clock.
"""

import uuid
from pathlib import Path

import structlog
from sqlalchemy.orm import Session

from workforce.core.db import reading, transaction
from workforce.core.loading import ready_for_many
from workforce.core.tenancy import Actor
from workforce.rosters import imports, undoing
from workforce.rosters.carrying import Pace, Teller, in_hand
from workforce.rosters.undoing import Undone

log = structlog.get_logger()


def start(db: Session, actor: Actor, import_id: uuid.UUID) -> int:
    """Begin to take an import back, or take it up where it broke off. Gives how many workers it made or changed.

    Raises NotFound; Conflict when it cannot be undone, or somebody is at it.
    """
    roster = imports.get(db, actor, import_id)
    if roster.state != "undoing":
        return undoing.begin(db, actor, import_id)
    return int(undoing.told(imports.take_over(db, actor, import_id))["total"])


def carry_out(
    actor: Actor, folder: Path, import_id: uuid.UUID, *, tell: Teller | None = None, gentle: bool = False
) -> Undone:
    """Take back what `start` gave to this process; `tell` hears how many workers are done.

    Raises Conflict when another process has taken it over; after any error it is free to be taken up again.
    """
    return in_hand(actor, import_id, lambda pace: _through(actor, folder, import_id, tell, pace), gentle=gentle)


def _through(actor: Actor, folder: Path, import_id: uuid.UUID, tell: Teller | None, pace: Pace) -> Undone:
    with reading() as db:
        versions, made = undoing.left_behind(db, actor, import_id)
        cursor = undoing.told(imports.get(db, actor, import_id))["cursor"]
    ids = sorted(one for one in versions if one.hex > cursor)
    while ids:
        now, ids = ids[: pace.rows], ids[pace.rows :]
        with pace.held(), transaction() as db:
            imports.still_mine(db, actor, import_id)
            ready_for_many(db, alone=not pace.gentle)
            done = undoing.batch(db, actor, import_id, {one: versions[one] for one in now}, made)
        if tell:
            tell(done)
    with transaction() as db:
        imports.still_mine(db, actor, import_id)
        old = undoing.conclude(db, actor, import_id)
    imports.forget(folder, old)
    with reading() as db:
        return undoing.outcome(db, actor, import_id)
