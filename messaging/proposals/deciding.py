"""Deciding about a proposal: what would change, old beside new, and the change itself once a person has said yes.

Whoever confirms is the one who changes the record: the rules and the audit lines are those of the desk.
"""

import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from messaging.models import CasePerson, Incident, Proposal
from messaging.proposals import proposals
from workforce import consents
from workforce.core import vault
from workforce.core.errors import Conflict, Invalid, NotAllowed
from workforce.core.tenancy import Actor
from workforce.core.words import _, _l
from workforce.models import Contact, Worker
from workforce.papers import documents, files, kinds
from workforce.people import contacts, erasing, phones, shape, workers

TITLES = {
    "join": _l("Wants to be on the list"),
    "record": _l("Corrects the record"),
    "number": _l("Has a new number"),
    "contact": _l("Names somebody to call"),
    "custody": _l("Says who holds the passport"),
    "renewed": _l("Has renewed a paper"),
    "copy": _l("Asks for a copy"),
    "photo": _l("Sent a photograph of a paper"),
    "family": _l("Lets us tell the family"),
    "erase": _l("Asks to be forgotten"),
}
FIELDS = {
    "full_name": _l("Name"),
    "email": _l("E-mail"),
    "address_host": _l("Address there"),
    "address_home": _l("Address at home"),
    "new_phone": _l("New number"),
    "contact_name": _l("Whom to call"),
    "contact_phone": _l("Their number"),
    "remark": _l("In their words"),
    "birth_date": _l("Born"),
    "where": _l("Place of work"),
}
ERASERS = frozenset({"manager", "admin"})


@dataclass(frozen=True)
class Change:
    """One line of a proposal: what it is about, as it stands now, as it would be."""

    label: str
    old: str
    new: str
    is_stale: bool = False


@dataclass(frozen=True)
class Settled:
    """After a decision: the worker it is about, and sealed files to remove once it is committed."""

    worker_id: uuid.UUID | None
    places: list[str]


def title(proposal: Proposal) -> str:
    """The proposal in a few words, as it follows a name."""
    return str(TITLES.get(proposal.kind, proposal.kind))


def changes(db: Session, actor: Actor, proposal: Proposal) -> list[Change]:
    """What would change. `is_stale` marks a fact that somebody has changed since it was proposed."""
    asked = proposals.payload(db, proposal)
    if proposal.kind in {"record", "join"}:
        return _of_the_record(db, proposal, asked)
    if proposal.kind in {"custody", "renewed", "photo"}:
        return [_of_a_paper(proposal, asked)]
    return _of_people(db, proposal, asked)


def _of_the_record(db: Session, proposal: Proposal, asked: dict[str, Any]) -> list[Change]:
    said = {name: ["", str(asked[name])] for name in ("full_name", "birth_date", "where") if asked.get(name)}
    fields, now = asked.get("fields") or said, _known(db, proposal.worker)
    return [
        Change(str(FIELDS.get(name, name)), now.get(name, old), new, is_stale=name in now and now[name] != old)
        for name, (old, new) in fields.items()
    ]


def _of_a_paper(proposal: Proposal, asked: dict[str, Any]) -> Change:
    paper, word = proposal.document, kinds.word(asked.get("kind", "other"))
    if proposal.kind == "custody":
        held = paper.custody if paper else asked.get("old", "unknown")
        words = kinds.CUSTODY_WORDS
        return Change(
            _("Passport with"), str(words[held]), str(words[asked["custody"]]), is_stale=held != asked.get("old")
        )
    if proposal.kind == "renewed":
        ends = paper.expires_on.isoformat() if paper and paper.expires_on else ""
        return Change(word, ends, asked.get("date") or asked.get("words") or _("renewed"))
    kept = _("a copy is kept") if paper and paper.active and paper.active.file else ""
    return Change(word, kept, asked.get("warning") or _("the photograph below"))


def _of_people(db: Session, proposal: Proposal, asked: dict[str, Any]) -> list[Change]:
    worker = proposal.worker
    if proposal.kind == "contact":
        who = asked.get("name") or _("no name")
        return [Change(_("Whom to call"), "", f"{who}, {phones.masked(asked.get('number'))}")]
    if worker is None:
        return []
    if proposal.kind == "number":
        first = next((vault.reveal(db, phone, "number") for phone in worker.phones), "")
        return [Change(_("First number"), phones.masked(first), phones.masked(asked.get("number")))]
    if proposal.kind == "family":
        untold = [one for one in _family(worker) if not one.may_be_told]
        return [Change(one.full_name, _("is not told"), _("may be told")) for one in untold]
    return [Change(_("Record"), worker.full_name, _("everything about this person is erased"))]


def confirm(
    db: Session, actor: Actor, proposal_id: uuid.UUID, *, answers: Mapping[str, str], folder: Path, at: datetime, today: date
) -> Settled:  # fmt: skip
    """Do what was asked. `answers` are what the person adds: nationality and host country of somebody new, the worker they are.

    Raises NotFound, Conflict when it was decided or the record changed meanwhile, Invalid, NotAllowed.
    """
    proposal = proposals.check_open(db, actor, proposal_id)
    worker = workers.get(db, actor, proposal.worker_id) if proposal.worker_id else None
    asked = proposals.payload(db, proposal)
    stale = [one.label for one in changes(db, actor, proposal) if one.is_stale]
    if stale:
        raise Conflict(_("%(what)s has been changed since this was asked. Look at the record and refuse this, or change it there.", what=", ".join(stale)))  # fmt: skip
    if worker is None:
        number = vault.reveal(db, proposal, "number")
        worker = _join(db, actor, proposal, asked, answers, today)
        proposal.worker_id = (
            worker.id
        )  # From now on the worker's own key seals it, so that erasing them erases this too.
        vault.seal(db, proposal, payload=json.dumps(asked, ensure_ascii=False), number=number)
        return Settled(worker.id, _tidy(proposals.settle(db, actor, proposal, "confirmed", at=at)))
    if proposal.kind == "erase":
        return _erase(db, actor, proposal, worker, at)
    replaced = DEEDS[proposal.kind](db, actor, proposal, worker, asked, folder, today) if proposal.kind in DEEDS else ""
    return Settled(worker.id, _tidy(proposals.settle(db, actor, proposal, "confirmed", at=at), replaced))


def matches(db: Session, actor: Actor, proposal: Proposal) -> list[Worker]:
    """Workers on file whom somebody who wants to join may be: the same name and birth date."""
    asked = proposals.payload(db, proposal)
    name, born = str(asked.get("full_name", "")), str(asked.get("birth_date", ""))
    if proposal.kind != "join" or not (name and born):
        return []
    folded = shape.columns(db, actor.agency_id, proposal.id, {"full_name": name})["name_folded"]
    index = shape.identity_index(actor.agency_id, folded, born)
    mine = select(Worker).where(Worker.agency_id == actor.agency_id, Worker.identity_index == index)
    return list(db.scalars(mine.where(Worker.archived_at.is_(None)).limit(5)))


# --- the deeds --------------------------------------------------------------------------------------------------------


def _record(db: Session, actor: Actor, _p: Proposal, worker: Worker, asked: dict[str, Any], _f: Path, today: date) -> str:  # fmt: skip
    new = {name: value for name, (_old, value) in asked["fields"].items()}
    facts = {name: new[name] for name in ("full_name", "email", "address_host", "address_home") if name in new}
    if facts:
        workers.edit(db, actor, worker.id, facts, version=worker.version, today=today)
    if "new_phone" in new:
        phones.add(db, actor, worker, new["new_phone"], use="host")
    if "contact_name" in new or "contact_phone" in new:
        _add_contact(db, actor, worker, new.get("contact_name", ""), new.get("contact_phone", ""))
    return ""


def _number(db: Session, actor: Actor, _p: Proposal, worker: Worker, asked: dict[str, Any], _f: Path, _t: date) -> str:
    made = phones.add(db, actor, worker, asked["number"], use="host")
    phones.put_first(db, actor, worker, made.id)
    return ""


def _contact(db: Session, actor: Actor, _p: Proposal, worker: Worker, asked: dict[str, Any], _f: Path, _t: date) -> str:
    _add_contact(db, actor, worker, asked.get("name", ""), asked.get("number", ""))
    return ""


def _custody(db: Session, actor: Actor, p: Proposal, worker: Worker, asked: dict[str, Any], _f: Path, today: date) -> str:  # fmt: skip
    if p.document_id is None:
        facts = {"kind": "passport", "custody": asked["custody"], "custody_since_on": today}
        documents.add(db, actor, worker, facts, today=today)
    elif asked["custody"] == "lost":
        documents.lose(db, actor, p.document_id, today=today)
    else:
        documents.hand_over(db, actor, p.document_id, custody=asked["custody"], since_on=today)
    return ""


def _renewed(db: Session, actor: Actor, p: Proposal, _w: Worker, _a: dict[str, Any], _f: Path, today: date) -> str:
    """The renewal is noted as begun; number and day come from the paper itself, typed or photographed."""
    if p.document_id is not None:
        documents.begin_renewal(db, actor, p.document_id, today=today)
    return ""


def _family_on(db: Session, actor: Actor, _p: Proposal, worker: Worker, _a: dict[str, Any], _f: Path, _t: date) -> str:
    for one in _family(worker):
        facts = contacts.known(db, one) | {"may_be_told": True}
        contacts.edit(db, actor, worker, one.id, facts, version=one.version)
    consents.give(db, actor, worker, "family", channel="sms")
    return ""


def _photo(db: Session, actor: Actor, p: Proposal, worker: Worker, asked: dict[str, Any], folder: Path, today: date) -> str:  # fmt: skip
    clear, _media_type = proposals.photo(db, actor, p, folder)
    paper = documents.get(db, actor, p.document_id) if p.document_id else None
    if paper is None:
        paper = documents.add(db, actor, worker, {"kind": asked["kind"]}, today=today)
        db.refresh(paper, ["versions"])
    issue = paper.active
    if issue is None:
        raise Conflict(_("This paper has no version to which a copy could belong."))
    _row, replaced = files.keep(db, actor, folder, paper.id, issue.id, clear=clear, name=asked["kind"])
    return replaced


DEEDS = {
    "record": _record, "number": _number, "contact": _contact, "custody": _custody, "renewed": _renewed, "family": _family_on, "photo": _photo,
}  # fmt: skip


def _join(db: Session, actor: Actor, p: Proposal, asked: dict[str, Any], answers: Mapping[str, str], today: date) -> Worker:  # fmt: skip
    """Somebody new, or the number of somebody known: `answers["worker_id"]` says who."""
    number = vault.reveal(db, p, "number") or ""
    if chosen := answers.get("worker_id"):
        try:
            worker = workers.get(db, actor, uuid.UUID(chosen))
        except ValueError:
            raise Invalid(_("Choose a person from the list.")) from None
    else:
        facts = {
            "full_name": asked.get("full_name", ""),
            "birth_date": date.fromisoformat(asked["birth_date"]) if asked.get("birth_date") else None,
            "nationality": answers.get("nationality", ""),
            "host_country": answers.get("host_country", ""),
            "language": asked.get("language", "en"),
        }
        worker = workers.register(db, actor, facts, today=today, via="sms")
        if asked.get("agrees"):
            consents.give(
                db, actor, worker, "deployment", channel="sms", language=asked.get("language", ""), at=p.changed_at
            )
    if number:
        phones.add(db, actor, worker, number, use="host")
    return worker


def _erase(db: Session, actor: Actor, proposal: Proposal, worker: Worker, at: datetime) -> Settled:
    """Erase everything about a person: their key first, so that no backup of the rows can be read any more."""
    if actor.role not in ERASERS:
        raise NotAllowed(_("A manager or an admin of your agency may erase a person."))
    if _has_a_case(db, worker) or _in_an_incident(db, worker):
        raise Conflict(_("%(name)s may be in danger: an incident or a case is open. Erase when it is closed.", name=worker.given_name))  # fmt: skip
    places = [proposal.place] if proposal.place else []
    proposals.settle(db, actor, proposal, "confirmed", at=at)
    places += erasing.erase(db, actor, worker.id)
    return Settled(None, places)


def _has_a_case(db: Session, worker: Worker) -> bool:
    mine = select(CasePerson.id).where(CasePerson.agency_id == worker.agency_id, CasePerson.worker_id == worker.id)
    return db.scalar(mine.where(CasePerson.ended_at.is_(None)).limit(1)) is not None


def _in_an_incident(db: Session, worker: Worker) -> bool:
    mine = select(Incident).where(Incident.agency_id == worker.agency_id, Incident.closed_at.is_(None))
    return any(worker.host_country in incident.countries for incident in db.scalars(mine))


def _add_contact(db: Session, actor: Actor, worker: Worker, name: str, number: str) -> None:
    facts = {"kind": "next_of_kin", "full_name": name or _("Contact of %(name)s", name=worker.given_name), "phone": number}  # fmt: skip
    contacts.add(db, actor, worker, facts)


def _family(worker: Worker) -> list[Contact]:
    return [one for one in worker.contacts if one.kind == "next_of_kin"]


def _known(db: Session, worker: Worker | None) -> dict[str, str]:
    if worker is None:
        return {}
    sealed = {name: vault.reveal(db, worker, name) or "" for name in ("email", "address_host", "address_home")}
    return {"full_name": worker.full_name, **sealed}


def _tidy(*places: str) -> list[str]:
    return [place for place in places if place]
