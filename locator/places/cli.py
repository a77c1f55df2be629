"""Commands about places."""

from pathlib import Path
from typing import Any

import click
from sqlalchemy import select
from sqlalchemy.orm import Session

from locator import outlines
from locator.geodesy import Point
from locator.models import PLACE_KINDS, Place
from locator.places import airports, importing, starter
from locator.places import places as known_places
from locator.places.places import Found
from workforce import agencies, countries
from workforce.core import db, tenancy
from workforce.core.commands import agency_option, group, json_option, show
from workforce.core.errors import DomainError, Invalid
from workforce.core.words import _

places = group("places", "Places.")
_MOST_LINES = 10


@places.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--kind", type=click.Choice(PLACE_KINDS), help="What the file lists. May be left out if it has a column “kind”."
)
@click.option("--source", default="", help="What to call the list. Without it: the file's name.")
@click.option("--map", "mapping", default="", help="Which column holds which field: lat=Breite,lon=Länge.")
@json_option
@click.pass_context
def import_file(ctx: click.Context, file: Path, kind: str | None, source: str, mapping: str, *, as_json: bool) -> None:
    """Read places from a CSV, XLSX or GeoJSON file into the list that all agencies share."""
    airports.ensure()
    with db.transaction() as session:
        outcome = importing.run(
            session, file.read_bytes(), file.name, kind=kind, source=source, mapping=_mapping(mapping)
        )
    show(outcome.as_json(), as_json=as_json, plain=_said)
    if not outcome.is_useful:
        ctx.exit(1)


@places.command("load")
@click.argument("what", type=click.Choice(["starter"]))
@json_option
def load(what: str, *, as_json: bool) -> None:
    """Put the starter list in: posts, hospitals, ports and crossings around Libya. Verify every row before real use."""
    airports.ensure()
    with db.transaction() as session:
        outcome = starter.load(session)
    show(outcome.as_json(), as_json=as_json, plain=_said)


# Unknown options pass as arguments: a latitude in the southern half begins with a dash.
@places.command("nearest", context_settings={"ignore_unknown_options": True})
@click.argument("lat", type=float)
@click.argument("lon", type=float)
@click.option("--kind", required=True, help="A kind (embassy, hospital, airport…) or a type (consulate general…).")
@click.option("--country-of", default="", help="Only posts of this country.")
@click.option("--covering", is_flag=True, help="Add the posts accredited to the country of the point, marked.")
@click.option("-n", "n", type=click.IntRange(1, 1000), default=5, show_default=True, help="How many.")
@agency_option
@json_option
def nearest(
    lat: float,
    lon: float,
    kind: str,
    country_of: str,
    n: int,
    agency_name: str | None,
    *,
    covering: bool,
    as_json: bool,
) -> None:
    """The places nearest to a point in degrees (north and east count upwards), nearest first."""
    airports.ensure()
    try:
        point = Point(lat, lon)
    except ValueError as problem:
        raise Invalid(str(problem)) from None
    sender = countries.find(country_of) if country_of else None
    here = outlines.country_at(point) if covering else None
    agency_id = _agency_id(agency_name)
    with (
        tenancy.agency(agency_id) if agency_id else tenancy.across_agencies("places: shared by all"),
        db.reading() as session,
    ):
        _check_kind(session, kind)
        found = known_places.nearest(
            session, point, kind=kind, country_of=sender, covering=here, n=n, agency_id=agency_id
        )
    rows = [_row(one) | ({"accredited": one.is_accredited} if covering else {}) for one in found]
    show(rows, as_json=as_json, plain=_lines)


def _agency_id(name: str | None) -> Any:
    """Whose corrections hold: the agency named, else the only one, else nobody's."""
    if name:
        return agencies.only_one(name).id
    try:
        return agencies.only_one().id
    except DomainError:
        return None


def _check_kind(session: Session, kind: str) -> None:
    """A slip in the kind must not look like "there is none near"."""
    wanted = kind.strip().lower()
    if wanted in PLACE_KINDS or session.scalar(select(Place.id).where(Place.type == wanted).limit(1)):
        return
    raise Invalid(
        _(
            "No place is of the kind “%(kind)s”. Kinds: %(kinds)s, or a type of post.",
            kind=kind,
            kinds=", ".join(PLACE_KINDS),
        )
    )


def _mapping(text: str) -> dict[str, str]:
    pairs = [pair.partition("=") for pair in text.split(",") if pair.strip()]
    if any(not sign for _field, sign, _column in pairs):
        raise Invalid(_("Write --map as field=column,field=column."))
    return {field.strip(): column.strip() for field, _sign, column in pairs}


def _row(found: Found) -> dict[str, Any]:
    place = found.place
    return {
        "id": place.id,
        "source_id": place.source_id,
        "name": place.name,
        "kind": place.kind,
        "type": place.type,
        "lat": place.lat,
        "lon": place.lon,
        "distance_km": round(found.distance_km, 3),
        "bearing": round(found.bearing, 1) % 360,
        "compass": found.compass,
        "phone": place.phone,
        "country": place.country,
        "country_of": place.country_of,
        "source": place.source,
        "verified_on": place.verified_on,
    }


def _lines(rows: list[dict[str, Any]]) -> str:
    if not rows:
        return _("There is no such place in the list.")
    return "\n".join(
        f"{row['distance_km']:>9.1f} km {row['compass']:<3}  {row['name']}"
        + (f"  {row['phone']}" if row["phone"] else "")
        + (_("  (accredited here)") if row.get("accredited") else "")
        + f"  [{row['source']}, {row['verified_on'] or _('not verified')}]"
        for row in rows
    )


def _said(outcome: dict[str, Any]) -> str:
    counts = _(
        "%(created)s created, %(updated)s updated, %(unchanged)s unchanged, %(rejected)s rejected, %(flagged)s flagged.",
        created=outcome["created"], updated=outcome["updated"], unchanged=outcome["unchanged"],
        rejected=len(outcome["rejected"]), flagged=len(outcome["flagged"]),
    )  # fmt: skip
    lines = [counts]
    for word in ("rejected", "flagged"):
        some = outcome[word]
        lines += [
            f"{word}: row {one['row']}, {one['column']} “{one['value']}”: {one['reason']}" for one in some[:_MOST_LINES]
        ]
        if len(some) > _MOST_LINES:
            lines.append(_("… and %(more)s more (--json lists all)", more=len(some) - _MOST_LINES))
    return "\n".join(lines)
