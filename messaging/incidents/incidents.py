"""Incidents: opening one puts everybody of the agency in those countries on its board."""

import uuid
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from functools import cache
from string import ascii_uppercase
from typing import Any
from zoneinfo import ZoneInfo

from babel.core import get_global
from sqlalchemy import Select, func, select, update
from sqlalchemy.orm import Session

from locator import zones
from locator.whereabouts import positions
from messaging.incidents import log, tallies
from messaging.models import Approval, Broadcast, Incident, Person
from workforce import countries
from workforce.core import audit
from workforce.core.db import new_id, new_ids
from workforce.core.errors import Conflict, Invalid, NotFound
from workforce.core.loading import insert_rows
from workforce.core.tenancy import Actor
from workforce.core.words import _
from workforce.models import Deployment, Worker

LEVELS = (1, 2, 3, 4)
LONGEST_NAME = 120
KEEP_POSITIONS = timedelta(days=2)
MOST_KEPT = 256
_whole: dict[uuid.UUID, tuple[int, int, tuple[str, ...]]] = {}


def start(
    db: Session,
    actor: Actor,
    *,
    name: str,
    countries: Iterable[str],
    alert_level: int = 3,
    is_exercise: bool = False,
    at: datetime,
) -> Incident:
    """Open an incident in `countries` (ISO alpha-2) and put everybody there on its board. Raises Invalid."""
    name, codes = " ".join(name.split())[:LONGEST_NAME], _checked(countries)
    if not name:
        raise Invalid(_("Give the incident a name, for example Libya evacuation."))
    if alert_level not in LEVELS:
        raise Invalid(_("The alert level is 1, 2, 3 or 4."))
    log.one_at_a_time(db, actor)
    incident = Incident(
        id=new_id(), agency_id=actor.agency_id, code=_free_code(db, actor, codes[0], at), name=name, countries=codes, alert_level=alert_level,
        is_exercise=is_exercise, zone=zones.country_zone(codes[0]), opened_by=actor.id, opened_at=at, stamp=1,
    )  # fmt: skip
    db.add(incident)
    db.flush()
    people = join(db, incident, at=at)
    audit.record(
        db, actor, "incident.open", incident, code=incident.code, countries=codes, people=people, exercise=is_exercise
    )
    log.line(db, actor, incident, "opened", at=at, people=people)
    return incident


def join(db: Session, incident: Incident, *, at: datetime) -> int:
    """Put on the board whoever has been registered since. How many they were."""
    if incident.closed_at is not None:
        return 0
    site = select(Deployment.site_id).where(Deployment.agency_id == Worker.agency_id, Deployment.worker_id == Worker.id, Deployment.is_current)
    found = db.execute(_missing(incident).add_columns(Worker.sort_name, site.scalar_subquery())).all()
    rows = [
        {"id": made, "incident_id": incident.id, "worker_id": worker_id, "status": "NOT_ASKED", "status_at": at, "sort_name": name, "site_id": site_id}
        for made, (worker_id, name, site_id) in zip(new_ids(len(found)), found, strict=True)
    ]
    if rows:
        db.flush()
        insert_rows(db, Person, rows, agency_id=incident.agency_id)
        log.touch(db, incident)
    return len(rows)


def somebody_missing(db: Session, incident: Incident, total: int | None = None) -> bool:
    """Whether `join` would find anybody: asked on every look at the board, so that looking writes nothing. `total` people stand there, if known.

    Everybody is compared with the board only where somebody may have come since it was last found whole.
    """
    if incident.closed_at is not None:
        return False
    seen = (tallies.joins(db, incident.agency_id), total if total is not None else sum(tallies.people(db, incident).values()), tuple(incident.countries))
    if _whole.get(incident.id) == seen:
        return False
    if db.scalar(_missing(incident).limit(1)) is not None:
        return True
    if len(_whole) >= MOST_KEPT:
        _whole.clear()
    _whole[incident.id] = seen
    return False


def get(db: Session, actor: Actor, incident_id: uuid.UUID) -> Incident:
    """The incident. Raises NotFound."""
    incident = db.scalar(select(Incident).where(Incident.id == incident_id, Incident.agency_id == actor.agency_id))
    if incident is None:
        raise NotFound(_("No such incident."))
    return incident


def by_code(db: Session, actor: Actor, code: str) -> Incident:
    """The incident called LBY-27. Raises NotFound."""
    incident = db.scalar(
        select(Incident).where(Incident.code == code.strip().upper(), Incident.agency_id == actor.agency_id)
    )
    if incident is None:
        raise NotFound(_("There is no incident called %(code)s.", code=code))
    return incident


def listed(db: Session, actor: Actor) -> list[Incident]:
    """All incidents: the open ones first, the newest on top."""
    mine = select(Incident).where(Incident.agency_id == actor.agency_id)
    return list(db.scalars(mine.order_by(Incident.closed_at.is_not(None), Incident.opened_at.desc())))


def open_ones(db: Session, actor: Actor) -> list[Incident]:
    """Incidents that are not over, real ones before exercises."""
    mine = select(Incident).where(Incident.agency_id == actor.agency_id, Incident.closed_at.is_(None))
    return list(db.scalars(mine.order_by(Incident.is_exercise, Incident.opened_at.desc())))


def close(db: Session, actor: Actor, incident: Incident, *, at: datetime) -> None:
    """The incident is over: its board stays as it is, positions go two days later. Raises Conflict when it is closed already."""
    if incident.closed_at is not None:
        raise Conflict(_("%(code)s is closed already.", code=incident.code))
    incident.closed_at = at
    _void_what_waits(db, incident)
    db.flush()
    if not any(set(other.countries) & set(incident.countries) for other in open_ones(db, actor)):
        people = db.scalars(
            select(Person.worker_id).where(Person.agency_id == incident.agency_id, Person.incident_id == incident.id)
        )
        positions.bring_forward(db, incident.agency_id, people, to=at + KEEP_POSITIONS)
    audit.record(db, actor, "incident.close", incident, code=incident.code)
    log.line(db, actor, incident, "closed", at=at)


def change_level(db: Session, actor: Actor, incident: Incident, level: int, *, at: datetime) -> None:
    """Another alert level. Raises Invalid."""
    if level not in LEVELS:
        raise Invalid(_("The alert level is 1, 2, 3 or 4."))
    if level == incident.alert_level:
        return
    incident.alert_level = level
    db.flush()
    audit.record(db, actor, "incident.level", incident, level=level)
    log.line(db, actor, incident, "level", at=at, level=level)


def town(incident: Incident) -> str:
    """The town whose clock the incident goes by, as its zone names it: "Tripoli"."""
    return str(incident.zone).rpartition("/")[2].replace("_", " ")


def local_time(incident: Incident, at: datetime) -> str:
    """As "14:58 Tripoli"."""
    return f"{at.astimezone(ZoneInfo(incident.zone)):%H:%M} {town(incident)}"


def countries_with_people(db: Session, actor: Actor) -> list[tuple[str, int]]:
    """Host countries and how many people are there, most first."""
    mine = select(Worker.host_country, func.count()).where(
        Worker.agency_id == actor.agency_id, Worker.archived_at.is_(None)
    )
    rows = db.execute(mine.group_by(Worker.host_country).order_by(func.count().desc(), Worker.host_country))
    return [(country, number) for country, number in rows if country]


def _void_what_waits(db: Session, incident: Incident) -> None:
    """The incident is over: no text waits for a yes any more, and none counts down."""
    mine = select(Broadcast.id).where(Broadcast.agency_id == incident.agency_id, Broadcast.incident_id == incident.id)
    asked = update(Approval).where(
        Approval.agency_id == incident.agency_id,
        Approval.broadcast_id.in_(mine),
        Approval.state.in_(("waiting", "approved", "counting")),
    )
    texts = update(Broadcast).where(
        Broadcast.agency_id == incident.agency_id,
        Broadcast.incident_id == incident.id,
        Broadcast.state.in_(("waiting", "approved", "counting")),
    )
    db.execute(asked.values(state="void").execution_options(synchronize_session=False))
    db.execute(texts.values(state="draft", frozen_hash=None).execution_options(synchronize_session=False))


def _missing(incident: Incident) -> Select[Any]:
    there = select(Person.worker_id).where(Person.agency_id == incident.agency_id, Person.incident_id == incident.id)
    return select(Worker.id).where(
        Worker.agency_id == incident.agency_id,
        Worker.archived_at.is_(None),
        Worker.host_country.in_(incident.countries),
        Worker.id.not_in(there),
    )


def _checked(wanted: Iterable[str]) -> list[str]:
    codes = list(dict.fromkeys(code.strip().upper() for code in wanted if code.strip()))
    if not codes:
        raise Invalid(_("Choose the country."))
    unknown = [code for code in codes if code not in countries.all_codes()]
    if unknown:
        raise Invalid(_("There is no country with the code %(code)s.", code=unknown[0]))
    return codes


def _free_code(db: Session, actor: Actor, country: str, at: datetime) -> str:
    """LBY-27, then LBY-27B…: short enough to be read out on a bad line."""
    stem = f"{_three_letters().get(country, country)}-{at:%y}"
    taken = set(
        db.scalars(select(Incident.code).where(Incident.agency_id == actor.agency_id, Incident.code.startswith(stem)))
    )
    for letters in ["", *ascii_uppercase[1:], *(a + b for a in ascii_uppercase for b in ascii_uppercase)]:
        if (code := f"{stem}{letters}") not in taken:
            return code
    raise Conflict(_("There are too many incidents in this country this year."))


@cache
def _three_letters() -> dict[str, str]:
    aliases: Mapping[str, Any] = get_global("territory_aliases")
    return {
        str(two[0]): three
        for three, two in sorted(aliases.items(), reverse=True)
        if len(three) == 3 and three.isalpha() and len(two) == 1
    }
