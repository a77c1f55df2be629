"""Today, search and reports."""

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue
from flask_login import current_user

from workforce.core import clock
from workforce.core.db import reading
from workforce.core.guard import require_staff
from workforce.people import listing

bp = Blueprint("desk", __name__, url_prefix="/")
bp.before_request(require_staff)
MOST_FOUND = 30


@bp.get("/search")
def search() -> ResponseReturnValue:
    text = request.args.get("q", "").strip()[:200]
    with reading() as db:
        found = listing.find(db, current_user, text, MOST_FOUND + 1, now=clock.now(), zone=current_user.agency.zone)
        return render_template("workforce/desk/search.html", text=text, found=found[:MOST_FOUND], more=len(found) > MOST_FOUND)
