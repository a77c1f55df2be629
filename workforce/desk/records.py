"""The audit log and the statistics, for auditors."""

import uuid
from datetime import date

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from workforce import countries
from workforce.accounts import users
from workforce.core import clock
from workforce.core.db import reading
from workforce.core.guard import only, require_anyone, require_auditor
from workforce.desk import statistics, trail

bp = Blueprint("records", __name__)
bp.before_request(require_anyone)


@bp.get("/audit-log")
@only(require_auditor)
def log() -> ResponseReturnValue:
    asked = trail.Asked(
        person=request.args.get("person", type=uuid.UUID),
        action=request.args.get("action", ""),
        day=request.args.get("day", type=date.fromisoformat),
    )
    with reading() as db:
        leaf = trail.leaf(
            db, current_user, zone=current_user.agency.zone, before=request.args.get("before", type=int), asked=asked
        )
        return render_template(
            "workforce/desk/audit.html",
            leaf=leaf, asked=asked, acts=trail.acts(), people=users.everyone(db, current_user),
            length=trail.length(db, current_user), verdict=trail.verdict(db, current_user, asked="check" in request.args),
        )  # fmt: skip


@bp.get("/reports")
def reports() -> ResponseReturnValue:
    with reading() as db:
        here = statistics.by_country(db, current_user)
        wanted = request.args.get("country", "").upper()
        country = wanted if wanted in {code for code, _name, _number in here} else here[0][0] if here else ""
        return render_template(
            "workforce/desk/reports.html",
            chips=_chips(here, country), country_name=countries.name(country) if country else "",
            by_country=statistics.country_by_nationality(db, current_user),
            by_place=statistics.place_by_nationality(db, current_user, country),
            occupations=statistics.by_occupation(db, current_user),
            total=sum(number for _code, _name, number in here), as_of=clock.now(), zone=current_user.agency.zone,
        )  # fmt: skip


def _chips(here: list[tuple[str, str, int]], country: str) -> list[dict[str, object]]:
    return [
        {"label": name, "count": number, "url": url_for(".reports", country=code), "on": code == country}
        for code, name, number in here
    ]
