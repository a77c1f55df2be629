"""A world for one agency: one row in every table it can have rows in, each full of its canary.

`PARAMS` says which row an address parameter or a form field names. A route with a parameter that is not here fails the
crawl: whoever adds the route adds the line.
"""

import uuid
from datetime import date, timedelta
from functools import cache
from typing import Any

from sqlalchemy import (
    Boolean,
    Date,
    Float,
    ForeignKeyConstraint,
    Integer,
    LargeBinary,
    Select,
    String,
    Uuid,
    bindparam,
    select,
)
from sqlalchemy.types import JSON

import locator.models as places
import messaging.models as texts
import workforce.models as people
from tests import factories
from workforce.core import clock, db, strongbox, tenancy, vault
from workforce.core.audit import AuditEntry, AuditHead
from workforce.core.db import Base, Sealed, UTCDateTime
from workforce.core.tenancy import Scoped
from workforce.core.vault import Key

# Address parameter or form field → the table whose row it names.
PARAMS: dict[str, type[Any]] = {
    "worker_id": people.Worker,
    "phone_id": people.Phone,
    "deployment_id": people.Deployment,
    "dependant_id": people.Dependant,
    "contact_id": people.Contact,
    "employer_id": people.Employer,
    "site_id": people.Site,
    "document_id": people.Document,
    "paper_id": people.Document,
    "version_id": people.DocumentVersion,
    "document_version_id": people.DocumentVersion,
    "file_id": people.StoredFile,
    "consent_id": people.Consent,
    "import_id": people.Import,
    "mapping_id": people.RosterMapping,
    "user_id": people.User,
    "session_id": people.UserSession,
    "link_id": people.UserLink,
    "position_id": places.Position,
    "place_id": places.Place,
    "message_id": texts.Message,
    "notice_id": texts.Notice,
    "incident_id": texts.Incident,
    "area_id": texts.Area,
    "person_id": texts.Person,
    "case_id": texts.Case,
    "task_id": texts.CallTask,
    "broadcast_id": texts.Broadcast,
    "handset_id": texts.Handset,
    "owner_id": people.User,
    "proposal_id": texts.Proposal,
    "other_worker_id": people.Worker,
    "row_id": people.Phone,
    "pair_id": people.DuplicatePair,
    "merge_id": people.Merge,
}
# What filters and hidden fields call the same things.
SHORT_NAMES: dict[str, type[Any]] = {
    "worker": people.Worker, "workers": people.Worker, "site": people.Site, "employer": people.Employer, "person": people.User,
    "incident": texts.Incident, "area": texts.Area, "case": texts.Case, "message": texts.Message, "phone": people.Phone,
    "document": people.Document, "place": places.Place, "after": people.Worker, "before": people.Worker, "import": people.Import,
    "ids": people.Worker, "worker_ids": people.Worker, "target": people.Worker, "handset": texts.Handset, "owner": people.User,
}  # fmt: skip
# Parameters that name nobody's row: any value of theirs is the same for all agencies.
PLAIN: dict[str, str] = {
    "token": "no-such-token-0000000000000000",
    "library": "bootstrap",
    "path": "css/bootstrap.min.css",
    "filename": "img/logo.svg",
    "kind": "phone",
    "act": "pause",
    "gateway": "http1",
    "key": "evacuation",
    "row_number": "2",
    "country": "LY",
    "language": "en",
}
# Fields that let a form pass, so that the crawl reaches what the form is for.
PLAUSIBLE = {
    "full_name": "Crawl Crawler", "name": "Crawl", "nationality": "PH", "host_country": "LY", "country": "LY", "language": "en", "version": "1",
    "body": "hello", "text": "hello", "kind": "passport", "relation": "friend", "number": "+218911234567", "use": "host", "role": "staff", "reason": "crawl",
    "status": "SAFE", "custody": "worker", "purpose": "location", "channel": "sms", "given": "1", "title": "x", "expires_on": "2030-01-01", "rank": "0",
    "occupation": "driver", "starts_on": "2026-01-01", "lat": "32.8", "lon": "13.1", "radius_km": "5", "precision_km": "1", "code": "TST-1", "alert_level": "1",
    "countries": "LY", "count": "1", "confirm": "1", "outcome": "fine", "evidence": "said so", "source": "staff", "template": "safety", "field": "phone", "value": "1",
}  # fmt: skip

VALUES: dict[str, Any] = {
    "country": "LY", "host_country": "LY", "nationality": "PH", "issuing_country": "PH", "language": "en", "zone": "Africa/Tripoli", "role": "staff",
    "purpose": "location", "channel": "sms", "direction": "in", "state": "active", "source": "staff", "status": "SAFE", "recipient": "worker", "media_type": "image/png",
    "code": "ZQX-1", "use": "host", "key": "notice.passport", "field": "phone", "action": "created", "rung": 30, "lat": 32.8, "lon": 13.1, "cell_lat": 328, "cell_lon": 131,
    "short_name": "ZQX", "given": True, "is_current": True, "place": "0" * 32, "countries": ["LY"], "rungs": [30], "gateway": "simulator", "direction_": "in", "basis": "consent",
}  # fmt: skip
OWN_VALUES: dict[tuple[str, str], Any] = {
    ("documents", "kind"): "passport", ("contacts", "kind"): "next_of_kin", ("areas", "kind"): "danger", ("questions", "kind"): "safety",
    ("incident_lines", "kind"): "opened", ("notice_ladders", "kind"): "passport", ("import_problems", "kind"): "refused", ("messages", "state"): "received",
    ("messages", "purpose"): "reply", ("user_links", "purpose"): "invite", ("imports", "state"): "previewed", ("notices", "state"): "told", ("broadcasts", "state"): "draft",
    ("broadcasts", "purpose"): "safety", ("proposals", "kind"): "number", ("proposals", "state"): "open", ("message_events", "state"): "received", ("handset_texts", "direction"): "out", ("incident_people", "status"): "HELP",
    ("areas", "geometry"): {"type": "Polygon", "coordinates": [[[13, 32], [14, 32], [14, 33], [13, 33], [13, 32]]]}, ("phones", "state"): "works",
    ("merges", "undone_at"): clock.now(),
}  # fmt: skip
SEALED = {
    "payload_sealed": '{"number": "+218911234567"}',
    "point_sealed": "32.8,13.1",
    "birth_date_sealed": "1990-01-01",
    "corrections_sealed": "{}",
}
MADE_BY_OTHERS = {Key, AuditEntry, AuditHead, people.User, people.UserSession}


class World:
    """An agency with one row of everything. `canary` stands in each of its texts, clear and sealed."""

    def __init__(self, canary: str, digits: str, files) -> None:
        self.canary, self.digits = canary, digits
        self.agency = factories.make_agency(f"{canary} Manpower")
        self.users = {
            role: factories.make_user(self.agency, role=role, name=f"{canary} {role}")
            for role in ("staff", "manager", "admin", "auditor")
        }
        self.rows: dict[type[Any], Any] = {people.User: self.users["staff"]}
        self._files = files
        with tenancy.agency(self.agency.id), db.transaction() as session:
            self._fill(session)

    def id_of(self, model: type[Any]) -> uuid.UUID:
        return self.rows[model].id

    def _fill(self, session) -> None:
        place = places.Place(
            id=db.new_id(),
            owner_id=self.agency.id,
            kind="assembly",
            name=self.canary,
            lat=32.8,
            lon=13.1,
            country="LY",
            source=self.canary,
            source_id=self.canary,
            updated_at=clock.now(),
        )
        session.add(place)
        session.flush()
        self.rows[places.Place] = place
        mappers = {mapper.local_table: mapper.class_ for mapper in Base.registry.mappers}
        for table in Base.metadata.sorted_tables:
            model = mappers[table]
            if issubclass(model, Scoped) and model not in MADE_BY_OTHERS:
                self.rows[model] = self._row(session, model, table)
        token = people.UserSession(
            id=db.new_id(),
            agency_id=self.agency.id,
            user_id=self.users["staff"].id,
            token_hash=uuid.uuid4().bytes * 2,
            created_at=clock.now(),
            seen_at=clock.now(),
        )
        session.add(token)
        self.rows[people.UserSession] = token

    def _row(self, session, model, table):
        row = model(id=db.new_id(), agency_id=self.agency.id)
        parents = {
            constraint.column_keys[1]: constraint.referred_table
            for constraint in table.constraints
            if isinstance(constraint, ForeignKeyConstraint) and len(constraint.column_keys) == 2
        }
        by_table = {type(made).__tablename__: made for made in self.rows.values()}
        for column in table.columns:
            if column.key in {"id", "agency_id", "version"} or isinstance(column.type, Sealed):
                continue
            if column.key in parents:
                setattr(row, column.key, getattr(by_table.get(parents[column.key].name), "id", None))
            elif column.key == "place_id":
                row.place_id = self.rows[places.Place].id
            else:
                setattr(row, column.key, self._value(table.name, column))
        if isinstance(row, people.StoredFile | people.Import | texts.Proposal):
            self._put_file(session, row)
        session.add(row)
        session.flush()
        for column in table.columns:
            if isinstance(column.type, Sealed) and column.key.endswith("_sealed"):
                text = SEALED.get(column.key) or (
                    self.digits if "number" in column.key or "phone" in column.key else self.canary
                )
                vault.seal(session, row, **{column.key.removesuffix("_sealed"): text})
        session.flush()
        return row

    def _value(self, table: str, column) -> Any:
        if (table, column.key) in OWN_VALUES:
            return OWN_VALUES[table, column.key]
        if column.key in VALUES:
            return VALUES[column.key]
        if column.nullable:
            return (
                vault.blind_index(self.agency.id, "phones.number", self.digits)
                if column.key in {"number_index", "phone_index"}
                else None
            )
        kinds = [
            (UTCDateTime, clock.now() + timedelta(days=1) if column.key == "expires_at" else clock.now()),
            (Date, date(2030, 1, 1)), (Boolean, False), (Integer, 1), (Float, 1.0), (Uuid, uuid.uuid4()), (JSON, [] if "list" in str(column.default) else {}),
        ]  # fmt: skip
        if isinstance(column.type, LargeBinary):
            return (
                vault.blind_index(self.agency.id, "phones.number", self.digits)
                if column.key == "number_index"
                else uuid.uuid4().bytes * ((column.type.length or 16) // 16)
            )
        if isinstance(column.type, String):
            return self.canary[: column.type.length]
        return next(value for kind, value in kinds if isinstance(column.type, kind))

    def _put_file(self, session, row) -> None:
        subject = getattr(row, "worker_id", self.agency.id)
        about = getattr(row, "document_version_id", row.id)
        parcel = strongbox.put(
            session,
            self._files,
            self.canary.encode(),
            agency_id=self.agency.id,
            subject_id=subject,
            about=about,
            version=1,
        )
        row.place, row.wrapped_key = parcel.name, parcel.wrapped_key
        if isinstance(row, texts.Proposal):
            row.file_key = parcel.wrapped_key


@cache
def _tables() -> list[tuple[str, Select[Any]]]:
    """Each table that belongs to agencies, and the question for all that one of them has in it."""
    scoped = [mapper.local_table for mapper in Base.registry.mappers if issubclass(mapper.class_, Scoped)]
    return [(table.name, select(table).where(table.c.agency_id == bindparam("agency_id"))) for table in scoped]


def rows_of(agency_id: uuid.UUID) -> dict[str, list[tuple[Any, ...]]]:
    """Every value of every row of an agency, to see whether anything has changed. From the tables: by the models it took longer than the pages."""
    with db.engine().connect() as connection:
        return {
            name: sorted((tuple(row) for row in connection.execute(wanted, {"agency_id": agency_id})), key=repr)
            for name, wanted in _tables()
        }
