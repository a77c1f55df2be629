"""The blueprint of incidents, and how its pages write times and log lines.

Staff may look, take cases and mark people; what only managers may do says so at its view.
"""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from flask import Blueprint

from messaging.incidents import sentences
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
    return sentences.of(line)
