"""Pages of a roster that goes in: under way, done, what came back, taking it back."""

import contextlib
import uuid
from collections.abc import Callable
from datetime import timedelta

from flask import Response, current_app, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from workforce.core import clock, tenancy
from workforce.core.db import reading, transaction
from workforce.core.web import settings
from workforce.models import Import
from workforce.rosters import imports, mappings, previewing, running, undoing
from workforce.rosters.door import MEDIA_TYPES, PROCESS, bp, here

SILENT_FOR = timedelta(minutes=15)


@bp.route("/<uuid:import_id>/apply", methods=["POST"])
def apply(import_id: uuid.UUID) -> ResponseReturnValue:
    with transaction() as db:
        roster = imports.waiting(db, current_user, import_id)
        header = previewing.header_of(db, settings().files, roster, **here())
        mappings.remember(db, current_user, header, imports.Options.of(roster))
        rows = imports.begin(db, current_user, import_id, by=PROCESS)
    work = _work(import_id)
    if rows > running.LONG_ROWS:
        running.start(import_id, rows, work)
        return redirect(url_for(".progress", import_id=import_id))
    work(None)
    return redirect(url_for(".done", import_id=import_id))


def _work(import_id: uuid.UUID) -> Callable[[Callable[[int], None] | None], None]:
    """The import, fit to run here or in a thread of its own: the request's user, agency and folder go along."""
    app = current_app._get_current_object()  # type: ignore[attr-defined]
    actor, folder, facts = current_user._get_current_object(), settings().files, here()

    def work(tell: Callable[[int], None] | None) -> None:
        with app.app_context(), tenancy.agency(actor.agency_id):
            try:
                with transaction() as db:
                    _outcome, old = imports.carry_out(db, actor, folder, import_id, **facts, tell=tell)
            except BaseException:
                with contextlib.suppress(Exception), transaction() as db:
                    imports.give_up(db, actor, import_id)
                raise
            imports.forget(folder, old)

    return work


@bp.route("/<uuid:import_id>/progress", methods=["GET", "POST"])
def progress(import_id: uuid.UUID) -> ResponseReturnValue:
    """How far a long import is. POST starts over what broke off."""
    with reading() as db:
        roster = imports.get(db, current_user, import_id)
        name = imports.name_of(db, roster)
    if roster.state != "applying":
        return _go(url_for(".preview" if roster.state == "previewed" else ".done", import_id=import_id))
    broken = _broke_off(roster)
    if request.method == "POST" and broken:
        running.forget(import_id)
        with transaction() as db:
            imports.give_up(db, current_user, import_id)
        return redirect(url_for(".preview", import_id=import_id))
    return render_template("workforce/rosters/progress.html", roster=roster, name=name, progress=running.progress_of(import_id), broken=broken)


def _broke_off(roster: Import) -> bool:
    by, since = imports.began(roster)
    if by == PROCESS:
        found = running.progress_of(roster.id)
        return found is None or found.failed
    return settings().on_sqlite or clock.now() - since > SILENT_FOR  # SQLite has one serving process: an earlier one is gone.


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
            return render_template("workforce/rosters/undo.html", roster=roster, name=imports.name_of(db, roster), may_undo=undoing.may_undo(roster, clock.now()))
    with transaction() as db:
        undone = undoing.undo(db, current_user, import_id)
    with reading() as db:
        roster = imports.get(db, current_user, import_id)
        return render_template("workforce/rosters/undone.html", roster=roster, name=imports.name_of(db, roster), undone=undone)
