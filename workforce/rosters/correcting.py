"""A person's corrections of single cells: kept sealed with the import, read as if the file had said so, given back in the rejects."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field

from sqlalchemy.orm import Session

from workforce.core import audit, vault
from workforce.core.errors import Invalid
from workforce.core.tenancy import Actor
from workforce.core.words import _
from workforce.models import Import
from workforce.rosters.headers import letter_of
from workforce.rosters.sheets import Cell, Row, Sheet

MOST = 5_000
LONGEST = 1_000
Corrections = dict[int, dict[int, str]]
"""Row as the spreadsheet counts it, column from 0, and what the cell should say."""


@dataclass
class Corrected(Sheet):
    """A sheet with some cells said otherwise. Its top stays as it is: a correction never moves the headings."""

    corrections: Corrections = field(default_factory=dict)
    originals: dict[tuple[int, int], Cell] = field(default_factory=dict)
    """What stood in the corrected cells, once `rows()` has passed them."""

    def rows(self) -> Iterator[Row]:
        for number, cells in super().rows():
            said = self.corrections.get(number)
            yield (number, self._corrected(number, cells, said)) if said else (number, cells)

    def top(self) -> list[Row]:
        return Sheet(self.name, self.start, self.merges).top()

    def _corrected(self, number: int, cells: list[Cell], said: dict[int, str]) -> list[Cell]:
        wide = [*cells, *[""] * (max(said) + 1 - len(cells))]
        for column, text in said.items():
            self.originals[number, column] = wide[column]
            wide[column] = text
        return wide


def corrected(sheet: Sheet, corrections: Corrections) -> Sheet:
    """The sheet as it stands with these corrections."""
    return Corrected(sheet.name, sheet.start, sheet.merges, sheet.counts_from_1904, sheet.others, corrections) if corrections else sheet


def of(session: Session, roster: Import) -> Corrections:
    """The corrections kept with an import."""
    kept = json.loads(vault.reveal(session, roster, "corrections") or "{}")
    return {int(row): {int(column): text for column, text in cells.items()} for row, cells in kept.items()}


def correct(session: Session, actor: Actor, roster: Import, *, row: int, column: int, text: str) -> None:
    """Let one cell of a waiting import say `text`. Raises Invalid when there are too many or it is too long."""
    kept = of(session, roster)
    if len(text) > LONGEST:
        raise Invalid(_("This is longer than %(most)s characters.", most=LONGEST))
    kept.setdefault(row, {})[column] = text
    if sum(map(len, kept.values())) > MOST:
        raise Invalid(_("More than %(most)s cells are corrected here. Correct the rest in the spreadsheet.", most=MOST))
    _keep(session, roster, kept)
    audit.record(session, actor, "roster.correct", roster, row=row, column=letter_of(column))


def put_back(session: Session, actor: Actor, roster: Import, *, row: int, column: int) -> None:
    """Forget one correction: the file's own words count again."""
    kept = of(session, roster)
    if kept.get(row, {}).pop(column, None) is not None:
        _keep(session, roster, {number: cells for number, cells in kept.items() if cells})
        audit.record(session, actor, "roster.correct", roster, row=row, column=letter_of(column), back=True)


def forget(roster: Import) -> None:
    """Forget all corrections: another sheet was chosen, or the import is over."""
    roster.corrections_sealed = None


def _keep(session: Session, roster: Import, kept: Corrections) -> None:
    vault.seal(session, roster, corrections=json.dumps(kept, ensure_ascii=False) if kept else None)


