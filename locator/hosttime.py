"""What time it is where a worker is, and on the clocks at the top of every page."""

import time
import uuid
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import func, select

from locator.geodesy import Point
from locator.zones import country_zone, zone_at
from workforce.core import tenancy
from workforce.core.db import reading
from workforce.models import Agency, Site, Worker

KEEP_SECONDS = 300
_usual: dict[uuid.UUID, tuple[float, str]] = {}


def host_zone(site: Site | None, country: str) -> str:
    """The zone of the site: its own, else that of the airport nearest to it, else the host country's."""
    if site is None:
        return country_zone(country)
    if site.zone:
        return site.zone
    where = Point(site.lat, site.lon) if site.lat is not None and site.lon is not None else None
    return zone_at(where, site.country)


def clocks(agency: Agency, now: datetime) -> list[dict[str, Any]]:
    """For the head of a page: the clock of the country where most workers are, and the agency's own."""
    host = _usual_zone(agency)
    zones = [host] if host and host != agency.zone else []
    return [
        {"label": town(zone), "zone": zone, "time": f"{now.astimezone(ZoneInfo(zone)):%H:%M}"}
        for zone in [*zones, agency.zone]
    ]


def town(zone: str) -> str:
    """The town a zone is named after: "Tripoli" for Africa/Tripoli."""
    return zone.rpartition("/")[2].replace("_", " ")


def _usual_zone(agency: Agency) -> str:
    # Asked on every page, and it hardly ever changes: one count in five minutes is enough.
    kept = _usual.get(agency.id)
    if kept is not None and time.monotonic() - kept[0] < KEEP_SECONDS:
        return kept[1]
    most = select(Worker.host_country).where(Worker.agency_id == agency.id, Worker.archived_at.is_(None))
    # A page that says "there is no such page" has no scope of its own.
    with tenancy.agency(agency.id), reading() as db:
        country = db.scalar(
            most.group_by(Worker.host_country).order_by(func.count().desc(), Worker.host_country).limit(1)
        )
    zone = country_zone(country) if country else ""
    if country:
        _usual[agency.id] = (time.monotonic(), zone)
    return zone
