"""The daily digest: at eight in the agency's morning, what Today would say, by mail and without anybody's name.

Once a day: the day stands in the audit log, written under the agency's lock, before the letters leave.
"""

import uuid
from collections.abc import Sequence
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from messaging import telling
from messaging.telling import Letter
from workforce.core import audit, tenancy
from workforce.core.audit import AuditEntry, AuditHead
from workforce.core.db import reading, transaction
from workforce.core.tenancy import Actor
from workforce.core.words import _, _n
from workforce.desk import today
from workforce.desk.today import Decision, Decisions, Doings, Done
from workforce.models import Agency

# A clock that comes back in the evening leaves it: the next morning's says the same and more.
FROM, UNTIL = time(8), time(20)


def run(agency_id: uuid.UUID, *, now: datetime, decisions: Sequence[Decisions], doings: Sequence[Doings]) -> int:
    """Mail today's digest if it is time and nobody has. How many letters. `decisions` and `doings` are the sources of Today."""
    actor = tenancy.System(agency_id)
    with tenancy.agency(agency_id):
        with reading() as db:
            day = due(db, actor, now=now)
            if day is None:
                return 0
            lists = today.gather(decisions, db, actor, now)
            done = [one for source in doings for one in source(db, actor, now)]
        with transaction() as db:
            db.scalar(select(AuditHead.id).where(AuditHead.agency_id == agency_id).with_for_update())
            if due(db, actor, now=now) is None:  # Another clock was faster.
                return 0
            people = telling.staff(db, actor) if lists or done else []
            audit.record(
                db,
                actor,
                "digest.send",
                None,
                day=day.isoformat(),
                people=len(people),
                decisions=sum(len(some) for _word, some in lists),
            )
            subject, text = words(lists, done)
            letters = telling.addressed(db, actor, [Letter(user.id, subject, text) for user in people])
    telling.post(letters)
    return len(letters)


def due(db: Session, actor: Actor, *, now: datetime) -> date | None:
    """The agency's day whose digest should leave now; None outside the hours, when it has left, or when nobody can be mailed."""
    if not telling.possible(db, actor):
        return None
    local = now.astimezone(ZoneInfo(db.get_one(Agency, actor.agency_id).zone))
    if not FROM <= local.time() < UNTIL:
        return None
    sent = select(AuditEntry.detail).where(AuditEntry.agency_id == actor.agency_id, AuditEntry.action == "digest.send")
    newest = db.scalar(sent.order_by(AuditEntry.seq.desc()).limit(1))
    # A wall clock that is set back a day must not send that day's digest again.
    return local.date() if newest is None or date.fromisoformat(newest["day"]) < local.date() else None


def words(lists: Sequence[tuple[str, Sequence[Decision]]], done: Sequence[Done]) -> tuple[str, str]:
    """Subject and text. A decision that has no words for a mail is counted, and read on the page."""
    count = sum(len(some) for _word, some in lists)
    subject = (
        _n("%(num)d thing needs a person today", "%(num)d things need a person today", count)
        if count
        else _("Nothing needs you today")
    )
    parts = [f"{word} ({len(some)})\n{_listed(some)}" for word, some in lists]
    if done:
        parts.append(
            _("Done without you since yesterday") + "\n" + "\n".join(f"- {one.count} {one.words}" for one in done)
        )
    return subject, "\n\n".join([*parts, telling.link("/today")])


def _listed(some: Sequence[Decision]) -> str:
    said = [f"- {one.in_mail}" for one in some if one.in_mail]
    hidden = len(some) - len(said)
    if hidden:
        more = _n("%(num)d more on the page", "%(num)d more on the page", hidden)
        said.append(f"- {more}")
    return "\n".join(said)
