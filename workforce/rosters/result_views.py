"""Pages of a roster that goes in: under way, done, what came back, taking it back."""

import uuid
from collections.abc import Callable
from datetime import datetime
from typing import Any

from flask import Response, current_app, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from workforce.core import clock, tenancy
from workforce.core.db import reading, transaction
from workforce.core.web import settings
from workforce.core.words import _
from workforce.rosters import carrying, foreseeing, forms, imports, mappings, previewing, running, taking_back, undoing
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
    """How far a long import is, in or back out. POST goes on with what broke off."""
    with reading() as db:
        roster = imports.get(db, current_user, import_id)
        name = imports.name_of(db, roster)
    if roster.state not in imports.UNDER_WAY:
        return _go(url_for(".preview" if roster.state == "previewed" else ".done", import_id=import_id))
    broken, back = imports.has_broken_off(roster), undoing.told(roster)
    if request.method == "POST" and broken:
        return _go_on(import_id)
    total, done = (back["total"], back["done"]) if roster.state == "undoing" else (roster.counts.get("rows", 0), roster.options.get("done", 0))
    progress = running.progress_of(import_id) or running.Progress(int(total), int(done))
    since = datetime.fromisoformat(back["begun"]) if back.get("begun") else roster.applied_at
    left = running.seconds_left(progress, clock.now() - (since or clock.now()))
    return render_template("workforce/rosters/progress.html", roster=roster, name=name, progress=progress, broken=broken, seconds_left=left)


def _go_on(import_id: uuid.UUID) -> ResponseReturnValue:
    with transaction() as db:
        roster = imports.take_over(db, current_user, import_id)
        is_undo, facts = roster.state == "undoing", here() | {"today": imports.day_of(roster)}
        total = int(undoing.told(roster)["total"] if is_undo else roster.counts.get("rows", 0))
    running.start(import_id, total, _undo_work(import_id) if is_undo else _work(import_id, facts))
    return redirect(url_for(".progress", import_id=import_id))


def _go(url: str) -> ResponseReturnValue:
    if "HX-Request" in request.headers:
        return Response(status=204, headers={"HX-Redirect": url})
    return redirect(url)


@bp.route("/<uuid:import_id>/done")
def done(import_id: uuid.UUID) -> ResponseReturnValue:
    """What became of an import, and of taking it back."""
    with reading() as db:
        roster = imports.get(db, current_user, import_id)
        if roster.state == "previewed" or roster.state in imports.UNDER_WAY:
            return redirect(url_for(".preview", import_id=import_id))
        undone = undoing.outcome(db, current_user, import_id) if roster.state == "undone" else None
        return render_template(
            "workforce/rosters/done.html", roster=roster, name=imports.name_of(db, roster), undone=undone, may_undo=undoing.may_undo(roster, clock.now())
        )


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
    """What taking an import back would do, in numbers. POST does it, once the number of workers is typed."""
    with reading() as db:
        roster = imports.get(db, current_user, import_id)
        if roster.state != "applied" and not undoing.may_undo(roster, clock.now()):
            return redirect(url_for(".preview" if roster.state == "previewed" else ".done", import_id=import_id))
    if request.method == "GET":
        return _undo_page(import_id, "")
    if wrong := _not_confirmed(import_id):
        return _undo_page(import_id, wrong), 422
    with transaction() as db:
        workers = taking_back.start(db, current_user, import_id)
    if workers > running.LONG_ROWS:
        running.start(import_id, workers, _undo_work(import_id))
        return redirect(url_for(".progress", import_id=import_id))
    _undo_work(import_id)(None)
    return redirect(url_for(".done", import_id=import_id))


def _not_confirmed(import_id: uuid.UUID) -> str:
    """What to say where the number of workers was not typed as it was shown."""
    typed, asked = request.form.get("typed", "").strip(), request.form.get("asked", "")
    if asked.isdigit():
        return "" if typed == asked else _("Type %(num)s, the number of workers that change.", num=asked)
    with reading() as db:
        seen = foreseeing.foresee(db, current_user, import_id)
    return _("Type the number of workers that change.") if seen.removed or seen.restored else ""


def _undo_page(import_id: uuid.UUID, wrong: str) -> str:
    with reading() as db:
        roster = imports.get(db, current_user, import_id)
        seen = foreseeing.foresee(db, current_user, import_id) if undoing.may_undo(roster, clock.now()) else None
        return render_template(
            "workforce/rosters/undo.html", roster=roster, name=imports.name_of(db, roster), seen=seen, fields=forms.FIELDS, wrong=wrong
        )


def _undo_work(import_id: uuid.UUID) -> Callable[[Callable[[int], None] | None], None]:
    app = current_app._get_current_object()  # type: ignore[attr-defined]
    actor, folder = current_user._get_current_object(), settings().files

    def work(tell: Callable[[int], None] | None) -> None:
        with app.app_context(), tenancy.agency(actor.agency_id):
            taking_back.carry_out(actor, folder, import_id, tell=tell, gentle=tell is not None)

    return work
