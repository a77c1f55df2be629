"""The simulated network: handsets and what lies on them."""

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import Boolean, Float, Index, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from workforce.core.db import Base, Row, Sealed
from workforce.core.tenancy import Scoped, whole, within
from workforce.models import Worker


class Handset(Row, Scoped, Base):
    """A phone of the simulated network: whose, with which faults, and how it answers when nobody plays it."""

    __tablename__ = "handsets"
    __table_args__ = (
        whole("handsets"),
        within("worker_id", "workers", ondelete="CASCADE"),
        UniqueConstraint("agency_id", "number_index"),
    )

    worker_id: Mapped[uuid.UUID | None] = mapped_column(index=True)
    number_sealed: Mapped[bytes | None] = mapped_column(Sealed)
    number_index: Mapped[bytes] = mapped_column(LargeBinary(16))
    script: Mapped[list[Any]] = mapped_column(default=list)
    has_signal: Mapped[bool] = mapped_column(Boolean, default=True)
    is_on: Mapped[bool] = mapped_column(Boolean, default=True)
    is_in_service: Mapped[bool] = mapped_column(Boolean, default=True)
    late_seconds: Mapped[float] = mapped_column(Float, default=0)
    language: Mapped[str] = mapped_column(String(8), default="en")
    network: Mapped[str] = mapped_column(String(24), default="")

    worker: Mapped[Worker | None] = relationship(viewonly=True)

    @property
    def subject_id(self) -> uuid.UUID:
        return self.worker_id or self.agency_id


class HandsetText(Row, Scoped, Base):
    """A text, a WhatsApp message or a call on a simulated phone. Outgoing ones wait for `due_at`, then come in like any other.

    A call is here from its first ring; `due_at` is when it ends by itself, `handed_over_at` when it has ended.
    """

    __tablename__ = "handset_texts"
    __table_args__ = (
        within("handset_id", "handsets", ondelete="CASCADE"),
        UniqueConstraint("agency_id", "provider_id"),
        Index("ix_handset_texts_due", "handed_over_at", "due_at"),
        Index("ix_handset_texts_thread", "agency_id", "handset_id", "due_at"),
    )

    handset_id: Mapped[uuid.UUID]
    worker_id: Mapped[uuid.UUID | None] = mapped_column(index=True)
    direction: Mapped[str] = mapped_column(String(3))
    channel: Mapped[str] = mapped_column(String(8), default="sms")
    call_state: Mapped[str] = mapped_column(String(8), default="")
    provider_id: Mapped[str] = mapped_column(String(64))
    message_id: Mapped[uuid.UUID | None]
    body_sealed: Mapped[bytes | None] = mapped_column(Sealed)
    due_at: Mapped[datetime]
    handed_over_at: Mapped[datetime | None]

    @property
    def subject_id(self) -> uuid.UUID:
        return self.worker_id or self.agency_id
