"""Sending a text to many: asking a second person, saying yes or no, breaking the glass, and the hands on the wheel after."""

import uuid
from collections.abc import Callable
from typing import Any

from flask import Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from messaging.incidents import approvals, broadcasts, incidents, recall, sending, steering
from messaging.incidents.doors import bp
from messaging.incidents.rights import REVIEWERS
from messaging.incidents.text_views import text_page
from messaging.models import Broadcast
from messaging.outbox import worker as delivery_worker
from workforce.core import clock, vault
from workforce.core.db import reading, transaction
from workforce.core.errors import Conflict, DomainError, NotAllowed, NotFound
from workforce.core.guard import Lock, only, require_manager
from workforce.core.words import _, _n

require_reviewer = Lock(REVIEWERS)
LEAVING = {"sending", "paused", "done", "cancelled", "recalled"}


@bp.post("/<uuid:incident_id>/texts/<uuid:broadcast_id>/ask")
@only(require_manager)
def text_ask(incident_id: uuid.UUID, broadcast_id: uuid.UUID) -> ResponseReturnValue:
    """Put it before a second person."""

    def act(db: Any, incident: Any) -> None:
        approvals.ask(db, current_user, incident, broadcast_id, seen=_seen(), now=clock.now())

    return _do(incident_id, broadcast_id, act) or _to_text(incident_id, broadcast_id)


@bp.post("/<uuid:incident_id>/texts/<uuid:broadcast_id>/approve")
@only(require_manager)
def text_approve(incident_id: uuid.UUID, broadcast_id: uuid.UUID) -> ResponseReturnValue:
    """The second person has typed the count: approved, and on its way with the same click."""
    typed, now = request.form.get("count", ""), clock.now()
    sent: list[Broadcast] = []

    def act(db: Any, incident: Any) -> None:
        approvals.approve(db, current_user, incident, broadcast_id, typed=typed, seen=_seen(), now=now)
        sent.append(sending.send(db, current_user, incident, broadcast_id, typed=typed, seen=_seen(), now=now))

    return _do(incident_id, broadcast_id, act) or _gone(incident_id, sent[0])


@bp.post("/<uuid:incident_id>/texts/<uuid:broadcast_id>/send-back")
@only(require_manager)
def text_send_back(incident_id: uuid.UUID, broadcast_id: uuid.UUID) -> ResponseReturnValue:
    """No, with the reason; or taken back by who asked."""

    def act(db: Any, incident: Any) -> None:
        reason = request.form.get("reason", "")
        approvals.send_back(db, current_user, incident, broadcast_id, reason=reason, now=clock.now())

    return _do(incident_id, broadcast_id, act) or _to_text(incident_id, broadcast_id)


@bp.post("/<uuid:incident_id>/texts/<uuid:broadcast_id>/send")
@only(require_manager)
def text_send(incident_id: uuid.UUID, broadcast_id: uuid.UUID) -> ResponseReturnValue:
    """The count has been typed. Everything that was looked at is queued, or nothing."""
    sent: list[Broadcast] = []

    def act(db: Any, incident: Any) -> None:
        typed = request.form.get("count", "")
        sent.append(sending.send(db, current_user, incident, broadcast_id, typed=typed, seen=_seen(), now=clock.now()))

    return _do(incident_id, broadcast_id, act) or _gone(incident_id, sent[0])


@bp.post("/<uuid:incident_id>/texts/<uuid:broadcast_id>/break-glass")
@only(require_manager)
def text_break_glass(incident_id: uuid.UUID, broadcast_id: uuid.UUID) -> ResponseReturnValue:
    """One manager alone has typed the incident's code: a minute from now it leaves."""

    def act(db: Any, incident: Any) -> None:
        code = request.form.get("code", "")
        approvals.break_glass(db, current_user, incident, broadcast_id, code=code, seen=_seen(), now=clock.now())

    return _do(incident_id, broadcast_id, act) or redirect(
        url_for(".text_alone", incident_id=incident_id, broadcast_id=broadcast_id)
    )


@bp.get("/<uuid:incident_id>/texts/<uuid:broadcast_id>/alone")
def text_alone(incident_id: uuid.UUID, broadcast_id: uuid.UUID) -> ResponseReturnValue:
    """The minute in which anybody of staff may stop it; afterwards, what came of it."""
    return _alone_page(incident_id, broadcast_id)


@bp.post("/<uuid:incident_id>/texts/<uuid:broadcast_id>/stop")
def text_stop(incident_id: uuid.UUID, broadcast_id: uuid.UUID) -> ResponseReturnValue:
    """Anybody of staff stops it."""
    with transaction() as db:
        incident = incidents.get(db, current_user, incident_id)
        approvals.stop(db, current_user, incident, broadcast_id, now=clock.now())
    flash(_("Stopped. Nothing has left; the text is a draft again."))
    if current_user.role in REVIEWERS:
        return redirect(url_for(".text_alone", incident_id=incident_id, broadcast_id=broadcast_id))
    return redirect(url_for(".board", incident_id=incident_id))


@bp.post("/<uuid:incident_id>/texts/<uuid:broadcast_id>/review")
@only(require_reviewer)
def text_review(incident_id: uuid.UUID, broadcast_id: uuid.UUID) -> ResponseReturnValue:
    """Somebody else says what came of sending alone."""
    try:
        with transaction() as db:
            incident = incidents.get(db, current_user, incident_id)
            approvals.review(
                db, current_user, incident, broadcast_id, words=request.form.get("words", ""), now=clock.now()
            )
    except (NotFound, NotAllowed):
        raise
    except DomainError as problem:
        return _alone_page(incident_id, broadcast_id, error=str(problem)), 409 if isinstance(problem, Conflict) else 422
    flash(_("Reviewed, and kept with the text."))
    return redirect(url_for(".text_alone", incident_id=incident_id, broadcast_id=broadcast_id))


@bp.get("/<uuid:incident_id>/texts/<uuid:broadcast_id>/state")
def text_state(incident_id: uuid.UUID, broadcast_id: uuid.UUID) -> ResponseReturnValue:
    """Asked every second by a page that waits: 204 while it is as the page shows it, else the page to go to."""
    with reading() as db:
        broadcast = broadcasts.get(db, current_user, incidents.get(db, current_user, incident_id), broadcast_id)
    if broadcast.state == request.args.get("known"):
        return "", 204
    where = url_for(".board", incident_id=incident_id)
    if broadcast.state not in LEAVING and current_user.role == "manager":
        where = url_for(".text", incident_id=incident_id, broadcast_id=broadcast_id)
    return Response("", headers={"HX-Redirect": where})


@bp.route("/<uuid:incident_id>/texts/<uuid:broadcast_id>/recall", methods=["GET", "POST"])
@only(require_manager)
def text_recall(incident_id: uuid.UUID, broadcast_id: uuid.UUID) -> ResponseReturnValue:
    """What the correction says and to whom it goes; one click sends it."""
    now = clock.now()
    if request.method == "POST":
        with transaction() as db:
            incident = incidents.get(db, current_user, incident_id)
            made, stayed = recall.send(db, current_user, incident, broadcast_id, now=now)
            people = made.recipients_count if made is not None else 0
        delivery_worker.wake()
        flash(recall.told(people, stayed))
        return redirect(url_for(".board", incident_id=incident_id))
    with reading() as db:
        incident = incidents.get(db, current_user, incident_id)
        broadcast = broadcasts.get(db, current_user, incident, broadcast_id)
        planned = recall.plan(db, current_user, incident, broadcast, now=now)
        return render_template(
            "messaging/incidents/recall.html", incident=incident, broadcast=broadcast, plan=planned, now=now
        )


@bp.post("/<uuid:incident_id>/texts/<uuid:broadcast_id>/<any(pause, resume, cancel, drop):act>")
@only(require_manager)
def text_turn(incident_id: uuid.UUID, broadcast_id: uuid.UUID, act: str) -> ResponseReturnValue:
    """Hold back, let go on, call back what has not left, or throw a draft away. Says how many had left."""
    turns: dict[str, Callable[..., Any]] = {
        "pause": steering.pause, "resume": steering.resume, "cancel": steering.cancel, "drop": broadcasts.drop,
    }  # fmt: skip
    with transaction() as db:
        incident = incidents.get(db, current_user, incident_id)
        broadcast = broadcasts.get(db, current_user, incident, broadcast_id)
        number = broadcast.sequence
        turns[act](db, current_user, incident, broadcast, at=clock.now())
        how = steering.progress(db, broadcast) if act != "drop" else {}
    if act == "drop":
        flash(_("Text %(number)s is thrown away.", number=number))
        return redirect(url_for(".board", incident_id=incident_id))
    delivery_worker.wake()
    flash(steering.told(act, broadcast, how))
    return redirect(url_for(".about", incident_id=incident_id))


# --- what they share --------------------------------------------------------------------------------------------------


def _do(incident_id: uuid.UUID, broadcast_id: uuid.UUID, act: Callable[[Any, Any], None]) -> ResponseReturnValue | None:
    """Act in one transaction; where it is refused, the page with the reason. Whose role forbids it gets the usual 403."""
    try:
        with transaction() as db:
            act(db, incidents.get(db, current_user, incident_id))
    except (NotFound, NotAllowed):
        raise
    except DomainError as problem:
        return text_page(incident_id, broadcast_id, error=str(problem)), 409 if isinstance(problem, Conflict) else 422
    return None


def _gone(incident_id: uuid.UUID, sent: Broadcast) -> ResponseReturnValue:
    delivery_worker.wake()
    flash(
        _n(
            "%(num)d text is leaving. Answers appear here by themselves.",
            "%(num)d texts are leaving. Answers appear here by themselves.",
            sent.recipients_count,
        )
    )
    return redirect(url_for(".board", incident_id=incident_id))


def _to_text(incident_id: uuid.UUID, broadcast_id: uuid.UUID) -> ResponseReturnValue:
    return redirect(url_for(".text", incident_id=incident_id, broadcast_id=broadcast_id))


def _seen() -> bytes:
    try:
        return bytes.fromhex(request.form.get("seen", ""))
    except ValueError:
        return b""


def _alone_page(incident_id: uuid.UUID, broadcast_id: uuid.UUID, *, error: str = "") -> str:
    with reading() as db:
        incident = incidents.get(db, current_user, incident_id)
        broadcast = broadcasts.get(db, current_user, incident, broadcast_id)
        found = approvals.live(db, broadcast) or approvals.alone(db, broadcast) or approvals.newest(db, broadcast)
        if found is None or found.kind == "second":
            raise NotFound(_("Nobody sent this text alone."))
        return render_template(
            "messaging/incidents/alone.html", incident=incident, broadcast=broadcast, approval=found, now=clock.now(), error=error,
            people_names=approvals.names(db, current_user, [found]), review=vault.reveal(db, found, "review") or "", words=broadcasts.words_of(db, broadcast, incident),
            due_at=found.until_at + approvals.REVIEW_WITHIN, progress=steering.progress(db, broadcast), reviewers=REVIEWERS,
        )  # fmt: skip
