"""The pages about notices."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from messaging.models import Notice
from messaging.notices import jobs, ladders
from tests import factories
from workforce.core import clock, db
from workforce.models import Document


@pytest.fixture
def noticed(agency):
    """A paper that has been noticed."""
    worker = factories.make_worker(agency, full_name="Ana Cruz")
    factories.make_document(worker, expires_on=clock.now().date() + timedelta(days=30))
    jobs.run(agency.id)
    with db.reading() as session:
        return session.scalar(select(Notice).where(Notice.recipient == "worker"))


@pytest.mark.parametrize("chip", ["all", "waiting", "sent", "failed", "suppressed", "late", "old", "nonsense"])
def test_the_list_opens_on_every_chip(client_of, staff, noticed, chip):
    assert client_of(staff).get(f"/notices/?chip={chip}").status_code == 200


def test_a_notice_says_whom_what_and_what_became_of_it(client_of, staff, noticed):
    shown = client_of(staff).get("/notices/").get_data(as_text=True)

    assert all(words in shown for words in ("Ana Cruz", "Passport", "30 days before", "waits to leave"))


def test_a_paper_that_ended_long_ago_is_on_the_list_of_old_ones(client_of, staff, agency):
    factories.make_document(
        factories.make_worker(agency, full_name="Old Timer"), expires_on=clock.now().date() - timedelta(days=90)
    )
    jobs.run(agency.id)

    assert "Old Timer" in client_of(staff).get("/notices/?chip=old").get_data(as_text=True)
    assert "Old Timer" not in client_of(staff).get("/notices/").get_data(as_text=True)


def test_one_click_notes_that_the_renewal_has_begun(client_of, staff, noticed):
    assert client_of(staff).post(f"/notices/{noticed.id}/begun").status_code == 302

    with db.reading() as session:
        assert session.get(Document, noticed.document_id).renewal_begun_on is not None


def test_another_agencys_notice_is_not_there(client_of, noticed):
    stranger = factories.make_user(factories.make_agency())

    assert client_of(stranger).post(f"/notices/{noticed.id}/begun").status_code == 404


def test_an_admin_changes_the_days(client_of, agency):
    admin = factories.make_user(agency, role="admin")
    typed = {kind: ladders.written(rungs) for kind, rungs in ladders.DELIVERED.items()}

    assert client_of(admin).post("/notices/ladders", data=typed | {"visa": "45, 10"}).status_code == 302

    with db.reading() as session:
        assert ladders.of_agency(session, admin)["visa"] == (45, 10)


def test_days_that_cannot_be_are_said_beside_the_field_and_nothing_is_saved(client_of, agency):
    admin = factories.make_user(agency, role="admin")
    typed = {kind: ladders.written(rungs) for kind, rungs in ladders.DELIVERED.items()}

    answer = client_of(admin).post("/notices/ladders", data=typed | {"passport": "200, 100", "visa": "soon"})

    assert answer.status_code == 422
    assert "whole numbers of days" in answer.get_data(as_text=True)
    with db.reading() as session:
        assert ladders.of_agency(session, admin) == ladders.DELIVERED


def test_staff_may_not_change_the_days(client_of, staff):
    assert client_of(staff).get("/notices/ladders").status_code == 403
