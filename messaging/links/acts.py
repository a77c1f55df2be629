"""What an opened page may do. Each act has the effects of the text that says the same, under the same rules."""

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from locator.geodesy import Point
from locator.whereabouts import agreement, positions
from messaging.inbox import whereabouts
from messaging.incidents import board
from messaging.links import duress, words
from messaging.models import CasePerson, Proposal, Question, WorkerLink
from messaging.proposals import proposals
from messaging.reading import read
from messaging.reading.places import Place
from workforce import consents
from workforce.core import audit, vault
from workforce.core.errors import Conflict, Invalid
from workforce.core.tenancy import System
from workforce.core.words import _
from workforce.models import PURPOSES, Consent, Document, Worker
from workforce.papers import documents, files
from workforce.people import contacts

STATUSES = {"safe": "SAFE", "help": "HELP", "moving": "MOVING", "staying": "STAYING"}
HOURS = (1, 8, 24)
LONGEST_TYPED = 300
CORRECTABLE = ("full_name", "email", "address_host", "address_home")
ADDED = ("new_phone", "contact_name", "contact_phone", "remark")
CONSENTS = ("notices", "crisis", "backup", "location", "family", "transfer", "statistics")

PAPERS = ("passport", "visa", "residence_permit", "exit_permit", "work_permit", "contract", "medical", "insurance", "id_card", "certificate", "other")  # fmt: skip


class NoConsent(Conflict):
    """A copy may only be kept with the worker's word."""


@dataclass(frozen=True)
class Said:
    """What came of an answer: how the person is now on our boards, and which place was understood."""

    status: str
    place: str = ""
    place_unread: bool = False


@dataclass(frozen=True)
class Here:
    """Where a phone says it is: WGS 84 degrees and how far off in kilometres."""

    lat: float
    lon: float
    precision_km: float


def here(lat: str, lon: str, accuracy_m: str) -> Here | None:
    """What the page's script filled in, if it is a point on Earth."""
    try:
        found = Here(float(lat), float(lon), min(200.0, max(0.01, float(accuracy_m or 100) / 1000)))
    except ValueError:
        return None
    return found if abs(found.lat) <= 90 and abs(found.lon) <= 180 else None


def answer(
    db: Session, worker: Worker, status: str, *, typed: str = "", point: Here | None = None, at: datetime
) -> Said:
    """I am safe, I need help, on the way, staying: the same on the board as a text. Danger in the words beside it is HELP.

    Raises Invalid without a choice.
    """
    if status not in STATUSES.values():
        raise Invalid(_("Choose one answer first."))
    typed = typed.strip()[:LONGEST_TYPED]
    if typed and _is_danger(worker, typed):
        status = "HELP"
    pressed = words.say("en", status.lower())
    board.hear(db, worker, status, evidence=f"{pressed}: {typed}" if typed else pressed, source="link", at=at)
    _heard(db, worker, at)
    db.execute(
        update(Question)
        .where(Question.agency_id == worker.agency_id, Question.worker_id == worker.id)
        .where(Question.answered_at.is_(None), Question.expires_at > at)
        .values(answered_at=at)
    )
    place = tell_place(db, worker, typed=typed, point=point, at=at) if typed or point else ""
    return Said(status, place, place_unread=bool(typed) and not place)


def help_again(db: Session, link: WorkerLink, *, at: datetime) -> bool:
    """A call for help on a link that was used before. With a case open nothing is added; it has reached us either way."""
    worker = db.get_one(Worker, link.worker_id)
    waiting = db.scalar(
        select(CasePerson.id).where(
            CasePerson.agency_id == worker.agency_id, CasePerson.worker_id == worker.id, CasePerson.ended_at.is_(None)
        )
    )
    if waiting is None:
        board.hear(db, worker, "HELP", evidence=f"{words.say('en', 'help')} (used link)", source="link", at=at)
    return True


def tell_place(db: Session, worker: Worker, *, typed: str, point: Here | None, at: datetime) -> str:
    """Keep one place, typed or measured by the phone: sending it is the consent for this one. Its name, "" if not understood."""
    if point is not None:
        once = agreement.agree_once(db, System(worker.agency_id), worker, at=at, channel="link")
        _keep(db, worker, point, once, at)
        return whereabouts.name_of(Place(point.lat, point.lon, point.precision_km, None, "phone"))
    place = placed(db, worker, typed)
    if place is None:
        return ""
    where = Here(place.lat, place.lon, place.precision_km)
    once = agreement.agree_once(db, System(worker.agency_id), worker, at=at, channel="link")
    _keep(db, worker, where, once, at, label=place.name or "")
    return whereabouts.name_of(place)


def share(db: Session, link: WorkerLink, worker: Worker, hours: int, *, at: datetime) -> None:
    """Agree to share places for some hours: one line of the ledger, in the worker's language. Raises Invalid."""
    if hours not in HOURS:
        raise Invalid(_("Choose how long."))
    line = agreement.agree_for(db, System(worker.agency_id), worker, hours=hours, at=at, channel="link")
    mine = db.get_one(WorkerLink, link.id)
    mine.share_consent_id, mine.share_until = line.id, at + timedelta(hours=hours)
    mine.page_until = max(mine.page_until or at, mine.share_until)
    audit.record(db, System(worker.agency_id), "link.share", mine, hours=hours)


def shared(db: Session, link: WorkerLink, worker: Worker, point: Here, *, at: datetime) -> bool:
    """One more place of a running share; False when the share is over or was taken back."""
    if link.share_until is None or link.share_until <= at or link.share_consent_id is None:
        return False
    line = db.scalar(select(Consent).where(Consent.agency_id == worker.agency_id, Consent.id == link.share_consent_id))
    if line is None or not agreement.is_alive(db, line):
        return False
    _keep(db, worker, point, line, at)
    _heard(db, worker, at)
    return True


def stop(db: Session, link: WorkerLink, worker: Worker, *, at: datetime) -> None:
    """Nothing is shared from now on, and what was kept is deleted. Fold the database's log in after the commit."""
    positions.withdraw(db, System(worker.agency_id), worker, channel="link", at=at)
    mine = db.get_one(WorkerLink, link.id)
    mine.share_until = mine.share_consent_id = None


def correct(db: Session, worker: Worker, typed: dict[str, str], *, at: datetime) -> int:
    """Propose what is different from the record; how many facts. Danger in the words is a call for help besides."""
    typed = {name: " ".join(typed.get(name, "").split())[:LONGEST_TYPED] for name in (*CORRECTABLE, *ADDED)}
    known = record(db, worker)
    fields = {name: [known[name], typed[name]] for name in CORRECTABLE if typed[name] and typed[name] != known[name]}
    fields |= {name: ["", typed[name]] for name in ADDED if typed[name]}
    if not fields:
        return 0
    if typed["remark"] and _is_danger(worker, typed["remark"]):
        board.hear(db, worker, "HELP", evidence=typed["remark"], source="link", at=at)
    proposals.propose(db, System(worker.agency_id), worker, "record", {"fields": fields}, at=at, source="link")
    _heard(db, worker, at)
    return len(fields)


def record(db: Session, worker: Worker) -> dict[str, str]:
    """What a worker may correct, as it is now."""
    sealed = {name: vault.reveal(db, worker, name) or "" for name in CORRECTABLE if name != "full_name"}
    return {"full_name": worker.full_name, **sealed}


def agree(db: Session, worker: Worker, purpose: str, *, given: bool, at: datetime) -> list[str]:
    """Say yes or no to one purpose, at once. Answers sealed files to remove after the commit. Raises Invalid."""
    if purpose not in CONSENTS or purpose not in PURPOSES:
        raise Invalid(_("There is no such purpose."))
    actor = System(worker.agency_id)
    if given:
        consents.give(db, actor, worker, purpose, channel="link", at=at)
        return []
    if purpose == "location":
        positions.withdraw(db, actor, worker, channel="link", at=at)
        return []
    consents.withdraw(db, actor, worker, purpose, channel="link", at=at)
    if purpose == "family":
        contacts.tell_no_more(db, actor, worker)
    if purpose != "backup":
        return []
    waiting = db.scalars(
        select(Proposal).where(Proposal.agency_id == worker.agency_id, Proposal.worker_id == worker.id, Proposal.kind == "photo", Proposal.state == "open")
    ).all()  # fmt: skip
    dropped = [proposals.settle(db, actor, one, "refused", at=at, note="No longer agrees.") for one in waiting]
    return [*files.forget_all(db, actor, worker), *(place for place in dropped if place)]


def photograph(
    db: Session, worker: Worker, folder: Path, *, clear: bytes, which: str, agrees: bool, at: datetime
) -> Proposal:
    """A photograph of a paper for the vault, to be checked by a person. `which` is a paper's id or a kind.

    Raises Conflict without the consent or with too many waiting, WrongField for what is no picture.
    """
    actor = System(worker.agency_id)
    if consents.live(db, worker, "backup") is None:
        if not agrees:
            raise NoConsent(_("Tick that you agree first."))
        consents.give(db, actor, worker, "backup", channel="link", at=at)
    paper = _paper(db, worker, which)
    kind = paper.kind if paper else which if which in PAPERS else "other"
    _heard(db, worker, at)
    return proposals.keep_photo(db, actor, worker, folder, clear=clear, kind=kind, document=paper, at=at)


def keep_duress_word(db: Session, worker: Worker, word: str, *, at: datetime) -> None:
    """Keep the worker's secret word. Raises Invalid."""
    duress.keep(db, System(worker.agency_id), worker, word, at=at)


def _paper(db: Session, worker: Worker, which: str) -> Document | None:
    try:
        wanted = uuid.UUID(which)
    except ValueError:
        return None
    return next((paper for paper in documents.of_worker(db, worker) if paper.id == wanted), None)


def _keep(db: Session, worker: Worker, where: Here, consent: Consent, at: datetime, *, label: str = "") -> None:
    positions.record(
        db, System(worker.agency_id), worker, Point(where.lat, where.lon), precision_km=where.precision_km, source="link", label=label,
        taken_at=at, consent=consent,
    )  # fmt: skip


def placed(db: Session, worker: Worker, typed: str) -> Place | None:
    """The place that typed words name: read as a text that begins with LOC."""
    sites = whereabouts.sites_near(db, worker)
    for text in (typed, f"LOC {typed}"):
        found = read(text, language=worker.language, country=worker.host_country, sites=sites)
        if found.place is not None:
            return found.place
    return None


def _is_danger(worker: Worker, typed: str) -> bool:
    return read(typed, language=worker.language, country=worker.host_country).status == "HELP"


def _heard(db: Session, worker: Worker, at: datetime) -> None:
    # Not by way of the row: an answer must not make the page that somebody is editing look changed.
    db.execute(
        update(Worker).where(Worker.agency_id == worker.agency_id, Worker.id == worker.id).values(last_heard_at=at)
    )
