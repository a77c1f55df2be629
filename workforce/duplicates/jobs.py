"""The look for duplicates as the clock, a page and a command run it: short transactions, so that nobody waits for it."""

import uuid
from collections.abc import Callable
from datetime import datetime

from workforce.core import tenancy
from workforce.core.db import reading, transaction
from workforce.core.tenancy import Actor, System

MOST_AT_ONCE = 5000


def look(
    agency_id: uuid.UUID,
    *,
    now: datetime,
    actor: Actor | None = None,
    most: int | None = MOST_AT_ONCE,
    go_on: Callable[[], bool] = lambda: True,
) -> int:
    """Look at workers who are new or changed, at most so many; answers how many pairs are new. The rest wait for the next look.

    Broken off, it begins again at the next.
    """
    from workforce.duplicates import (
        looking,  # Only a look needs numpy, and every command about workers loads this file.
    )

    with tenancy.agency(agency_id):
        with reading() as db:
            about = looking.due(db, agency_id)[:most]
        for start in range(0, len(about), looking.BATCH):
            if not go_on():
                return 0
            with transaction() as db:
                looking.mark(db, agency_id, about[start : start + looking.BATCH])
        if not about:
            return 0
        with reading() as db:
            marks = looking.Marks(db, agency_id)
            found = looking.weighed(db, agency_id, marks, marks.pairs(about))
        with transaction() as db:
            return looking.keep(db, actor or System(agency_id), about, found, now=now)
