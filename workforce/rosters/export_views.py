"""The workers as a spreadsheet, to edit and hand in again."""

import uuid

from flask import Response, render_template, request
from flask.typing import ResponseReturnValue
from flask_login import current_user
from sqlalchemy import func, select

from workforce.core import clock
from workforce.core.db import reading, transaction
from workforce.people import listing
from workforce.rosters import exporting
from workforce.rosters.door import MEDIA_TYPES, bp, here


@bp.route("/export", methods=["GET", "POST"])
def export() -> ResponseReturnValue:
    """How many would be in it and what is in it; POST writes it, and leaves a line in the log."""
    wanted = _wanted()
    asked = {"now": clock.now(), "zone": current_user.agency.zone}
    if request.method == "GET":
        with reading() as db:
            count = db.scalar(select(func.count()).select_from(listing.ids(db, current_user, wanted, **asked).subquery()))
            sites = [listing.site_words(site) for site in listing.sites(db, current_user) if site.id == wanted.site_id]
            employers = [employer.name for employer in listing.employers(db, current_user) if employer.id == wanted.employer_id]
        said = [one for one in (wanted.text, *sites, *employers) if one]
        return render_template("workforce/rosters/export.html", count=count, wanted=wanted, said=said)
    file_format = "csv" if request.form.get("format") == "csv" else "xlsx"
    written = exporting.Export(current_user.agency_id)
    with reading() as db:
        data = written.write(db, current_user, wanted, file_format=file_format, **asked)
    with transaction() as db:
        written.note(db, current_user, file_format)
    name = f"workers-{here()['today'].isoformat()}.{file_format}"
    heading = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    return Response(data, mimetype=MEDIA_TYPES[file_format], headers=heading)


def _wanted() -> listing.Wanted:
    """The list's own filter, as its address and our form have it."""
    return listing.Wanted(
        text=request.values.get("q", "")[:100],
        chip=request.values.get("chip", "everyone"),
        site_id=_id("site"),
        employer_id=_id("employer"),
    )


def _id(name: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(request.values.get(name, ""))
    except ValueError:
        return None
