"""Recall: a prewritten correction, at once, to exactly those whom a wrong text has reached or may have reached.

It needs no second person: a wrong evacuation must be called back within seconds, the words are not typed, and the people are not
chosen. Everybody is told of it, and somebody else reviews it within a day, as of any text that one person sends alone.
"""

import hashlib
import json
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, func, insert, or_, select, update
from sqlalchemy.orm import Session

from messaging.incidents import approvals, log, sending, wording
from messaging.incidents.rights import is_open, may_write
from messaging.models import Approval, Broadcast, Incident, Message, Question, Recipient
from messaging.outbox import outbox
from workforce.core import audit
from workforce.core.db import new_id
from workforce.core.errors import Conflict
from workforce.core.tenancy import Actor
from workforce.core.words import _, _n

TEMPLATE = "recall"
SENT = ("sending", "paused", "done", "cancelled")
IN_DOUBT = ("submitting", "unknown")


@dataclass(frozen=True)
class Plan:
    """What a recall would do: the texts as they would leave, by language, to how many; and how many texts stay here."""

    texts: list[tuple[str, str, str, int]]
    people: int
    in_doubt: int
    waiting: int


def plan(db: Session, actor: Actor, incident: Incident, broadcast: Broadcast, *, now: datetime) -> Plan:
    """Look before it leaves. Raises Conflict where there is nothing to recall."""
    may_write(actor)
    _can_be_recalled(broadcast)
    reached = _reached(db, broadcast)
    bodies = _bodies(db, actor, incident, broadcast)
    mark = wording.stamp(incident, _next(db, actor, incident, broadcast, now), now)
    number: dict[str, int] = {}
    for one in reached:
        number[one.language] = number.get(one.language, 0) + 1
    texts = [
        (*wording.LANGUAGES.get(language, (language, "ltr")), wording.stamped(bodies[language], mark), people)
        for language, people in sorted(number.items(), key=lambda one: (-one[1], one[0]))
    ]
    return Plan(texts, len(reached), sum(one.state in IN_DOUBT for one in reached), _waiting(db, broadcast))


def send(
    db: Session, actor: Actor, incident: Incident, broadcast_id: uuid.UUID, *, now: datetime
) -> tuple[Broadcast | None, int]:
    """Call back what has not left, and correct what has: (the correction, or None where nobody had it; texts that stayed here).

    Raises NotAllowed, and Conflict when it was never sent or has been recalled already.
    """
    may_write(actor)
    is_open(incident)
    wrong = approvals.locked(db, incident, broadcast_id)
    _can_be_recalled(wrong)
    stayed = outbox.cancel(db, wrong)
    wrong.state, wrong.done_at = "recalled", wrong.done_at or now
    reached = _reached(db, wrong)
    audit.record(db, actor, "broadcast.recall", wrong, incident=incident.code, sequence=wrong.sequence, people=len(reached), stayed=stayed)  # fmt: skip
    log.line(db, actor, incident, "text_recalled", at=now, sequence=wrong.sequence, people=len(reached))
    if not reached:
        return None, stayed
    log.one_at_a_time(db, actor)
    made = _next(db, actor, incident, wrong, now)
    made.bodies = _bodies(db, actor, incident, wrong)
    made.recipients_count = len(reached)
    db.add(made)
    db.flush()
    _queue(db, actor, incident, made, reached, now)
    db.add(Approval(
        id=new_id(), agency_id=made.agency_id, broadcast_id=made.id, kind="recall", state="sent", seal=_seal(made, reached), people=len(reached),
        asked_by=actor.id, asked_at=now, until_at=now, decided_at=now,
    ))  # fmt: skip
    db.flush()
    audit.record(db, actor, "broadcast.send", made, incident=incident.code, sequence=made.sequence, people=len(reached), replaces=wrong.sequence)  # fmt: skip
    return made, stayed


def told(people: int, stayed: int) -> str:
    """What to say to who has recalled it."""
    corrected = _n("%(num)d person is told not to follow it", "%(num)d people are told not to follow it", people)
    return _("Recalled: %(told)s, %(stayed)s texts had not left.", told=corrected, stayed=stayed)


def is_recallable(broadcast: Broadcast) -> bool:
    """Whether the page offers it."""
    return broadcast.state in SENT and broadcast.purpose != "recall"


def _can_be_recalled(broadcast: Broadcast) -> None:
    if broadcast.state == "recalled":
        raise Conflict(_("Text %(number)s has been recalled already.", number=broadcast.sequence))
    if not is_recallable(broadcast):
        raise Conflict(_("Text %(number)s has not been sent, or is itself a recall.", number=broadcast.sequence))


def _next(db: Session, actor: Actor, incident: Incident, wrong: Broadcast, now: datetime) -> Broadcast:
    newest = db.scalar(
        select(func.max(Broadcast.sequence)).where(
            Broadcast.agency_id == actor.agency_id, Broadcast.incident_id == incident.id
        )
    )
    return Broadcast(
        id=new_id(), agency_id=actor.agency_id, incident_id=incident.id, sequence=(newest or 0) + 1, purpose="recall", template=TEMPLATE, bodies={},
        audience={"facts": wrong.audience.get("facts") or {}}, author_id=actor.id, sent_by=actor.id, created_at=now, sending_at=now, state="sending",
        replaces=wrong.sequence, valid_seconds=900,
    )  # fmt: skip


def _bodies(db: Session, actor: Actor, incident: Incident, wrong: Broadcast) -> dict[str, str]:
    old = wording.stamp(incident, wrong, wrong.sending_at or wrong.created_at)
    return wording.written(db, actor, incident, TEMPLATE, wrong.audience.get("facts") or {}, old_stamp=old)


def _reached(db: Session, broadcast: Broadcast) -> Sequence[Any]:
    """(worker, phone, language, state) of each text that the provider took, or may have taken."""
    mine = select(Message.worker_id, Message.phone_id, Message.language, Message.state).where(_taken(broadcast))
    return db.execute(mine.order_by(Message.queued_at, Message.id)).all()


def _taken(broadcast: Broadcast) -> ColumnElement[bool]:
    return and_(
        Message.agency_id == broadcast.agency_id,
        Message.broadcast_id == broadcast.id,
        Message.direction == "out",
        Message.worker_id.is_not(None),
        or_(Message.accepted_at.is_not(None), Message.state.in_(IN_DOUBT)),
    )


def _waiting(db: Session, broadcast: Broadcast) -> int:
    here = select(func.count()).where(
        Message.agency_id == broadcast.agency_id,
        Message.broadcast_id == broadcast.id,
        Message.state.in_(("queued", "claimed")),
    )
    return db.scalar(here) or 0


def _queue(
    db: Session, actor: Actor, incident: Incident, made: Broadcast, reached: Sequence[Any], now: datetime
) -> None:
    mark = wording.stamp(incident, made, now)
    leaving = {language: wording.stamped(body, mark) for language, body in made.bodies.items()}
    rows = [
        {
            "worker_id": one.worker_id, "phone_id": one.phone_id, "body": leaving[one.language], "language": one.language, "purpose": "recall",
            "occasion": f"broadcast:{made.id}:{one.worker_id}", "incident_id": incident.id, "broadcast_id": made.id,
            "valid_until": now + timedelta(seconds=made.valid_seconds),
        }
        for one in reached
    ]  # fmt: skip
    ids = outbox.queue_many(db, actor, rows)
    people = [one.worker_id for one in reached]
    db.execute(insert(Recipient), [
        {"id": new_id(), "agency_id": made.agency_id, "broadcast_id": made.id, "worker_id": one.worker_id, "phone_id": one.phone_id, "language": one.language}
        for one in reached
    ])  # fmt: skip
    db.execute(insert(Question), [sending.question(incident, *pair, now) for pair in zip(people, ids, strict=True)])
    sending.note_asked(db, incident, people, now)
    db.execute(
        update(Incident)
        .where(Incident.id == incident.id, Incident.agency_id == incident.agency_id)
        .values(sequence=made.sequence)
    )


def _seal(made: Broadcast, reached: Sequence[Any]) -> bytes:
    facts = [made.bodies, sorted(str(one.worker_id) for one in reached), made.sequence]
    return hashlib.sha256(json.dumps(facts, sort_keys=True, ensure_ascii=False).encode()).digest()
