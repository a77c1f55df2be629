"""How fast a sender may speak, and how much has gone to a country today."""

from datetime import date, datetime

from sqlalchemy import Date, Float, Integer, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from workforce.core.db import Base, Row
from workforce.core.tenancy import Scoped


class SenderBucket(Base):
    """Parts that a sender may hand over at once; they come back at its rate. Agencies that share a sender share its bucket."""

    __tablename__ = "sender_buckets"

    sender: Mapped[str] = mapped_column(String(120), primary_key=True)
    parts: Mapped[float] = mapped_column(Float)
    filled_at: Mapped[datetime]


class CountryDay(Row, Scoped, Base):
    """Parts that an agency has handed over for one country on one of its days."""

    __tablename__ = "country_days"
    __table_args__ = (UniqueConstraint("agency_id", "country", "day"),)

    country: Mapped[str] = mapped_column(String(3))
    day: Mapped[date] = mapped_column(Date)
    parts: Mapped[int] = mapped_column(Integer, default=0)
