"""Makers of incidents and what hangs on them."""

from sqlalchemy import select

from messaging.incidents import areas, board, incidents
from messaging.models import Incident, Person
from workforce.core import clock, db, tenancy


def make_incident(manager, *, name="Libya evacuation", countries=("LY",), is_exercise=False, area=None) -> Incident:
    """An open incident in Libya, with the whole country as its danger area when `area` is "country"."""
    with tenancy.agency(manager.agency_id), db.transaction() as session:
        made = incidents.start(
            session,
            manager,
            name=name,
            countries=list(countries),
            alert_level=4,
            is_exercise=is_exercise,
            at=clock.now(),
        )
        if area == "country":
            areas.draw(
                session, manager, made, kind="danger", name="", shape=areas.whole_country(countries[0]), at=clock.now()
            )
        elif area is not None:
            areas.draw(session, manager, made, kind="danger", name="", shape=area, at=clock.now())
    return made


def hear(worker, status, *, evidence="text", at=None):
    with tenancy.agency(worker.agency_id), db.transaction() as session:
        return board.hear(session, worker, status, evidence=evidence, at=at or clock.now())


def person(incident, worker) -> Person:
    with tenancy.agency(incident.agency_id), db.reading() as session:
        return session.scalar(select(Person).where(Person.incident_id == incident.id, Person.worker_id == worker.id))
