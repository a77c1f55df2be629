"""Tables of texts, notices and incidents, and facts about one row."""

import uuid
from datetime import date, datetime
from typing import Any

from sqlalchemy import Boolean, Date, Float, Index, Integer, LargeBinary, String, UniqueConstraint, text
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
PRIORITIES = {"evacuation": 0, "recall": 0, "safety": 1, "reply": 2, "link": 2, "one_to_one": 2, "notice": 5}
AT_LEAST_ONCE = frozenset({"evacuation", "recall", "safety"})
STATUSES = ("HELP", "UNREACHABLE", "SILENT", "STAYING", "MOVING", "SAFE", "NOT_ASKED")
ACCOUNTED = frozenset({"SAFE", "MOVING", "STAYING"})


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
    )

    direction: Mapped[str] = mapped_column(String(3))
    worker_id: Mapped[uuid.UUID | None]
    phone_id: Mapped[uuid.UUID | None]
    number_sealed: Mapped[bytes | None] = mapped_column(Sealed)
    number_index: Mapped[bytes | None] = mapped_column(LargeBinary(16))
    body_sealed: Mapped[bytes | None] = mapped_column(Sealed)
    language: Mapped[str] = mapped_column(String(8), default="en")
    purpose: Mapped[str] = mapped_column(String(12))
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
    claimed_by: Mapped[str] = mapped_column(String(80), default="")
    lease_until: Mapped[datetime | None] = mapped_column(index=True)
    not_before_at: Mapped[datetime | None]
    valid_until: Mapped[datetime | None]
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
    __table_args__ = (within("message_id", "messages", ondelete="CASCADE"),)

    message_id: Mapped[uuid.UUID] = mapped_column(index=True)
    at: Mapped[datetime]
    state: Mapped[str] = mapped_column(String(16))
    source: Mapped[str] = mapped_column(String(12))
    error_code: Mapped[str] = mapped_column(String(24), default="")


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


class Notice(Row, Scoped, Base):
    """An expiry notice, once only: the constraint is the rule, every check before it a courtesy."""

    __tablename__ = "notices"
    __table_args__ = (
        within("document_id", "documents", ondelete="CASCADE"),
        within("worker_id", "workers", ondelete="CASCADE"),
        within("message_id", "messages"),
        UniqueConstraint("agency_id", "document_id", "expires_on", "rung", "recipient", "channel"),
        Index("ix_notices_made", "agency_id", "created_at"),
        Index(
            "ix_notices_due",
            "agency_id",
            "created_at",
            sqlite_where=text("state = 'due'"),
            postgresql_where=text("state = 'due'"),
        ),
    )

    document_id: Mapped[uuid.UUID]
    worker_id: Mapped[uuid.UUID] = mapped_column(index=True)
    expires_on: Mapped[date] = mapped_column(Date)
    rung: Mapped[int] = mapped_column(Integer)
    recipient: Mapped[str] = mapped_column(String(8))
    channel: Mapped[str] = mapped_column(String(8))
    state: Mapped[str] = mapped_column(String(12))
    reason: Mapped[str] = mapped_column(String(40), default="")
    is_late: Mapped[bool] = mapped_column(Boolean, default=False)
    message_id: Mapped[uuid.UUID | None]
    created_at: Mapped[datetime]
    seen_at: Mapped[datetime | None]


class NoticeRun(Row, Scoped, Base):
    """How far an agency's notices have come: the moment of the last run, and the audit line up to which changes were seen."""

    __tablename__ = "notice_runs"
    __table_args__ = (UniqueConstraint("agency_id"),)

    ran_at: Mapped[datetime]
    audit_seq: Mapped[int] = mapped_column(Integer, default=0)


class NoticeLadder(Row, Scoped, Base):
    """Days before expiry at which an agency wants a kind of paper noticed."""

    __tablename__ = "notice_ladders"
    __table_args__ = (UniqueConstraint("agency_id", "kind"),)

    kind: Mapped[str] = mapped_column(String(20))
    rungs: Mapped[list[Any]] = mapped_column(default=list)


class Incident(Row, Scoped, Versioned, Base):
    """A crisis: countries, areas, alert level, log. `stamp` counts what changed, so that a live page asks cheaply."""

    __tablename__ = "incidents"
    __table_args__ = (whole("incidents"), UniqueConstraint("agency_id", "code"))

    code: Mapped[str] = mapped_column(String(12))
    name: Mapped[str] = mapped_column(String(120))
    countries: Mapped[list[str]] = mapped_column(default=list)
    alert_level: Mapped[int] = mapped_column(Integer, default=1)
    is_exercise: Mapped[bool] = mapped_column(Boolean, default=False)
    zone: Mapped[str] = mapped_column(String(40), default="UTC")
    stamp: Mapped[int] = mapped_column(Integer, default=0)
    sequence: Mapped[int] = mapped_column(Integer, default=0)
    opened_by: Mapped[uuid.UUID | None]
    opened_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]


class Area(Row, Scoped, Base):
    """A polygon on the map of an incident, as GeoJSON: danger, safe, or of interest."""

    __tablename__ = "areas"
    __table_args__ = (whole("areas"), within("incident_id", "incidents", ondelete="CASCADE"))

    incident_id: Mapped[uuid.UUID]
    kind: Mapped[str] = mapped_column(String(8), default="danger")
    name: Mapped[str] = mapped_column(String(120))
    geometry: Mapped[dict[str, Any]]
    made_by: Mapped[uuid.UUID | None]
    made_at: Mapped[datetime]


class Person(Row, Scoped, Base):
    """One worker on one muster board: the status now, and the evidence for it."""

    __tablename__ = "incident_people"
    __table_args__ = (
        whole("incident_people"),
        within("incident_id", "incidents", ondelete="CASCADE"),
        within("worker_id", "workers", ondelete="CASCADE"),
        UniqueConstraint("agency_id", "incident_id", "worker_id"),
    )

    incident_id: Mapped[uuid.UUID]
    worker_id: Mapped[uuid.UUID] = mapped_column(index=True)
    status: Mapped[str] = mapped_column(String(12), default="NOT_ASKED")
    status_at: Mapped[datetime]
    source: Mapped[str] = mapped_column(String(8), default="")
    evidence_sealed: Mapped[bytes | None] = mapped_column(Sealed)
    message_id: Mapped[uuid.UUID | None]
    said_by: Mapped[uuid.UUID | None]
    asked_at: Mapped[datetime | None]
    asked_times: Mapped[int] = mapped_column(Integer, default=0)
    unreachable_reason: Mapped[str] = mapped_column(String(20), default="")

    worker: Mapped[Worker] = relationship(viewonly=True)

    @property
    def subject_id(self) -> uuid.UUID:
        return self.worker_id


class StatusReport(Row, Scoped, Base):
    """Every word about a person in an incident, in the order it came. Never changed."""

    __tablename__ = "status_reports"
    __table_args__ = (
        within("incident_id", "incidents", ondelete="CASCADE"),
        within("worker_id", "workers", ondelete="CASCADE"),
        Index("ix_status_reports_curve", "agency_id", "incident_id", "at"),
    )

    incident_id: Mapped[uuid.UUID]
    worker_id: Mapped[uuid.UUID] = mapped_column(index=True)
    status: Mapped[str] = mapped_column(String(12))
    applied: Mapped[bool] = mapped_column(Boolean, default=True)
    at: Mapped[datetime]
    source: Mapped[str] = mapped_column(String(8))
    evidence_sealed: Mapped[bytes | None] = mapped_column(Sealed)
    message_id: Mapped[uuid.UUID | None]
    said_by: Mapped[uuid.UUID | None]

    @property
    def subject_id(self) -> uuid.UUID:
        return self.worker_id


class Case(Row, Scoped, Versioned, Base):
    """A call for help with an owner and a clock."""

    __tablename__ = "cases"
    __table_args__ = (
        whole("cases"),
        within("worker_id", "workers", ondelete="CASCADE"),
        within("incident_id", "incidents"),
        within("owner_id", "users"),
        UniqueConstraint("agency_id", "number"),
    )

    number: Mapped[int] = mapped_column(Integer)
    worker_id: Mapped[uuid.UUID] = mapped_column(index=True)
    incident_id: Mapped[uuid.UUID | None]
    message_id: Mapped[uuid.UUID | None]
    opened_at: Mapped[datetime]
    due_at: Mapped[datetime]
    owner_id: Mapped[uuid.UUID | None]
    owned_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
    closed_by: Mapped[uuid.UUID | None]
    outcome_sealed: Mapped[bytes | None] = mapped_column(Sealed)

    worker: Mapped[Worker] = relationship(viewonly=True)

    @property
    def subject_id(self) -> uuid.UUID:
        return self.worker_id


class IncidentLine(Row, Scoped, Base):
    """One line of an incident's log: what happened, without anybody's words in it."""

    __tablename__ = "incident_lines"
    __table_args__ = (
        within("incident_id", "incidents", ondelete="CASCADE"),
        Index("ix_incident_lines_at", "agency_id", "incident_id", "at"),
    )

    incident_id: Mapped[uuid.UUID]
    at: Mapped[datetime]
    actor_id: Mapped[uuid.UUID | None]
    kind: Mapped[str] = mapped_column(String(24))
    detail: Mapped[dict[str, Any]] = mapped_column(default=dict)


class Broadcast(Row, Scoped, Versioned, Base):
    """One text to an audience, in several languages. What was approved is what leaves: `frozen_hash` holds it to that."""

    __tablename__ = "broadcasts"
    __table_args__ = (
        whole("broadcasts"),
        within("incident_id", "incidents", ondelete="CASCADE"),
        UniqueConstraint("agency_id", "incident_id", "sequence"),
    )

    incident_id: Mapped[uuid.UUID]
    sequence: Mapped[int] = mapped_column(Integer)
    purpose: Mapped[str] = mapped_column(String(12))
    template: Mapped[str] = mapped_column(String(40), default="")
    bodies: Mapped[dict[str, Any]] = mapped_column(default=dict)
    audience: Mapped[dict[str, Any]] = mapped_column(default=dict)
    state: Mapped[str] = mapped_column(String(10), default="draft")
    frozen_hash: Mapped[bytes | None] = mapped_column(LargeBinary(32))
    author_id: Mapped[uuid.UUID | None]
    sent_by: Mapped[uuid.UUID | None]
    created_at: Mapped[datetime]
    sending_at: Mapped[datetime | None]
    done_at: Mapped[datetime | None]
    valid_seconds: Mapped[int] = mapped_column(Integer, default=900)
    recipients_count: Mapped[int] = mapped_column(Integer, default=0)


class Recipient(Row, Scoped, Base):
    """One person of a broadcast's frozen audience; without a message, the reason why none goes."""

    __tablename__ = "recipients"
    __table_args__ = (
        within("broadcast_id", "broadcasts", ondelete="CASCADE"),
        within("worker_id", "workers", ondelete="CASCADE"),
        UniqueConstraint("agency_id", "broadcast_id", "worker_id"),
    )

    broadcast_id: Mapped[uuid.UUID]
    worker_id: Mapped[uuid.UUID] = mapped_column(index=True)
    phone_id: Mapped[uuid.UUID | None]
    language: Mapped[str] = mapped_column(String(8), default="en")
    whereabouts: Mapped[str] = mapped_column(String(8), default="")
    left_out: Mapped[str] = mapped_column(String(20), default="")


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
    """A text on a simulated phone. Outgoing ones wait for `due_at`, then come in like any other."""

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
    provider_id: Mapped[str] = mapped_column(String(64))
    message_id: Mapped[uuid.UUID | None]
    body_sealed: Mapped[bytes | None] = mapped_column(Sealed)
    due_at: Mapped[datetime]
    handed_over_at: Mapped[datetime | None]

    @property
    def subject_id(self) -> uuid.UUID:
        return self.worker_id or self.agency_id
