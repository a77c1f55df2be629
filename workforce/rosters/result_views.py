"""Pages of a roster that goes in: under way, done, what came back, taking it back."""

import uuid
from collections.abc import Callable
from typing import Any

from flask import Response, current_app, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from workforce.core import clock, tenancy
from workforce.core.db import reading, transaction
from workforce.core.web import settings
from workforce.rosters import carrying, foreseeing, forms, imports, mappings, previewing, running, undoing
from workforce.rosters.door import MEDIA_TYPES, bp, here


@bp.route("/<uuid:import_id>/apply", methods=["POST"])
def apply(import_id: uuid.UUID) -> ResponseReturnValue:
    facts = here()
    with transaction() as db:
        roster = imports.waiting(db, current_user, import_id)
        header = previewing.header_of(db, settings().files, roster, **facts)
        mappings.remember(db, current_user, header, imports.Options.of(roster))
        rows = imports.begin(db, current_user, import_id, today=facts["today"])
    work = _work(import_id, facts)
    if rows > running.LONG_ROWS:
        running.start(import_id, rows, work)
        return redirect(url_for(".progress", import_id=import_id))
    work(None)
    return redirect(url_for(".done", import_id=import_id))


def _work(import_id: uuid.UUID, facts: dict[str, Any]) -> Callable[[Callable[[int], None] | None], None]:
    """The import, fit to run here or in a thread of its own: the request's user, agency and folder go along."""
    app = current_app._get_current_object()  # type: ignore[attr-defined]
    actor, folder = current_user._get_current_object(), settings().files

    def work(tell: Callable[[int], None] | None) -> None:
        with app.app_context(), tenancy.agency(actor.agency_id):
            carrying.carry_out(actor, folder, import_id, **facts, tell=tell, gentle=tell is not None)

    return work


@bp.route("/<uuid:import_id>/progress", methods=["GET", "POST"])
def progress(import_id: uuid.UUID) -> ResponseReturnValue:
    """How far a long import is. POST goes on with what broke off."""
    with reading() as db:
        roster = imports.get(db, current_user, import_id)
        name = imports.name_of(db, roster)
    if roster.state != "applying":
        return _go(url_for(".preview" if roster.state == "previewed" else ".done", import_id=import_id))
    broken = imports.has_broken_off(roster)
    if request.method == "POST" and broken:
        with transaction() as db:
            facts = here() | {"today": imports.day_of(imports.take_over(db, current_user, import_id))}
        running.start(import_id, int(roster.counts.get("rows", 0)), _work(import_id, facts))
        return redirect(url_for(".progress", import_id=import_id))
    progress = running.progress_of(import_id) or running.Progress(int(roster.counts.get("rows", 0)), int(roster.options.get("done", 0)))
    left = running.seconds_left(progress, clock.now() - (roster.applied_at or clock.now()))
    return render_template("workforce/rosters/progress.html", roster=roster, name=name, progress=progress, broken=broken, seconds_left=left)


def _go(url: str) -> ResponseReturnValue:
    if "HX-Request" in request.headers:
        return Response(status=204, headers={"HX-Redirect": url})
    return redirect(url)


@bp.route("/<uuid:import_id>/done")
def done(import_id: uuid.UUID) -> ResponseReturnValue:
    with reading() as db:
        roster = imports.get(db, current_user, import_id)
        if roster.state in {"previewed", "applying"}:
            return redirect(url_for(".preview", import_id=import_id))
        name = imports.name_of(db, roster)
        return render_template("workforce/rosters/done.html", roster=roster, name=name, may_undo=undoing.may_undo(roster, clock.now()))


@bp.route("/<uuid:import_id>/rejects")
def rejects(import_id: uuid.UUID) -> ResponseReturnValue:
    """The rows that came back, as CSV, or as XLSX with `?format=xlsx`."""
    file_format = "xlsx" if request.args.get("format") == "xlsx" else "csv"
    with transaction() as db:
        data = imports.rejects_of(db, current_user, settings().files, import_id, file_format=file_format)
    heading = {"Content-Disposition": f'attachment; filename="rejects.{file_format}"'}
    return Response(data, mimetype=MEDIA_TYPES[file_format], headers=heading)


@bp.route("/<uuid:import_id>/undo", methods=["GET", "POST"])
def undo(import_id: uuid.UUID) -> ResponseReturnValue:
    if request.method == "GET":
        with reading() as db:
            roster = imports.get(db, current_user, import_id)
            if roster.state != "applied":
                return redirect(url_for(".preview" if roster.state in {"previewed", "applying"} else ".done", import_id=import_id))
            may_undo = undoing.may_undo(roster, clock.now())
            seen = foreseeing.foresee(db, current_user, import_id) if may_undo else None
            return render_template("workforce/rosters/undo.html", roster=roster, name=imports.name_of(db, roster), seen=seen, fields=forms.FIELDS)
    with transaction() as db:
        undone = undoing.undo(db, current_user, import_id)
    with reading() as db:
        roster = imports.get(db, current_user, import_id)
        return render_template("workforce/rosters/undone.html", roster=roster, name=imports.name_of(db, roster), undone=undone)
