"""Makers of rows for tests: each fills in what the test does not care about."""

import contextvars
import itertools
import uuid
from contextlib import contextmanager
from datetime import date

from flask.testing import FlaskClient

from workforce import agencies
from workforce.accounts import passwords, sessions
from workforce.core import clock, db, tenancy, vault
from workforce.models import Agency, Deployment, Document, DocumentVersion, Employer, Phone, Site, User, Worker

PASSWORD = "correct horse battery staple"
_numbers = itertools.count(1)
_hash: list[str] = []


def make_agency(name: str | None = None, *, country: str = "PH", **more) -> Agency:
    return agencies.create(name=name or f"Agency {next(_numbers)}", country=country, **more)


def make_user(agency: Agency, *, role: str = "staff", email: str | None = None, name: str = "Test Person") -> User:
    """A user whose password is PASSWORD."""
    _hash or _hash.append(passwords.hashed(PASSWORD))
    email = email or f"user{next(_numbers)}@agency.example"
    user = User(
        id=db.new_id(),
        agency_id=agency.id,
        name=name,
        role=role,
        email_index=sessions.email_index(email),
        password_hash=_hash[0],
        created_at=clock.now(),
    )
    with tenancy.agency(agency.id), db.transaction() as session:
        vault.seal(session, user, email=email)
        session.add(user)
    with tenancy.agency(agency.id), db.reading() as session:
        return session.get(User, user.id)


def make_worker(
    agency: Agency,
    *,
    full_name: str | None = None,
    phone: str | None = "",
    site: str | None = None,
    site_at: tuple[float, float] | None = None,
    employer: str | None = None,
    host_country: str = "LY",
    nationality: str = "PH",
    language: str = "en",
    **more,
) -> Worker:
    """A worker with one phone (a fresh number unless `phone` is given; None for no phone), placed at `site`."""
    number = next(_numbers)
    name = full_name or f"Worker Number{number}"
    now = clock.now()
    worker = Worker(
        id=db.new_id(), agency_id=agency.id, full_name=name, name_folded=name.casefold(), sort_name=name.casefold(),
        nationality=nationality, host_country=host_country, language=language, created_at=now, updated_at=now,
        **{key: value for key, value in more.items() if hasattr(Worker, key)},
    )  # fmt: skip
    with tenancy.agency(agency.id), db.transaction() as session:
        session.add(worker)
        vault.open_subject(session, agency.id, worker.id)
        if phone is not None:
            _add_phone(session, worker, phone or f"+21891{number:07d}")
        _add_deployment(session, worker, site=site, site_at=site_at, employer=employer, host_country=host_country)
        for name_, value in more.items():
            if name_ in {"birth_date", "notes", "sex"}:
                vault.seal(session, worker, **{name_: value})
    return worker


def make_document(
    worker: Worker,
    *,
    kind: str = "passport",
    number: str | None = None,
    expires_on: date | None = None,
    custody: str = "worker",
    country: str = "PH",
) -> Document:
    """A paper with one active version."""
    paper = Document(
        id=db.new_id(),
        agency_id=worker.agency_id,
        worker_id=worker.id,
        kind=kind,
        issuing_country=country,
        custody=custody,
        expires_on=expires_on,
    )
    issue = DocumentVersion(
        id=db.new_id(),
        agency_id=worker.agency_id,
        worker_id=worker.id,
        document_id=paper.id,
        expires_on=expires_on,
        created_at=clock.now(),
    )
    with tenancy.agency(worker.agency_id), db.transaction() as session:
        number = number or f"P{next(_numbers):07d}A"
        paper.number_index = vault.blind_index(worker.agency_id, "document_versions.paper_number", number)
        session.add(paper)
        session.flush()
        vault.seal(session, issue, paper_number=number)
        session.add(issue)
    return paper


class Browser(FlaskClient):
    """A client whose requests see nothing of the test: no context that was open, no agency in scope, nobody's log-in but their own."""

    def open(self, *args, **kwargs):
        return contextvars.Context().run(super().open, *args, **{"buffered": True, **kwargs})

    @contextmanager
    def session_transaction(self, *args, **kwargs):
        scope = tenancy.scope()
        with super().session_transaction(*args, **kwargs) as cookie:
            yield cookie
        if isinstance(scope, uuid.UUID):
            tenancy.enter(scope)


def logged_in(app, user: User | None):
    """A test client with a live session of `user`, or a stranger's. CSRF is off for it: one test of its own holds that wall."""
    app.config["WTF_CSRF_ENABLED"] = False
    client = app.test_client()
    if user is not None:
        token = sessions.open_session(user)
        with client.session_transaction() as cookie:
            cookie["_user_id"] = token
            cookie["_fresh"] = True
    return client


def _add_phone(session, worker: Worker, number: str) -> None:
    phone = Phone(
        id=db.new_id(),
        agency_id=worker.agency_id,
        worker_id=worker.id,
        number_index=vault.blind_index(worker.agency_id, "phones.number", number),
    )
    vault.seal(session, phone, number=number)
    session.add(phone)


def _add_deployment(session, worker: Worker, *, site, site_at, employer, host_country) -> None:
    deployment = Deployment(id=db.new_id(), agency_id=worker.agency_id, worker_id=worker.id, host_country=host_country)
    if employer:
        row = Employer(
            id=db.new_id(),
            agency_id=worker.agency_id,
            name=employer,
            name_folded=f"{employer.casefold()} {next(_numbers)}",
        )
        session.add(row)
        deployment.employer_id = row.id
    if site:
        lat, lon = site_at or (32.88, 13.19)
        row = Site(
            id=db.new_id(),
            agency_id=worker.agency_id,
            name=site,
            name_folded=f"{site.casefold()} {next(_numbers)}",
            country=host_country,
            lat=lat,
            lon=lon,
        )
        session.add(row)
        deployment.site_id = row.id
    session.flush()
    session.add(deployment)
