"""The provider's calls: only signed ones count, each counts once, and what came in is never lost."""

import os
import subprocess
import sys

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import OperationalError
from twilio.request_validator import RequestValidator

from messaging.inbox import conversation, inbound, threads
from messaging.models import Case, Message
from messaging.outbox import delivery, outbox, reports, results, signatures
from tests import factories
from tests.conftest import MASTER
from tests.messaging.texting import Memory, again, number_of, queued, texts_with
from workforce.core import clock, db, tenancy, vault
from workforce.core.config import Settings
from workforce.models import Agency, Worker

ACCOUNT, TOKEN, SENDER = "AC" + "b" * 32, "twilio-token", "+15005550006"
PUBLIC = "https://muster.example"


@pytest.fixture
def settings(database_url, tmp_path):
    return Settings.read(
        {
            "MUSTER_ENV": "test", "MUSTER_INSTANCE": str(tmp_path / "instance"), "DATABASE_URL": database_url, "MUSTER_MASTER_KEYS": MASTER,
            "MUSTER_SECRET_KEY": "only for tests, and long enough to be one", "PUBLIC_URL": PUBLIC,
            "TWILIO_ACCOUNT_SID": ACCOUNT, "TWILIO_AUTH_TOKEN": TOKEN, "TWILIO_FROM": "+15005550001",
        }
    )  # fmt: skip


@pytest.fixture
def armed(agency):
    """The agency sends by Twilio, from a number of its own."""
    with db.transaction() as session:
        row = session.get(Agency, agency.id)
        row.gateway, row.sender = "twilio", SENDER
    return agency


def post(app, path, form, *, token=TOKEN, signature=None):
    signed = RequestValidator(token).compute_signature(PUBLIC + path, form)
    headers = {} if signature == "none" else {"X-Twilio-Signature": signature or signed}
    return app.test_client().post(path, data=form, headers=headers)


def text_from(number, body, sid="SM1", **more):
    return {
        "MessageSid": sid,
        "AccountSid": ACCOUNT,
        "From": number,
        "To": SENDER,
        "Body": body,
        "NumMedia": "0",
    } | more


def understand():
    """What the worker does with texts that were stored."""
    for agency_id, message_id in inbound.pending():
        inbound.process(agency_id, message_id, clock.now())


def test_a_signed_text_is_stored_sealed_and_understood(app, armed):
    worker = factories.make_worker(armed)

    answer = post(app, "/hooks/twilio/sms", text_from(number_of(worker), "SOS"))

    assert answer.status_code == 204
    understand()
    (message,) = texts_with(armed, Message.direction == "in")
    assert (message.worker_id, message.label, message.provider_id) == (worker.id, "help", "SM1")
    assert b"SOS" not in message.body_sealed
    assert message.processed_at is not None


@pytest.mark.parametrize("change", [{"signature": "none"}, {"signature": "forged"}, {"token": "another"}])
def test_a_forged_text_changes_nothing(app, armed, change):
    worker = factories.make_worker(armed)

    answer = post(app, "/hooks/twilio/sms", text_from(number_of(worker), "SOS"), **change)

    assert answer.status_code == 403
    assert texts_with(armed) == []


def test_another_account_is_refused_though_its_signature_is_right(app, armed):
    answer = post(app, "/hooks/twilio/sms", text_from("+218911111111", "SOS", AccountSid="AC" + "c" * 32))

    assert answer.status_code == 403
    assert texts_with(armed) == []


def test_the_same_text_twice_counts_once(app, armed):
    worker = factories.make_worker(armed)
    form = text_from(number_of(worker), "SOS")
    post(app, "/hooks/twilio/sms", form)

    again_ = post(app, "/hooks/twilio/sms", form)
    understand()

    assert again_.status_code == 204
    assert len(texts_with(armed, Message.direction == "in")) == 1
    assert len(texts_with(armed, Message.direction == "out")) == 1


def test_a_number_nobody_owns_is_refused(app, armed):
    assert post(app, "/hooks/twilio/sms", text_from("+218911111111", "SOS", To="+15005559999")).status_code == 403


def test_the_receiving_number_decides_whose_text_it_is(app, armed):
    other = factories.make_agency()
    mine, theirs = (
        factories.make_worker(armed, phone="+218917777777"),
        factories.make_worker(other, phone="+218917777777"),
    )

    post(app, "/hooks/twilio/sms", text_from("+218917777777", "SAFE"))

    assert [one.worker_id for one in texts_with(armed, Message.direction == "in")] == [mine.id]
    assert texts_with(other) == []
    assert theirs.agency_id == other.id


def test_a_text_to_the_shared_number_goes_to_each_agency_that_knows_the_sender(app):
    knows, knows_too, knows_not = (factories.make_agency() for _ in range(3))
    for one in (knows, knows_too, knows_not):
        with tenancy.agency(one.id), db.transaction() as session:
            session.get(Agency, one.id).gateway = "twilio"
    for one in (knows, knows_too):
        factories.make_worker(one, phone="+218918888888")

    post(app, "/hooks/twilio/sms", text_from("+218918888888", "HELP", To="+15005550001"))

    assert [len(texts_with(one, Message.direction == "in")) for one in (knows, knows_too, knows_not)] == [1, 1, 0]


@pytest.mark.parametrize(("body", "kept"), [("HELP they took my papers", [1, 1]), ("kumusta po", [1, 0])])
def test_a_stranger_on_the_shared_number_is_kept_for_a_person_and_a_call_for_help_for_all(app, client_of, body, kept):
    sharing = sorted((factories.make_agency() for _ in range(2)), key=lambda one: one.id)
    for one in sharing:
        with tenancy.agency(one.id), db.transaction() as session:
            session.get(Agency, one.id).gateway = "twilio"

    answer = post(app, "/hooks/twilio/sms", text_from("+218918888888", body, To="+15005550001"))
    understand()

    assert answer.status_code == 204
    assert [len(texts_with(one, Message.direction == "in", Message.handled_at.is_(None))) for one in sharing] == kept
    assert body in client_of(factories.make_user(sharing[0])).get("/inbox/").text


def test_what_cannot_be_worked_off_is_kept_and_tried_again(app, armed, monkeypatch):
    worker = factories.make_worker(armed)

    def breaks(*_):
        raise RuntimeError("no")

    monkeypatch.setattr(conversation, "work_off", breaks)
    answer = post(app, "/hooks/twilio/sms", text_from(number_of(worker), "SOS"))
    understand()
    monkeypatch.undo()

    assert answer.status_code == 204
    ((agency_id, message_id),) = inbound.pending()
    inbound.process(agency_id, message_id, clock.now())
    (message,) = texts_with(armed, Message.direction == "in")
    assert (message.label, message.handled_at) == ("help", None)


# --- what the carrier has made of a text ---------------------------------------------------------------------------------


@pytest.mark.parametrize(("word", "body", "label"), [
    ("STOP", "assez", "stop"), ("STOP", "SAFE", "stop"), ("START", "wieder an", "start"), ("stop", "x", "stop"),
    ("HELP", "HELP", "help"), ("HELP", "SAFE", "safe"), ("", "STOP", "stop"), ("OTHER", "SAFE", "safe"),
])  # fmt: skip
def test_a_stop_or_start_of_the_carriers_counts_whatever_the_text_says(app, armed, word, body, label):
    worker = factories.make_worker(armed)

    post(app, "/hooks/twilio/sms", text_from(number_of(worker), body, OptOutType=word))
    understand()

    (text,) = texts_with(armed, Message.direction == "in")
    assert text.label == label
    with db.reading() as session:
        assert (session.get(Worker, worker.id).opted_out_at is not None) == (label == "stop")
        assert session.scalar(select(func.count()).select_from(Case)) == (label == "help")


def test_a_start_of_the_carriers_takes_a_stop_back(app, armed):
    worker = factories.make_worker(armed)
    post(app, "/hooks/twilio/sms", text_from(number_of(worker), "STOP", OptOutType="STOP"))
    understand()

    post(app, "/hooks/twilio/sms", text_from(number_of(worker), "wieder an", "SM2", OptOutType="START"))
    understand()

    with db.reading() as session:
        assert session.get(Worker, worker.id).opted_out_at is None


def test_a_cry_for_help_that_the_carrier_took_for_a_stop_is_both(app, armed):
    worker = factories.make_worker(armed)

    post(app, "/hooks/twilio/sms", text_from(number_of(worker), "HELP they beat me", OptOutType="STOP"))
    understand()

    with db.reading() as session:
        assert session.get(Worker, worker.id).opted_out_at is not None
        assert [case.worker_id for case in session.scalars(select(Case))] == [worker.id]


# --- status callbacks -------------------------------------------------------------------------------------------------


def sent(armed, gateway):
    message, now = queued(armed), clock.now()
    for held in delivery.claim("w1", now, limit=10):
        for parcel in delivery.submit(held, now, gateway):
            results.settle(delivery.hand_over(parcel), now)
    return message, f"/hooks/twilio/status/{outbox.status_token(message.agency_id, message.id)}"


def status(state, sid="SM9", **more):
    return {"MessageSid": sid, "MessageStatus": state, "AccountSid": ACCOUNT, "To": "+218911111111"} | more


def test_a_callback_binds_the_id_of_a_text_whose_answer_was_lost(app, armed):
    gateway = Memory()
    gateway.answers = ["doubt"]
    message, path = sent(armed, gateway)
    assert again(message).state == "submitting"

    post(app, path, status("sent"))

    assert (again(message).state, again(message).provider_id) == ("sent", "SM9")


def test_a_callback_with_another_id_than_ours_is_kept_and_flagged(app, armed):
    message, path = sent(armed, Memory())
    ours = again(message).provider_id

    post(app, path, status("delivered", sid="SM9"))

    kept = again(message)
    assert (kept.state, kept.provider_id, kept.possible_double) == ("delivered", ours, True)


def test_callbacks_in_the_wrong_order_end_right(app, armed):
    message, path = sent(armed, Memory())

    for state in ("delivered", "sent", "queued", "delivered"):
        assert post(app, path, status(state)).status_code == 204

    assert again(message).state == "delivered"


def test_an_error_code_is_kept(app, armed):
    message, path = sent(armed, Memory())

    post(app, path, status("undelivered", ErrorCode="30003"))

    assert (again(message).state, again(message).error_code) == ("undelivered", "30003")


@pytest.mark.parametrize("change", [{"signature": "none"}, {"signature": "forged"}])
def test_a_forged_callback_changes_nothing(app, armed, change):
    message, path = sent(armed, Memory())

    assert post(app, path, status("delivered"), **change).status_code == 403
    assert again(message).state == "accepted"


def test_a_callback_for_no_text_of_ours_is_refused(app, armed):
    assert post(app, "/hooks/twilio/status/nothing", status("delivered")).status_code == 403


def test_a_database_that_refuses_is_a_5xx_and_the_provider_tells_it_again(app, armed, monkeypatch):
    message, path = sent(armed, Memory())
    app.config["PROPAGATE_EXCEPTIONS"] = False

    def full(*_):
        raise OperationalError("INSERT", {}, Exception("database or disk is full"))

    with monkeypatch.context() as broken:
        broken.setattr(reports, "write", full)
        refused = post(app, path, status("delivered"))

    assert (refused.status_code, again(message).state) == (500, "accepted")
    assert post(app, path, status("delivered")).status_code == 204


def test_a_process_that_dies_in_the_commit_has_answered_nothing(app, armed, settings):
    message, path = sent(armed, Memory())
    form = status("delivered")
    signature = RequestValidator(TOKEN).compute_signature(PUBLIC + path, form)
    told = """
import os, sys, wsgi
from workforce.core import db
from workforce.core.config import Settings
app = wsgi.create_app(Settings.read(os.environ))
db.GuardedSession.commit = lambda _session: os._exit(9)
answer = app.test_client().post(sys.argv[1], data=dict(pair.split("=") for pair in sys.argv[3:]), headers={"X-Twilio-Signature": sys.argv[2]})
print(answer.status_code)
"""
    environ = os.environ | {
        "MUSTER_ENV": "test", "MUSTER_INSTANCE": str(settings.instance), "DATABASE_URL": settings.database_url,
        "MUSTER_MASTER_KEYS": MASTER, "MUSTER_SECRET_KEY": settings.secret_key, "PUBLIC_URL": PUBLIC,
        "TWILIO_ACCOUNT_SID": ACCOUNT, "TWILIO_AUTH_TOKEN": TOKEN, "TWILIO_FROM": "+15005550001",
    }  # fmt: skip
    pairs = [f"{name}={value}" for name, value in form.items()]
    died = subprocess.run([sys.executable, "-c", told, path, signature, *pairs], env=environ, capture_output=True, check=False)  # fmt: skip

    assert (died.returncode, died.stdout) == (9, b"")
    assert again(message).state == "accepted"
    assert post(app, path, form).status_code == 204
    assert again(message).state == "delivered"


def test_a_providers_call_looks_nobody_up_by_a_cookie(app, armed, staff, client_of, monkeypatch):
    _message, path = sent(armed, Memory())
    form = status("sent")
    signature = RequestValidator(TOKEN).compute_signature(PUBLIC + path, form)
    client, asked = client_of(staff), []
    monkeypatch.setattr(app.login_manager, "_user_callback", asked.append)

    answer = client.post(path, data=form, headers={"X-Twilio-Signature": signature})

    assert (answer.status_code, asked) == (204, [])
    client.get("/workers/")
    assert len(asked) == 1


# --- whose signature counts for whom ------------------------------------------------------------------------------------


def with_own_account(agency, sid, token):
    with tenancy.agency(agency.id), db.transaction() as session:
        row = session.get(Agency, agency.id)
        row.gateway, row.sender, row.twilio_account_sid = "twilio", "+15005550077", sid
        vault.seal(session, row, twilio_auth_token=token)


def test_the_installations_account_does_not_speak_for_an_agency_with_its_own(app, armed):
    message, path = sent(armed, Memory())
    with_own_account(armed, "AC" + "d" * 32, "their own")

    assert post(app, path, status("delivered")).status_code == 403
    assert again(message).state == "accepted"
    own = status("delivered", AccountSid="AC" + "d" * 32)
    assert post(app, path, own, token="their own").status_code == 204


def test_an_agencys_account_does_not_speak_for_another_agencys_text(app, armed):
    message, path = sent(armed, Memory())
    with_own_account(factories.make_agency(), "AC" + "d" * 32, "their own")

    forged = status("delivered", AccountSid="AC" + "d" * 32)
    assert post(app, path, forged, token="their own").status_code == 403
    assert again(message).state == "accepted"


def test_a_token_that_was_changed_counts_within_seconds_and_the_old_one_no_longer(app, armed, monkeypatch):
    monkeypatch.setattr(signatures, "FRESH_SECONDS", -1.0)
    _message, path = sent(armed, Memory())
    with_own_account(armed, "AC" + "d" * 32, "old")
    own = status("sent", AccountSid="AC" + "d" * 32)
    before = post(app, path, own, token="old").status_code
    with_own_account(armed, "AC" + "d" * 32, "new")

    assert (before, post(app, path, own, token="old").status_code) == (204, 403)
    assert post(app, path, own, token="new").status_code == 204


def test_names_of_accounts_that_a_stranger_makes_up_do_not_fill_the_memory(app, armed, monkeypatch):
    monkeypatch.setattr(signatures, "MOST_ACCOUNTS", 3)
    _message, path = sent(armed, Memory())

    for at in range(10):
        assert post(app, path, status("sent", AccountSid=f"AC{at}"), token="x").status_code == 403

    assert len(app.extensions["twilio_accounts"]._known) <= 3
    assert post(app, path, status("sent")).status_code == 204


def test_a_demo_agencys_texts_take_no_receipts(app, armed):
    _message, path = sent(armed, Memory())
    with db.transaction() as session:
        session.get(Agency, armed.id).is_demo = True

    assert post(app, path, status("sent")).status_code == 403


# --- the signature itself, by the vectors that Twilio publishes ------------------------------------------------------


# --- bad input --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "body",
    [
        "x" * 1600,
        "😀" * 400,
        "9" * 1600,
        "\x00\x01\x7f\ufffe\ud7ff" * 60,
        "",
        "%s%n{agency}{{7*7}}<script>",
        "\u202e" * 200,
    ],
    ids=["long", "emoji", "digits", "junk", "empty", "code", "direction"],
)
def test_whatever_a_text_holds_it_is_stored_understood_and_nobody_is_safe_by_it(app, armed, body):
    worker = factories.make_worker(armed)

    answers = [post(app, "/hooks/twilio/sms", text_from(number, body, f"SM{at}")).status_code for at, number in enumerate((number_of(worker), "+218999999999"))]  # fmt: skip
    understand()

    assert answers == [204, 204]
    texts = texts_with(armed, Message.direction == "in")
    assert [one.processed_at is not None for one in texts] == [True, True]
    assert {one.reading_status for one in texts} <= {"", "HELP"}


@pytest.mark.parametrize("sender", ["", "ANONYMOUS", "7726", "+" + "9" * 60, "\x00"])
def test_a_sender_that_is_no_number_is_kept_for_a_person(app, armed, sender):
    answer = post(app, "/hooks/twilio/sms", text_from(sender, "help me"))
    understand()

    (text,) = texts_with(armed, Message.direction == "in")
    assert (answer.status_code, text.worker_id, text.handled_at) == (204, None, None)


def test_a_flood_from_one_number_delays_nobody_and_stops_no_cry_for_help(app, armed):
    loud, quiet = factories.make_worker(armed), factories.make_worker(armed)
    for at in range(60):
        post(app, "/hooks/twilio/sms", text_from(number_of(loud), f"text {at}", f"SM{at}"))
    post(app, "/hooks/twilio/sms", text_from(number_of(loud), "SOS", "SM-loud"))
    post(app, "/hooks/twilio/sms", text_from(number_of(quiet), "SOS", "SM-quiet"))

    second = inbound.pending()[1][1]
    understand()

    assert again(texts_with(armed, Message.id == second)[0]).provider_id == "SM-quiet"
    with db.reading() as session:
        assert {case.worker_id for case in session.scalars(select(Case))} == {loud.id, quiet.id}
    assert len(texts_with(armed, Message.direction == "out", Message.worker_id == loud.id)) <= 15


def test_a_flood_is_one_line_of_the_inbox_and_pushes_nobody_off_it(app, armed, staff, client_of, monkeypatch):
    monkeypatch.setattr(threads, "MOST_OPEN", 25)
    loud, quiet = factories.make_worker(armed), factories.make_worker(armed, full_name="Quiet Person")
    post(app, "/hooks/twilio/sms", text_from(number_of(quiet), "when do we go home", "SM-quiet"))
    post(app, "/hooks/twilio/sms", text_from(number_of(loud), "SOS", "SM-SOS"))
    for at in range(30):
        post(app, "/hooks/twilio/sms", text_from(number_of(loud), f"text {at}", f"SM{at}"))
    understand()

    page = client_of(staff).get("/inbox/").text
    assert "Quiet Person" in page and "20 texts or more" in page
    with db.reading() as session:
        assert [one.is_help for one in threads.listing(session, staff)] == [True, False]


def test_somebodys_name_and_birth_date_make_no_stranger_that_person(app, armed):
    worker = factories.make_worker(armed, full_name="Maria Dalisay", birth_date="1990-03-07")

    post(app, "/hooks/twilio/sms", text_from("+218999999999", "Maria Dalisay 7.3.1990", "SM1"))
    post(app, "/hooks/twilio/sms", text_from("+218999999999", "SAFE Maria Dalisay", "SM2"))
    post(app, "/hooks/twilio/sms", text_from("+218999999999", "DOCS", "SM3"))
    understand()

    assert {one.worker_id for one in texts_with(armed)} == {None}
    assert texts_with(armed, Message.purpose == "link") == []
    with db.reading() as session:
        assert session.get(Worker, worker.id).last_heard_at is None


def test_the_signature_is_twilios():
    form = {
        "CallSid": "CA1234567890ABCDE",
        "Caller": "+14158675309",
        "Digits": "1234",
        "From": "+14158675309",
        "To": "+18005551212",
    }

    assert (
        RequestValidator("12345").compute_signature("https://mycompany.com/myapp.php?foo=1&bar=2", form)
        == "RSOYDt4T1cUTdK1PDd93/VVr8B8="
    )
