"""Airports, which every installation knows: from the package `airportsdata`."""

import airportsdata
from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from locator.models import Place
from locator.places import memory
from workforce.core import clock, db

SOURCE = "airportsdata"


def ensure() -> None:
    """Put the airports in, unless they are there. A second call costs one look."""
    with db.reading() as session:
        if _are_in(session):
            return
    with db.transaction() as session:
        if not _are_in(session):
            load(session)


def load(session: Session) -> int:
    """The airports with an IATA code, 7,900 of 28,000: those that tickets are sold to. The rest are mostly private strips."""
    now = clock.now()
    rows = [
        {
            "id": db.new_id(),
            "kind": "airport",
            "type": "airport",
            "name": f"{field['name']} ({field['iata']})"[:200],
            "lat": float(field["lat"]),
            "lon": float(field["lon"]),
            "country": field["country"],
            "covers": [],
            "city": field["city"][:120],
            "source": SOURCE,
            "source_id": code,
            "licence": "MIT",
            "updated_at": now,
        }
        for code, field in airportsdata.load("ICAO").items()
        if field["iata"]
    ]
    session.execute(insert(Place), rows)
    memory.touch(session)
    return len(rows)


def _are_in(session: Session) -> bool:
    return session.scalar(select(Place.id).where(Place.source == SOURCE).limit(1)) is not None
