"""Where a worker works, for whom, as what, since when: a history, with at most one current."""

import uuid
from collections.abc import Mapping
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from workforce import countries
from workforce.core import audit, clock, db, vault
from workforce.core.errors import NotFound
from workforce.core.tenancy import Actor
from workforce.core.words import _
from workforce.models import Deployment, Employer, Site, Worker
from workforce.people.wrong import WrongField
from workforce.rosters.names import folded


def employer_named(session: Session, agency_id: uuid.UUID, name: str, *, country: str = "") -> Employer | None:
    """The employer of this name, found by its folded name or made. None for an empty name."""
    name = " ".join(name.split())[:160]
    key = folded(name)[:160]
    if not key:
        return None
    known = session.scalar(select(Employer).where(Employer.agency_id == agency_id, Employer.name_folded == key))
    if known is None:
        known = Employer(id=db.new_id(), agency_id=agency_id, name=name, name_folded=key, country=country)
        session.add(known)
        session.flush()
    return known


def site_named(
    session: Session,
    agency_id: uuid.UUID,
    name: str,
    *,
    country: str,
    town: str = "",
    point: tuple[float, float] | None = None,
    zone: str = "",
) -> Site | None:
    """The site of this name in this country, found or made. `point` is (lat, lon) in degrees, WGS 84. None for an empty name.

    What is known is kept; a point, town or zone that was missing is filled in.
    """
    name, town = " ".join(name.split())[:160], " ".join(town.split())[:120]
    name = name or town
    key = folded(name)[:160]
    if not key:
        return None
    site = session.scalar(
        select(Site).where(Site.agency_id == agency_id, Site.country == country, Site.name_folded == key)
    )
    if site is None:
        site = Site(
            id=db.new_id(), agency_id=agency_id, name=name, name_folded=key, country=country, town=town, zone=zone
        )
        session.add(site)
    site.town, site.zone = site.town or town, site.zone or zone
    if point is not None and site.lat is None:
        site.lat, site.lon = point
    session.flush()
    return site


def get(session: Session, actor: Actor, worker_id: uuid.UUID, deployment_id: uuid.UUID) -> Deployment:
    """One deployment of this worker. Raises NotFound."""
    mine = select(Deployment).where(
        Deployment.id == deployment_id, Deployment.worker_id == worker_id, Deployment.agency_id == actor.agency_id
    )
    found = session.scalar(mine)
    if found is None:
        raise NotFound(_("No such deployment."))
    return found


def current(session: Session, worker: Worker) -> Deployment | None:
    """Where the worker works now."""
    return session.scalar(
        select(Deployment).where(
            Deployment.agency_id == worker.agency_id, Deployment.worker_id == worker.id, Deployment.is_current
        )
    )


def start(session: Session, actor: Actor, worker: Worker, values: Mapping[str, Any], *, today: date) -> Deployment:
    """Begin a deployment; the current one, if any, ends. `values` as in `edit`. Raises WrongField."""
    before = current(session, worker)
    if before is not None:
        before.is_current = False
        before.ends_on = min(before.ends_on or date.max, values.get("starts_on") or today)
        session.flush()
    made = Deployment(id=db.new_id(), agency_id=worker.agency_id, worker_id=worker.id, host_country=worker.host_country)
    _fill(session, worker, made, values)
    session.add(made)
    _changed(session, actor, worker, "deployment.start", made)
    return made


def edit(
    session: Session, actor: Actor, worker: Worker, deployment_id: uuid.UUID, values: Mapping[str, Any]
) -> Deployment:
    """Correct one. `values`: host_country, employer, site, town, lat, lon, occupation, starts_on, ends_on, wage. Raises NotFound, WrongField."""
    deployment = get(session, actor, worker.id, deployment_id)
    _fill(session, worker, deployment, values)
    _changed(session, actor, worker, "deployment.edit", deployment)
    return deployment


def end(session: Session, actor: Actor, worker: Worker, deployment_id: uuid.UUID, *, on: date) -> Deployment:
    """The worker has left this place of work. Raises NotFound, WrongField."""
    deployment = get(session, actor, worker.id, deployment_id)
    if deployment.starts_on and on < deployment.starts_on:
        raise WrongField("ends_on", _("It cannot end before it began."))
    deployment.is_current, deployment.ends_on = False, on
    _changed(session, actor, worker, "deployment.end", deployment)
    return deployment


def _fill(session: Session, worker: Worker, deployment: Deployment, values: Mapping[str, Any]) -> None:
    host = str(values.get("host_country") or worker.host_country)
    starts_on, ends_on = values.get("starts_on"), values.get("ends_on")
    if host not in countries.all_codes():
        raise WrongField("host_country", _("Choose a country."))
    if starts_on and ends_on and ends_on < starts_on:
        raise WrongField("ends_on", _("It cannot end before it began."))
    employer = employer_named(session, worker.agency_id, str(values.get("employer") or ""), country=host)
    site = site_named(
        session,
        worker.agency_id,
        str(values.get("site") or ""),
        country=host,
        town=str(values.get("town") or ""),
        point=_point(values),
        zone=str(values.get("zone") or ""),
    )
    deployment.host_country = host
    deployment.employer_id = employer.id if employer else None
    deployment.site_id = site.id if site else None
    deployment.occupation = " ".join(str(values.get("occupation") or "").split())[:120]
    deployment.starts_on, deployment.ends_on = starts_on, ends_on
    if "wage" in values:
        vault.seal(session, deployment, wage=str(values["wage"] or ""))
    if deployment.is_current is not False:
        worker.host_country = host


def _point(values: Mapping[str, Any]) -> tuple[float, float] | None:
    lat, lon = values.get("lat"), values.get("lon")
    if lat is None and lon is None:
        return None
    if lat is None or lon is None or not (-90 <= lat <= 90 and -180 <= lon <= 180):
        raise WrongField("lat", _("Give both: latitude from -90 to 90, longitude from -180 to 180."))
    return float(lat), float(lon)


def _changed(session: Session, actor: Actor, worker: Worker, action: str, deployment: Deployment) -> None:
    worker.updated_at = clock.now()
    session.flush()
    audit.record(session, actor, action, deployment)
