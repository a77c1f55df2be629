"""The door to the pages about rosters, and what all of them need to know."""

from datetime import date
from typing import Any

from flask import Blueprint
from flask_login import current_user

from workforce import countries
from workforce.core import clock
from workforce.core.guard import require_staff
from workforce.core.web import day
from workforce.core.words import _l
from workforce.rosters.heading_words import DATE_FIELDS

bp = Blueprint("rosters", __name__, url_prefix="/imports")
bp.before_request(require_staff)

MEDIA_TYPES = {"csv": "text/csv; charset=utf-8", "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"}
CUSTODY = {"worker": _l("Worker"), "employer": _l("Employer"), "agency": _l("Agency"), "embassy": _l("Embassy"), "lost": _l("Lost")}


@bp.app_template_filter("as_said")
def as_said(text: str, field: str) -> str:
    """A value of a roster's field, said to a person: a day, a country, who holds the passport."""
    if text and field in DATE_FIELDS:
        return str(day(date.fromisoformat(text)))
    if field in {"nationality", "host_country"} and text in countries.all_codes():
        return countries.name(text)
    return str(CUSTODY.get(text, text)) if field == "custody" else text


def here() -> dict[str, Any]:
    """The agency's country and its day."""
    return {"country": current_user.agency.country, "today": clock.today_in(current_user.agency.zone)}
