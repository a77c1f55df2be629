"""What a worker agreed to: a ledger that only grows. The newest line for a purpose decides."""

import uuid
from collections.abc import Collection
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from workforce.core import audit, clock, db
from workforce.core.errors import Invalid
from workforce.core.tenancy import Actor
from workforce.core.words import _
from workforce.models import PURPOSES, Consent, Worker

# Texts about papers and in a crisis do not hang on a yes: the contract asks for the ones, a life may hang on the others.
BASES = {"deployment": "contract", "notices": "contract", "crisis": "vital_interest", "family": "vital_interest"}
MOST_ASKED_FOR = 500
CHANNELS = ("in_person", "phone", "paper", "sms", "link")
WORDING = "2027-01"


def give(
    session: Session,
    actor: Actor,
    worker: Worker,
    purpose: str,
    *,
    channel: str,
    language: str = "",
    wording: str = WORDING,
    at: datetime | None = None,
) -> Consent:
    """Write that the worker agreed. `channel` is how they said so; a person who notes it is the witness. Raises Invalid."""
    return _write(
        session, actor, worker, purpose, given=True, channel=channel, language=language, wording=wording, at=at
    )


def withdraw(
    session: Session,
    actor: Actor,
    worker: Worker,
    purpose: str,
    *,
    channel: str,
    language: str = "",
    wording: str = WORDING,
    at: datetime | None = None,
) -> Consent:
    """Write that the worker no longer agrees. What rests on it must stop at once. Raises Invalid."""
    return _write(
        session, actor, worker, purpose, given=False, channel=channel, language=language, wording=wording, at=at
    )


def live(session: Session, worker: Worker, purpose: str) -> Consent | None:
    """The line by which the worker agrees now, or None: never asked, or withdrawn."""
    newest = latest(session, worker).get(purpose)
    return newest if newest is not None and newest.given else None


def allowed(session: Session, worker: Worker, purpose: str) -> bool:
    """Whether we may: by live consent, or because contract or vital interest carry it and the worker has not said no."""
    newest = latest(session, worker).get(purpose)
    return newest.given if newest is not None else purpose in BASES


def refused(
    session: Session, agency_id: uuid.UUID, purpose: str, people: Collection[uuid.UUID] | None = None
) -> set[uuid.UUID]:
    """Who of `people` (None: of the agency) has said no to a purpose: the newest line decides, none at all is no refusal."""
    mine = select(Consent.worker_id, Consent.given).where(Consent.agency_id == agency_id, Consent.purpose == purpose)
    few = people is not None and len(people) <= MOST_ASKED_FOR
    if few:
        mine = mine.where(Consent.worker_id.in_(list(people or ())))
    else:  # Few ever say no: theirs are the only lines worth reading.
        said_no = select(Consent.worker_id).where(
            Consent.agency_id == agency_id, Consent.purpose == purpose, Consent.given.is_(False)
        )
        mine = mine.where(Consent.worker_id.in_(said_no))
    newest = {row.worker_id: row.given for row in session.execute(mine.order_by(Consent.at, Consent.id))}
    return {worker_id for worker_id, given in newest.items() if not given}


def latest(session: Session, worker: Worker) -> dict[str, Consent]:
    """Purpose → its newest line."""
    return {line.purpose: line for line in reversed(ledger(session, worker))}


def ledger(session: Session, worker: Worker) -> list[Consent]:
    """Every line about the worker, newest first."""
    lines = select(Consent).where(Consent.agency_id == worker.agency_id, Consent.worker_id == worker.id)
    return list(session.scalars(lines.order_by(Consent.at.desc(), Consent.id.desc())))


def _write(
    session: Session,
    actor: Actor,
    worker: Worker,
    purpose: str,
    *,
    given: bool,
    channel: str,
    language: str,
    wording: str,
    at: datetime | None,
) -> Consent:
    if purpose not in PURPOSES:
        raise Invalid(_("There is no such purpose."))
    if channel not in CHANNELS:
        raise Invalid(_("Say how the worker told us."))
    line = Consent(
        id=db.new_id(),
        agency_id=worker.agency_id,
        worker_id=worker.id,
        purpose=purpose,
        given=given,
        basis=_basis(purpose),
        wording=wording,
        language=language or worker.language,
        channel=channel,
        witness_id=_witness(actor),
        at=at or clock.now(),
    )
    session.add(line)
    session.flush()
    audit.record(
        session, actor, "consent.give" if given else "consent.withdraw", worker, purpose=purpose, channel=channel
    )
    return line


def _basis(purpose: str) -> str:
    return BASES.get(purpose, "consent")


def _witness(actor: Actor) -> uuid.UUID | None:
    return actor.id
