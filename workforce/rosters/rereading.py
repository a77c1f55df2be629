"""A list that Muster wrote, edited, and handed in again: only what was edited is news, and what empty cells take away."""

import uuid
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from workforce.countries import plain
from workforce.models import Worker
from workforce.rosters import cells, marks
from workforce.rosters.headers import Header
from workforce.rosters.heading_words import PHONE_FIELDS
from workforce.rosters.portraits import Portrait
from workforce.rosters.understanding import RosterRow

_PLAIN = ("own_script_name", "external_ref")
_SEALED = ("sex", "email", "address_host", "address_home", "notes")
_WORK = {"employer": ("employer_id", None), "site": ("site_id", None), "occupation": ("occupation", ""), "contract_starts_on": ("starts_on", None), "contract_ends_on": ("ends_on", None)}
_DAYS = {"passport_expires_on": "passport", "visa_expires_on": "visa", "permit_expires_on": "residence_permit", "exit_permit_expires_on": "exit_permit"}
CLEARED = frozenset({*_PLAIN, *_SEALED, *_WORK, *_DAYS, "passport_issued_on", "custody", "contact_relation"})
"""What an empty cell may take away. Names, birth dates, numbers of papers, phones and contacts are not among it."""


@dataclass(frozen=True)
class News:
    """The row without the cells that say what they said when the list was written; `clashes` were changed here since, too."""

    row: RosterRow
    as_written: frozenset[str] = frozenset()
    clashes: tuple[str, ...] = ()
    renumbered: tuple[tuple[str, str], ...] = ()
    """Numbers typed over others: new, old. The old one is corrected, not kept beside the new one."""


def news(agency_id: uuid.UUID, worker: Worker, row: RosterRow, header: Header, now: Callable[[], Portrait]) -> News:
    """What a row of an exported list has new to say about its worker. `now` tells what is on file, where that is asked."""
    marked = str(row.values.get("muster_check", ""))
    if not marked or row.values.get("muster_id") != str(worker.id):
        return News(row)
    same: dict[str, list[str]] = {}
    edited: list[tuple[str, int, str]] = []
    for column in header.columns:
        slot = marks.SLOTS.get(plain(column.heading))
        if slot is None or column.field != marks.COLUMNS[slot].field:
            continue
        text = cells.text_of(row.original[column.index]) if column.index < len(row.original) else ""
        said = [text] if column.field in PHONE_FIELDS else [text, _text(row.values.get(column.field, ""))]
        if marks.is_as_written(agency_id, worker.id, marked, slot, said):
            same.setdefault(column.field, []).append(text)
        else:
            edited.append((column.field, slot, text))
    if not edited:
        return News(_without(row, worker, same), frozenset(same))
    held = marks.texts(now())
    untouched = {slot: marks.is_as_written(agency_id, worker.id, marked, slot, [held[slot]]) for _name, slot, _said in edited}
    clashes = tuple(name for name, slot, text in edited if held[slot] != text and not untouched[slot])
    rest = _without(row, worker, same)
    return News(rest, frozenset(same), clashes, _renumbered(rest, edited, held, untouched))


def _without(row: RosterRow, worker: Worker, same: dict[str, list[str]]) -> RosterRow:
    values = {name: value for name, value in row.values.items() if name not in same or name in PHONE_FIELDS}
    if "full_name" in same:
        names = {"full_name": worker.full_name, "family_name": worker.family_name, "given_names": worker.given_names}
        values = {name: value for name, value in values.items() if name not in names} | {name: text for name, text in names.items() if text}
    for name in ("nationality", "host_country"):
        if name in same:
            values[name] = str(getattr(worker, name))
    kin = {"contact_name", "contact_relation", "phone_family"}
    if (kin & row.values.keys()) - same.keys():
        values |= {name: row.values[name] for name in kin & row.values.keys()}  # They are one contact: none speaks alone.
        same = {name: texts for name, texts in same.items() if name != "phone_family"}
    known = {number for name in PHONE_FIELDS & same.keys() for number in same[name]}
    return replace(row, values=values, phones=[phone for phone in row.phones if phone.number not in known])


def _renumbered(row: RosterRow, edited: list[tuple[str, int, str]], held: list[str], untouched: dict[int, bool]) -> tuple[tuple[str, str], ...]:
    """Which of the row's own numbers were typed over which. Nothing where a cell is no number: then it is not clear."""
    slots = [slot for name, slot, text in edited if name in PHONE_FIELDS and name != "phone_family" and text]
    own = [phone.number for phone in row.phones if phone.role != "family"]
    if len(slots) != len(own):
        return ()
    return tuple((number, held[slot]) for number, slot in zip(own, slots, strict=True) if held[slot] and untouched[slot])


def clear(change: Any, header: Header, as_written: frozenset[str]) -> None:
    """Take away what the row's empty cells leave empty, where that was chosen. `change` remembers what stood there."""
    worker, original = change.worker, change.row.original
    filled = {c.field for c in header.columns if c.index < len(original) and cells.text_of(original[c.index])}
    empty = (CLEARED & header.fields) - filled - as_written
    for name in empty & {*_PLAIN}:
        change.set(worker, **{name: ""})
    for name in empty & {*_SEALED}:
        change.set(worker, **{f"{name}_sealed": None} | ({"email_index": None} if name == "email" else {}))
    if (work := worker.deployment) is not None:
        change.set(work, **{column: nothing for name, (column, nothing) in _WORK.items() if name in empty})
    for name, kind in _DAYS.items():
        if name in empty:
            _clear_paper(change, kind, "expires_on")
    if "passport_issued_on" in empty:
        _clear_paper(change, "passport", "issued_on")
    if "custody" in empty and (paper := _paper(worker, "passport")) is not None:
        change.set(paper, custody="unknown", custody_since_on=None)
    kin = next((one for one in worker.contacts if one.kind == "next_of_kin"), None)
    if "contact_relation" in empty and kin is not None:
        change.set(kin, relation="")


def _paper(worker: Worker, kind: str) -> Any:
    mine = [one for one in worker.documents if one.kind == kind and one.archived_at is None]
    return max(mine, key=lambda one: one.expires_on or date.min, default=None)


def _clear_paper(change: Any, kind: str, column: str) -> None:
    paper = _paper(change.worker, kind)
    issue = paper.active if paper is not None else None
    if issue is not None and issue.state == "active":
        change.set(issue, **{column: None})
        if column == "expires_on":
            change.set(paper, expires_on=None)


def _text(value: str | date) -> str:
    return value.isoformat() if isinstance(value, date) else str(value)
