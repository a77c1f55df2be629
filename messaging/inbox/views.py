"""The inbox: what workers wrote, HELP on top."""

import uuid

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from messaging.inbox import threads
from messaging.outbox import letters
from messaging.outbox import worker as delivery_worker
from workforce.core import clock, vault
from workforce.core.db import reading, transaction
from workforce.core.errors import Invalid
from workforce.core.guard import require_staff
from workforce.core.words import _, _n
from workforce.people import listing, phones

bp = Blueprint("inbox", __name__, url_prefix="/inbox")
bp.before_request(require_staff)
KINDS = ("open", "all", "unknown")


@bp.route("/")
def index() -> ResponseReturnValue:
    """All threads, what waits for a person first."""
    which = request.args.get("show", "open")
    which = which if which in KINDS else "open"
    with reading() as db:
        found = threads.listing(db, current_user, which)
        chips = [
            {"label": words, "url": url_for(".index", show=kind), "on": which == kind, "count": None}
            for kind, words in ((KINDS[0], _("To answer")), (KINDS[1], _("All")), (KINDS[2], _("Unknown numbers")))
        ]
        page = "messaging/inbox/_list.html" if "HX-Request" in request.headers else "messaging/inbox/index.html"
        return render_template(
            page, threads=found, chips=chips, which=which, open_count=threads.unhandled(db, current_user)
        )


@bp.route("/badge")
def badge() -> ResponseReturnValue:
    """How many texts wait for a person; nothing when none does."""
    with reading() as db:
        return str(threads.unhandled(db, current_user) or "")


@bp.route("/<uuid:message_id>")
def show(message_id: uuid.UUID) -> ResponseReturnValue:
    return _thread_page(message_id)


@bp.post("/<uuid:message_id>/reply")
def reply(message_id: uuid.UUID) -> ResponseReturnValue:
    body = request.form.get("body", "")
    try:
        with transaction() as db:
            made = threads.reply(db, current_user, threads.get(db, current_user, message_id), body, clock.now())
    except Invalid as problem:
        return _thread_page(message_id, body=body, error=str(problem)), 422
    delivery_worker.wake()
    if made.state == "suppressed":
        flash(_("The text stays here: this person asked us to stop texting. Call instead."), "warn")
    else:
        flash(_("Your answer is on its way."))
    return redirect(url_for(".show", message_id=message_id))


@bp.post("/<uuid:message_id>/handled")
def handled(message_id: uuid.UUID) -> ResponseReturnValue:
    with transaction() as db:
        count = threads.handle(db, current_user, threads.get(db, current_user, message_id), clock.now())
    flash(_n("%(num)d text is handled.", "%(num)d texts are handled.", count))
    return redirect(url_for(".index"))


@bp.post("/<uuid:message_id>/label")
def label(message_id: uuid.UUID) -> ResponseReturnValue:
    status = request.form.get("status", "-")
    with transaction() as db:
        threads.correct(db, current_user, threads.get(db, current_user, message_id), status, clock.now())
    flash(
        _("Read as %(status)s from now on.", status=status) if status else _("Read as words for a person from now on.")
    )
    return redirect(url_for(".show", message_id=message_id))


@bp.post("/<uuid:message_id>/match")
def match(message_id: uuid.UUID) -> ResponseReturnValue:
    try:
        worker_id = uuid.UUID(request.form.get("worker_id", ""))
    except ValueError:
        return _thread_page(message_id, match_error=_("Choose a person from the list.")), 422
    try:
        with transaction() as db:
            message = threads.get(db, current_user, message_id)
            worker = threads.match(db, current_user, message, worker_id, keep_number=request.form.get("keep") == "yes")
            flash(_("These texts are %(name)s's now.", name=worker.full_name))
    except Invalid as problem:
        return _thread_page(message_id, match_error=str(problem)), 422
    return redirect(url_for(".show", message_id=message_id))


def _thread_page(message_id: uuid.UUID, *, body: str = "", error: str = "", match_error: str = "") -> str:
    who = request.args.get("who", "").strip()
    with reading() as db:
        message = threads.get(db, current_user, message_id)
        said = threads.thread(db, current_user, message)
        found = (
            listing.find(db, current_user, who, now=clock.now(), zone=current_user.agency.zone)
            if who and message.worker_id is None
            else []
        )
        number = phones.masked(vault.reveal(db, message, "number"))
        sharers = threads.sharers(db, message) if message.worker_id is None else []
        page = (
            "messaging/inbox/_thread.html"
            if request.headers.get("HX-Target") == "thread"
            else "messaging/inbox/show.html"
        )
        return render_template(
            page,
            message=message,
            said=said,
            number=number,
            sharers=sharers,
            who=who,
            found=found,
            body=body,
            error=error,
            match_error=match_error,
            before=letters.before(current_user.agency),
        )
