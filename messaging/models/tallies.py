"""Counts that the database keeps itself."""

import uuid

from sqlalchemy import Index, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from workforce.core.db import Base, Row
from workforce.core.tenancy import Scoped


class Tally(Row, Scoped, Base):
    """One line of a count: the count is the sum of its lines. Triggers write them (step 0020); the clock folds them together.

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
