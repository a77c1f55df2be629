"""Pages of a roster before it goes in: the file, what was understood, the rows with their faults, corrections."""

import re
import uuid
from collections.abc import Callable
from typing import Any

from flask import Response, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from workforce.core import clock, tenancy
from workforce.core.db import reading, transaction
from workforce.core.errors import Invalid, NotFound
from workforce.core.web import settings
from workforce.core.words import _, _n
from workforce.rosters import (
    choosing,
    correcting,
    export_views,
    forms,
    imports,
    looking,
    mapping_views,
    mappings,
    previewing,
    result_views,
    undoing,
)
from workforce.rosters.door import bp, here
from workforce.rosters.looks import SHOWS, Filter, Look
from workforce.rosters.sheets import BadFile

__all__ = ["bp", "export_views", "mapping_views", "result_views"]

_FAULTY = {"faults", "refused", "flagged"}
_CELL = re.compile(r"cell-(\d{1,7})-(\d{1,3})").fullmatch


@bp.route("/", methods=["GET", "POST"])
def start() -> ResponseReturnValue:
    form = forms.RosterForm()
    if not form.validate_on_submit():
        return _start_page(form), 200 if request.method == "GET" else 422
    upload = form.file.data
    try:
        with transaction() as db:
            old = imports.forget_old(db, current_user, clock.now())
            data, name = upload.read(), upload.filename or ""
            options = mappings.only_hope(db, current_user, data, name)
            roster = imports.hand_in(db, current_user, settings().files, data, name, **here(), options=options)
            import_id, guessed = roster.id, imports.is_guessed(roster)
    except BadFile as problem:
        form.file.errors = [str(problem)]
        return _start_page(form), 422
    imports.forget(settings().files, old)
    return redirect(url_for(".columns" if guessed else ".preview", import_id=import_id))


def _start_page(form: forms.RosterForm) -> str:
    with reading() as db:
        earlier = [(roster, imports.name_of(db, roster)) for roster in imports.listing(db, current_user)]
        now = clock.now()
        may_undo = {roster.id for roster, _name in earlier if undoing.may_undo(roster, now)}
        return render_template("workforce/rosters/start.html", form=form, earlier=earlier, may_undo=may_undo)


# --- a look -------------------------------------------------------------------------------------------------------------


def _seen(import_id: uuid.UUID) -> Look | bytes:
    """What a look at the file sees, or the digest of one that is under way in a thread of its own."""
    with reading() as db:
        roster = imports.waiting(db, current_user, import_id)
        wanted = previewing.made_with(db, roster, **here())
        image = imports.kept_look(db, settings().files, roster, wanted)
        rows = int(roster.counts.get("rows", 0))
        if image is None and rows > looking.LONG_ROWS and "check" not in request.args:
            # Each corrected cell would be a long look. They are gathered, and looked at together when somebody says so.
            older = previewing.last_look(db, settings().files, roster, **here())
            if older is not None:
                return older
    if image is None and rows > looking.LONG_ROWS:
        looking.start(import_id, wanted, rows, _look_work(import_id, wanted))
        return wanted
    if image is None:
        image = _look(import_id, wanted, None)
    return Look(image)


def _look(import_id: uuid.UUID, wanted: bytes, tell: Callable[[int], None] | None) -> bytes:
    """Look, and keep what was seen. The long part holds no write lock."""
    folder = settings().files
    with reading() as db:
        image = previewing.look(db, current_user, folder, import_id, **here(), tell=tell)
    with transaction() as db:
        old = imports.keep_look(db, current_user, folder, import_id, image, wanted)
    imports.forget(folder, [old])
    return image


def _look_work(import_id: uuid.UUID, wanted: bytes) -> Callable[[Callable[[int], None]], None]:
    app = current_app._get_current_object()  # type: ignore[attr-defined]
    actor, folder, facts = current_user._get_current_object(), settings().files, here()

    def work(tell: Callable[[int], None]) -> None:
        with app.app_context(), tenancy.agency(actor.agency_id):
            with reading() as db:
                image = previewing.look(db, actor, folder, import_id, **facts, tell=tell)
            with transaction() as db:
                old = imports.keep_look(db, actor, folder, import_id, image, wanted)
            imports.forget(folder, [old])

    return work


def _under_way(import_id: uuid.UUID, wanted: bytes) -> ResponseReturnValue:
    with reading() as db:
        name = imports.name_of(db, imports.waiting(db, current_user, import_id))
    progress = looking.progress_of(import_id, wanted)
    if progress is not None and progress.failed:
        looking.forget(import_id, wanted)
    if progress is None and "HX-Request" in request.headers:
        return _arrived()
    back = request.full_path.rstrip("?")
    return render_template("workforce/rosters/looking.html", import_id=import_id, name=name, progress=progress, this_page=back)


def _arrived() -> ResponseReturnValue:
    """The page of a look under way asks for its bar, and there is none any more: the whole page, please."""
    return Response(status=204, headers={"HX-Redirect": request.full_path.rstrip("?")})


# --- the pages ----------------------------------------------------------------------------------------------------------


@bp.route("/<uuid:import_id>", methods=["GET", "POST"])
def preview(import_id: uuid.UUID) -> ResponseReturnValue:
    """The rows, with what is wrong beside each cell. POST takes what a person chose."""
    if request.method == "POST":
        _choose(import_id)
        return redirect(_back(import_id))
    if elsewhere := _elsewhere(import_id):
        return elsewhere
    seen = _seen(import_id)
    if isinstance(seen, bytes):
        return _under_way(import_id, seen)
    if request.headers.get("HX-Target") == "progress":
        return _arrived()
    wanted = _filter()
    with reading() as db:
        shown = previewing.preview(db, current_user, import_id, seen)
        before = None if shown.chosen else mappings.remembered(db, current_user, shown.header)
    page = seen.page(wanted, after=_number("after"), before=_number("before"))
    if wanted.show in _FAULTY or wanted.column or wanted.reason:
        shown = previewing.faults_first(shown, page)
    rows = previewing.lines(shown, seen, page)
    return render_template(
        "workforce/rosters/preview.html", shown=shown, page_of=page, rows=rows, wanted=wanted, link=_link(import_id, wanted),
        fields=forms.FIELDS, countries=forms.country_choices(), before=before,
    )  # fmt: skip


@bp.route("/<uuid:import_id>/columns")
def columns(import_id: uuid.UUID) -> ResponseReturnValue:
    """What was understood of the file: sheet, row of headings, every column with a sample, and a way to change each."""
    if elsewhere := _elsewhere(import_id):
        return elsewhere
    seen = _seen(import_id)
    if isinstance(seen, bytes):
        return _under_way(import_id, seen)
    if request.headers.get("HX-Target") == "progress":
        return _arrived()
    with reading() as db:
        shown = previewing.preview(db, current_user, import_id, seen)
        header = shown.header
        before = mappings.remembered(db, current_user, header)
        offered = [(one, mappings.fits(mappings.rules(db, one), header)) for one in mappings.named(db, current_user)]
    return render_template(
        "workforce/rosters/columns.html", shown=shown, fields=forms.FIELDS, countries=forms.country_choices(), before=before, offered=offered
    )


def _elsewhere(import_id: uuid.UUID) -> ResponseReturnValue | None:
    """Where an import is looked at that waits no longer."""
    with reading() as db:
        state = imports.get(db, current_user, import_id).state
    if state == "previewed":
        return None
    return redirect(url_for(".progress" if state in imports.UNDER_WAY else ".done", import_id=import_id))


def _choose(import_id: uuid.UUID) -> None:
    with reading() as db:
        roster = imports.waiting(db, current_user, import_id)
        before = imports.Options.of(roster)
        chosen = forms.chosen(request.form, previewing.header_of(db, settings().files, roster, **here()), before)
        try:
            choosing.check_choice(db, settings().files, roster, before, chosen, **here())
        except BadFile as problem:
            flash(str(problem), "error")
            return
    with transaction() as db:
        choosing.choose(db, current_user, import_id, chosen)


def _back(import_id: uuid.UUID) -> str:
    """To the page that the choices were made on, with the same rows."""
    if request.form.get("page") == "columns":
        return url_for(".columns", import_id=import_id)
    if request.form.get("page", "").isdigit():
        return _link(import_id, _filter())(".row", row_number=int(request.form["page"][:7]), after=_number("after"), before=_number("before"))
    return _link(import_id, _filter())(after=_number("after"), before=_number("before"))


def _filter() -> Filter:
    show = request.values.get("show", "all")
    column = request.values.get("column", "")[:4]
    return Filter(show if show in SHOWS else "all", column, request.values.get("reason", "")[:200])


def _number(name: str) -> int | None:
    text = request.values.get(name, "")
    return int(text) if text.isdigit() and len(text) < 8 else None


def _link(import_id: uuid.UUID, wanted: Filter) -> Callable[..., str]:
    def link(page: str = ".preview", **changed: Any) -> str:
        return url_for(page, import_id=import_id, **_kept(wanted) | changed)

    return link


def _kept(wanted: Filter) -> dict[str, str | None]:
    return {"show": wanted.show if wanted.show != "all" else None, "column": wanted.column or None, "reason": wanted.reason or None}


@bp.route("/<uuid:import_id>/rows/<int:row_number>")
def row(import_id: uuid.UUID, row_number: int) -> ResponseReturnValue:
    """One row by itself, every cell of it to be corrected: also one that was accepted and is wrong."""
    if elsewhere := _elsewhere(import_id):
        return elsewhere
    seen = _seen(import_id)
    if isinstance(seen, bytes):
        return _under_way(import_id, seen)
    if request.headers.get("HX-Target") == "progress":
        return _arrived()
    with reading() as db:
        shown = previewing.preview(db, current_user, import_id, seen)
    rows = previewing.lines(shown, seen, seen.row(row_number))
    if not rows:
        raise NotFound(_("The import reads no such row."))
    return render_template(
        "workforce/rosters/row.html", shown=shown, line=rows[0], wanted=_filter(), link=_link(import_id, _filter()), fields=forms.FIELDS
    )


@bp.route("/<uuid:import_id>/correct", methods=["POST"])
def correct(import_id: uuid.UUID) -> ResponseReturnValue:
    """Cells typed anew: what differs from what stands there is kept; `back` takes one correction back."""
    with reading() as db:
        roster = imports.waiting(db, current_user, import_id)
        seen: Look | bytes | None = previewing.last_look(db, settings().files, roster, **here(), lasts=imports.FORGET_AFTER)
    seen = seen or _seen(import_id)
    if isinstance(seen, bytes):
        flash(_("The file is read again first. Then correct the cell."), "warn")
        return redirect(_back(import_id))
    typed = _typed(seen)
    back = _CELL(request.form.get("back", ""))
    try:
        with transaction() as db:
            roster = imports.waiting(db, current_user, import_id, lock=True)
            if back:
                correcting.put_back(db, current_user, roster, row=int(back[1]), column=int(back[2]))
            else:
                for row, column, text in typed:
                    correcting.correct(db, current_user, roster, row=row, column=column, text=text)
    except Invalid as problem:
        flash(str(problem), "error")
    else:
        if typed and not back:
            flash(_n("%(num)d cell is corrected.", "%(num)d cells are corrected.", len(typed)), "success")
    return redirect(_back(import_id))


def _typed(seen: Look) -> list[tuple[int, int, str]]:
    """Row, column and text of the cells that say something else than what stands there."""
    fields = {match: text for name, text in request.form.items() if (match := _CELL(name))}
    held = seen.cells({int(match[1]) for match in fields})
    found = []
    for match, text in fields.items():
        row, column, said = int(match[1]), int(match[2]), " ".join(text.split())
        stands = seen.unchecked.get((row, column), held[row][column] if column < len(held.get(row, [])) else "")
        if row in held and column < previewing.MOST_COLUMNS and said != " ".join(stands.split()):
            found.append((row, column, said))
    return found


@bp.errorhandler(BadFile)
def cannot_be_read(problem: BadFile) -> ResponseReturnValue:
    """A waiting file that cannot be read as it was chosen: the way back."""
    import_id = (request.view_args or {}).get("import_id")
    return render_template("workforce/rosters/cannot.html", problem=str(problem), import_id=import_id), 422


@bp.route("/<uuid:import_id>/start-over", methods=["POST"])
def start_over(import_id: uuid.UUID) -> ResponseReturnValue:
    """Forget what was chosen for a file: it is read as on the first day."""
    with transaction() as db:
        choosing.choose(db, current_user, import_id, imports.first_options(db, settings().files, imports.waiting(db, current_user, import_id), **here()))
    return redirect(url_for(".columns", import_id=import_id))


@bp.route("/<uuid:import_id>/throw-away", methods=["POST"])
def throw_away(import_id: uuid.UUID) -> ResponseReturnValue:
    with transaction() as db:
        places = imports.throw_away(db, current_user, import_id)
    imports.forget(settings().files, places)
    flash(_("The file is thrown away. Nothing was saved."))
    return redirect(url_for(".start"))
