"""One-time links: sent only to a number on file, opened once, bound to one worker and one purpose.

A token is 128 random bits; only its hash is kept. Looking at a link changes nothing, because previews look too. Opening it is
one UPDATE that can succeed once; what is opened is a page with a token of its own, which is never part of an address.
"""

import secrets
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import func, or_, select, update
from sqlalchemy.orm import Session

from messaging import telling, texts
from messaging.models import MOST_TRIES, Message, WorkerLink
from messaging.outbox import outbox, wording
from workforce.core import audit, clock, tenancy, vault
from workforce.core.db import new_id, reading, transaction
from workforce.core.errors import Conflict, DomainError, Invalid, TooMany
from workforce.core.tenancy import Actor, System
from workforce.core.words import _
from workforce.models import Agency, Phone, Worker

PURPOSES = ("answer", "place", "near", "record", "papers", "consents")
CHECKED = frozenset(
    {"record", "papers", "consents"}
)  # These show what only the worker should see: the birthday is asked.
TOKEN_BYTES = 16
LIFE = {"place": timedelta(hours=2), "near": timedelta(hours=2)}
USUAL_LIFE = timedelta(hours=24)
PAGE_LIFE = timedelta(minutes=30)  # What shows a record is not left open on a borrowed phone.
MOST_A_DAY = 3
DAY = timedelta(days=1)


class Gone(DomainError):
    """A link that was used, replaced, locked or left too long, or that never was. `link` is the row where there is one."""

    def __init__(self, link: WorkerLink | None = None) -> None:
        super().__init__(_("This link no longer works."))
        self.link = link


@dataclass(frozen=True)
class Opened:
    """What came of an attempt: the page's token, or, where the birthday was wrong, how many tries are left."""

    link: WorkerLink
    page: str = ""
    tries_left: int = 0


def send(
    db: Session,
    actor: Actor,
    worker: Worker,
    purpose: str,
    *,
    at: datetime,
    phone: Phone | None = None,
    number: str | None = None,
    in_reply_to_id: uuid.UUID | None = None,
) -> Message:
    """Text `worker` a new link; older ones for this purpose end. To `phone`, to the `number` that asked, or the first number.

    `number` must be the worker's. Raises Invalid, TooMany after three in a day, Conflict where no text can go.
    """
    if purpose not in PURPOSES:
        raise Invalid(_("Choose what the link is for."))
    if number is not None and not _is_theirs(db, worker, number):
        raise Conflict(_("A link goes only to a number on file."))
    if worker.opted_out_at is not None:
        raise Conflict(_("%(name)s asked us to stop texting. Call instead.", name=worker.given_name))
    if phone is None and number is None and not worker.phones:
        raise Conflict(_("%(name)s has no number on file. Add one first.", name=worker.given_name))
    db.scalar(select(Worker.id).where(Worker.agency_id == worker.agency_id, Worker.id == worker.id).with_for_update())
    if made_today(db, worker, at) >= MOST_A_DAY:
        raise TooMany(
            _("%(name)s has had three links today. Call instead, or wait until tomorrow.", name=worker.given_name), 3600
        )
    _end_older(db, worker, purpose, at)
    token = secrets.token_urlsafe(TOKEN_BYTES)
    link = WorkerLink(
        id=new_id(), agency_id=worker.agency_id, worker_id=worker.id, purpose=purpose, token_hash=vault.token_hash(token),
        made_by=actor.id, created_at=at, expires_at=at + LIFE.get(purpose, USUAL_LIFE),
    )  # fmt: skip
    db.add(link)
    db.flush()
    agency = db.get_one(Agency, worker.agency_id)
    body = wording.text(
        db, agency.id, "link", worker.language, agency=agency.short_name, url=telling.link(f"/w/{token}"),
        what=texts.phrase(f"link_{purpose}", worker.language), hours=LIFE.get(purpose, USUAL_LIFE) // timedelta(hours=1),
    )  # fmt: skip
    message = outbox.queue(
        db, actor, worker=worker, body=body, purpose="link", language=worker.language, phone=phone, number=number,
        in_reply_to_id=in_reply_to_id, occasion=f"link:{link.id}", valid_until=link.expires_at,
    )  # fmt: skip
    link.message_id = message.id
    audit.record(db, actor, "link.send", link, purpose=purpose)
    return message


def made_today(db: Session, worker: Worker, at: datetime) -> int:
    """How many links the worker had in the 24 hours before `at`."""
    mine = select(func.count()).select_from(WorkerLink).where(
        WorkerLink.agency_id == worker.agency_id, WorkerLink.worker_id == worker.id, WorkerLink.created_at > at - DAY
    )  # fmt: skip
    return db.scalar(mine) or 0


def of_worker(db: Session, worker: Worker, limit: int = 5) -> Sequence[WorkerLink]:
    """The newest links of a worker."""
    mine = select(WorkerLink).where(WorkerLink.agency_id == worker.agency_id, WorkerLink.worker_id == worker.id)
    return db.scalars(mine.order_by(WorkerLink.created_at.desc(), WorkerLink.id).limit(limit)).all()


def withdraw(db: Session, actor: Actor, worker: Worker, at: datetime) -> int:
    """End every link of this worker and every page that one opened: the phone is in wrong hands. How many."""
    ended: int = db.execute(
        update(WorkerLink)
        .where(WorkerLink.agency_id == worker.agency_id, WorkerLink.worker_id == worker.id)
        .where(or_(WorkerLink.expires_at > at, WorkerLink.page_until > at))
        .values(expires_at=at, page_until=at, share_until=None)
    ).rowcount  # type: ignore[attr-defined]
    audit.record(db, actor, "link.withdraw", worker, count=ended)
    return ended


def look(token: str) -> WorkerLink:
    """The link behind a token, unchanged. Raises Gone unless it can still be opened."""
    link = _find(token)
    if link is None or link.state(clock.now()) != "open":
        raise Gone(link)
    return link


def open_(token: str, *, birthday: tuple[int, int] | None = None) -> Opened:
    """Open a link: of many who try at once, one succeeds. `birthday` is (day, month), asked where CHECKED says so.

    A wrong birthday costs one of three tries. Raises Gone.
    """
    link = look(token)
    now = clock.now()
    with tenancy.agency(link.agency_id), transaction() as db:
        asked = link.purpose in CHECKED
        if asked and not _try(db, link, now):
            raise Gone(link)
        worker = db.get_one(Worker, link.worker_id)
        actor = System(link.agency_id)
        if worker.archived_at is not None:
            raise Gone(link)
        if asked and birthday != _birthday(db, worker):
            tries = db.scalar(select(WorkerLink.tries).where(WorkerLink.id == link.id)) or MOST_TRIES
            audit.record(db, actor, "link.wrong_birthday", link)
            return Opened(link, tries_left=max(0, MOST_TRIES - tries))
        page = secrets.token_urlsafe(TOKEN_BYTES)
        until = now + PAGE_LIFE if asked else max(link.expires_at, now + PAGE_LIFE)
        spend = update(WorkerLink).where(
            WorkerLink.id == link.id, WorkerLink.used_at.is_(None), WorkerLink.expires_at > now
        )
        if db.execute(spend.values(used_at=now, page_hash=vault.token_hash(page), page_until=until)).rowcount != 1:  # type: ignore[attr-defined]
            raise Gone(link)
        audit.record(db, actor, "link.open", link, purpose=link.purpose)
        return Opened(db.get_one(WorkerLink, link.id, populate_existing=True), page)


def page(token: str, page_token: str) -> WorkerLink:
    """The opened link that a page belongs to, while the page lives. Raises Gone."""
    link = _find(token)
    if link is None or link.page_hash is None or link.page_until is None or link.page_until <= clock.now():
        raise Gone(link)
    if not secrets.compare_digest(link.page_hash, vault.token_hash(page_token)):
        raise Gone(link)
    return link


def has_birthday(db: Session, worker: Worker) -> bool:
    """Whether a birthday is on file: without one, what is checked by it cannot be shown."""
    return worker.birth_date_sealed is not None


def _find(token: str) -> WorkerLink | None:
    with tenancy.across_agencies("worker's link: its holder has no agency yet"), reading() as db:
        return db.scalar(select(WorkerLink).where(WorkerLink.token_hash == vault.token_hash(token)))


def _try(db: Session, link: WorkerLink, now: datetime) -> bool:
    """Take one of three tries before the birthday is compared, so that guesses sent at once count too."""
    one = update(WorkerLink).where(
        WorkerLink.id == link.id,
        WorkerLink.tries < MOST_TRIES,
        WorkerLink.used_at.is_(None),
        WorkerLink.expires_at > now,
    )
    taken: int = db.execute(one.values(tries=WorkerLink.tries + 1)).rowcount  # type: ignore[attr-defined]
    return taken == 1


def _birthday(db: Session, worker: Worker) -> tuple[int, int]:
    """(day, month); (0, 0), which nobody can type, where none is on file."""
    try:
        born = date.fromisoformat(vault.reveal(db, worker, "birth_date") or "")
    except ValueError:
        return (0, 0)
    return (born.day, born.month)


def _is_theirs(db: Session, worker: Worker, number: str) -> bool:
    index = vault.blind_index(worker.agency_id, outbox.NUMBER, number)
    mine = select(Phone.id).where(
        Phone.agency_id == worker.agency_id, Phone.worker_id == worker.id, Phone.number_index == index
    )
    return db.scalar(mine.limit(1)) is not None


def _end_older(db: Session, worker: Worker, purpose: str, at: datetime) -> None:
    older = update(WorkerLink).where(
        WorkerLink.agency_id == worker.agency_id, WorkerLink.worker_id == worker.id, WorkerLink.purpose == purpose
    )
    db.execute(older.where(WorkerLink.used_at.is_(None), WorkerLink.expires_at > at).values(expires_at=at))
    db.execute(older.where(WorkerLink.page_until > at, WorkerLink.share_until.is_(None)).values(page_until=at))
