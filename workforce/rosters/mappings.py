"""What the columns of a list hold: remembered for the next file with the same headings, kept under a name, shared as a file.

A mapping speaks of headings, not of column numbers: a list whose columns were moved is still the same list.
"""

import json
import re
import uuid
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from workforce import countries
from workforce.core import audit, clock, db, vault
from workforce.core.errors import Conflict, Invalid, NotFound
from workforce.core.tenancy import Actor
from workforce.core.words import _
from workforce.models import Import, RosterMapping
from workforce.rosters import headers, sheets
from workforce.rosters.dates import Order
from workforce.rosters.headers import Header
from workforce.rosters.heading_words import FIELDS, NAME_FIELDS, PHONE_FIELDS
from workforce.rosters.imports import Options
from workforce.rosters.sheets import BadFile, Row

FORMAT, VERSION = "muster roster mapping", 1
LARGEST_BYTES = 200_000
LONGEST_NAME = 80
MOST_COLUMNS = 500
MOST_HEADINGS = 60
_HEADING_AGAIN = re.compile(r"(.*)( \(\d{1,2}\))").fullmatch


@dataclass(frozen=True)
class Rules:
    """By heading, in small plain words: the field ("" leaves the column out), the order of its dates, whose its phones are.

    `nationality` and `host` are for everyone where the list has no such column.
    """

    columns: dict[str, str] = field(default_factory=dict)
    dates: dict[str, str] = field(default_factory=dict)
    phones: dict[str, str] = field(default_factory=dict)
    nationality: str = ""
    host: str = ""


# --- headings -------------------------------------------------------------------------------------------------------------


def keys(header: Header) -> dict[int, str]:
    """How a mapping calls each column that has a heading; a heading that comes twice is numbered."""
    found: dict[int, str] = {}
    seen: dict[str, int] = {}
    for column in header.columns[:MOST_HEADINGS]:
        word = countries.plain(column.heading)[:120]
        if word:
            seen[word] = seen.get(word, 0) + 1
            found[column.index] = word if seen[word] == 1 else f"{word} ({seen[word]})"
    return found


def shape(agency_id: uuid.UUID, header: Header) -> bytes:
    """A keyed digest of the headings, whatever their order."""
    return vault.digest(agency_id, "roster_mappings.shape", "\n".join(sorted(keys(header).values())).encode())


def rules_of(header: Header, options: Options) -> Rules:
    """What was understood and chosen for a file, by its headings."""
    names = keys(header)
    return Rules(
        {name: header.columns[index].field or "" for index, name in names.items()},
        {names[index]: order for index, order in options.dates.items() if index in names},
        {names[index]: code for index, code in options.phones.items() if index in names},
        options.nationality or "",
        options.host or "",
    )


def applied(rules: Rules, header: Header, options: Options) -> Options:
    """`options` with what the mapping says about this file's columns; what it does not know is left to the headings."""
    names = {name: index for index, name in keys(header).items()}
    mapping = {names[name]: said or None for name, said in rules.columns.items() if name in names}
    return replace(
        options,
        mapping={**mapping, **options.mapping},
        dates={names[name]: order for name, order in rules.dates.items() if name in names} | dict(options.dates),
        phones={names[name]: code for name, code in rules.phones.items() if name in names} | dict(options.phones),
        nationality=options.nationality or rules.nationality or None,
        host=options.host or rules.host or None,
    )


def for_file(data: bytes | Path, file_name: str, rules: Rules, options: Options) -> Options:
    """`options` with what the mapping says about a file that nobody has looked at yet. Raises BadFile.

    Where the headings say nothing to us, the row that the mapping knows is taken for them.
    """
    if isinstance(data, Path) and not data.is_file():
        raise BadFile(_("There is no file %(name)s.", name=data))
    sheet = sheets.read(data, file_name, lambda top: headers.usable(top) or row_of(rules, top) is not None, wanted=options.sheet)
    row = options.header_row or row_of(rules, sheet.top())
    header = headers.understand_header(sheet.top(), row=row)
    return applied(rules, header, replace(options, header_row=row)) if header is not None else options


def fits(rules: Rules, header: Header) -> int:
    """How many of the file's headings the mapping knows."""
    return len(set(keys(header).values()) & set(rules.columns))


def row_of(rules: Rules, top: Sequence[Row]) -> int | None:
    """The row whose cells the mapping knows best as headings: at least two of them, and a name among them."""
    best, most = None, 1
    for number, cells in top:
        words = {countries.plain(cell)[:120] for cell in cells if isinstance(cell, str)}
        known = words & set(rules.columns)
        if len(known) > most and any(rules.columns[word] in NAME_FIELDS for word in known):
            best, most = number, len(known)
    return best


# --- kept in the agency ---------------------------------------------------------------------------------------------------


def remember(session: Session, actor: Actor, header: Header, options: Options) -> None:
    """Keep what was chosen for a file, for the next one with the same headings. Nothing chosen, nothing kept."""
    if not (options.mapping or options.dates or options.phones or options.nationality or options.host):
        return
    mark = shape(actor.agency_id, header)
    kept = _at(session, actor, mark)
    if kept is None:
        kept = _new(session, actor, None, mark, mark)
    _say(session, actor, kept, rules_of(header, options), remembered=True)


def remembered(session: Session, actor: Actor, header: Header) -> RosterMapping | None:
    """What was chosen for the last file with these headings."""
    return _at(session, actor, shape(actor.agency_id, header))


def named(session: Session, actor: Actor) -> list[RosterMapping]:
    """The agency's mappings that have a name, by name."""
    mine = select(RosterMapping).where(RosterMapping.agency_id == actor.agency_id, RosterMapping.name.is_not(None))
    return list(session.scalars(mine.order_by(RosterMapping.name)))


def get(session: Session, actor: Actor, mapping_id: uuid.UUID) -> RosterMapping:
    """One mapping of the agency. Raises NotFound."""
    kept = session.scalar(select(RosterMapping).where(RosterMapping.id == mapping_id, RosterMapping.agency_id == actor.agency_id))
    if kept is None:
        raise NotFound(_("No such mapping."))
    return kept


def by_name(session: Session, actor: Actor, name: str) -> RosterMapping:
    """The mapping of this name, however it is written. Raises NotFound."""
    kept = _at(session, actor, _name_slot(actor, name))
    if kept is None:
        raise NotFound(_("There is no mapping called “%(name)s”, and no such file.", name=name))
    return kept


def rules(session: Session, kept: RosterMapping) -> Rules:
    """What a kept mapping says."""
    try:
        said = json.loads(vault.reveal(session, kept, "rules") or "{}")
    except ValueError:
        said = {}
    return Rules(**said) if isinstance(said, dict) else Rules()


def save(session: Session, actor: Actor, name: str, said: Rules) -> RosterMapping:
    """Keep rules under a name. Raises Invalid without a name, Conflict when the name is taken."""
    name = _checked_name(name)
    slot = _name_slot(actor, name)
    if _at(session, actor, slot) is not None:
        raise Conflict(_("There is a mapping called “%(name)s” already.", name=name))
    mark = vault.digest(actor.agency_id, "roster_mappings.shape", "\n".join(sorted(said.columns)).encode())
    kept = _new(session, actor, name, slot, mark)
    _say(session, actor, kept, said)
    return kept


def rename(session: Session, actor: Actor, mapping_id: uuid.UUID, name: str) -> RosterMapping:
    """Call a named mapping something else. Raises NotFound, Invalid, Conflict."""
    kept, name = get(session, actor, mapping_id), _checked_name(name)
    slot = _name_slot(actor, name)
    other = _at(session, actor, slot)
    if other is not None and other.id != kept.id:
        raise Conflict(_("There is a mapping called “%(name)s” already.", name=name))
    kept.name, kept.slot = name, slot
    audit.record(session, actor, "roster.mapping_rename", kept)
    return kept


def remove(session: Session, actor: Actor, mapping_id: uuid.UUID) -> None:
    """Forget a mapping, named or remembered. Raises NotFound."""
    kept = get(session, actor, mapping_id)
    audit.record(session, actor, "roster.mapping_remove", kept, remembered=kept.name is None)
    session.delete(kept)


def used(session: Session, actor: Actor, roster: Import, kept: RosterMapping, header: Header) -> Options:
    """Choose for a waiting import what the mapping says; choices made before for the same columns give way."""
    before = Options.of(roster)
    kept.used_at = clock.now()
    fresh = replace(Options(), sheet=before.sheet, header_row=before.header_row, empty_clears=before.empty_clears)
    return applied(rules(session, kept), header, fresh)


def only_hope(session: Session, actor: Actor, data: bytes, file_name: str) -> Options | None:
    """For a file whose headings say nothing to us: what the named mapping says that knows most of them. Raises BadFile."""
    kept = named(session, actor)
    if not kept or headers.usable(top := sheets.read(data, file_name, headers.usable).top()):
        return None
    known = [said for said in (rules(session, one) for one in kept) if row_of(said, top) is not None]
    best = max(known, key=lambda said: len(said.columns), default=None)
    return for_file(data, file_name, best, Options()) if best is not None else None


# --- as a file ------------------------------------------------------------------------------------------------------------


def as_file(session: Session, actor: Actor, mapping_id: uuid.UUID) -> tuple[str, bytes]:
    """A named mapping's name, and a JSON file that another agency can take in. It says nothing about any worker."""
    kept = get(session, actor, mapping_id)
    said = {"format": FORMAT, "version": VERSION, "name": kept.name or "", **asdict(rules(session, kept))}
    return kept.name or "", json.dumps(said, ensure_ascii=False, indent=2).encode()


def from_file(data: bytes) -> tuple[str, Rules, list[str]]:
    """The name, the rules that can be used, and the words in the file that cannot. Raises Invalid when it is no mapping."""
    if len(data) > LARGEST_BYTES:
        raise Invalid(_("This file is too large to be a mapping."))
    try:
        said = json.loads(data)
    except (ValueError, RecursionError):
        said = None
    if not isinstance(said, dict) or said.get("format") != FORMAT or not isinstance(said.get("columns"), dict):
        raise Invalid(_("This is not a mapping that Muster has written."))
    if said.get("version") != VERSION:
        raise Invalid(_("This mapping was written by a newer Muster."))
    unknown: list[str] = []
    columns = _texts(said, "columns", lambda one: one == "" or one in FIELDS, unknown)
    twice = {one for one in columns.values() if one and one not in PHONE_FIELDS and list(columns.values()).count(one) > 1}
    unknown += sorted(twice)
    columns = {name: "" if one in twice else one for name, one in columns.items()}
    dates = _texts(said, "dates", lambda one: one in set(Order), unknown)
    phones = _texts(said, "phones", _is_country, unknown)
    nationality, host = (_country(said.get(name), unknown) for name in ("nationality", "host"))
    return str(said.get("name") or "")[:LONGEST_NAME], Rules(columns, dates, phones, nationality, host), unknown


def _texts(said: dict[str, Any], name: str, is_known: Any, unknown: list[str]) -> dict[str, str]:
    lines = said.get(name) or {}
    if not isinstance(lines, dict) or len(lines) > MOST_COLUMNS:
        raise Invalid(_("This is not a mapping that Muster has written."))
    found = {}
    for heading, value in lines.items():
        word, again = _HEADING_AGAIN(heading).groups() if _HEADING_AGAIN(heading) else (heading, "")  # type: ignore[union-attr]
        if isinstance(value, str) and is_known(value):
            found[countries.plain(word)[:120] + (again or "")] = value
        else:
            unknown.append(str(value)[:40])
    return found


def _is_country(code: str) -> bool:
    return code in countries.all_codes()


def _country(code: object, unknown: list[str]) -> str:
    if code and not (isinstance(code, str) and _is_country(code)):
        unknown.append(str(code)[:40])
        return ""
    return str(code or "")


# --- inside ---------------------------------------------------------------------------------------------------------------


def _at(session: Session, actor: Actor, slot: bytes) -> RosterMapping | None:
    return session.scalar(select(RosterMapping).where(RosterMapping.agency_id == actor.agency_id, RosterMapping.slot == slot))


def _name_slot(actor: Actor, name: str) -> bytes:
    return vault.digest(actor.agency_id, "roster_mappings.name", countries.plain(name).encode())


def _checked_name(name: str) -> str:
    name = " ".join(name.split())
    if not name or not countries.plain(name):
        raise Invalid(_("Give the mapping a name, such as the list's own."))
    if len(name) > LONGEST_NAME:
        raise Invalid(_("This is longer than %(most)s characters.", most=LONGEST_NAME))
    return name


def _new(session: Session, actor: Actor, name: str | None, slot: bytes, mark: bytes) -> RosterMapping:
    kept = RosterMapping(id=db.new_id(), agency_id=actor.agency_id, name=name, slot=slot, shape=mark, made_by=actor.id, created_at=clock.now())
    session.add(kept)
    return kept


def _say(session: Session, actor: Actor, kept: RosterMapping, said: Rules, *, remembered: bool = False) -> None:
    vault.seal(session, kept, rules=json.dumps(asdict(said), ensure_ascii=False))
    kept.used_at = clock.now()
    session.flush()
    audit.record(session, actor, "roster.mapping_save", kept, columns=len(said.columns), remembered=remembered)
