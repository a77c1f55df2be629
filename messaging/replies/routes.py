"""From which countries a reply comes back. What an agency found itself goes before the file that came with Muster."""

import tomllib
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from messaging import texts
from messaging.models import ReplyRoute
from workforce import countries
from workforce.core import audit
from workforce.core.db import new_id
from workforce.core.errors import Conflict, NotFound
from workforce.core.tenancy import Actor
from workforce.core.words import _, _l
from workforce.models import Worker
from workforce.people import phones
from workforce.people.wrong import WrongField

FILE = Path(__file__).with_name("routes.toml")
VERDICTS: dict[str, Any] = {
    "kept": _l("A reply comes back"),
    "registration": _l("Only with a registered number"),
    "limited": _l("Only with some numbers"),
    "replaced": _l("Our number is hidden: a reply is lost"),
    "unknown": _l("Not known"),
}
LOST = frozenset({"replaced", "limited"})


@dataclass(frozen=True)
class Route:
    """What is known about replies from one country; `own` is the agency's finding, if it has one."""

    country: str
    verdict: str
    note: str
    source: str
    known_on: date | None
    reply_number: str = ""
    missed_call_number: str = ""
    own: ReplyRoute | None = None

    @property
    def is_lost(self) -> bool:
        """Whether a reply to the number that sent the text does not come back."""
        return self.verdict in LOST

    @property
    def has_way(self) -> bool:
        return bool(self.reply_number or self.missed_call_number)


@dataclass(frozen=True)
class Warned:
    """Some people of an audience whose replies do not come back, or may not."""

    route: Route
    people: int


@cache
def delivered() -> dict[str, Route]:
    """What came with Muster, by country code."""
    told = tomllib.loads(FILE.read_text("utf-8"))
    return {
        country: Route(country, verdict, told["notes"].get(country, ""), told["source"], told["read_on"])
        for verdict, some in told["routes"].items()
        for country in some
    }


def of_agency(db: Session, agency_id: uuid.UUID) -> dict[str, Route]:
    """Everything known, by country code."""
    own = db.scalars(select(ReplyRoute).where(ReplyRoute.agency_id == agency_id))
    return delivered() | {row.country: _own(row) for row in own}


def listing(db: Session, actor: Actor) -> list[tuple[Route, int]]:
    """Every country of which anything is known or in which we have people, with how many; most people first."""
    mine = select(Worker.host_country, func.count()).where(
        Worker.agency_id == actor.agency_id, Worker.archived_at.is_(None)
    )
    people = {country: number for country, number in db.execute(mine.group_by(Worker.host_country))}  # noqa: C416  Rows are not pairs to mypy.
    known = of_agency(db, actor.agency_id)
    wanted = sorted({*known, *people}, key=lambda country: (-people.get(country, 0), countries.name(country)))
    return [
        (known.get(country) or Route(country, "unknown", "", "", None), people.get(country, 0)) for country in wanted
    ]


def narrowed(found: Sequence[tuple[Route, int]], *, text: str, verdict: str) -> list[tuple[Route, int]]:
    """Those of `listing` whose country's name or code holds `text`, and whose answer is `verdict`; "" asks for all."""
    wanted = text.strip().casefold()
    return [
        (route, people)
        for route, people in found
        if verdict in {"", route.verdict}
        and (wanted in countries.name(route.country).casefold() or wanted == route.country.casefold())
    ]


def of(db: Session, agency_id: uuid.UUID, country: str) -> Route:
    """What is known about one country. Raises NotFound for what is no country."""
    if country not in countries.all_codes():
        raise NotFound(_("No such country."))
    return of_agency(db, agency_id).get(country) or Route(country, "unknown", "", "", None)


def hidden(db: Session, agency_id: uuid.UUID) -> frozenset[str]:
    """The countries from which a reply to our number is lost."""
    return frozenset(country for country, route in of_agency(db, agency_id).items() if route.is_lost)


def warnings(db: Session, agency_id: uuid.UUID, people: Mapping[str, int]) -> list[Warned]:
    """For an audience (country of the phone → how many): from where no reply comes back, or nobody knows; most people first."""
    known = of_agency(db, agency_id)
    found = [
        Warned(known.get(country) or Route(country, "unknown", "", "", None), number)
        for country, number in people.items()
        if number
    ]
    return sorted(
        (one for one in found if one.route.verdict != "kept"),
        key=lambda one: (not one.route.is_lost, -one.people, one.route.country),
    )


def way_back(db: Session, agency_id: uuid.UUID, some: Iterable[str]) -> Route | None:
    """The first of these countries where our number is hidden and the agency has another one; None where no words are needed."""
    known = of_agency(db, agency_id)
    routes = (known.get(country) for country in some)
    return next((route for route in routes if route is not None and route.is_lost and route.has_way), None)


def placed(body: str, route: Route | None, language: str) -> str:
    """The text with the words that say where to answer, before the stamp."""
    if route is None:
        return body
    said = words(route, language)
    return body.replace(" {stamp}", f" {said} {{stamp}}", 1) if " {stamp}" in body else f"{body.rstrip()} {said}"


def words(route: Route, language: str) -> str:
    """As it stands in a text: where to answer, where to ring once, or both."""
    if route.reply_number and route.missed_call_number == route.reply_number:
        return texts.phrase("reply_or_ring", language, number=route.reply_number)
    said = [
        texts.phrase(key, language, number=number)
        for key, number in (("reply_to", route.reply_number), ("ring", route.missed_call_number))
        if number
    ]
    return " ".join(said)


def save(db: Session, actor: Actor, country: str, *, verdict: str, note: str, reply_number: str, missed_call_number: str, source: str, checked_on: date | None, version: int, at: datetime) -> Route:  # fmt: skip
    """Keep the agency's own finding, with its source and day. Raises NotFound, Conflict, WrongField."""
    now = of(db, actor.agency_id, country)
    if (now.own.version if now.own else 0) != version:
        raise Conflict(_("This has been changed since you opened this page. Look at it again before you save."))
    if verdict not in VERDICTS:
        raise WrongField("verdict", _("Choose one of the answers."))
    changed = (verdict, note.strip()) != (now.verdict, now.note)
    if changed and not source.strip():
        raise WrongField("source", _("Say how you know: who tried it, with which network, or where it stands."))
    row = now.own or ReplyRoute(id=new_id(), agency_id=actor.agency_id, country=country)
    row.verdict, row.note, row.source, row.checked_on = verdict, note.strip()[:200], source.strip()[:120], checked_on
    row.reply_number, row.missed_call_number = (
        _number(reply_number, country, "reply_number"),
        _number(missed_call_number, country, "missed_call_number"),
    )
    row.edited_by, row.edited_at = actor.id, at
    db.add(row)
    db.flush()
    audit.record(db, actor, "reply_route.save", row, country=country, verdict=verdict)
    return _own(row)


def reset(db: Session, actor: Actor, country: str) -> None:
    """Back to what came with Muster."""
    now = of(db, actor.agency_id, country)
    if now.own is not None:
        audit.record(db, actor, "reply_route.reset", now.own, country=country)
        db.delete(now.own)
        db.flush()


def _number(text: str, country: str, field: str) -> str:
    return phones.normalise(text, (country,), field=field) if text.strip() else ""


def _own(row: ReplyRoute) -> Route:
    return Route(
        row.country, row.verdict, row.note, row.source, row.checked_on, row.reply_number, row.missed_call_number, row
    )
