"""Commands about workers."""

import uuid
from collections.abc import Iterable, Iterator
from typing import Any

import click
from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from workforce import agencies
from workforce.core import audit, tenancy, vault
from workforce.core.commands import agency_option, group, json_option, show_many
from workforce.core.db import reading, transaction
from workforce.core.words import _n
from workforce.models import Deployment, Document, Employer, Site, Worker

BATCH = 500
workers = group("workers", "Workers.")


@workers.command("list")
@click.option("--reveal", is_flag=True, help="Also birth dates, passports, phones and e-mail. Leaves an audit line.")
@agency_option
@json_option
def list_workers(agency_name: str | None, *, reveal: bool, as_json: bool) -> None:
    """Print every worker of an agency, by name; archived ones too, with that status."""
    agency = agencies.only_one(agency_name)
    with tenancy.agency(agency.id):
        with reading() as db:
            everyone: Iterable[dict[str, Any]] = _everyone(db, agency.id, reveal=reveal)
            if reveal:
                everyone = list(everyone)
            else:
                count = show_many(everyone, as_json=as_json, plain=_line)
        if reveal:  # The line in the log stands before anybody reads a number.
            _record(agency.id, everyone)
            count = show_many(everyone, as_json=as_json, plain=_line)
    if not as_json:
        click.echo(_n("%(num)d worker", "%(num)d workers", count))


def _record(agency_id: uuid.UUID, revealed: Iterable[dict[str, Any]]) -> None:
    ids = [str(fact["id"]) for fact in revealed]
    digest = vault.digest(agency_id, "ids", "".join(ids).encode()).hex()[:32]
    with transaction() as db:
        audit.record(db, tenancy.System(agency_id), "worker.list", count=len(ids), digest=digest)


def _everyone(db: Session, agency_id: uuid.UUID, *, reveal: bool) -> Iterator[dict[str, Any]]:
    """What is told of each worker, by name, a batch at a time: columns, since rows of the models cost ten times as much."""
    shown = (Worker.id, Worker.full_name, Worker.nationality, Worker.host_country, Worker.archived_at)
    placed = (Deployment.occupation, Employer.name.label("employer"), Site.name.label("site"))
    people = (
        select(*shown, *placed)
        .outerjoin(Deployment, (Deployment.agency_id == Worker.agency_id) & (Deployment.worker_id == Worker.id) & Deployment.is_current)
        .outerjoin(Employer, (Employer.agency_id == Deployment.agency_id) & (Employer.id == Deployment.employer_id))
        .outerjoin(Site, (Site.agency_id == Deployment.agency_id) & (Site.id == Deployment.site_id))
        .where(Worker.agency_id == agency_id)
        .order_by(Worker.sort_name, Worker.id)
    )
    for batch in db.execute(people.execution_options(yield_per=BATCH)).partitions():
        facts = [_plain(line) for line in batch]
        if reveal:
            revealed = _revealed(db, agency_id, [fact["id"] for fact in facts])
            facts = [fact | revealed[fact["id"]] for fact in facts]
        yield from facts


def _revealed(db: Session, agency_id: uuid.UUID, ids: list[uuid.UUID]) -> dict[uuid.UUID, dict[str, Any]]:
    near = (selectinload(Worker.phones), selectinload(Worker.documents).selectinload(Document.versions))
    wanted = select(Worker).where(Worker.agency_id == agency_id, Worker.id.in_(ids)).options(*near)
    vault.prefetch(db, ids)
    found = {worker.id: _secrets(db, worker) for worker in db.scalars(wanted)}
    db.expunge_all()
    vault.forget_keys(db)
    return found


def _plain(line: Any) -> dict[str, Any]:
    return {
        "id": line.id,
        "name": line.full_name,
        "nationality": line.nationality,
        "host_country": line.host_country,
        "employer": line.employer,
        "site": line.site,
        "occupation": line.occupation or None,
        "status": "archived" if line.archived_at else "active",
    }


def _secrets(db: Session, worker: Worker) -> dict[str, Any]:
    passport = next(
        (paper for paper in worker.documents if paper.kind == "passport" and paper.archived_at is None), None
    )
    issue = passport.active if passport else None
    return {
        "birth_date": vault.reveal(db, worker, "birth_date"),
        "passport_number": vault.reveal(db, issue, "paper_number") if issue else None,
        "passport_expires_on": issue.expires_on if issue else None,
        "phones": [vault.reveal(db, phone, "number") for phone in worker.phones],
        "email": vault.reveal(db, worker, "email"),
    }


def _line(fact: dict[str, Any]) -> str:
    return f"{fact['name']}, {fact['nationality']} in {fact['host_country']}, {fact['site'] or '-'}, {fact['occupation'] or '-'}, {fact['status']}"
