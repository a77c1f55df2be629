"""What the search for duplicates puts on Today."""

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from workforce.core.tenancy import Actor
from workforce.core.words import _, _n
from workforce.desk.today import Decision, names, spelled
from workforce.duplicates import pairs


def decisions(db: Session, actor: Actor, now: datetime) -> list[Decision]:
    """One line for all pairs that wait."""
    count = pairs.count(db, actor)
    if not count:
        return []
    title = _n("%(who)s pair of records may be one person", "%(who)s pairs of records may be one person", count, who=spelled(count))
    reason = names([one.one.family_name or one.one.full_name for one in pairs.listing(db, actor, limit=5)], count)
    first = pairs.listing(db, actor, limit=1)[0].pair
    where: dict[str, Any] = {"endpoint": "duplicates.show", "values": {"pair_id": first.id}} if count == 1 else {"endpoint": "duplicates.index", "values": {}}
    verb = _n("Look at them side by side", "Look at them side by side", count)
    return [Decision("week", "people", title, f"{reason}. " + _("Who stands on the list twice is counted twice"), verb, rank=60, in_mail=title, **where)]
