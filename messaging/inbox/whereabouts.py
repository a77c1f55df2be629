"""What a text may do with places: give one position, which is the consent for that one; ask for the nearest help."""

from datetime import datetime
from typing import Any

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from locator import gazetteer
from locator.geodesy import Point
from locator.places import places
from locator.whereabouts import positions
from messaging import texts
from messaging.models import Message
from messaging.reading import Place, Site
from workforce import countries
from workforce.core import vault
from workforce.core.tenancy import System
from workforce.models import Contact, Worker
from workforce.models import Site as WorkSite

KINDS = ("embassy", "hospital", "airport")
MOST_SITES = 500
LONGEST_NAME = 60
NEAR_ENOUGH_KM = 25.0


def sites_near(db: Session, worker: Worker) -> list[Site]:
    """The agency's sites in the worker's host country, by which a text may name where somebody is."""
    mine = select(WorkSite).where(
        WorkSite.agency_id == worker.agency_id, WorkSite.country == worker.host_country, WorkSite.lat.is_not(None)
    )
    return [
        Site(site.name, site.lat, site.lon)
        for site in db.scalars(mine.limit(MOST_SITES))
        if site.lat is not None and site.lon is not None
    ]


def take_position(
    db: Session, worker: Worker, place: Place, *, at: datetime, message: Message, is_sure: bool = True
) -> None:
    """Keep the place that a text gave: texting it is the consent for this one. A doubtful one waits to be confirmed."""
    positions.record_from_text(db, worker, place, at=at, message_id=message.id, is_confirmed=is_sure)


def forget(db: Session, worker: Worker, *, at: datetime) -> None:
    """LOC OFF: no places from now on, and those that were kept are deleted."""
    positions.withdraw(db, System(worker.agency_id), worker, channel="sms", at=at)


def name_of(place: Place) -> str:
    """A place in the words of a text: "Sirte, Libya", or its two numbers where no town is near."""
    if place.name:
        return place.name
    town, km = gazetteer.nearest(Point(place.lat, place.lon))
    numbers = f"{place.lat:.4f}, {place.lon:.4f}"
    return f"{numbers} ({town.name}, {countries.name(town.country)})" if km <= NEAR_ENOUGH_KM else numbers


def nearest_to(
    db: Session, worker: Worker, kind: str, *, place: Place | None, now: datetime, language: str
) -> dict[str, Any] | None:
    """The nearest place of `kind` as `near_answer` in `language` needs it, or None when nobody knows where the worker is.

    An embassy is one of the worker's own country: one that is accredited where the worker lives goes before a nearer one.
    """
    here = where(db, worker, place, now)
    if here is None:
        return None
    own = {"country_of": worker.nationality, "covering": worker.host_country} if kind == "embassy" else {}
    found = places.nearest(db, here, kind=kind, n=5, agency_id=worker.agency_id, **own)
    best = next((one for one in found if one.is_accredited), next(iter(found), None))
    if best is None:
        return None
    km = f"{best.distance_km:.1f}" if best.distance_km < 10 else f"{best.distance_km:.0f}"
    return {
        "kind": texts.phrase(f"near_{kind}", language),
        "name": best.place.name[:LONGEST_NAME],
        "km": km,
        # Of the compass's sixteen points eight have a word of their own in every language.
        "compass": texts.phrase(f"way_{best.compass[-2:].lower()}", language),
        "phone": best.place.phone,
    }


def where(db: Session, worker: Worker, place: Place | None, now: datetime) -> Point | None:
    """Where a worker is, as far as we may know: the place just sent, else the last kept one, else the place of work.

    Opening a kept place leaves an audit line: call it in a transaction.
    """
    if place is not None:
        return Point(place.lat, place.lon)
    kept = positions.latest(db, [worker.id], now=now).get(worker.id)
    if kept is not None:
        actor = System(worker.agency_id)
        return positions.exact_many(db, actor, [kept], incident_open=False, why="nearest help, asked by text")[kept.id]
    return _place_of_work(worker)


def roughly(db: Session, worker: Worker, now: datetime) -> Point | None:
    """About where a worker is, to a cell of 0.1 degrees or the place of work. Opens nothing, so it leaves no line."""
    kept = positions.latest(db, [worker.id], now=now).get(worker.id)
    return positions.rough(db, kept).point if kept is not None else _place_of_work(worker)


def _place_of_work(worker: Worker) -> Point | None:
    site = worker.deployment.site if worker.deployment else None
    return Point(site.lat, site.lon) if site is not None and site.lat is not None and site.lon is not None else None


def leader_of(db: Session, worker: Worker) -> dict[str, Any] | None:
    """Name and number of who leads the worker's site, as `near_leader` needs them; None where nobody is known."""
    deployment = worker.deployment
    site_id = deployment.site_id if deployment else None
    mine = select(Contact).where(
        Contact.agency_id == worker.agency_id,
        Contact.kind == "site_leader",
        or_(Contact.worker_id == worker.id, and_(Contact.site_id == site_id, Contact.site_id.is_not(None))),
    )
    for contact in db.scalars(mine.order_by(Contact.rank)):
        if number := vault.reveal(db, contact, "phone"):
            return {"name": contact.full_name, "phone": number}
    return None
