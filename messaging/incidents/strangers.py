"""Calls for help from numbers that nobody has on file: no case can be opened for nobody, and somebody has to answer all the same.

Who waits is asked of the texts themselves: read as HELP, from a number without a person, not handled, in a thread that nobody
has taken. They are told and paged as cases are; the memory stands in the audit log, with the first such text of a number.
"""

import uuid
from datetime import datetime

from sqlalchemy import exists, func, select
from sqlalchemy.orm import Session

from messaging import telling
from messaging.incidents import paging
from messaging.models import Case, InboxThread, Message
from messaging.telling import Letter
from workforce.core import audit
from workforce.core.tenancy import Actor
from workforce.core.words import _

PAGED, TOLD = "message.page", "message.tell"


def waiting(db: Session, actor: Actor) -> list[Message]:
    """The first open call for help of each number that is nobody's and that nobody answers, the longest waiting first."""
    taken = exists().where(
        InboxThread.agency_id == Message.agency_id,
        InboxThread.number_index == Message.number_index,
        InboxThread.owner_id.is_not(None),
    )
    has_case = exists().where(Case.agency_id == Message.agency_id, Case.message_id == Message.id)
    turn = func.row_number().over(partition_by=Message.number_index, order_by=(Message.queued_at, Message.id))
    first = (
        select(Message.id, turn.label("turn"))
        .where(
            Message.agency_id == actor.agency_id,
            Message.direction == "in",
            Message.handled_at.is_(None),
            Message.worker_id.is_(None),
            Message.reading_status == "HELP",
            ~taken,
            ~has_case,
        )
        .subquery()
    )
    asked = select(Message).join(first, first.c.id == Message.id).where(first.c.turn == 1)
    return list(db.scalars(asked.order_by(Message.queued_at, Message.id).limit(paging.MOST)))


def has_work(db: Session, actor: Actor) -> bool:
    """Whether anybody waits at all: asked at every tick, so that a quiet night writes nothing."""
    return bool(waiting(db, actor))


def run(db: Session, actor: Actor, *, now: datetime) -> list[Letter]:
    """Tell the managers at once, and every five minutes ask the next person to answer. The letters to mail.

    Call it under the agency's lock, as `paging.run` is.
    """
    found, people = waiting(db, actor), telling.staff(db, actor)
    if not found or not people:
        return []
    ids = [text.id for text in found]
    pages, told = paging.pages(db, actor, ids, PAGED), paging.pages(db, actor, ids, TOLD)
    letters: list[Letter] = []
    for text in found:
        if text.id not in told:
            managers = telling.staff(db, actor, ["manager"]) or people
            audit.record(db, actor, TOLD, text, user=managers[0].id, at=now.isoformat())
            letters += [_letter(user.id, text) for user in managers]
        known = pages.get(text.id, [])
        if paging.is_due(known, text.queued_at, now):
            user = paging.next_of(people, known)
            audit.record(db, actor, PAGED, text, user=user.id, at=now.isoformat())
            letters.append(_letter(user.id, text))
    return letters if telling.possible(db, actor) else []


def asked_of(db: Session, actor: Actor) -> dict[uuid.UUID, datetime]:
    """The texts that `actor` was asked to answer and that still wait: since when."""
    found = paging.pages(db, actor, [text.id for text in waiting(db, actor)], PAGED)
    mine = {text_id: [page.at for page in some if page.user_id == actor.id] for text_id, some in found.items()}
    return {text_id: times[-1] for text_id, times in mine.items() if times}


def _letter(to: uuid.UUID, text: Message) -> Letter:
    words = _("Somebody whose number nobody has on file asks for help, and nobody answers yet.")
    return Letter(to, _("A call for help from an unknown number"), f"{words}\n{telling.link(f'/inbox/{text.id}')}")
