"""Tables of papers, their versions, and the sealed copies."""

import uuid
from datetime import date, datetime

from sqlalchemy import Date, Index, Integer, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from workforce.core.db import Base, Row, Sealed, Versioned
from workforce.core.tenancy import Scoped, whole, within
from workforce.models.people import Worker

DOCUMENT_KINDS = (
    "passport",
    "visa",
    "residence_permit",
    "exit_permit",
    "work_permit",
    "contract",
    "medical",
    "insurance",
    "id_card",
    "certificate",
    "other",
)
CUSTODIES = ("worker", "employer", "agency", "embassy", "lost", "unknown")


class Document(Row, Scoped, Versioned, Base):
    """A paper with its versions. `expires_on` and `number_index` are the active version's, kept here so that lists stay fast."""

    __tablename__ = "documents"
    __table_args__ = (
        whole("documents"),
        within("worker_id", "workers", ondelete="CASCADE"),
        Index("ix_documents_due", "agency_id", "expires_on", "kind"),
        Index("ix_documents_worker", "agency_id", "worker_id"),
        Index("ix_documents_number", "agency_id", "kind", "issuing_country", "number_index", unique=True),
    )

    worker_id: Mapped[uuid.UUID]
    kind: Mapped[str] = mapped_column(String(20))
    title: Mapped[str] = mapped_column(String(80), default="")
    issuing_country: Mapped[str] = mapped_column(String(2), default="")
    custody: Mapped[str] = mapped_column(String(10), default="unknown")
    custody_since_on: Mapped[date | None] = mapped_column(Date)
    custody_note: Mapped[str] = mapped_column(String(120), default="")
    expires_on: Mapped[date | None] = mapped_column(Date)
    number_index: Mapped[bytes | None] = mapped_column(LargeBinary(16))
    renewal_begun_on: Mapped[date | None] = mapped_column(Date)
    archived_at: Mapped[datetime | None]

    worker: Mapped[Worker] = relationship(back_populates="documents", overlaps="documents")
    versions: Mapped[list["DocumentVersion"]] = relationship(
        back_populates="document", order_by="DocumentVersion.number.desc()", overlaps="document"
    )

    @property
    def subject_id(self) -> uuid.UUID:
        return self.worker_id

    @property
    def active(self) -> "DocumentVersion | None":
        """The version in force, else the newest."""
        return next(
            (one for one in self.versions if one.state == "active"), self.versions[0] if self.versions else None
        )


class DocumentVersion(Row, Scoped, Base):
    """One issue of a paper. `state`: active, renewed, lost; that it has expired follows from the day."""

    __tablename__ = "document_versions"
    __table_args__ = (
        whole("document_versions"),
        within("document_id", "documents", ondelete="CASCADE"),
        UniqueConstraint("agency_id", "document_id", "number"),
    )

    document_id: Mapped[uuid.UUID]
    worker_id: Mapped[uuid.UUID]
    number: Mapped[int] = mapped_column(Integer, default=1)
    state: Mapped[str] = mapped_column(String(8), default="active")
    paper_number_sealed: Mapped[bytes | None] = mapped_column(Sealed)
    issued_on: Mapped[date | None] = mapped_column(Date)
    expires_on: Mapped[date | None] = mapped_column(Date)
    place_of_issue: Mapped[str] = mapped_column(String(80), default="")
    created_at: Mapped[datetime]

    document: Mapped[Document] = relationship(back_populates="versions", overlaps="versions")
    file: Mapped["StoredFile | None"] = relationship(
        back_populates="document_version", uselist=False, overlaps="document_version"
    )

    @property
    def subject_id(self) -> uuid.UUID:
        return self.worker_id

    def lapsed(self, today: date) -> bool:
        return self.expires_on is not None and self.expires_on < today


class StoredFile(Row, Scoped, Base):
    """One sealed backup of one version. `place` is the name in the files folder; the clear name is sealed."""

    __tablename__ = "stored_files"
    __table_args__ = (
        whole("stored_files"),
        within("document_version_id", "document_versions", ondelete="CASCADE"),
        UniqueConstraint("agency_id", "document_version_id"),
    )

    document_version_id: Mapped[uuid.UUID]
    worker_id: Mapped[uuid.UUID]
    place: Mapped[str] = mapped_column(String(32))
    name_sealed: Mapped[bytes | None] = mapped_column(Sealed)
    media_type: Mapped[str] = mapped_column(String(40))
    size_bytes: Mapped[int] = mapped_column(Integer)
    sha256: Mapped[bytes] = mapped_column(LargeBinary(32))
    wrapped_key: Mapped[bytes] = mapped_column(Sealed)
    uploaded_by: Mapped[uuid.UUID | None]
    uploaded_at: Mapped[datetime]
    warning: Mapped[str] = mapped_column(String(120), default="")

    document_version: Mapped[DocumentVersion] = relationship(back_populates="file", overlaps="file")

    @property
    def subject_id(self) -> uuid.UUID:
        return self.worker_id
