"""Today, search and reports."""

from flask import Blueprint, current_app, render_template, request
from flask.typing import ResponseReturnValue
from flask_login import current_user

from workforce.core import clock
from workforce.core.db import reading
from workforce.core.guard import require_staff
from workforce.desk import today as todo
from workforce.desk import tonight
from workforce.people import listing

bp = Blueprint("desk", __name__, url_prefix="/")
bp.before_request(require_staff)
MOST_FOUND = 30


@bp.get("/today")
def today() -> ResponseReturnValue:
    """What needs a person. The domains above hand in theirs through the app, since this one may not import them."""
    now = clock.now()
    sources = current_app.extensions["today"]
    with reading() as db:
        begun = todo.first_worker(db, current_user) is not None
        facts = {
            "lists": todo.gather(sources["decisions"], db, current_user, now),
            "reach": tonight.reach(db, current_user, now, sources["figures"]) if begun else None,
            "done": [one for source in sources["done"] for one in source(db, current_user, now)],
        }
        return render_template("workforce/desk/today.html", today=clock.today_in(current_user.agency.zone), **facts)


@bp.get("/search")
def search() -> ResponseReturnValue:
    text = request.args.get("q", "").strip()[:200]
    with reading() as db:
        found = listing.find(db, current_user, text, MOST_FOUND + 1, now=clock.now(), zone=current_user.agency.zone)
        return render_template(
            "workforce/desk/search.html", text=text, found=found[:MOST_FOUND], more=len(found) > MOST_FOUND
        )
