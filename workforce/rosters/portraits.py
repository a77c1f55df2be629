"""A worker as one row of a list would say it: what an export writes, and what a change is told with, old beside new."""

import uuid
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from workforce.core import vault
from workforce.models import Contact, Deployment, Document, DocumentVersion, Employer, Phone, Site, Worker
from workforce.people import shape
from workforce.rosters.names import folded

Before = Mapping[tuple[str, uuid.UUID], Mapping[str, Any]]
"""Columns that a change has set, as they were, by table and row."""
Names = Mapping[uuid.UUID, str]
Portrait = dict[str, str]
"""Field of a roster → what to write; empty where nothing is known. Several numbers of one kind stand apart by ", "."""

_PAPERS = {
    "passport": ("passport_number", "passport_issued_on", "passport_expires_on"),
    "visa": ("visa_number", "", "visa_expires_on"),
    "residence_permit": ("permit_number", "", "permit_expires_on"),
    "exit_permit": ("", "", "exit_permit_expires_on"),
}
_PLAIN = ("own_script_name", "nationality", "host_country", "language", "external_ref")
_SEALED = ("birth_date", "sex", "email", "address_host", "address_home", "notes")
_PHONES = {"host": "phone_host", "home": "phone_home"}


def names_of_places(db: Session, agency_id: uuid.UUID) -> dict[uuid.UUID, str]:
    """Employers and sites by id, as they are called."""
    asked = (select(model.id, model.name).where(model.agency_id == agency_id) for model in (Employer, Site))
    return {row_id: name for one in asked for row_id, name in db.execute(one)}


def portrait(
    db: Session, worker: Worker, names: Names, *, before: Before | None = None, fresh: Sequence[Any] = (), gone: Collection[uuid.UUID] = ()
) -> Portrait:
    """Everything a roster can say about a worker.

    `before` takes columns back to what they held, `fresh` adds unsaved rows, `gone` leaves rows out.

    Needs phones, deployments, documents with versions and contacts loaded; `vault.prefetch` first where there are many.
    """
    return _Sitting(db, worker, names, before or {}, fresh, gone).portrait()


def differences(db: Session, worker: Worker, names: Names, before: Before, fresh: Sequence[Any]) -> list[tuple[str, str, str]]:
    """What a change makes different: field, old, new, in the order of a list's columns."""
    old = portrait(db, worker, names, before=before)
    new = portrait(db, worker, names, fresh=fresh)
    return between(old, new)


def between(old: Portrait, new: Portrait) -> list[tuple[str, str, str]]:
    """Field, old, new, where two portraits differ."""
    return [(field, old.get(field, ""), new[field]) for field in new if old.get(field, "") != new[field]]


class _Sitting:
    def __init__(self, db: Session, worker: Worker, names: Names, before: Before, fresh: Sequence[Any], gone: Collection[uuid.UUID]) -> None:
        self.db, self.worker, self.names, self.before, self.fresh, self.gone = db, worker, names, before, fresh, gone

    def portrait(self) -> Portrait:
        worker = self.worker
        said = {"full_name": self._name()} | {name: str(self._held(worker, name) or "") for name in _PLAIN}
        said |= {name: self._opened(worker, name) for name in _SEALED if name in shape.SEALED}
        for kind, fields in _PAPERS.items():
            said |= self._paper(kind, *fields)
        said |= self._work()
        said |= self._phones()
        said |= self._kin()
        said["archived"] = _text(self._held(worker, "archived_at"))[:10]
        return said

    def _held(self, row: Any, column: str) -> Any:
        return self.before.get((row.__tablename__, row.id), {}).get(column, getattr(row, column))

    def _opened(self, row: Any, name: str) -> str:
        column = f"{name}_sealed"
        envelope = self._held(row, column)
        if envelope is None:
            return ""
        return vault.open_value(self.db, row.agency_id, row.subject_id, row.__tablename__, column, row.id, envelope)

    def _there(self, rows: Iterable[Any]) -> list[Any]:
        return [one for one in rows if one.id not in self.gone]

    def _fresh(self, kind: type[Any]) -> list[Any]:
        return [one for one in self.fresh if isinstance(one, kind)]

    def _name(self) -> str:
        """As "Family, Given" where that is the same name: an import then tells the parts apart as we do."""
        full, family, given = (str(self._held(self.worker, name)) for name in ("full_name", "family_name", "given_names"))
        listed = f"{family}, {given}" if family and given else full
        return listed if folded(listed)[:200] == self._held(self.worker, "name_folded") else full

    def _work(self) -> Portrait:
        held = [one for one in self._there(self.worker.deployments) if self._held(one, "is_current")]
        current = next(iter([*self._fresh(Deployment), *held]), None)
        if current is None:
            return dict.fromkeys(("employer", "site", "occupation", "contract_starts_on", "contract_ends_on"), "")
        employer, site = (self.names.get(self._held(current, name), "") for name in ("employer_id", "site_id"))
        days = {name: _text(self._held(current, column)) for name, column in (("contract_starts_on", "starts_on"), ("contract_ends_on", "ends_on"))}
        return {"employer": employer, "site": site, "occupation": str(self._held(current, "occupation") or ""), **days}

    def _phones(self) -> Portrait:
        said: dict[str, list[str]] = {"phone_host": [], "phone_home": [], "phone": []}
        for phone in [*sorted(self._there(self.worker.phones), key=lambda one: one.rank), *self._fresh(Phone)]:
            said[_PHONES.get(phone.use, "phone")].append(self._opened(phone, "number"))
        return {name: ", ".join(numbers) for name, numbers in said.items()}

    def _kin(self) -> Portrait:
        kin = [one for one in [*self._there(self.worker.contacts), *self._fresh(Contact)] if one.kind == "next_of_kin"]
        if not kin:
            return {"contact_name": "", "contact_relation": "", "phone_family": ""}
        first = kin[0]
        numbers = [number for number in (self._opened(one, "phone") for one in kin) if number]
        said = {"contact_name": str(self._held(first, "full_name")), "contact_relation": str(self._held(first, "relation") or "")}
        return said | {"phone_family": ", ".join(numbers)}

    def _paper(self, kind: str, number: str, issued: str, expires: str) -> Portrait:
        """The paper that an import would compare with: of several the one that runs out last."""
        mine = [one for one in self._there(self.worker.documents) if one.kind == kind and one.archived_at is None]
        mine += [one for one in self._fresh(Document) if one.kind == kind]
        paper = max(mine, key=lambda one: self._held(one, "expires_on") or date.min, default=None)
        issue = self._issue(paper) if paper is not None else None
        said = {
            number: self._opened(issue, "paper_number") if issue is not None else "",
            issued: _text(self._held(issue, "issued_on")) if issue is not None else "",
            expires: _text(self._held(issue, "expires_on")) if issue is not None else "",
        }
        if kind == "passport":
            custody = str(self._held(paper, "custody") or "") if paper is not None else ""
            said["custody"] = "" if custody == "unknown" else custody
        return {name: text for name, text in said.items() if name}

    def _issue(self, paper: Document) -> DocumentVersion | None:
        fresh = [one for one in self._fresh(DocumentVersion) if one.document_id == paper.id]
        known = [] if paper in self.fresh else self._there(paper.versions)
        active = [one for one in known if self._held(one, "state") == "active"]
        return next(iter([*fresh, *active, *known]), None)


def _text(value: date | datetime | None) -> str:
    return value.isoformat() if value is not None else ""
