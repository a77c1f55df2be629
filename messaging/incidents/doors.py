"""The blueprint of incidents, and how its pages write times and log lines.

Staff may look, take cases and mark people; what only managers may do says so at its view.
"""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from flask import Blueprint

from messaging.models import IncidentLine
from workforce.core.guard import require_staff
from workforce.core.words import _, _n

bp = Blueprint("incidents", __name__, url_prefix="/incidents")
bp.before_request(require_staff)


@bp.app_template_filter("span")
def span(length: timedelta) -> str:
    """How long: "12 min", "6 h 32 min", "3 days"."""
    minutes = max(0, int(length.total_seconds() // 60))
    if minutes < 60:
        return _("%(minutes)d min", minutes=minutes)
    if minutes < 48 * 60:
        return _("%(hours)d h %(minutes)d min", hours=minutes // 60, minutes=minutes % 60)
    return _n("%(num)d day", "%(num)d days", minutes // 1440)


@bp.app_template_filter("clock")
def clock(at: datetime, zone: str) -> str:
    """The wall clock of `zone`: "14:58"."""
    return f"{at.astimezone(ZoneInfo(zone)):%H:%M}"


@bp.app_template_filter("log_words")
def log_words(line: IncidentLine) -> str:
    """A log line as a sentence."""
    told = line.detail
    area = {"danger": _("Danger area"), "safe": _("Safe area"), "interest": _("Area of interest")}.get(
        str(told.get("area")), _("Area")
    )
    words = {
        "opened": _("Incident opened, %(people)s people on the board", people=told.get("people")),
        "closed": _("Incident closed"),
        "level": _("Alert level %(level)s", level=told.get("level")),
        "area_drawn": _("%(area)s drawn", area=area) + (f", {told['name']}" if told.get("name") else ""),
        "area_removed": _("%(area)s taken away", area=area),
        "text_sent": _("Text %(number)s to %(people)s people", number=told.get("sequence"), people=told.get("people")),
        "text_paused": _("Text %(number)s held back", number=told.get("sequence")),
        "text_sending": _("Text %(number)s goes on", number=told.get("sequence")),
        "text_done": _("Text %(number)s: all have left", number=told.get("sequence")),
        "text_cancelled": _("Text %(number)s called back", number=told.get("sequence")),
        "case_opened": _("Case %(number)s opened", number=told.get("number")),
        "case_taken": _("Case %(number)s taken", number=told.get("number")),
        "case_closed": _("Case %(number)s closed, %(status)s", number=told.get("number"), status=told.get("status")),
        "paged": _("Nobody has case %(number)s: the next person was asked", number=told.get("number")),
        "asked_again": _n(
            "%(num)d person asked again, SAFE was 12 h old",
            "%(num)d people asked again, SAFE was 12 h old",
            int(told.get("people", 0)),
        ),
        "marked": _("Marked %(status)s by hand", status=told.get("status")),
    }
    return words.get(line.kind, line.kind)
