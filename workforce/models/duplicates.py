"""Tables of possible duplicates: what was looked at, which pairs were found, and what was merged."""

import uuid
from datetime import datetime

from sqlalchemy import Index, Integer, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from workforce.core.db import Base, Row, Sealed
from workforce.core.tenancy import Scoped, whole, within


class DuplicateMark(Row, Scoped, Base):
    """One worker as the search for duplicates last saw them. `keys` are packed 8-byte keyed digests: equal ones may be one person."""

    __tablename__ = "duplicate_marks"
    __table_args__ = (
        within("worker_id", "workers", ondelete="CASCADE"),
        UniqueConstraint("agency_id", "worker_id"),
    )

    worker_id: Mapped[uuid.UUID]
    keys: Mapped[bytes] = mapped_column(LargeBinary)
    looked_at: Mapped[datetime]


class DuplicatePair(Row, Scoped, Base):
    """Two workers who may be one person; `one_id` is the lower id. `state`: open, or different once somebody has said so.

    `reasons` are code words of `workforce/duplicates/words.py`: never what is in a record.
    """

    __tablename__ = "duplicate_pairs"
    __table_args__ = (
        whole("duplicate_pairs"),
        within("one_id", "workers", ondelete="CASCADE"),
        within("other_id", "workers", ondelete="CASCADE"),
        UniqueConstraint("agency_id", "one_id", "other_id"),
        Index("ix_duplicate_pairs_open", "agency_id", "state", "score"),
    )

    one_id: Mapped[uuid.UUID]
    other_id: Mapped[uuid.UUID] = mapped_column(index=True)
    score: Mapped[int] = mapped_column(Integer)
    reasons: Mapped[list[str]] = mapped_column(default=list)
    state: Mapped[str] = mapped_column(String(10), default="open")
    found_at: Mapped[datetime]
    decided_by: Mapped[uuid.UUID | None]
    decided_at: Mapped[datetime | None]


class Merge(Row, Scoped, Base):
    """Two records made one. `merged_id` is the record that went; `before_sealed`, under the key of who was kept, is what undo needs."""

    __tablename__ = "merges"
    __table_args__ = (
        whole("merges"),
        within("kept_id", "workers", ondelete="CASCADE"),
        Index("ix_merges_merged", "agency_id", "merged_id"),
    )

    kept_id: Mapped[uuid.UUID] = mapped_column(index=True)
    merged_id: Mapped[uuid.UUID]
    merged_name: Mapped[str] = mapped_column(String(160))
    before_sealed: Mapped[bytes | None] = mapped_column(Sealed)
    made_by: Mapped[uuid.UUID | None]
    made_at: Mapped[datetime]
    undone_at: Mapped[datetime | None]

    @property
    def subject_id(self) -> uuid.UUID:
        return self.kept_id
