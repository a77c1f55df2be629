"""The workers as a spreadsheet: columns that the import reads, an id by which each is found again, a mark of what was written."""

import io
import uuid
from collections.abc import Iterator
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from workforce.core import audit, vault
from workforce.core.tenancy import Actor
from workforce.core.words import _
from workforce.models import Document, Worker
from workforce.people import listing
from workforce.rosters import marks, portraits, rejects
from workforce.rosters.heading_words import DATE_FIELDS
from workforce.rosters.sheets import Cell

BATCH = 500
HEADINGS = [marks.ID_HEADING, *(column.heading for column in marks.COLUMNS), marks.MARK_HEADING]


class Export:
    """One list being written. `ids` are the workers in it, once it is written."""

    def __init__(self, agency_id: uuid.UUID) -> None:
        self.agency_id = agency_id
        self.ids: list[uuid.UUID] = []

    def write(self, session: Session, actor: Actor, wanted: listing.Wanted, *, file_format: str, now: datetime, zone: str) -> bytes:
        """The workers that the list would show, by name, as `"csv"` or `"xlsx"`. 20,000 take some ten seconds."""
        rows, file = self._rows(session, actor, wanted, now, zone), io.BytesIO()
        if file_format == "xlsx":
            rejects.write_workbook(file, _("Workers"), HEADINGS, ([_typed(name, text) for name, text in row] for row in rows))
        else:
            rejects.write_lines(file, HEADINGS, ([text for _name, text in row] for row in rows))
        return file.getvalue()

    def note(self, session: Session, actor: Actor, file_format: str) -> None:
        """Leave the line that says how many people's secrets were read."""
        digest = vault.digest(actor.agency_id, "ids", "".join(map(str, self.ids)).encode()).hex()[:32]
        audit.record(session, actor, "worker.export", count=len(self.ids), digest=digest, format=file_format)

    def _rows(self, session: Session, actor: Actor, wanted: listing.Wanted, now: datetime, zone: str) -> Iterator[list[tuple[str, str]]]:
        names = portraits.names_of_places(session, actor.agency_id)
        everything = (
            *(selectinload(loaded) for loaded in (Worker.phones, Worker.deployments, Worker.contacts)),
            selectinload(Worker.documents).selectinload(Document.versions),
        )
        chosen = list(session.scalars(listing.ids(session, actor, wanted, now=now, zone=zone)))
        for start in range(0, len(chosen), BATCH):
            batch = chosen[start : start + BATCH]
            mine = select(Worker).where(Worker.agency_id == actor.agency_id, Worker.id.in_(batch)).options(*everything)
            found = {worker.id: worker for worker in session.scalars(mine)}
            vault.prefetch(session, found)
            for worker in (found[one] for one in batch if one in found):
                self.ids.append(worker.id)
                texts = marks.texts(portraits.portrait(session, worker, names))
                named = [(column.field, text) for column, text in zip(marks.COLUMNS, texts, strict=True)]
                yield [("muster_id", str(worker.id)), *named, ("muster_check", marks.mark(actor.agency_id, worker.id, texts))]
            session.expunge_all()
            vault.forget_keys(session)


def _typed(name: str, text: str) -> Cell:
    """Days as days, so that a spreadsheet program shows and sorts them; everything else stays text."""
    return date.fromisoformat(text) if text and name in DATE_FIELDS else text
