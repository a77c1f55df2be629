"""Erasing a person: first their keys, so that what a backup still holds of them cannot be read, then every row about them."""

import uuid

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from workforce.core import audit
from workforce.core.tenancy import Actor
from workforce.core.vault import Key
from workforce.models import Contact, Dependant, ImportRow, Phone, Worker
from workforce.papers import files
from workforce.people import phones, tombstones, workers


def erase(session: Session, actor: Actor, worker_id: uuid.UUID) -> list[str]:
    """Erase one worker and the family known by them. Answers sealed files to remove after the commit. Raises NotFound.

    The audit log keeps that it was done, by whom, and no name; blind marks let an import say when an old list brings them back. Call `db.fold_in_log` after the commit.
    """
    worker = workers.get(session, actor, worker_id)
    family = session.scalars(
        select(Dependant.id).where(Dependant.agency_id == actor.agency_id, Dependant.worker_id == worker_id)
    )
    subjects = [worker_id, *family]
    indexes = list(
        session.scalars(
            select(Phone.number_index).where(Phone.agency_id == actor.agency_id, Phone.worker_id == worker_id)
        )
    )
    places = files.forget_all(session, actor, worker)
    tombstones.lay(session, worker)
    audit.record(session, actor, "worker.erase", worker)
    quietly = {"synchronize_session": False}
    lines = update(ImportRow).where(ImportRow.agency_id == actor.agency_id, ImportRow.worker_id == worker_id)
    session.execute(lines.values(worker_id=None, before_sealed=None), execution_options=quietly)
    buddies = delete(Contact).where(Contact.agency_id == actor.agency_id, Contact.other_worker_id == worker_id)
    session.execute(buddies, execution_options=quietly)
    keys = delete(Key).where(Key.agency_id == actor.agency_id, Key.subject_id.in_(subjects))
    session.execute(keys, execution_options=quietly)
    session.execute(
        delete(Worker).where(Worker.agency_id == actor.agency_id, Worker.id == worker_id), execution_options=quietly
    )
    session.expire_all()
    phones.mark_shared(session, actor.agency_id, indexes)
    return places
