"""Commands about notices."""

from dataclasses import asdict
from datetime import datetime

import click

from messaging.notices import jobs
from messaging.notices.expiry import Outcome
from workforce import agencies
from workforce.core.commands import agency_option, group, json_option, show
from workforce.core.words import _

notices = group("notices", "Notices about papers that end.")


@notices.command()
@click.option("--today", type=click.DateTime(["%Y-%m-%d"]), help="Run as if it were this day everywhere (YYYY-MM-DD).")
@agency_option
@json_option
def run(today: datetime | None, agency_name: str | None, *, as_json: bool) -> None:
    """Make the notices that are due now, once each. What the clock does, by hand, with a look at every paper."""
    wanted = [agencies.only_one(agency_name).id] if agency_name else agencies.every_id()
    total = Outcome()
    for agency_id in wanted:
        total += jobs.run(agency_id, today=today.date() if today else None, thorough=True)
    show(asdict(total), as_json=as_json, plain=lambda _found: said(total))


def said(total: Outcome) -> str:
    """A run in one line."""
    if not total.due:
        return _("Nothing is due.")
    return _(
        "%(due)s papers due, %(created)s notices made, %(late)s of them late, %(suppressed)s not texted.",
        due=total.due,
        created=total.created,
        late=total.late,
        suppressed=total.suppressed,
    )
