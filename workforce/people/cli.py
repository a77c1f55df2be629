"""Commands about workers."""

import uuid
from typing import Any

import click
from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload, selectinload

from workforce import agencies
from workforce.core import audit, tenancy, vault
from workforce.core.commands import agency_option, group, json_option, show
from workforce.core.db import reading, transaction
from workforce.core.words import _n
from workforce.models import Deployment, Document, Worker

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
            found = [fact for batch in _batches(db, agency.id) for fact in _facts(db, batch, reveal=reveal)]
        if reveal:
            with transaction() as db:
                ids = "".join(str(fact["id"]) for fact in found)
                audit.record(
                    db,
                    tenancy.System(agency.id),
                    "worker.list",
                    count=len(found),
                    digest=vault.digest(agency.id, "ids", ids.encode()).hex()[:32],
                )
    show(found, as_json=as_json, plain=_table)


def _batches(db: Session, agency_id: uuid.UUID) -> Any:
    placed = selectinload(Worker.deployments.and_(Deployment.is_current)).options(
        joinedload(Deployment.site), joinedload(Deployment.employer)
    )
    near = (placed, selectinload(Worker.phones), selectinload(Worker.documents).selectinload(Document.versions))
    everyone = select(Worker).where(Worker.agency_id == agency_id).order_by(Worker.sort_name, Worker.id).options(*near)
    yield from db.scalars(everyone.execution_options(yield_per=BATCH)).partitions()


def _facts(db: Session, batch: Any, *, reveal: bool) -> list[dict[str, Any]]:
    if reveal:
        vault.prefetch(db, [worker.id for worker in batch])
    facts = [_plain(worker) | (_revealed(db, worker) if reveal else {}) for worker in batch]
    vault.forget_keys(db)
    return facts


def _plain(worker: Worker) -> dict[str, Any]:
    deployment = worker.deployment
    return {
        "id": worker.id,
        "name": worker.full_name,
        "nationality": worker.nationality,
        "host_country": worker.host_country,
        "employer": deployment.employer.name if deployment and deployment.employer else None,
        "site": deployment.site.name if deployment and deployment.site else None,
        "occupation": deployment.occupation or None if deployment else None,
        "status": "archived" if worker.archived_at else "active",
    }


def _revealed(db: Session, worker: Worker) -> dict[str, Any]:
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


def _table(found: list[dict[str, Any]]) -> str:
    rows = [
        f"{fact['name']}, {fact['nationality']} in {fact['host_country']}, {fact['site'] or '-'}, {fact['occupation'] or '-'}, {fact['status']}"
        for fact in found
    ]
    return "\n".join([*rows, _n("%(num)d worker", "%(num)d workers", len(found))])
