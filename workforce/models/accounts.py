"""Tables of agencies and of the people who log in."""

import uuid
from datetime import datetime
from typing import ClassVar

from flask_login import UserMixin
from sqlalchemy import Boolean, Float, Integer, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from workforce.core.db import Base, Row, Sealed, Versioned
from workforce.core.tenancy import Scoped, whole, within

ROLES = ("staff", "manager", "admin", "auditor")


class Agency(Row, Base):
    """The tenant. `short_name` opens every text; `sender` is the number whose texts are this agency's."""

    __tablename__ = "agencies"

    name: Mapped[str] = mapped_column(String(120), unique=True)
    short_name: Mapped[str] = mapped_column(String(11))
    country: Mapped[str] = mapped_column(String(2))
    zone: Mapped[str] = mapped_column(String(40), default="UTC")
    call_number: Mapped[str] = mapped_column(String(20), default="")
    sender: Mapped[str | None] = mapped_column(String(20), unique=True)
    gateway: Mapped[str] = mapped_column(String(12), default="simulator")
    twilio_account_sid: Mapped[str] = mapped_column(String(40), default="")
    twilio_auth_token_sealed: Mapped[bytes | None] = mapped_column(Sealed)
    twilio_messaging_service_sid: Mapped[str] = mapped_column(String(40), default="")
    fallback_gateways: Mapped[list[str]] = mapped_column(default=list)
    whatsapp_sender: Mapped[str] = mapped_column(String(20), default="")
    whatsapp_content_sid: Mapped[str] = mapped_column(String(40), default="")
    voice_number: Mapped[str] = mapped_column(String(20), default="")
    # None: what carriers usually allow such a sender, and our own limit.
    parts_per_second: Mapped[float | None] = mapped_column(Float)
    daily_parts: Mapped[int | None] = mapped_column(Integer)
    is_demo: Mapped[bool] = mapped_column(Boolean, default=False)
    suspended_at: Mapped[datetime | None]
    created_at: Mapped[datetime]

    @property
    def agency_id(self) -> uuid.UUID:
        return self.id

    @property
    def subject_id(self) -> uuid.UUID:
        return self.id


class User(UserMixin, Row, Scoped, Versioned, Base):  # type: ignore[misc]
    """A person who logs in. `session_token` is set for the request by the log-in, and is what the cookie holds."""

    __tablename__ = "users"
    __table_args__ = (whole("users"),)

    name: Mapped[str] = mapped_column(String(120))
    email_sealed: Mapped[bytes | None] = mapped_column(Sealed)
    email_index: Mapped[bytes] = mapped_column(LargeBinary(16), unique=True)
    role: Mapped[str] = mapped_column(String(8))
    password_hash: Mapped[str] = mapped_column(String(200), default="")
    created_at: Mapped[datetime]
    last_login_at: Mapped[datetime | None]
    deactivated_at: Mapped[datetime | None]

    agency: Mapped[Agency] = relationship(lazy="joined", innerjoin=True, viewonly=True)
    session_token: ClassVar[str] = ""
    session_id: ClassVar[uuid.UUID | None] = None

    @property
    def subject_id(self) -> uuid.UUID:
        return self.id

    @property
    def is_active(self) -> bool:
        return self.deactivated_at is None and self.agency.suspended_at is None

    def get_id(self) -> str:
        return self.session_token


class UserSession(Row, Scoped, Base):
    """A log-in that is alive. The cookie holds a token; here lies only its hash, so that log-out is the end of it."""

    __tablename__ = "user_sessions"
    __table_args__ = (within("user_id", "users", ondelete="CASCADE"),)

    user_id: Mapped[uuid.UUID]
    token_hash: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)
    created_at: Mapped[datetime]
    seen_at: Mapped[datetime]


class UserLink(Row, Scoped, Base):
    """An invitation or a password reset: one use, a short life, bound to e-mail, agency and role."""

    __tablename__ = "user_links"
    __table_args__ = (within("user_id", "users", ondelete="CASCADE"),)

    purpose: Mapped[str] = mapped_column(String(12))
    token_hash: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)
    user_id: Mapped[uuid.UUID | None]
    email_sealed: Mapped[bytes | None] = mapped_column(Sealed)
    email_index: Mapped[bytes | None] = mapped_column(LargeBinary(16))
    name: Mapped[str] = mapped_column(String(120), default="")
    role: Mapped[str] = mapped_column(String(8), default="staff")
    made_by: Mapped[uuid.UUID | None]
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]

    @property
    def subject_id(self) -> uuid.UUID:
        return self.agency_id


class LoginTry(Base):
    """Failed log-ins in a row under one key (account and device, address, all): slows down, never locks out for good."""

    __tablename__ = "login_tries"

    key: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    failures: Mapped[int] = mapped_column(Integer, default=0)
    next_at: Mapped[datetime]


class Lease(Base):
    """Who may do a thing that only one process may do (the clock), until when. `token` rises with every new holder."""

    __tablename__ = "leases"

    name: Mapped[str] = mapped_column(String(40), primary_key=True)
    holder: Mapped[str] = mapped_column(String(80))
    token: Mapped[int] = mapped_column(Integer, default=1)
    expires_at: Mapped[datetime]
