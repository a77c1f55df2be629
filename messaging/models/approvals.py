"""The second person, and the glass that one person may break."""

import uuid
from datetime import datetime

from sqlalchemy import Index, Integer, LargeBinary, String, text
from sqlalchemy.orm import Mapped, mapped_column

from workforce.core.db import Base, Row, Sealed
from workforce.core.tenancy import Scoped, within


class Approval(Row, Scoped, Base):
    """A second person's yes to a text to many, one person's break-glass, or a recall, bound by `seal` to what was looked at.

    `kind` is second, glass or recall. `state`: waiting → approved → sent, or sent_back, void; glass: counting → sent, or
    stopped. `until_at` is when a waiting or approved one lapses, and when a counting one leaves.
    """

    __tablename__ = "approvals"
    __table_args__ = (
        within("broadcast_id", "broadcasts", ondelete="CASCADE"),
        Index("ix_approvals_open", "agency_id", "state", "until_at"),
        Index(
            "uq_approvals_live",
            "agency_id",
            "broadcast_id",
            unique=True,
            sqlite_where=text("state IN ('waiting', 'approved', 'counting')"),
            postgresql_where=text("state IN ('waiting', 'approved', 'counting')"),
        ),
    )

    broadcast_id: Mapped[uuid.UUID] = mapped_column(index=True)
    kind: Mapped[str] = mapped_column(String(8), default="second")
    state: Mapped[str] = mapped_column(String(10), default="waiting")
    seal: Mapped[bytes] = mapped_column(LargeBinary(32))
    people: Mapped[int] = mapped_column(Integer, default=0)
    asked_by: Mapped[uuid.UUID | None]
    asked_at: Mapped[datetime]
    until_at: Mapped[datetime]
    decided_by: Mapped[uuid.UUID | None]
    decided_at: Mapped[datetime | None]
    reason_sealed: Mapped[bytes | None] = mapped_column(Sealed)
    reviewed_by: Mapped[uuid.UUID | None]
    reviewed_at: Mapped[datetime | None]
    review_sealed: Mapped[bytes | None] = mapped_column(Sealed)

    @property
    def subject_id(self) -> uuid.UUID:
        return self.agency_id
