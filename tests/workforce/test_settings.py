"""Settings: what an admin may change, what staff see, what nobody may do."""

import pytest

from tests import factories
from workforce import agencies
from workforce.core import db, tenancy, vault
from workforce.core.errors import NotAllowed

ACCOUNT = "AC" + "0" * 32
SERVICE = "MG" + "0" * 32


@pytest.fixture
def admin(agency):
    return factories.make_user(agency, role="admin", name="Ada Admin")


def kept(agency):
    with tenancy.agency(agency.id), db.reading() as session:
        return agencies.get(session, agency.id)


def test_staff_see_only_the_doors_they_may_use(staff, client_of):
    page = client_of(staff).get("/settings")

    assert page.status_code == 200
    assert "/settings/people" not in page.text
    assert "/settings/gateway" not in page.text


@pytest.mark.parametrize(
    "path", ["/settings/agency", "/settings/people", "/settings/people/invite", "/settings/gateway"]
)
def test_only_admins_change_settings(manager, client_of, path):
    assert client_of(manager).get(path).status_code == 403


@pytest.mark.parametrize(
    "path", ["/settings", "/settings/agency", "/settings/people", "/settings/people/invite", "/settings/gateway"]
)
def test_each_settings_page_opens_for_an_admin(admin, client_of, path):
    assert client_of(admin).get(path).status_code == 200


def test_numbers_are_kept_in_the_international_form(admin, agency, client_of):
    answer = client_of(admin).post("/settings/agency", data=particulars(call_number="(02) 8123 4567"))

    assert answer.status_code == 302
    assert kept(agency).call_number == "+63281234567"


@pytest.mark.parametrize(("field", "value", "words"), [
    ("short_name", "twelve letters", "At most eleven"), ("short_name", "ÑANDÚ", "opens every text"),
    ("call_number", "call us", "not a whole phone number"), ("sender", "12", "not a whole phone number"),
])  # fmt: skip
def test_what_cannot_be_used_is_said_beside_its_field(admin, agency, client_of, field, value, words):
    answer = client_of(admin).post("/settings/agency", data=particulars(**{field: value}))

    assert answer.status_code == 422
    assert words in answer.text
    assert kept(agency).name == agency.name


def test_a_sender_of_another_agency_is_refused_without_naming_it(admin, client_of):
    other = factories.make_agency("Zzyzx Manpower")
    with tenancy.agency(other.id), db.transaction() as session:
        agencies.update(
            session,
            tenancy.System(other.id),
            name=other.name,
            short_name="CANARY",
            call_number="",
            zone="Asia/Manila",
            sender="+639170000001",
        )

    answer = client_of(admin).post("/settings/agency", data=particulars(sender="+639170000001"))

    assert answer.status_code == 422
    assert "cannot be used here" in answer.text
    assert "Zzyzx" not in answer.text


def test_the_auth_token_is_sealed_and_never_shown(admin, agency, client_of):
    client = client_of(admin)
    client.post(
        "/settings/gateway",
        data={"gateway": "twilio", "account_sid": ACCOUNT, "auth_token": "canary-token-4711", "service_sid": SERVICE},
    )

    page = client.get("/settings/gateway")

    assert "canary-token-4711" not in page.text
    assert b"canary-token-4711" not in kept(agency).twilio_auth_token_sealed
    with tenancy.agency(agency.id), db.reading() as session:
        assert vault.reveal(session, agencies.get(session, agency.id), "twilio_auth_token") == "canary-token-4711"


def test_an_empty_token_keeps_the_one_that_is_there(admin, agency, client_of):
    client = client_of(admin)
    facts = {"gateway": "twilio", "account_sid": ACCOUNT, "service_sid": SERVICE}
    client.post("/settings/gateway", data=facts | {"auth_token": "canary-token-4711"})

    answer = client.post("/settings/gateway", data=facts)

    assert answer.status_code == 302
    assert kept(agency).twilio_auth_token_sealed


@pytest.mark.parametrize("facts", [
    {}, {"account_sid": "AC123"}, {"account_sid": ACCOUNT}, {"account_sid": ACCOUNT, "auth_token": "x" * 32}, {"account_sid": ACCOUNT, "auth_token": "x" * 32, "service_sid": "MG1"},
])  # fmt: skip
def test_half_an_account_is_refused(admin, agency, client_of, facts):
    answer = client_of(admin).post("/settings/gateway", data={"gateway": "twilio", **facts})

    assert answer.status_code == 422
    assert kept(agency).gateway == "simulator"


def test_the_demo_agency_never_chooses_a_real_gateway(app):
    demo = factories.make_agency("Demo", is_demo=True)
    admin = factories.make_user(demo, role="admin")

    with tenancy.agency(demo.id), pytest.raises(NotAllowed), db.transaction() as session:
        agencies.choose_gateway(
            session, admin, gateway="twilio", account_sid=ACCOUNT, auth_token="x" * 32, service_sid=SERVICE
        )


def test_an_admin_changes_a_role_on_the_page(admin, staff, client_of):
    client = client_of(admin)

    answer = client.post(f"/settings/people/{staff.id}/role", data={"role": "manager", "version": "1"})

    assert answer.status_code == 302
    assert "Manager" in client.get(f"/settings/people/{staff.id}").text


def test_an_old_page_is_told_so(admin, staff, client_of):
    answer = client_of(admin).post(f"/settings/people/{staff.id}/role", data={"role": "manager", "version": "9"})

    assert answer.status_code == 422
    assert "has been changed since" in answer.text


def test_a_reset_link_is_shown_to_the_admin(admin, staff, client_of):
    assert "/reset/" in client_of(admin).post(f"/settings/people/{staff.id}/reset").text


def test_deactivating_and_letting_in_again(admin, staff, client_of):
    client = client_of(admin)

    client.post(f"/settings/people/{staff.id}/deactivate")
    gone = client.get("/settings/people").text
    client.post(f"/settings/people/{staff.id}/reactivate")

    assert "Deactivated" in gone
    assert "Deactivated" not in client.get("/settings/people").text


def particulars(**changed):
    return {
        "name": "Ibayo Manpower",
        "short_name": "IBAYO",
        "call_number": "",
        "zone": "Asia/Manila",
        "sender": "",
    } | changed
