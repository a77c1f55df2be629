"""Pages of mappings: the list, giving and taking files, and using or keeping one for a file that waits."""

import uuid

from flask import Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user
from werkzeug.utils import secure_filename

from workforce.core.db import reading, transaction
from workforce.core.errors import Conflict, Invalid
from workforce.core.web import settings
from workforce.core.words import _
from workforce.rosters import choosing, forms, imports, mappings, previewing
from workforce.rosters.door import bp, here


@bp.route("/mappings/", methods=["GET", "POST"])
def mapping_list() -> ResponseReturnValue:
    """The agency's named mappings. POST takes one from a file."""
    form = forms.MappingForm()
    if not form.validate_on_submit():
        return _list_page(form), 200 if request.method == "GET" else 422
    try:
        name, rules, unknown = mappings.from_file(form.file.data.read(mappings.LARGEST_BYTES + 1))
        with transaction() as db:
            kept = mappings.save(db, current_user, form.name.data or name, rules)
    except (Invalid, Conflict) as problem:
        form.file.errors = [str(problem)]
        return _list_page(form), 422
    flash(_("“%(name)s” is kept.", name=kept.name), "success")
    if unknown:
        flash(_("Not known here and left out: %(these)s.", these=", ".join(unknown[:20])), "warn")
    return redirect(url_for(".mapping_list"))


def _list_page(form: forms.MappingForm, wrong: tuple[uuid.UUID, str, str] | None = None) -> str:
    with reading() as db:
        kept = [(one, mappings.rules(db, one)) for one in mappings.named(db, current_user)]
        return render_template("workforce/rosters/mappings.html", form=form, kept=kept, fields=forms.FIELDS, wrong=wrong)


@bp.route("/mappings/<uuid:mapping_id>/file")
def mapping_file(mapping_id: uuid.UUID) -> ResponseReturnValue:
    with reading() as db:
        name, data = mappings.as_file(db, current_user, mapping_id)
    file_name = secure_filename(name) or "mapping"
    return Response(data, mimetype="application/json", headers={"Content-Disposition": f'attachment; filename="{file_name}.json"'})


@bp.route("/mappings/<uuid:mapping_id>/rename", methods=["POST"])
def mapping_rename(mapping_id: uuid.UUID) -> ResponseReturnValue:
    name = request.form.get("name", "")
    try:
        with transaction() as db:
            mappings.rename(db, current_user, mapping_id, name)
    except (Invalid, Conflict) as problem:
        return _list_page(forms.MappingForm(formdata=None), (mapping_id, name, str(problem))), 422
    flash(_("Renamed."), "success")
    return redirect(url_for(".mapping_list"))


@bp.route("/mappings/<uuid:mapping_id>/remove", methods=["POST"])
def mapping_remove(mapping_id: uuid.UUID) -> ResponseReturnValue:
    with transaction() as db:
        mappings.remove(db, current_user, mapping_id)
    flash(_("The mapping is forgotten. No worker is changed."), "success")
    return redirect((request.form.get("back") == "columns" and _columns(request.form.get("of", ""))) or url_for(".mapping_list"))


def _columns(import_id: str) -> str:
    try:
        return url_for(".columns", import_id=uuid.UUID(import_id))
    except ValueError:
        return ""


@bp.route("/<uuid:import_id>/mapping", methods=["POST"])
def use_mapping(import_id: uuid.UUID) -> ResponseReturnValue:
    """Read a waiting file by a mapping."""
    with transaction() as db:
        roster = imports.waiting(db, current_user, import_id, lock=True)
        try:
            kept = mappings.get(db, current_user, uuid.UUID(request.form.get("use", "")))
        except ValueError:
            flash(_("Choose a mapping first."), "error")
            return redirect(url_for(".columns", import_id=import_id))
        header = previewing.header_of(db, settings().files, roster, **here())
        choosing.choose(db, current_user, import_id, mappings.used(db, current_user, roster, kept, header))
    return redirect(url_for(".columns", import_id=import_id))


@bp.route("/<uuid:import_id>/mapping/save", methods=["POST"])
def save_mapping(import_id: uuid.UUID) -> ResponseReturnValue:
    """Keep what a waiting file's columns hold under a name."""
    try:
        with transaction() as db:
            roster = imports.waiting(db, current_user, import_id)
            header = previewing.header_of(db, settings().files, roster, **here())
            kept = mappings.save(db, current_user, request.form.get("name", ""), mappings.rules_of(header, imports.Options.of(roster)))
    except (Invalid, Conflict) as problem:
        flash(str(problem), "error")
    else:
        flash(_("“%(name)s” is kept. It can be used for the next such list, and given to others as a file.", name=kept.name), "success")
    return redirect(url_for(".columns", import_id=import_id))
