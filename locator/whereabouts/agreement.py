"""A worker's agreement that a place is kept: lines of the consent ledger with the purpose "location".

A line worded `ONE_SHOT` covers one place: texting it, or telling it to one of us, is the agreement. A line worded `for 8 h`
covers the places that one page sends in that time. Any other line stands until it is withdrawn.
"""

from datetime import datetime, timedelta

from sqlalchemy import exists, func, select
from sqlalchemy.orm import Session, aliased
from sqlalchemy.sql.elements import ColumnElement

from locator.models import Position
from workforce import consents
from workforce.core.tenancy import Actor
from workforce.models import Consent, Worker

PURPOSE = "location"
ONE_SHOT = "one-shot"
FOR_HOURS = "for "


def standing_consent(session: Session, worker: Worker) -> Consent | None:
    """The line by which the worker agreed to share places until further notice, if it is alive."""
    given = select(Consent).where(
        Consent.agency_id == worker.agency_id,
        Consent.worker_id == worker.id,
        Consent.purpose == PURPOSE,
        Consent.given.is_(True),
        Consent.wording != ONE_SHOT,
        Consent.wording.not_like(f"{FOR_HOURS}%"),
    )
    newest = session.scalar(given.order_by(Consent.at.desc()).limit(1))
    return newest if newest is not None and is_alive(session, newest) else None


def agree_once(session: Session, actor: Actor, worker: Worker, *, at: datetime, channel: str) -> Consent:
    """A new line for one place. A text can be older than the withdrawal that came in before it; its own line is newer."""
    return _agree(session, actor, worker, ONE_SHOT, at=at, channel=channel)


def agree_for(session: Session, actor: Actor, worker: Worker, *, hours: int, at: datetime, channel: str) -> Consent:
    """A new line for the places of the next hours."""
    return _agree(session, actor, worker, f"{FOR_HOURS}{hours} h", at=at, channel=channel)


def is_limited(consent: Consent) -> bool:
    """Whether the line covers one place or some hours, rather than standing until it is withdrawn."""
    return consent.wording == ONE_SHOT or consent.wording.startswith(FOR_HOURS)


def _agree(session: Session, actor: Actor, worker: Worker, wording: str, *, at: datetime, channel: str) -> Consent:
    taken_back = session.scalar(
        select(func.max(Consent.at)).where(
            Consent.agency_id == worker.agency_id,
            Consent.worker_id == worker.id,
            Consent.purpose == PURPOSE,
            Consent.given.is_(False),
        )
    )
    moment = max(at, taken_back + timedelta(microseconds=1)) if taken_back else at
    return consents.give(session, actor, worker, PURPOSE, channel=channel, wording=wording, at=moment)


def is_alive(session: Session, consent: Consent) -> bool:
    """Given, and not withdrawn since. At the very same moment the withdrawal wins."""
    if not consent.given or consent.purpose != PURPOSE:
        return False
    later = select(Consent.id).where(
        Consent.agency_id == consent.agency_id,
        Consent.worker_id == consent.worker_id,
        Consent.purpose == PURPOSE,
        Consent.given.is_(False),
        Consent.at >= consent.at,
    )
    return session.scalar(later.limit(1)) is None


def withdrawn() -> ColumnElement[bool]:
    """For a query of positions: the consent of this one was taken back."""
    given, taken = aliased(Consent), aliased(Consent)
    return (
        exists()
        .where(given.agency_id == Position.agency_id, given.id == Position.consent_id)
        .where(taken.agency_id == Position.agency_id, taken.worker_id == Position.worker_id)
        .where(taken.purpose == PURPOSE, taken.given.is_(False), taken.at >= given.at)
    )
