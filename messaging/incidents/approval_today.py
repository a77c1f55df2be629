"""What texts to many put on Today: a second person is asked, one person sends alone, a day later somebody reviews it."""

from datetime import datetime

from sqlalchemy.orm import Session

from messaging.incidents import approvals, incidents
from messaging.incidents.rights import REVIEWERS
from messaging.models import Approval, Broadcast, Incident
from workforce.core.tenancy import Actor
from workforce.core.words import _, _n
from workforce.desk.today import Decision


def decisions(db: Session, actor: Actor, now: datetime) -> list[Decision]:
    """First what leaves in a minute, then what waits for a yes, then what is to be reviewed."""
    waiting, alone = approvals.pending(db, actor), approvals.to_review(db, actor)
    names = approvals.names(db, actor, [one[0] for one in (*waiting, *alone)])
    made = []
    for approval, broadcast, incident in waiting:
        name = names.get(approval.asked_by or actor.agency_id, _("Somebody"))
        if approval.state == "counting":
            made.append(_counting(approval, broadcast, incident, name))
        elif actor.role in {"manager", "system"} and approval.asked_by != actor.id:  # The digest asks as the system.
            made.append(_waiting(approval, broadcast, incident, name))
    if actor.role in {*REVIEWERS, "system"}:
        made += [
            _to_review(approval, broadcast, incident, names.get(approval.asked_by or actor.agency_id, ""), now)
            for approval, broadcast, incident in alone
            if approval.asked_by != actor.id
        ]
    return made


def _counting(approval: Approval, broadcast: Broadcast, incident: Incident, name: str) -> Decision:
    title = _n(
        "%(name)s sends a text to %(num)d person alone", "%(name)s sends a text to %(num)d people alone", approval.people, name=name,
    )  # fmt: skip
    reason = _(
        "%(what)s leaves at %(time)s unless somebody stops it",
        what=_text(broadcast, incident),
        time=incidents.local_time(incident, approval.until_at),
    )
    return Decision(
        "now", "unlock", title, reason, _("See it, or stop it"), "incidents.text_alone", _where(broadcast, incident), tone="late", rank=-3,
    )  # fmt: skip


def _waiting(approval: Approval, broadcast: Broadcast, incident: Incident, name: str) -> Decision:
    title = _n(
        "%(name)s asks you to approve a text to %(num)d person", "%(name)s asks you to approve a text to %(num)d people", approval.people, name=name,
    )  # fmt: skip
    until = incidents.local_time(incident, approval.until_at)
    return Decision(
        "now", "person-check", title, _text(broadcast, incident), _("Read and approve"), "incidents.text", _where(broadcast, incident),
        due=_("until %(time)s", time=until), tone="late", due_tone="late", rank=-2, in_mail=_("A text to many waits for a second person"),
    )  # fmt: skip


def _to_review(approval: Approval, broadcast: Broadcast, incident: Incident, name: str, now: datetime) -> Decision:
    due_at = approval.until_at + approvals.REVIEW_WITHIN
    is_late = now > due_at
    recalled = approval.kind == "recall"
    title = (
        _("%(name)s recalled a text without a second person", name=name)
        if recalled
        else _("%(name)s sent a text to many without a second person", name=name)
    )
    reason = _n("%(what)s to %(num)d person. Say whether it was right", "%(what)s to %(num)d people. Say whether it was right", approval.people, what=_text(broadcast, incident))  # fmt: skip
    due = _("overdue") if is_late else _("by %(time)s", time=incidents.local_time(incident, due_at))
    return Decision(
        "now" if is_late else "today", "clipboard-check", title, reason, _("Review it"), "incidents.text_alone", _where(broadcast, incident),
        due=due, tone="late" if is_late else "soon", due_tone="late" if is_late else "", rank=-1 if is_late else 1, in_mail=title if not name else _("A text that was sent alone is to be reviewed"),
    )  # fmt: skip


def _text(broadcast: Broadcast, incident: Incident) -> str:
    words = f"{incident.code}/{broadcast.sequence}, {incident.name}"
    return f"{_('EXERCISE.')} {words}" if incident.is_exercise else words


def _where(broadcast: Broadcast, incident: Incident) -> dict[str, object]:
    return {"incident_id": incident.id, "broadcast_id": broadcast.id}
