"""Who was erased on request is known again when an old list brings them back, by marks that say nothing."""

import pytest
from sqlalchemy import select

from tests.workforce.roster_files import NOEL, RODEL, import_rows
from workforce.core import db, tenancy
from workforce.models import Tombstone, Worker
from workforce.people import erasing

BARE = {"Name": "Rodel Magsino", "Nationality": "PH", "Host country": "Libya"}


def erase_everybody(agency):
    with db.transaction() as session:
        for worker_id in session.scalars(select(Worker.id)).all():
            erasing.erase(session, tenancy.System(agency.id), worker_id)


@pytest.mark.parametrize(
    "row",
    [
        RODEL,
        {**BARE, "Name": "Rudy Magsino", "Passport No.": "P4417720A"},
        {**BARE, "Date of birth": "1985-02-11"},
        {**BARE, "Mobile (host)": "+218912204417"},
    ],
    ids=["the same row", "the passport", "name and birth date", "name and number"],
)
def test_an_old_list_that_brings_an_erased_person_back_says_so(agency, row):
    import_rows(agency, RODEL, NOEL)
    erase_everybody(agency)

    outcome = import_rows(agency, row)

    assert outcome.created == 1
    assert ["Erased on request" in one.reason for one in outcome.of_kind("flagged")].count(True) == 1


def test_somebody_else_is_not_taken_for_who_was_erased(agency):
    import_rows(agency, RODEL)
    erase_everybody(agency)

    outcome = import_rows(agency, NOEL, BARE | {"Date of birth": "1990-01-01"})

    assert [one.reason for one in outcome.of_kind("flagged") if "Erased" in one.reason] == []


def test_a_stone_names_nobody(agency):
    import_rows(agency, RODEL)
    erase_everybody(agency)

    with db.reading() as session:
        stones = session.scalars(select(Tombstone)).all()
    assert len(stones) == 3
    assert {column.name for column in Tombstone.__table__.columns} == {"id", "agency_id", "mark", "erased_on"}
