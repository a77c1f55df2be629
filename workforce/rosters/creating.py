"""New workers from rows, many at a time: made as lists of values, sealed on the way, inserted table by table."""

import uuid
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from workforce.core import vault
from workforce.core.db import new_ids
from workforce.core.loading import insert_rows
from workforce.core.vault import Key
from workforce.core.words import _
from workforce.models import Contact, Deployment, Document, DocumentVersion, Phone, Worker
from workforce.people import shape
from workforce.rosters.matching import Match, Matcher
from workforce.rosters.parts import (
    LANGUAGES,
    NUMBER_FIELDS,
    Paper,
    Places,
    kin_of,
    mark_shared,
    papers_of,
    person_of,
    phone_index,
)
from workforce.rosters.understanding import RosterRow

Rows = list[dict[str, Any]]
PaperKey = tuple[str, str, bytes]
"""Kind, issuing country and number index: what may stand only once in an agency."""

# What every row of a table says alike. A column that the file has is taken out of it.
_WORKER: dict[str, Any] = {
    **dict.fromkeys(("own_script_name", "second_nationality", "external_ref"), ""),
    "aliases": [], "languages": [], "identity_index": None, "preferred_channel": "sms", "registered_via": "import", "version": 1,
}
_DEPLOYMENT = {"isco": "", "is_current": True, "version": 1}
_PHONE = {"is_shared": False, "state": "works"}
_CONTACT = {"kind": "next_of_kin", "language": "", "may_be_told": False, "version": 1}
_DOCUMENT = {"title": "", "custody_note": "", "version": 1}
_ISSUE = {"number": 1, "state": "active", "place_of_issue": ""}
_IDS_AT_ONCE = 256


class Maker:
    """Makes the workers of one import. `notes` go to the matcher's, which knows the file's columns."""

    def __init__(
        self, db: Session, matcher: Matcher, places: Places, *, import_id: uuid.UUID, now: datetime, today: date
    ) -> None:
        self.db, self.matcher, self.places = db, matcher, places
        self.agency_id, self.import_id, self.now, self.today = matcher.agency_id, import_id, now, today
        fields = matcher.header.fields
        filled = {"birth_date": "identity_index", "email": "email_index"}
        told = [*(fields & _WORKER.keys()), *(index for name, index in filled.items() if name in fields)]
        self.empty = {name: _WORKER.get(name) for name in told}
        self.empty |= {f"{name}_sealed": None for name in shape.SEALED if name in fields}
        self.alike = {name: value for name, value in _WORKER.items() if name not in told}
        self.alike |= {"import_id": import_id, "created_at": now, "updated_at": now}
        self.ids = _fresh_ids()
        self._clear()

    def make(self, matches: Sequence[Match]) -> None:
        """Insert the workers of these matches with everything their rows say."""
        if not matches:
            return
        papers = [papers_of(self.agency_id, match.row) for match in matches]
        # A passport that somebody has would have made the row that worker's: only the other papers are asked for.
        taken = numbers_taken(
            self.db, self.agency_id, [paper for each in papers for paper in each if paper.kind != "passport"]
        )
        for match, each in zip(matches, papers, strict=True):
            if match.worker_id is not None:
                self._worker(match.worker_id, match.row)
                self._deployment(match.worker_id, match.row)
                self._phones(match.worker_id, match.row)
                for paper in each:
                    self._paper(match.worker_id, match.row, paper, taken)
        self._write()

    def _worker(self, worker_id: uuid.UUID, row: RosterRow) -> None:
        key = vault.new_subject_key(self.db, self.agency_id, worker_id)
        self.keys.append({"id": next(self.ids), **key})
        self.seals = vault.seals_of(self.db, self.agency_id, worker_id, make=False)
        language = LANGUAGES.get(str(row.values["nationality"]), "en")
        columns = shape.columns(self.db, self.agency_id, worker_id, person_of(row))
        self.workers.append({**self.empty, "id": worker_id, "language": language, **columns})

    def _deployment(self, worker_id: uuid.UUID, row: RosterRow) -> None:
        values, host = row.values, str(row.values["host_country"])
        self.deployments.append(
            {
                "id": next(self.ids),
                "worker_id": worker_id,
                "employer_id": self.places.employer(str(values.get("employer", "")), host),
                "site_id": self.places.site(str(values.get("site", "")), host),
                "host_country": host,
                "occupation": str(values.get("occupation", ""))[:120],
                "starts_on": values.get("contract_starts_on"),
                "ends_on": values.get("contract_ends_on"),
            }
        )

    def _phones(self, worker_id: uuid.UUID, row: RosterRow) -> None:
        own = [phone for phone in row.phones if phone.role != "family"]
        for rank, phone in enumerate(own):
            phone_id = next(self.ids)
            self.phones.append(
                {
                    "id": phone_id,
                    "worker_id": worker_id,
                    "rank": rank,
                    "use": phone.role,
                    "number_sealed": self.seals.seal("phones", "number_sealed", phone_id, phone.number),
                    "number_index": phone_index(self.agency_id, phone.number),
                }
            )
        for rank, kin in enumerate(kin_of(row)):
            contact_id = next(self.ids)
            self.contacts.append(
                {
                    "id": contact_id,
                    "worker_id": worker_id,
                    "rank": rank,
                    "country": row.values["nationality"],
                    "full_name": kin.full_name,
                    "relation": kin.relation,
                    "phone_sealed": self.seals.seal("contacts", "phone_sealed", contact_id, kin.number) if kin.number else None,
                    "phone_index": phone_index(self.agency_id, kin.number) if kin.number else None,
                }
            )

    def _paper(self, worker_id: uuid.UUID, row: RosterRow, paper: Paper, taken: dict[PaperKey, uuid.UUID]) -> None:
        number = free_number(self.matcher, row, paper, worker_id, taken)
        document_id, issue_id = next(self.ids), next(self.ids)
        self.documents.append(
            {
                "id": document_id,
                "worker_id": worker_id,
                "kind": paper.kind,
                "issuing_country": paper.country,
                "custody": paper.custody or "unknown",
                "custody_since_on": self.today if paper.custody else None,
                "expires_on": paper.expires_on,
                "number_index": paper.number_index if number else None,
            }
        )
        sealed = self.seals.seal("document_versions", "paper_number_sealed", issue_id, number) if number else None
        self.issues.append(
            {
                "id": issue_id,
                "document_id": document_id,
                "worker_id": worker_id,
                "paper_number_sealed": sealed,
                "issued_on": paper.issued_on,
                "expires_on": paper.expires_on,
            }
        )

    def _write(self) -> None:
        self.places.write()
        tables: list[tuple[type[Any], Rows, dict[str, Any]]] = [
            *((Key, self.keys, {}), (Worker, self.workers, self.alike), (Deployment, self.deployments, _DEPLOYMENT)),
            *((Phone, self.phones, _PHONE), (Document, self.documents, _DOCUMENT)),
            *((DocumentVersion, self.issues, _ISSUE | {"created_at": self.now}), (Contact, self.contacts, _CONTACT)),
        ]
        for model, rows, alike in tables:
            insert_rows(self.db, model, rows, **{"agency_id": self.agency_id, **alike})
        mark_shared(self.db, self.agency_id, (phone["number_index"] for phone in self.phones), only_new=True)
        self._clear()

    def _clear(self) -> None:
        self.keys: Rows = []
        self.workers: Rows = []
        self.deployments: Rows = []
        self.phones: Rows = []
        self.contacts: Rows = []
        self.documents: Rows = []
        self.issues: Rows = []


def _fresh_ids() -> Iterator[uuid.UUID]:
    while True:
        yield from new_ids(_IDS_AT_ONCE)


def numbers_taken(db: Session, agency_id: uuid.UUID, papers: Iterable[Paper]) -> dict[PaperKey, uuid.UUID]:
    """Which of these papers' numbers stand in the agency already, and whose they are."""
    wanted = [paper for paper in papers if paper.number]
    if not wanted:
        return {}
    found = select(Document.kind, Document.issuing_country, Document.number_index, Document.worker_id).where(
        Document.agency_id == agency_id,
        Document.kind.in_({paper.kind for paper in wanted}),
        Document.issuing_country.in_({paper.country for paper in wanted}),
        Document.number_index.in_({paper.number_index for paper in wanted}),
    )
    return {(kind, country, index or b""): worker_id for kind, country, index, worker_id in db.execute(found)}


def free_number(
    matcher: Matcher, row: RosterRow, paper: Paper, worker_id: uuid.UUID, taken: dict[PaperKey, uuid.UUID]
) -> str:
    """The paper's number, or "" and a flag when it is another worker's. It is this worker's from now on."""
    if paper.number_index is None:
        return ""
    owner = taken.setdefault((paper.kind, paper.country, paper.number_index), worker_id)
    if owner == worker_id:
        return paper.number
    matcher.note(row, NUMBER_FIELDS.get(paper.kind, ""), _("Another worker has a paper with this number."), "flagged")
    return ""
