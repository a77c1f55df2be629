"""A provider of texts that is reached by a request an admin has described."""

from datetime import datetime
from typing import Any

from sqlalchemy import LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from workforce.core.db import Base, Row, Sealed, Versioned
from workforce.core.tenancy import Scoped


class HttpGateway(Row, Scoped, Versioned, Base):
    """How a text is handed to a provider over HTTP, and how its answers are read.

    `request_sealed` is JSON: the fields of `workforce.gateways.Request`; it holds the provider's secrets. `reading` is how
    answers, receipts and incoming texts are read. The token stands in the addresses that the provider calls.
    """

    __tablename__ = "http_gateways"
    __table_args__ = (UniqueConstraint("agency_id", "name"),)

    name: Mapped[str] = mapped_column(String(12))
    title: Mapped[str] = mapped_column(String(60))
    sender: Mapped[str] = mapped_column(String(20), default="")
    request_sealed: Mapped[bytes | None] = mapped_column(Sealed)
    reading: Mapped[dict[str, Any]] = mapped_column(default=dict)
    token_sealed: Mapped[bytes | None] = mapped_column(Sealed)
    token_hash: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)
    saved_at: Mapped[datetime]

    @property
    def subject_id(self) -> Any:
        return self.agency_id
