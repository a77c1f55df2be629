"""One text to many people."""

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import Integer, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from workforce.core.db import Base, Row, Versioned
from workforce.core.tenancy import Scoped, whole, within


class Broadcast(Row, Scoped, Versioned, Base):
    """One text to an audience, in several languages. What was approved is what leaves: `frozen_hash` holds it to that."""

    __tablename__ = "broadcasts"
    __table_args__ = (
        whole("broadcasts"),
        within("incident_id", "incidents", ondelete="CASCADE"),
        UniqueConstraint("agency_id", "incident_id", "sequence"),
    )

    incident_id: Mapped[uuid.UUID]
    sequence: Mapped[int] = mapped_column(Integer)
    purpose: Mapped[str] = mapped_column(String(12))
    template: Mapped[str] = mapped_column(String(40), default="")
    bodies: Mapped[dict[str, Any]] = mapped_column(default=dict)
    audience: Mapped[dict[str, Any]] = mapped_column(default=dict)
    state: Mapped[str] = mapped_column(String(10), default="draft")
    frozen_hash: Mapped[bytes | None] = mapped_column(LargeBinary(32))
    author_id: Mapped[uuid.UUID | None]
    sent_by: Mapped[uuid.UUID | None]
    created_at: Mapped[datetime]
    sending_at: Mapped[datetime | None]
    done_at: Mapped[datetime | None]
    valid_seconds: Mapped[int] = mapped_column(Integer, default=900)
    replaces: Mapped[int | None] = mapped_column(Integer)
    recipients_count: Mapped[int] = mapped_column(Integer, default=0)


class Recipient(Row, Scoped, Base):
    """One person of a broadcast's frozen audience; without a message, the reason why none goes."""

    __tablename__ = "recipients"
    __table_args__ = (
        within("broadcast_id", "broadcasts", ondelete="CASCADE"),
        within("worker_id", "workers", ondelete="CASCADE"),
        UniqueConstraint("agency_id", "broadcast_id", "worker_id"),
    )

    broadcast_id: Mapped[uuid.UUID]
    worker_id: Mapped[uuid.UUID] = mapped_column(index=True)
    phone_id: Mapped[uuid.UUID | None]
    language: Mapped[str] = mapped_column(String(8), default="en")
    whereabouts: Mapped[str] = mapped_column(String(8), default="")
    left_out: Mapped[str] = mapped_column(String(20), default="")
