"""What the ladder puts on Today: calls that are due and that nobody has taken."""

from datetime import datetime

from sqlalchemy.orm import Session

from messaging.incidents import call_tasks, incidents
from workforce.core.tenancy import Actor
from workforce.core.words import _, _n
from workforce.desk.today import Decision


def decisions(db: Session, actor: Actor, now: datetime) -> list[Decision]:
    """One line for each incident with calls to make."""
    made = []
    for incident_id, number, oldest in call_tasks.waiting(db, actor, now=now):
        incident = incidents.get(db, actor, incident_id)
        title = _n("%(num)d person has to be called", "%(num)d people have to be called", number)
        reason = _("%(code)s, %(name)s: no text reaches them, or none was answered", code=incident.code, name=incident.name)  # fmt: skip
        due = _("since %(time)s", time=incidents.local_time(incident, oldest))
        made.append(Decision(
            "now", "telephone", title, reason, _("See whom"), "incidents.call_list", {"incident_id": incident_id}, due=due, tone="late", due_tone="late", rank=5, in_mail=title,
        ))  # fmt: skip
    return made
