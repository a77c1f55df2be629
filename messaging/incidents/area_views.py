"""About an incident: its areas, texts and log; drawing another area, taking one away."""

import uuid
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from locator import outlines
from messaging.incidents import areas, board, broadcasts, drawing, incidents, log, picture, steering, wording
from messaging.incidents.doors import bp
from workforce import countries
from workforce.core import clock
from workforce.core.db import reading, transaction
from workforce.core.guard import only, require_manager
from workforce.core.words import _


@bp.get("/<uuid:incident_id>/about")
def about(incident_id: uuid.UUID) -> ResponseReturnValue:
    with reading() as db:
        incident = incidents.get(db, current_user, incident_id)
        facts = {
            "areas": areas.of(db, incident), "texts": [(one, steering.progress(db, one)) for one in broadcasts.of(db, incident)],
            "lines": log.lines(db, incident, limit=200), "names": log.names(db, incident), "unaccounted": board.unaccounted(db, incident),
            "templates": wording.BY_KEY, "levels": incidents.LEVELS, "country": countries.name,
        }  # fmt: skip
        return render_template("messaging/incidents/about.html", incident=incident, now=clock.now(), **facts)


@bp.get("/<uuid:incident_id>/map")
def map_page(incident_id: uuid.UUID) -> ResponseReturnValue:
    """The map by itself: on a phone the board leaves it out."""
    with reading() as db:
        incident = incidents.get(db, current_user, incident_id)
        kinds = {area.kind for area in areas.of(db, incident)}
        return render_template(
            "messaging/incidents/map.html",
            incident=incident,
            map=picture.of_board(db, incident, width=900, height=640),
            small_map=picture.of_board(db, incident, width=400, height=460),
            kinds=kinds,
        )


@bp.route("/<uuid:incident_id>/areas/new", methods=["GET", "POST"])
@only(require_manager)
def area_new(incident_id: uuid.UUID) -> ResponseReturnValue:
    errors: dict[str, str] = {}
    if request.method == "POST":
        try:
            with transaction() as db:
                incident = incidents.get(db, current_user, incident_id)
                shape, name, _field = drawing.from_form(
                    db, current_user, request.form, request.files.get("file"), country=incident.countries[0]
                )
                areas.draw(
                    db,
                    current_user,
                    incident,
                    kind=request.form.get("kind", "danger"),
                    name=name,
                    shape=shape,
                    at=clock.now(),
                )
            flash(_("The area is drawn. The counts follow it."))
            return redirect(url_for(".board", incident_id=incident_id))
        except drawing.Unusable as problem:
            errors[problem.field] = str(problem)
    return _area_page(incident_id, request.form, errors), 422 if errors else 200


@bp.post("/<uuid:incident_id>/areas/<uuid:area_id>/remove")
@only(require_manager)
def area_remove(incident_id: uuid.UUID, area_id: uuid.UUID) -> ResponseReturnValue:
    with transaction() as db:
        areas.remove(db, current_user, incidents.get(db, current_user, incident_id), area_id, at=clock.now())
    flash(_("The area is gone."))
    return redirect(url_for(".about", incident_id=incident_id))


def _area_page(incident_id: uuid.UUID, form: Any, errors: dict[str, str]) -> str:
    with reading() as db:
        incident = incidents.get(db, current_user, incident_id)
        box = outlines.country_bounds(incident.countries[0])
        return render_template(
            "messaging/incidents/area.html", incident=incident, form=form, errors=errors, sites=drawing.sites(db, current_user), kinds=areas.KINDS,
            how=form.get("how", "drawn"), country=countries.name(incident.countries[0]), bounds=f"{box.south},{box.west},{box.north},{box.east}",
        )  # fmt: skip
