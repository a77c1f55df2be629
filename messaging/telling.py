"""Telling staff by mail, where the installation has a mail server. The rows come first, the letters after the commit."""

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from threading import Thread

import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session

from workforce.core import mail, vault, web
from workforce.core.tenancy import Actor
from workforce.models import Agency, User

# Who is told, and in which order somebody is asked: managers first.
ROLES = ("manager", "staff", "admin")
log = structlog.get_logger()


@dataclass(frozen=True)
class Letter:
    """What one user is told. No worker's name, no number, nothing that could not be read over a shoulder."""

    to: uuid.UUID
    subject: str
    text: str


def possible(db: Session, actor: Actor) -> bool:
    """Whether anybody can be mailed: there is a mail server, and the agency is no demo, whose people do not exist."""
    return bool(web.settings().smtp_url) and not db.get_one(Agency, actor.agency_id).is_demo


def staff(db: Session, actor: Actor, roles: Iterable[str] = ROLES) -> list[User]:
    """Who may log in with one of these roles, in the order of `ROLES`, then by name."""
    found = db.scalars(
        select(User).where(User.agency_id == actor.agency_id, User.role.in_(list(roles)), User.deactivated_at.is_(None))
    )
    return sorted(found, key=lambda user: (ROLES.index(user.role), user.name.casefold(), user.id))


def addressed(db: Session, actor: Actor, letters: Sequence[Letter]) -> list[tuple[str, Letter]]:
    """The letters with the addresses of those they are for. Who has no address is left out: Today tells them."""
    ids = {letter.to for letter in letters}
    users = (
        {user.id: user for user in db.scalars(select(User).where(User.agency_id == actor.agency_id, User.id.in_(ids)))}
        if ids
        else {}
    )
    vault.prefetch(db, users)
    found = [(vault.reveal(db, users[letter.to], "email"), letter) for letter in letters if letter.to in users]
    return [(address, letter) for address, letter in found if address]


def post(letters: Sequence[tuple[str, Letter]]) -> Thread | None:
    """Hand the letters to the mail server, in the background: a slow one must not stop the clock. Call it after the commit."""
    smtp_url = web.settings().smtp_url
    if not letters or not smtp_url:
        return None
    return mail.soon(lambda: _deliver(smtp_url, letters))


def link(path: str) -> str:
    """A page of ours as a full address."""
    return web.address(path)


def _deliver(smtp_url: str, letters: Sequence[tuple[str, Letter]]) -> None:
    sent = 0
    for address, letter in letters:
        try:
            mail.send(smtp_url, to=address, subject=letter.subject, text=letter.text)
        except mail.NotSent:  # Logged there. The next person's letter may still arrive.
            continue
        sent += 1
    log.info("staff_mailed", letters=len(letters), sent=sent)
