"""What the clock runs, and a command by hand: the notices of one agency."""

import uuid
from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime

import structlog

from messaging.notices import expiry, texting
from messaging.notices.expiry import Outcome
from workforce.core import clock, tenancy
from workforce.core.db import reading, transaction

log = structlog.get_logger()


def run(
    agency_id: uuid.UUID,
    *,
    now: datetime | None = None,
    today: date | None = None,
    thorough: bool = False,
    go_on: Callable[[], bool] = lambda: True,
) -> Outcome:
    """Make the agency's due notices and queue their texts, a batch a commit. Stops between batches when `go_on` says so.

    What is left then, or after a crash, is due still, and the next run texts it.
    """
    now = now or clock.now()
    actor = tenancy.System(agency_id)
    with tenancy.agency(agency_id):
        if not thorough and today is None:
            with reading() as db:
                if not expiry.has_work(db, actor, now=now):
                    return Outcome()
        with transaction() as db:
            made = expiry.make(db, actor, now=now, today=today, thorough=thorough)
        suppressed = 0
        while go_on():
            with transaction() as db:
                seen, refused = texting.queue_due(db, actor, now=now, today=today)
            suppressed += refused
            if not seen:
                break
    outcome = replace(made, suppressed=suppressed)
    if made.created:
        log.info("notices_made", agency_id=str(agency_id), created=made.created, late=made.late, suppressed=suppressed)
    return outcome
