"""What workers ask to have changed: the list, one request with old beside new, and a person's yes or no."""

import io
import uuid

from flask import Blueprint, flash, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user
from sqlalchemy.orm import Session

from messaging.models import Proposal
from messaging.proposals import deciding, proposals
from workforce import countries
from workforce.core import audit, clock, db, strongbox, vault, web
from workforce.core.db import reading, transaction
from workforce.core.errors import Conflict, Invalid, NotAllowed, NotFound
from workforce.core.guard import require_staff
from workforce.core.words import _
from workforce.papers import files
from workforce.people import phones, workers

bp = Blueprint("proposals", __name__, url_prefix="/requests")
bp.before_request(require_staff)


@bp.route("/")
def index() -> ResponseReturnValue:
    """Everything that waits for a yes or a no."""
    state = "done" if request.args.get("show") == "done" else "open"
    with reading() as session:
        found = proposals.listing(session, current_user, state=state)
        vault.prefetch(session, {one.worker_id for one in found if one.worker_id})
        rows = [(one, deciding.title(one), _short(session, one)) for one in found]
        chips = [
            {"label": _("To decide"), "url": url_for(".index"), "on": state == "open", "count": proposals.count(session, current_user)},
            {"label": _("Decided"), "url": url_for(".index", show="done"), "on": state == "done", "count": None},
        ]  # fmt: skip
        return render_template("messaging/proposals/index.html", rows=rows, chips=chips, state=state)


@bp.route("/of/<uuid:worker_id>")
def worker_panel(worker_id: uuid.UUID) -> ResponseReturnValue:
    """What waits about one worker: a part of their page, empty when nothing does."""
    with reading() as session:
        workers.get(session, current_user, worker_id)
        found = [(one, deciding.title(one)) for one in proposals.of_worker(session, current_user, worker_id)]
        return render_template("messaging/proposals/_panel.html", found=found)


@bp.route("/<uuid:proposal_id>")
def show(proposal_id: uuid.UUID) -> ResponseReturnValue:
    return _show_page(proposal_id)


@bp.route("/<uuid:proposal_id>/photograph")
def photograph(proposal_id: uuid.UUID) -> ResponseReturnValue:
    """The picture that waits. Its audit line is committed before a byte leaves."""
    with transaction() as session:
        proposal = proposals.get(session, current_user, proposal_id)
        if not proposal.place:
            raise NotFound(_("There is no photograph."))
        audit.record(session, current_user, "file.view", proposal)
    with reading() as session:
        clear, media_type = proposals.photo(
            session, current_user, proposals.get(session, current_user, proposal_id), web.settings().files
        )
    inline = media_type in files.IMAGES
    answer = send_file(
        io.BytesIO(clear), mimetype=media_type, as_attachment=not inline, max_age=0,
        download_name=f"{proposal_id.hex[:8]}.{files.ENDINGS[media_type]}",
    )  # fmt: skip
    answer.headers["Content-Security-Policy"] = "sandbox; default-src 'none'"
    return answer


@bp.post("/<uuid:proposal_id>/confirm")
def confirm(proposal_id: uuid.UUID) -> ResponseReturnValue:
    """Do it: the record changes in the name of who pressed."""
    try:
        with transaction() as session:
            done = deciding.confirm(
                session, current_user, proposal_id, answers=request.form, folder=web.settings().files, at=clock.now(),
                today=clock.today_in(current_user.agency.zone),
            )  # fmt: skip
    except (Invalid, Conflict, NotAllowed) as problem:
        return _show_page(proposal_id, error=str(problem)), 409 if isinstance(problem, Conflict) else 422
    for place in done.places:
        strongbox.remove(web.settings().files, place)
    if done.worker_id is None:
        db.fold_in_log()
        flash(_("Everything about this person is erased."), "done")
        return redirect(url_for(".index"))
    flash(_("Done. The record says so now."), "done")
    return redirect(url_for("people.show", worker_id=done.worker_id))


@bp.post("/<uuid:proposal_id>/refuse")
def refuse(proposal_id: uuid.UUID) -> ResponseReturnValue:
    """Say no, and why; nothing changes."""
    note = request.form.get("note", "")
    try:
        with transaction() as session:
            _proposal, place = proposals.refuse(session, current_user, proposal_id, note=note, at=clock.now())
    except Invalid as problem:
        return _show_page(proposal_id, refusal=str(problem)), 422
    except Conflict as problem:
        return _show_page(proposal_id, error=str(problem)), 409
    if place:
        strongbox.remove(web.settings().files, place)
    flash(_("Refused. Nothing was changed."), "done")
    return redirect(url_for(".index"))


def _show_page(proposal_id: uuid.UUID, *, error: str = "", refusal: str = "") -> str:
    with reading() as session:
        one = proposals.get(session, current_user, proposal_id)
        return render_template(
            "messaging/proposals/show.html",
            proposal=one,
            title=deciding.title(one),
            changes=deciding.changes(session, current_user, one),
            number=phones.masked(vault.reveal(session, one, "number")),
            note=vault.reveal(session, one, "note") or "",
            matches=deciding.matches(session, current_user, one),
            countries=[(code, countries.name(code)) for code in countries.all_codes()] if one.kind == "join" else [],
            is_picture=one.media_type in files.IMAGES,
            may_erase=current_user.role in deciding.ERASERS,
            error=error,
            refusal=refusal,
            asked=request.form,
        )


def _short(session: Session, one: Proposal) -> str:
    """A line for the list: the facts that would change, without their values."""
    return ", ".join(change.label for change in deciding.changes(session, current_user, one))
