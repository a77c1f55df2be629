"""Papers and their versions: added, renewed, lost, handed from one holder to another."""

import re
import uuid
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload, selectinload

from workforce import countries
from workforce.core import audit, clock, db, vault
from workforce.core.errors import Conflict, NotFound
from workforce.core.tenancy import Actor
from workforce.core.words import _
from workforce.models import CUSTODIES, DOCUMENT_KINDS, Document, DocumentVersion, Worker
from workforce.papers import kinds
from workforce.people.workers import check_version
from workforce.people.wrong import WrongField

INDEX = "document_versions.paper_number"
LONGEST_NUMBER = 40


def get(session: Session, actor: Actor, document_id: uuid.UUID) -> Document:
    """The paper with its worker, versions and files. Raises NotFound, also for another agency's."""
    mine = select(Document).where(Document.id == document_id, Document.agency_id == actor.agency_id)
    found = session.scalar(
        mine.options(joinedload(Document.worker), selectinload(Document.versions).joinedload(DocumentVersion.file))
    )
    if found is None:
        raise NotFound(_("No such paper."))
    return found


def of_worker(session: Session, worker: Worker) -> list[Document]:
    """A worker's papers in force, the one that runs out first on top."""
    mine = select(Document).where(
        Document.agency_id == worker.agency_id, Document.worker_id == worker.id, Document.archived_at.is_(None)
    )
    papers = session.scalars(mine.options(selectinload(Document.versions).joinedload(DocumentVersion.file)))
    return sorted(papers, key=lambda paper: (paper.expires_on or date.max, paper.kind))


def clean_number(text: str) -> str:
    """A paper's number as it is compared: A-Z and 0-9 only."""
    return re.sub(r"[^A-Z0-9]", "", text.upper())


def number_index(agency_id: uuid.UUID, text: str) -> bytes | None:
    """The blind index of a paper's number; None where it has none."""
    clean = clean_number(text)
    return vault.blind_index(agency_id, INDEX, clean) if clean else None


def masked(number: str | None) -> str:
    """As in "P••••••7A": the first and the last two signs."""
    clean = clean_number(number or "")
    if len(clean) < 6:
        return "•" * len(clean)
    return f"{clean[0]}{'•' * (len(clean) - 3)}{clean[-2:]}"


def add(session: Session, actor: Actor, worker: Worker, values: Mapping[str, Any], *, today: date) -> Document:
    """A new paper with its first version.

    `values`: kind, title, issuing_country, number, issued_on, expires_on, place_of_issue, custody, custody_since_on,
    custody_note. Raises WrongField; Conflict when another paper of the agency has this number.
    """
    paper = Document(
        id=db.new_id(), agency_id=worker.agency_id, worker_id=worker.id, kind=str(values.get("kind") or "")
    )
    if paper.kind not in DOCUMENT_KINDS:
        raise WrongField("kind", _("Choose what kind of paper it is."))
    _describe(paper, worker, values)
    _hold(paper, values, today)
    issue = _issue(session, paper, values, number=1)
    session.add(paper)
    session.flush()
    session.add(issue)
    _changed(session, actor, worker, "paper.add", paper, kind=paper.kind)
    return paper


def edit(
    session: Session, actor: Actor, document_id: uuid.UUID, values: Mapping[str, Any], *, version: int, today: date
) -> Document:
    """Correct what was typed about the version in force; an empty number leaves it as it is. Raises NotFound, WrongField, Conflict."""
    paper = get(session, actor, document_id)
    check_version(paper, version)
    _describe(paper, paper.worker, values)
    _hold(paper, values, today)
    issue = paper.active
    if issue is None:
        raise NotFound(_("This paper has no version."))
    _fill_issue(session, paper, issue, values)
    _changed(session, actor, paper.worker, "paper.edit", paper)
    return paper


def renew(
    session: Session, actor: Actor, document_id: uuid.UUID, values: Mapping[str, Any], *, version: int, today: date
) -> DocumentVersion:
    """A new issue: it is active, the old one renewed. `values` as in `add`. Raises NotFound, WrongField, Conflict."""
    paper = get(session, actor, document_id)
    check_version(paper, version)
    expires_on, before = values.get("expires_on"), paper.active
    if before is not None and before.expires_on and expires_on and expires_on <= before.expires_on:
        raise WrongField(
            "expires_on",
            _(
                "The renewed paper must run longer than the old one, which ends on %(day)s.",
                day=before.expires_on.isoformat(),
            ),
        )
    for old in paper.versions:
        old.state = "renewed" if old.state == "active" else old.state
    paper.renewal_begun_on = None
    _hold(paper, values, today)
    issue = _issue(session, paper, values, number=max((old.number for old in paper.versions), default=0) + 1)
    session.add(issue)
    _changed(session, actor, paper.worker, "paper.renew", paper, number=issue.number)
    return issue


def lose(session: Session, actor: Actor, document_id: uuid.UUID, *, today: date, note: str = "") -> Document:
    """The paper is lost: nobody is reminded of its end; its number still finds the worker. Raises NotFound."""
    paper = get(session, actor, document_id)
    for issue in paper.versions:
        issue.state = "lost" if issue.state == "active" else issue.state
    paper.expires_on = None
    paper.custody, paper.custody_since_on, paper.custody_note = "lost", today, note[:120]
    _changed(session, actor, paper.worker, "paper.lost", paper)
    return paper


def hand_over(
    session: Session, actor: Actor, document_id: uuid.UUID, *, custody: str, since_on: date, note: str = ""
) -> Document:
    """Somebody else holds the paper now. Raises NotFound, WrongField."""
    paper = get(session, actor, document_id)
    before = paper.custody
    _hold(paper, {"custody": custody, "custody_since_on": since_on, "custody_note": note}, since_on)
    _changed(session, actor, paper.worker, "paper.custody", paper, before=before, after=custody)
    return paper


def begin_renewal(session: Session, actor: Actor, document_id: uuid.UUID, *, today: date) -> Document:
    """Note that the new paper has been applied for. Raises NotFound."""
    paper = get(session, actor, document_id)
    paper.renewal_begun_on = today
    _changed(session, actor, paper.worker, "paper.renewal_begun", paper)
    return paper


def archive(session: Session, actor: Actor, document_id: uuid.UUID, *, at: datetime) -> Document:
    """Put a paper away, because it is no longer needed. Raises NotFound."""
    paper = get(session, actor, document_id)
    paper.archived_at = at
    _changed(session, actor, paper.worker, "paper.archive", paper)
    return paper


def reveal_number(session: Session, actor: Actor, document_id: uuid.UUID, version_id: uuid.UUID) -> str:
    """The whole number of one version. Leaves an audit line. Raises NotFound."""
    paper = get(session, actor, document_id)
    issue = version_of(paper, version_id)
    audit.record(session, actor, "paper.number", paper, version=issue.number)
    return vault.reveal(session, issue, "paper_number") or ""


def version_of(paper: Document, version_id: uuid.UUID) -> DocumentVersion:
    """One version of this paper. Raises NotFound."""
    found = next((issue for issue in paper.versions if issue.id == version_id), None)
    if found is None:
        raise NotFound(_("No such paper."))
    return found


def renew_by(paper: Document) -> date | None:
    """The day by which renewal should have begun: the kind's lead before the end."""
    return paper.expires_on - timedelta(days=kinds.LEAD_DAYS.get(paper.kind, 60)) if paper.expires_on else None


def _describe(paper: Document, worker: Worker, values: Mapping[str, Any]) -> None:
    country = str(values.get("issuing_country") or (worker.nationality if paper.kind == "passport" else ""))
    if country and country not in countries.all_codes():
        raise WrongField("issuing_country", _("Choose a country."))
    paper.issuing_country = country
    paper.title = " ".join(str(values.get("title") or "").split())[:80]


def _hold(paper: Document, values: Mapping[str, Any], today: date) -> None:
    custody = str(values.get("custody") or paper.custody or "unknown")
    if custody not in CUSTODIES:
        raise WrongField("custody", _("Choose who holds it."))
    if custody != paper.custody or values.get("custody_since_on"):
        paper.custody_since_on = values.get("custody_since_on") or (today if custody not in {"unknown", ""} else None)
    paper.custody = custody
    if "custody_note" in values:
        paper.custody_note = str(values["custody_note"] or "").strip()[:120]


def _issue(session: Session, paper: Document, values: Mapping[str, Any], *, number: int) -> DocumentVersion:
    issue = DocumentVersion(
        id=db.new_id(),
        agency_id=paper.agency_id,
        document_id=paper.id,
        worker_id=paper.worker_id,
        number=number,
        state="active",
        created_at=clock.now(),
    )
    _fill_issue(session, paper, issue, values)
    return issue


def _fill_issue(session: Session, paper: Document, issue: DocumentVersion, values: Mapping[str, Any]) -> None:
    issued_on, expires_on = values.get("issued_on"), values.get("expires_on")
    if issued_on and expires_on and expires_on <= issued_on:
        raise WrongField("expires_on", _("It must run out after the day it was issued."))
    number = clean_number(str(values.get("number") or ""))
    if len(number) > LONGEST_NUMBER:
        raise WrongField("number", _("This is too long for a number."))
    if number:
        _check_free(session, paper, number)
        vault.seal(session, issue, paper_number=number)
        paper.number_index = number_index(paper.agency_id, number)
    elif issue.paper_number_sealed is None:
        paper.number_index = None
    issue.issued_on, issue.expires_on = issued_on, expires_on
    issue.place_of_issue = " ".join(str(values.get("place_of_issue") or "").split())[:80]
    if issue.state == "active":
        paper.expires_on = expires_on


def _check_free(session: Session, paper: Document, number: str) -> None:
    same = select(Document).where(
        Document.agency_id == paper.agency_id,
        Document.kind == paper.kind,
        Document.issuing_country == paper.issuing_country,
        Document.number_index == number_index(paper.agency_id, number),
        Document.id != paper.id,
    )
    with session.no_autoflush:
        other = session.scalar(same.options(joinedload(Document.worker)))
    if other is not None:
        raise Conflict(_("This number already stands among the papers of %(name)s.", name=other.worker.full_name))


def _changed(session: Session, actor: Actor, worker: Worker, action: str, paper: Document, **facts: Any) -> None:
    worker.updated_at = clock.now()
    session.flush()
    audit.record(session, actor, action, paper, **facts)
