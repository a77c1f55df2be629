"""The list of incidents, opening one with its area in one go, its level, its end."""

import uuid
from typing import Any

from flask import Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from locator import outlines
from messaging.incidents import areas, board, drawing, incidents
from messaging.incidents.doors import bp
from workforce import countries
from workforce.core import clock
from workforce.core.db import reading, transaction
from workforce.core.errors import DomainError, Invalid
from workforce.core.guard import only, require_manager
from workforce.core.words import _


@bp.get("/")
def index() -> ResponseReturnValue:
    with reading() as db:
        found = [(one, board.counts(db, one), board.unaccounted(db, one)) for one in incidents.listed(db, current_user)]
        return render_template(
            "messaging/incidents/index.html", incidents=found, now=clock.now(), country=countries.name
        )


@bp.route("/new", methods=["GET", "POST"])
@only(require_manager)
def new() -> ResponseReturnValue:
    """Incident and danger area on one page: whole country unless something narrower is chosen."""
    if request.method == "GET":
        return _new_page({}, {})
    form, errors = request.form, {}
    code = form.get("country", "")
    if code not in countries.all_codes():
        return _new_page(form, {"country": _("Choose a country.")}), 422
    name = form.get("name", "").strip() or default_name(code)
    if name == default_name(form.get("named_for", "")):
        name = default_name(code)  # The name was ours: without JavaScript it does not follow the country.
    try:
        with transaction() as db:
            shape, area_name, _field = drawing.from_form(
                db, current_user, form, request.files.get("file"), country=code
            )
            made = incidents.start(
                db,
                current_user,
                name=name,
                countries=[code],
                alert_level=_level(form.get("alert_level")),
                is_exercise=bool(form.get("is_exercise")),
                at=clock.now(),
            )
            areas.draw(db, current_user, made, kind="danger", name=area_name, shape=shape, at=clock.now())
    except drawing.Unusable as problem:
        errors[problem.field] = str(problem)
    except DomainError as problem:
        errors["name"] = str(problem)
    if errors:
        return _new_page(form, errors), 422
    flash(
        _(
            "%(code)s is open. Everybody in %(country)s is on its board.",
            code=made.code,
            country=countries.in_sentence(made.countries[0]),
        )
    )
    return redirect(url_for(".board", incident_id=made.id))


@bp.post("/<uuid:incident_id>/level")
@only(require_manager)
def level(incident_id: uuid.UUID) -> ResponseReturnValue:
    with transaction() as db:
        incidents.change_level(
            db,
            current_user,
            incidents.get(db, current_user, incident_id),
            _level(request.form.get("alert_level")),
            at=clock.now(),
        )
    return redirect(url_for(".about", incident_id=incident_id))


@bp.post("/<uuid:incident_id>/close")
@only(require_manager)
def close(incident_id: uuid.UUID) -> ResponseReturnValue:
    """Over. The code is typed, because a closed board hears nothing any more."""
    with transaction() as db:
        incident = incidents.get(db, current_user, incident_id)
        if request.form.get("code", "").strip().upper() != incident.code:
            raise Invalid(_("Type %(code)s to close it.", code=incident.code))
        incidents.close(db, current_user, incident, at=clock.now())
    flash(_("%(code)s is closed.", code=incident.code))
    return redirect(url_for(".index"))


@bp.get("/outlines.json")
def country_outlines() -> ResponseReturnValue:
    """Coasts and borders for the map one draws on: it works without the internet."""
    answer = Response(outlines.browser_geojson_gz(), mimetype="application/geo+json")
    answer.headers["Content-Encoding"] = "gzip"
    return answer


def default_name(code: str) -> str:
    """As "Libya evacuation"."""
    return _("%(country)s evacuation", country=countries.name(code)) if code in countries.all_codes() else ""


def _new_page(form: Any, errors: dict[str, str]) -> str:
    with reading() as db:
        there = incidents.countries_with_people(db, current_user)
        first = form.get("country") or (there[0][0] if there else "")
        others = [code for code in countries.all_codes() if code not in {one for one, _number in there}]
        options = [(code, countries.name(code), number) for code, number in there] + sorted(
            ((code, countries.name(code), 0) for code in others), key=lambda one: one[1]
        )
        return render_template(
            "messaging/incidents/new.html", form=form, errors=errors, options=options, first=first, name=form.get("name") or default_name(first),
            sites=drawing.sites(db, current_user), named_for=first, default_name=default_name, how=form.get("how", "country"), bounds=_bounds(first),
        )  # fmt: skip


def _bounds(code: str) -> str:
    try:
        box = outlines.country_bounds(code)
    except KeyError:
        return "-40,-150,60,150"
    return f"{box.south},{box.west},{box.north},{box.east}"


def _level(text: str | None) -> int:
    return int(text) if text and text.isdigit() and len(text) == 1 else 0
