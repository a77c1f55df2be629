"""Counts that the database keeps itself."""

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import Index, Integer, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from workforce.core.db import Base, Row
from workforce.core.tenancy import Scoped, within


class Tally(Row, Scoped, Base):
    """One line of a count: the count is the sum of its lines. Triggers write them (step 0021); the clock folds them together.

    `of_id` is the incident, the broadcast, or (kind "joins") the agency. The kinds are told in `incidents/tallies.py`.
    """

    __tablename__ = "tallies"
    __table_args__ = (Index("ix_tallies_of", "agency_id", "of_id", "kind", "name", "bucket", "site_id"),)

    of_id: Mapped[uuid.UUID]
    kind: Mapped[str] = mapped_column(String(8))
    name: Mapped[str] = mapped_column(String(12), default="")
    bucket: Mapped[int] = mapped_column(Integer, default=0)
    site_id: Mapped[uuid.UUID | None]
    n: Mapped[int] = mapped_column(Integer)


class Spread(Row, Scoped, Base):
    """Where the people of a big board are and how they can be reached, as it was worked out last, beside the pages."""

    __tablename__ = "board_spreads"
    __table_args__ = (
        within("incident_id", "incidents", ondelete="CASCADE"),
        UniqueConstraint("agency_id", "incident_id"),
    )

    incident_id: Mapped[uuid.UUID]
    key: Mapped[str] = mapped_column(String(64))
    figures: Mapped[dict[str, Any]] = mapped_column(default=dict)
    worked_at: Mapped[datetime]
