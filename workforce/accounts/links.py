"""One-time links to an account: an invitation, a new password.

A link is 128 random bits and more; only its hash is kept. Looking at it changes nothing, because mail scanners and chat
previews look too; using it is one UPDATE that can succeed once.
"""

import secrets
import uuid
from datetime import timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from workforce.accounts import passwords, sessions, users
from workforce.core import audit, clock, db, tenancy, vault
from workforce.core.errors import Conflict, DomainError, NotFound
from workforce.core.tenancy import Actor
from workforce.core.words import _
from workforce.models import User, UserLink

LIFE = timedelta(hours=48)


class Gone(DomainError):
    """A link that was used, withdrawn, replaced or left too long. All four look alike."""


def invite(session: Session, actor: Actor, *, email: str, name: str, role: str) -> str:
    """The token of a fresh invitation, bound to address, agency and role; an older one to the same address ends.

    Raises Invalid, NotAllowed for a role above the actor's own, Conflict when somebody here has the address.
    """
    email, name = users.normal_email(email), users.proper_name(name)
    users.check_grant(actor, role)
    if users.taken(session, email):
        raise Conflict(_("Somebody here already logs in with this address."))
    index = sessions.email_index(email)
    _end_older(session, actor.agency_id, UserLink.purpose == "invite", UserLink.email_index == index)
    link, token = _new(actor, "invite", name=name, role=role, email_index=index)
    vault.seal(session, link, email=email)
    session.add(link)
    session.flush()
    audit.record(session, actor, "user.invite", link, role=role)
    return token


def reset(session: Session, actor: Actor, user: User) -> str:
    """The token of a link with which `user` chooses a new password; an older one ends.

    Raises NotAllowed where the actor could not give away the user's role, Conflict for a deactivated user.
    """
    if actor.id != user.id:
        users.check_grant(actor, user.role)
    if user.deactivated_at is not None:
        raise Conflict(_("%(name)s cannot log in at present. Reactivate the account first.", name=user.name))
    _end_older(session, actor.agency_id, UserLink.purpose == "reset", UserLink.user_id == user.id)
    link, token = _new(actor, "reset", name=user.name, role=user.role, user_id=user.id)
    session.add(link)
    session.flush()
    audit.record(session, actor, "user.reset_link", user)
    return token


def reset_for_stranger(email: str) -> tuple[str, str] | None:
    """The address on file and a reset token for whoever asks with `email`; None when nobody can log in with it."""
    with tenancy.across_agencies("forgotten password: the form knows no agency"), db.reading() as session:
        user = session.scalar(select(User).where(User.email_index == sessions.email_index(email)))
    if user is None or not user.is_active:
        return None
    with tenancy.agency(user.agency_id), db.transaction() as session:
        return vault.reveal(session, user, "email") or "", reset(session, user, user)


def look(token: str, purpose: str) -> UserLink:
    """The live link behind a token, unchanged. Raises Gone."""
    with tenancy.across_agencies("one-time link: its holder has no agency yet"), db.reading() as session:
        found = session.scalar(
            select(UserLink).where(UserLink.token_hash == vault.token_hash(token), UserLink.purpose == purpose)
        )
    if found is None or found.used_at is not None or found.expires_at <= clock.now():
        raise _gone()
    return found


def accept(token: str, *, name: str, password: str) -> User:
    """The user that an invitation becomes. Raises Invalid for the name or the password, Gone, Conflict."""
    link = look(token, "invite")
    name = users.proper_name(name)
    passwords.check(password)
    kept = passwords.hashed(password)  # Before the transaction: it takes long, and the database has one writer.
    inviter = tenancy.System(link.agency_id)
    with tenancy.agency(link.agency_id), db.transaction() as session:
        _use(session, link)
        email = vault.reveal(session, link, "email") or ""
        return users.create(session, inviter, email=email, role=link.role, name=name, password_hash=kept)


def redeem(token: str, *, password: str) -> User:
    """Set the password that a reset link allows; all sessions end. Raises Invalid, Gone."""
    link = look(token, "reset")
    passwords.check(password)
    kept = passwords.hashed(password)
    with tenancy.agency(link.agency_id), db.transaction() as session:
        _use(session, link)
        user: User | None = session.scalar(
            select(User).where(User.agency_id == link.agency_id, User.id == link.user_id)
        )
        if user is None or user.deactivated_at is not None:
            raise _gone()
        users.set_password(session, user, user, password_hash=kept)
        return user


def waiting(session: Session, actor: Actor) -> list[UserLink]:
    """Invitations that nobody has used yet and that still can be."""
    mine = select(UserLink).where(UserLink.agency_id == actor.agency_id, UserLink.purpose == "invite")
    return list(
        session.scalars(
            mine.where(UserLink.used_at.is_(None), UserLink.expires_at > clock.now()).order_by(UserLink.created_at)
        )
    )


def withdraw(session: Session, actor: Actor, link_id: uuid.UUID) -> None:
    """End an invitation before it is used. Raises NotFound."""
    mine = select(UserLink).where(
        UserLink.id == link_id, UserLink.agency_id == actor.agency_id, UserLink.purpose == "invite"
    )
    link = session.scalar(mine.where(UserLink.used_at.is_(None)))
    if link is None:
        raise NotFound(_("There is no such invitation."))
    link.expires_at = clock.now()
    audit.record(session, actor, "user.withdraw_invite", link)


def _new(
    actor: Actor,
    purpose: str,
    *,
    name: str,
    role: str,
    user_id: uuid.UUID | None = None,
    email_index: bytes | None = None,
) -> tuple[UserLink, str]:
    token, now = secrets.token_urlsafe(24), clock.now()
    link = UserLink(
        id=db.new_id(), agency_id=actor.agency_id, purpose=purpose, token_hash=vault.token_hash(token), user_id=user_id,
        email_index=email_index, name=name, role=role, made_by=actor.id, created_at=now, expires_at=now + LIFE,
    )  # fmt: skip
    return link, token


def _use(session: Session, link: UserLink) -> None:
    """The one moment at which a link is spent: of two who press at once, one wins."""
    now = clock.now()
    spend = (
        update(UserLink)
        .where(UserLink.id == link.id, UserLink.used_at.is_(None), UserLink.expires_at > now)
        .values(used_at=now)
    )
    if session.execute(spend).rowcount != 1:  # type: ignore[attr-defined]
        raise _gone()


def _end_older(session: Session, agency_id: uuid.UUID, *which: object) -> None:
    older = update(UserLink).where(UserLink.agency_id == agency_id, UserLink.used_at.is_(None), *which)  # type: ignore[arg-type]
    session.execute(older.values(expires_at=clock.now()))


def _gone() -> Gone:
    return Gone(
        _(
            "This link no longer works. It may have been used already, or it is older than two days. Ask your admin for a new one."
        )
    )
