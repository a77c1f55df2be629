"""What workers ask to have changed: nothing changes before a person has said yes, and then exactly that."""

import io

import pytest
from PIL import Image
from sqlalchemy import select

from messaging.links import acts
from messaging.models import Message, Proposal
from messaging.proposals import deciding, proposals
from tests import factories
from tests.messaging.incident_factories import make_incident
from tests.messaging.texting import queued
from workforce import consents
from workforce.core import clock, db, tenancy, vault
from workforce.core.audit import AuditEntry
from workforce.core.errors import Conflict, Invalid, NotAllowed
from workforce.core.vault import Key
from workforce.models import Contact, Document, Phone, Worker

TODAY = clock.now().date()


@pytest.fixture
def database_url(any_database):
    return any_database


@pytest.fixture
def worker(agency):
    return factories.make_worker(agency, full_name="Maria Dalisay", birth_date="1990-03-07")


def ask(agency, worker, kind, payload, **more):
    with db.transaction() as session:
        there = session.get(Worker, worker.id) if worker else None
        return proposals.propose(session, tenancy.System(agency.id), there, kind, payload, at=clock.now(), **more)


def yes(actor, proposal, settings=None, **answers):
    with db.transaction() as session:
        return deciding.confirm(
            session, actor, proposal.id, answers=answers, folder=settings.files if settings else None, at=clock.now(), today=TODAY
        )  # fmt: skip


def of(model, **where):
    with db.reading() as session:
        return list(session.scalars(select(model).filter_by(**where)))


def test_a_new_number_is_on_file_and_first_once_confirmed(agency, staff, worker):
    proposal = ask(agency, worker, "number", {"number": "+218912345678"})
    assert len(of(Phone, worker_id=worker.id)) == 1

    yes(staff, proposal)

    with db.reading() as session:
        first = session.get(Worker, worker.id).phones[0]
        assert vault.reveal(session, first, "number") == "+218912345678"


def test_a_correction_changes_the_record_in_the_name_of_who_confirmed(agency, staff, worker):
    with db.transaction() as session:
        acts.correct(session, session.get(Worker, worker.id), {"full_name": "Maria Cruz", "contact_name": "Jun Cruz", "contact_phone": "+639171234567"}, at=clock.now())  # fmt: skip
    (proposal,) = of(Proposal)

    yes(staff, proposal)

    assert of(Worker, id=worker.id)[0].full_name == "Maria Cruz"
    assert of(Contact, worker_id=worker.id)[0].full_name == "Jun Cruz"
    assert of(AuditEntry, action="worker.edit")[0].actor_id == staff.id
    assert of(AuditEntry, action="proposal.confirm")[0].actor_id == staff.id


def test_a_fact_changed_meanwhile_is_not_overwritten(agency, staff, worker):
    proposal = ask(agency, worker, "record", {"fields": {"full_name": ["Maria Dalisay", "Maria Cruz"]}})
    with db.transaction() as session:
        session.get(Worker, worker.id).full_name = "Maria D. Santos"

    with pytest.raises(Conflict):
        yes(staff, proposal)

    assert of(Worker, id=worker.id)[0].full_name == "Maria D. Santos"


def test_nobody_decides_twice(agency, staff, worker):
    proposal = ask(agency, worker, "number", {"number": "+218912345678"})
    yes(staff, proposal)

    with pytest.raises(Conflict):
        yes(staff, proposal)


def test_a_refusal_needs_its_reason_and_changes_nothing(agency, staff, worker):
    proposal = ask(agency, worker, "number", {"number": "+218912345678"})

    with db.transaction() as session, pytest.raises(Invalid):
        proposals.refuse(session, staff, proposal.id, note=" ", at=clock.now())
    with db.transaction() as session:
        proposals.refuse(session, staff, proposal.id, note="Not her voice", at=clock.now())

    assert len(of(Phone, worker_id=worker.id)) == 1
    assert of(Proposal)[0].state == "refused"


def test_asking_once_more_replaces_what_was_asked(agency, worker):
    ask(agency, worker, "number", {"number": "+218912345678"})
    ask(agency, worker, "number", {"number": "+218912345679"})

    (only,) = of(Proposal)
    with db.reading() as session:
        assert proposals.payload(session, session.get(Proposal, only.id))["number"] == "+218912345679"


def test_the_passport_is_with_whom_the_worker_says_once_confirmed(agency, staff, worker):
    paper = factories.make_document(worker)
    with db.reading() as session:
        document = session.get(Document, paper.id)
    proposal = ask(agency, worker, "custody", {"custody": "employer", "old": "worker"}, document=document)

    yes(staff, proposal)

    assert of(Document, id=paper.id)[0].custody == "employer"


def test_a_photograph_becomes_the_copy_of_its_paper(agency, staff, worker, settings):
    paper = factories.make_document(worker)
    drawn = io.BytesIO()
    Image.new("RGB", (60, 40), "white").save(drawn, "JPEG")
    with db.transaction() as session:
        there = session.get(Worker, worker.id)
        consents.give(session, staff, there, "backup", channel="link")
        made = acts.photograph(
            session, there, settings.files, clear=drawn.getvalue(), which=str(paper.id), agrees=False, at=clock.now()
        )
        waiting = made.place

    done = yes(staff, made, settings)

    assert done.places == [waiting]
    with db.reading() as session:
        kept = session.get(Document, paper.id).active.file
        assert kept.uploaded_by == staff.id


def test_somebody_new_is_on_the_list_with_number_and_consent(agency, staff):
    proposal = ask(
        agency, None, "join", {"full_name": "Ben Cruz", "birth_date": "1991-02-03", "language": "tl", "agrees": True}, number="+218912345678",
    )  # fmt: skip

    with pytest.raises(Invalid):
        yes(staff, proposal)
    done = yes(staff, proposal, nationality="PH", host_country="LY")

    (made,) = of(Worker, id=done.worker_id)
    assert (made.full_name, made.language, made.registered_via) == ("Ben Cruz", "tl", "sms")
    with db.reading() as session:
        there = session.get(Worker, made.id)
        assert vault.reveal(session, there.phones[0], "number") == "+218912345678"
        assert consents.live(session, there, "deployment").channel == "sms"
        assert proposals.payload(session, session.get(Proposal, proposal.id))["full_name"] == "Ben Cruz"


def test_to_erase_a_person_takes_a_manager_and_no_open_incident(agency, staff, manager, worker):
    proposal = ask(agency, worker, "erase", {})
    queued(agency, worker=worker)
    with pytest.raises(NotAllowed):
        yes(staff, proposal)
    incident = make_incident(manager)
    with pytest.raises(Conflict):
        yes(manager, proposal)
    with db.transaction() as session:
        session.merge(incident).closed_at = clock.now()

    yes(manager, proposal)

    assert of(Worker, id=worker.id) == of(Key, subject_id=worker.id) == of(Message) == of(Proposal) == []
    assert of(AuditEntry, action="worker.erase")[0].object_id == worker.id


def test_the_pages_show_old_and_new_and_decide(client_of, agency, staff, worker):
    client, proposal = client_of(staff), ask(agency, worker, "record", {"fields": {"full_name": ["Maria Dalisay", "Maria Cruz"]}})  # fmt: skip

    listed, page = client.get("/requests/").text, client.get(f"/requests/{proposal.id}").text
    panel = client.get(f"/requests/of/{worker.id}").text
    refused = client.post(f"/requests/{proposal.id}/refuse", data={"note": ""})
    done = client.post(f"/requests/{proposal.id}/confirm")

    assert "Corrects the record" in listed and "Corrects the record" in panel
    assert "Maria Dalisay" in page and "Maria Cruz" in page
    assert (refused.status_code, done.status_code) == (422, 302)
    assert "waits for your yes or no" not in client.get("/today").text
