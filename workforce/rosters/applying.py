"""A roster becomes workers: one pass over its rows, a batch at a time. Who opens the transactions is told in `carrying.py`."""

import hashlib
import json
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from itertools import islice
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from workforce.core import audit, clock, vault
from workforce.core.db import new_id
from workforce.core.loading import insert_rows
from workforce.core.tenancy import Actor
from workforce.core.words import _
from workforce.models import Agency, Import, ImportProblem, ImportRow
from workforce.rosters import memory
from workforce.rosters.creating import Maker
from workforce.rosters.matching import Match, Matcher
from workforce.rosters.parts import PERIODS, Places
from workforce.rosters.understanding import Problem, RosterRow, Understood
from workforce.rosters.updating import Change, Updater

BATCH = 500
Watcher = Callable[[RosterRow, str, "uuid.UUID | None", "Change | None"], None]
"""Called with each row, what becomes of it (created, updated, unchanged or rejected), whose it is, and what it changes."""


@dataclass
class Outcome:
    """What an import did, or would do. Counts are of workers; a row said again, or adding to an earlier one, is unchanged."""

    import_id: uuid.UUID | None = None
    created: int = 0
    updated: int = 0
    unchanged: int = 0
    rejected_rows: int = 0
    flagged_rows: int = 0
    problems: list[Problem] = field(default_factory=list)
    skipped: dict[str, int] = field(default_factory=dict)

    @property
    def good(self) -> int:
        """Rows that stand for a worker."""
        return self.created + self.updated + self.unchanged

    @property
    def rows(self) -> int:
        return self.good + self.rejected_rows

    def of_kind(self, kind: str) -> list[Problem]:
        """The rejected or the flagged cells, by row and column."""
        return [problem for problem in self.problems if problem.kind == kind]

    def counts(self) -> dict[str, Any]:
        """For the import's row: numbers only."""
        plain = ("created", "updated", "unchanged", "rejected_rows", "flagged_rows")
        return {name: getattr(self, name) for name in plain} | {"rows": self.rows, "skipped": self.skipped}


def look(
    db: Session,
    actor: Actor,
    understood: Understood,
    *,
    today: date,
    watch: Watcher | None = None,
    tell: Callable[[int], None] | None = None,
) -> Outcome:
    """What an import of `understood` would do now. Writes nothing; `db` may be a reading session."""
    return Run(db, actor, understood, None, today=today, watch=watch, tell=tell).run()


def apply(
    db: Session,
    actor: Actor,
    understood: Understood,
    roster: Import,
    *,
    today: date,
    watch: Watcher | None = None,
    tell: Callable[[int], None] | None = None,
) -> Outcome:
    """Carry a short import out, inside the caller's transaction. `roster` is new or flushed; `tell` hears how many rows are done.

    A long one goes through `carrying.carry_out`, which lets others write in between.
    """
    own = select(Agency.id).where(Agency.id == actor.agency_id)
    db.scalar(
        own.with_for_update(key_share=True)
    )  # Two imports of one agency at once would make the same people twice.
    roster.state, roster.applied_at = "applied", clock.now()
    db.add(roster)
    db.flush()
    run = Run(db, actor, understood, roster.id, today=today, watch=watch, tell=tell)
    outcome = run.run()
    finish(db, actor, roster.id, run)
    return outcome


def finish(db: Session, actor: Actor, import_id: uuid.UUID, run: "Run") -> None:
    """Write down what a run has come to: its counts, the problems not kept yet, the line in the log."""
    run.keep_problems()
    kept = db.scalars(select(Import).where(Import.agency_id == actor.agency_id, Import.id == import_id)).one()
    kept.state, kept.counts = "applied", run.outcome.counts()
    shape = {name: value for name, value in run.outcome.counts().items() if name != "skipped"}
    audit.record(db, actor, "roster.import", kept, **shape, digest=run.digest.hexdigest()[:32])


class Run:
    """One pass over the file. Without an import id nothing is written."""

    def __init__(
        self,
        db: Session,
        actor: Actor,
        understood: Understood,
        import_id: uuid.UUID | None,
        *,
        today: date,
        watch: Watcher | None = None,
        tell: Callable[[int], None] | None = None,
    ) -> None:
        now: datetime = clock.now()
        self.db, self.actor, self.understood, self.import_id = db, actor, understood, import_id
        self.watch, self.tell = watch, tell
        self.matcher = Matcher(db, actor.agency_id, understood.header)
        self.places = Places(db, actor.agency_id, import_id=import_id)
        self.maker = Maker(db, self.matcher, self.places, import_id=import_id or actor.agency_id, now=now, today=today)
        self.updater = Updater(db, self.matcher, self.places, now=now, today=today, dry=import_id is None)
        self.updater.tells = watch is not None
        self.updater.empty_clears = understood.empty_clears
        self.outcome = Outcome(import_id)
        self.digest = hashlib.sha256()
        self.kept = (0, 0)
        """How many of the reading's problems and of the matcher's notes are in the database."""
        self.late: list[Problem] = []

    def on(self, db: Session) -> None:
        """Go on in another session."""
        self.db = self.matcher.db = self.places.db = self.maker.db = self.updater.db = db

    def run(self) -> Outcome:
        """The whole file, in this session."""
        rows, done = self.understood.rows(), 0
        while batch := list(islice(rows, BATCH)):
            self.batch(batch)
            done += len(batch)
            if self.tell:
                self.tell(done)
        while self.held():
            pass
        return self.conclude()

    def batch(self, rows: list[RosterRow]) -> None:
        """These rows, with everything they make and change."""
        good = []
        for row in rows:
            self.outcome.problems.extend(row.problems)
            if row.rejected:
                self.say(row, "rejected")
            else:
                check_periods(self.matcher, row)
                good.append(row)
        self._carry_out(self.matcher.match(good))

    def held(self, most: int = BATCH) -> bool:
        """Some of the rows that waited for the end of the file; False when there are none left."""
        matches = self.matcher.finish(most)
        self._carry_out(matches)
        return bool(matches)

    def conclude(self) -> Outcome:
        """The outcome, once every row is done."""
        outcome = self.outcome
        problems = outcome.problems + self.matcher.notes
        rejected = {problem.row for problem in problems if problem.kind == "rejected"}
        outcome.flagged_rows = len({problem.row for problem in problems} - rejected)
        outcome.skipped = {str(kind): count for kind, count in self.understood.skipped.items()}
        letters = {column.letter: column.index for column in self.understood.header.columns}
        self.late = self._unkept()
        outcome.problems = sorted(problems, key=lambda problem: (problem.row, letters.get(problem.letter, -1)))
        self.kept = len(problems), len(self.matcher.notes)
        return outcome

    def keep_problems(self) -> None:
        """Write the problems found since the last time."""
        if self.import_id is not None:
            _keep_problems(self.db, self.actor, self.import_id, self.late + self._unkept())
        self.all_kept()

    def all_kept(self) -> None:
        """Whatever was found up to now is in the database."""
        self.kept, self.late = (len(self.outcome.problems), len(self.matcher.notes)), []

    def _unkept(self) -> list[Problem]:
        read, noted = self.kept
        return self.outcome.problems[read:] + self.matcher.notes[noted:]

    def _carry_out(self, matches: list[Match]) -> None:
        if not matches:
            return
        new = [match for match in matches if match.kind == "new"]
        if self.import_id:
            self.maker.make(new)
        changes = self.updater.update(
            [
                match
                for match in matches
                if match.kind in {"known", "here"} and not (match.untouched and not self.updater.empty_clears)
            ]
        )
        lines = []
        for match in matches:
            action = _action(match, changes.get(match.row.row_number))
            self.say(match.row, action, match.worker_id, changes.get(match.row.row_number))
            if self.import_id and match.worker_id:
                self.digest.update(match.worker_id.bytes)
                lines.append(self._line(match, action, changes.get(match.row.row_number)))
        insert_rows(self.db, ImportRow, lines)
        self.db.expunge_all()
        vault.forget_keys(self.db)

    def _line(self, match: Match, action: str, change: Change | None) -> dict[str, Any]:
        line_id, agency_id = new_id(), self.actor.agency_id
        before = None
        if change and match.worker_id:
            text = json.dumps(memory.before(change.changed, change.added, match.version))
            before = vault.seal_value(
                self.db, agency_id, match.worker_id, "import_rows", "before_sealed", line_id, text
            )
        return {
            "id": line_id,
            "agency_id": agency_id,
            "import_id": self.import_id,
            "worker_id": match.worker_id,
            "row_number": match.row.row_number,
            "action": "added" if match.kind == "here" and change else action,
            "row_digest": match.digest,
            "worker_version": change.worker.version if change is not None else match.version,
            "before_sealed": before,
        }

    def say(
        self, row: RosterRow, action: str, worker_id: uuid.UUID | None = None, change: Change | None = None
    ) -> None:
        """Count a row and tell who watches."""
        name = "rejected_rows" if action == "rejected" else action
        setattr(self.outcome, name, getattr(self.outcome, name) + 1)
        if self.watch:
            self.watch(row, action, worker_id, change)


def _action(match: Match, change: Change | None) -> str:
    if match.kind == "new":
        return "created"
    if match.kind == "refused":
        return "rejected"
    return "updated" if match.kind == "known" and change else "unchanged"


def check_periods(matcher: Matcher, row: RosterRow) -> None:
    """A paper that ends before it begins: neither day can be trusted, so neither goes in."""
    for begins, ends in PERIODS:
        start, end = row.values.get(begins), row.values.get(ends)
        if isinstance(start, date) and isinstance(end, date) and end <= start:
            matcher.note(row, ends, _("This day is not after the day it begins."), "flagged")
            del row.values[begins], row.values[ends]


def _keep_problems(db: Session, actor: Actor, import_id: uuid.UUID, problems: list[Problem]) -> None:
    remaining = iter(problems)
    while batch := list(islice(remaining, BATCH)):
        insert_rows(db, ImportProblem, [_problem_line(db, actor.agency_id, import_id, problem) for problem in batch])


def stored_reason(problem: Problem) -> str:
    """The reason as it is kept: one that quotes its cell would put in clear what the next column seals."""
    return (problem.reason.replace(problem.value, "…") if problem.value else problem.reason)[:240]


def _problem_line(db: Session, agency_id: uuid.UUID, import_id: uuid.UUID, problem: Problem) -> dict[str, Any]:
    line_id, column = new_id(), "value_sealed"
    sealed = (
        vault.seal_value(db, agency_id, agency_id, "import_problems", column, line_id, problem.value)
        if problem.value
        else None
    )
    return {
        "id": line_id,
        "agency_id": agency_id,
        "import_id": import_id,
        "row_number": problem.row,
        "column": problem.column[:120],
        "kind": problem.kind,
        "reason": stored_reason(problem),
        "value_sealed": sealed,
    }


def with_reasons(understood: Understood, problems: list[Problem]) -> Iterator[RosterRow]:
    """The file's rows once more, each with everything that was found wrong, for the rejects file."""
    by_row: dict[int, list[Problem]] = {}
    for problem in problems:
        by_row.setdefault(problem.row, []).append(problem)
    for row in understood.rows():
        if row.row_number in by_row:
            yield replace(row, problems=by_row[row.row_number])
