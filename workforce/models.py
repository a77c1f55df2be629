"""Tables of the people we look after, and facts about one row.

A column ending in `_sealed` is read with `vault.reveal(db, row, "name")` and written with `vault.seal(db, row, name=…)`.
`subject_id` says whose key seals the row. Names, nationality, host country, employer and the days on which papers end are
plain, because an evacuation filters and sorts by them.
"""

import uuid
from datetime import date, datetime
from typing import Any, ClassVar

from flask_login import UserMixin
from sqlalchemy import Boolean, Date, Float, Index, Integer, LargeBinary, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, declared_attr, mapped_column, relationship

from workforce.core.db import Base, Row, Sealed
from workforce.core.tenancy import Scoped, whole, within

ROLES = ("staff", "manager", "admin", "auditor")
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
CHANNELS = ("sms", "whatsapp", "voice", "email")
CONTACT_KINDS = ("next_of_kin", "buddy", "site_leader", "community", "employer", "other")
PHONE_USES = ("host", "home", "whatsapp", "other")
PURPOSES = ("deployment", "notices", "crisis", "backup", "location", "transfer", "statistics")


class Versioned:
    """A row whose pages carry its version: who saves an older one is told, and nothing is overwritten unseen."""

    version: Mapped[int] = mapped_column(Integer, default=1)

    @declared_attr.directive
    def __mapper_args__(cls) -> dict[str, Any]:
        return {"version_id_col": cls.version}


class Agency(Row, Base):
    """The tenant. `short_name` opens every text; `sender` is the number whose texts are this agency's."""

    __tablename__ = "agencies"

    name: Mapped[str] = mapped_column(String(120), unique=True)
    short_name: Mapped[str] = mapped_column(String(11))
    country: Mapped[str] = mapped_column(String(2))
    zone: Mapped[str] = mapped_column(String(40), default="UTC")
    call_number: Mapped[str] = mapped_column(String(20), default="")
    sender: Mapped[str | None] = mapped_column(String(20), unique=True)
    gateway: Mapped[str] = mapped_column(String(12), default="simulator")
    twilio_account_sid: Mapped[str] = mapped_column(String(40), default="")
    twilio_auth_token_sealed: Mapped[bytes | None] = mapped_column(Sealed)
    twilio_messaging_service_sid: Mapped[str] = mapped_column(String(40), default="")
    is_demo: Mapped[bool] = mapped_column(Boolean, default=False)
    suspended_at: Mapped[datetime | None]
    created_at: Mapped[datetime]

    @property
    def agency_id(self) -> uuid.UUID:
        return self.id

    @property
    def subject_id(self) -> uuid.UUID:
        return self.id


class User(UserMixin, Row, Scoped, Versioned, Base):  # type: ignore[misc]
    """A person who logs in. `session_token` is set for the request by the log-in, and is what the cookie holds."""

    __tablename__ = "users"
    __table_args__ = (whole("users"),)

    name: Mapped[str] = mapped_column(String(120))
    email_sealed: Mapped[bytes | None] = mapped_column(Sealed)
    email_index: Mapped[bytes] = mapped_column(LargeBinary(16), unique=True)
    role: Mapped[str] = mapped_column(String(8))
    password_hash: Mapped[str] = mapped_column(String(200), default="")
    created_at: Mapped[datetime]
    last_login_at: Mapped[datetime | None]
    deactivated_at: Mapped[datetime | None]

    agency: Mapped[Agency] = relationship(lazy="joined", innerjoin=True, viewonly=True)
    session_token: ClassVar[str] = ""
    session_id: ClassVar[uuid.UUID | None] = None

    @property
    def subject_id(self) -> uuid.UUID:
        return self.id

    @property
    def is_active(self) -> bool:
        return self.deactivated_at is None and self.agency.suspended_at is None

    def get_id(self) -> str:
        return self.session_token


class UserSession(Row, Scoped, Base):
    """A log-in that is alive. The cookie holds a token; here lies only its hash, so that log-out is the end of it."""

    __tablename__ = "user_sessions"
    __table_args__ = (within("user_id", "users", ondelete="CASCADE"),)

    user_id: Mapped[uuid.UUID]
    token_hash: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)
    created_at: Mapped[datetime]
    seen_at: Mapped[datetime]


class UserLink(Row, Scoped, Base):
    """An invitation or a password reset: one use, a short life, bound to e-mail, agency and role."""

    __tablename__ = "user_links"
    __table_args__ = (within("user_id", "users", ondelete="CASCADE"),)

    purpose: Mapped[str] = mapped_column(String(12))
    token_hash: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)
    user_id: Mapped[uuid.UUID | None]
    email_sealed: Mapped[bytes | None] = mapped_column(Sealed)
    email_index: Mapped[bytes | None] = mapped_column(LargeBinary(16))
    name: Mapped[str] = mapped_column(String(120), default="")
    role: Mapped[str] = mapped_column(String(8), default="staff")
    made_by: Mapped[uuid.UUID | None]
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]

    @property
    def subject_id(self) -> uuid.UUID:
        return self.agency_id


class Employer(Row, Scoped, Base):
    """Who employs. Known by its folded name, so that two spellings of one firm do not become two."""

    __tablename__ = "employers"
    __table_args__ = (whole("employers"), UniqueConstraint("agency_id", "name_folded"))

    name: Mapped[str] = mapped_column(String(160))
    name_folded: Mapped[str] = mapped_column(String(160))
    country: Mapped[str] = mapped_column(String(2), default="")


class Site(Row, Scoped, Base):
    """Where people work or sleep. A work place is not a person's position, so the point is plain."""

    __tablename__ = "sites"
    __table_args__ = (whole("sites"), UniqueConstraint("agency_id", "country", "name_folded"))

    name: Mapped[str] = mapped_column(String(160))
    name_folded: Mapped[str] = mapped_column(String(160))
    town: Mapped[str] = mapped_column(String(120), default="")
    country: Mapped[str] = mapped_column(String(2))
    lat: Mapped[float | None] = mapped_column(Float)
    lon: Mapped[float | None] = mapped_column(Float)
    zone: Mapped[str] = mapped_column(String(40), default="")


class Worker(Row, Scoped, Versioned, Base):
    """A person placed abroad. Three things must be known: name, nationality, host country."""

    __tablename__ = "workers"
    __table_args__ = (
        whole("workers"),
        within("import_id", "imports"),
        Index("ix_workers_list", "agency_id", "archived_at", "sort_name", "id"),
        Index("ix_workers_folded", "agency_id", "name_folded"),
        Index("ix_workers_host", "agency_id", "host_country", "archived_at"),
    )

    full_name: Mapped[str] = mapped_column(String(160))
    family_name: Mapped[str] = mapped_column(String(80), default="")
    given_names: Mapped[str] = mapped_column(String(120), default="")
    own_script_name: Mapped[str] = mapped_column(String(160), default="")
    aliases: Mapped[list[str]] = mapped_column(default=list)
    name_folded: Mapped[str] = mapped_column(String(200))
    sort_name: Mapped[str] = mapped_column(String(200))
    nationality: Mapped[str] = mapped_column(String(2))
    second_nationality: Mapped[str] = mapped_column(String(2), default="")
    host_country: Mapped[str] = mapped_column(String(2))
    language: Mapped[str] = mapped_column(String(8), default="en")
    languages: Mapped[list[str]] = mapped_column(default=list)
    preferred_channel: Mapped[str] = mapped_column(String(10), default="sms")
    external_ref: Mapped[str] = mapped_column(String(40), default="")
    birth_date_sealed: Mapped[bytes | None] = mapped_column(Sealed)
    birthplace_sealed: Mapped[bytes | None] = mapped_column(Sealed)
    sex_sealed: Mapped[bytes | None] = mapped_column(Sealed)
    blood_group_sealed: Mapped[bytes | None] = mapped_column(Sealed)
    email_sealed: Mapped[bytes | None] = mapped_column(Sealed)
    email_index: Mapped[bytes | None] = mapped_column(LargeBinary(16))
    address_host_sealed: Mapped[bytes | None] = mapped_column(Sealed)
    address_home_sealed: Mapped[bytes | None] = mapped_column(Sealed)
    notes_sealed: Mapped[bytes | None] = mapped_column(Sealed)
    identity_index: Mapped[bytes | None] = mapped_column(LargeBinary(16), index=True)
    registered_via: Mapped[str] = mapped_column(String(8), default="staff")
    import_id: Mapped[uuid.UUID | None]
    opted_out_at: Mapped[datetime | None]
    last_heard_at: Mapped[datetime | None]
    archived_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]

    phones: Mapped[list["Phone"]] = relationship(back_populates="worker", order_by="Phone.rank", overlaps="worker")
    deployments: Mapped[list["Deployment"]] = relationship(
        back_populates="worker", order_by="Deployment.starts_on.desc()", overlaps="worker"
    )
    documents: Mapped[list["Document"]] = relationship(
        back_populates="worker", overlaps="worker"
    )  # Unordered: sorting by the day would lead SQLite through every paper of the agency.
    dependants: Mapped[list["Dependant"]] = relationship(
        back_populates="worker", order_by="Dependant.full_name", overlaps="worker"
    )
    contacts: Mapped[list["Contact"]] = relationship(
        back_populates="worker",
        foreign_keys="[Contact.agency_id, Contact.worker_id]",
        order_by="Contact.rank",
        overlaps="worker",
    )

    @property
    def subject_id(self) -> uuid.UUID:
        return self.id

    @property
    def given_name(self) -> str:
        """How we greet them: the first given name, else the first word of the name."""
        return (self.given_names or self.full_name).split()[0]

    @property
    def listed_name(self) -> str:
        """ "Dalisay, Maria Cristina" where both parts are known."""
        return f"{self.family_name}, {self.given_names}" if self.family_name and self.given_names else self.full_name

    @property
    def initials(self) -> str:
        words = [
            part
            for part in (self.given_names or self.full_name).split()[:1]
            + (self.family_name or self.full_name).split()[-1:]
            if part
        ]
        return "".join(word[0] for word in words[:2]).upper()

    @property
    def deployment(self) -> "Deployment | None":
        """The current deployment, if there is one."""
        return next((one for one in self.deployments if one.is_current), None)


class Phone(Row, Scoped, Base):
    """A number on which a worker may be reached. `rank` 0 is tried first; several people may share one."""

    __tablename__ = "phones"
    __table_args__ = (
        whole("phones"),
        within("worker_id", "workers", ondelete="CASCADE"),
        Index("ix_phones_number", "agency_id", "number_index"),
        Index("ix_phones_worker", "agency_id", "worker_id"),
        Index(
            "ix_phones_state",
            "agency_id",
            "state",
            sqlite_where=text("state != 'works'"),
            postgresql_where=text("state != 'works'"),
        ),
    )

    worker_id: Mapped[uuid.UUID]
    rank: Mapped[int] = mapped_column(Integer, default=0)
    use: Mapped[str] = mapped_column(String(10), default="host")
    number_sealed: Mapped[bytes | None] = mapped_column(Sealed)
    number_index: Mapped[bytes] = mapped_column(LargeBinary(16))
    is_shared: Mapped[bool] = mapped_column(Boolean, default=False)
    is_smartphone: Mapped[bool | None] = mapped_column(Boolean)
    state: Mapped[str] = mapped_column(String(12), default="works")
    state_since: Mapped[datetime | None]
    last_heard_at: Mapped[datetime | None]

    worker: Mapped[Worker] = relationship(back_populates="phones", overlaps="phones")

    @property
    def subject_id(self) -> uuid.UUID:
        return self.worker_id


class Deployment(Row, Scoped, Versioned, Base):
    """Worker, employer, site, occupation, days. A worker has a history of them, at most one current."""

    __tablename__ = "deployments"
    __table_args__ = (
        whole("deployments"),
        within("worker_id", "workers", ondelete="CASCADE"),
        within("employer_id", "employers"),
        within("site_id", "sites"),
        Index(
            "uq_deployments_current",
            "agency_id",
            "worker_id",
            unique=True,
            sqlite_where=text("is_current"),
            postgresql_where=text("is_current"),
        ),
        Index("ix_deployments_site", "agency_id", "site_id"),
        Index("ix_deployments_worker", "agency_id", "worker_id"),
    )

    worker_id: Mapped[uuid.UUID]
    employer_id: Mapped[uuid.UUID | None]
    site_id: Mapped[uuid.UUID | None]
    host_country: Mapped[str] = mapped_column(String(2))
    occupation: Mapped[str] = mapped_column(String(120), default="")
    isco: Mapped[str] = mapped_column(String(4), default="")
    starts_on: Mapped[date | None] = mapped_column(Date)
    ends_on: Mapped[date | None] = mapped_column(Date)
    is_current: Mapped[bool] = mapped_column(Boolean, default=True)
    wage_sealed: Mapped[bytes | None] = mapped_column(Sealed)

    worker: Mapped[Worker] = relationship(back_populates="deployments", overlaps="deployments")
    employer: Mapped[Employer | None] = relationship(overlaps="worker,deployments")
    site: Mapped[Site | None] = relationship(overlaps="worker,deployments,employer")

    @property
    def subject_id(self) -> uuid.UUID:
        return self.worker_id


class Dependant(Row, Scoped, Versioned, Base):
    """Family living with or depending on a worker, with a key of their own."""

    __tablename__ = "dependants"
    __table_args__ = (
        whole("dependants"),
        within("worker_id", "workers", ondelete="CASCADE"),
        Index("ix_dependants_worker", "agency_id", "worker_id"),
    )

    worker_id: Mapped[uuid.UUID]
    full_name: Mapped[str] = mapped_column(String(160))
    relation: Mapped[str] = mapped_column(String(40), default="")
    nationality: Mapped[str] = mapped_column(String(2), default="")
    lives_in: Mapped[str] = mapped_column(String(2), default="")
    with_worker: Mapped[bool] = mapped_column(Boolean, default=False)
    birth_date_sealed: Mapped[bytes | None] = mapped_column(Sealed)
    phone_sealed: Mapped[bytes | None] = mapped_column(Sealed)
    notes_sealed: Mapped[bytes | None] = mapped_column(Sealed)

    worker: Mapped[Worker] = relationship(back_populates="dependants", overlaps="dependants")

    @property
    def subject_id(self) -> uuid.UUID:
        return self.id


class Contact(Row, Scoped, Versioned, Base):
    """Whom to call about a worker, in the origin or the host country; without a worker, a community focal point."""

    __tablename__ = "contacts"
    __table_args__ = (
        whole("contacts"),
        within("worker_id", "workers", ondelete="CASCADE"),
        within("other_worker_id", "workers"),
        within("site_id", "sites"),
        Index("ix_contacts_worker", "agency_id", "worker_id"),
    )

    worker_id: Mapped[uuid.UUID | None]
    kind: Mapped[str] = mapped_column(String(12))
    rank: Mapped[int] = mapped_column(Integer, default=0)
    country: Mapped[str] = mapped_column(String(2), default="")
    full_name: Mapped[str] = mapped_column(String(160))
    relation: Mapped[str] = mapped_column(String(40), default="")
    language: Mapped[str] = mapped_column(String(8), default="")
    other_worker_id: Mapped[uuid.UUID | None] = mapped_column(index=True)
    site_id: Mapped[uuid.UUID | None]
    may_be_told: Mapped[bool] = mapped_column(Boolean, default=False)
    phone_sealed: Mapped[bytes | None] = mapped_column(Sealed)
    phone_index: Mapped[bytes | None] = mapped_column(LargeBinary(16), index=True)
    email_sealed: Mapped[bytes | None] = mapped_column(Sealed)
    notes_sealed: Mapped[bytes | None] = mapped_column(Sealed)

    worker: Mapped[Worker | None] = relationship(
        back_populates="contacts", foreign_keys="[Contact.agency_id, Contact.worker_id]", overlaps="contacts"
    )

    @property
    def subject_id(self) -> uuid.UUID:
        return self.worker_id or self.agency_id


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


class Consent(Row, Scoped, Base):
    """One line of the ledger: never changed, never removed; the newest line for a purpose decides."""

    __tablename__ = "consents"
    __table_args__ = (
        whole("consents"),
        within("worker_id", "workers", ondelete="CASCADE"),
        Index("ix_consents_live", "agency_id", "worker_id", "purpose", "at"),
    )

    worker_id: Mapped[uuid.UUID]
    purpose: Mapped[str] = mapped_column(String(16))
    given: Mapped[bool] = mapped_column(Boolean)
    basis: Mapped[str] = mapped_column(String(20), default="consent")
    wording: Mapped[str] = mapped_column(String(24), default="")
    language: Mapped[str] = mapped_column(String(8), default="en")
    channel: Mapped[str] = mapped_column(String(10))
    witness_id: Mapped[uuid.UUID | None]
    at: Mapped[datetime]


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


class Lease(Base):
    """Who may do a thing that only one process may do (the clock), until when. `token` rises with every new holder."""

    __tablename__ = "leases"

    name: Mapped[str] = mapped_column(String(40), primary_key=True)
    holder: Mapped[str] = mapped_column(String(80))
    token: Mapped[int] = mapped_column(Integer, default=1)
    expires_at: Mapped[datetime]


class LoginTry(Base):
    """Failed log-ins in a row under one key (account and device, address, all): slows down, never locks out for good."""

    __tablename__ = "login_tries"

    key: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    failures: Mapped[int] = mapped_column(Integer, default=0)
    next_at: Mapped[datetime]
