"""Leaving: one text for each recipient, queued in one transaction with the questions and what the board then says."""

import uuid
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import insert, update
from sqlalchemy.orm import Session

from messaging.incidents import approvals, board, log, preview, wording
from messaging.incidents.audience import Placed
from messaging.incidents.preview import Preview
from messaging.incidents.rights import is_open, may_write
from messaging.models import Approval, Broadcast, Incident, Person, Question, Recipient
from messaging.outbox import outbox
from workforce.core import audit
from workforce.core.db import new_id
from workforce.core.tenancy import Actor

ANSWERABLE = timedelta(hours=24)
SHORTEST_VALID_SECONDS, LONGEST_VALID_SECONDS = 60, 36_000


def send(
    db: Session,
    actor: Actor,
    incident: Incident,
    broadcast_id: uuid.UUID,
    *,
    typed: str | None,
    seen: bytes,
    now: datetime,
) -> Broadcast:
    """Queue one text for each recipient, in this one transaction.

    `typed` is the count that the person typed (None from a script), `seen` the seal of the preview they looked at. Raises NotAllowed; Invalid when the
    count is not that of the people; Conflict when it has been sent, or when texts, people or sender have changed since.
    """
    may_write(actor)
    is_open(incident)
    draft = approvals.locked(db, incident, broadcast_id)
    found = approvals.checked(db, actor, incident, draft, seen=seen, now=now)
    approvals.counted(typed, found)
    approval = approvals.passed(db, draft, found, now=now)
    if approval is None and draft.state != "draft":  # Fewer people since: nobody is needed any more, and nobody waits.
        approvals.reopen(db, actor, draft)
    if approval is not None:
        approvals.note_sent(db, approval, now=now)
    _queue(db, actor, incident, draft, found, now)
    return draft


def send_alone(db: Session, actor: Actor, incident: Incident, approval: Approval, *, now: datetime) -> Broadcast | None:
    """The minute after the glass was broken is over: what was shown then leaves, to those of them who may be texted still.

    Opting out in that minute takes somebody off the list; nothing else holds it up. None where it was stopped, or nobody is left.
    """
    draft = approvals.locked(db, incident, approval.broadcast_id)
    if approval.state != "counting" or draft.state != "counting" or now < approval.until_at:
        return None
    found = preview.of(db, actor, incident, draft, now=now, part_price_usd=0, anew=False)
    if not found.recipients or incident.closed_at is not None:
        approval.state = "void"
        approvals.thaw(draft)
        db.flush()
        audit.record(db, actor, "broadcast.void", draft, incident=incident.code, sequence=draft.sequence)
        log.line(db, actor, incident, "glass_void", at=now, sequence=draft.sequence)
        return None
    approvals.note_sent(db, approval, now=now)
    _queue(db, actor, incident, draft, found, now, sent_by=approval.asked_by)
    return draft


def _queue(
    db: Session,
    actor: Actor,
    incident: Incident,
    draft: Broadcast,
    seen: Preview,
    now: datetime,
    *,
    sent_by: uuid.UUID | None = None,
) -> None:
    draft.state, draft.sent_by = "sending", sent_by or actor.id
    draft.sending_at, draft.recipients_count = now, seen.count
    db.execute(insert(Recipient), [_recipient(draft, one) for one in seen.chosen])
    leaving = {text.language: text.stamped for text in seen.texts}
    rows = [_text(incident, draft, one, leaving, now) for one in seen.recipients]
    ids = outbox.queue_many(db, actor, rows)
    db.execute(
        insert(Question),
        [
            question(incident, one.worker.id, message_id, now)
            for one, message_id in zip(seen.recipients, ids, strict=True)
        ],
    )
    note_asked(db, incident, [one.worker.id for one in seen.recipients], now)
    _note_unreachable(db, incident, seen.left_out, now)
    db.execute(
        update(Incident)
        .where(Incident.id == incident.id, Incident.agency_id == incident.agency_id)
        .values(sequence=draft.sequence)
    )
    db.flush()
    audit.record(
        db,
        actor,
        "broadcast.send",
        draft,
        incident=incident.code,
        sequence=draft.sequence,
        people=seen.count,
        left_out=len(seen.left_out),
    )
    log.line(
        db, actor, incident, "text_sent", at=now, sequence=draft.sequence, people=seen.count, template=draft.template
    )


def _recipient(draft: Broadcast, one: Placed) -> dict[str, Any]:
    return {
        "id": new_id(), "agency_id": draft.agency_id, "broadcast_id": draft.id, "worker_id": one.worker.id, "phone_id": one.phone_id,
        "language": wording.language_in(draft.bodies, one.worker.language), "whereabouts": one.whereabouts, "left_out": "" if one.can_be_texted else one.reach,
    }  # fmt: skip


def _text(incident: Incident, draft: Broadcast, one: Placed, leaving: dict[str, str], now: datetime) -> dict[str, Any]:
    language = wording.language_in(draft.bodies, one.worker.language)
    return {
        "worker_id": one.worker.id, "phone_id": one.phone_id, "body": leaving[language], "language": language, "purpose": draft.purpose,
        "occasion": f"broadcast:{draft.id}:{one.worker.id}", "incident_id": incident.id, "broadcast_id": draft.id,
        "valid_until": now + timedelta(seconds=draft.valid_seconds),
    }  # fmt: skip


def question(incident: Incident, worker_id: uuid.UUID, message_id: uuid.UUID, now: datetime) -> dict[str, Any]:
    """The row of the question that a crisis text asks: a digit answers it for a day."""
    return {
        "id": new_id(), "agency_id": incident.agency_id, "worker_id": worker_id, "kind": "safety", "incident_id": incident.id,
        "message_id": message_id, "detail": {}, "asked_at": now, "expires_at": now + ANSWERABLE,
    }  # fmt: skip


def note_asked(db: Session, incident: Incident, worker_ids: list[uuid.UUID], now: datetime) -> None:
    """They are silent until they answer; what somebody has said before stands."""
    for start in range(0, len(worker_ids), 500):
        mine = (
            Person.agency_id == incident.agency_id,
            Person.incident_id == incident.id,
            Person.worker_id.in_(worker_ids[start : start + 500]),
        )
        waiting = {
            "status": "SILENT",
            "status_at": now,
            "source": "",
            "unreachable_reason": "",
            "evidence_sealed": None,
            "said_by": None,
        }
        for where, values in (
            ((Person.chase_step == "wrote",), {"chase_step": ""}),
            ((Person.status.in_(("NOT_ASKED", "UNREACHABLE")),), waiting),
            ((), {"asked_at": now, "asked_times": Person.asked_times + 1}),
        ):
            db.execute(
                update(Person).where(*mine, *where).values(**values).execution_options(synchronize_session=False)
            )


def _note_unreachable(db: Session, incident: Incident, left_out: list[Placed], now: datetime) -> None:
    for reach, reason in (
        ("opted_out", "opted out"),
        ("withdrawn", "withdrawn"),
        ("no_number", "no number"),
        ("landline", "landline"),
    ):
        ids = [one.worker.id for one in left_out if one.reach == reach and one.person.status in {"NOT_ASKED", "SILENT"}]
        for start in range(0, len(ids), 500):
            mine = (
                Person.agency_id == incident.agency_id,
                Person.incident_id == incident.id,
                Person.worker_id.in_(ids[start : start + 500]),
            )
            gone = {"status": "UNREACHABLE", "status_at": now, "source": "system", "unreachable_reason": reason}
            db.execute(update(Person).where(*mine).values(**gone).execution_options(synchronize_session=False))
        for worker_id in ids:
            board.report(db, incident, worker_id, "UNREACHABLE", at=now, source="system", evidence=reason)
