"""Cells that say "the same as above": -do-, ditto, a lone quotation mark. What they repeat is written out before a row is read."""

from collections.abc import Sequence

from workforce.rosters.headers import Header
from workforce.rosters.sheets import Cell

_MARKS_TEXT = "-do- - do - –do– —do— -do do- do. do -ditto- ditto ditto. -same- same as-above sda sda. idem id. \" \"\" ,, '' ″ 〃 ” “ „ -\"- - \" -"
_MARKS = frozenset((*_MARKS_TEXT.split(), "- do -", "same as above", "as above", '- " -')) - {"-"}
_REPEATED = frozenset(("nationality", "host_country", "employer", "site", "occupation", "sex", "language", "custody", "contract_starts_on", "contract_ends_on"))
"""What workers one below the other may share. Nobody has another's name, passport, birth date or phone."""


def is_ditto(cell: Cell) -> bool:
    """Whether a cell says that it is as the one above. A bare DO in capitals is not: it may be a country's code."""
    return isinstance(cell, str) and 0 < len(cell) < len("same as above..") and cell != "DO" and cell.strip().lower() in _MARKS


class Above:
    """The shared columns of the last row that was somebody's."""

    def __init__(self, header: Header) -> None:
        self._columns = [column.index for column in header.columns if column.field in _REPEATED]
        self._said: dict[int, Cell] = {}

    def written_out(self, row: Sequence[Cell]) -> Sequence[Cell]:
        """The row with what its dittos repeat. One with nothing above it stays as it is."""
        out: list[Cell] | None = None
        for index in self._columns:
            if index >= len(row):
                break
            cell = row[index]
            if is_ditto(cell) and index in self._said:
                out = out or list(row)
                out[index] = self._said[index]
            else:
                self._said[index] = cell
        return row if out is None else out
