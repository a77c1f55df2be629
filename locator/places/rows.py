"""One row of a place file: what it says, what cannot be used, what needs a look."""

import re
from datetime import date
from typing import Any

from locator import outlines
from locator.geodesy import Point
from locator.models import PLACE_KINDS
from locator.places.tables import Table, text_of
from workforce import countries
from workforce.core.errors import Invalid
from workforce.core.words import _

_LENGTHS = {
    "name": 200,
    "type": 60,
    "city": 120,
    "address": 240,
    "phone": 60,
    "email": 120,
    "website": 240,
    "licence": 60,
    "source": 80,
    "source_id": 80,
}
_NUMBERS = re.compile(r"[-+]?\d+(?:\.\d+)?")
_PARTS = re.compile(r"[|;/]")


class Reader:
    """Reads rows one after the other; `rejected` and `flagged` are the last row's."""

    def __init__(self, kind: str | None, source: str) -> None:
        self.kind, self.source = kind, source
        self.rejected: list[dict[str, Any]] = []
        self.flagged: list[dict[str, Any]] = []
        self._countries: dict[str, tuple[str, str]] = {}

    def values(self, table: Table, number: int, cells: list[Any]) -> dict[str, Any] | None:
        """Column values of a place, only of columns that the file has; None for a blank row and for a rejected one."""
        self.rejected, self.flagged = [], []
        said = {name: text_of(cells[at]) if at < len(cells) else "" for name, (at, _heading) in table.columns.items()}
        if not any(said.values()):
            return None
        kind = self._kind(table, number, said)
        point = self._point(table, number, said)
        if kind is None or point is None:
            return None
        values: dict[str, Any] = {"kind": kind, "lat": point.lat, "lon": point.lon}
        values |= {name: said[name][:most] for name, most in _LENGTHS.items() if name in said}
        values["type"] = said.get("type", "").lower()[:60] or kind
        values["source"] = said.get("source", "")[:80] or self.source
        values["source_id"] = self._source_id(table, cells, said)
        values["country"] = self._country(table, number, "country", said) or outlines.country_at(point) or ""
        if "country_of" in said:
            values["country_of"] = self._country(table, number, "country_of", said)
        if "covers" in said:
            values["covers"] = self._covers(table, number, said["covers"], values["country"])
        if "verified_on" in said:
            values["verified_on"] = self._day(table, number, said["verified_on"])
        values["name"] = said.get("name", "")[:200] or self._called(kind, values, said)
        if not values["name"]:
            self._reject(table, number, "name", "", _("A place needs a name."))
            return None
        return values

    def _kind(self, table: Table, number: int, said: dict[str, str]) -> str | None:
        kind = self.kind or said.get("kind", "").lower()
        if kind in PLACE_KINDS:
            return kind
        self._reject(
            table, number, "kind", kind, _("There is no such kind. Kinds: %(kinds)s.", kinds=", ".join(PLACE_KINDS))
        )
        return None

    def _point(self, table: Table, number: int, said: dict[str, str]) -> Point | None:
        column = "lat"
        if said.get("lat") or said.get("lon") or "point" not in said:
            lat, lon = (said.get(name, "").replace(",", ".") for name in ("lat", "lon"))
            column = "lon" if _number(lat) is not None else "lat"
        else:
            column = "point"
            pair = _NUMBERS.findall(said["point"])
            lat, lon = pair[:2] if len(pair) == 2 else ("", "")
            if said["point"].lower().startswith("point"):  # Well-known text has the longitude first.
                lat, lon = lon, lat
        y, x = _number(lat), _number(lon)
        shown = said.get(column, "")
        if y is None or x is None:
            reason = _("Not a number of degrees.") if shown else _("A place needs coordinates.")
            self._reject(table, number, column, shown, reason)
            return None
        try:
            return Point(y, x)
        except ValueError:
            wrong = column if column == "point" else "lat" if abs(y) > 90 else "lon"
            reason = _("Latitude goes from -90 to 90, longitude from -180 to 180.")
            self._reject(table, number, wrong, said.get(wrong, ""), reason)
            return None

    def _source_id(self, table: Table, cells: list[Any], said: dict[str, str]) -> str:
        """OpenStreetMap counts nodes, ways and relations each from 1."""
        found = said.get("source_id", "")
        if found and table.osm_type is not None:
            found = f"{text_of(cells[table.osm_type])}/{found}"
        return found[:80]

    def _country(self, table: Table, number: int, name: str, said: dict[str, str]) -> str:
        code, reason = self._looked_up(said.get(name, ""))
        if reason:
            self._flag(table, number, name, said[name], reason)
        return code

    def _covers(self, table: Table, number: int, text: str, home: str) -> list[str]:
        codes = set()
        for label in (part.strip() for part in _PARTS.split(text)):
            code, reason = self._looked_up(label)
            if reason:
                self._flag(table, number, "covers", label, reason)
            elif code and code != home:
                codes.add(code)
        return sorted(codes)

    def _looked_up(self, label: str) -> tuple[str, str]:
        """The code a label stands for, or "" and why it has none. A file names the same countries over and over."""
        if not label:
            return "", ""
        if label not in self._countries:
            try:
                self._countries[label] = countries.find(label), ""
            except Invalid as problem:
                self._countries[label] = "", str(problem)
        return self._countries[label]

    def _day(self, table: Table, number: int, text: str) -> date | None:
        try:
            return date.fromisoformat(text[:10]) if text else None
        except ValueError:
            self._flag(table, number, "verified_on", text, _("Write the day as 2027-03-31."))
            return None

    def _called(self, kind: str, values: dict[str, Any], said: dict[str, str]) -> str:
        """A post without a name is called by its type, sending country and city."""
        sender = said.get("country_of", "")
        if kind != "embassy" or not sender:
            return ""
        label = countries.in_sentence(values["country_of"]) if values["country_of"] else sender
        town = said.get("city") or (countries.name(values["country"]) if values["country"] else "")
        called = f"{values['type'][:1].upper()}{values['type'][1:]} of {label}"
        return f"{called}, {town}"[:200] if town else called[:200]

    def _reject(self, table: Table, number: int, name: str, value: str, reason: str) -> None:
        self.rejected.append(_problem(table, number, name, value, reason))

    def _flag(self, table: Table, number: int, name: str, value: str, reason: str) -> None:
        self.flagged.append(_problem(table, number, name, value, reason))


def _problem(table: Table, number: int, name: str, value: str, reason: str) -> dict[str, Any]:
    heading = table.columns[name][1] if name in table.columns else name
    return {"row": number, "column": heading, "value": value, "reason": reason}


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None
