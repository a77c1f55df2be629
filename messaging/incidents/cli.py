"""Commands about incidents: opening one, and its board on paper or as JSON."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click
from sqlalchemy import select
from sqlalchemy.orm import Session

from messaging.incidents import areas, board, rows, tallies
from messaging.incidents import incidents as crises
from messaging.incidents.rows import Line
from messaging.models import Incident
from workforce import agencies
from workforce.accounts import sessions
from workforce.core import clock, tenancy
from workforce.core.commands import agency_option, group, json_option, show
from workforce.core.db import reading, transaction
from workforce.core.errors import Invalid, NotAllowed, NotFound
from workforce.core.words import _
from workforce.models import User

incidents = group("incidents", "Incidents and the muster board.")


@incidents.command("open")
@click.argument("name")
@click.option(
    "--country", "countries", multiple=True, metavar="XX", help="A country, ISO alpha-2; more than once for several."
)
@click.option(
    "--area",
    "area",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A GeoJSON file with the danger area.",
)
@click.option("--level", default=4, show_default=True, type=click.IntRange(1, 4), help="The alert level.")
@click.option("--exercise", "is_exercise", is_flag=True, help="Texts begin with EXERCISE and reach no real phone.")
@click.option("--as", "email", required=True, metavar="EMAIL", help="The manager who opens it.")
@agency_option
@json_option
def open_incident(
    *,
    name: str,
    countries: tuple[str, ...],
    area: Path | None,
    level: int,
    is_exercise: bool,
    email: str,
    agency_name: str | None,
    as_json: bool,
) -> None:
    """Open an incident in a country, or where an area lies, and put everybody there on its board."""
    with as_user(email, agency_name) as actor, transaction() as db:
        if actor.role != "manager":
            raise NotAllowed(_("Only a manager opens an incident."))
        shape = areas.from_geojson(area.read_bytes()) if area is not None else None
        if shape is None and not countries:
            raise Invalid(_("Say where: --country XX, or --area FILE.geojson."))
        codes = list(countries) or areas.countries_of(shape)
        now = clock.now()
        made = crises.start(db, actor, name=name, countries=codes, alert_level=level, is_exercise=is_exercise, at=now)
        for code in [] if shape is not None else codes:
            areas.draw(
                db,
                actor,
                made,
                kind="danger",
                name=areas.name_of(code),
                shape=areas.whole_country(code.upper()),
                at=now,
            )
        if shape is not None:
            areas.draw(db, actor, made, kind="danger", name="", shape=shape, at=now)
        people = sum(board.counts(db, made).values())
        facts = {
            "id": made.id,
            "code": made.code,
            "name": made.name,
            "countries": made.countries,
            "exercise": made.is_exercise,
            "people": people,
        }
    show(facts, as_json=as_json, plain=lambda told: f"{told['code']} is open: {told['people']} people on its board.")


@incidents.command("board")
@click.argument("code")
@agency_option
@json_option
def print_board(*, code: str, agency_name: str | None, as_json: bool) -> None:
    """Print the board of an incident: everybody, worst unknown first."""
    agency = agencies.only_one(agency_name)
    with tenancy.agency(agency.id):
        now = clock.now()
        with transaction() as db:
            crises.join(db, crises.by_code(db, tenancy.System(agency.id), code), at=now)
        with reading() as db:
            found = board_of(db, crises.by_code(db, tenancy.System(agency.id), code))
    show(found, as_json=as_json, plain=_plain)


@incidents.command("counts")
@click.option("--mend", is_flag=True, help="Make them what the rows are.")
@agency_option
@json_option
def check_counts(*, mend: bool, agency_name: str | None, as_json: bool) -> None:
    """Compare the counts of the boards, which the database keeps itself, with their rows."""
    agency = agencies.only_one(agency_name)
    actor = tenancy.System(agency.id)
    with tenancy.agency(agency.id):
        if mend:
            with transaction() as db:
                wrong = tallies.mend(db, actor)
        else:
            with reading() as db:
                wrong = len(tallies.differences(db, actor)) + len(tallies.misplaced(db, actor))
    show({"wrong": wrong, "mended": mend and wrong > 0}, as_json=as_json, plain=_told_of_counts)


def _told_of_counts(found: dict[str, Any]) -> str:
    if not found["wrong"]:
        return "Every count is what the rows are."
    return f"{found['wrong']} counts were wrong and are mended." if found["mended"] else f"{found['wrong']} counts are wrong. Mend them with --mend."


def board_of(db: Session, incident: Incident) -> dict[str, Any]:
    """The board for scripts: {code, counts, people: [{id, name, status, evidence, source, at, next_step, next_at}], …}."""
    now, counts = clock.now(), board.counts(db, incident)
    every = rows.lines(db, incident, view="everyone", now=now, size=max(1, sum(counts.values())))
    missing = board.unaccounted(db, incident)
    return {
        "code": incident.code,
        "name": incident.name,
        "exercise": incident.is_exercise,
        "counts": counts,
        "unaccounted": missing,
        "all_accounted": bool(every) and missing == 0,
        "people": [_person(line) for line in every],
    }


def _person(line: Line) -> dict[str, Any]:
    person = line.person
    return {
        "id": person.worker_id,
        "name": line.worker.full_name,
        "status": person.status,
        "evidence": line.words,
        "source": person.source,
        "at": person.status_at,
        "accounted": board.accounted(person, line.case),
        "case": line.case.number if line.case else None,
        "next_step": line.next.words,
        "next_at": line.next.at,
    }


def _plain(found: dict[str, Any]) -> str:
    head = [
        f"{found['code']} {found['name']}",
        "  ".join(f"{status} {number}" for status, number in found["counts"].items()),
    ]
    people = [f"{one['status']:<12} {one['name']:<32} {one['evidence']}" for one in found["people"]]
    end = "All are accounted for." if found["all_accounted"] else f"{found['unaccounted']} are not accounted for."
    return "\n".join([*head, *people, end])


@contextmanager
def as_user(email: str, agency_name: str | None) -> Iterator[User]:
    """Act as this person, in their agency. Raises NotFound."""
    with tenancy.across_agencies("command: the e-mail says whose agency it is"), reading() as db:
        user = db.scalar(
            select(User).where(User.email_index == sessions.email_index(email), User.deactivated_at.is_(None))
        )
    if user is None or (agency_name and user.agency.name != agency_name):
        raise NotFound(_("Nobody with the e-mail %(email)s logs in here.", email=email))
    with tenancy.agency(user.agency_id):
        yield user
