"""What Today says about requests of workers."""

from datetime import datetime

from sqlalchemy.orm import Session

from messaging.proposals import proposals
from workforce.core.tenancy import Actor
from workforce.core.words import _, _n
from workforce.desk.today import Decision


def decisions(db: Session, actor: Actor, now: datetime) -> list[Decision]:
    """One line for all that waits for a yes or a no."""
    count = proposals.count(db, actor)
    if not count:
        return []
    title = _n("%(num)d worker's request waits for your yes or no", "%(num)d requests of workers wait for your yes or no", count)  # fmt: skip
    why = _("New numbers, corrections, papers. Nothing changes before a person has confirmed it.")
    return [Decision("today", "person-check", title, why, _("Decide"), "proposals.index", rank=5, in_mail=title)]
