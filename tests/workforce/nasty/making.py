"""What the nasty files are made of."""

import csv
import io
from dataclasses import dataclass, field
from typing import Any

import openpyxl

Told = tuple[int, str, str]
"""A row, the heading of its column, and words of the reason."""


@dataclass(frozen=True)
class Somebody:
    """A person who must come out: the row as the spreadsheet shows it, and what must be known of them."""

    row: int
    name: str
    nationality: str
    host: str
    values: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Case:
    """One file. Everybody in `people` and nobody else; every cell in `rejected` and `flagged` and no other."""

    title: str
    data: bytes
    people: tuple[Somebody, ...]
    file_name: str = "list.csv"
    country: str = "PH"
    rejected: tuple[Told, ...] = ()
    flagged: tuple[Told, ...] = ()
    options: dict[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        return self.title.replace(" ", "-")


def somebody(row: int, name: str, nationality: str, host: str, **values: Any) -> Somebody:
    return Somebody(row, name, nationality, host, values)


def text(lines: str, encoding: str = "utf-8") -> bytes:
    return lines.encode(encoding)


def joined(rows: list[list[str]], separator: str = ",", encoding: str = "utf-8") -> bytes:
    out = io.StringIO()
    csv.writer(out, delimiter=separator).writerows(rows)
    return out.getvalue().encode(encoding)


def book(*rows: list[Any], merge: tuple[str, ...] = (), prepare: Any = None) -> bytes:
    """A workbook of one sheet; `prepare` may do anything else to it."""
    made = openpyxl.Workbook()
    for row in rows:
        made.active.append(row)
    for cells in merge:
        made.active.merge_cells(cells)
    if prepare:
        prepare(made)
    out = io.BytesIO()
    made.save(out)
    return out.getvalue()
