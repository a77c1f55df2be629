"""Broadcasts: one text to many people. What somebody has read and confirmed is what leaves, once, and nothing else.

draft → sending → done, with pause and cancel on the way; `approved` is kept for the second person.
"""

import uuid
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, func, insert, select, update
from sqlalchemy.orm import Session

from messaging.incidents import board, log, preview, wording
from messaging.incidents.audience import PLACES, Placed
from messaging.incidents.preview import Preview
from messaging.models import Broadcast, Incident, Message, Person, Question, Recipient
from messaging.outbox import outbox
from workforce.core import audit
from workforce.core.db import new_id
from workforce.core.errors import Conflict, Invalid, NotAllowed, NotFound
from workforce.core.tenancy import Actor
from workforce.core.words import _

WRITERS = frozenset({"manager"})
DEFAULT_PLACES = ("inside", "perhaps", "no_place")
ANSWERABLE = timedelta(hours=24)
SHORTEST_VALID_SECONDS, LONGEST_VALID_SECONDS = 60, 36_000
ON_THE_WAY = ("queued", "claimed", "submitting", "accepted", "sent", "unknown")
ARRIVED = ("delivered", "read")
STILL_HERE = ("queued", "claimed", "submitting")


# --- writing ----------------------------------------------------------------------------------------------------------


def begin(db: Session, actor: Actor, incident: Incident, *, template: str, at: datetime) -> Broadcast:
    """The draft from this template: the one that waits already, or a new one, filled in and addressed. Raises NotAllowed."""
    _may_write(actor)
    _is_open(incident)
    mine = select(Broadcast).where(
        Broadcast.agency_id == actor.agency_id, Broadcast.incident_id == incident.id, Broadcast.state == "draft"
    )
    waiting = db.scalar(mine.where(Broadcast.template == template).order_by(Broadcast.sequence))
    if waiting is not None:
        return waiting
    log.one_at_a_time(db, actor)
    newest = (
        db.scalar(
            select(func.max(Broadcast.sequence)).where(
                Broadcast.agency_id == actor.agency_id, Broadcast.incident_id == incident.id
            )
        )
        or 0
    )
    draft = Broadcast(
        id=new_id(), agency_id=actor.agency_id, incident_id=incident.id, sequence=newest + 1, purpose="safety", bodies={}, audience={},
        author_id=actor.id, created_at=at, state="draft",
    )  # fmt: skip
    fill(db, actor, incident, draft, template=template, facts=wording.facts_for(db, actor, incident))
    db.add(draft)
    db.flush()
    audit.record(db, actor, "broadcast.draft", draft, incident=incident.code, sequence=draft.sequence)
    return draft


def fill(
    db: Session, actor: Actor, incident: Incident, draft: Broadcast, *, template: str, facts: dict[str, str]
) -> None:
    """Write a draft anew from a template and the facts that go into it. Raises Invalid, Conflict."""
    _is_draft(draft)
    if template not in wording.BY_KEY:
        raise Invalid(_("There is no such template."))
    known = {name: " ".join(facts.get(name, "").split())[:120] for name in wording.SLOTS}
    draft.template, draft.purpose = template, wording.BY_KEY[template].purpose
    draft.bodies = wording.written(db, actor, incident, template, known, old_stamp=_last_stamp(db, incident))
    statuses = ["SILENT"] if template == "follow_up" else []
    draft.audience = {
        "places": list(PLACES if statuses else DEFAULT_PLACES),
        "statuses": statuses,
        "skip": [],
        **draft.audience,
        "facts": known,
    }
    draft.frozen_hash = None


def edit(db: Session, actor: Actor, draft: Broadcast, *, bodies: dict[str, str]) -> None:
    """Change the words of a draft. What was confirmed before is confirmed no more."""
    _may_write(actor)
    _is_draft(draft)
    cleaned = {
        language: body.replace("\r\n", "\n").strip()[: wording.LONGEST_BODY]
        for language, body in bodies.items()
        if language in draft.bodies
    }
    if all(draft.bodies[language] == body for language, body in cleaned.items()):
        return
    draft.bodies, draft.frozen_hash = {**draft.bodies, **cleaned}, None
    db.flush()
    audit.record(db, actor, "broadcast.edit", draft, languages=sorted(cleaned))


def note_edit(db: Session, actor: Actor, draft: Broadcast) -> None:
    """Write down that a draft was filled in anew."""
    _may_write(actor)
    db.flush()
    audit.record(db, actor, "broadcast.fill", draft, template=draft.template)


def address(
    db: Session,
    actor: Actor,
    draft: Broadcast,
    *,
    places: Iterable[str],
    statuses: Iterable[str] = (),
    skip: Iterable[str] = (),
) -> None:
    """Choose who gets it. `skip` are ids of workers unticked by name."""
    _may_write(actor)
    _is_draft(draft)
    wanted = {
        "places": [one for one in PLACES if one in set(places)],
        "statuses": list(statuses),
        "skip": sorted(set(skip)),
    }
    draft.audience, draft.frozen_hash = {**draft.audience, **wanted}, None
    db.flush()
    audit.record(db, actor, "broadcast.address", draft, places=wanted["places"], skipped=len(wanted["skip"]))


def look(
    db: Session, actor: Actor, incident: Incident, draft: Broadcast, *, now: datetime, part_price_usd: float
) -> Preview:
    """The preview; on a draft its seal is kept, and only what carries this seal can be sent."""
    seen = preview.of(db, actor, incident, draft, now=now, part_price_usd=part_price_usd)
    if draft.state == "draft":
        _freeze(db, draft, seen)
    return seen


def drop(db: Session, actor: Actor, incident: Incident, draft: Broadcast, *, at: datetime) -> None:
    """Throw a draft away: its number is free again."""
    _may_write(actor)
    _is_draft(draft)
    audit.record(db, actor, "broadcast.drop", draft, incident=incident.code, sequence=draft.sequence)
    db.delete(draft)
    log.touch(db, incident)


# --- sending ----------------------------------------------------------------------------------------------------------


def send(
    db: Session, actor: Actor, incident: Incident, broadcast_id: uuid.UUID, *, typed: str, seen: bytes, now: datetime
) -> Broadcast:
    """Queue one text for each recipient, in this one transaction.

    `typed` is the count that the person typed, `seen` the seal of the preview they looked at. Raises NotAllowed; Invalid when the
    count is not that of the people; Conflict when it has been sent, or when texts, people or sender have changed since.
    """
    _may_write(actor)
    _is_open(incident)
    found = select(Broadcast).where(
        Broadcast.id == broadcast_id, Broadcast.agency_id == actor.agency_id, Broadcast.incident_id == incident.id
    )
    draft = db.scalar(found.with_for_update().execution_options(populate_existing=True))
    if draft is None:
        raise NotFound(_("No such text."))
    _is_draft(draft)
    now_seen = preview.of(db, actor, incident, draft, now=now, part_price_usd=0, anew=False)
    if not seen or draft.frozen_hash != seen or now_seen.seal != seen:
        raise Conflict(
            _(
                "The texts or the people have changed since you looked. Look again and type the new count: nothing has been sent."
            )
        )
    if not now_seen.recipients:
        raise Invalid(_("Nobody here can be texted. Choose more people, or call them."))
    if any(not text.body.strip() for text in now_seen.texts):
        raise Invalid(_("One language has no text yet."))
    if typed.strip() != str(now_seen.count):
        raise Invalid(_("Type %(count)s: that is how many people are texted.", count=now_seen.count))
    _queue(db, actor, incident, draft, now_seen, now)
    return draft


def _queue(db: Session, actor: Actor, incident: Incident, draft: Broadcast, seen: Preview, now: datetime) -> None:
    draft.state, draft.sent_by, draft.sending_at, draft.recipients_count = "sending", actor.id, now, seen.count
    db.execute(insert(Recipient), [_recipient(draft, one) for one in seen.chosen])
    leaving = {text.language: text.stamped for text in seen.texts}
    rows = [_text(incident, draft, one, leaving, now) for one in seen.recipients]
    ids = outbox.queue_many(db, actor, rows)
    db.execute(
        insert(Question),
        [_question(incident, one, message_id, now) for one, message_id in zip(seen.recipients, ids, strict=True)],
    )
    _ask(db, incident, [one.worker.id for one in seen.recipients], now)
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
        "language": wording.language_of(one.worker.language), "whereabouts": one.whereabouts, "left_out": "" if one.can_be_texted else one.reach,
    }  # fmt: skip


def _text(incident: Incident, draft: Broadcast, one: Placed, leaving: dict[str, str], now: datetime) -> dict[str, Any]:
    language = wording.language_of(one.worker.language)
    return {
        "worker_id": one.worker.id, "phone_id": one.phone_id, "body": leaving[language], "language": language, "purpose": draft.purpose,
        "occasion": f"broadcast:{draft.id}:{one.worker.id}", "incident_id": incident.id, "broadcast_id": draft.id,
        "valid_until": now + timedelta(seconds=draft.valid_seconds),
    }  # fmt: skip


def _question(incident: Incident, one: Placed, message_id: uuid.UUID, now: datetime) -> dict[str, Any]:
    return {
        "id": new_id(), "agency_id": incident.agency_id, "worker_id": one.worker.id, "kind": "safety", "incident_id": incident.id,
        "message_id": message_id, "detail": {}, "asked_at": now, "expires_at": now + ANSWERABLE,
    }  # fmt: skip


def _ask(db: Session, incident: Incident, worker_ids: list[uuid.UUID], now: datetime) -> None:
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
            ((Person.status.in_(("NOT_ASKED", "UNREACHABLE")),), waiting),
            ((), {"asked_at": now, "asked_times": Person.asked_times + 1}),
        ):
            db.execute(
                update(Person).where(*mine, *where).values(**values).execution_options(synchronize_session=False)
            )


def _note_unreachable(db: Session, incident: Incident, left_out: list[Placed], now: datetime) -> None:
    for reach, reason in (("opted_out", "opted out"), ("no_number", "no number")):
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


# --- afterwards -------------------------------------------------------------------------------------------------------


def pause(db: Session, actor: Actor, incident: Incident, broadcast: Broadcast, *, at: datetime) -> None:
    """Hold back what has not left. Raises Conflict."""
    _turn(db, actor, incident, broadcast, ("sending",), "paused", at)


def resume(db: Session, actor: Actor, incident: Incident, broadcast: Broadcast, *, at: datetime) -> None:
    """Let it go on. Raises Conflict."""
    _turn(db, actor, incident, broadcast, ("paused",), "sending", at)


def cancel(db: Session, actor: Actor, incident: Incident, broadcast: Broadcast, *, at: datetime) -> int:
    """Call back what has not left; how many texts stayed here. Raises Conflict."""
    _turn(db, actor, incident, broadcast, ("sending", "paused"), "cancelled", at)
    broadcast.done_at = at
    return outbox.cancel(db, broadcast)


def progress(db: Session, broadcast: Broadcast) -> dict[str, int]:
    """How many texts are on their way, arrived, and did not."""
    mine = select(Message.state, func.count()).where(
        Message.agency_id == broadcast.agency_id, Message.broadcast_id == broadcast.id, Message.direction == "out"
    )
    states = {state: number for state, number in db.execute(mine.group_by(Message.state))}  # noqa: C416  Rows are not pairs to mypy.
    going, there = (sum(states.get(state, 0) for state in some) for some in (ON_THE_WAY, ARRIVED))
    waiting = states.get("queued", 0) + states.get("claimed", 0)
    total = sum(states.values())
    return {
        "total": total,
        "waiting": waiting,
        "left": total - waiting,
        "going": going,
        "arrived": there,
        "failed": total - going - there,
    }


def somebody_finished(db: Session, actor: Actor) -> bool:
    """Whether `finish` would find anything."""
    return db.scalar(select(Broadcast.id).where(_has_left(actor)).limit(1)) is not None


def finish(db: Session, actor: Actor, *, at: datetime) -> int:
    """Mark as done whatever has left to the last text; how many broadcasts. What a provider has in doubt may still be sent, so it waits."""
    left = db.scalars(select(Broadcast).where(_has_left(actor)).with_for_update()).all()
    for broadcast in left:
        broadcast.state, broadcast.done_at = "done", at
        db.flush()
        incident = db.scalar(
            select(Incident).where(Incident.id == broadcast.incident_id, Incident.agency_id == actor.agency_id)
        )
        audit.record(db, actor, "broadcast.done", broadcast, sequence=broadcast.sequence)
        if incident is not None:
            log.line(db, actor, incident, "text_done", at=at, sequence=broadcast.sequence)
    return len(left)


def _has_left(actor: Actor) -> ColumnElement[bool]:
    here = exists().where(
        Message.agency_id == Broadcast.agency_id, Message.broadcast_id == Broadcast.id, Message.state.in_(STILL_HERE)
    )
    return and_(Broadcast.agency_id == actor.agency_id, Broadcast.state.in_(("sending", "paused")), ~here)


def get(db: Session, actor: Actor, incident: Incident, broadcast_id: uuid.UUID) -> Broadcast:
    """The broadcast of this incident. Raises NotFound."""
    found = select(Broadcast).where(
        Broadcast.id == broadcast_id, Broadcast.agency_id == actor.agency_id, Broadcast.incident_id == incident.id
    )
    broadcast = db.scalar(found)
    if broadcast is None:
        raise NotFound(_("No such text."))
    return broadcast


def of(db: Session, incident: Incident) -> list[Broadcast]:
    """The incident's texts, drafts too, in their order."""
    return list(
        db.scalars(
            select(Broadcast)
            .where(Broadcast.agency_id == incident.agency_id, Broadcast.incident_id == incident.id)
            .order_by(Broadcast.sequence)
        )
    )


def words_of(broadcast: Broadcast, incident: Incident) -> list[tuple[str, str, str]]:
    """What was sent, by language: (name, direction, text). For the page of a text that has left."""
    mark = wording.stamp(incident, broadcast, broadcast.sending_at or broadcast.created_at)
    known = [
        (*wording.LANGUAGES.get(language, (language, "ltr")), body)
        for language, body in sorted(broadcast.bodies.items())
    ]
    return [(name, direction, wording.stamped(body, mark)) for name, direction, body in known]


def suggested(incident: Incident) -> str:
    """The template to begin with: evacuation at levels 3 and 4, a question below."""
    return "evacuate" if incident.alert_level >= 3 else "safety_check"


def _freeze(db: Session, draft: Broadcast, seen: Preview) -> None:
    only = [str(one.worker.id) for one in seen.chosen] if draft.audience.get("statuses") else []
    if draft.frozen_hash == seen.seal and draft.audience.get("only", []) == only:
        return
    # By statement: looking at a draft is no change of it, and must not raise its version.
    one = update(Broadcast).where(
        Broadcast.id == draft.id, Broadcast.agency_id == draft.agency_id, Broadcast.state == "draft"
    )
    db.execute(
        one.values(frozen_hash=seen.seal, audience={**draft.audience, "only": only}).execution_options(
            synchronize_session=False
        )
    )


def _last_stamp(db: Session, incident: Incident) -> str:
    sent = [one for one in of(db, incident) if one.sending_at is not None]
    return wording.stamp(incident, sent[-1], sent[-1].sending_at) if sent and sent[-1].sending_at else incident.code


def _turn(
    db: Session,
    actor: Actor,
    incident: Incident,
    broadcast: Broadcast,
    before: tuple[str, ...],
    after: str,
    at: datetime,
) -> None:
    _may_write(actor)
    if broadcast.state not in before:
        raise Conflict(_("Text %(number)s cannot be changed any more.", number=broadcast.sequence))
    broadcast.state = after
    db.flush()
    audit.record(db, actor, f"broadcast.{after}", broadcast, incident=incident.code, sequence=broadcast.sequence)
    log.line(db, actor, incident, f"text_{after}", at=at, sequence=broadcast.sequence)


def _may_write(actor: Actor) -> None:
    if actor.role not in WRITERS:
        raise NotAllowed(_("Only a manager writes and sends texts to many people."))


def _is_open(incident: Incident) -> None:
    if incident.closed_at is not None:
        raise Conflict(_("%(code)s is closed. Open a new incident to text people.", code=incident.code))


def _is_draft(draft: Broadcast) -> None:
    if draft.state != "draft":
        raise Conflict(_("Text %(number)s has been sent already. Nobody gets it twice.", number=draft.sequence))
