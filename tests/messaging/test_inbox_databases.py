"""A text is understood whichever database it lies in: by its number we know whose it is, also where two share a phone."""

import pytest
from sqlalchemy import select
from sqlalchemy.orm import selectinload

from messaging.inbox import inbound
from messaging.models import Case
from tests import factories
from tests.messaging.texting import number_of
from workforce.core import clock, db


@pytest.fixture
def database_url(any_database):
    return any_database


def test_a_call_for_help_from_a_shared_phone_opens_a_case_that_names_both(agency):
    first = factories.make_worker(agency)
    second = factories.make_worker(agency, phone=number_of(first))
    facts = {"to_number": "TALA", "body": "HELP", "provider_id": "T1", "at": clock.now(), "gateway": "simulator"}
    with db.transaction() as session:
        message, _new = inbound.receive(session, agency.id, from_number=number_of(first), **facts)

    inbound.process(agency.id, message.id, clock.now())

    with db.reading() as session:
        case = session.scalars(select(Case).options(selectinload(Case.people))).one()
        assert {one.worker_id for one in case.people} == {first.id, second.id}
