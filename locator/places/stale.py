"""What the places and positions put on Today: numbers nobody has checked for half a year, places that are fresh."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from sqlalchemy import exists, func, or_, select
from sqlalchemy.orm import Session

from locator.models import Place, PlaceEdit, Position
from workforce import countries
from workforce.core.tenancy import Actor
from workforce.core.words import _, _n
from workforce.desk.today import Decision
from workforce.desk.tonight import Figure
from workforce.models import Worker

STALE_DAYS = 180
FRESH = timedelta(days=1)
SINGLE = 2


def decisions(db: Session, actor: Actor, now: datetime) -> list[Decision]:
    """The missions in host countries, of the countries our people there come from, that nobody has checked for half a year."""
    found = _stale(db, actor, now.date() - timedelta(STALE_DAYS))
    if len(found) > SINGLE:
        title = _("%(count)s embassies and consulates: not checked for half a year", count=len(found))
        reason = _(
            "%(names)s. Their numbers are in evacuation texts", names=", ".join(place.name for place in found[:SINGLE])
        )
        return [Decision("today", "geo-alt", title, reason, _("Verify"), "places.index", {"kind": "embassy"}, rank=90)]
    return [_one(place, now.date()) for place in found]


def figures(db: Session, actor: Actor, now: datetime) -> list[Figure]:
    """How many share a place that is under a day old."""
    fresh = select(func.count(Position.worker_id.distinct())).where(
        Position.agency_id == actor.agency_id,
        Position.taken_at > now - FRESH,
        Position.expires_at > now,
        Position.consent_id.is_not(None),
    )
    count = db.scalar(fresh) or 0
    return [Figure(count, _n("shares a place under a day old", "share a place under a day old", count))]


def _one(place: Place, today: date) -> Decision:
    if place.verified_on:
        title = _(
            "%(name)s, %(city)s: last verified %(days)s days ago",
            name=place.name,
            city=place.city or countries.name(place.country),
            days=(today - place.verified_on).days,
        )
    else:
        title = _(
            "%(name)s, %(city)s: never verified", name=place.name, city=place.city or countries.name(place.country)
        )
    reason = _("Its number is in every evacuation text. Call it, then mark it verified")
    return Decision("today", "geo-alt", title, reason, _("Verify"), "places.show", {"place_id": place.id}, rank=90)


def _stale(db: Session, actor: Actor, before: date) -> Sequence[Place]:
    people = (
        select(Worker.host_country, Worker.nationality)
        .where(Worker.agency_id == actor.agency_id, Worker.archived_at.is_(None))
        .distinct()
    )
    pairs = [(Place.country == host) & (Place.country_of == home) for host, home in db.execute(people)]
    if not pairs:
        return []
    checked = exists().where(
        PlaceEdit.agency_id == actor.agency_id,
        PlaceEdit.place_id == Place.id,
        PlaceEdit.field == "verified_on",
        PlaceEdit.value >= before.isoformat(),
    )
    old = or_(Place.verified_on.is_(None), Place.verified_on < before)
    ours = or_(Place.owner_id.is_(None), Place.owner_id == actor.agency_id)
    return db.scalars(
        select(Place)
        .where(Place.kind == "embassy", or_(*pairs), old, ours, ~checked)
        .order_by(Place.verified_on, Place.name)
        .limit(50)
    ).all()
