"""Commands about messages, and the delivery worker as a process of its own."""

import signal
import threading
from functools import partial
from typing import Any

import click
from flask import current_app
from sqlalchemy import select

from messaging.models import Broadcast, Incident, Message
from messaging.outbox.lines import Lines
from messaging.outbox.worker import Worker
from workforce import agencies
from workforce.core import audit, health, tenancy, vault, web
from workforce.core.commands import agency_option, group, json_option, show
from workforce.core.db import transaction
from workforce.core.errors import NotFound
from workforce.core.words import _

messages = group("messages", "Messages.")


@messages.command("list")
@click.option("--broadcast", "code", help="Only the texts of one broadcast, by its code (LBY-27/1) or its incident's.")
@agency_option
@json_option
def list_messages(*, code: str | None, agency_name: str | None, as_json: bool) -> None:
    """List the texts that went out or are to go, newest first. Of a number, only its last four digits are shown."""
    agency = agencies.only_one(agency_name)
    with tenancy.agency(agency.id), transaction() as db:
        asked = (
            select(Message)
            .where(Message.agency_id == agency.id, Message.direction == "out")
            .order_by(Message.queued_at.desc(), Message.id.desc())
        )
        if code:
            asked = asked.where(Message.broadcast_id.in_(_broadcasts(db, agency.id, code)))
        rows = db.scalars(asked).all()
        vault.prefetch(db, {row.worker_id for row in rows if row.worker_id})
        data = [_line(db, row) for row in rows]
        audit.record(db, tenancy.System(agency.id, name="command"), "message.list", None, count=len(data))
    show(
        data,
        as_json=as_json,
        plain=lambda found: (
            "\n".join(
                f"{one['queued_at']:%Y-%m-%d %H:%M}  {one['state']:<11} {one['purpose']:<11} …{one['to_last4']}  {one['id']}"
                for one in found
            )
            or _("No texts yet.")
        ),
    )


@click.command("worker")
def run_worker() -> None:
    """Run the delivery worker as a process of its own, until it is told to end."""
    app = current_app._get_current_object()  # type: ignore[attr-defined]
    ended = threading.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda *_: ended.set())
    here = web.settings()
    running = Worker(Lines(here), context=app.app_context, has_room=partial(health.has_room, here), books=here.departures)
    running.start()
    if web.settings().delivery != "embedded":
        from messaging.outbox import spread

        spread.listen(web.settings())
    click.echo("The delivery worker runs.")
    while not ended.wait(1.0):
        if not running.is_alive():
            raise click.ClickException("The delivery worker has ended by itself; the log says why.")
    running.stop()


def _broadcasts(db: Any, agency_id: Any, code: str) -> list[Any]:
    name, _slash, sequence = code.partition("/")
    asked = (
        select(Broadcast.id)
        .join(Incident, (Incident.agency_id == Broadcast.agency_id) & (Incident.id == Broadcast.incident_id))
        .where(Broadcast.agency_id == agency_id, Incident.code == name.upper())
    )
    if sequence:
        asked = asked.where(Broadcast.sequence == (int(sequence) if sequence.isdigit() else -1))
    found = list(db.scalars(asked))
    if not found:
        raise NotFound(_("There is no broadcast %(code)s.", code=code))
    return found


def _line(db: Any, row: Message) -> dict[str, Any]:
    try:
        number = vault.reveal(db, row, "number") or ""
    except vault.Broken:  # Erased: the text stays in the count, the number is gone.
        number = ""
    return {
        "id": row.id, "worker": row.worker_id, "to_last4": number[-4:], "purpose": row.purpose, "channel": row.channel, "priority": row.priority, "state": row.state,
        "attempts": row.attempts, "provider_id": row.provider_id, "possible_double": row.possible_double, "conflict": row.conflict, "segments": row.segments,
        "queued_at": row.queued_at, "accepted_at": row.accepted_at,
    }  # fmt: skip
