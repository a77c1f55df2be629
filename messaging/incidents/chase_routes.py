"""Which way each step of the ladder has to a person: a number and whose it is, or the reason why there is none."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field

from sqlalchemy import select
from sqlalchemy.orm import Session

from messaging.incidents import wording
from messaging.incidents.audience import kind_of
from messaging.models import Incident, Person
from messaging.outbox import outbox
from messaging.outbox.outbox import UNUSABLE, first_phone
from workforce import consents
from workforce.core import vault
from workforce.models import Agency, Contact, Phone, Worker

CONTACTS = {"buddy": ("buddy",), "site_leader": ("site_leader", "community"), "family": ("next_of_kin",), "employer": ("employer",)}  # fmt: skip


@dataclass(frozen=True)
class Way:
    """One number to text. `worker_id` is its owner where they are a worker of ours; `phone_id` only for the person's own."""

    number: str = field(repr=False)
    language: str
    worker_id: uuid.UUID | None = None
    phone_id: uuid.UUID | None = None
    channel: str = "sms"


@dataclass
class Surroundings:
    """Numbers and contacts of a batch of people, read once."""

    db: Session
    agency: Agency
    phones: dict[uuid.UUID, list[Phone]]
    contacts: dict[uuid.UUID, list[Contact]]
    others: dict[uuid.UUID, Worker]
    stopped: set[bytes]
    family_off: set[uuid.UUID]
    channels: tuple[str, ...]
    no_texts: set[uuid.UUID]

    def ways(self, person: Person, step: str) -> tuple[list[Way], str]:
        """(the ways of this step, "") or ([], why there is none)."""
        if step == "call":
            return [], ""
        worker = person.worker
        if step in {"voice", "whatsapp"}:
            return self._by(step, worker) if step in self.channels else ([], "not_set_up")
        if step in {"again", "other_number"}:
            return self._own(worker, step)
        if step == "family" and worker.id in self.family_off:
            return [], "family_off"
        found = [way for one in self.contacts.get(worker.id, []) if one.kind in CONTACTS[step] and (way := self._contact(worker, one))]  # fmt: skip
        return (found, "") if found else ([], "nobody_known")

    def _own(self, worker: Worker, step: str) -> tuple[list[Way], str]:
        usable = [phone for phone in self.phones.get(worker.id, []) if phone.state not in UNUSABLE]
        first = first_phone(self.phones.get(worker.id, []))
        wanted = [one for one in usable if (one is first) == (step == "again")]
        found = [
            Way(number, wording.language_of(worker.language), worker.id, phone.id)
            for phone in wanted
            if (number := vault.reveal(self.db, phone, "number")) and self._takes_texts(number)
        ]
        return (found, "") if found else ([], "no_other_number" if step == "other_number" else "no_number")

    def _by(self, channel: str, worker: Worker) -> tuple[list[Way], str]:
        """One call, or one message on WhatsApp, to the number for it if there is one, else the first. A landline takes calls."""
        phones = self.phones.get(worker.id, [])
        phone = next((one for one in phones if one.use == channel), None) or first_phone(phones)
        number = vault.reveal(self.db, phone, "number") if phone is not None else None
        if phone is None or not number:
            return [], "no_number"
        return [Way(number, wording.language_of(worker.language), worker.id, phone.id, channel)], ""

    def _contact(self, worker: Worker, contact: Contact) -> Way | None:
        """Where to text a contact. Nobody who wants no texts from us gets one, not even about a friend."""
        other = self.others.get(contact.other_worker_id) if contact.other_worker_id else None
        if other is not None:
            phone = first_phone(self.phones.get(other.id, []))
            number = vault.reveal(self.db, phone, "number") if phone is not None else None
            if other.opted_out_at is not None or other.archived_at is not None or not number:
                return None
            return Way(number, wording.language_of(other.language), other.id)
        if contact.phone_index in self.stopped:
            return None
        number = vault.reveal(self.db, contact, "phone")
        if not number or not self._takes_texts(number):
            return None
        return Way(number, "en" if contact.kind == "employer" else wording.language_of(worker.language))

    def _takes_texts(self, number: str) -> bool:
        return self.agency.is_demo or not is_landline(number)


def is_landline(number: str) -> bool:
    """Whether a number (E.164) is certainly a fixed line, which takes no texts. By phonenumbers' tables; in doubt, no."""
    return kind_of(number) == "landline"


def around(db: Session, incident: Incident, people: Sequence[Person]) -> Surroundings:
    """Read what is known of these people's numbers and contacts: five statements, however many they are."""
    ids = [person.worker_id for person in people]
    kinds = [kind for some in CONTACTS.values() for kind in some]
    near = list(db.scalars(
        select(Contact).where(Contact.agency_id == incident.agency_id, Contact.worker_id.in_(ids), Contact.kind.in_(kinds)).order_by(Contact.rank, Contact.id)
    ))  # fmt: skip
    other_ids = {one.other_worker_id for one in near if one.other_worker_id}
    others = {one.id: one for one in db.scalars(select(Worker).where(Worker.agency_id == incident.agency_id, Worker.id.in_(other_ids)))}  # fmt: skip
    vault.prefetch(db, {*ids, *other_ids})
    phones: dict[uuid.UUID, list[Phone]] = {}
    owned = select(Phone).where(Phone.agency_id == incident.agency_id, Phone.worker_id.in_({*ids, *other_ids}))
    for phone in db.scalars(owned.order_by(Phone.rank, Phone.id)):
        phones.setdefault(phone.worker_id, []).append(phone)
    contacts: dict[uuid.UUID, list[Contact]] = {}
    for one in near:
        if one.worker_id is not None:
            contacts.setdefault(one.worker_id, []).append(one)
    indexes = {one.phone_index for one in near if one.phone_index}
    stopped = select(Phone.number_index).join(Worker, (Worker.agency_id == Phone.agency_id) & (Worker.id == Phone.worker_id))  # fmt: skip
    quiet = set(db.scalars(stopped.where(Phone.agency_id == incident.agency_id, Phone.number_index.in_(indexes), Worker.opted_out_at.is_not(None))))  # fmt: skip
    off = consents.refused(db, incident.agency_id, "family", ids)
    no_texts = consents.refused(db, incident.agency_id, "crisis", ids)
    agency = db.get_one(Agency, incident.agency_id)
    return Surroundings(db, agency, phones, contacts, others, quiet, off, channels(db, incident), no_texts)


def channels(db: Session, incident: Incident) -> tuple[str, ...]:
    """The ways that are set up. An exercise has the simulated network alone, which has all of them."""
    return outbox.CHANNELS if incident.is_exercise else outbox.channels(db, incident.agency_id)
