"""The simulated phones."""

import uuid
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user
from sqlalchemy.orm import Session

from messaging.inbox import conversation
from messaging.models import Handset, HandsetText
from messaging.outbox import worker as delivery_worker
from messaging.phones import calls, handsets, screens
from workforce.core import audit, clock
from workforce.core.db import reading, transaction
from workforce.core.errors import Conflict, Invalid
from workforce.core.guard import require_staff
from workforce.core.words import _n

bp = Blueprint("phones", __name__, url_prefix="/phones")
bp.before_request(require_staff)
PARTS = {
    "handsets": "messaging/phones/_handsets.html",
    "screen": "messaging/phones/_screen.html",
    "read": "messaging/phones/_read.html",
}
LANGUAGES = [("en", "English"), ("tl", "Tagalog"), ("ar", "العربية"), ("bn", "বাংলা")]


@bp.route("/")
def index() -> ResponseReturnValue:
    return _page(request.args.get("phone", ""))


@bp.post("/make")
def make() -> ResponseReturnValue:
    """A handset for everybody who has a number and no handset."""
    with transaction() as db:
        count = screens.make_missing(db, current_user)
    flash(_n("%(num)d phone is on.", "%(num)d phones are on.", count))
    return redirect(url_for(".index"))


@bp.post("/others")
def others() -> ResponseReturnValue:
    """Everybody else answers, as their scripts say."""
    chosen = _id(request.form.get("phone", ""))
    with transaction() as db:
        count = handsets.let_answer(db, current_user, clock.now(), but=chosen)
        audit.record(db, current_user, "handset.let_answer", None, count=count)
    delivery_worker.wake()
    flash(_n("%(num)d phone answers now.", "%(num)d phones answer now.", count))
    return redirect(url_for(".index", phone=chosen))


@bp.post("/<uuid:handset_id>/text")
def text(handset_id: uuid.UUID) -> ResponseReturnValue:
    """Send what is typed; a key pressed without scripts sends at once; a chip answers as somebody in that mood would.

    While a call is on the line the keys belong to it.
    """
    key, act = request.form.get("key", ""), request.form.get("call", "")
    with transaction() as db:
        handset = handsets.get(db, current_user, handset_id)
        app = screens.app_of(db, handset, request.form.get("app", ""))
        try:
            if act or (key and screens.on_the_line(db, handset)):
                row = _on_the_line(db, handset, act, key)
                audit.record(db, current_user, "handset.call", row)
            else:
                mood = request.form.get("mood", "")
                body = screens.answer_as(handset, mood) if mood else request.form.get("body", "") + key
                row = handsets.answer(db, handset, body, clock.now(), channel=app)
                audit.record(db, current_user, "handset.text", row)
        except (Invalid, Conflict) as problem:
            flash(str(problem), "warn")
    delivery_worker.wake()
    return redirect(url_for(".index", phone=handset_id, app=request.form.get("app") or None))


def _on_the_line(db: Session, handset: Handset, act: str, key: str) -> HandsetText:
    now = clock.now()
    if act == "answer":
        return calls.answer(db, handset, now)
    return calls.decline(db, handset, now) if act == "decline" else calls.press(db, handset, key, now)


@bp.post("/<uuid:handset_id>/faults")
def faults(handset_id: uuid.UUID) -> ResponseReturnValue:
    form = request.form
    language = form.get("language", "")
    with transaction() as db:
        handset = handsets.get(db, current_user, handset_id)
        handsets.set_faults(
            handset,
            no_signal="no_signal" in form,
            off="off" in form,
            late="late" in form,
            language=language if language in dict(LANGUAGES) else "",
        )
        audit.record(db, current_user, "handset.faults", handset)
    delivery_worker.wake()
    return redirect(url_for(".index", phone=handset_id))


def _page(phone: str) -> ResponseReturnValue:
    which = request.args.get("show", "all")
    part = request.args.get("part", "")
    with reading() as db:
        every = screens.cards(db, current_user)
        shown = every if which not in screens.KINDS or which == "all" else screens.cards(db, current_user, which)
        chosen = _chosen(db, phone, every)
        facts: dict[str, Any] = {
            "cards": shown,
            "counts": screens.counts(every),
            "which": which,
            "chosen": chosen,
            "zone": current_user.agency.zone,
            "languages": LANGUAGES,
            "sender": current_user.agency.short_name,
        }
        if chosen is not None:
            wanted = request.args.get("app", "")
            app = screens.app_of(db, chosen, wanted)
            facts |= {
                "app": app, "app_wanted": wanted, "call": screens.on_the_line(db, chosen), "bubbles": screens.thread(db, chosen, app), "readings": screens.readings(db, chosen), "number": screens.number_of(db, chosen),
                "waiting": handsets.count_waiting(db, current_user, but=chosen.id), "local_now": conversation.local_time(chosen.worker, clock.now()),
                "local": lambda at: conversation.local_time(chosen.worker, at), "reachable": handsets.reachable(chosen),
            }  # fmt: skip
        return render_template(PARTS.get(part, "messaging/phones/index.html"), **facts)


def _chosen(db: Session, phone: str, every: list[screens.Card]) -> Handset | None:
    wanted = _id(phone)
    if wanted is not None:
        return handsets.get(db, current_user, wanted)
    return every[0].handset if every else None


def _id(text_: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(text_)
    except ValueError:
        return None
