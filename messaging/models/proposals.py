"""The table of proposals, and facts about one row."""

import uuid
from datetime import datetime

from sqlalchemy import Index, Integer, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from workforce.core.db import Base, Row, Sealed, Versioned
from workforce.core.tenancy import Scoped, whole, within
from workforce.models import Document, Worker

KINDS = ("join", "record", "number", "contact", "custody", "renewed", "copy", "photo", "family", "erase")
STATES = ("partial", "open", "confirmed", "refused")


class Proposal(Row, Scoped, Versioned, Base):
    """One thing a worker, or somebody who wants to be one, asks to have changed. `payload` is sealed JSON, by kind.

    A registration that is still being typed is `partial`; what waits for a person is `open`. A photograph waits sealed in the
    files folder at `place`, under a key of its own.
    """

    __tablename__ = "proposals"
    __table_args__ = (
        whole("proposals"),
        within("worker_id", "workers", ondelete="CASCADE"),
        within("document_id", "documents", ondelete="CASCADE"),
        within("message_id", "messages"),
        Index("ix_proposals_state", "agency_id", "state", "made_at"),
        Index("ix_proposals_number", "agency_id", "number_index"),
        Index("ix_proposals_worker", "agency_id", "worker_id"),
    )

    worker_id: Mapped[uuid.UUID | None]
    document_id: Mapped[uuid.UUID | None]
    message_id: Mapped[uuid.UUID | None]
    kind: Mapped[str] = mapped_column(String(12))
    state: Mapped[str] = mapped_column(String(10), default="open")
    source: Mapped[str] = mapped_column(String(8), default="sms")
    payload_sealed: Mapped[bytes | None] = mapped_column(Sealed)
    number_sealed: Mapped[bytes | None] = mapped_column(Sealed)
    number_index: Mapped[bytes | None] = mapped_column(LargeBinary(16))
    place: Mapped[str] = mapped_column(String(32), default="")
    media_type: Mapped[str] = mapped_column(String(40), default="")
    size_bytes: Mapped[int] = mapped_column(Integer, default=0)
    file_key: Mapped[bytes | None] = mapped_column(Sealed)
    made_at: Mapped[datetime]
    changed_at: Mapped[datetime]
    decided_at: Mapped[datetime | None]
    decided_by: Mapped[uuid.UUID | None]
    note_sealed: Mapped[bytes | None] = mapped_column(Sealed)

    worker: Mapped[Worker | None] = relationship(viewonly=True)
    document: Mapped[Document | None] = relationship(viewonly=True)

    @property
    def subject_id(self) -> uuid.UUID:
        return self.worker_id or self.agency_id
