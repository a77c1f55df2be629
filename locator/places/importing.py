"""Place files in: thousands of rows in seconds, the same file twice changes nothing, and no hand edit is lost.

What a person typed lies in `PlaceEdit`, beside the shared row, so an import may rewrite the row and cannot reach it.
"""

import hashlib
import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from locator.models import PLACE_KINDS, Place
from locator.places import memory, tables
from locator.places.rows import Reader
from workforce.core import clock, db
from workforce.core.errors import Invalid
from workforce.core.words import _

_COMPARED = (
    "kind", "type", "name", "lat", "lon", "country", "country_of", "covers", "city", "address", "phone", "email", "website",
    "licence", "verified_on",
)  # fmt: skip
_EMPTY: dict[str, Any] = {
    "type": "",
    "country": "",
    "country_of": "",
    "covers": [],
    "city": "",
    "address": "",
    "phone": "",
    "email": "",
    "website": "",
    "licence": "",
    "verified_on": None,
}
_SAME_SPOT_DEGREES = 0.01
_WIKIDATA_ID, _OSM_ID = re.compile(r"Q\d+"), re.compile(r"(?:node|way|relation)/\d+")
_SAME_SOURCE = {"wikidata": "Wikidata", "osm": "OpenStreetMap", "openstreetmap": "OpenStreetMap"}


@dataclass
class Outcome:
    """What became of a file. Places are counted, and a row that repeats a place counts as unchanged; problems are one a cell."""

    created: int = 0
    updated: int = 0
    unchanged: int = 0
    rejected: list[dict[str, Any]] = field(default_factory=list)
    flagged: list[dict[str, Any]] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        return {
            "created": self.created,
            "updated": self.updated,
            "unchanged": self.unchanged,
            "rejected": self.rejected,
            "flagged": self.flagged,
        }

    @property
    def is_useful(self) -> bool:
        return bool(self.created or self.updated or self.unchanged)


def run(
    session: Session,
    data: bytes,
    file_name: str,
    *,
    kind: str | None = None,
    source: str = "",
    mapping: Mapping[str, str] | None = None,
) -> Outcome:
    """Read the file and bring the shared list up to it.

    `kind` is one of PLACE_KINDS, and may be left out where the file has a column "kind"; `source` names the list (else
    Wikidata or OpenStreetMap where the ids are theirs, else the file's name): a place is known by source and id. A blank
    cell says nothing, so it changes nothing. Raises Invalid for a file that cannot be used.
    """
    if kind is not None and kind not in PLACE_KINDS:
        raise Invalid(_("There is no kind “%(kind)s”. Kinds: %(kinds)s.", kind=kind, kinds=", ".join(PLACE_KINDS)))
    table = tables.read(data, file_name, kind=kind, mapping=mapping or {})
    if kind is None and "kind" not in table.columns:
        raise Invalid(_("Say what kind of place the file lists: --kind %(kinds)s.", kinds="|".join(PLACE_KINDS)))
    outcome = Outcome()
    found = _gathered(table, Reader(kind, _SAME_SOURCE.get(source.casefold(), source)), file_name, outcome)
    _write(session, found, outcome)
    return outcome


def _gathered(
    table: tables.Table, reader: Reader, file_name: str, outcome: Outcome
) -> dict[tuple[str, str], dict[str, Any]]:
    """The file's places by source and id, each once."""
    found: dict[tuple[str, str], dict[str, Any]] = {}
    rows: dict[tuple[str, str], int] = {}
    for number, cells in table.rows:
        values = reader.values(table, number, cells)
        outcome.rejected += reader.rejected
        outcome.flagged += reader.flagged
        if values is None:
            continue
        values["source"] = values["source"] or _usual_source(values["source_id"]) or Path(file_name).stem[:80]
        values["source_id"] = values["source_id"] or _own_id(values)
        key = (values["source"], values["source_id"])
        if key not in found:
            found[key], rows[key] = values, number
            continue
        outcome.unchanged += 1
        if _is_elsewhere(found[key], values):
            reason = _("Row %(row)s has the same id at another point. That one was kept.", row=rows[key])
            outcome.flagged.append(
                {"row": number, "column": "source_id", "value": values["source_id"], "reason": reason}
            )
        _merge(found[key], values)
    return found


def _usual_source(source_id: str) -> str:
    """Whose ids these are, so that two extracts of one list do not become two lists."""
    if _WIKIDATA_ID.fullmatch(source_id):
        return "Wikidata"
    return "OpenStreetMap" if _OSM_ID.fullmatch(source_id) else ""


def _own_id(values: Mapping[str, Any]) -> str:
    """An id for a row without one: the same row of the same list gets the same."""
    parts = (
        values["kind"],
        values["name"].casefold(),
        values.get("country_of", ""),
        f"{values['lat']:.4f}",
        f"{values['lon']:.4f}",
    )
    return "row-" + hashlib.sha256("|".join(parts).encode()).hexdigest()[:20]


def _is_elsewhere(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    return math.hypot(one["lat"] - other["lat"], one["lon"] - other["lon"]) > _SAME_SPOT_DEGREES


def _merge(kept: dict[str, Any], more: Mapping[str, Any]) -> None:
    """The first row of an id stands; later ones fill its blanks."""
    for name, value in more.items():
        if name == "covers":
            kept["covers"] = sorted({*kept["covers"], *value})
        elif not kept.get(name):
            kept[name] = value


def _write(session: Session, found: Mapping[tuple[str, str], dict[str, Any]], outcome: Outcome) -> None:
    known = _known(session, {source for source, _id in found})
    now = clock.now()
    fresh: list[dict[str, Any]] = []
    for key, values in found.items():
        if key not in known:
            fresh.append(_EMPTY | values | {"id": db.new_id(), "updated_at": now})
            continue
        place_id, before = known[key]
        changed = {name: values[name] for name in _COMPARED if _says_more(values.get(name), before[name])}
        if changed:
            session.execute(update(Place).where(Place.id == place_id).values(**changed, updated_at=now))
            outcome.updated += 1
        else:
            outcome.unchanged += 1
    if fresh:
        session.execute(insert(Place), fresh)
    outcome.created = len(fresh)
    if fresh or outcome.updated:
        memory.touch(session)


def _says_more(value: Any, before: Any) -> bool:
    return value not in (None, "", []) and value != before


def _known(session: Session, sources: Iterable[str]) -> dict[tuple[str, str], tuple[Any, dict[str, Any]]]:
    columns = (Place.id, Place.source, Place.source_id, *(getattr(Place, name) for name in _COMPARED))
    rows = session.execute(select(*columns).where(Place.source.in_(list(sources)), Place.owner_id.is_(None)))
    return {(row[1], row[2]): (row[0], dict(zip(_COMPARED, row[3:], strict=True))) for row in rows}
