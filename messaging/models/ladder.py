"""How the silent are chased: each step that was taken for a person, and the calls that are left for staff."""

import uuid
from datetime import datetime

from sqlalchemy import Index, Integer, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from workforce.core.db import Base, Row
from workforce.core.tenancy import Scoped, whole, within
from workforce.models import Worker


class LadderMove(Row, Scoped, Base):
    """One step taken for one person, once a round: texted, skipped for a reason, or handed to a person who calls."""

    __tablename__ = "ladder_moves"
    __table_args__ = (
        within("incident_id", "incidents", ondelete="CASCADE"),
        within("worker_id", "workers", ondelete="CASCADE"),
        UniqueConstraint("agency_id", "incident_id", "worker_id", "round", "step"),
    )

    incident_id: Mapped[uuid.UUID]
    worker_id: Mapped[uuid.UUID] = mapped_column(index=True)
    round: Mapped[int] = mapped_column(Integer, default=1)
    step: Mapped[str] = mapped_column(String(12))
    state: Mapped[str] = mapped_column(String(8))
    why: Mapped[str] = mapped_column(String(20), default="")
    message_id: Mapped[uuid.UUID | None]
    at: Mapped[datetime]


class CallTask(Row, Scoped, Base):
    """Somebody of staff is to call about a person; at most one is open for a person in an incident."""

    __tablename__ = "call_tasks"
    __table_args__ = (
        whole("call_tasks"),
        within("incident_id", "incidents", ondelete="CASCADE"),
        within("worker_id", "workers", ondelete="CASCADE"),
        Index("ix_call_tasks_open", "agency_id", "done_at", "due_at"),
        Index(
            "uq_call_tasks_open",
            "agency_id",
            "incident_id",
            "worker_id",
            unique=True,
            sqlite_where=text("done_at IS NULL"),
            postgresql_where=text("done_at IS NULL"),
        ),
    )

    incident_id: Mapped[uuid.UUID]
    worker_id: Mapped[uuid.UUID] = mapped_column(index=True)
    why: Mapped[str] = mapped_column(String(20), default="ladder")
    opened_at: Mapped[datetime]
    due_at: Mapped[datetime]
    tries: Mapped[int] = mapped_column(Integer, default=0)
    taken_by: Mapped[uuid.UUID | None]
    taken_at: Mapped[datetime | None]
    done_at: Mapped[datetime | None]
    done_by: Mapped[uuid.UUID | None]
    outcome: Mapped[str] = mapped_column(String(12), default="")

    worker: Mapped[Worker] = relationship(viewonly=True)
