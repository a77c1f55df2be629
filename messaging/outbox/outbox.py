"""The outbox: deciding to send is a row. What may not go is a row as well, with the reason, so that nothing is silent."""

import base64
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from messaging import segments
from messaging.models import PRIORITIES, RANKS, Broadcast, Incident, Message
from workforce import consents
from workforce.core import audit, clock, vault
from workforce.core.db import new_id
from workforce.core.loading import insert_rows
from workforce.core.tenancy import Actor
from workforce.models import Agency, Phone, Worker

CRISIS = frozenset({"evacuation", "recall", "safety", "chase"})
NUMBER = "phones.number"  # The blind index that phones, texts and handsets share.
UNUSABLE = frozenset({"fails"})
CHANNELS = ("sms", "whatsapp", "voice")
BATCH = 500
# Which consent a text rests on. A recall is not among them: it takes back what has reached somebody.
CONSENT_OF = {"evacuation": "crisis", "safety": "crisis", "chase": "crisis", "notice": "notices"}


@dataclass(frozen=True)
class Route:
    """To which number a text goes, or why it cannot."""

    number: str | None
    phone_id: uuid.UUID | None = None
    refusal: str = ""


def queue(
    db: Session,
    actor: Actor,
    *,
    worker: Worker | None,
    body: str,
    purpose: str,
    language: str = "en",
    phone: Phone | None = None,
    number: str | None = None,
    priority: int | None = None,
    occasion: str | None = None,
    incident_id: uuid.UUID | None = None,
    broadcast_id: uuid.UUID | None = None,
    in_reply_to_id: uuid.UUID | None = None,
    valid_until: datetime | None = None,
    not_before_at: datetime | None = None,
    last_word: bool = False,
    channel: str = "",
) -> Message:
    """One text, decided on. It goes to `phone`, else to `number` (E.164), else to the worker's first usable number.

    Comes back `suppressed` with `error_code` "opted_out", "withdrawn" or "no_number" when it must not or cannot go. `last_word` is the
    one confirmation that a STOP gets. `channel` is sms, whatsapp or voice; an answer goes back the way the question came. A text with an `occasion` that is there already is not queued again: that one comes back.
    """
    if occasion is not None:
        mine = select(Message).where(Message.agency_id == actor.agency_id, Message.occasion == occasion)
        if (known := db.scalar(mine)) is not None:
            return known
    route = _route(db, worker, phone, number, purpose=purpose, last_word=last_word)
    channel = channel or _channel_of(db, actor, in_reply_to_id)
    facts = {
        "body": body, "purpose": purpose, "language": language, "priority": priority, "occasion": occasion,
        "incident_id": incident_id, "broadcast_id": broadcast_id, "in_reply_to_id": in_reply_to_id,
        "valid_until": valid_until, "not_before_at": not_before_at, "channel": channel,
    }  # fmt: skip
    values = _values(
        db,
        actor,
        worker.id if worker else None,
        route,
        facts,
        gateway_name(db, actor.agency_id, incident_id, channel),
        clock.now(),
    )
    message = Message(**values)
    db.add(message)
    db.flush()
    audit.record(db, actor, "message.queue", message, purpose=purpose, state=message.state, segments=message.segments)
    return message


def queue_many(db: Session, actor: Actor, rows: Sequence[dict[str, Any]]) -> list[uuid.UUID]:
    """Many texts at once, for a broadcast: the ids of their rows, in the order given.

    A row has the keyword arguments of `queue`; instead of `worker` and `phone` it may say `worker_id` and `phone_id`.
    """
    made: list[uuid.UUID] = []
    now = clock.now()
    gateways: dict[tuple[uuid.UUID | None, str], str] = {}
    for start in range(0, len(rows), BATCH):
        batch = rows[start : start + BATCH]
        people = {person for row in batch if (person := _worker_id(row))}
        vault.prefetch(db, people)
        refused = _refusals(db, actor.agency_id, people, {row["purpose"] for row in batch})
        phones = _phones(db, actor, people)
        ready = []
        for row in batch:
            incident_id, person = row.get("incident_id"), _worker_id(row)
            way = (incident_id, row.get("channel") or "sms")
            if way not in gateways:
                gateways[way] = gateway_name(db, actor.agency_id, *way)
            refusal = refused.get((person, row["purpose"]), "") if person else ""
            route = _route_of(db, row, refusal=refusal, phones=phones.get(person, []) if person else [])
            ready.append(_values(db, actor, person, route, row, gateways[way], now))
        db.flush()
        insert_rows(db, Message, ready)
        made.extend(values["id"] for values in ready)
        vault.forget_keys(db)
    if made:
        audit.record(
            db,
            actor,
            "message.queue_many",
            None,
            count=len(made),
            purpose=rows[0]["purpose"],
            broadcast_id=rows[0].get("broadcast_id"),
        )
    return made


def cancel(db: Session, broadcast: Broadcast) -> int:
    """Call back what has not left: how many texts stay here. What is being submitted is gone."""
    here = (Message.agency_id == broadcast.agency_id, Message.broadcast_id == broadcast.id)
    changed: Any = db.execute(
        update(Message)
        .where(*here, Message.direction == "out", Message.state.in_(("queued", "claimed")))
        .values(state="cancelled", rank=RANKS["cancelled"], settled_at=clock.now(), lease_until=None)
        .execution_options(synchronize_session=False)
    )
    return int(changed.rowcount)


def status_token(agency_id: uuid.UUID, message_id: uuid.UUID) -> str:
    """The name under which the provider reports on this text: unguessable, and the same for every attempt."""
    mac = vault.digest(agency_id, "status-token", message_id.bytes)
    return base64.urlsafe_b64encode(mac[:18]).decode()


def gateway_name(db: Session, agency_id: uuid.UUID, incident_id: uuid.UUID | None = None, channel: str = "sms") -> str:
    """Which gateway carries the text. The demo agency and exercises never leave the simulated network."""
    agency = db.get_one(Agency, agency_id)
    if agency.is_demo or agency.gateway == "simulator":
        return "simulator"
    if incident_id is not None:
        drill = select(Incident.is_exercise).where(Incident.id == incident_id, Incident.agency_id == agency_id)
        if db.scalar(drill):
            return "simulator"
    return agency.gateway if channel == "sms" else channel


def channels(db: Session, agency_id: uuid.UUID) -> tuple[str, ...]:
    """The ways to a phone that the agency has set up: sms always, then whatsapp and voice. The simulated network has all."""
    agency = db.get_one(Agency, agency_id)
    if agency.is_demo or agency.gateway == "simulator":
        return CHANNELS
    have = {"sms": True, "whatsapp": bool(agency.whatsapp_sender), "voice": bool(agency.voice_number)}
    return tuple(name for name, there in have.items() if there)


def _channel_of(db: Session, actor: Actor, in_reply_to_id: uuid.UUID | None) -> str:
    """A WhatsApp message is answered there. A digit pressed in a call is answered by text: nobody is on the line any more."""
    if in_reply_to_id is None:
        return "sms"
    mine = select(Message.channel).where(Message.agency_id == actor.agency_id, Message.id == in_reply_to_id)
    return "whatsapp" if db.scalar(mine) == "whatsapp" else "sms"


def first_phone(phones: Sequence[Phone]) -> Phone | None:
    """The number that is tried first: lowest rank, but one that fails only where there is no other."""
    return min(phones, key=lambda one: (one.state in UNUSABLE, one.rank), default=None)


def _route(
    db: Session, worker: Worker | None, phone: Phone | None, number: str | None, *, purpose: str, last_word: bool
) -> Route:
    refusal = ""
    if worker is not None and not last_word:
        refusal = _refusals(db, worker.agency_id, {worker.id}, {purpose}).get((worker.id, purpose), "")
    row = {"phone": phone, "number": number}
    return _route_of(db, row, refusal=refusal, phones=worker.phones if worker and not phone and not number else [])


def _route_of(db: Session, row: dict[str, Any], *, refusal: str, phones: Sequence[Phone]) -> Route:
    phone: Phone | None = row.get("phone")
    if phone is None and row.get("phone_id"):
        phone = next((one for one in phones if one.id == row["phone_id"]), None)
    number: str | None = row.get("number")
    if phone is None and number is None:
        phone = first_phone(phones)
    if number is None and phone is not None:
        number = vault.reveal(db, phone, "number")
    return Route(number, phone.id if phone else None, refusal or ("" if number else "no_number"))


def _values(
    db: Session,
    actor: Actor,
    worker_id: uuid.UUID | None,
    route: Route,
    facts: dict[str, Any],
    gateway: str,
    now: datetime,
) -> dict[str, Any]:
    made, subject = new_id(), worker_id or actor.agency_id
    size = segments.count(facts["body"])
    purpose = facts["purpose"]
    state = "suppressed" if route.refusal else "queued"
    priority = facts.get("priority")

    def sealed(name: str, clear: str | None) -> bytes | None:
        return (
            vault.seal_value(db, actor.agency_id, subject, Message.__tablename__, f"{name}_sealed", made, clear)
            if clear
            else None
        )

    return {
        "id": made, "agency_id": actor.agency_id, "direction": "out", "worker_id": worker_id, "phone_id": route.phone_id,
        "number_sealed": sealed("number", route.number), "body_sealed": sealed("body", facts["body"]),
        "number_index": vault.blind_index(actor.agency_id, NUMBER, route.number) if route.number else None,
        "language": facts.get("language") or "en", "purpose": purpose,
        "priority": PRIORITIES.get(purpose, 5) if priority is None else priority,
        "state": state, "rank": RANKS[state], "error_code": route.refusal, "settled_at": now if route.refusal else None,
        "occasion": facts.get("occasion"), "incident_id": facts.get("incident_id"), "broadcast_id": facts.get("broadcast_id"),
        "in_reply_to_id": facts.get("in_reply_to_id"), "author_id": actor.id, "gateway": gateway, "channel": facts.get("channel") or "sms",
        "encoding": size.encoding, "segments": size.parts, "valid_until": facts.get("valid_until"),
        "not_before_at": facts.get("not_before_at"), "queued_at": now,
        "status_token_hash": vault.token_hash(status_token(actor.agency_id, made)),
    }  # fmt: skip


def _worker_id(row: dict[str, Any]) -> uuid.UUID | None:
    worker: Worker | None = row.get("worker")
    return worker.id if worker is not None else row.get("worker_id")


def _refusals(
    db: Session, agency_id: uuid.UUID, people: set[uuid.UUID], purposes: set[str]
) -> dict[tuple[uuid.UUID, str], str]:
    """Who must not be texted for what: after STOP nothing, and nothing for a purpose to which they have said no.

    A recall takes back what has reached them, so it goes to whoever has not sent STOP.
    """
    asked = select(Worker.id).where(
        Worker.agency_id == agency_id, Worker.id.in_(people), Worker.opted_out_at.is_not(None)
    )
    found = {(person, purpose): "opted_out" for person in db.scalars(asked) for purpose in purposes}
    for purpose in purposes & CONSENT_OF.keys():
        for person in consents.refused(db, agency_id, CONSENT_OF[purpose], people):
            found.setdefault((person, purpose), "withdrawn")
    return found


def _phones(db: Session, actor: Actor, people: set[uuid.UUID]) -> dict[uuid.UUID, list[Phone]]:
    found: dict[uuid.UUID, list[Phone]] = {}
    for phone in db.scalars(select(Phone).where(Phone.agency_id == actor.agency_id, Phone.worker_id.in_(people))):
        found.setdefault(phone.worker_id, []).append(phone)
    return found
