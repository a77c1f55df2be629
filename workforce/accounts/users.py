"""The people who log in: who they are, what they may do, whether they still may."""

import re
import uuid

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from workforce.accounts import passwords, sessions
from workforce.core import audit, clock, db, vault
from workforce.core.errors import Conflict, Invalid, NotAllowed, NotFound
from workforce.core.tenancy import Actor
from workforce.core.words import _, _l
from workforce.models import ROLES, User, UserSession

ROLE_WORDS = {"staff": _l("Staff"), "manager": _l("Manager"), "admin": _l("Admin"), "auditor": _l("Auditor")}
# Who may give which role away. Commands act as the system: whoever can run them owns the installation anyway.
MAY_GRANT = {"admin": frozenset(ROLES), "system": frozenset(ROLES)}
LONGEST_NAME = 120
_EMAIL = re.compile(r"[^@\s,;<>]+@[^@\s,;<>]+\.[^@\s,;<>.]{2,}")


def create(session: Session, actor: Actor, *, email: str, role: str, name: str, password_hash: str) -> User:
    """A new user of the actor's agency. `password_hash` comes from `passwords.hashed`, made before the transaction.

    Raises Invalid, NotAllowed for a role above the actor's own, Conflict when the address cannot be used.
    """
    email, name = normal_email(email), proper_name(name)
    check_grant(actor, role)
    if taken(session, email):
        raise Conflict(_("Somebody here already logs in with this address."))
    made = User(
        id=db.new_id(), agency_id=actor.agency_id, name=name, role=role, email_index=sessions.email_index(email),
        password_hash=password_hash, created_at=clock.now(),
    )  # fmt: skip
    vault.seal(session, made, email=email)
    session.add(made)
    try:
        session.flush()
    except IntegrityError:  # The address logs in elsewhere; here we may say neither where nor that.
        raise Conflict(_("This address cannot be used here. Choose another one.")) from None
    audit.record(session, actor, "user.create", made, role=role)
    return made


def get(session: Session, actor: Actor, user_id: uuid.UUID) -> User:
    """A user of the actor's agency. Raises NotFound."""
    found: User | None = session.scalar(select(User).where(User.id == user_id, User.agency_id == actor.agency_id))
    if found is None:
        raise NotFound(_("There is no such person here."))
    return found


def everyone(session: Session, actor: Actor) -> list[User]:
    """All users of the agency, those who may still log in first, then by name."""
    mine = select(User).where(User.agency_id == actor.agency_id)
    return list(session.scalars(mine.order_by(User.deactivated_at.is_not(None), User.name, User.id)))


def rename(session: Session, actor: Actor, user: User, *, name: str, version: int) -> None:
    """Another name. Raises Invalid, Conflict when the page was old."""
    _check_version(user, version)
    user.name = proper_name(name)
    audit.record(session, actor, "user.rename", user)


def set_role(session: Session, actor: Actor, user: User, *, role: str, version: int) -> None:
    """Another role; whoever has it logs in anew. Raises NotAllowed, Conflict for the last admin or an old page."""
    _check_version(user, version)
    check_grant(actor, role)
    check_grant(actor, user.role)
    if role == user.role:
        return
    _spare_the_last_admin(session, user)
    before, user.role = user.role, role
    sessions.end_all(session, user)
    audit.record(session, actor, "user.set_role", user, before=before, after=role)


def deactivate(session: Session, actor: Actor, user: User) -> None:
    """Nobody logs in as this user until `reactivate`; their name stays on what they did. Raises Conflict for the last admin."""
    if user.deactivated_at is not None:
        return
    _spare_the_last_admin(session, user)
    user.deactivated_at = clock.now()
    sessions.end_all(session, user)
    audit.record(session, actor, "user.deactivate", user)


def reactivate(session: Session, actor: Actor, user: User) -> None:
    """The user may log in again, with the password they had."""
    if user.deactivated_at is None:
        return
    check_grant(actor, user.role)
    user.deactivated_at = None
    audit.record(session, actor, "user.reactivate", user)


def set_password(session: Session, actor: Actor, user: User, *, password_hash: str, keep: bytes | None = None) -> None:
    """A new password; every session ends but the one whose token hash is `keep`."""
    user.password_hash = password_hash
    session.flush()
    sessions.end_all(session, user, but=keep)
    audit.record(session, actor, "user.set_password", user)


def check_old_password(user: User, password: str) -> None:
    """Raises Invalid when `password` is not the user's."""
    if not passwords.matches(user.password_hash, password):
        raise Invalid(_("This is not your present password."))


def open_sessions(session: Session, user: User) -> list[UserSession]:
    """Where the user is logged in now, the newest first. What has idled away is left out."""
    now = clock.now()
    alive = select(UserSession).where(UserSession.agency_id == user.agency_id, UserSession.user_id == user.id)
    alive = alive.where(UserSession.seen_at >= now - sessions.IDLE, UserSession.created_at >= now - sessions.LONGEST)
    return list(session.scalars(alive.order_by(UserSession.created_at.desc())))


def end_session(session: Session, user: User, session_id: uuid.UUID) -> None:
    """End one of the user's own sessions. Raises NotFound."""
    mine = select(UserSession).where(
        UserSession.id == session_id, UserSession.agency_id == user.agency_id, UserSession.user_id == user.id
    )
    row = session.scalar(mine)
    if row is None:
        raise NotFound(_("This log-in has already ended."))
    session.delete(row)
    audit.record(session, user, "user.end_session", user)


def normal_email(email: str) -> str:
    """The address without spaces around it. Raises Invalid for what cannot be one."""
    email = email.strip()
    if not _EMAIL.fullmatch(email) or len(email) > 254:
        raise Invalid(_("This does not look like an e-mail address. It should look like name@agency.example."))
    return email


def proper_name(name: str) -> str:
    """The name with single spaces. Raises Invalid."""
    name = " ".join(name.split())
    if not name:
        raise Invalid(_("Type a name: it stands beside everything this person does."))
    if len(name) > LONGEST_NAME:
        raise Invalid(_("At most %(number)d characters.", number=LONGEST_NAME))
    return name


def check_grant(actor: Actor, role: str) -> None:
    """Raises Invalid for a role that does not exist, NotAllowed for one the actor may not give."""
    if role not in ROLES:
        raise Invalid(_("There is no such role. Choose staff, manager, admin or auditor."))
    if role not in MAY_GRANT.get(actor.role, frozenset()):
        raise NotAllowed(_("Only an admin can give somebody this role."))


def taken(session: Session, email: str) -> bool:
    """Whether somebody of the agency in scope already logs in with this address."""
    return session.scalar(select(User.id).where(User.email_index == sessions.email_index(email))) is not None


def _spare_the_last_admin(session: Session, user: User) -> None:
    if user.role != "admin" or user.deactivated_at is not None:
        return
    others = select(func.count(User.id)).where(
        User.agency_id == user.agency_id, User.role == "admin", User.deactivated_at.is_(None), User.id != user.id
    )
    if not session.scalar(others):
        raise Conflict(_("%(name)s is the only admin. Make somebody else an admin first.", name=user.name))


def _check_version(user: User, version: int) -> None:
    if user.version != version:
        raise Conflict(
            _("%(name)s has been changed since you opened this page. Open it again and look.", name=user.name)
        )
