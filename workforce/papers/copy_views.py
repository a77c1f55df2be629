"""The sealed copies: handed in, looked at, taken away, removed. Nothing is released before its audit line is committed."""

import io
import secrets
import uuid

from flask import Response, flash, redirect, render_template, send_file, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from workforce import consents, countries
from workforce.core import clock, strongbox, vault, web
from workforce.core.db import reading, transaction
from workforce.core.errors import Conflict, Invalid, NotFound
from workforce.core.words import _
from workforce.papers import documents, files, forms
from workforce.papers.door import bp
from workforce.people.forms import show_at


@bp.post("/<uuid:document_id>/versions/<uuid:version_id>/copy")
def upload(document_id: uuid.UUID, version_id: uuid.UUID) -> ResponseReturnValue:
    form = forms.FileForm()
    folder = web.settings().files
    written, replaced = "", ""
    if form.validate():
        clear, name = form.file.data.read(files.LARGEST_BYTES + 1), form.file.data.filename or ""
        try:
            with transaction() as db:
                paper = documents.get(db, current_user, document_id)
                if form.agreed.data and consents.live(db, paper.worker, "backup") is None:
                    consents.give(db, current_user, paper.worker, "backup", channel="in_person")
                row, replaced = files.keep(db, current_user, folder, document_id, version_id, clear=clear, name=name)
                written = row.place
        except Invalid as problem:
            show_at(form, problem)
        except Conflict as problem:
            form.agreed.errors = [str(problem)]
        except Exception:
            strongbox.remove(folder, written) if written else None
            raise
        else:
            strongbox.remove(folder, replaced) if replaced else None
            flash(_("The copy is sealed and kept."), "done")
            return redirect(url_for(".show", document_id=document_id))
    return _paper_page(document_id, version_id, form), 422


@bp.route("/<uuid:document_id>/versions/<uuid:version_id>/view")
def view(document_id: uuid.UUID, version_id: uuid.UUID) -> ResponseReturnValue:
    """A page of ours around the picture. The picture's own address writes the audit line."""
    with reading() as db:
        paper = documents.get(db, current_user, document_id)
        issue = documents.version_of(paper, version_id)
        if issue.file is None:
            raise NotFound(_("There is no copy of this paper."))
        return render_template(
            "workforce/papers/view.html",
            paper=paper,
            worker=paper.worker,
            issue=issue,
            is_picture=issue.file.media_type in files.IMAGES,
        )


@bp.route("/<uuid:document_id>/versions/<uuid:version_id>/picture")
def picture(document_id: uuid.UUID, version_id: uuid.UUID) -> ResponseReturnValue:
    """The picture itself, for the page around it. A PDF is never shown inline."""
    clear, media_type = _released(document_id, version_id, "file.view")
    if media_type not in files.IMAGES:
        raise NotFound(_("There is no picture of this paper."))
    return _safe(send_file(io.BytesIO(clear), mimetype=media_type, max_age=0))


@bp.route("/<uuid:document_id>/versions/<uuid:version_id>/download")
def download(document_id: uuid.UUID, version_id: uuid.UUID) -> ResponseReturnValue:
    clear, media_type = _released(document_id, version_id, "file.download")
    name = f"{secrets.token_hex(8)}.{files.ENDINGS[media_type]}"  # No name of a person in a download folder.
    return _safe(send_file(io.BytesIO(clear), mimetype=media_type, as_attachment=True, download_name=name, max_age=0))


@bp.post("/<uuid:document_id>/versions/<uuid:version_id>/copy/remove")
def remove_copy(document_id: uuid.UUID, version_id: uuid.UUID) -> ResponseReturnValue:
    with transaction() as db:
        place = files.forget(db, current_user, document_id, version_id)
    strongbox.remove(web.settings().files, place)
    flash(_("The copy is removed."), "done")
    return redirect(url_for(".show", document_id=document_id))


def _released(document_id: uuid.UUID, version_id: uuid.UUID, action: str) -> tuple[bytes, str]:
    with transaction() as db:
        files.note_release(db, current_user, document_id, version_id, action)
    with reading() as db:
        return files.read(db, current_user, web.settings().files, document_id, version_id)


def _safe(answer: Response) -> Response:
    answer.headers["Content-Security-Policy"] = "sandbox; default-src 'none'"
    answer.headers["X-Content-Type-Options"] = "nosniff"
    return answer


def _paper_page(document_id: uuid.UUID, version_id: uuid.UUID, form: forms.FileForm) -> str:
    with reading() as db:
        paper = documents.get(db, current_user, document_id)
        documents.version_of(paper, version_id)
        masked = [(issue, documents.masked(vault.reveal(db, issue, "paper_number"))) for issue in paper.versions]
        facts = {
            "versions": masked,
            "agreed": consents.live(db, paper.worker, "backup"),
            "renew_by": documents.renew_by(paper),
            "country": countries.name,
        }
        return render_template(
            "workforce/papers/show.html",
            paper=paper,
            worker=paper.worker,
            form=form,
            today=clock.today_in(current_user.agency.zone),
            **facts,
        )
