"""Notices about papers that end."""

import uuid
from datetime import date, datetime
from typing import Any

from sqlalchemy import Boolean, Date, Index, Integer, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from workforce.core.db import Base, Row
from workforce.core.tenancy import Scoped, within


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
