"""Many rows at once: they read back as the slow way would have written them, and never belong to another agency."""

import uuid
from datetime import UTC, date, datetime

import pytest
from sqlalchemy import select

from tests import factories
from workforce.core import tenancy
from workforce.core.db import new_id, reading, transaction
from workforce.core.errors import Unscoped
from workforce.core.loading import find_rows, insert_rows, update_rows
from workforce.models import Deployment, Employer, Worker


@pytest.fixture
def database_url(any_database):
    return any_database


def row_of(agency_id, **columns):
    at = datetime(2027, 3, 1, 8, 30, 15, 123456, tzinfo=UTC)
    names = {
        "full_name": "Ana\tCruz \\ “Nené”",
        "name_folded": "ana cruz",
        "sort_name": "cruz, ana",
        "given_names": "Ana",
    }
    return {
        "id": new_id(),
        "agency_id": agency_id,
        **names,
        "family_name": "Cruz",
        "nationality": "PH",
        "host_country": "LY",
        "language": "tl",
        "aliases": ["Né", "né"],
        "languages": [],
        "birth_date_sealed": b"\x00\xff\\N\n",
        "registered_via": "import",
        "created_at": at,
        "updated_at": at,
        **columns,
    }


def test_every_kind_of_value_reads_back_as_it_went_in(agency):
    one, two = row_of(agency.id), row_of(agency.id, birth_date_sealed=None, aliases=[], full_name="\\N")
    employer = {"id": new_id(), "agency_id": agency.id, "name": "Tala", "name_folded": "tala", "country": "LY"}
    deployment = {
        "id": new_id(),
        "agency_id": agency.id,
        "worker_id": one["id"],
        "employer_id": employer["id"],
        "host_country": "LY",
        "occupation": "Nurse",
        "isco": "",
        "starts_on": date(2026, 1, 31),
        "ends_on": None,
        "is_current": True,
        "version": 1,
    }

    with transaction() as db:
        insert_rows(db, Worker, [one, two])
        insert_rows(db, Employer, [employer])
        insert_rows(db, Deployment, [deployment])

    with reading() as db:
        for given in (one, two):
            kept = db.get(Worker, given["id"])
            assert {name: getattr(kept, name) for name in given} == given
        kept = db.get(Deployment, deployment["id"])
        assert {name: getattr(kept, name) for name in deployment} == deployment


def test_what_a_row_does_not_say_is_the_models_default(agency):
    with transaction() as db:
        insert_rows(db, Worker, [row_of(agency.id)])

    with reading() as db:
        kept = db.scalars(select(Worker)).one()
        assert (kept.version, kept.preferred_channel, kept.archived_at) == (1, "sms", None)


@pytest.mark.parametrize("scope", ["another agency", "no agency"])
def test_a_row_of_another_agency_is_refused(agency, scope):
    other = factories.make_agency("Other").id if scope == "another agency" else uuid.uuid4()
    rows = [row_of(agency.id), row_of(other)]

    with pytest.raises(Unscoped), transaction() as db:
        insert_rows(db, Worker, rows)
    tenancy.leave()
    with pytest.raises(Unscoped), transaction() as db:
        insert_rows(db, Worker, rows[:1])


def test_each_row_gets_values_of_its_own_and_another_agencys_stays_as_it_is(agency):
    other = factories.make_agency("Other")
    one, two, theirs = row_of(agency.id), row_of(agency.id), row_of(other.id)
    with transaction() as db:
        insert_rows(db, Worker, [one, two])
    with tenancy.agency(other.id), transaction() as db:
        insert_rows(db, Worker, [theirs])
    said = [
        {"id": row["id"], "given_names": name, "archived_at": None}
        for row, name in ((one, "Uno"), (two, "Dos"), (theirs, "Tres"))
    ]

    with transaction() as db:
        update_rows(db, Worker, said)

    with tenancy.across_agencies("test"), reading() as db:
        assert [db.get(Worker, row["id"]).given_names for row in (one, two, theirs)] == ["Uno", "Dos", "Ana"]


def test_what_is_alike_in_every_row_is_said_once(agency):
    rows = [{"id": new_id(), "name": name, "name_folded": name.casefold()} for name in ("Tala", "Luna")]

    with transaction() as db:
        insert_rows(db, Employer, rows, agency_id=agency.id, country="LY")

    with reading() as db:
        kept = db.scalars(select(Employer).order_by(Employer.name)).all()
        assert [(one.name, one.country, one.agency_id) for one in kept] == [
            ("Luna", "LY", agency.id),
            ("Tala", "LY", agency.id),
        ]


def test_an_agency_said_once_for_all_rows_is_checked_too(agency):
    other = factories.make_agency("Luna")
    row = {"id": new_id(), "name": "Tala", "name_folded": "tala", "country": "LY"}

    with transaction() as db, pytest.raises(Unscoped):
        insert_rows(db, Employer, [row], agency_id=other.id)


def test_rows_found_by_a_key_read_back_as_the_model_reads_them_and_only_our_own(agency):
    other = factories.make_agency("Other")
    one, two, theirs = row_of(agency.id), row_of(agency.id), row_of(other.id)
    with transaction() as db:
        insert_rows(db, Worker, [one, two])
    with tenancy.agency(other.id), transaction() as db:
        insert_rows(db, Worker, [theirs])
    ids, names = [row["id"] for row in (theirs, two, one)], ("id", "agency_id", "birth_date_sealed", "created_at", "archived_at")

    with reading() as db:
        found = find_rows(db, Worker, names, "id", ids)
        rows = db.scalars(select(Worker).order_by(Worker.id))
        assert found == [tuple(getattr(row, name) for name in names) for row in rows]
        assert [row[0] for row in found] == sorted([one["id"], two["id"]])
        assert find_rows(db, Worker, names, "id", []) == []


def test_rows_are_found_by_bytes_and_across_agencies_where_that_is_said(agency):
    other = factories.make_agency("Other")
    with transaction() as db:
        insert_rows(db, Worker, [row_of(agency.id)])
    with tenancy.agency(other.id), transaction() as db:
        insert_rows(db, Worker, [row_of(other.id)])
    sealed = row_of(agency.id)["birth_date_sealed"]

    with tenancy.across_agencies("test"), reading() as db:
        found = find_rows(db, Worker, ("agency_id",), "birth_date_sealed", [sealed, b"other"])

    assert {row[0] for row in found} == {agency.id, other.id}


def test_rows_of_an_agency_are_not_found_outside_any(agency):
    tenancy.leave()

    with pytest.raises(Unscoped), reading() as db:
        find_rows(db, Worker, ("id",), "id", [new_id()])
