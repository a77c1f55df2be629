"""The numbers to call when a text is not enough: the person's own, then buddy, site leader and family."""

import uuid
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from workforce.core import audit, vault
from workforce.core.errors import NotFound
from workforce.core.tenancy import Actor
from workforce.core.words import _
from workforce.models import Contact, Phone, Worker

KINDS = ("buddy", "site_leader", "community", "next_of_kin", "other")  # The employer is never told how a person is.


@dataclass(frozen=True)
class Number:
    """One number and whose it is."""

    number: str
    whose: str
    about: str


def worker_of(db: Session, actor: Actor, worker_id: uuid.UUID) -> Worker:
    """The worker. Raises NotFound."""
    worker = db.scalar(select(Worker).where(Worker.id == worker_id, Worker.agency_id == actor.agency_id))
    if worker is None:
        raise NotFound(_("No such worker."))
    return worker


def numbers(db: Session, actor: Actor, worker_id: uuid.UUID) -> list[Number]:
    """Every number in the order in which one would call it. Writes the audit line. Raises NotFound."""
    worker = worker_of(db, actor, worker_id)
    phones = db.scalars(
        select(Phone)
        .where(Phone.agency_id == actor.agency_id, Phone.worker_id == worker.id)
        .order_by(Phone.rank, Phone.id)
    )
    found = [_own(db, worker, phone) for phone in phones]
    contacts = db.scalars(
        select(Contact).where(
            Contact.agency_id == actor.agency_id, Contact.worker_id == worker.id, Contact.kind.in_(KINDS)
        )
    )
    near = sorted(contacts, key=lambda one: (KINDS.index(one.kind), one.rank))
    found += [Number(vault.reveal(db, contact, "phone") or "", contact.full_name, _about(contact)) for contact in near]
    audit.record(db, actor, "number.read", worker, numbers=len(found), why="call from the board")
    return [one for one in found if one.number]


def _own(db: Session, worker: Worker, phone: Phone) -> Number:
    uses = {"host": _("in the host country"), "home": _("at home"), "whatsapp": _("WhatsApp")}
    words = [
        uses.get(phone.use, ""),
        _("shared") if phone.is_shared else "",
        _("does not work") if phone.state != "works" else "",
    ]
    return Number(vault.reveal(db, phone, "number") or "", worker.full_name, ", ".join(word for word in words if word))


def _about(contact: Contact) -> str:
    kinds = {
        "buddy": _("buddy"),
        "site_leader": _("site leader"),
        "community": _("community"),
        "next_of_kin": _("family"),
    }
    return ", ".join(word for word in (kinds.get(contact.kind, ""), contact.relation) if word)
