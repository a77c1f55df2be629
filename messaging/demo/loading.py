"""Put the demo agency in, and take it out again without a trace."""

import uuid
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from locator.geodesy import Point
from locator.models import Place
from locator.places import edits, starter
from locator.whereabouts import positions
from messaging.demo import cast, families, papers, scripts
from messaging.demo.cast import Member
from messaging.models import Tally
from messaging.phones import handsets
from workforce import agencies, consents
from workforce.accounts import passwords, users
from workforce.core import clock, db, strongbox, tenancy
from workforce.core.db import Base, reading, transaction
from workforce.core.errors import Conflict, NotAllowed, NotFound
from workforce.core.tenancy import Actor, Scoped, System
from workforce.core.words import _
from workforce.models import Agency, Document, Import, StoredFile, User, Worker
from workforce.papers import documents, files
from workforce.people import contacts, deployments, phones, workers
from workforce.people import families as dependants


def find() -> Agency | None:
    """The demo agency, if it has been loaded."""
    with reading() as session:
        return session.scalar(select(Agency).where(Agency.is_demo, Agency.name == cast.AGENCY))


def is_empty() -> bool:
    """Whether the installation holds no agency at all."""
    with reading() as session:
        return session.scalar(select(Agency.id).limit(1)) is None


def load(folder: Path) -> dict[str, Any]:
    """The demo agency with all its people; sealed files go to `folder`. A second call changes nothing.

    Answers {agency, created, workers, papers}. Raises Conflict when a real agency bears the name.
    """
    agency = find() or agencies.create(name=cast.AGENCY, short_name=cast.SHORT_NAME, country=cast.COUNTRY, is_demo=True)
    if not agency.is_demo:
        raise Conflict(_("An agency of this name exists, and it is not the demo."))
    hashed = passwords.hashed(cast.PASSWORD)  # Slow by design, so it is made once and before the transaction.
    with tenancy.agency(agency.id), transaction() as session:
        session.get_one(Agency, agency.id, with_for_update=True)
        created = session.scalar(select(Worker.id).limit(1)) is None
        if created:
            starter.load(session)
            _fill(session, agency, folder, hashed)
        count = {
            kind: session.scalar(select(func.count()).select_from(kind).where(kind.agency_id == agency.id)) or 0
            for kind in (Worker, Document)
        }
    return {"agency": agency.name, "created": created, "workers": count[Worker], "papers": count[Document]}


def remove(folder: Path, name: str = "") -> dict[str, Any]:
    """Take the demo agency out with everything that is its, sealed files too. Answers {agency, removed, files}.

    Raises NotFound where there is no demo, NotAllowed for an agency that is not one.
    """
    with reading() as session:
        mine = select(Agency).where(Agency.name == name) if name else select(Agency).where(Agency.is_demo)
        agency = session.scalar(mine)
    if agency is None:
        raise NotFound(_("There is no demo agency here."))
    if not agency.is_demo:
        raise NotAllowed(_("%(name)s is not the demo agency. Nothing has been removed.", name=agency.name))
    with tenancy.agency(agency.id), transaction() as session:
        places = [
            *session.scalars(select(StoredFile.place)),
            *session.scalars(select(Import.place).where(Import.place != "")),
        ]
        rows = _empty(session, agency.id)
    for place in places:
        strongbox.remove(folder, place)
    db.fold_in_log()
    return {"agency": agency.name, "removed": rows, "files": len(places)}


def _empty(session: Session, agency_id: uuid.UUID) -> int:
    """Delete every row of the agency, children before parents; how many."""
    kinds: dict[str, Any] = {
        str(mapper.persist_selectable): mapper.class_
        for mapper in Base.registry.mappers
        if issubclass(mapper.class_, Scoped)
    }
    count = 0
    for table in reversed(Base.metadata.sorted_tables):
        kind = kinds.get(table.name)
        if kind is not None and kind is not Tally:  # The database goes on counting until the last of them has gone.
            gone = delete(kind).where(kind.agency_id == agency_id).execution_options(synchronize_session=False)
            count += session.execute(gone).rowcount  # type: ignore[attr-defined]
    session.execute(delete(Tally).where(Tally.agency_id == agency_id))
    session.execute(delete(Place).where(Place.owner_id == agency_id))
    session.execute(delete(Agency).where(Agency.id == agency_id))
    return count


# --- filling ----------------------------------------------------------------------------------------------------------


def _fill(session: Session, agency: Agency, folder: Path, password_hash: str) -> None:
    now, today = clock.now(), clock.today_in(agency.zone)
    session.get_one(Agency, agency.id).call_number = cast.CALL_NUMBER
    staff = _users(session, agency, password_hash)
    actor: Actor = staff.get("joy@tala.example", System(agency.id))
    made: dict[str, Worker] = {}
    for member in cast.members():
        worker = made[member.ref] = _register(session, actor, member, today)
        _keep_papers(session, actor, worker, member, folder, today)
        _family(session, actor, worker, member, today)
        handsets.create(session, agency.id, worker, member.phone, scripts.steps(member), **scripts.faults(member))
        _last_seen(session, actor, worker, member, now)
    _introduce(session, actor, made)
    _give_embassy_a_number(session, staff.get("admin@tala.example", actor))


def _users(session: Session, agency: Agency, password_hash: str) -> dict[str, User]:
    system = System(agency.id)
    return {
        email: users.create(session, system, email=email, role=role, name=name, password_hash=password_hash)
        for email, name, role in cast.USERS
        if not users.taken(session, email)
    }


def _register(session: Session, actor: Actor, member: Member, today: date) -> Worker:
    spoken = [member.language, *(["en"] if member.language != "en" else [])]
    values = {
        "full_name": f"{member.family}, {member.given}", "family_name": member.family, "given_names": member.given, "own_script_name": member.in_arabic,
        "nationality": member.nationality, "host_country": cast.HOST, "language": member.language, "languages": spoken, "external_ref": member.ref,
        "birth_date": member.born_on, "sex": member.sex,
    }  # fmt: skip
    worker = workers.register(session, actor, values, today=today)
    phone = phones.add(session, actor, worker, member.phone, use="host", is_smartphone=member.number % 3 != 0)
    if member.number % 10:  # The others have never written; one in twelve has long been quiet.
        phones.heard(
            phone,
            worker,
            clock.now()
            - timedelta(days=member.number % 12 * 2 + (33 if member.number % 12 == 5 else 0), hours=member.number % 23),
        )
    started = today - timedelta(days=90 + (member.number * 37) % 900)
    place = {
        "site": member.site.name,
        "town": member.site.town,
        "lat": member.site.point.lat,
        "lon": member.site.point.lon,
        "zone": cast.ZONE,
    }
    job = {
        "host_country": cast.HOST,
        "employer": member.site.employer,
        "occupation": member.occupation,
        "starts_on": started,
    }
    deployments.start(session, actor, worker, place | job | {"ends_on": None, "wage": ""}, today=today)
    return worker


def _keep_papers(session: Session, actor: Actor, worker: Worker, member: Member, folder: Path, today: date) -> None:
    if papers.has_backup_consent(member):
        consents.give(session, actor, worker, "backup", channel="paper", at=clock.now() - timedelta(days=100))
    for paper in papers.of(member, today):
        kept = documents.add(session, actor, worker, paper.values, today=today)
        if paper.renewed is not None:
            documents.renew(session, actor, kept.id, paper.renewed, version=kept.version, today=today)
        if paper.is_lost:
            documents.lose(session, actor, kept.id, today=today, note="left in the camp")
        if paper.has_copy:
            session.refresh(kept)
            issue = documents.get(session, actor, kept.id).active
            if issue is not None:
                picture = papers.specimen(member, str((paper.renewed or paper.values)["number"]))
                files.keep(session, actor, folder, kept.id, issue.id, clear=picture, name=f"passport-{member.ref}.png")


def _family(session: Session, actor: Actor, worker: Worker, member: Member, today: date) -> None:
    contacts.add(session, actor, worker, families.kin(member))
    for person in families.dependants(member, today):
        dependants.add(session, actor, worker, person, today=today)


def _last_seen(session: Session, actor: Actor, worker: Worker, member: Member, now: datetime) -> None:
    """Where two in three were, under their consent: some an hour ago, some last week."""
    if member.number % 3 == 0:
        return
    consents.give(session, actor, worker, "location", channel="paper", at=now - timedelta(days=100))
    age = timedelta(minutes=20 + 7 * member.number) if member.number % 4 else timedelta(hours=20 + 2 * member.number)
    off = ((member.number * 7) % 11 - 5) / 1200, ((member.number * 5) % 13 - 6) / 1200
    point = Point(round(member.site.point.lat + off[0], 5), round(member.site.point.lon + off[1], 5))
    source = "text" if member.number % 2 else "staff"
    positions.record(
        session,
        actor,
        worker,
        point,
        precision_km=0.1 if source == "text" else 2.0,
        source=source,
        label=member.site.name,
        taken_at=now - age,
    )


def _introduce(session: Session, actor: Actor, made: dict[str, Worker]) -> None:
    """Buddies and site leaders, once everybody is there."""
    leaders = cast.leaders()
    for member in cast.members():
        worker, friend, leader = made[member.ref], families.buddy(member), leaders[member.site.key]
        if friend is not None:
            contacts.add(
                session,
                actor,
                worker,
                {
                    "kind": "buddy",
                    "other_worker_id": made[friend.ref].id,
                    "relation": "same site",
                    "country": cast.HOST,
                },
            )
        if leader.ref not in {member.ref, friend.ref if friend else ""}:
            contacts.add(
                session,
                actor,
                worker,
                {
                    "kind": "site_leader",
                    "other_worker_id": made[leader.ref].id,
                    "relation": "site leader",
                    "country": cast.HOST,
                },
            )


def _give_embassy_a_number(session: Session, actor: Actor) -> None:
    """The starter list has no phone for it, and no real one may stand in a text of the demo: this agency's own edit, an invented number."""
    embassy = session.scalar(
        select(Place.id)
        .where(Place.kind == "embassy", Place.country == cast.HOST, Place.country_of == cast.COUNTRY)
        .order_by(Place.source_id)
    )
    if embassy is not None:
        edits.edit(session, actor, embassy, {"phone": cast.EMBASSY_NUMBER})
