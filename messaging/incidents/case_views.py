"""Cases: who asked for help, who has it, how it ended."""

import uuid

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user
from sqlalchemy import select
from sqlalchemy.orm import Session

from messaging.inbox import naming
from messaging.incidents import cases, incidents, paging
from messaging.incidents.board_views import _is_dialog
from messaging.incidents.doors import bp
from messaging.models import Case, Message
from workforce.core import clock, vault
from workforce.core.db import reading, transaction
from workforce.core.errors import Invalid
from workforce.core.words import _
from workforce.models import User

MOST_PAGES = 6


@bp.get("/cases")
def case_list() -> ResponseReturnValue:
    closed = request.args.get("show") == "closed"
    with reading() as db:
        found = cases.listed(db, current_user, closed=closed)
        known = {one.id: one for one in incidents.listed(db, current_user)}
        names = cases.owners(db, current_user, found)
        return render_template(
            "messaging/incidents/cases.html", cases=found, incidents=known, owners=names, closed=closed, now=clock.now()
        )


@bp.get("/cases/<uuid:case_id>")
def case(case_id: uuid.UUID) -> ResponseReturnValue:
    return _case_page(case_id)


@bp.post("/cases/<uuid:case_id>/take")
def case_take(case_id: uuid.UUID) -> ResponseReturnValue:
    with transaction() as db:
        found = cases.get(db, current_user, case_id)
        act = cases.hand_over if request.form.get("over") else cases.take
        act(db, current_user, found, at=clock.now())
        words = _("Case %(number)s is yours.", number=found.number)
        incident_id = found.incident_id
    if _is_dialog():
        return "", 204, {"HX-Trigger": "board-changed"}
    flash(words)
    to_board = request.form.get("back") == "board" and incident_id is not None
    return redirect(url_for(".board", incident_id=incident_id) if to_board else url_for(".case", case_id=case_id))


@bp.post("/cases/<uuid:case_id>/close")
def case_close(case_id: uuid.UUID) -> ResponseReturnValue:
    try:
        with transaction() as db:
            found = cases.get(db, current_user, case_id)
            statuses = {one.worker_id: request.form.get(f"status-{one.worker_id}", "") for one in found.waiting}
            cases.close(
                db, current_user, found, outcome=request.form.get("outcome", ""), statuses=statuses, at=clock.now()
            )
            left = [one.worker.full_name for one in found.waiting]
    except Invalid as problem:
        return _case_page(case_id, error=str(problem)), 422
    if left:
        flash(_("Written down. Case %(number)s stays open for %(names)s.", number=found.number, names=", ".join(left)))
        return redirect(url_for(".case", case_id=case_id))
    flash(_("Case %(number)s is closed.", number=found.number))
    return redirect(url_for(".board", incident_id=found.incident_id) if found.incident_id else url_for(".case_list"))


def _text_of(db: Session, case: Case) -> tuple[Message, str] | None:
    """The text that opened the case, with its words."""
    mine = select(Message).where(Message.agency_id == case.agency_id, Message.id == case.message_id)
    message = db.scalar(mine) if case.message_id else None
    return (message, vault.reveal(db, message, "body") or "") if message is not None else None


def _case_page(case_id: uuid.UUID, *, error: str = "") -> str:
    with reading() as db:
        found: Case = cases.get(db, current_user, case_id)
        incident = incidents.get(db, current_user, found.incident_id) if found.incident_id else None
        owner: User | None = cases.owner_of(db, found)
        outcome = vault.reveal(db, found, "outcome") or ""
        said = cases.words_of(db, found)
        paged = paging.asked(db, current_user, [found.id]).get(found.id, [])
        zone = incident.zone if incident else current_user.agency.zone
        return render_template(
            "messaging/incidents/case.html", case=found, incident=incident, owner=owner, outcome=outcome, said=said, zone=zone, error=error, paged=paged[:MOST_PAGES],
            named=naming.of_case(db, found), text=_text_of(db, found),
            endings=cases.ENDINGS, form=request.form, now=clock.now(),
        )  # fmt: skip
