"""The table of what an agency knows about replies from a country."""

import uuid
from datetime import date, datetime

from sqlalchemy import Date, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from workforce.core.db import Base, Row, Versioned
from workforce.core.tenancy import Scoped


class ReplyRoute(Row, Scoped, Versioned, Base):
    """An agency's own finding about one country, and its numbers there to which a worker can answer or give a missed call."""

    __tablename__ = "reply_routes"
    __table_args__ = (UniqueConstraint("agency_id", "country"),)

    country: Mapped[str] = mapped_column(String(2))
    verdict: Mapped[str] = mapped_column(String(12))
    note: Mapped[str] = mapped_column(String(200), default="")
    reply_number: Mapped[str] = mapped_column(String(20), default="")
    missed_call_number: Mapped[str] = mapped_column(String(20), default="")
    source: Mapped[str] = mapped_column(String(120), default="")
    checked_on: Mapped[date | None] = mapped_column(Date)
    edited_by: Mapped[uuid.UUID | None]
    edited_at: Mapped[datetime]
