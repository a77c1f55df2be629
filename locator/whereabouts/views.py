"""The map, and a worker's place."""

import math
import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import Blueprint, Response, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user
from markupsafe import Markup
from sqlalchemy.orm import Session

from locator import outlines as country_outlines
from locator.geodesy import Point
from locator.models import PLACE_KINDS, Position
from locator.places import listing, places
from locator.places.words import KIND_ICONS, KIND_WORDS
from locator.whereabouts import features as map_features
from locator.whereabouts import forms, gathering, pictures, positions
from locator.whereabouts.agreement import ONE_SHOT, standing_consent
from locator.whereabouts.positions import Rough
from locator.zones import zone_at
from workforce.core import clock, db
from workforce.core.db import reading, transaction
from workforce.core.errors import Invalid
from workforce.core.guard import require_staff
from workforce.core.words import _
from workforce.models import Consent, Worker
from workforce.people import workers

bp = Blueprint("whereabouts", __name__, url_prefix="/map")
bp.before_request(require_staff)

_MOST_NAMES = 12
_MOST_SIGNS = 60
_ROUND_KM = 5
_NEAR_KINDS = ("embassy", "hospital", "airport")
_DAY_SECONDS = 86_400


@dataclass(frozen=True)
class Near:
    """One line under a person's map: the nearest place of a kind, its distance as rough as the person's own place."""

    kind: str
    place: places.Known
    km: int
    compass: str


@bp.get("/")
def index() -> ResponseReturnValue:
    """Everybody on one map, and the same in words beside it."""
    now, kinds = clock.now(), _kinds()
    with reading() as session:
        people = gathering.everyone(session, current_user, now=now)
        gathering.name_people(session, current_user, people.gatherings, _MOST_NAMES)
        bounds = people.bounds or gathering.host_bounds([current_user.agency.country])
        shown = listing.within(session, current_user.agency_id, bounds, kinds, _MOST_SIGNS) if bounds and kinds else []
        picture = pictures.of_everyone(people, width=960, height=680, fallback=bounds, places=shown, is_filling=True)
    if people.shown:
        with transaction() as session:
            positions.note_map(session, current_user, people.shown)
    return render_template(
        "locator/map.html",
        people=people,
        picture=picture,
        bounds=bounds,
        kinds=kinds,
        kind_words=KIND_WORDS,
        kind_icons=KIND_ICONS,
        most_names=_MOST_NAMES,
        rings=map_features.of_people(people),
        now=now,
    )


@bp.get("/features")
def features() -> ResponseReturnValue:
    """Towns and places inside `bounds` (south, west, north, east), for the map that the browser draws."""
    bounds = _bounds()
    with reading() as session:
        shown = listing.within(session, current_user.agency_id, bounds, _kinds(), map_features.MOST_PLACES)
    return map_features.around(bounds, shown, lambda place: url_for("places.show", place_id=place.id))


@bp.get("/outlines.geojson")
def outlines() -> ResponseReturnValue:
    """Every country's land and borders: the same for everybody, and kept by the browser for a day."""
    packed = "gzip" in request.headers.get("Accept-Encoding", "")
    body = country_outlines.browser_geojson_gz() if packed else country_outlines.browser_geojson()
    answer = Response(body, mimetype="application/geo+json")
    if packed:
        answer.content_encoding = "gzip"
    answer.headers["Vary"] = "Accept-Encoding"
    answer.cache_control.public, answer.cache_control.max_age = True, _DAY_SECONDS
    return answer


@bp.get("/summary-panel")
def summary_panel() -> ResponseReturnValue:
    """For Today: a small map and how many share a fresh place."""
    now = clock.now()
    with reading() as session:
        people = gathering.everyone(session, current_user, now=now)
        fallback = gathering.host_bounds([current_user.agency.country])
        picture = pictures.of_everyone(people, width=320, height=176, fallback=fallback, margin=26)
    return render_template("locator/_summary_panel.html", people=people, picture=picture, now=now)


@bp.get("/workers/<uuid:worker_id>")
def worker_panel(worker_id: uuid.UUID) -> ResponseReturnValue:
    """Where one worker is: a fragment of their page, a page of its own without JavaScript."""
    return _where_page(worker_id, forms.PinForm(), 200)


@bp.post("/workers/<uuid:worker_id>/place")
def pin(worker_id: uuid.UUID) -> ResponseReturnValue:
    """Keep a place that a worker told one of us."""
    form = forms.PinForm()
    if not form.validate_on_submit():
        return _where_page(worker_id, form, 422)
    try:
        with transaction() as session:
            worker = workers.get(session, current_user, worker_id)
            point, precision_km, town = forms.understand(form.where.data, worker.host_country)
            positions.from_staff(
                session, current_user, worker, point,
                precision_km=precision_km, label=town, at=clock.now(), has_agreed=form.agreed.data,
            )  # fmt: skip
    except Invalid as problem:
        form.where.errors = [str(problem)]
        return _where_page(worker_id, form, 422)
    return _back(worker_id, _("The place is kept for 24 hours."))


@bp.post("/workers/<uuid:worker_id>/withdraw")
def withdraw(worker_id: uuid.UUID) -> ResponseReturnValue:
    """The worker no longer agrees that we keep places: what there is goes."""
    with transaction() as session:
        worker = workers.get(session, current_user, worker_id)
        positions.withdraw(session, current_user, worker)
    db.fold_in_log()
    return _back(worker_id, _("%(name)s's places are deleted, and no more are kept.", name=worker.given_name))


@bp.post("/workers/<uuid:worker_id>/confirm")
def confirm(worker_id: uuid.UUID) -> ResponseReturnValue:
    """Somebody asked the worker: the place was read right."""
    with transaction() as session:
        worker = workers.get(session, current_user, worker_id)
        waiting = positions.latest(session, [worker.id], unconfirmed=True).get(worker.id)
        if waiting is not None and not waiting.is_confirmed:
            positions.confirm(session, current_user, waiting)
    return _back(worker_id, _("The place is confirmed."))


def _back(worker_id: uuid.UUID, words: str) -> ResponseReturnValue:
    if "HX-Request" in request.headers:
        return _where_page(worker_id, forms.PinForm(formdata=None), 200)
    flash(words, "done")
    known = "people.show" in current_app.view_functions
    return redirect(url_for("people.show" if known else ".worker_panel", worker_id=worker_id))


def _where_page(worker_id: uuid.UUID, form: forms.PinForm, status: int) -> ResponseReturnValue:
    page = "locator/_where.html" if "HX-Request" in request.headers else "locator/where.html"
    with reading() as session:
        worker = workers.with_everything(session, current_user, worker_id)
        facts = _where_facts(session, worker, clock.now())
        return render_template(page, worker=worker, form=form, **facts), status


def _where_facts(session: Session, worker: Worker, now: datetime) -> dict[str, Any]:
    """What the panel shows. Everything is measured from the middle of the cell, so that no distance tells more than the map."""
    kept = positions.trail(session, worker, now=now)
    waiting = kept[-1] if kept and not kept[-1].is_confirmed else None
    kept = [position for position in kept if position.is_confirmed]
    here = positions.rough(session, kept[-1]) if kept else None
    site = worker.deployment.site if worker.deployment else None
    at_work = Point(site.lat, site.lon) if site is not None and site.lat is not None and site.lon is not None else None
    point = here.point if here else at_work
    near = _near(session, worker, point) if point else []
    consent = session.get(Consent, kept[-1].consent_id) if kept else None
    return {
        "spot": here,
        "site": site,
        "near": near,
        "picture": _picture(worker, here, point, kept, near),
        "consent": consent,
        "is_one_shot": consent is not None and consent.wording == ONE_SHOT,
        "standing": standing_consent(session, worker),
        "waiting": positions.rough(session, waiting) if waiting else None,
        "zone": zone_at(point, worker.host_country),
        "now": now,
        "kind_icons": KIND_ICONS,
    }


def _picture(
    worker: Worker, here: Rough | None, point: Point | None, kept: list[Position], near: list[Near]
) -> Markup | None:
    if point is None:
        return None
    around = [one.place for one in near]
    if here is None:
        return pictures.of_one(point, precision_km=1, name=worker.given_name, places=around)
    return pictures.of_one(
        point, precision_km=here.precision_km, name=worker.given_name, before=kept[:-1], places=around
    )


def _near(session: Session, worker: Worker, point: Point) -> list[Near]:
    found = []
    for kind in _NEAR_KINDS:
        sender = worker.nationality if kind == "embassy" else None
        for one in places.nearest(session, point, kind=kind, country_of=sender, n=1, agency_id=worker.agency_id):
            km = max(_ROUND_KM, round(one.distance_km / _ROUND_KM) * _ROUND_KM)
            found.append(Near(kind, one.place, km, one.compass))
    return found


def _kinds() -> list[str]:
    return [kind for kind in PLACE_KINDS if kind in request.args.getlist("kind")]


def _bounds() -> country_outlines.Bounds:
    """The window asked for; nonsense is the whole world."""
    try:
        south, west, north, east = (float(part) for part in request.args.get("bounds", "").split(","))
    except ValueError:
        return country_outlines.Bounds(-90, -180, 90, 180)
    if not all(math.isfinite(part) for part in (south, west, north, east)) or south >= north or west >= east:
        return country_outlines.Bounds(-90, -180, 90, 180)
    return country_outlines.Bounds(max(-90, south), max(-180, west), min(90, north), min(180, east))
