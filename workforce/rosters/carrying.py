"""A roster goes in: a few hundred rows a transaction, so that others can write in between, and a kill loses nothing.

The import's row says how far it is (`cursor`, in the same transaction as the rows) and who is at it. Each transaction makes
whole people. Whoever finds an import whose process is gone takes it up where it broke off: the next command, the page, the
clock. A process that was only asleep finds at its next transaction that the import is another's, and leaves it.
"""

import gc
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import date
from itertools import islice
from pathlib import Path
from typing import TypeVar

import structlog
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.orm import Session

from workforce.core.db import reading, transaction
from workforce.core.loading import ready_for_many, refresh_statistics
from workforce.core.tenancy import Actor
from workforce.models import Contact, Deployment, Document, DocumentVersion, ImportRow, Phone, Worker
from workforce.rosters import applying, imports, owners, resuming
from workforce.rosters.applying import Outcome, Run
from workforce.rosters.understanding import RosterRow, Understood

log = structlog.get_logger()
Teller = Callable[[int], None]
Done = TypeVar("Done")
TRIES = 3
FIRST_BATCH, SMALLEST_BATCH, LARGEST_BATCH = 400, 50, 1000
_GROWING = (Worker, Deployment, Phone, Contact, Document, DocumentVersion, ImportRow)


class Pace:
    """How many rows go into one transaction: as many as keep it under `seconds`, measured as it goes.

    A gentle one also leaves the lock, and the processor, alone for as long as it has held them.
    """

    def __init__(self, seconds: float, *, gentle: bool) -> None:
        self.seconds, self.gentle, self.rows = seconds, gentle, FIRST_BATCH

    def read(self, rows: Iterator[RosterRow]) -> list[RosterRow]:
        """The next rows. They are read before the transaction, and a gentle pace rests after that, too."""
        began = time.perf_counter()
        batch = list(islice(rows, self.rows))
        if self.gentle:
            time.sleep(min(time.perf_counter() - began, 1))
        return batch

    @contextmanager
    def held(self) -> Iterator[None]:
        """Around one transaction."""
        began = time.perf_counter()
        yield
        taken = time.perf_counter() - began
        if self.gentle:
            time.sleep(min(taken, 1))
        wanted = self.rows * min(max(self.seconds / max(taken, 0.001), 0.5), 2)
        least = (
            SMALLEST_BATCH if self.gentle else FIRST_BATCH
        )  # On a busy machine the clock runs and the work does not.
        self.rows = int(min(max(wanted, least), LARGEST_BATCH))


IN_A_COMMAND, BESIDE_PAGES = 0.25, 0.04


def carry_out(
    actor: Actor,
    folder: Path,
    import_id: uuid.UUID,
    *,
    country: str,
    today: date,
    understood: Understood | None = None,
    tell: Teller | None = None,
    gentle: bool = False,
    keep_rejects: bool = True,
) -> Outcome:
    """Carry out an import that `imports.begin`, `from_command` or `take_over` gave to this process.

    `tell` hears how many rows are done. What could not be used stays sealed for download where `keep_rejects`. Raises BadFile,
    Conflict when another process has taken the import over; it is then, or after any error, free to be taken up again.
    """

    def through(pace: Pace) -> Outcome:
        passage = _Passage(
            actor, folder, import_id, country=country, today=today, understood=understood, tell=tell, alone=not gentle
        )
        return passage.through(pace, keep_rejects=keep_rejects)

    return in_hand(actor, import_id, through, gentle=gentle)


def in_hand(actor: Actor, import_id: uuid.UUID, work: Callable[[Pace], Done], *, gentle: bool) -> Done:
    """Do `work` as the import's owner: seen afresh after a clash, let go after any error, for whoever takes it up again."""
    with owners.at_work(import_id):
        try:
            for attempt in range(1, TRIES + 1):
                try:
                    return work(Pace(BESIDE_PAGES if gentle else IN_A_COMMAND, gentle=gentle))
                except (IntegrityError, OperationalError) as problem:
                    # Somebody wrote the same employer or passport in the same moment: seen afresh, it is known.
                    if attempt == TRIES:
                        raise
                    log.warning("import_tried_again", import_id=str(import_id), kind=type(problem).__name__)
        except BaseException:
            with suppress(Exception), transaction() as db:
                imports.let_go(db, actor, import_id)
            raise
    raise AssertionError


class _Passage:
    """One passage through the file, from where the import stands."""

    def __init__(
        self,
        actor: Actor,
        folder: Path,
        import_id: uuid.UUID,
        *,
        country: str,
        today: date,
        understood: Understood | None,
        tell: Teller | None,
        alone: bool,
    ) -> None:
        self.alone = alone
        self.actor, self.folder, self.import_id, self.tell = actor, folder, import_id, tell
        with reading() as db:
            roster = imports.get(db, actor, import_id)
            self.understood = understood or imports.opened(db, folder, roster, country=country, today=today)
            self.run = Run(db, actor, self.understood, import_id, today=today)
            self.cursor = imports.cursor_of(roster)
            self.rows = resuming.after(db, self.run, self.understood.rows(), self.cursor)
            self.done = self.run.outcome.rows
        self.settled = 0

    def through(self, pace: Pace, *, keep_rejects: bool) -> Outcome:
        while batch := pace.read(self.rows):
            with pace.held():
                self._batch(batch)
        more = True
        while more:
            with pace.held(), transaction() as db:
                self._enter(db)
                more = self.run.held(pace.rows)
                self.run.keep_problems()
        outcome = self.run.conclude()
        rejects = imports.rejects_file(self.understood, outcome) if keep_rejects else None
        with transaction() as db:
            self._enter(db)
            old = imports.conclude(db, self.actor, self.folder, self.import_id, rejects)
            applying.finish(db, self.actor, self.import_id, self.run)
        imports.forget(self.folder, old)
        return outcome

    def _batch(self, batch: list[RosterRow]) -> None:
        with transaction() as db:
            self._enter(db)
            self.run.batch(batch)
            self.run.keep_problems()
            self.done += len(batch)
            self.cursor = max(self.cursor, *(row.row_number for row in batch))
            imports.move_on(db, self.actor, self.import_id, cursor=self.cursor, done=self.done)
        if self.tell:
            self.tell(self.done)
        self._settle()

    def _enter(self, db: Session) -> None:
        """Begin a transaction of this import. Raises Conflict when it is another process's by now."""
        imports.still_mine(db, self.actor, self.import_id)
        self.run.on(db)
        ready_for_many(db, alone=self.alone)

    def _settle(self) -> None:
        """Each time the import has grown fourfold, let PostgreSQL count what the tables hold, and tidy up after ourselves.

        It plans by what it believes to be there: 20,000 rows into empty tables took it a minute and a half, most of it in
        reading all of them for every batch. By itself it counts once a minute.
        """
        if self.done >= 4 * self.settled:
            self.settled = self.done
            with transaction() as db:
                refresh_statistics(db, *_GROWING)
            gc.collect()
