"""Pages and commands about workers and papers, as a browser and a script use them."""

import io
import json
import uuid
from datetime import date

import pytest
from PIL import Image

from tests import factories
from workforce.core import db
from workforce.models import Consent, Deployment, Phone, StoredFile, Worker
from workforce.people import workers

FORM = {
    "full_name": "Dalisay, Maria Cristina",
    "nationality": "PH",
    "host_country": "LY",
    "language": "tl",
    "preferred_channel": "sms",
}


@pytest.fixture
def maria(staff):
    return factories.make_worker(
        staff.agency,
        full_name="Maria Dalisay",
        phone="+218912344417",
        birth_date="1988-05-09",
        site="Tank Farm B",
        employer="Wahat Sidra",
    )


@pytest.fixture
def passport(maria):
    return factories.make_document(maria, number="P1234567A", expires_on=date(2027, 3, 12), custody="employer")


def png():
    drawn = io.BytesIO()
    Image.new("RGB", (40, 30), "navy").save(drawn, "PNG")
    return drawn.getvalue()


def version_of(paper):
    with db.reading() as session:
        return session.merge(paper).versions[0].id


def upload(client, paper, clear, **more):
    data = {"file": (io.BytesIO(clear), "Maria.png")} | more
    return client.post(
        f"/documents/{paper.id}/versions/{version_of(paper)}/copy", data=data, content_type="multipart/form-data"
    )


def test_the_list_opens_with_numbers_masked(client_of, staff, maria, passport):
    page = client_of(staff).get("/workers/").text

    assert "Maria Dalisay" in page
    assert "+218 91 ••• 4417" in page
    assert "2344417" not in page


def test_an_empty_list_says_what_to_do_first(client_of, staff):
    assert "Nobody is on the list yet" in client_of(staff).get("/workers/").text


def test_a_stranger_is_sent_to_the_log_in(client_of, agency):
    for path in ("/workers/", "/workers/new", "/documents/"):
        assert client_of().get(path).status_code == 302


def test_an_auditor_sees_no_workers(client_of, agency):
    assert client_of(factories.make_user(agency, role="auditor")).get("/workers/").status_code == 403


def test_a_file_opens_and_says_who_looked(client_of, staff, maria, passport):
    page = client_of(staff).get(f"/workers/{maria.id}").text

    assert "Born 9 May 1988" in page
    assert "opened this page" in page
    assert "P1234567A" not in page


def test_another_agencys_worker_answers_like_nobodys(client_of, staff):
    stranger = factories.make_worker(factories.make_agency())
    client = client_of(staff)

    theirs, nobodys = client.get(f"/workers/{stranger.id}"), client.get(f"/workers/{uuid.uuid4()}")

    assert (theirs.status_code, theirs.text) == (404, nobodys.text)


def test_a_worker_is_added_with_number_and_work_at_once(client_of, staff):
    answer = client_of(staff).post(
        "/workers/new",
        data=FORM | {"phone": "091 234 4417", "site": "Tank Farm B", "town": "Ras Lanuf", "occupation": "Camp nurse"},
    )

    with db.reading() as session:
        worker = session.query(Worker).filter_by(full_name="Maria Cristina Dalisay").one()
        assert answer.location.endswith(str(worker.id))
        assert (session.query(Phone).count(), session.query(Deployment).one().occupation) == (1, "Camp nurse")


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("full_name", "", "Type the name"),
        ("phone", "12", "valid number"),
        ("birth_date", "2090-01-01", "cannot be a birth date"),
        ("ends_on", "2001-01-01", "before it began"),
    ],
)
def test_bad_input_is_said_beside_its_field_and_nobody_is_added(client_of, staff, field, value, words):
    answer = client_of(staff).post("/workers/new", data=FORM | {"starts_on": "2024-03-14", field: value})

    assert answer.status_code == 422
    assert words in answer.text
    assert f'id="{field}-error"' in answer.text
    with db.reading() as session:
        assert session.query(Worker).count() == 0


def test_an_edit_saves_and_an_old_page_is_refused(client_of, staff, maria):
    client = client_of(staff)
    saved = client.post(f"/workers/{maria.id}/edit", data=FORM | {"notes": "First.", "version": maria.version})
    late = client.post(f"/workers/{maria.id}/edit", data=FORM | {"notes": "Second.", "version": maria.version})

    with db.reading() as session:
        assert (saved.status_code, late.status_code) == (302, 409)
        assert workers.known(session, session.get(Worker, maria.id))["notes"] == "First."


def test_a_number_is_shown_only_when_asked_for(client_of, staff, maria):
    with db.reading() as session:
        phone = session.query(Phone).one()

    page = client_of(staff).post(f"/workers/{maria.id}/numbers/phone/{phone.id}")

    assert "tel:+218912344417" in page.text


@pytest.mark.parametrize(
    "path", ["phones/new", "family/new", "contacts/new", "deployments/new", "consents", "edit", "archive", "history"]
)
def test_every_form_around_a_worker_opens_and_refuses_a_foreign_one(client_of, staff, maria, path):
    stranger = factories.make_worker(factories.make_agency())
    client = client_of(staff)

    assert (
        client.get(f"/workers/{maria.id}/{path}").status_code,
        client.get(f"/workers/{stranger.id}/{path}").status_code,
    ) == (200, 404)


def test_family_contact_and_answer_are_noted_from_their_forms(client_of, staff, maria):
    buddy = factories.make_worker(staff.agency, full_name="Lorna Espiritu")
    client = client_of(staff)
    client.post(
        f"/workers/{maria.id}/family/new",
        data={"full_name": "Jillian Dalisay", "relation": "daughter", "birth_date": "2019-03-03"},
    )
    client.post(f"/workers/{maria.id}/contacts/new", data={"kind": "buddy", "full_name": "Lorna"})
    client.post(f"/workers/{maria.id}/consents", data={"purpose": "location", "answer": "yes", "channel": "paper"})

    page = client.get(f"/workers/{maria.id}").text

    assert "Jillian Dalisay" in page
    assert f"/workers/{buddy.id}" in page
    with db.reading() as session:
        assert [(line.purpose, line.given, line.channel) for line in session.query(Consent)] == [
            ("location", True, "paper")
        ]


def test_a_buddys_name_that_fits_several_asks_which(client_of, staff, maria):
    for name in ("Lorna Espiritu", "Lorna Cruz"):
        factories.make_worker(staff.agency, full_name=name)

    answer = client_of(staff).post(f"/workers/{maria.id}/contacts/new", data={"kind": "buddy", "full_name": "Lorna"})

    assert answer.status_code == 422
    assert "Lorna Cruz" in answer.text


def test_a_paper_is_added_renewed_handed_over_and_listed(client_of, staff, maria):
    client = client_of(staff)
    made = client.post(
        f"/documents/new/{maria.id}",
        data={"kind": "passport", "number": "P1234567A", "expires_on": "2027-03-12", "custody": "worker"},
    )
    handed = client.post(f"{made.location}/custody", data={"custody": "employer", "since_on": "2027-01-02"})
    with db.reading() as session:
        version = session.get(Worker, maria.id).documents[0].version
    renewed = client.post(
        f"{made.location}/renew",
        data={"number": "P7654321B", "expires_on": "2037-03-01", "custody": "employer", "version": version},
    )

    page = client.get(made.location).text

    assert (handed.status_code, renewed.status_code) == (302, 302)
    assert "Renewed" in page
    assert "P7654321B" not in page
    assert "Maria Dalisay" in client.get("/documents/?chip=employer").text


def test_a_copy_goes_in_with_her_yes_and_comes_out_as_an_attachment(client_of, staff, maria, passport):
    client = client_of(staff)
    refused = upload(client, passport, png())
    kept = upload(client, passport, png(), agreed="y")
    base = f"/documents/{passport.id}/versions/{version_of(passport)}"

    picture, download = client.get(f"{base}/picture"), client.get(f"{base}/download")

    assert (refused.status_code, kept.status_code, client.get(f"{base}/view").status_code) == (422, 302, 200)
    assert picture.mimetype == download.mimetype == "image/png"
    assert download.headers["Content-Disposition"].startswith("attachment; filename=")
    assert "aria" not in download.headers["Content-Disposition"]
    assert download.headers["Content-Security-Policy"].startswith("sandbox")
    assert download.headers["X-Content-Type-Options"] == "nosniff"
    with db.reading() as session:
        looks = [
            entry.action
            for entry, _name in workers.history(session, staff, maria.id, only=["file.view", "file.download"])
        ]
        assert looks == ["file.download", "file.view"]


def test_a_copy_is_released_only_after_its_audit_line(client_of, staff, maria, passport, monkeypatch):
    client = client_of(staff)
    upload(client, passport, png(), agreed="y")
    monkeypatch.setattr(
        "workforce.core.audit.record", lambda *_args, **_more: (_ for _ in ()).throw(RuntimeError("no line"))
    )

    with pytest.raises(RuntimeError):
        client.get(f"/documents/{passport.id}/versions/{version_of(passport)}/download")


def test_a_withdrawn_yes_removes_the_file_from_the_disk(client_of, staff, maria, passport, settings):
    client = client_of(staff)
    upload(client, passport, png(), agreed="y")
    before = [path for path in settings.files.rglob("*") if path.is_file()]

    client.post(f"/workers/{maria.id}/consents", data={"purpose": "backup", "answer": "no", "channel": "phone"})

    with db.reading() as session:
        assert session.query(StoredFile).count() == 0
    assert (len(before), [path for path in settings.files.rglob("*") if path.is_file()]) == (1, [])


def test_another_agencys_copy_is_not_found(client_of, staff):
    stranger = factories.make_document(factories.make_worker(factories.make_agency()))

    assert client_of(staff).get(f"/documents/{stranger.id}/versions/{uuid.uuid4()}/download").status_code == 404


def test_no_secret_lies_on_disk_in_clear(client_of, staff, settings, tmp_path):
    client = client_of(staff)
    secrets = {
        "birth_date": "1988-05-09",
        "email": "canary@secret.example",
        "notes": "canary note",
        "address_host": "Canary Street 7",
        "birthplace": "Canarytown",
    }
    answer = client.post("/workers/new", data=FORM | secrets | {"phone": "+218912344417"})
    made = client.post(
        f"/documents/new/{answer.location.rpartition('/')[2]}",
        data={"kind": "passport", "number": "P1234567A", "custody": "worker"},
    )
    worker_page = client.get(answer.location)
    with db.reading() as session:
        paper = session.query(Worker).one().documents[0]
    upload(client, paper, png(), agreed="y")
    lying = [path for path in tmp_path.rglob("*") if path.is_file() and path.suffix != ".key"]

    assert (made.status_code, worker_page.status_code) == (302, 200)
    for clear in [*secrets.values(), "912344417", "1234567", "Maria.png", png()[16:60]]:
        needle = clear if isinstance(clear, bytes) else clear.encode()
        assert [path.name for path in lying if needle in path.read_bytes()] == []
    assert any(path.name.startswith("muster.db") and b"Dalisay" in path.read_bytes() for path in lying)


def test_the_command_lists_nobody_as_an_empty_list(app, staff):
    said = app.test_cli_runner().invoke(args=["workers", "list", "--json", "--agency", staff.agency.name])

    assert json.loads(said.stdout) == []


def test_the_command_lists_and_reveals_with_an_audit_line(app, staff, maria, passport):
    runner = app.test_cli_runner()
    plain = json.loads(runner.invoke(args=["workers", "list", "--json", "--agency", staff.agency.name]).stdout)
    revealed = json.loads(
        runner.invoke(args=["workers", "list", "--json", "--reveal", "--agency", staff.agency.name]).stdout
    )

    assert list(plain[0]) == ["id", "name", "nationality", "host_country", "employer", "site", "occupation", "status"]
    assert (plain[0]["site"], plain[0]["status"]) == ("Tank Farm B", "active")
    extra = {
        key: revealed[0][key] for key in ("birth_date", "passport_number", "passport_expires_on", "phones", "email")
    }
    assert extra == {
        "birth_date": "1988-05-09",
        "passport_number": "P1234567A",
        "passport_expires_on": "2027-03-12",
        "phones": ["+218912344417"],
        "email": None,
    }
    with db.reading() as session:
        from workforce.core.audit import AuditEntry

        assert [entry.detail["count"] for entry in session.query(AuditEntry).filter_by(action="worker.list")] == [1]


def test_the_search_panel_finds_and_says_when_nobody_fits(client_of, staff, maria):
    client = client_of(staff)

    assert f"/workers/{maria.id}" in client.get("/workers/search-panel?q=dalisay").text
    assert "No worker fits" in client.get("/workers/search-panel?q=zzzz").text
    assert "No worker fits" in client.get("/workers/search-panel?q=!!").text


def test_the_list_page_costs_the_same_statements_however_many_there_are(client_of, staff):
    from sqlalchemy import event

    client, seen = client_of(staff), []
    event.listen(db.engine(), "before_cursor_execute", lambda *args: seen.append(args[2]))

    def statements():
        seen.clear()
        client.get("/workers/")
        return len([statement for statement in seen if statement.startswith("SELECT")])

    factories.make_worker(staff.agency)
    statements()
    few = statements()
    for _number in range(30):
        factories.make_worker(staff.agency)

    assert statements() == few <= 14
