"""Who did what, in the same transaction as the deed, in a chain that shows any line changed, removed or slipped in."""

import json
import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Integer, LargeBinary, String, UniqueConstraint, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from workforce.core import clock, vault
from workforce.core.db import Base, Row
from workforce.core.tenancy import Actor, Scoped


class AuditEntry(Row, Scoped, Base):
    """One deed. `detail` holds ids, counts and field names, never what was in them."""

    __tablename__ = "audit_entries"
    __table_args__ = (UniqueConstraint("agency_id", "seq"),)

    seq: Mapped[int] = mapped_column(Integer)
    at: Mapped[datetime]
    actor_id: Mapped[uuid.UUID | None]
    actor_role: Mapped[str] = mapped_column(String(16))
    action: Mapped[str] = mapped_column(String(64), index=True)
    object_kind: Mapped[str] = mapped_column(String(32), default="")
    object_id: Mapped[uuid.UUID | None] = mapped_column(index=True)
    about_id: Mapped[uuid.UUID | None] = mapped_column(index=True)
    reason: Mapped[str] = mapped_column(String(200), default="")
    detail: Mapped[dict[str, Any]]
    mac: Mapped[bytes] = mapped_column(LargeBinary(32))


class AuditHead(Row, Scoped, Base):
    """The end of an agency's chain: without it, cutting off the last lines would go unseen."""

    __tablename__ = "audit_heads"
    __table_args__ = (UniqueConstraint("agency_id"),)

    seq: Mapped[int] = mapped_column(Integer, default=0)
    mac: Mapped[bytes] = mapped_column(LargeBinary(32), default=b"")


@dataclass(frozen=True)
class Verdict:
    """What `verify` found: how many lines, and the number of the first bad one (None when the chain holds)."""

    lines: int
    first_bad: int | None


def record(db: Session, actor: Actor, action: str, subject: Any = None, *, reason: str = "", **detail: Any) -> None:
    """Write one line. `subject` is the row it is about; where that row hangs on a person, the person is noted too."""
    head = _head(db, actor.agency_id)
    entry = AuditEntry(
        agency_id=actor.agency_id,
        seq=head.seq + 1,
        at=clock.now(),
        actor_id=actor.id,
        actor_role=actor.role,
        action=action,
        object_kind=getattr(subject, "__tablename__", "") if subject is not None else "",
        object_id=getattr(subject, "id", None),
        about_id=getattr(subject, "subject_id", None),
        reason=reason[:200],
        detail={key: _plain(value) for key, value in detail.items()},
    )
    entry.mac = vault.chain_mac(actor.agency_id, _line(entry), head.mac)
    head.seq, head.mac = entry.seq, entry.mac
    db.add(entry)
    db.flush()


def _head(db: Session, agency_id: uuid.UUID) -> AuditHead:
    """The end of the chain, locked. Until the transaction ends nobody else can move it, so it is read once."""
    kept = db.info.get("audit_head")
    if kept is not None and kept[0] is db.get_transaction() and kept[1].agency_id == agency_id:
        return kept[1]  # type: ignore[no-any-return]
    head = db.scalar(select(AuditHead).where(AuditHead.agency_id == agency_id).with_for_update())
    if head is None:
        head = AuditHead(agency_id=agency_id, seq=0, mac=b"")
        db.add(head)
    db.info["audit_head"] = (db.get_transaction(), head)
    return head


def verify(db: Session, agency_id: uuid.UUID) -> Verdict:
    """Walk the chain from its first line. Finds an edit, a deletion, an insertion and a cut end."""
    previous, expected = b"", 0
    for entry in db.scalars(
        select(AuditEntry)
        .where(AuditEntry.agency_id == agency_id)
        .order_by(AuditEntry.seq)
        .execution_options(yield_per=1000)
    ):
        expected += 1
        if entry.seq != expected or entry.mac != vault.chain_mac(agency_id, _line(entry), previous):
            return Verdict(expected, expected)
        previous = entry.mac
    head = db.scalar(select(AuditHead).where(AuditHead.agency_id == agency_id))
    if (head.seq if head else 0) != expected or (head.mac if head else b"") != previous:
        return Verdict(expected, expected + 1)
    return Verdict(expected, None)


def _line(entry: AuditEntry) -> bytes:
    facts = {
        "seq": entry.seq,
        "at": entry.at.isoformat(),
        "actor": str(entry.actor_id),
        "role": entry.actor_role,
        "action": entry.action,
        "kind": entry.object_kind,
        "object": str(entry.object_id),
        "about": str(entry.about_id),
        "reason": entry.reason,
        "detail": entry.detail,
    }
    return json.dumps(facts, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def _plain(value: Any) -> Any:
    if isinstance(value, list | tuple | set):
        return [_plain(item) for item in value]
    return value if isinstance(value, str | int | float | bool | None) else str(value)
