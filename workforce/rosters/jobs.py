"""Imports that broke off, in or back out, go on: called by the next import command and by the clock. The page has a button for it."""

import uuid
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

from workforce import agencies
from workforce.core import tenancy
from workforce.core.db import reading, transaction
from workforce.core.tenancy import Actor
from workforce.models import Import
from workforce.rosters import carrying, imports, running, taking_back, undoing
from workforce.rosters.applying import Outcome

MOST_TRIES = 3
"""How often the clock takes an import up by itself; after that somebody must look why it breaks off."""


def finish_broken(actor: Actor, folder: Path, *, country: str, wanted: tuple[Path, imports.Options]) -> Outcome | None:
    """Carry out what broke off in this agency. Gives the outcome if the `wanted` file, with the same choices, was among it."""
    found = None
    with reading() as db:
        broken = [(roster.id, imports.is_of(roster, *wanted)) for roster in imports.broken_off(db, actor)]
    for import_id, is_wanted in broken:
        with transaction() as db:
            roster = imports.take_over(db, actor, import_id)
            today, is_undo = imports.day_of(roster), roster.state == "undoing"
        if is_undo:
            taking_back.carry_out(actor, folder, import_id)
            continue
        outcome = carrying.carry_out(actor, folder, import_id, country=country, today=today, keep_rejects=not is_wanted)
        found = outcome if is_wanted else found
    return found


def go_on(agency_id: uuid.UUID, folder: Path, context: Callable[[], AbstractContextManager[object]]) -> int:
    """Let the agency's broken imports go on, in a thread each under `context()`. Gives how many."""
    actor = tenancy.System(agency_id)
    with tenancy.agency(agency_id):
        with reading() as db:
            broken = [roster.id for roster in imports.broken_off(db, actor) if imports.tries_of(roster) < MOST_TRIES]
            country = agencies.get(db, agency_id).country if broken else ""
        for import_id in broken:
            with transaction() as db:
                roster = imports.take_over(db, actor, import_id)
                rows = int(undoing.told(roster)["total"] if roster.state == "undoing" else roster.counts.get("rows", 0))
            running.start(import_id, rows, _work(actor, folder, roster, country, context))
    return len(broken)


def _work(
    actor: Actor, folder: Path, roster: Import, country: str, context: Callable[[], AbstractContextManager[object]]
) -> Callable[[Callable[[int], None]], None]:
    import_id, today, is_undo = roster.id, imports.day_of(roster), roster.state == "undoing"

    def work(tell: Callable[[int], None]) -> None:
        with context(), tenancy.agency(actor.agency_id):
            if is_undo:
                taking_back.carry_out(actor, folder, import_id, tell=tell, gentle=True)
                return
            carrying.carry_out(actor, folder, import_id, country=country, today=today, tell=tell, gentle=True)

    return work
