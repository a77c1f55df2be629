"""A place file as rows of named columns: CSV and XLSX by the roster's reader, GeoJSON by our own."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from shapely.errors import GEOSException
from shapely.geometry import shape

from workforce.core.errors import Invalid
from workforce.core.words import _
from workforce.rosters import parcels, sheets
from workforce.rosters.sheets import Cell, Row

# Field → headings that mean it, folded to small letters and single spaces.
SYNONYMS: dict[str, tuple[str, ...]] = {
    "source_id": ("source id", "qid", "wikidata", "wikidata id", "osm id", "id", "place id", "identifier", "ref", "uuid", "code"),
    "name": ("name", "name en", "title", "label", "place", "place name", "post", "mission", "facility", "facility name", "hospital", "hospital name", "airport", "port", "nom", "nombre", "nama", "الاسم"),
    "kind": ("kind",),
    "type": ("type", "type of post", "facility type", "amenity", "class", "category", "jenis", "tipo"),
    "lat": ("latitude", "lat", "y", "latitud", "lintang"),
    "lon": ("longitude", "lon", "lng", "long", "x", "longitud", "bujur"),
    "point": ("coordinates", "coordinate", "coords", "coord", "gps", "lat lon", "latlon", "lat long", "point", "wkt", "geom", "geometry", "geo", "location", "position", "coordonnees", "coordenadas"),
    "country": ("country", "host country", "receiving country", "located in", "country code", "country iso2", "country iso3", "iso2", "iso3", "pays", "pais", "negara"),
    "country_of": ("country of", "sending country", "sender", "represents", "of country", "mission of", "home country", "nationality"),
    "covers": ("covers", "jurisdictions", "jurisdiction", "accredited to", "accreditation", "accreditations", "also covers", "concurrent accreditation"),
    "city": ("city", "town", "municipality", "ville", "ciudad", "kota"),
    "address": ("address", "street address", "street", "adresse", "direccion", "alamat"),
    "phone": ("phone", "telephone", "tel", "phone number", "telephone number", "contact number", "hotline", "mobile", "contact phone", "telepon", "telefono"),
    "email": ("email", "e mail", "mail", "contact email"),
    "website": ("website", "web", "url", "homepage", "site", "contact website"),
    "verified_on": ("verified on", "verified", "last verified", "checked on", "last checked"),
    "licence": ("licence", "license"),
    "source": ("source",),
}  # fmt: skip
_EMBASSY_ONLY = {
    "operator": "country_of"
}  # A hospital's operator is a ministry; a post's is the country it stands for.
FIELDS = frozenset(SYNONYMS)
_FIELD_OF = {word: field for field, words in SYNONYMS.items() for word in words}
_MARKS = str.maketrans("áàâäãéèêëíìîïóòôöõúùûüñç", "aaaaaeeeeiiiiooooouuuunc")


@dataclass(frozen=True)
class Table:
    """Rows of a place file. `columns` is field → (index, heading as the file has it)."""

    columns: Mapping[str, tuple[int, str]]
    rows: Iterator[tuple[int, list[Any]]]
    osm_type: int | None = None


def read(data: bytes, file_name: str, *, kind: str | None, mapping: Mapping[str, str]) -> Table:
    """The file's rows under the fields their columns hold. `mapping` is field → heading and goes before synonyms.

    Raises Invalid: not a place file, too large, no coordinates in it, a column in `mapping` that it has not got.
    """
    for field in mapping:
        if field not in FIELDS:
            raise Invalid(
                _(
                    "“%(field)s” is no field of a place. Fields: %(fields)s.",
                    field=field,
                    fields=", ".join(sorted(FIELDS)),
                )
            )
    if Path(file_name).suffix.lower() in {".geojson", ".json"} or data.lstrip()[:1] == b"{":
        headings, rows = _geojson(data)
        return _table(headings, rows, kind, mapping)
    sheet = sheets.read(data, file_name, usable=lambda top: _header(top, kind, mapping) is not None)
    found = _header(sheet.top(), kind, mapping)
    if found is None:
        raise Invalid(
            _("No row of this file names columns for latitude and longitude. Say which they are: --map lat=…,lon=…")
        )
    number, cells = found
    below = ((row, line) for row, line in sheet.rows() if row > number)
    return _table([_text(cell) for cell in cells], below, kind, mapping)


def _header(top: list[Row], kind: str | None, mapping: Mapping[str, str]) -> Row | None:
    wanted = {folded(heading) for heading in mapping.values()}
    for number, cells in top:
        headings = [_text(cell) for cell in cells]
        fields = _fields(headings, kind, {})
        if wanted and wanted <= {folded(heading) for heading in headings}:
            return number, cells
        if {"lat", "lon"} <= fields.keys() or ("point" in fields and len(fields) > 1):
            return number, cells
    return None


def _table(
    headings: list[str], rows: Iterator[tuple[int, list[Any]]], kind: str | None, mapping: Mapping[str, str]
) -> Table:
    columns = _fields(headings, kind, mapping)
    if not ({"lat", "lon"} <= columns.keys() or "point" in columns):
        raise Invalid(_("This file has no columns for latitude and longitude. Say which they are: --map lat=…,lon=…"))
    osm = next((at for at, heading in enumerate(headings) if folded(heading) == "osm type"), None)
    return Table({field: (at, headings[at]) for field, at in columns.items()}, rows, osm)


def _fields(headings: list[str], kind: str | None, mapping: Mapping[str, str]) -> dict[str, int]:
    at = {folded(heading): index for index, heading in reversed(list(enumerate(headings))) if heading}
    columns: dict[str, int] = {}
    for field, heading in mapping.items():
        if folded(heading) not in at:
            raise Invalid(
                _(
                    "This file has no column “%(column)s”. Its columns: %(columns)s.",
                    column=heading,
                    columns=", ".join(filter(None, headings)),
                )
            )
        columns[field] = at[folded(heading)]
    taken = set(columns.values())
    known = _FIELD_OF | (_EMBASSY_ONLY if kind in {"embassy", None} else {})
    for field, words in SYNONYMS.items():
        for word in (*words, *(w for w, f in known.items() if f == field)):
            if field not in columns and word in at and at[word] not in taken:
                columns[field] = at[word]
                taken.add(at[word])
    return columns


def folded(heading: str) -> str:
    """A heading in small letters with single spaces: "Country_ISO3" and "country iso3" are one."""
    return " ".join(re.sub(r"[\W_]+", " ", heading.casefold().translate(_MARKS)).split())


def _text(cell: Cell) -> str:
    return " ".join(str(cell).split())


def text_of(cell: Any) -> str:
    """A cell as text, on one line: 12.0 is "12", a date is ISO."""
    if cell is None:
        return ""
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    if isinstance(cell, datetime | date):
        return cell.isoformat()[:10]
    return " ".join(str(cell).replace("\x00", "").split())


# --- GeoJSON ----------------------------------------------------------------------------------------------------------


def _geojson(data: bytes) -> tuple[list[str], Iterator[tuple[int, list[Any]]]]:
    """Headings and rows of a FeatureCollection. Rows count its features from 1; an area stands for a point inside it."""
    if len(data) > parcels.MAX_BYTES:
        raise Invalid(_("This file is larger than %(most)s MB.", most=parcels.MAX_BYTES // 1024 // 1024))
    try:
        whole = json.loads(data)
        features = whole["features"] if whole.get("type") == "FeatureCollection" else [whole]
        properties = [feature.get("properties") or {} for feature in features]
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise Invalid(_("This is not GeoJSON: a FeatureCollection of places.")) from None
    if len(features) > parcels.MAX_ROWS:
        raise Invalid(parcels.too_many_rows())
    if not features:
        raise Invalid(_("This file is empty."))
    names = list(dict.fromkeys(name for one in properties for name in one))
    ids = [] if any(_FIELD_OF.get(folded(name)) == "source_id" for name in names) else ["id"]
    names = [name for name in names if _FIELD_OF.get(folded(name)) not in {"lat", "lon", "point"}]

    def rows() -> Iterator[tuple[int, list[Any]]]:
        for number, (feature, one) in enumerate(zip(features, properties, strict=True), start=1):
            cells = [one.get(name) for name in names]
            yield number, [*_spot(feature.get("geometry")), *([feature.get("id")] if ids else []), *cells]

    return ["latitude", "longitude", *ids, *names], rows()


def _spot(geometry: Any) -> tuple[Any, Any]:
    if not isinstance(geometry, dict):
        return "", ""
    try:
        if geometry.get("type") == "Point":
            lon, lat = geometry["coordinates"][:2]
            return lat, lon
        inside = shape(geometry).representative_point()
    except (ValueError, KeyError, TypeError, IndexError, AttributeError, GEOSException):
        return "", ""
    return inside.y, inside.x
