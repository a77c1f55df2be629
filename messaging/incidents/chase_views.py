"""How the silent are chased: the steps of an incident, and the calls that are left for staff."""

import uuid

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from messaging.incidents import board, call_tasks, chase_routes, chasing, incidents, ladder, rows
from messaging.incidents.doors import bp
from workforce.core import clock
from workforce.core.db import reading, transaction
from workforce.core.errors import Conflict, Invalid
from workforce.core.guard import only, require_manager
from workforce.core.words import _


@bp.get("/<uuid:incident_id>/ladder")
def ladder_page(incident_id: uuid.UUID) -> ResponseReturnValue:
    """Anybody of staff sees the steps; managers change them."""
    return _ladder_page(incident_id)


@bp.post("/<uuid:incident_id>/ladder")
@only(require_manager)
def ladder_change(incident_id: uuid.UUID) -> ResponseReturnValue:
    wanted = {key: (bool(request.form.get(f"on-{key}")), request.form.get(f"minutes-{key}", "")) for key in ladder.KEYS}
    try:
        with transaction() as db:
            incident = incidents.get(db, current_user, incident_id)
            ladder.change(db, current_user, incident, wanted, at=clock.now())
    except (Invalid, Conflict) as problem:
        return _ladder_page(incident_id, error=str(problem)), 409 if isinstance(problem, Conflict) else 422
    flash(_("The steps are changed. Who waits now, waits the new time."))
    return redirect(url_for(".ladder_page", incident_id=incident_id))


@bp.get("/<uuid:incident_id>/calls")
def call_list(incident_id: uuid.UUID) -> ResponseReturnValue:
    """Whom somebody has to call, since no text will do."""
    now = clock.now()
    with reading() as db:
        incident = incidents.get(db, current_user, incident_id)
        tasks = call_tasks.listed(db, current_user, incident)
        return render_template(
            "messaging/incidents/calls.html", incident=incident, tasks=tasks, names=call_tasks.names(db, current_user, tasks), now=now,
            places=rows.places_of(db, incident, [task.worker_id for task in tasks]),
        )  # fmt: skip


@bp.post("/<uuid:incident_id>/calls/<uuid:task_id>/take")
def call_take(incident_id: uuid.UUID, task_id: uuid.UUID) -> ResponseReturnValue:
    """Take a call: that leads to the numbers."""
    with transaction() as db:
        incident = incidents.get(db, current_user, incident_id)
        task = call_tasks.get(db, current_user, incident, task_id)
        worker_id = task.worker_id
        call_tasks.take(db, current_user, incident, task, at=clock.now())
    return redirect(url_for(".call", incident_id=incident_id, worker_id=worker_id))


@bp.post("/<uuid:incident_id>/calls/<uuid:task_id>/unanswered")
def call_unanswered(incident_id: uuid.UUID, task_id: uuid.UUID) -> ResponseReturnValue:
    """Nobody picked up."""
    with transaction() as db:
        incident = incidents.get(db, current_user, incident_id)
        task = call_tasks.get(db, current_user, incident, task_id)
        call_tasks.no_answer(db, current_user, incident, task, at=clock.now())
    flash(_("Noted: nobody answered. The call is due again in half an hour."))
    return redirect(url_for(".call_list", incident_id=incident_id))


def _ladder_page(incident_id: uuid.UUID, *, error: str = "") -> str:
    with reading() as db:
        incident = incidents.get(db, current_user, incident_id)
        typed = {key: (bool(request.form.get(f"on-{key}")), request.form.get(f"minutes-{key}", "")) for key in ladder.KEYS}  # fmt: skip
        steps = [(step, ladder.name(step.key), ladder.about(step.key)) for step in ladder.of(incident)]
        waiting = {step: (at, number) for step, at, number in chasing.next_steps(db, incident, board.known(db, incident, now=clock.now()).step)}
        return render_template(
            "messaging/incidents/ladder.html", incident=incident, steps=steps, waiting=waiting, error=error, now=clock.now(),
            typed=typed if error else {}, not_set_up={"voice", "whatsapp"} - set(chase_routes.channels(db, incident)),
        )  # fmt: skip
