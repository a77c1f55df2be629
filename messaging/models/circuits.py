"""Which gateways are failing, so that all workers know the same."""

import uuid
from datetime import datetime

from sqlalchemy import Integer, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from workforce.core.db import Base, Row
from workforce.core.tenancy import Scoped


class Circuit(Row, Scoped, Base):
    """One gateway of one agency: failures in a row, and from when on it is left alone.

    While `opened_at` is set nothing leaves through it but `trial_id`, the one text that tries it again after `probe_at`.
    """

    __tablename__ = "circuits"
    __table_args__ = (UniqueConstraint("agency_id", "gateway"),)

    gateway: Mapped[str] = mapped_column(String(12))
    failures: Mapped[int] = mapped_column(Integer, default=0)
    failures_ever: Mapped[int] = mapped_column(Integer, default=0)
    last_code: Mapped[str] = mapped_column(String(24), default="")
    opened_at: Mapped[datetime | None]
    probe_at: Mapped[datetime | None]
    trial_id: Mapped[uuid.UUID | None]
