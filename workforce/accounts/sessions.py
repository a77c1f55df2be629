"""Log-in and log-out. A session is a row: when it is gone, the cookie that named it opens nothing."""

import hashlib
import secrets
from datetime import timedelta

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from workforce.accounts import passwords, throttle
from workforce.core import audit, clock, db, tenancy, vault
from workforce.core.errors import Invalid
from workforce.core.words import _
from workforce.models import User, UserSession

IDLE = timedelta(minutes=30)
LONGEST = timedelta(hours=12)
SEEN_EVERY = timedelta(minutes=1)


def email_index(email: str) -> bytes:
    """Where a user's e-mail address is found, whatever its case."""
    return vault.global_index("users.email", email.strip().casefold())


def log_in(email: str, password: str, *, device: str, address: str) -> str:
    """A new session's token, for the cookie.

    Raises Invalid with the same words and after the same time whether the address or the password is wrong, and
    TooMany while this account, on an unknown device, or this address has to wait.
    """
    keys = throttle.keys(account=email.strip().casefold(), device=device, address=address)
    throttle.wait(keys)
    with tenancy.across_agencies("log-in: the form knows no agency"), db.reading() as session:
        user = session.scalar(select(User).where(User.email_index == email_index(email)))
    if not passwords.matches(user.password_hash if user else "", password) or user is None or not user.is_active:
        throttle.failed(keys)
        raise Invalid(_("E-mail or password is wrong."))
    throttle.succeeded(keys)
    return open_session(user)


def open_session(user: User) -> str:
    """A fresh session for a user who has just proved who they are."""
    token = secrets.token_urlsafe(32)
    now = clock.now()
    with tenancy.agency(user.agency_id), db.transaction() as session:
        row = UserSession(
            agency_id=user.agency_id, user_id=user.id, token_hash=vault.token_hash(token), created_at=now, seen_at=now
        )
        session.add(row)
        session.execute(update(User).where(User.id == user.id).values(last_login_at=now))
        audit.record(session, user, "user.log_in", user)
    return token


def user_of_token(token: str) -> User | None:
    """Who the cookie's token belongs to: None when it was ended, idle for 30 minutes, or 12 hours old."""
    now = clock.now()
    with tenancy.across_agencies("session: the cookie knows no agency"), db.reading() as session:
        row = session.scalar(select(UserSession).where(UserSession.token_hash == vault.token_hash(token)))
        if row is None or row.seen_at < now - IDLE or row.created_at < now - LONGEST:
            return None
        user = session.get(User, row.user_id)
    if user is None or not user.is_active:
        return None
    if row.seen_at < now - SEEN_EVERY:
        with tenancy.agency(user.agency_id), db.transaction() as session:
            session.execute(update(UserSession).where(UserSession.id == row.id).values(seen_at=now))
    user.session_token, user.session_id = token, row.id  # type: ignore[misc]
    return user


def log_out(user: User) -> None:
    """End this session."""
    with tenancy.agency(user.agency_id), db.transaction() as session:
        session.execute(delete(UserSession).where(UserSession.token_hash == vault.token_hash(user.session_token)))
        audit.record(session, user, "user.log_out", user)


def end_all(session: Session, user: User, *, but: bytes | None = None) -> None:
    """End a user's sessions, after a change of password, role or standing. `but` keeps the one who changed it."""
    gone = delete(UserSession).where(UserSession.user_id == user.id)
    session.execute(gone.where(UserSession.token_hash != but) if but else gone)


def device_key(cookie: str) -> str:
    """What a known device is remembered by."""
    return hashlib.sha256(cookie.encode()).hexdigest() if cookie else ""
