"""The phones of the simulated network: what lies on them, how they answer, and their faults."""

import uuid
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from messaging.models import Handset, HandsetText
from messaging.outbox.gateways import Draft
from workforce.core import vault
from workforce.core.db import new_id
from workforce.core.errors import Invalid, NotFound
from workforce.core.tenancy import Actor
from workforce.core.words import _
from workforce.models import Worker

NUMBER = "phones.number"
CRISIS = frozenset({"evacuation", "recall", "safety"})
BY_HAND = timedelta(days=3650)  # An answer that waits for "Let the others answer".
LONGEST_TEXT = 1600

LATE_SECONDS = 180.0


def create(
    db: Session,
    agency_id: uuid.UUID,
    worker: Worker | None,
    number: str,
    script: Sequence[dict[str, Any]] = (),
    *,
    language: str = "en",
    network: str = "",
    has_signal: bool = True,
    is_on: bool = True,
    is_in_service: bool = True,
    late_seconds: float = 0,
) -> Handset:
    """A handset with `number` (E.164). `script` is described in docs/texts.md; without one, nobody answers by themselves."""
    handset = Handset(
        id=new_id(), agency_id=agency_id, worker_id=worker.id if worker else None, script=[dict(step) for step in script],
        number_index=vault.blind_index(agency_id, NUMBER, number), language=language, network=network,
        has_signal=has_signal, is_on=is_on, is_in_service=is_in_service, late_seconds=late_seconds,
    )  # fmt: skip
    vault.seal(db, handset, number=number)
    db.add(handset)
    return handset


def get(db: Session, actor: Actor, handset_id: uuid.UUID) -> Handset:
    """One of the agency's handsets. Raises NotFound."""
    found = db.scalar(select(Handset).where(Handset.id == handset_id, Handset.agency_id == actor.agency_id))
    if found is None:
        raise NotFound(_("No such phone."))
    return found


def every(db: Session, actor: Actor) -> list[Handset]:
    """All handsets of the agency, in the order in which they were made."""
    return list(db.scalars(select(Handset).where(Handset.agency_id == actor.agency_id).order_by(Handset.id)))


def reachable(handset: Handset) -> bool:
    """Whether a text can arrive now, or leave."""
    return handset.has_signal and handset.is_on


# --- a text arrives ---------------------------------------------------------------------------------------------------


def landed(db: Session, agency_id: uuid.UUID, provider_ids: Iterable[str]) -> set[str]:
    """Which of these texts are with their handsets already: the same attempt may come twice."""
    mine = (HandsetText.agency_id == agency_id, HandsetText.provider_id.in_(list(provider_ids)))
    return set(db.scalars(select(HandsetText.provider_id).where(*mine)))


def land(db: Session, handset: Handset, draft: Draft, provider_id: str, now: datetime) -> bool:
    """Put a text on its way to the handset. True when it is there at once; otherwise the network's tick brings it."""
    due_at = now + timedelta(seconds=handset.late_seconds)
    at_once = reachable(handset) and due_at <= now
    row = HandsetText(
        id=new_id(), agency_id=handset.agency_id, handset_id=handset.id, worker_id=handset.worker_id, direction="in", channel=draft.channel,
        provider_id=provider_id, message_id=draft.message_id, due_at=due_at, handed_over_at=now if at_once else None,
    )  # fmt: skip
    vault.seal(db, row, body=draft.body)
    db.add(row)
    if at_once:
        answer_by_script(db, handset, draft.purpose, now, channel=draft.channel)
    return at_once


def answer_by_script(
    db: Session, handset: Handset, purpose: str, now: datetime, *, channel: str = "sms"
) -> HandsetText | None:
    """Schedule the first unused step that fits a text of this purpose, if there is one; each step answers once."""
    step = next((one for one in handset.script if not one.get("used") and _fits(one.get("when", "any"), purpose)), None)
    if step is None:
        return None
    # A new list: a change inside the old one would not be noticed by the database.
    handset.script = [{**one, "used": True} if one is step else one for one in handset.script]
    if "signal" in step:
        handset.has_signal = bool(step["signal"])
    if not step.get("say"):
        return None
    after = step.get("after")
    due_at = now + (BY_HAND if after is None else timedelta(seconds=float(after)))
    return write(db, handset, str(step["say"]), due_at, channel=channel)


def _fits(when: str, purpose: str) -> bool:
    return when in {"any", purpose} or (when == "crisis" and purpose in CRISIS)


# --- a text leaves ----------------------------------------------------------------------------------------------------


def write(db: Session, handset: Handset, body: str, due_at: datetime, *, channel: str = "sms") -> HandsetText:
    """A text or a WhatsApp message from this handset that goes out at `due_at`, through the same door as any other."""
    made = new_id()
    row = HandsetText(
        id=made, agency_id=handset.agency_id, handset_id=handset.id, worker_id=handset.worker_id, direction="out", channel=channel,
        provider_id=f"SIMIN{made.hex}", due_at=due_at,
    )  # fmt: skip
    vault.seal(db, row, body=body)
    db.add(row)
    return row


def answer(db: Session, handset: Handset, body: str, now: datetime, *, channel: str = "sms") -> HandsetText:
    """A person plays this phone: what a script had in mind is dropped. Raises Invalid."""
    body = body.strip()
    if not body:
        raise Invalid(_("Write something first, or press a digit."))
    if len(body) > LONGEST_TEXT:
        raise Invalid(_("That is too long for a text. The limit is %(count)s characters.", count=LONGEST_TEXT))
    db.execute(
        delete(HandsetText)
        .where(*_waiting(handset.agency_id), HandsetText.handset_id == handset.id)
        .execution_options(synchronize_session=False)
    )
    return write(db, handset, body, now, channel=channel)


def count_waiting(db: Session, actor: Actor, *, but: uuid.UUID | None = None) -> int:
    """How many handsets have an answer in mind that has not left."""
    asked = select(func.count(HandsetText.handset_id.distinct())).where(*_waiting(actor.agency_id))
    if but is not None:
        asked = asked.where(HandsetText.handset_id != but)
    return db.scalar(asked) or 0


def let_answer(
    db: Session, actor: Actor, now: datetime, *, but: uuid.UUID | None = None, over_seconds: float = 15
) -> int:
    """Let every other handset send what it has in mind, spread over some seconds as people would. How many do."""
    mine = select(HandsetText).where(*_waiting(actor.agency_id)).order_by(HandsetText.due_at, HandsetText.id)
    waiting = [row for row in db.scalars(mine) if row.handset_id != but]
    for place, row in enumerate(waiting):
        row.due_at = min(row.due_at, now + timedelta(seconds=over_seconds * place / len(waiting)))
    return len({row.handset_id for row in waiting})


def _waiting(agency_id: uuid.UUID) -> tuple[Any, ...]:
    return (HandsetText.agency_id == agency_id, HandsetText.direction == "out", HandsetText.handed_over_at.is_(None))


# --- faults -----------------------------------------------------------------------------------------------------------


def set_faults(handset: Handset, *, no_signal: bool, off: bool, late: bool, language: str) -> None:
    """Switch a handset's faults; its language decides how the chips answer."""
    handset.has_signal, handset.is_on = not no_signal, not off
    handset.late_seconds = (handset.late_seconds or LATE_SECONDS) if late else 0
    handset.language = language or handset.language
