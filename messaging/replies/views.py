"""Settings: from where a reply comes back, and the numbers that stand in a text where it does not."""

from collections import Counter

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from messaging.replies import forms, routes
from workforce import countries
from workforce.core import clock
from workforce.core.db import reading, transaction
from workforce.core.errors import Conflict
from workforce.core.guard import only, require_admin, require_staff
from workforce.core.words import _
from workforce.people.wrong import WrongField

bp = Blueprint("replies", __name__, url_prefix="/settings/replies")
bp.before_request(require_staff)


bp.add_app_template_filter(countries.name, "country_name")


@bp.get("/")
def index() -> ResponseReturnValue:
    """The agency's own countries first; the others folded, or looked for."""
    text, verdict = request.args.get("q", ""), request.args.get("verdict", "")
    with reading() as db:
        every = routes.listing(db, current_user)
        named = routes.narrowed(every, text=text, verdict="")
        shown = routes.narrowed(named, text="", verdict=verdict)
        ours = [(route, people) for route, people in shown if people or route.own]
        return render_template(
            "messaging/replies/index.html",
            ours=ours,
            others=[one for one in shown if one not in ours],
            counts=Counter(route.verdict for route, _people in named),
            text=text,
            verdict=verdict,
            country=countries.name,
            verdicts=routes.VERDICTS,
            may_edit=current_user.role == "admin",
        )


@bp.route("/<country>", methods=["GET", "POST"])
@only(require_admin)
def edit(country: str) -> ResponseReturnValue:
    with reading() as db:
        route = routes.of(db, current_user.agency_id, country)
    form = forms.RouteForm(
        verdict=route.verdict, note=route.note, source=route.source if route.own else "", checked_on=route.known_on if route.own else None,
        reply_number=route.reply_number, missed_call_number=route.missed_call_number, version=str(route.own.version if route.own else 0),
    )  # fmt: skip
    if form.validate_on_submit():
        facts = {
            name: form[name].data or "" for name in ("verdict", "note", "reply_number", "missed_call_number", "source")
        }
        version = int(form.version.data) if (form.version.data or "").isdigit() else 0
        try:
            with transaction() as db:
                routes.save(
                    db, current_user, country, **facts, checked_on=form.checked_on.data, version=version, at=clock.now()
                )
        except WrongField as problem:
            form[problem.field].errors = [str(problem)]
        except Conflict as problem:
            form.verdict.errors = [str(problem)]
        else:
            flash(_("Saved. Texts to many and their warnings follow it from now on."))
            return redirect(url_for(".index"))
    page = render_template(
        "messaging/replies/edit.html",
        route=route,
        form=form,
        name=countries.name(country),
        delivered=routes.delivered().get(country),
        verdicts=routes.VERDICTS,
    )
    return page, 422 if form.errors else 200


@bp.post("/<country>/reset")
@only(require_admin)
def reset(country: str) -> ResponseReturnValue:
    with transaction() as db:
        routes.reset(db, current_user, country)
    flash(_("Back to what came with Muster."))
    return redirect(url_for(".index"))
