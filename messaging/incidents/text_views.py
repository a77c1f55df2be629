"""Writing a text to many: one page with the texts as they will leave, who gets them, and who has to say yes."""

import uuid
from collections import Counter

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from messaging.incidents import (
    approvals,
    audience,
    broadcasts,
    cut,
    incidents,
    ladder,
    log,
    preview,
    rights,
    steering,
    wording,
)
from messaging.incidents.board_views import clocks
from messaging.incidents.doors import bp
from messaging.replies import routes
from workforce.core import clock, vault, web
from workforce.core.db import reading, transaction
from workforce.core.errors import Invalid
from workforce.core.guard import only, require_manager


@bp.post("/<uuid:incident_id>/texts")
@only(require_manager)
def text_begin(incident_id: uuid.UUID) -> ResponseReturnValue:
    """A draft, filled in: the one that waits already, if there is one."""
    with transaction() as db:
        incident = incidents.get(db, current_user, incident_id)
        template = request.form.get("template", "") or broadcasts.suggested(incident)
        draft = broadcasts.begin(db, current_user, incident, template=template, at=clock.now())
    return redirect(url_for(".text", incident_id=incident_id, broadcast_id=draft.id))


@bp.get("/<uuid:incident_id>/texts/<uuid:broadcast_id>")
@only(require_manager)
def text(incident_id: uuid.UUID, broadcast_id: uuid.UUID) -> ResponseReturnValue:
    return text_page(incident_id, broadcast_id)


@bp.post("/<uuid:incident_id>/texts/<uuid:broadcast_id>/words")
@only(require_manager)
def text_words(incident_id: uuid.UUID, broadcast_id: uuid.UUID) -> ResponseReturnValue:
    """Keep the words as they are typed; a browser with JavaScript asks for the counts on every pause."""
    bodies = {key.removeprefix("body-"): value for key, value in request.form.items() if key.startswith("body-")}
    with transaction() as db:
        incident = incidents.get(db, current_user, incident_id)
        broadcasts.edit(db, current_user, broadcasts.get(db, current_user, incident, broadcast_id), bodies=bodies)
    if "HX-Request" in request.headers:
        return text_page(incident_id, broadcast_id, page="_text_checks.html")
    return redirect(url_for(".text", incident_id=incident_id, broadcast_id=broadcast_id))


@bp.post("/<uuid:incident_id>/texts/<uuid:broadcast_id>/fill")
@only(require_manager)
def text_fill(incident_id: uuid.UUID, broadcast_id: uuid.UUID) -> ResponseReturnValue:
    """Another template, or other facts in it: the words are written anew."""
    facts = {name: request.form.get(name, "") for name in wording.SLOTS}
    try:
        with transaction() as db:
            incident = incidents.get(db, current_user, incident_id)
            draft = broadcasts.get(db, current_user, incident, broadcast_id)
            broadcasts.fill(
                db, current_user, incident, draft, template=request.form.get("template", draft.template), facts=facts
            )
            broadcasts.note_edit(db, current_user, draft)
    except Invalid as problem:
        return text_page(incident_id, broadcast_id, error=str(problem), typed=facts), 422
    return redirect(url_for(".text", incident_id=incident_id, broadcast_id=broadcast_id))


@bp.post("/<uuid:incident_id>/texts/<uuid:broadcast_id>/people")
@only(require_manager)
def text_people(incident_id: uuid.UUID, broadcast_id: uuid.UUID) -> ResponseReturnValue:
    """Who gets it: kinds of whereabouts, and those left out by name."""
    places = request.form.getlist("place")
    listed, ticked = set(request.form.getlist("listed")), set(request.form.getlist("worker"))
    with transaction() as db:
        incident = incidents.get(db, current_user, incident_id)
        draft = broadcasts.get(db, current_user, incident, broadcast_id)
        skip = (set(draft.audience.get("skip") or []) - listed) | (listed - ticked)
        if "everyone" in places:
            places = list(audience.PLACES)
        broadcasts.address(
            db, current_user, draft, places=places, statuses=draft.audience.get("statuses") or [], skip=skip
        )
    return redirect(url_for(".text", incident_id=incident_id, broadcast_id=broadcast_id))


def text_page(
    incident_id: uuid.UUID,
    broadcast_id: uuid.UUID,
    *,
    error: str = "",
    page: str = "text.html",
    typed: dict[str, str] | None = None,
) -> str:
    """The page of a text, whatever state it is in; `error` is said at the top, `typed` are facts that were refused."""
    now = clock.now()
    with transaction() as db:
        incident = incidents.get(db, current_user, incident_id)
        broadcast = broadcasts.get(db, current_user, incident, broadcast_id)
        approvals.lapse(db, current_user, incident, broadcast, now=now)
        price = web.settings().part_price_usd
        seen = (
            broadcasts.look(db, current_user, incident, broadcast, now=now, part_price_usd=price)
            if broadcast.sending_at is None
            else None
        )
    with reading() as db:
        approval = approvals.newest(db, broadcast)
        facts = {
            "template": wording.BY_KEY.get(broadcast.template), "templates": wording.TEMPLATES, "slots": typed or broadcast.audience.get("facts") or {}, "typed": typed,
            "wanted": broadcast.audience.get("places") or [], "statuses": broadcast.audience.get("statuses") or [], "log": log.lines(db, incident, limit=6),
            "progress": steering.progress(db, broadcast), "editing": broadcast.state == "draft" and _is_editing(seen),
            "words": broadcasts.words_of(db, broadcast, incident), "local": incidents.local_time, "clocks": clocks(incident, now),
            "approval": approval, "approvers": approvals.approvers(db, current_user), "people_names": approvals.names(db, current_user, [approval] if approval else []),
            "chase": [(ladder.name(step.key), step.minutes) for step in ladder.climbed(incident)],
            "cuts": [one for one in cut.likely(db, incident.agency_id, now=now) if one.country in incident.countries],
            "needs_two": seen is not None and rights.needs_two(broadcast.purpose, seen.count), "reason": vault.reveal(db, approval, "reason") if approval else "",
            "answers": routes.warnings(db, current_user.agency_id, Counter(one.country for one in seen.recipients)) if seen is not None else [],
        }  # fmt: skip
        return render_template(
            f"messaging/incidents/{page}",
            incident=incident,
            broadcast=broadcast,
            seen=seen,
            now=now,
            error=error,
            **facts,
        )


def _is_editing(seen: preview.Preview | None) -> bool:
    """Asked for, or a text that somebody would get is not one that can leave."""
    broken = seen is not None and any(not one.body.strip() or one.blocks for one in seen.texts)
    return bool(request.args.get("edit")) or broken
