"""What a person chooses for a waiting file: checked, so that the file can still be read, and kept in the import's row."""

import uuid
from dataclasses import asdict
from datetime import date
from pathlib import Path

from sqlalchemy.orm import Session

from workforce.core.tenancy import Actor
from workforce.core.words import _
from workforce.models import Import
from workforce.rosters import correcting, imports
from workforce.rosters.heading_words import NAME_FIELDS
from workforce.rosters.imports import Options
from workforce.rosters.sheets import BadFile


def check_choice(session: Session, folder: Path, roster: Import, before: Options, chosen: Options, *, country: str, today: date) -> None:
    """Raises BadFile when a file cannot be read as it is chosen now: another sheet or row of headings, or no name any more."""
    if (before.sheet, before.header_row) != (chosen.sheet, chosen.header_row):
        imports.opened(session, folder, roster, country=country, today=today, options=chosen)
    elif chosen.mapping != before.mapping and not NAME_FIELDS & set(chosen.mapping.values()):
        raise BadFile(_("One column must hold the name. Choose it first, then change the others."))


def choose(session: Session, actor: Actor, import_id: uuid.UUID, options: Options) -> None:
    """Keep what a person chose for sheet, columns, dates, phones and countries. Raises NotFound, Conflict."""
    roster = imports.waiting(session, actor, import_id, lock=True)
    before = Options.of(roster)
    if (before.sheet or None) != (options.sheet or None):
        correcting.forget(roster)  # Their rows are another sheet's.
    roster.options = {**roster.options, "chosen": asdict(options), "guessed": False}
