"""Pages about places: the list, one place, corrections, and what the agency adds of its own."""

import uuid
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from locator.mapdraw import Frame, draw
from locator.mapmarks import Sign
from locator.models import PLACE_KINDS
from locator.places import airports, edits, forms, listing, places
from locator.places.edits import WrongField
from locator.places.places import Known
from locator.places.words import KIND_ICONS, KIND_WORDS, ONE_WORDS
from locator.whereabouts.gathering import around
from workforce import countries
from workforce.core import clock
from workforce.core.db import reading, transaction
from workforce.core.guard import require_staff
from workforce.core.words import _

bp = Blueprint("places", __name__, url_prefix="/places")
bp.before_request(require_staff)


@bp.get("/")
def index() -> ResponseReturnValue:
    """The places this agency sees, by name."""
    airports.ensure()
    wanted, today = _wanted(), clock.today_in(current_user.agency.zone)
    with reading() as session:
        page = listing.page(session, current_user.agency_id, wanted, today=today)
        counts = listing.counts(session, current_user.agency_id)
        codes = listing.countries_in(session, current_user.agency_id, wanted.kind)
        return render_template(
            "locator/places.html",
            page_of=page,
            wanted=wanted,
            counts=counts,
            codes=codes,
            country=countries.name,
            kinds=PLACE_KINDS,
            today=today,
            **_words(),
            link=_link,
        )


@bp.get("/<uuid:place_id>")
def show(place_id: uuid.UUID) -> ResponseReturnValue:
    """One place: what we know, since when, and from whom."""
    with reading() as session:
        place = places.get(session, place_id, current_user.agency_id)
    today = clock.today_in(current_user.agency.zone)
    return render_template(
        "locator/place.html",
        place=place,
        picture=_picture(place, 840, 460),
        small_picture=_picture(place, 400, 260),
        country=countries.name,
        today=today,
        **_words(),
    )


@bp.route("/new", methods=["GET", "POST"])
def add() -> ResponseReturnValue:
    """A place of the agency's own."""
    form = forms.NewPlaceForm()
    if not form.validate_on_submit():
        return render_template("locator/place_form.html", form=form, place=None), 422 if form.is_submitted() else 200
    try:
        values = form.texts() | {"kind": form.kind.data, "country_of": form.country_of.data, "point": form.spot()}
        with transaction() as session:
            made = edits.add(session, current_user, values, today=clock.today_in(current_user.agency.zone))
    except WrongField as problem:
        _show_at(form, problem)
        return render_template("locator/place_form.html", form=form, place=None), 422
    flash(_("%(name)s is on the list, for your agency alone.", name=made.name), "done")
    return redirect(url_for(".show", place_id=made.id))


@bp.route("/<uuid:place_id>/edit", methods=["GET", "POST"])
def edit(place_id: uuid.UUID) -> ResponseReturnValue:
    """Correct a place. What is typed holds for this agency, and no import changes it."""
    with reading() as session:
        place = places.get(session, place_id, current_user.agency_id)
    form = forms.filled(place)
    if not form.validate_on_submit():
        return render_template("locator/place_form.html", form=form, place=place), 422 if form.is_submitted() else 200
    try:
        values = form.texts() | _moved(place, form) | {"is_closed": bool(form.is_closed.data)}
        with transaction() as session:
            edits.edit(session, current_user, place_id, values)
    except WrongField as problem:
        _show_at(form, problem)
        return render_template("locator/place_form.html", form=form, place=place), 422
    flash(_("Saved. What you typed holds for your agency, and no import changes it."), "done")
    return redirect(url_for(".show", place_id=place_id))


@bp.post("/<uuid:place_id>/verify")
def verify(place_id: uuid.UUID) -> ResponseReturnValue:
    """Somebody called or looked today."""
    with transaction() as session:
        place = edits.verify(session, current_user, place_id, today=clock.today_in(current_user.agency.zone))
    flash(_("%(name)s is marked as verified today.", name=place.name), "done")
    return redirect(url_for(".show", place_id=place_id))


@bp.post("/<uuid:place_id>/take-back")
def take_back(place_id: uuid.UUID) -> ResponseReturnValue:
    """Back to what the shared list says."""
    with transaction() as session:
        edits.take_back(session, current_user, place_id)
    flash(_("Your corrections are gone; the shared list holds again."), "done")
    return redirect(url_for(".show", place_id=place_id))


@bp.post("/<uuid:place_id>/remove")
def remove(place_id: uuid.UUID) -> ResponseReturnValue:
    """Take away a place of the agency's own."""
    with transaction() as session:
        edits.remove(session, current_user, place_id)
    flash(_("The place is removed."), "done")
    return redirect(url_for(".index"))


def _moved(place: Known, form: forms.EditPlaceForm) -> dict[str, Any]:
    """The point, only if the text says another one than the form was filled with: its six decimals are not the whole number."""
    point = form.spot()
    if abs(point.lat - place.lat) < 1e-6 and abs(point.lon - place.lon) < 1e-6:
        return {}
    return {"lat": point.lat, "lon": point.lon}


def _show_at(form: forms.PlaceForm, problem: WrongField) -> None:
    field = form._fields.get(problem.field, form.name)
    field.errors = [str(problem)]


def _picture(place: Known, width: int, height: int) -> Any:
    bounds = around([place.point])
    if bounds is None:  # Never: there is one point.
        return ""
    frame = Frame.around(bounds, width, height)
    return draw(
        frame,
        [Sign(place.point, place.kind, place.name if len(place.name) < 32 else "")],
        label=_("Map around %(name)s", name=place.name),
    )


def _wanted() -> listing.Wanted:
    # The airports of the world would fill the first pages, and nobody looks for those here.
    kind = request.args.get("kind", "") if request.args else "embassy"
    return listing.Wanted(
        kind=kind if kind in PLACE_KINDS else "",
        country=request.args.get("country", "")[:2].upper(),
        country_of=request.args.get("country-of", "")[:2].upper(),
        text=request.args.get("q", "").strip()[:100],
        stale=request.args.get("stale") == "1",
        own=request.args.get("own") == "1",
        after=request.args.get("after", type=uuid.UUID),
    )


def _link(wanted: listing.Wanted, **changes: Any) -> str:
    """The list with these filters changed."""
    kept: dict[str, Any] = {
        "kind": wanted.kind, "country": wanted.country, "country-of": wanted.country_of, "q": wanted.text,
        "stale": "1" if wanted.stale else "", "own": "1" if wanted.own else "",
    }  # fmt: skip
    kept |= {name.replace("_", "-"): value for name, value in changes.items()}
    return url_for(".index", **({name: value for name, value in kept.items() if value} or {"kind": "all"}))


def _words() -> dict[str, Any]:
    return {"kind_words": KIND_WORDS, "one_words": ONE_WORDS, "kind_icons": KIND_ICONS}
