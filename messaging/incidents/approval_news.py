"""Telling managers and admins by mail: who asks for a second person, and who sends alone.

The memory is the audit log, as it is for calls for help: a letter is decided on in the transaction that writes its line.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, exists, select
from sqlalchemy.orm import Session

from messaging import telling
from messaging.incidents import approvals
from messaging.models import Approval, Broadcast, Incident
from messaging.telling import Letter
from workforce.core import audit
from workforce.core.audit import AuditEntry
from workforce.core.tenancy import Actor
from workforce.core.words import _, _n

NEWS = timedelta(hours=1)


def has_work(db: Session, actor: Actor, *, now: datetime) -> bool:
    """Whether anybody is to be told of anything."""
    return telling.possible(db, actor) and db.scalar(select(Approval.id).where(_news(actor, now)).limit(1)) is not None


def tell(db: Session, actor: Actor, *, now: datetime) -> list[Letter]:
    """The letters that are due. No worker's name and no text is in them."""
    if not telling.possible(db, actor):
        return []
    found = db.execute(
        select(Approval, Broadcast, Incident)
        .join(Broadcast, (Broadcast.agency_id == Approval.agency_id) & (Broadcast.id == Approval.broadcast_id))
        .join(Incident, (Incident.agency_id == Broadcast.agency_id) & (Incident.id == Broadcast.incident_id))
        .where(_news(actor, now))
        .order_by(Approval.asked_at)
    )
    letters: list[Letter] = []
    for approval, broadcast, incident in found:
        by = approvals.names(db, actor, [approval])
        mine = _letters(
            db, actor, approval, broadcast, incident, by.get(approval.asked_by or actor.agency_id, _("Somebody"))
        )
        audit.record(db, actor, "broadcast.tell", approval, kind=approval.kind, people=len(mine))
        letters += mine
    return letters


def _letters(
    db: Session, actor: Actor, approval: Approval, broadcast: Broadcast, incident: Incident, name: str
) -> Sequence[Letter]:
    people_words = _n("%(num)d person", "%(num)d people", approval.people)
    what = {"name": name, "code": incident.code, "number": broadcast.sequence, "people": people_words}
    drill = f"{_('EXERCISE.')} " if incident.is_exercise else ""
    page = telling.link(f"/incidents/{incident.id}/texts/{broadcast.id}")
    if approval.kind == "second":
        subject = _("A text waits for your approval")
        words = _("%(name)s asks you to approve text %(code)s/%(number)s to %(people)s.", **what)
        people = [one for one in telling.staff(db, actor, ["manager"]) if one.id != approval.asked_by]
    else:
        subject = _("A text to many was sent without a second person")
        if approval.kind == "recall":
            words = _("%(name)s recalled a text: %(code)s/%(number)s went to %(people)s.", **what)
        elif approval.state == "counting":
            words = _("%(name)s sends text %(code)s/%(number)s to %(people)s alone, in a minute. You can stop it.", **what)  # fmt: skip
        else:
            words = _("%(name)s sent text %(code)s/%(number)s to %(people)s alone. Review it within a day.", **what)  # fmt: skip
        page = telling.link(f"/incidents/{incident.id}/texts/{broadcast.id}/alone")
        people = telling.staff(db, actor, ["manager", "admin"])
    return [Letter(one.id, f"{drill}{subject}", f"{drill}{words}\n{page}") for one in people]


def _news(actor: Actor, now: datetime) -> ColumnElement[bool]:
    told = exists().where(
        AuditEntry.agency_id == Approval.agency_id,
        AuditEntry.object_id == Approval.id,
        AuditEntry.action == "broadcast.tell",
    )
    return and_(
        Approval.agency_id == actor.agency_id,
        Approval.state.in_(("waiting", "counting", "sent")),
        Approval.asked_at > now - NEWS,
        ~and_(Approval.kind == "second", Approval.state != "waiting"),
        ~told,
    )
