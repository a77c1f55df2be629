"""Taking up an import that broke off: the file is read again, and the rows that were carried out are known by their lines."""

import uuid
from collections.abc import Iterator
from itertools import chain
from typing import Literal

from sqlalchemy import select
from sqlalchemy.orm import Session

from workforce.core import vault
from workforce.models import ImportProblem, ImportRow
from workforce.rosters.applying import Run, check_periods, stored_reason
from workforce.rosters.understanding import Problem, RosterRow

_Known = tuple[int, str, str, str]


def after(db: Session, run: Run, rows: Iterator[RosterRow], cursor: int) -> Iterator[RosterRow]:
    """The rows still to be carried out: those behind row `cursor`, and those before it that waited for the end of the file.

    `run` afterwards knows what it knew when it broke off: who is who in this file, its counts, its problems.
    """
    if not cursor or run.import_id is None:
        return rows
    lines = _lines(db, run)
    found = _problems(db, run)
    refused = {problem.row for problem in found if problem.kind == "rejected"}
    waiting: list[RosterRow] = []
    following: list[RosterRow] = []
    for row in rows:
        if row.row_number > cursor:
            following.append(row)
            break
        run.outcome.problems.extend(row.problems)
        if row.rejected:
            run.say(row, "rejected")
        else:
            check_periods(run.matcher, row)
            if not _known(run, row, lines, refused):
                row.problems = []  # They are counted and kept; the row itself still waits.
                waiting.append(row)
    # What the reading finds again need not be taken from the database.
    again = {_key(problem) for problem in run.outcome.problems + run.matcher.notes}
    run.matcher.notes.extend(problem for problem in found if _key(problem) not in again)
    run.matcher.doubted.update(problem.row for problem in run.matcher.notes if problem.field == "passport_number")
    run.all_kept()
    return chain(waiting, following, rows)


def _known(run: Run, row: RosterRow, lines: dict[int, tuple[uuid.UUID | None, str]], refused: set[int]) -> bool:
    """Whether the row was carried out, refused or passed over before the break."""
    worker_id, action = lines.get(row.row_number, (None, ""))
    if action:
        if (
            worker_id is not None
        ):  # Else the worker was removed meanwhile, and the row says nothing of anybody any more.
            run.matcher.remember(row, worker_id)
            run.digest.update(worker_id.bytes)
        run.say(row, "unchanged" if action == "added" else action)
        return True
    if row.row_number in refused:
        run.matcher.refused.add(row.row_number)
        run.say(row, "rejected")
        return True
    if row.repeat_of is not None and row.repeat_of not in run.matcher.refused:
        run.say(row, "unchanged")
        return True
    return False


def _lines(db: Session, run: Run) -> dict[int, tuple[uuid.UUID | None, str]]:
    """Worker and deed by row, about 0.2 KB each."""
    mine = select(ImportRow.row_number, ImportRow.worker_id, ImportRow.action).where(
        ImportRow.agency_id == run.actor.agency_id, ImportRow.import_id == run.import_id
    )
    return {number: (worker_id, action) for number, worker_id, action in db.execute(mine)}


def _problems(db: Session, run: Run) -> list[Problem]:
    """What was found before the break. The column is known by its heading; a reason does not quote its cell any more."""
    columns = {column.title[:120]: column for column in run.understood.header.columns}
    mine = select(ImportProblem).where(
        ImportProblem.agency_id == run.actor.agency_id, ImportProblem.import_id == run.import_id
    )
    found = []
    for kept in db.scalars(mine):
        column = columns.get(kept.column)
        letter, name = (column.letter, column.field or "") if column else ("", "")
        kind: Literal["rejected", "flagged"] = "rejected" if kept.kind == "rejected" else "flagged"
        value = vault.reveal(db, kept, "value") or ""
        found.append(Problem(kept.row_number, letter, kept.column, name, value, kept.reason, kind))
    db.expunge_all()
    return found


def _key(problem: Problem) -> _Known:
    return problem.row, problem.column[:120], problem.kind, stored_reason(problem)
