"""What the clock runs in a crisis, for one agency: paging, asking again, sending what one person sends alone, noting that a text has left."""

import uuid
from collections.abc import Callable
from datetime import datetime

import structlog

from messaging import telling
from messaging.incidents import (
    approval_news,
    approvals,
    asking_again,
    chasing,
    incidents,
    paging,
    sending,
    steering,
    strangers,
    tallies,
    where,
)
from messaging.incidents import log as crisis_log
from messaging.outbox import worker as delivery_worker
from workforce.core import tenancy
from workforce.core.db import reading, transaction

GoOn = Callable[[], bool]
log = structlog.get_logger()


def page(agency_id: uuid.UUID, *, now: datetime) -> int:
    """Tell and page whoever is due; how many letters went to the mail server, after the commit."""
    actor = tenancy.System(agency_id)
    with tenancy.agency(agency_id):
        with reading() as db:
            if not paging.has_work(db, actor, now=now) and not strangers.has_work(db, actor):
                return 0
        with transaction() as db:
            due = [*paging.run(db, actor, now=now), *strangers.run(db, actor, now=now)]
            letters = telling.addressed(db, actor, due)
    telling.post(letters)
    return len(letters)


def ask_again(agency_id: uuid.UUID, *, now: datetime, go_on: GoOn = lambda: True) -> int:
    """Ask everybody again whose SAFE is old, a batch a commit. How many were looked at."""
    actor, total = tenancy.System(agency_id), 0
    with tenancy.agency(agency_id):
        with reading() as db:
            wanted = [one.id for one in incidents.open_ones(db, actor) if asking_again.has_work(db, one, now=now)]
        for incident_id in wanted:
            seen = asking_again.BATCH
            while seen == asking_again.BATCH and go_on():
                with transaction() as db:
                    incident = incidents.get(db, actor, incident_id)
                    seen = asking_again.ask(db, actor, incident, now=now) if incident.closed_at is None else 0
                total += seen
    if total:
        delivery_worker.wake()
        log.info("asked_again", agency_id=str(agency_id), people=total)
    return total


def finish_texts(agency_id: uuid.UUID, *, now: datetime) -> int:
    """Mark texts to many as done whose last one has left. How many."""
    actor = tenancy.System(agency_id)
    with tenancy.agency(agency_id):
        with reading() as db:
            if not steering.somebody_finished(db, actor):
                return 0
        with transaction() as db:
            return steering.finish(db, actor, at=now)


def leave_alone(agency_id: uuid.UUID, *, now: datetime) -> int:
    """Send what one person broke the glass for a minute ago, lapse what nobody approved, tell whom it concerns. How many moved."""
    actor = tenancy.System(agency_id)
    with tenancy.agency(agency_id):
        with reading() as db:
            if not approvals.due(db, actor, now=now) and not approval_news.has_work(db, actor, now=now):
                return 0
        sent = 0
        with transaction() as db:
            crisis_log.one_at_a_time(db, actor)
            for approval, broadcast, incident in approvals.due(db, actor, now=now):
                if approval.state == "counting":
                    sent += sending.send_alone(db, actor, incident, approval, now=now) is not None
                else:
                    approvals.lapse(db, actor, incident, broadcast, now=now)
            letters = telling.addressed(db, actor, approval_news.tell(db, actor, now=now))
    if sent:
        delivery_worker.wake()
        log.info("sent_alone", agency_id=str(agency_id), texts=sent)
    telling.post(letters)
    return sent + len(letters)


def fold_counts(agency_id: uuid.UUID, *, go_on: GoOn = lambda: True) -> int:
    """Put together what many answers have added to the counts of the boards, a batch a commit. How many lines went."""
    actor, total = tenancy.System(agency_id), 0
    with tenancy.agency(agency_id):
        while go_on():
            with reading() as db:
                if not tallies.has_lines_to_fold(db, actor):
                    break
            with transaction() as db:
                folded = tallies.fold(db, actor)
            total += folded
            if not folded:  # Somebody else is at it.
                break
    return total


def work_out_where(agency_id: uuid.UUID, *, now: datetime, go_on: GoOn = lambda: True) -> int:
    """Work out, a little at a time, where the people of big boards are. How many were looked at."""
    with tenancy.agency(agency_id):
        return where.work_out_big(tenancy.System(agency_id), now=now, go_on=go_on)


def chase(agency_id: uuid.UUID, *, now: datetime, go_on: GoOn = lambda: True) -> int:
    """Climb the ladder for everybody who is silent, a batch a commit. How many people were looked at."""
    actor, total = tenancy.System(agency_id), 0
    with tenancy.agency(agency_id):
        with reading() as db:
            wanted = [one.id for one in incidents.open_ones(db, actor) if chasing.has_work(db, one, now=now)]
        for incident_id in wanted:
            seen = chasing.BATCH
            while seen == chasing.BATCH and go_on():
                with transaction() as db:
                    incident = incidents.get(db, actor, incident_id)
                    seen = chasing.climb(db, actor, incident, now=now) if incident.closed_at is None else 0
                total += seen
    if total:
        delivery_worker.wake()
    return total
