"""The live muster board: a page, two fragments that a browser asks for every second, the strip, and what one does to a row."""

import uuid
from collections.abc import Callable
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import get_locale
from flask_login import current_user
from flask_wtf.csrf import generate_csrf
from sqlalchemy.orm import Session

from messaging.incidents import (
    approvals,
    areas,
    board,
    broadcasts,
    call_tasks,
    calls,
    curve,
    cut,
    fragments,
    incidents,
    picture,
    rows,
    steering,
    where,
)
from messaging.incidents.doors import bp
from messaging.incidents.tallies import Counts
from messaging.models import Area, Incident
from workforce.core import clock
from workforce.core.db import reading, transaction
from workforce.core.errors import Conflict, Invalid
from workforce.core.words import _

_TOKEN = "the-token-of-whoever-looks"  # noqa: S105  It stands for one.
BAR = ("HELP", "UNREACHABLE", "SILENT", "NOT_ASKED", "STAYING", "MOVING", "SAFE")


@bp.get("/<uuid:incident_id>", endpoint="board")
def board_page(incident_id: uuid.UUID) -> ResponseReturnValue:
    now, view, page = clock.now(), _view(), _page()
    _prepare(incident_id, now)
    with reading() as db:
        incident = incidents.get(db, current_user, incident_id)
        known = board.known(db, incident, now=now)
        facts = _sum_facts(db, incident, known, now) | _where_facts(db, incident, known, now)
        facts |= _row_facts(db, incident, known, view, page, now)
        facts |= {"purpose": _purpose(db, incident), "clocks": clocks(incident, now)} | waiting_facts(db, incident)
        return render_template("messaging/incidents/board.html", **facts)


@bp.get("/<uuid:incident_id>/sum")
def board_sum(incident_id: uuid.UUID) -> ResponseReturnValue:
    """Bar, figures, curve and map; 204 while the board is as the asker has seen it."""
    now = clock.now()
    with reading() as db:
        incident = incidents.get(db, current_user, incident_id)
        if request.args.get("stamp") == _stamp(incident, now):
            return "", 204
    return _for_everybody(incident, now, ("sum", _view()), lambda: _sum(incident_id, now))


@bp.get("/<uuid:incident_id>/rows")
def board_rows(incident_id: uuid.UUID) -> ResponseReturnValue:
    """The list; 204 while it is as the asker has seen it."""
    now, view, page = clock.now(), _view(), _page()
    with reading() as db:
        incident = incidents.get(db, current_user, incident_id)
        if request.args.get("stamp") == _stamp(incident, now):
            return "", 204
    return _for_everybody(incident, now, ("rows", view, page), lambda: _rows(incident_id, view, page, now))


@bp.get("/strip")
def strip() -> ResponseReturnValue:
    """What every page says while an incident is open."""
    now = clock.now()
    with reading() as db:
        found = [
            (incident, counts := board.counts(db, incident), board.unaccounted(db, incident, counts))
            for incident in incidents.open_ones(db, current_user)
        ]
        return render_template("messaging/incidents/_strip.html", strips=found, now=now, **waiting_facts(db))


@bp.get("/people/<uuid:worker_id>/panel")
def worker_panel(worker_id: uuid.UUID) -> ResponseReturnValue:
    """How a person is in the open incidents: the banner of their page."""
    now = clock.now()
    with reading() as db:
        calls.worker_of(db, current_user, worker_id)
        found = [
            (incident, line)
            for incident in incidents.open_ones(db, current_user)
            if (line := rows.line_of(db, incident, worker_id, now=now))
        ]
        return render_template("messaging/incidents/_worker_panel.html", found=found, now=now)


@bp.route("/<uuid:incident_id>/people/<uuid:worker_id>/mark", methods=["GET", "POST"])
def mark(incident_id: uuid.UUID, worker_id: uuid.UUID) -> ResponseReturnValue:
    """Put a named person's word on the board."""
    error, status = "", 200
    if request.method == "POST":
        try:
            with transaction() as db:
                incident = incidents.get(db, current_user, incident_id)
                board.mark(
                    db, current_user, incident, worker_id, status=request.form.get("status", ""), informant=request.form.get("informant", ""),
                    note=request.form.get("note", ""), at=clock.now(),
                )  # fmt: skip
            return _back(incident_id, _("The board is marked."))
        except Invalid as problem:
            error, status = str(problem), 422
        except Conflict as problem:
            error, status = str(problem), 409
    with reading() as db:
        incident = incidents.get(db, current_user, incident_id)
        line = rows.line_of(db, incident, worker_id, now=clock.now()) or abort(404)
        page = "_mark.html" if _is_dialog() else "mark.html"
        return render_template(
            f"messaging/incidents/{page}",
            incident=incident,
            line=line,
            error=error,
            choices=board.BY_HAND,
            form=request.form,
        ), status


@bp.get("/<uuid:incident_id>/people/<uuid:worker_id>/call")
def call(incident_id: uuid.UUID, worker_id: uuid.UUID) -> ResponseReturnValue:
    """The numbers to call: the person's own, then the people around them. Showing them is audited."""
    with transaction() as db:
        incident = incidents.get(db, current_user, incident_id)
        numbers = calls.numbers(db, current_user, worker_id)
    with reading() as db:
        line = rows.line_of(db, incident, worker_id, now=clock.now()) or abort(404)
        page = "_call.html" if _is_dialog() else "call.html"
        task = call_tasks.of_people(db, incident, [worker_id]).get(worker_id)
        return render_template(f"messaging/incidents/{page}", incident=incident, line=line, numbers=numbers, task=task)


# --- what the fragments show ------------------------------------------------------------------------------------------


def _prepare(incident_id: uuid.UUID, now: datetime) -> None:
    """Put newcomers on the board and work out where people are, if something has changed: the only writing that looking does."""
    with reading() as db:
        incident = incidents.get(db, current_user, incident_id)
        if _is_ready(db, incident, board.known(db, incident, now=now).total, now):
            return
    with transaction() as db:
        incident = incidents.get(db, current_user, incident_id)
        incidents.join(db, incident, at=now)
        if not where.is_big(sum(board.counts(db, incident).values())):
            where.worked_out(db, current_user, incident, now=now)


def _is_ready(db: Session, incident: Incident, total: int, now: datetime) -> bool:
    is_known = where.is_big(total) or where.kept(db, incident, now=now, total=total) is not None
    return is_known and not incidents.somebody_missing(db, incident, total)


def _sum(incident_id: uuid.UUID, now: datetime) -> str:
    with reading() as db:
        incident = incidents.get(db, current_user, incident_id)
        known = board.known(db, incident, now=now)
        if _is_ready(db, incident, known.total, now):
            return _draw_sum(db, incident, known, now)
    _prepare(incident_id, now)
    with reading() as db:
        incident = incidents.get(db, current_user, incident_id)
        return _draw_sum(db, incident, board.known(db, incident, now=now), now)


def _draw_sum(db: Session, incident: Incident, known: Counts, now: datetime) -> str:
    facts = _sum_facts(db, incident, known, now) | _where_facts(db, incident, known, now) | {"view": _view(), "is_live": True}
    return render_template("messaging/incidents/_sum.html", **facts)


def _rows(incident_id: uuid.UUID, view: str, page: int, now: datetime) -> str:
    with reading() as db:
        incident = incidents.get(db, current_user, incident_id)
        facts = _row_facts(db, incident, board.known(db, incident, now=now), view, page, now)
        return render_template("messaging/incidents/_rows.html", **facts)


def _for_everybody(incident: Incident, now: datetime, what: tuple[str | int, ...], draw: Callable[[], str]) -> str:
    """What is drawn, once for all who poll with the same rights in the same language; the token in its forms is each one's own."""
    if "stamp" not in request.args:
        return draw()
    token, key = generate_csrf(), (incident.id, current_user.role, str(get_locale()), *what)
    return fragments.shared(key, _stamp(incident, now), lambda: draw().replace(token, _TOKEN)).replace(_TOKEN, token)


def _sum_facts(db: Session, incident: Incident, known: Counts, now: datetime) -> dict[str, Any]:
    counts, views = board.counts(db, incident, known), rows.view_counts(known)
    total = sum(counts.values())
    return {
        "incident": incident, "now": now, "view": _view(), "counts": [(key, counts[key]) for key in BAR if counts[key] or key != "NOT_ASKED"],
        "total": total, "unaccounted": board.unaccounted(db, incident, counts), "curve": curve.drawn(db, incident, total=total, now=now),
        "views": views, "stamp": _stamp(incident, now), "heard": incident.stamp, "is_live": False,
    }  # fmt: skip


def _where_facts(db: Session, incident: Incident, known: Counts, now: datetime) -> dict[str, Any]:
    drawn = areas.of(db, incident)
    return {
        "where": where.kept(db, incident, now=now, total=known.total), "map": picture.of_board(db, incident, drawn=drawn), "kinds": {area.kind for area in drawn},
        "cuts": [one for one in cut.likely(db, incident.agency_id, now=now) if one.country in incident.countries],
        "agenda": rows.agenda(db, incident, known, now=now), "texts": [(one, steering.progress(db, one)) for one in broadcasts.of(db, incident)],
    }  # fmt: skip


def _row_facts(db: Session, incident: Incident, known: Counts, view: str, page: int, now: datetime) -> dict[str, Any]:
    found = rows.view_counts(known)
    total = found[view]
    return {
        "incident": incident, "now": now, "view": view, "page": page, "lines": rows.lines(db, incident, view=view, now=now, page=page, known=known), "shown_of": total,
        "pages": max(1, -(-total // rows.PAGE)), "stamp": _stamp(incident, now), "heard": incident.stamp, "size": rows.PAGE, "is_empty": not found["everyone"],
    }  # fmt: skip


def waiting_facts(db: Session, incident: Incident | None = None) -> dict[str, Any]:
    """What waits for a second person, for those who can be one; and what somebody sends alone, for everybody."""
    found = [
        one
        for one in approvals.pending(db, current_user)
        if (one[0].state == "counting" or current_user.role == "manager") and incident in {None, one[2]}
    ]
    return {"waiting": found, "people_names": approvals.names(db, current_user, [one[0] for one in found])}


def clocks(incident: Incident, now: datetime) -> list[dict[str, str]]:
    """What the clock says there, and here."""
    home = current_user.agency.zone
    places = [(incidents.town(incident), incident.zone), (home.rpartition("/")[2].replace("_", " "), home)]
    return [{"label": label, "zone": zone, "time": f"{now.astimezone(ZoneInfo(zone)):%H:%M}"} for label, zone in places]


def _stamp(incident: Incident, now: datetime) -> str:
    """Changes with the board, and with every minute, because ages grow."""
    return f"{incident.stamp}.{int(now.timestamp() // 60)}"


def _purpose(db: Session, incident: Incident) -> str:
    words = [_("Who is not yet safe, how we know, and what happens next.")]
    danger: Area | None = next((area for area in reversed(areas.of(db, incident)) if area.kind == "danger"), None)
    if danger is not None:
        drawn = incidents.local_time(incident, danger.made_at)
        words.append(
            _("Danger area drawn %(time)s.", time=drawn)
            if not danger.name
            else _("%(area)s is the danger area since %(time)s.", area=danger.name, time=drawn)
        )
    words.append(_("Alert level %(level)s.", level=incident.alert_level))
    return " ".join(words)


def _view() -> str:
    view = request.args.get("show", "not-safe")
    return view if view in rows.VIEWS else "not-safe"


def _page() -> int:
    page = request.args.get("page", "1")
    return max(1, int(page)) if page.isdigit() and len(page) < 6 else 1


def _is_dialog() -> bool:
    return request.headers.get("HX-Target") == "dialog"


def _back(incident_id: uuid.UUID, words: str) -> ResponseReturnValue:
    """To the board; from a dialog without leaving it."""
    if _is_dialog():
        return "", 204, {"HX-Trigger": "board-changed"}
    flash(words)
    return redirect(url_for(".board", incident_id=incident_id))
