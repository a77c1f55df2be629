"""SAFE grows old: who said it over twelve hours ago is asked once more, by itself, as long as the incident is open.

Nobody's status changes by being asked: they "were safe" until they answer. The text is a safety check, so it leaves at any hour.
"""

import uuid
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, insert, select, update
from sqlalchemy.orm import Session

from messaging.incidents import board, incidents, log, sending, wording
from messaging.models import Incident, Message, Person, Question
from messaging.outbox import outbox
from workforce.core import audit
from workforce.core.db import new_id
from workforce.core.tenancy import Actor
from workforce.models import Worker

BATCH = 500
TEMPLATE = "safety_check"
# A phone may be off overnight, and the text says at what time it was asked.
VALID = timedelta(seconds=sending.LONGEST_VALID_SECONDS)


def has_work(db: Session, incident: Incident, *, now: datetime) -> bool:
    """Whether anybody's SAFE has grown old and not been asked about."""
    return db.scalar(select(Person.id).join(Person.worker).where(_old(incident, now)).limit(1)) is not None


def ask(db: Session, actor: Actor, incident: Incident, *, now: datetime) -> int:
    """Queue one safety check for up to BATCH people whose SAFE is old. How many were found; fewer than BATCH: all are done."""
    log.one_at_a_time(db, actor)
    found = db.execute(
        select(Person.status_at, Worker)
        .join(Person.worker)
        .where(_old(incident, now))
        .order_by(Person.status_at, Worker.id)
        .limit(BATCH)
    ).all()
    occasions = {f"{_prefix(incident)}{worker.id}:{status_at.isoformat()}": worker for status_at, worker in found}
    # The database refuses a second text for the same SAFE; to ask first spares the whole batch.
    known = set(
        db.scalars(
            select(Message.occasion).where(Message.agency_id == actor.agency_id, Message.occasion.in_(list(occasions)))
        )
    )
    new = {occasion: worker for occasion, worker in occasions.items() if occasion not in known}
    if not new:
        return 0
    ids = outbox.queue_many(db, actor, _texts(db, actor, incident, new, now))
    workers = list(new.values())
    stopped = set(
        db.scalars(
            select(Message.id).where(
                Message.agency_id == actor.agency_id, Message.id.in_(ids), Message.state == "suppressed"
            )
        )
    )
    asked = {
        worker.id: message_id for worker, message_id in zip(workers, ids, strict=True) if message_id not in stopped
    }
    if asked:
        db.execute(
            insert(Question),
            [_question(incident, worker_id, message_id, now) for worker_id, message_id in asked.items()],
        )
        mine = (
            Person.agency_id == incident.agency_id,
            Person.incident_id == incident.id,
            Person.worker_id.in_(list(asked)),
        )
        again = update(Person).where(*mine).values(asked_at=now, asked_times=Person.asked_times + 1)
        db.execute(again.execution_options(synchronize_session=False))
    audit.record(
        db, actor, "board.ask_again", incident, incident=incident.code, people=len(asked), left_out=len(stopped)
    )
    if asked:
        log.line(db, actor, incident, "asked_again", at=now, people=len(asked))
    return len(found)


def _old(incident: Incident, now: datetime) -> ColumnElement[bool]:
    since = exists().where(
        Message.agency_id == Person.agency_id, Message.worker_id == Person.worker_id, Message.queued_at >= Person.status_at,
        Message.occasion.startswith(_prefix(incident)),
    )  # fmt: skip
    return and_(
        Person.agency_id == incident.agency_id, Person.incident_id == incident.id, Person.status == "SAFE", Person.status_at < now - board.OLD_SAFE,
        Worker.archived_at.is_(None), ~since,
    )  # fmt: skip


def _prefix(incident: Incident) -> str:
    return f"again:{incident.id}:"


def _texts(
    db: Session, actor: Actor, incident: Incident, new: dict[str, Worker], now: datetime
) -> list[dict[str, Any]]:
    bodies = wording.written(db, actor, incident, TEMPLATE, wording.facts_for(db, actor, incident), old_stamp="")
    # The number is that of the newest text to all: this one takes back nothing of it.
    mark = f"{incident.code}/{incident.sequence} {incidents.local_time(incident, now)}"
    rows = []
    for occasion, worker in new.items():
        language = wording.language_of(worker.language)
        rows.append({
            "worker_id": worker.id, "body": wording.stamped(bodies[language], mark), "language": language, "purpose": "safety",
            "occasion": occasion, "incident_id": incident.id, "valid_until": now + VALID,
        })  # fmt: skip
    return rows


def _question(incident: Incident, worker_id: uuid.UUID, message_id: uuid.UUID, now: datetime) -> dict[str, Any]:
    return {
        "id": new_id(), "agency_id": incident.agency_id, "worker_id": worker_id, "kind": "safety", "incident_id": incident.id,
        "message_id": message_id, "detail": {}, "asked_at": now, "expires_at": now + sending.ANSWERABLE,
    }  # fmt: skip
