"""One number in clear, for who asks: a worker's own, family's or a contact's. It leaves an audit line."""

import uuid
from dataclasses import dataclass

from sqlalchemy.orm import Session

from workforce.core import audit, vault
from workforce.core.errors import NotFound
from workforce.core.tenancy import Actor
from workforce.core.words import _
from workforce.people import contacts, families, phones

KINDS = ("phone", "dependant", "contact")


@dataclass(frozen=True)
class Number:
    """`dialled` is E.164, for a tel: link; `shown` is grouped for reading."""

    dialled: str
    shown: str


def reveal(session: Session, actor: Actor, worker_id: uuid.UUID, kind: str, row_id: uuid.UUID) -> Number:
    """The number of this phone, dependant or contact of the worker. Raises NotFound, also where there is none."""
    if kind == "phone":
        clear: str | None = phones.reveal(session, actor, worker_id, row_id)
    elif kind in KINDS:
        row = (families if kind == "dependant" else contacts).get(session, actor, worker_id, row_id)
        clear = vault.reveal(session, row, "phone")
        audit.record(session, actor, "phone.reveal", row.worker, of=kind, row=row.id)
    else:
        clear = None
    if not clear:
        raise NotFound(_("No such number."))
    return Number(clear, phones.grouped(clear))
