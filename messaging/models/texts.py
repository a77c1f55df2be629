"""Texts out and in, what was said about them, questions put to workers, and the agency's own wording."""

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import Boolean, Index, Integer, LargeBinary, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from workforce.core.db import Base, Row, Sealed, Versioned
from workforce.core.tenancy import Scoped, whole, within
from workforce.models import Worker

# An update applies only where the rank rises: callbacks may come late, twice and in any order.
RANKS = {
    "queued": 2,
    "claimed": 3,
    "submitting": 4,
    "accepted": 10,
    "sent": 20,
    "delivered": 30,
    "undelivered": 30,
    "failed": 30,
    "read": 40,
    "suppressed": 50,
    "expired": 50,
    "cancelled": 50,
    "unknown": 5,
    "received": 60,
}
PRIORITIES = {
    "evacuation": 0,
    "recall": 0,
    "safety": 1,
    "chase": 1,
    "reply": 2,
    "link": 2,
    "one_to_one": 2,
    "notice": 5,
}
AT_LEAST_ONCE = frozenset({"evacuation", "recall", "safety", "chase"})


class Message(Row, Scoped, Base):
    """One text to or from one phone. The row is the truth; the provider's word only raises its rank."""

    __tablename__ = "messages"
    __table_args__ = (
        whole("messages"),
        within("worker_id", "workers", ondelete="CASCADE"),
        within("incident_id", "incidents"),
        within("broadcast_id", "broadcasts"),
        UniqueConstraint("agency_id", "occasion"),
        UniqueConstraint("agency_id", "gateway", "provider_id"),
        Index("ix_messages_work", "state", "priority", "queued_at"),
        Index("ix_messages_thread", "agency_id", "worker_id", "queued_at"),
        Index("ix_messages_inbox", "agency_id", "direction", "handled_at", "queued_at"),
        Index("ix_messages_broadcast", "agency_id", "broadcast_id"),
        Index("ix_messages_number", "agency_id", "number_index"),
        Index("ix_messages_unread", "direction", "processed_at", "queued_at"),
    )

    direction: Mapped[str] = mapped_column(String(3))
    worker_id: Mapped[uuid.UUID | None]
    phone_id: Mapped[uuid.UUID | None]
    number_sealed: Mapped[bytes | None] = mapped_column(Sealed)
    number_index: Mapped[bytes | None] = mapped_column(LargeBinary(16))
    body_sealed: Mapped[bytes | None] = mapped_column(Sealed)
    language: Mapped[str] = mapped_column(String(8), default="en")
    purpose: Mapped[str] = mapped_column(String(12))
    channel: Mapped[str] = mapped_column(String(8), default="sms")
    priority: Mapped[int] = mapped_column(Integer, default=5)
    state: Mapped[str] = mapped_column(String(12), default="queued")
    rank: Mapped[int] = mapped_column(Integer, default=2)
    occasion: Mapped[str | None] = mapped_column(String(160))
    incident_id: Mapped[uuid.UUID | None]
    broadcast_id: Mapped[uuid.UUID | None]
    in_reply_to_id: Mapped[uuid.UUID | None]
    author_id: Mapped[uuid.UUID | None]
    gateway: Mapped[str] = mapped_column(String(12), default="")
    provider_id: Mapped[str | None] = mapped_column(String(64))
    status_token_hash: Mapped[bytes | None] = mapped_column(LargeBinary(32), unique=True)
    encoding: Mapped[str] = mapped_column(String(6), default="")
    segments: Mapped[int] = mapped_column(Integer, default=0)
    attempts: Mapped[int] = mapped_column(Integer, default=0)
    possible_double: Mapped[bool] = mapped_column(Boolean, default=False)
    conflict: Mapped[bool] = mapped_column(Boolean, default=False)
    claimed_by: Mapped[str] = mapped_column(String(80), default="")
    lease_until: Mapped[datetime | None] = mapped_column(index=True)
    not_before_at: Mapped[datetime | None]
    retry_at: Mapped[datetime | None]
    valid_until: Mapped[datetime | None]
    check_at: Mapped[datetime | None] = mapped_column(index=True)
    checks: Mapped[int] = mapped_column(Integer, default=0)
    queued_at: Mapped[datetime]
    submitted_at: Mapped[datetime | None]
    accepted_at: Mapped[datetime | None]
    sent_at: Mapped[datetime | None]
    settled_at: Mapped[datetime | None]
    error_code: Mapped[str] = mapped_column(String(24), default="")
    # Inbound only: how it was understood, and who took it.
    label: Mapped[str] = mapped_column(String(8), default="")
    reading_status: Mapped[str] = mapped_column(String(8), default="")
    handled_at: Mapped[datetime | None]
    handled_by: Mapped[uuid.UUID | None]
    processed_at: Mapped[datetime | None]

    worker: Mapped[Worker | None] = relationship(viewonly=True)

    @property
    def subject_id(self) -> uuid.UUID:
        return self.worker_id or self.agency_id


class MessageEvent(Row, Scoped, Base):
    """Something the provider, or we, said about a message. All are kept; order and doubles do not matter."""

    __tablename__ = "message_events"
    __table_args__ = (
        within("message_id", "messages", ondelete="CASCADE"),
        Index(
            "ix_message_events_errors",
            "at",
            sqlite_where=text("error_code <> ''"),
            postgresql_where=text("error_code <> ''"),
        ),
    )

    message_id: Mapped[uuid.UUID] = mapped_column(index=True)
    at: Mapped[datetime]
    state: Mapped[str] = mapped_column(String(16))
    source: Mapped[str] = mapped_column(String(12))
    error_code: Mapped[str] = mapped_column(String(24), default="")
    provider_id: Mapped[str] = mapped_column(String(64), default="")


class Question(Row, Scoped, Base):
    """A numbered question put to a worker; a digit answers the newest open one."""

    __tablename__ = "questions"
    __table_args__ = (
        within("worker_id", "workers", ondelete="CASCADE"),
        within("incident_id", "incidents"),
        Index("ix_questions_open", "agency_id", "worker_id", "asked_at"),
    )

    worker_id: Mapped[uuid.UUID]
    kind: Mapped[str] = mapped_column(String(12))
    incident_id: Mapped[uuid.UUID | None]
    message_id: Mapped[uuid.UUID | None]
    detail: Mapped[dict[str, Any]] = mapped_column(default=dict)
    asked_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    answered_at: Mapped[datetime | None]


class TextTemplate(Row, Scoped, Versioned, Base):
    """An agency's own wording of a default text, in one language."""

    __tablename__ = "text_templates"
    __table_args__ = (UniqueConstraint("agency_id", "key", "language"),)

    key: Mapped[str] = mapped_column(String(40))
    language: Mapped[str] = mapped_column(String(8))
    body: Mapped[str] = mapped_column(String(1600))
    edited_by: Mapped[uuid.UUID | None]
    edited_at: Mapped[datetime]
