"""Expiry notices, and the days they leave."""

import uuid
from datetime import timedelta

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from messaging.notices import ladders, listing
from workforce.core import clock
from workforce.core.db import reading, transaction
from workforce.core.errors import Invalid
from workforce.core.guard import only, require_admin, require_staff
from workforce.core.words import _, _l
from workforce.papers import kinds

bp = Blueprint("notices", __name__, url_prefix="/notices")
bp.before_request(require_staff)
COUNTED_DAYS = 90
CHIP_WORDS = {
    "all": _l("All"),
    "waiting": _l("Waiting to leave"),
    "sent": _l("Sent"),
    "failed": _l("Failed"),
    "suppressed": _l("Not texted"),
    "late": _l("Late"),
}


@bp.get("/")
def index() -> ResponseReturnValue:
    chip = request.args.get("chip", "all")
    now, today = clock.now(), clock.today_in(current_user.agency.zone)
    with reading() as db:
        page = listing.page(db, current_user, chip=chip, after=_own_id("after"), since=now - timedelta(COUNTED_DAYS))
        old = listing.too_old(db, current_user, today=today) if chip == "old" else None
        chips = [
            {"label": word, "count": page.counts[name], "url": url_for(".index", chip=name), "on": chip == name}
            for name, word in CHIP_WORDS.items()
        ]
        chips.append(
            {"label": _("Ended long ago"), "count": None, "url": url_for(".index", chip="old"), "on": chip == "old"}
        )
        words = {"rung_words": listing.rung_words, "text_words": listing.text_words, "paper_word": kinds.word}
        return render_template(
            "messaging/notices/index.html", chip=chip, chips=chips, page_of=page, old=old, today=today, **words
        )


@bp.post("/<uuid:notice_id>/begun")
def begun(notice_id: uuid.UUID) -> ResponseReturnValue:
    """One click: the new paper has been applied for, so the old one needs nobody on Today."""
    with transaction() as db:
        listing.begun(db, current_user, notice_id, now=clock.now(), today=clock.today_in(current_user.agency.zone))
    flash(_("Noted: the renewal has begun."))
    return redirect(url_for(".index"))


@bp.route("/ladders", methods=["GET", "POST"], endpoint="ladders")
@only(require_admin)
def edit_ladders() -> ResponseReturnValue:
    """Every kind of paper with its days; all are saved together, or none where one cannot be."""
    if request.method == "GET":
        with reading() as db:
            return _ladder_page(
                {kind: ladders.written(rungs) for kind, rungs in ladders.of_agency(db, current_user).items()}, {}
            )
    typed = {kind: request.form.get(kind, "")[:100] for kind in ladders.DELIVERED}
    wrong: dict[str, str] = {}
    with transaction() as db:
        before = ladders.of_agency(db, current_user)
        wanted = {}
        for kind, text in typed.items():
            try:
                wanted[kind] = ladders.checked(kind, ladders.typed(text))
            except Invalid as problem:
                wrong[kind] = str(problem)
        if not wrong:
            for kind, rungs in wanted.items():
                if rungs != before[kind]:
                    ladders.change(db, current_user, kind, rungs)
    if wrong:
        return _ladder_page(typed, wrong), 422
    flash(_("Saved. The next run of the clock follows it."))
    return redirect(url_for(".ladders"))


def _ladder_page(typed: dict[str, str], wrong: dict[str, str]) -> str:
    delivered = {kind: ladders.written(rungs) for kind, rungs in ladders.DELIVERED.items()}
    return render_template(
        "messaging/notices/ladders.html", typed=typed, wrong=wrong, kinds=kinds.WORDS, delivered=delivered
    )


def _own_id(name: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(request.args.get(name, ""))
    except ValueError:
        return None
