"""Whom to call about a worker: next of kin, a buddy who is a worker too, the leader of a site, somebody in the community."""

import uuid
from collections.abc import Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from workforce import countries
from workforce.core import audit, clock, db, vault
from workforce.core.errors import NotFound
from workforce.core.tenancy import Actor
from workforce.core.words import _
from workforce.models import CONTACT_KINDS, Contact, Worker
from workforce.people import phones
from workforce.people.workers import check_version
from workforce.people.wrong import WrongField
from workforce.rosters.names import is_name


def get(session: Session, actor: Actor, worker_id: uuid.UUID, contact_id: uuid.UUID) -> Contact:
    """One of this worker's contacts. Raises NotFound."""
    mine = select(Contact).where(
        Contact.id == contact_id, Contact.worker_id == worker_id, Contact.agency_id == actor.agency_id
    )
    found = session.scalar(mine)
    if found is None:
        raise NotFound(_("No such contact."))
    return found


def add(session: Session, actor: Actor, worker: Worker, values: Mapping[str, Any]) -> Contact:
    """One more contact, called after the others.

    `values`: kind, full_name, relation, country, language, phone, email, notes, may_be_told, other_worker_id (a buddy is
    another worker of the agency: their own number is used). Raises WrongField, NotFound.
    """
    ranks = session.scalars(
        select(Contact.rank).where(Contact.agency_id == worker.agency_id, Contact.worker_id == worker.id)
    )
    made = Contact(
        id=db.new_id(),
        agency_id=worker.agency_id,
        worker_id=worker.id,
        rank=max(ranks, default=-1) + 1,
        kind="",
        full_name="",
    )
    _fill(session, actor, worker, made, values)
    session.add(made)
    _changed(session, actor, worker, "contact.add", made)
    return made


def edit(
    session: Session, actor: Actor, worker: Worker, contact_id: uuid.UUID, values: Mapping[str, Any], *, version: int
) -> Contact:
    """Correct what is known; an empty phone leaves the number as it is. Raises NotFound, WrongField, Conflict."""
    contact = get(session, actor, worker.id, contact_id)
    check_version(contact, version)
    _fill(session, actor, worker, contact, values)
    _changed(session, actor, worker, "contact.edit", contact)
    return contact


def tell_no_more(session: Session, actor: Actor, worker: Worker) -> None:
    """Nobody of the family is told anything of the worker from now on."""
    for one in worker.contacts:
        if one.may_be_told:
            edit(session, actor, worker, one.id, known(session, one) | {"may_be_told": False}, version=one.version)


def remove(session: Session, actor: Actor, worker: Worker, contact_id: uuid.UUID) -> None:
    """Forget a contact. Raises NotFound."""
    contact = get(session, actor, worker.id, contact_id)
    _changed(session, actor, worker, "contact.remove", contact)
    session.delete(contact)
    session.flush()


def known(session: Session, contact: Contact) -> dict[str, Any]:
    """What is known, in clear, as an edit form shows it."""
    plain = {
        name: getattr(contact, name)
        for name in ("kind", "full_name", "relation", "country", "language", "may_be_told", "other_worker_id")
    }
    return plain | {name: vault.reveal(session, contact, name) or "" for name in ("email", "notes")}


def buddies(session: Session, worker: Worker) -> dict[uuid.UUID, Worker]:
    """The workers whom this worker's contacts are, by id."""
    others = [contact.other_worker_id for contact in worker.contacts if contact.other_worker_id]
    found = (
        session.scalars(select(Worker).where(Worker.agency_id == worker.agency_id, Worker.id.in_(others)))
        if others
        else ()
    )
    return {other.id: other for other in found}


def _fill(session: Session, actor: Actor, worker: Worker, contact: Contact, values: Mapping[str, Any]) -> None:
    kind, country = str(values.get("kind") or ""), str(values.get("country") or "")
    if kind not in CONTACT_KINDS:
        raise WrongField("kind", _("Choose who this is."))
    if country and country not in countries.all_codes():
        raise WrongField("country", _("Choose a country."))
    other = _other_worker(session, actor, worker, values.get("other_worker_id"))
    name = other.full_name if other else " ".join(str(values.get("full_name") or "").split())
    if not is_name(name):
        raise WrongField("full_name", _("Type the person's name, in letters."))
    if phone := str(values.get("phone") or "").strip():
        number = phones.normalise(
            phone, (country,) if country else (worker.nationality, worker.host_country), field="phone"
        )
        contact.phone_index = vault.blind_index(worker.agency_id, phones.INDEX, number)
        vault.seal(session, contact, phone=number)
    contact.kind, contact.country, contact.full_name = kind, country, name[:160]
    contact.other_worker_id = other.id if other else None
    contact.relation = str(values.get("relation") or "").strip()[:40]
    contact.language = str(values.get("language") or "")[:8]
    contact.may_be_told = bool(values.get("may_be_told"))
    vault.seal(
        session, contact, email=str(values.get("email") or "").strip(), notes=str(values.get("notes") or "").strip()
    )


def _other_worker(session: Session, actor: Actor, worker: Worker, other_id: uuid.UUID | None) -> Worker | None:
    if other_id is None:
        return None
    if other_id == worker.id:
        raise WrongField("full_name", _("Nobody is their own buddy. Choose another worker."))
    other = session.scalar(select(Worker).where(Worker.id == other_id, Worker.agency_id == actor.agency_id))
    if other is None:
        raise NotFound(_("No such worker."))
    return other


def _changed(session: Session, actor: Actor, worker: Worker, action: str, contact: Contact) -> None:
    worker.updated_at = clock.now()
    session.flush()
    audit.record(session, actor, action, contact)
