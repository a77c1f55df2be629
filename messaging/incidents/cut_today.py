"""What a network that is likely cut puts on Today: the country, how we know, and where to go on."""

from datetime import datetime

from sqlalchemy.orm import Session

from messaging.incidents import cut, incidents
from workforce import countries
from workforce.core.tenancy import Actor
from workforce.core.words import _
from workforce.desk.today import Decision


def decisions(db: Session, actor: Actor, now: datetime) -> list[Decision]:
    """One line for each country whose delivery has collapsed: to its incident, or to opening one."""
    found = cut.likely(db, actor.agency_id, now=now)
    open_ones = incidents.open_ones(db, actor) if found else []
    return [_decision(one, next((row.id for row in open_ones if one.country in row.countries), None)) for one in found]


def _decision(one: cut.Cut, incident_id: object) -> Decision:
    title = _("Network likely cut in %(country)s", country=countries.in_sentence(one.country))
    verb = _("Open the board") if incident_id else _("See the incidents")
    return Decision(
        "now", "reception-0", title, one.figures, verb, "incidents.board" if incident_id else "incidents.index", {"incident_id": incident_id} if incident_id else {},
        tone="late", rank=-1, in_mail=title,
    )  # fmt: skip
