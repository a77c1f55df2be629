"""Family that lives with a worker or depends on one. Each person has a key of their own."""

import uuid
from collections.abc import Mapping
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from workforce import countries
from workforce.core import audit, clock, db, vault
from workforce.core.errors import NotFound
from workforce.core.tenancy import Actor
from workforce.core.words import _
from workforce.models import Dependant, Worker
from workforce.people import phones
from workforce.people.workers import check_version
from workforce.people.wrong import WrongField
from workforce.rosters.names import is_name


def get(session: Session, actor: Actor, worker_id: uuid.UUID, dependant_id: uuid.UUID) -> Dependant:
    """One of this worker's family. Raises NotFound."""
    mine = select(Dependant).where(
        Dependant.id == dependant_id, Dependant.worker_id == worker_id, Dependant.agency_id == actor.agency_id
    )
    found = session.scalar(mine)
    if found is None:
        raise NotFound(_("No such person in this family."))
    return found


def add(session: Session, actor: Actor, worker: Worker, values: Mapping[str, Any], *, today: date) -> Dependant:
    """One more person. `values`: full_name, relation, nationality, lives_in, with_worker, birth_date, phone, notes. Raises WrongField."""
    made = Dependant(id=db.new_id(), agency_id=worker.agency_id, worker_id=worker.id, full_name="")
    vault.open_subject(session, worker.agency_id, made.id)
    _fill(session, worker, made, values, today)
    session.add(made)
    _changed(session, actor, worker, "dependant.add", made)
    return made


def edit(
    session: Session,
    actor: Actor,
    worker: Worker,
    dependant_id: uuid.UUID,
    values: Mapping[str, Any],
    *,
    version: int,
    today: date,
) -> Dependant:
    """Correct what is known. Raises NotFound, WrongField, Conflict."""
    dependant = get(session, actor, worker.id, dependant_id)
    check_version(dependant, version)
    _fill(session, worker, dependant, values, today)
    _changed(session, actor, worker, "dependant.edit", dependant)
    return dependant


def remove(session: Session, actor: Actor, worker: Worker, dependant_id: uuid.UUID) -> None:
    """Forget a person, and destroy the key that opened what was sealed about them. Raises NotFound."""
    dependant = get(session, actor, worker.id, dependant_id)
    _changed(session, actor, worker, "dependant.remove", dependant)
    for key in session.scalars(
        select(vault.Key).where(vault.Key.agency_id == worker.agency_id, vault.Key.subject_id == dependant.id)
    ):
        session.delete(key)
    session.delete(dependant)
    session.flush()


def known(session: Session, dependant: Dependant) -> dict[str, Any]:
    """What is known, in clear, as an edit form shows it."""
    born = vault.reveal(session, dependant, "birth_date")
    return {
        "full_name": dependant.full_name,
        "relation": dependant.relation,
        "nationality": dependant.nationality,
        "lives_in": dependant.lives_in,
        "with_worker": dependant.with_worker,
        "birth_date": date.fromisoformat(born) if born else None,
        "notes": vault.reveal(session, dependant, "notes") or "",
    }


def age_years(born: str | None, today: date) -> int | None:
    """Full years since an ISO birth date."""
    if not born:
        return None
    day = date.fromisoformat(born)
    return today.year - day.year - ((today.month, today.day) < (day.month, day.day))


def _fill(session: Session, worker: Worker, dependant: Dependant, values: Mapping[str, Any], today: date) -> None:
    name = " ".join(str(values.get("full_name") or "").split())
    if not is_name(name):
        raise WrongField("full_name", _("Type the person's name, in letters."))
    born = values.get("birth_date")
    if isinstance(born, date) and born > today:
        raise WrongField("birth_date", _("This day has not come yet."))
    for field in ("nationality", "lives_in"):
        code = str(values.get(field) or "")
        if code and code not in countries.all_codes():
            raise WrongField(field, _("Choose a country."))
        setattr(dependant, field, code)
    if phone := str(values.get("phone") or "").strip():
        number = phones.normalise(phone, (str(values.get("lives_in") or ""), worker.nationality), field="phone")
        vault.seal(session, dependant, phone=number)
    dependant.full_name = name[:160]
    dependant.relation = str(values.get("relation") or "").strip()[:40]
    dependant.with_worker = bool(values.get("with_worker"))
    vault.seal(
        session, dependant, birth_date=born.isoformat() if born else None, notes=str(values.get("notes") or "").strip()
    )


def _changed(session: Session, actor: Actor, worker: Worker, action: str, dependant: Dependant) -> None:
    worker.updated_at = clock.now()
    session.flush()
    audit.record(session, actor, action, worker, dependant=dependant.id)
