"""Texts that come in: stored before anything else, understood after, answered once."""

import uuid
from collections.abc import Sequence
from datetime import datetime

import structlog
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from messaging.inbox import conversation
from messaging.models import RANKS, Message
from messaging.outbox.gateways import Arrival
from messaging.reading import read
from workforce.core import audit, tenancy, vault
from workforce.core.db import new_id, reading, transaction
from workforce.gateways import SLOTS
from workforce.models import Agency, Phone, Worker

NUMBER = "phones.number"
MOST_TRIES = 5
log = structlog.get_logger()


def receive(
    db: Session,
    agency_id: uuid.UUID,
    *,
    from_number: str,
    to_number: str,
    body: str,
    provider_id: str,
    at: datetime,
    gateway: str,
    channel: str = "sms",
    in_reply_to_id: uuid.UUID | None = None,
    carrier_word: str = "",
) -> tuple[Message, bool]:
    """Store a text as it came. The row, and whether it is new: the provider may well send it twice.

    `from_number` is E.164. One person's number gives the row its worker; a shared or unknown number gives it none, unless
    it answers a call or a text of ours to one person. `carrier_word` is "stop" or "start" where the carrier has taken the text as
    such: that stands in the label until the text is understood.
    """
    known = select(Message).where(
        Message.agency_id == agency_id, Message.gateway == gateway, Message.provider_id == provider_id
    )
    if (before := db.scalar(known)) is not None:
        return before, False
    index = vault.blind_index(agency_id, NUMBER, from_number)
    phones = phones_of(db, agency_id, index)
    owners = {phone.worker_id for phone in phones}
    asked = db.get(Message, in_reply_to_id) if in_reply_to_id is not None else None
    message = Message(
        id=new_id(), agency_id=agency_id, direction="in", purpose="inbound", priority=0, state="received", rank=RANKS["received"],
        worker_id=owners.pop() if len(owners) == 1 else asked.worker_id if asked else None, phone_id=phones[0].id if len(phones) == 1 else None,
        number_index=index, gateway=gateway, provider_id=provider_id, queued_at=at, segments=0, channel=channel, in_reply_to_id=in_reply_to_id,
        label=carrier_word,
    )  # fmt: skip
    vault.seal(db, message, number=from_number, body=body or " ")
    db.add(message)
    db.flush()
    audit.record(db, tenancy.System(agency_id), "message.receive", message, known=bool(phones))
    return message, True


def unheard(agency: Agency, listed: Sequence[Arrival], *, gateway: str) -> list[Arrival]:
    """Those of the provider's list that are this agency's and were never stored, oldest first."""
    known: set[str | None] = set()
    ids = [one.provider_id for one in listed]
    with reading() as db:
        for start in range(0, len(ids), 500):
            asked = select(Message.provider_id).where(
                Message.agency_id == agency.id,
                Message.gateway == gateway,
                Message.provider_id.in_(ids[start : start + 500]),
            )
            known.update(db.scalars(asked))
    new = [one for one in listed if one.provider_id not in known]
    if gateway in SLOTS:  # A described provider's list is this agency's alone, whichever number was texted.
        return sorted(new, key=lambda one: (one.at, one.provider_id))
    # On a shared number only what this agency would have been given by the webhook.
    shared = "" if agency.sender else next((one.to_number for one in new), "")
    ours = [one for one in new if _is_for(agency, one, shared)]
    return sorted(ours, key=lambda one: (one.at, one.provider_id))


def _is_for(agency: Agency, one: Arrival, shared: str) -> bool:
    owners = agencies_of(one.to_number, one.from_number, body=one.body, default_sender=shared)
    return any(owner.id == agency.id for owner in owners)


def phones_of(db: Session, agency_id: uuid.UUID, number_index: bytes | None) -> Sequence[Phone]:
    """The numbers on file that are this one, of people who are still ours."""
    asked = select(Phone).join(Worker, (Worker.agency_id == Phone.agency_id) & (Worker.id == Phone.worker_id)).where(
        Phone.agency_id == agency_id, Phone.number_index == number_index, Worker.archived_at.is_(None)
    ).order_by(Phone.rank, Phone.id)  # fmt: skip
    return db.scalars(asked).all()


def process(agency_id: uuid.UUID, message_id: uuid.UUID, now: datetime) -> None:
    """Understand one stored text and do what it asks, in a transaction of its own. Twice does nothing.

    A text that cannot be worked off stays unhandled in the inbox: a person reads it, and it is never lost.
    """
    with tenancy.agency(agency_id):
        try:
            with transaction() as db:
                mine = select(Message).where(
                    Message.agency_id == agency_id, Message.id == message_id, Message.processed_at.is_(None)
                )
                message = db.scalar(mine.with_for_update())
                if message is not None:
                    conversation.work_off(db, message, now)
                    message.processed_at = now
        except Exception:
            log.exception("inbound_not_processed", message_id=str(message_id))
            _note_failure(agency_id, message_id, now)


def process_in(db: Session, message: Message, now: datetime) -> None:
    """The same for a text that the caller's transaction has just stored. What goes wrong is undone; the text stays stored."""
    try:
        with db.begin_nested():
            conversation.work_off(db, message, now)
            message.processed_at = now
    except Exception:
        log.exception("inbound_not_processed", message_id=str(message.id))
        _count_failure(message, now)


def pending(limit: int = 200) -> list[tuple[uuid.UUID, uuid.UUID]]:
    """Stored and not yet understood: (agency, message). Each number's first, then each number's second: a flood from one delays nobody else."""
    turn = func.row_number().over(
        partition_by=(Message.agency_id, Message.number_index), order_by=(Message.queued_at, Message.id)
    )
    with tenancy.across_agencies("inbound: texts still to be understood"), reading() as db:
        asked = (
            select(Message.agency_id, Message.id)
            .where(Message.direction == "in", Message.processed_at.is_(None), Message.state == "received")
            .order_by(turn, Message.queued_at, Message.id)
            .limit(limit)
        )
        return [(agency_id, message_id) for agency_id, message_id in db.execute(asked)]


def agencies_of(to_number: str, from_number: str, *, body: str, default_sender: str) -> list[Agency]:
    """Whose text it is: the agency whose own number received it.

    On the installation's shared number: those that know the sender. If none does, a call for help goes to all of them, and any
    other text to the one that has been there longest: a person reads it in either inbox, and nothing a stranger says is
    shown more widely than a life needs.
    """
    with reading() as db:
        own = db.scalar(select(Agency).where(Agency.sender == to_number))
        if own is not None:
            return [own]
        # A messaging service has numbers that we do not know; whose account it is, the signature tells.
        if default_sender and to_number != default_sender:
            return []
        shared = select(Agency).where(
            Agency.gateway == "twilio",
            Agency.sender.is_(None),
            Agency.suspended_at.is_(None),
            Agency.is_demo.is_(False),
        )
        users = list(db.scalars(shared.order_by(Agency.id)))
    knowing = [agency for agency in users if _knows(agency.id, from_number)]
    if knowing or not users:
        return knowing
    return users if read(body).status == "HELP" else users[:1]


def _knows(agency_id: uuid.UUID, number: str) -> bool:
    with tenancy.agency(agency_id), reading() as db:
        return bool(phones_of(db, agency_id, vault.blind_index(agency_id, NUMBER, number)))


def _note_failure(agency_id: uuid.UUID, message_id: uuid.UUID, now: datetime) -> None:
    with transaction() as db:
        message = db.scalar(select(Message).where(Message.agency_id == agency_id, Message.id == message_id))
        if message is not None:
            _count_failure(message, now)


def _count_failure(message: Message, now: datetime) -> None:
    message.attempts += 1
    if message.attempts >= MOST_TRIES:
        message.label, message.processed_at = message.label or "free", now
