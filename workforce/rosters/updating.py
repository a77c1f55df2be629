"""What a roster changes about a worker we know: only what differs. An empty cell leaves things alone; nothing is removed."""

import uuid
from collections import ChainMap, defaultdict
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from workforce.core import vault
from workforce.core.db import new_id
from workforce.core.words import _
from workforce.models import Contact, Deployment, Document, DocumentVersion, Phone, Worker
from workforce.papers.documents import clean_number
from workforce.people import shape
from workforce.rosters import portraits, rereading
from workforce.rosters.creating import PaperKey, free_number, numbers_taken
from workforce.rosters.matching import Match, Matcher
from workforce.rosters.names import folded
from workforce.rosters.parts import Kin, Paper, Places, kin_of, mark_shared, papers_of, person_of, phone_index
from workforce.rosters.understanding import RosterRow

_NAMES = ("full_name", "family_name", "given_names")


class Change:
    """What one row changes on one worker, with what stood there before.

    `gaps_only`: an earlier row of the same file has spoken for this worker, so this one only adds what is missing.
    """

    def __init__(self, worker: Worker, row: RosterRow, *, gaps_only: bool) -> None:
        self.worker, self.row, self.gaps_only = worker, row, gaps_only
        self.changed: dict[tuple[str, uuid.UUID], dict[str, Any]] = {}
        self.added: dict[str, list[uuid.UUID]] = {}
        self.said: list[tuple[str, str, str]] = []
        """Field, old, new, in words: only where somebody looks."""

    def __bool__(self) -> bool:
        return bool(self.changed or self.added)

    def set(self, target: Any, **columns: Any) -> None:
        """Change columns of a row, and remember what they held."""
        for name, value in columns.items():
            held = getattr(target, name)
            if held != value:
                self.changed.setdefault((target.__tablename__, target.id), {}).setdefault(name, held)
                setattr(target, name, value)

    def wants(self, held: Any, value: Any) -> bool:
        """Whether the row's value should take the place of what is held."""
        return bool(value) and value != held and not (self.gaps_only and held)

    def add(self, made: Any) -> None:
        """Note a row that this change adds."""
        self.added.setdefault(made.__tablename__, []).append(made.id)


class Updater:
    """Brings the file's word to workers on file. With `dry` it only looks."""

    def __init__(self, db: Session, matcher: Matcher, places: Places, *, now: datetime, today: date, dry: bool) -> None:
        self.db, self.matcher, self.places, self.dry = db, matcher, places, dry
        self.agency_id, self.now, self.today = matcher.agency_id, now, today
        self.fresh: dict[uuid.UUID, list[Any]] = defaultdict(list)
        self.taken: dict[PaperKey, uuid.UUID] = {}
        self.tells = False
        """Whether changes are also told in words, field by field."""
        self.names: dict[uuid.UUID, str] | None = None
        self.renumbered: set[bytes] = set()
        self.empty_clears = False
        """Whether an empty cell takes away what is known."""

    def update(self, matches: Sequence[Match]) -> dict[int, Change]:
        """What each row changes, by row number; written unless dry. Rows about workers not on file yet are left out."""
        if not matches:
            return {}
        workers = self._load({match.worker_id for match in matches if match.worker_id})
        self.taken = numbers_taken(
            self.db, self.agency_id, (paper for match in matches for paper in papers_of(self.agency_id, match.row))
        )
        changes: dict[int, Change] = {}
        with self.db.no_autoflush:
            for match in matches:
                worker = workers.get(match.worker_id) if match.worker_id else None
                if worker is not None:
                    change = self._reread(worker, match)
                    changes[match.row.row_number] = change
                    if self.tells and change:
                        self._tell(change)
            self._write(changes.values())
        return changes

    def _reread(self, worker: Worker, match: Match) -> Change:
        """What the row changes, leaving aside what an exported list only repeats."""
        header = self.matcher.header
        news = rereading.news(self.agency_id, worker, match.row, header, lambda: self._portrait(worker))
        for name in dict.fromkeys(news.clashes):
            self.matcher.note(match.row, name, _("This was changed here too since the list was written."), "flagged")
        change = Change(worker, news.row, gaps_only=match.kind == "here")
        self._renumber(change, news.renumbered)
        self._compare(change)
        if self.empty_clears and match.kind == "known":
            rereading.clear(change, header, news.as_written)
        return change

    def _portrait(self, worker: Worker) -> portraits.Portrait:
        if self.names is None:
            self.names = portraits.names_of_places(self.db, self.agency_id)
        return portraits.portrait(self.db, worker, self.names)

    def _tell(self, change: Change) -> None:
        """Say what is changed, while the unsaved rows are still at hand."""
        if self.names is None:
            self.names = portraits.names_of_places(self.db, self.agency_id)
        names = ChainMap(self.names, self.places.called)
        change.said = portraits.differences(
            self.db, change.worker, names, change.changed, self.fresh.get(change.worker.id, [])
        )

    def _load(self, ids: set[uuid.UUID]) -> dict[uuid.UUID, Worker]:
        everything = (
            selectinload(Worker.phones),
            selectinload(Worker.deployments),
            selectinload(Worker.documents).selectinload(Document.versions),
            selectinload(Worker.contacts),
        )
        mine = select(Worker).where(Worker.agency_id == self.agency_id, Worker.id.in_(ids)).options(*everything)
        found = {worker.id: worker for worker in self.db.scalars(mine if self.dry else mine.with_for_update())}
        vault.prefetch(self.db, found)
        return found

    def _compare(self, change: Change) -> Change:
        self._person(change)
        self._deployment(change)
        self._phones(change)
        for paper in papers_of(self.agency_id, change.row):
            self._paper(change, paper)
        for kin in kin_of(change.row):
            self._contact(change, kin)
        if change.worker.archived_at is not None:
            self.matcher.note(
                change.row, "full_name", _("This worker had been archived and is back in the lists."), "flagged"
            )
            change.set(change.worker, archived_at=None)
        return change

    # --- the worker's own row -------------------------------------------------------------------------------------------

    def _person(self, change: Change) -> None:
        worker, given = change.worker, person_of(change.row)
        wanted = {
            name: value
            for name, value in given.items()
            if name not in _NAMES and change.wants(self._held(worker, name), _text(value))
        }
        if not change.gaps_only and self._renamed(worker, given):
            wanted |= {name: given[name] for name in _NAMES if name in given}
        if not wanted:
            return
        columns = shape.columns(self.db, self.agency_id, worker.id, wanted)
        if "birth_date" in wanted or "full_name" in wanted:
            born = _text(given.get("birth_date")) or self._held(worker, "birth_date")
            columns["identity_index"] = shape.identity_index(
                self.agency_id, columns.get("name_folded", worker.name_folded), born
            )
        change.set(worker, **columns)

    def _renamed(self, worker: Worker, given: dict[str, Any]) -> bool:
        """Another name, or the same one with its parts told apart for the first time."""
        same = folded(str(given["full_name"]))[:200] == worker.name_folded
        return not same or (not worker.family_name and bool(given.get("family_name")))

    def _held(self, worker: Worker, name: str) -> str:
        if name in shape.SEALED:
            return vault.reveal(self.db, worker, name) or ""
        return str(getattr(worker, name) or "")

    # --- where they work --------------------------------------------------------------------------------------------------

    def _deployment(self, change: Change) -> None:
        worker, values = change.worker, change.row.values
        host = str(values["host_country"])
        facts = {
            "employer_id": self.places.employer(str(values.get("employer", "")), host),
            "site_id": self.places.site(str(values.get("site", "")), host),
            "occupation": str(values.get("occupation", ""))[:120],
            "starts_on": values.get("contract_starts_on"),
            "ends_on": values.get("contract_ends_on"),
        }
        current = worker.deployment
        pending = next((one for one in self.fresh[worker.id] if isinstance(one, Deployment)), None)
        if current is None and pending is None and any(facts.values()):
            self._add(change, Deployment(**_head(worker), host_country=host, is_current=True, **facts))
        elif current is not None and not change.gaps_only and self._moved(current, facts["employer_id"], host):
            ended = min(current.ends_on or date.max, values.get("contract_starts_on") or self.today)
            change.set(current, is_current=False, ends_on=ended)
            self._add(change, Deployment(**_head(worker), host_country=host, is_current=True, **facts))
        elif current is not None:
            change.set(
                current, **{name: value for name, value in facts.items() if change.wants(getattr(current, name), value)}
            )

    def _moved(self, current: Deployment, employer_id: object, host: str) -> bool:
        """Another employer or another country is another deployment; a new site or occupation is not."""
        return current.host_country != host or bool(
            employer_id and current.employer_id and employer_id != current.employer_id
        )

    def _renumber(self, change: Change, renumbered: Sequence[tuple[str, str]]) -> None:
        """Numbers that an exported list has typed over others."""
        mine = {phone.number_index: phone for phone in change.worker.phones}
        for number, old in renumbered:
            index, held = phone_index(self.agency_id, number), mine.get(phone_index(self.agency_id, old))
            if held is not None and index not in mine:
                ids = (self.agency_id, held.subject_id, held.__tablename__, "number_sealed", held.id)
                self.renumbered |= {index, held.number_index}
                change.set(held, number_index=index, number_sealed=vault.seal_value(self.db, *ids, number))
                change.set(held, state="works", state_since=None)

    # --- numbers and contacts ---------------------------------------------------------------------------------------------

    def _phones(self, change: Change) -> None:
        worker = change.worker
        mine = [*worker.phones, *(one for one in self.fresh[worker.id] if isinstance(one, Phone))]
        for number, role in change.row.phones:
            index = phone_index(self.agency_id, number)
            if role == "family" or any(phone.number_index == index for phone in mine):
                continue
            made = Phone(
                **_head(worker), rank=max((phone.rank for phone in mine), default=-1) + 1, use=role, number_index=index
            )
            vault.seal(self.db, made, number=number)
            mine.append(made)
            self._add(change, made)

    def _contact(self, change: Change, kin: Kin) -> None:
        worker, index = change.worker, phone_index(self.agency_id, kin.number) if kin.number else None
        family = _("Family")
        mine = [*worker.contacts, *(one for one in self.fresh[worker.id] if isinstance(one, Contact))]
        same = next((one for one in mine if index and one.phone_index == index), None)
        same = same or next(
            (one for one in mine if kin.full_name != family and folded(one.full_name) == folded(kin.full_name)), None
        )
        if same is None:
            made = Contact(
                **_head(worker),
                kind="next_of_kin",
                rank=len(mine),
                country=worker.nationality,
                full_name=kin.full_name,
                relation=kin.relation,
            )
            made.phone_index = index
            vault.seal(self.db, made, phone=kin.number)
            self._add(change, made)
            return
        if (same.full_name == family and kin.full_name != family) or ("muster_id" in change.row.values and folded(same.full_name) != folded(kin.full_name)):
            change.set(same, full_name=kin.full_name)
        if change.wants(same.relation, kin.relation):
            change.set(same, relation=kin.relation)
        if index and change.wants(same.phone_index, index):
            sealed = vault.seal_value(
                self.db, self.agency_id, same.subject_id, "contacts", "phone_sealed", same.id, kin.number
            )
            change.set(same, phone_index=index, phone_sealed=sealed)

    # --- papers -------------------------------------------------------------------------------------------------------------

    def _paper(self, change: Change, paper: Paper) -> None:
        index = paper.number_index
        mine = [one for one in change.worker.documents if one.kind == paper.kind and one.archived_at is None]
        same = next((one for one in mine if index and one.number_index == index), None)
        document = same or max(mine, key=lambda one: one.expires_on or date.min, default=None)
        if document is None:
            self._new_paper(change, paper)
            return
        active = document.active
        if active is None or active.state != "active":
            return  # Marked as lost: a roster, which copies an older list, does not bring it back.
        if index and document.number_index and index != document.number_index:
            active = self._renew(change, document, paper)
        elif (
            index
            and document.number_index is None
            and (number := free_number(self.matcher, change.row, paper, change.worker.id, self.taken))
        ):
            change.set(document, number_index=index)
            change.set(active, paper_number_sealed=self._sealed_number(active, number))
        if active is not None:
            self._days(change, document, active, paper)

    def _days(self, change: Change, document: Document, active: DocumentVersion, paper: Paper) -> None:
        if change.wants(active.issued_on, paper.issued_on):
            change.set(active, issued_on=paper.issued_on)
        if change.wants(active.expires_on, paper.expires_on):
            change.set(active, expires_on=paper.expires_on)
            change.set(document, expires_on=paper.expires_on)
        held = document.custody if document.custody != "unknown" else ""
        if change.wants(held, paper.custody):
            change.set(document, custody=paper.custody, custody_since_on=self.today)

    def _renew(self, change: Change, document: Document, paper: Paper) -> DocumentVersion | None:
        """Another number: a new version, unless the file knows only an older one. None when nothing is to be changed."""
        passport = paper.kind == "passport"
        if change.gaps_only:
            return None
        if any(
            clean_number(vault.reveal(self.db, old, "paper_number") or "") == paper.number for old in document.versions
        ):
            self.matcher.note(
                change.row,
                "passport_number" if passport else f"{paper.kind}_number",
                _("This is an earlier number: the newer one is kept."),
                "flagged",
            )
            return None
        number = free_number(self.matcher, change.row, paper, change.worker.id, self.taken)
        if not number:
            return None
        if passport:
            self.matcher.note(
                change.row,
                "passport_number",
                _("A new passport number: kept as the renewal of the old passport."),
                "flagged",
            )
        for old in document.versions:
            if old.state == "active":
                change.set(old, state="renewed")
        following = max((old.number for old in document.versions), default=0) + 1
        issue = self._issue(document, paper, following, number)
        self._add(change, issue)
        change.set(
            document,
            number_index=paper.number_index,
            issuing_country=paper.country,
            expires_on=paper.expires_on,
            renewal_begun_on=None,
        )
        return issue

    def _new_paper(self, change: Change, paper: Paper) -> None:
        if any(isinstance(one, Document) and one.kind == paper.kind for one in self.fresh[change.worker.id]):
            return
        number = free_number(self.matcher, change.row, paper, change.worker.id, self.taken)
        custody = {"custody": paper.custody, "custody_since_on": self.today} if paper.custody else {}
        document = Document(
            **_head(change.worker),
            kind=paper.kind,
            issuing_country=paper.country,
            expires_on=paper.expires_on,
            **custody,
        )
        document.number_index = paper.number_index if number else None
        self._add(change, document)
        self._add(change, self._issue(document, paper, 1, number))

    def _issue(self, document: Document, paper: Paper, version: int, number: str) -> DocumentVersion:
        ids = {"id": new_id(), "agency_id": self.agency_id, "worker_id": document.worker_id, "document_id": document.id}
        issue = DocumentVersion(
            **ids,
            number=version,
            state="active",
            issued_on=paper.issued_on,
            expires_on=paper.expires_on,
            created_at=self.now,
        )
        issue.paper_number_sealed = self._sealed_number(issue, number) if number else None
        return issue

    def _sealed_number(self, issue: DocumentVersion, number: str) -> bytes:
        return vault.seal_value(
            self.db, self.agency_id, issue.worker_id, "document_versions", "paper_number_sealed", issue.id, number
        )

    # --- writing ------------------------------------------------------------------------------------------------------------

    def _add(self, change: Change, made: Any) -> None:
        self.fresh[made.worker_id].append(made)
        change.add(made)

    def _write(self, changes: Iterable[Change]) -> None:
        fresh = [made for mine in self.fresh.values() for made in mine]
        self.fresh.clear()
        if self.dry:
            self.db.expunge_all()
            return
        for change in changes:
            if change:
                change.worker.updated_at = self.now
        self.places.write()
        self.db.flush()  # What ends goes first: two current deployments of one worker cannot stand side by side.
        for kind in (Document, DocumentVersion, Deployment, Phone, Contact):
            self.db.add_all([made for made in fresh if isinstance(made, kind)])
            self.db.flush()
        mark_shared(
            self.db, self.agency_id, {made.number_index for made in fresh if isinstance(made, Phone)} | self.renumbered
        )
        self.renumbered = set()


def _head(worker: Worker) -> dict[str, uuid.UUID]:
    return {"id": new_id(), "agency_id": worker.agency_id, "worker_id": worker.id}


def _text(value: str | date | None) -> str:
    return value.isoformat() if isinstance(value, date) else str(value or "")
