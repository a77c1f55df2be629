"""Proposals: what a worker asks to have changed, kept sealed with what it would replace, until a person decides."""

import json
import uuid
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload

from messaging.models import PROPOSAL_KINDS, Message, Proposal
from workforce.core import audit, strongbox, vault
from workforce.core.db import new_id
from workforce.core.errors import Conflict, Invalid, NotFound
from workforce.core.tenancy import Actor
from workforce.core.words import _
from workforce.models import Document, Worker
from workforce.papers import files

MOST_OPEN = 20
MOST_PHOTOS = 5
LONGEST_WORDS = 600


def propose(
    db: Session,
    actor: Actor,
    worker: Worker | None,
    kind: str,
    payload: dict[str, Any],
    *,
    at: datetime,
    source: str = "sms",
    message: Message | None = None,
    document: Document | None = None,
    number: str | None = None,
    number_index: bytes | None = None,
    state: str = "open",
) -> Proposal:
    """Keep what is asked for. The same request once more takes the place of the first. Raises Conflict when too many wait."""
    if kind not in PROPOSAL_KINDS:
        raise ValueError(kind)
    made = _same(db, worker, kind, document) or Proposal(
        id=new_id(), agency_id=actor.agency_id, worker_id=worker.id if worker else None, kind=kind, made_at=at
    )
    if made.state is None and worker is not None and waiting_of(db, worker) >= MOST_OPEN:
        raise Conflict(_("Too much waits to be checked already."))
    made.state, made.source, made.changed_at = state, source, at
    made.message_id, made.document_id = message.id if message else None, document.id if document else None
    made.number_index = number_index
    vault.seal(db, made, payload=json.dumps(payload, ensure_ascii=False), number=number)
    db.add(made)
    db.flush()
    audit.record(db, actor, "proposal.make", made, kind=kind, source=source, state=state)
    return made


def keep_photo(
    db: Session, actor: Actor, worker: Worker, folder: Path, *, clear: bytes, kind: str, document: Document | None, at: datetime
) -> Proposal:  # fmt: skip
    """A photograph of a paper, sealed, to be checked. Raises WrongField where it cannot be kept, Conflict when too many wait.

    The file is written before the row is committed: on a rollback the caller removes `place`.
    """
    clean, media_type, warning = files.inspect(clear)
    mine = select(func.count()).select_from(Proposal).where(
        Proposal.agency_id == worker.agency_id, Proposal.worker_id == worker.id, Proposal.kind == "photo", Proposal.state == "open"
    )  # fmt: skip
    if (db.scalar(mine) or 0) >= MOST_PHOTOS:
        raise Conflict(_("Several photographs wait to be checked."))
    made = Proposal(
        id=new_id(), agency_id=worker.agency_id, worker_id=worker.id, kind="photo", state="open", source="link", made_at=at, changed_at=at,
        document_id=document.id if document else None, media_type=media_type,
    )  # fmt: skip
    parcel = strongbox.put(
        db, folder, clean, agency_id=worker.agency_id, subject_id=worker.id, about=made.id, version=1
    )
    made.place, made.size_bytes, made.file_key = parcel.name, parcel.size_bytes, parcel.wrapped_key
    vault.seal(db, made, payload=json.dumps({"kind": kind, "warning": warning}))
    db.add(made)
    db.flush()
    audit.record(db, actor, "proposal.make", made, kind="photo", source="link", state="open")
    return made


def photo(db: Session, actor: Actor, proposal: Proposal, folder: Path) -> tuple[bytes, str]:
    """The clear bytes of a waiting photograph and their media type. Write the audit line first. Raises NotFound."""
    if not proposal.place or proposal.file_key is None or proposal.worker_id is None:
        raise NotFound(_("There is no photograph."))
    clear = strongbox.get(
        db, folder, proposal.place, proposal.file_key, agency_id=proposal.agency_id, subject_id=proposal.worker_id,
        about=proposal.id, version=1,
    )  # fmt: skip
    return clear, proposal.media_type


def listing(db: Session, actor: Actor, *, state: str = "open", limit: int = 200) -> Sequence[Proposal]:
    """Proposals in one state: those that wait, oldest first; those decided, newest first."""
    mine = select(Proposal).where(Proposal.agency_id == actor.agency_id).options(joinedload(Proposal.worker))
    if state == "open":
        return db.scalars(mine.where(Proposal.state == "open").order_by(Proposal.made_at).limit(limit)).all()
    decided = mine.where(Proposal.state.in_(("confirmed", "refused")))
    return db.scalars(decided.order_by(Proposal.decided_at.desc()).limit(limit)).all()


def of_worker(db: Session, actor: Actor, worker_id: uuid.UUID) -> Sequence[Proposal]:
    """What waits about one worker."""
    mine = select(Proposal).where(
        Proposal.agency_id == actor.agency_id, Proposal.worker_id == worker_id, Proposal.state == "open"
    )
    return db.scalars(mine.options(joinedload(Proposal.worker)).order_by(Proposal.made_at)).all()


def count(db: Session, actor: Actor) -> int:
    """How many proposals wait."""
    mine = select(func.count()).select_from(Proposal)
    return db.scalar(mine.where(Proposal.agency_id == actor.agency_id, Proposal.state == "open")) or 0


def waiting_of(db: Session, worker: Worker) -> int:
    """How many proposals of this worker wait."""
    mine = select(func.count()).select_from(Proposal).where(
        Proposal.agency_id == worker.agency_id, Proposal.worker_id == worker.id, Proposal.state == "open"
    )  # fmt: skip
    return db.scalar(mine) or 0


def get(db: Session, actor: Actor, proposal_id: uuid.UUID) -> Proposal:
    """One proposal. Raises NotFound, also for half a registration: nobody decides about that yet."""
    mine = select(Proposal).where(Proposal.id == proposal_id, Proposal.agency_id == actor.agency_id)
    found = db.scalar(mine.where(Proposal.state != "partial").options(joinedload(Proposal.worker)))
    if found is None:
        raise NotFound(_("No such request."))
    return found


def payload(db: Session, proposal: Proposal) -> dict[str, Any]:
    """What was asked for, in clear."""
    return dict(json.loads(vault.reveal(db, proposal, "payload") or "{}"))


def refuse(db: Session, actor: Actor, proposal_id: uuid.UUID, *, note: str, at: datetime) -> tuple[Proposal, str]:
    """Say no, and why. Answers the proposal and the file to remove after the commit ("" for none). Raises Invalid, Conflict."""
    proposal = check_open(db, actor, proposal_id)
    note = " ".join(note.split())
    if not note:
        raise Invalid(_("Say why, for whoever looks at this later."))
    place = settle(db, actor, proposal, "refused", at=at, note=note[:LONGEST_WORDS])
    return proposal, place


def settle(db: Session, actor: Actor, proposal: Proposal, state: str, *, at: datetime, note: str = "") -> str:
    """Note the decision; answers the sealed file that is no longer needed, to be removed after the commit."""
    place, proposal.place, proposal.file_key = proposal.place, "", None
    proposal.state, proposal.decided_at, proposal.decided_by, proposal.changed_at = state, at, actor.id, at
    vault.seal(db, proposal, note=note)
    db.flush()
    audit.record(db, actor, f"proposal.{'confirm' if state == 'confirmed' else 'refuse'}", proposal, kind=proposal.kind)
    return place


def check_open(db: Session, actor: Actor, proposal_id: uuid.UUID) -> Proposal:
    """The proposal, locked, if nobody has decided yet. Raises NotFound, Conflict."""
    get(db, actor, proposal_id)
    mine = select(Proposal).where(Proposal.id == proposal_id, Proposal.agency_id == actor.agency_id)
    found = db.scalar(mine.with_for_update(of=Proposal).execution_options(populate_existing=True))
    if found is None or found.state != "open":
        raise Conflict(_("Somebody has decided about this already."))
    return found


def _same(db: Session, worker: Worker | None, kind: str, document: Document | None) -> Proposal | None:
    if worker is None:
        return None
    mine = select(Proposal).where(
        Proposal.agency_id == worker.agency_id, Proposal.worker_id == worker.id, Proposal.kind == kind, Proposal.state == "open"
    )  # fmt: skip
    return db.scalar(mine.where(Proposal.document_id == (document.id if document else None)).limit(1))


def change(db: Session, actor: Actor, proposal: Proposal, asked: dict[str, Any], *, state: str, at: datetime) -> None:
    """More of what is asked for has come in; `state` open once it is whole."""
    if proposal.state == state == "partial":
        proposal.changed_at = at
        vault.seal(db, proposal, payload=json.dumps(asked, ensure_ascii=False))
        db.flush()
        return
    proposal.state, proposal.changed_at = state, at
    vault.seal(db, proposal, payload=json.dumps(asked, ensure_ascii=False))
    db.flush()
    audit.record(db, actor, "proposal.make", proposal, kind=proposal.kind, source=proposal.source, state=state)
