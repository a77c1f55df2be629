"""Pages of possible duplicates: the list, two records side by side, merging, taking back."""

import uuid
from typing import Any

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user
from sqlalchemy.orm import Session

from workforce import countries
from workforce.core import clock, strongbox
from workforce.core.db import reading, transaction
from workforce.core.errors import Invalid
from workforce.core.guard import require_staff
from workforce.core.web import settings
from workforce.core.words import _, _n
from workforce.duplicates import jobs, merging, moving, pairs, unmerging, words
from workforce.models import Worker
from workforce.people import forms, scripts, workers

bp = Blueprint("duplicates", __name__, url_prefix="/workers/duplicates")
bp.before_request(require_staff)

_COUNTRIES = ("nationality", "host_country", "second_nationality")


@bp.route("/")
def index() -> ResponseReturnValue:
    with reading() as db:
        return render_template(
            "workforce/duplicates/index.html",
            found=pairs.listing(db, current_user),
            count=pairs.count(db, current_user),
            merges=unmerging.listing(db, current_user, now=clock.now()),
            country=countries.name,
            split=words.split,
            sureness=words.sureness,
        )


@bp.post("/look")
def look() -> ResponseReturnValue:
    """Look at once at whoever is new or changed, instead of waiting for the clock."""
    new = jobs.look(current_user.agency_id, now=clock.now(), actor=current_user._get_current_object())
    flash(_n("%(num)d new pair.", "%(num)d new pairs.", new) if new else _("Nothing new was found."), "done")
    return redirect(url_for(".index"))


@bp.route("/panel/<uuid:worker_id>")
def worker_panel(worker_id: uuid.UUID) -> ResponseReturnValue:
    """The note on a worker's page, as a fragment."""
    with reading() as db:
        return render_template("workforce/duplicates/_panel.html", found=pairs.of_worker(db, current_user, worker_id), split=words.split)


@bp.route("/<uuid:pair_id>", methods=["GET", "POST"])
def show(pair_id: uuid.UUID) -> ResponseReturnValue:
    if request.method == "POST":
        return _merge(pair_id)
    with transaction() as db:
        _pair, kept, gone = merging.both(db, current_user, pair_id)
        for worker in (kept, gone):
            workers.open_file(db, current_user, worker.id, sheet="duplicates")
    return _page(pair_id)


def _page(pair_id: uuid.UUID, wrong: str = "") -> str:
    with reading() as db:
        pair, kept, gone = merging.both(db, current_user, pair_id)
        reasons, against = words.split(pair.reasons)
        return render_template(
            "workforce/duplicates/show.html",
            pair=pair, kept=kept, gone=gone, reasons=reasons, against=against, sureness=words.sureness(pair.score), wrong=wrong,
            fields=[(one, _label(one.name), _shown(one.name, one.mine), _shown(one.name, one.theirs)) for one in pairs.fields(db, kept, gone)],
            sides=[pairs.side(db, current_user, worker) for worker in (kept, gone)],
            asked=_asked(db, kept, gone), told=pairs.told, chosen=request.form, direction=scripts.direction, tongue=scripts.tongue,
        )  # fmt: skip


def _asked(db: Session, kept: Worker, gone: Worker) -> list[moving.Asked]:
    return [one for step in current_app.extensions["merging"]["asked"] for one in step(db, kept, gone)]


def _merge(pair_id: uuid.UUID) -> ResponseReturnValue:
    chosen = {name: request.form.get(f"from-{name}", "kept") for name in merging.CHOICES}
    now = clock.now()
    try:
        with transaction() as db:
            _pair, kept, gone = merging.both(db, current_user, pair_id)
            chosen |= {one.name: request.form.get(f"from-{one.name}", "") for one in _asked(db, kept, gone)}
            done = merging.merge(
                db, current_user, settings().files, pair_id, chosen=chosen, versions=(_number("kept_version"), _number("gone_version")),
                now=now, today=clock.today_in(current_user.agency.zone), rules=current_app.extensions["merging"]["rules"],
            )  # fmt: skip
            kept_id, name = done.kept.id, done.kept.full_name
    except Invalid as problem:
        return _page(pair_id, str(problem)), 422
    _clear_away(done.files)
    flash(_("Merged: there is one record of %(name)s now. Within 30 days it can be undone on the page of duplicates.", name=name), "done")
    return redirect(url_for("people.show", worker_id=kept_id))


@bp.post("/<uuid:pair_id>/different")
def different(pair_id: uuid.UUID) -> ResponseReturnValue:
    with transaction() as db:
        one, other = pairs.keep_apart(db, current_user, pair_id, now=clock.now())
    flash(_("%(one)s and %(other)s are two people. We will not ask again.", one=one.full_name, other=other.full_name), "done")
    return redirect(url_for(".index"))


@bp.route("/merges/<uuid:merge_id>/undo", methods=["GET", "POST"])
def undo(merge_id: uuid.UUID) -> ResponseReturnValue:
    if request.method == "GET":
        with reading() as db:
            merge = unmerging.get(db, current_user, merge_id)
            kept = workers.get(db, current_user, merge.kept_id)
            may = merge.undone_at is None and clock.now() - merge.made_at <= unmerging.WITHIN
            return render_template("workforce/duplicates/undo.html", merge=merge, kept=kept, may_undo=may, since=pairs.told(unmerging.since(db, merge)))
    with transaction() as db:
        done = unmerging.undo(db, current_user, settings().files, merge_id, now=clock.now(), after=current_app.extensions["merging"]["undone"])
        told = _told(db, done)
    _clear_away(done.files)
    return render_template("workforce/duplicates/undone.html", **told)


def _told(db: Session, done: unmerging.Unmerged) -> dict[str, Any]:
    left = [_label(column) if table == "workers" else pairs.told({table: 1})[0] for table, column in done.left]
    return {"kept": done.kept, "again": done.again, "since": pairs.told(done.since), "left": sorted(set(left))}


def _clear_away(places: list[str]) -> None:
    """The old seals of files that were sealed anew; only after the commit."""
    for place in places:
        strongbox.remove(settings().files, place)


def _number(name: str) -> int:
    text = request.form.get(name, "")
    return int(text) if text.isascii() and text.isdigit() else 0


def _label(name: str) -> str:
    form = forms.WorkerForm()
    words = {"languages": _("Languages"), "aliases": _("Other names"), "opted_out_at": _("Asked to stop texting"), "last_heard_at": _("Last heard of")}
    return str(form[name].label.text) if name in form else words.get(name, name.replace("_", " ").capitalize())


def _shown(name: str, value: Any) -> Any:
    if value is None:
        return ""
    if name in _COUNTRIES:
        return countries.name(value)
    known = {"language": forms.LANGUAGES, "sex": forms.SEXES, "preferred_channel": forms.CHANNELS, "blood_group": forms.BLOOD_GROUPS}
    if name in known:
        return dict(known[name]).get(value.upper() if name == "sex" else value, value)
    if name == "languages":
        return ", ".join(str(dict(forms.LANGUAGES).get(one, one)) for one in value)
    return ", ".join(value) if isinstance(value, list) else value
