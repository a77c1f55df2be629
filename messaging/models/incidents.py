"""Incidents, the muster board, and calls for help."""

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import Boolean, Index, Integer, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from workforce.core.db import Base, Row, Sealed, Versioned
from workforce.core.tenancy import Scoped, whole, within
from workforce.models import Worker

STATUSES = ("HELP", "UNREACHABLE", "SILENT", "STAYING", "MOVING", "SAFE", "NOT_ASKED")
ACCOUNTED = frozenset({"SAFE", "MOVING", "STAYING"})


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
    ladder: Mapped[list[Any]] = mapped_column(default=list)
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
        Index("ix_incident_people_chase", "agency_id", "incident_id", "chase_at"),
        Index("ix_incident_people_board", "agency_id", "incident_id", "status", "status_at", "sort_name"),
        Index(
            "ix_incident_people_steps",
            "agency_id",
            "incident_id",
            "chase_step",
            "status",
            "chase_at",
            sqlite_where=text("chase_at IS NOT NULL"),
            postgresql_where=text("chase_at IS NOT NULL"),
        ),
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
    # The ladder: which step is next and when; "" before it begins, "done" after its end, "wrote" while a person reads.
    chase_step: Mapped[str] = mapped_column(String(12), default="")
    chase_at: Mapped[datetime | None]
    chase_round: Mapped[int] = mapped_column(Integer, default=0)
    # Where they work and how they are sorted, as elsewhere; the database keeps both as they are there.
    site_id: Mapped[uuid.UUID | None]
    sort_name: Mapped[str] = mapped_column(String(200), default="")

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
    """A call for help with an owner and a clock. `worker` is the first it names; `people` are all."""

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
    is_duress: Mapped[bool] = mapped_column(Boolean, default=False)

    worker: Mapped[Worker] = relationship(viewonly=True)
    people: Mapped[list["CasePerson"]] = relationship(viewonly=True, order_by="CasePerson.place")

    @property
    def subject_id(self) -> uuid.UUID:
        return self.worker_id

    @property
    def waiting(self) -> list["CasePerson"]:
        """Those about whom nobody has said yet how it ended."""
        return [one for one in self.people if one.ended_at is None]


class CasePerson(Row, Scoped, Base):
    """One person whom a case names. From a phone that several share, HELP names all of them: any may have sent it."""

    __tablename__ = "case_people"
    __table_args__ = (
        within("case_id", "cases", ondelete="CASCADE"),
        within("worker_id", "workers", ondelete="CASCADE"),
        within("incident_id", "incidents", ondelete="CASCADE"),
        UniqueConstraint("agency_id", "case_id", "worker_id"),
        Index("ix_case_people_open", "agency_id", "worker_id", "ended_at"),
    )

    case_id: Mapped[uuid.UUID]
    worker_id: Mapped[uuid.UUID]
    incident_id: Mapped[uuid.UUID | None]
    place: Mapped[int] = mapped_column(Integer, default=0)
    ended_at: Mapped[datetime | None]

    worker: Mapped[Worker] = relationship(viewonly=True)


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
