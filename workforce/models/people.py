"""Tables of workers, and of who and what belongs to them."""

import uuid
from datetime import date, datetime
from typing import TYPE_CHECKING

from sqlalchemy import Boolean, Date, Float, Index, Integer, LargeBinary, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from workforce.core.db import Base, Row, Sealed, Versioned
from workforce.core.tenancy import Scoped, whole, within

if TYPE_CHECKING:
    from workforce.models.papers import Document

CHANNELS = ("sms", "whatsapp", "voice", "email")
CONTACT_KINDS = ("next_of_kin", "buddy", "site_leader", "community", "employer", "other")
PHONE_USES = ("host", "home", "whatsapp", "other")
PURPOSES = ("deployment", "notices", "crisis", "backup", "location", "family", "transfer", "statistics")


class Employer(Row, Scoped, Base):
    """Who employs. Known by its folded name, so that two spellings of one firm do not become two."""

    __tablename__ = "employers"
    __table_args__ = (whole("employers"), UniqueConstraint("agency_id", "name_folded"))

    name: Mapped[str] = mapped_column(String(160))
    name_folded: Mapped[str] = mapped_column(String(160))
    country: Mapped[str] = mapped_column(String(2), default="")
    import_id: Mapped[uuid.UUID | None]
    """The import that made it: taken back, it goes too, unless something else points to it by then."""


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
    import_id: Mapped[uuid.UUID | None]
    """As an employer's."""


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
        """As "Dalisay, Maria Cristina" where both parts are known."""
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


class Tombstone(Row, Scoped, Base):
    """A mark of somebody who was erased on request: it says nothing, and is known again when an old list brings them back."""

    __tablename__ = "tombstones"
    __table_args__ = (UniqueConstraint("agency_id", "mark"),)

    mark: Mapped[bytes] = mapped_column(LargeBinary(16))
    erased_on: Mapped[date]
