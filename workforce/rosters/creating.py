"""New workers from rows, many at a time: made as lists of values, sealed on the way, inserted table by table."""

import uuid
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from workforce.core import vault
from workforce.core.db import new_id
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

# Rows that go in together have the same columns, so each begins with all of them.
_EMPTY: dict[str, Any] = {
    **dict.fromkeys(("family_name", "given_names", "own_script_name", "second_nationality", "external_ref"), ""),
    "identity_index": None,
    "preferred_channel": "sms",
    "registered_via": "import",
    "version": 1,
}


class Maker:
    """Makes the workers of one import. `notes` go to the matcher's, which knows the file's columns."""

    def __init__(
        self, db: Session, matcher: Matcher, places: Places, *, import_id: uuid.UUID, now: datetime, today: date
    ) -> None:
        self.db, self.matcher, self.places = db, matcher, places
        self.agency_id, self.import_id, self.now, self.today = matcher.agency_id, import_id, now, today
        sealed = {f"{name}_sealed": None for name in shape.SEALED if name in matcher.header.fields}
        self.empty = {**_EMPTY, **sealed, **({"email_index": None} if "email" in matcher.header.fields else {})}
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
        self.keys.append(vault.new_subject_key(self.db, self.agency_id, worker_id))
        nationality = str(row.values["nationality"])
        first = {
            "id": worker_id,
            "agency_id": self.agency_id,
            "import_id": self.import_id,
            "created_at": self.now,
            "updated_at": self.now,
        }
        columns = shape.columns(self.db, self.agency_id, worker_id, person_of(row))
        self.workers.append(
            {
                **self.empty,
                "language": LANGUAGES.get(nationality, "en"),
                "aliases": [],
                "languages": [],
                **first,
                **columns,
            }
        )

    def _deployment(self, worker_id: uuid.UUID, row: RosterRow) -> None:
        values, host = row.values, str(row.values["host_country"])
        self.deployments.append(
            {
                **self._head(worker_id),
                "employer_id": self.places.employer(str(values.get("employer", "")), host),
                "site_id": self.places.site(str(values.get("site", "")), host),
                "host_country": host,
                "occupation": str(values.get("occupation", ""))[:120],
                "isco": "",
                "starts_on": values.get("contract_starts_on"),
                "ends_on": values.get("contract_ends_on"),
                "is_current": True,
                "version": 1,
            }
        )

    def _phones(self, worker_id: uuid.UUID, row: RosterRow) -> None:
        own = [phone for phone in row.phones if phone.role != "family"]
        for rank, phone in enumerate(own):
            head = self._head(worker_id)
            number = self._seal(worker_id, "phones", "number_sealed", head["id"], phone.number)
            index = phone_index(self.agency_id, phone.number)
            self.phones.append(
                {
                    **head,
                    "rank": rank,
                    "use": phone.role,
                    "number_sealed": number,
                    "number_index": index,
                    "is_shared": False,
                    "state": "works",
                }
            )
        for rank, kin in enumerate(kin_of(row)):
            head = self._head(worker_id)
            sealed = self._seal(worker_id, "contacts", "phone_sealed", head["id"], kin.number) if kin.number else None
            told = {
                "kind": "next_of_kin",
                "rank": rank,
                "country": row.values["nationality"],
                "full_name": kin.full_name,
                "relation": kin.relation,
                "language": "",
            }
            kin_index = phone_index(self.agency_id, kin.number) if kin.number else None
            self.contacts.append(
                {**head, **told, "phone_sealed": sealed, "phone_index": kin_index, "may_be_told": False, "version": 1}
            )

    def _paper(self, worker_id: uuid.UUID, row: RosterRow, paper: Paper, taken: dict[PaperKey, uuid.UUID]) -> None:
        number = free_number(self.matcher, row, paper, worker_id, taken)
        head, issue_id = self._head(worker_id), new_id()
        self.documents.append(
            {
                **head,
                "kind": paper.kind,
                "title": "",
                "issuing_country": paper.country,
                "custody": paper.custody or "unknown",
                "custody_since_on": self.today if paper.custody else None,
                "custody_note": "",
                "expires_on": paper.expires_on,
                "number_index": paper.number_index if number else None,
                "version": 1,
            }
        )
        self.issues.append(
            {
                "id": issue_id,
                "agency_id": self.agency_id,
                "document_id": head["id"],
                "worker_id": worker_id,
                "number": 1,
                "state": "active",
                "paper_number_sealed": self._seal(
                    worker_id, "document_versions", "paper_number_sealed", issue_id, number
                )
                if number
                else None,
                "issued_on": paper.issued_on,
                "expires_on": paper.expires_on,
                "place_of_issue": "",
                "created_at": self.now,
            }
        )

    def _head(self, worker_id: uuid.UUID) -> dict[str, Any]:
        return {"id": new_id(), "agency_id": self.agency_id, "worker_id": worker_id}

    def _seal(self, worker_id: uuid.UUID, table: str, column: str, row_id: uuid.UUID, value: str) -> bytes:
        return vault.seal_value(self.db, self.agency_id, worker_id, table, column, row_id, value)

    def _write(self) -> None:
        self.places.write()
        tables: list[tuple[type[Any], Rows]] = [
            *((Key, self.keys), (Worker, self.workers), (Deployment, self.deployments), (Phone, self.phones)),
            *((Document, self.documents), (DocumentVersion, self.issues), (Contact, self.contacts)),
        ]
        for model, rows in tables:
            insert_rows(self.db, model, rows)
        mark_shared(self.db, self.agency_id, (phone["number_index"] for phone in self.phones))
        self._clear()

    def _clear(self) -> None:
        self.keys: Rows = []
        self.workers: Rows = []
        self.deployments: Rows = []
        self.phones: Rows = []
        self.contacts: Rows = []
        self.documents: Rows = []
        self.issues: Rows = []


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
