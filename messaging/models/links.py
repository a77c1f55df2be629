"""Tables of one-time links and secret words, and facts about one row."""

import uuid
from datetime import datetime

from sqlalchemy import Index, Integer, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from workforce.core.db import Base, Row, Sealed
from workforce.core.tenancy import Scoped, whole, within
from workforce.models import Worker

MOST_TRIES = 3


class WorkerLink(Row, Scoped, Base):
    """A one-time link for one worker and one purpose. Of the token, and of the page it opens, only the hash is kept."""

    __tablename__ = "worker_links"
    __table_args__ = (
        whole("worker_links"),
        within("worker_id", "workers", ondelete="CASCADE"),
        within("message_id", "messages"),
        Index("ix_worker_links_worker", "agency_id", "worker_id", "created_at"),
    )

    worker_id: Mapped[uuid.UUID]
    purpose: Mapped[str] = mapped_column(String(12))
    token_hash: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)
    page_hash: Mapped[bytes | None] = mapped_column(LargeBinary(32), unique=True)
    message_id: Mapped[uuid.UUID | None]
    made_by: Mapped[uuid.UUID | None]
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
    page_until: Mapped[datetime | None]
    tries: Mapped[int] = mapped_column(Integer, default=0)
    share_until: Mapped[datetime | None]
    share_consent_id: Mapped[uuid.UUID | None]

    worker: Mapped[Worker] = relationship(viewonly=True)

    @property
    def subject_id(self) -> uuid.UUID:
        return self.worker_id

    def state(self, now: datetime) -> str:
        """open, used, locked (too many wrong birthdays) or over."""
        if self.used_at is not None:
            return "used"
        if self.expires_at <= now:
            return "over"
        return "locked" if self.tries >= MOST_TRIES else "open"


class DuressWord(Row, Scoped, Base):
    """A worker's own word that is answered like SAFE and means HELP. Nobody can read it back."""

    __tablename__ = "duress_words"
    __table_args__ = (
        within("worker_id", "workers", ondelete="CASCADE"),
        UniqueConstraint("agency_id", "worker_id"),
    )

    worker_id: Mapped[uuid.UUID]
    word_sealed: Mapped[bytes | None] = mapped_column(Sealed)
    set_by: Mapped[uuid.UUID | None]
    set_at: Mapped[datetime]

    @property
    def subject_id(self) -> uuid.UUID:
        return self.worker_id
