"""The inbox: what workers wrote, HELP on top."""

import uuid

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user
from sqlalchemy.orm import Session

from messaging.inbox import keeping, threads
from messaging.models import Message
from messaging.outbox import letters, wording
from messaging.outbox import worker as delivery_worker
from workforce.core import clock, vault
from workforce.core.db import reading, transaction
from workforce.core.errors import Invalid
from workforce.core.guard import require_staff
from workforce.core.words import _, _n
from workforce.people import listing, phones

bp = Blueprint("inbox", __name__, url_prefix="/inbox")
bp.before_request(require_staff)
KINDS = ("open", "mine", "all", "unknown")
# Texts that answer a thread as they stand: nothing in them has to be filled in.
REPLIES = ("ask_place", "ask_digits", "ask_who", "ask_names", "ask_passport", "proposal_got", "start_confirm")


@bp.route("/")
def index() -> ResponseReturnValue:
    """All threads, what waits for a person first."""
    which = request.args.get("show", "open")
    which = which if which in KINDS else "open"
    with reading() as db:
        found = threads.listing(db, current_user, which)
        chips = [
            {"label": words, "url": url_for(".index", show=kind), "on": which == kind, "count": None}
            for kind, words in (
                (KINDS[0], _("To answer")),
                (KINDS[1], _("Mine")),
                (KINDS[2], _("All")),
                (KINDS[3], _("Unknown numbers")),
            )
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


@bp.post("/<uuid:message_id>/take")
def take(message_id: uuid.UUID) -> ResponseReturnValue:
    """Answer this thread from now on."""
    with transaction() as db:
        keeping.take(db, current_user, threads.get(db, current_user, message_id), clock.now())
    flash(_("You answer this thread now."), "done")
    return redirect(url_for(".show", message_id=message_id))


@bp.post("/<uuid:message_id>/leave")
def leave(message_id: uuid.UUID) -> ResponseReturnValue:
    """Leave the thread to whoever is free."""
    with transaction() as db:
        keeping.leave(db, current_user, threads.get(db, current_user, message_id))
    flash(_("Nobody answers this thread now."), "done")
    return redirect(url_for(".show", message_id=message_id))


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
    _note_seen(message_id)
    with reading() as db:
        message = threads.get(db, current_user, message_id)
        body = body or _template(db, message)
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
            kept=keeping.of(db, current_user, [message]).get(keeping.key_of(message), threads.NOBODYS),
            case=threads.case_of(db, current_user, message),
            replies=[(key, wording.TITLES[key]) for key in REPLIES],
        )


def _note_seen(message_id: uuid.UUID) -> None:
    """Only where something new came: the page asks every few seconds."""
    with reading() as db:
        message = threads.get(db, current_user, message_id)
        newest = threads.newest_of(db, current_user, message)
        kept = keeping.of(db, current_user, [message]).get(keeping.key_of(message))
        if not keeping.is_unseen(kept, newest):
            return
    with transaction() as db:
        keeping.see(db, current_user, threads.get(db, current_user, message_id), newest.queued_at)


def _template(db: Session, message: Message) -> str:
    """The words of a reply that was chosen, in the language of who wrote."""
    key = request.args.get("reply", "")
    if key not in REPLIES:
        return ""
    language = message.worker.language if message.worker else message.language
    body = wording.text(db, current_user.agency_id, key, language, agency=current_user.agency.short_name)
    return body.removeprefix(letters.before(current_user.agency))
