"""Tables of imports: what was handed in, what it did, and what could not be used."""

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import Index, Integer, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from workforce.core.db import Base, Row, Sealed
from workforce.core.tenancy import Scoped, whole, within


class Import(Row, Scoped, Base):
    """One roster handed in: the sealed file, what was understood, what became of it."""

    __tablename__ = "imports"
    __table_args__ = (whole("imports"),)

    file_name_sealed: Mapped[bytes | None] = mapped_column(Sealed)
    place: Mapped[str] = mapped_column(String(32), default="")
    wrapped_key: Mapped[bytes | None] = mapped_column(Sealed)
    file_digest: Mapped[bytes] = mapped_column(LargeBinary(32))
    state: Mapped[str] = mapped_column(String(10), default="previewed")
    options: Mapped[dict[str, Any]] = mapped_column(default=dict)
    counts: Mapped[dict[str, Any]] = mapped_column(default=dict)
    corrections_sealed: Mapped[bytes | None] = mapped_column(Sealed)
    look_place: Mapped[str | None] = mapped_column(String(32))
    look_key: Mapped[bytes | None] = mapped_column(Sealed)
    look_digest: Mapped[bytes | None] = mapped_column(LargeBinary(32))
    looked_at: Mapped[datetime | None]
    made_by: Mapped[uuid.UUID | None]
    created_at: Mapped[datetime]
    applied_at: Mapped[datetime | None]
    undone_at: Mapped[datetime | None]

    @property
    def subject_id(self) -> uuid.UUID:
        return self.agency_id


class ImportRow(Row, Scoped, Base):
    """What one row of a roster did to one worker; `before_sealed` holds what undo puts back."""

    __tablename__ = "import_rows"
    __table_args__ = (
        within("import_id", "imports", ondelete="CASCADE"),
        within("worker_id", "workers", ondelete="CASCADE"),
        Index("ix_import_rows_digest", "agency_id", "row_digest"),
    )

    import_id: Mapped[uuid.UUID] = mapped_column(index=True)
    worker_id: Mapped[uuid.UUID | None] = mapped_column(index=True)
    row_number: Mapped[int] = mapped_column(Integer)
    action: Mapped[str] = mapped_column(String(10))
    row_digest: Mapped[bytes] = mapped_column(LargeBinary(16))
    worker_version: Mapped[int] = mapped_column(Integer, default=0)
    before_sealed: Mapped[bytes | None] = mapped_column(Sealed)

    @property
    def subject_id(self) -> uuid.UUID:
        return self.worker_id or self.agency_id


class ImportProblem(Row, Scoped, Base):
    """A cell that could not be used, with the reason that goes beside it in the rejects file."""

    __tablename__ = "import_problems"
    __table_args__ = (within("import_id", "imports", ondelete="CASCADE"),)

    import_id: Mapped[uuid.UUID] = mapped_column(index=True)
    row_number: Mapped[int] = mapped_column(Integer)
    column: Mapped[str] = mapped_column(String(120))
    kind: Mapped[str] = mapped_column(String(8))
    reason: Mapped[str] = mapped_column(String(240))
    value_sealed: Mapped[bytes | None] = mapped_column(Sealed)

    @property
    def subject_id(self) -> uuid.UUID:
        return self.agency_id


class RosterMapping(Row, Scoped, Base):
    """What the columns of a list hold: remembered for the next file with the same headings, or kept under a name.

    The headings are sealed: somebody may have chosen a row of people as the headings. `slot` may stand once in an agency:
    a keyed digest of the name, or of the headings where there is none.
    """

    __tablename__ = "roster_mappings"
    __table_args__ = (whole("roster_mappings"), UniqueConstraint("agency_id", "slot"))

    slot: Mapped[bytes] = mapped_column(LargeBinary(32))
    name: Mapped[str | None] = mapped_column(String(80))
    shape: Mapped[bytes] = mapped_column(LargeBinary(32))
    rules_sealed: Mapped[bytes | None] = mapped_column(Sealed)
    made_by: Mapped[uuid.UUID | None]
    created_at: Mapped[datetime]
    used_at: Mapped[datetime | None]

    @property
    def subject_id(self) -> uuid.UUID:
        return self.agency_id
