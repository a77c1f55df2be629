"""Tables of the inbox: who has a thread and how far it was read; which readings a person corrected."""

import uuid
from datetime import datetime

from sqlalchemy import Index, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from workforce.core.db import Base, Row
from workforce.core.tenancy import Scoped, within


class InboxThread(Row, Scoped, Base):
    """What people did with the texts of one worker, or of one number that is nobody's alone."""

    __tablename__ = "inbox_threads"
    __table_args__ = (
        within("worker_id", "workers", ondelete="CASCADE"),
        within("owner_id", "users"),
        UniqueConstraint("agency_id", "worker_id"),
        UniqueConstraint("agency_id", "number_index"),
    )

    worker_id: Mapped[uuid.UUID | None]
    number_index: Mapped[bytes | None] = mapped_column(LargeBinary(16))
    owner_id: Mapped[uuid.UUID | None]
    owned_at: Mapped[datetime | None]
    seen_at: Mapped[datetime | None]


class Correction(Row, Scoped, Base):
    """A person read a text otherwise than we did. The text itself stays where it is, sealed."""

    __tablename__ = "text_corrections"
    __table_args__ = (
        within("message_id", "messages", ondelete="CASCADE"),
        within("worker_id", "workers", ondelete="CASCADE"),
        Index("ix_text_corrections_at", "agency_id", "corrected_at"),
    )

    message_id: Mapped[uuid.UUID]
    worker_id: Mapped[uuid.UUID | None]
    language: Mapped[str] = mapped_column(String(8), default="")
    label_before: Mapped[str] = mapped_column(String(8), default="")
    status_before: Mapped[str] = mapped_column(String(8), default="")
    status_after: Mapped[str] = mapped_column(String(8), default="")
    corrected_by: Mapped[uuid.UUID | None]
    corrected_at: Mapped[datetime]
