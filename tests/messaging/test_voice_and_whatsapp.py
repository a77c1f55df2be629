"""WhatsApp and calls: what Twilio is asked for, what it calls back with, and that a digit counts like a text."""

import json
from datetime import timedelta
from urllib.parse import parse_qs
from xml.etree import ElementTree as ET

import pytest
from pytest_httpserver import HTTPServer
from sqlalchemy import select
from werkzeug import Response

from messaging.incidents import incidents, jobs, ladder
from messaging.models import Message, MessageEvent
from messaging.outbox import delivery, outbox, results
from messaging.outbox.gateways import spoken, voice
from messaging.outbox.lines import Lines
from tests import factories
from tests.messaging.incident_factories import make_incident, person
from tests.messaging.test_hooks import ACCOUNT, PUBLIC, TOKEN, post, understand
from tests.messaging.test_incidents_texts import begun, send
from tests.messaging.texting import again, body_of, number_of, queued, texts_with
from workforce.core import clock, db, tenancy
from workforce.core.config import Settings
from workforce.models import Agency

CALLER, CHAT, CONTENT = "+15005550007", "+15005550008", "HX" + "d" * 32


class Double:
    """A Twilio that takes calls and messages, over real HTTP."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, dict[str, str]]] = []
        self.server = HTTPServer(host="127.0.0.1")
        self.server.expect_request(f"/2010-04-01/Accounts/{ACCOUNT}/Calls.json", method="POST").respond_with_handler(
            self._take
        )
        self.server.expect_request(f"/2010-04-01/Accounts/{ACCOUNT}/Messages.json", method="POST").respond_with_handler(
            self._take
        )
        self.server.expect_request(f"/2010-04-01/Accounts/{ACCOUNT}/Calls.json", method="GET").respond_with_handler(
            self._list
        )
        self.server.start()

    def _take(self, request):
        self.asked.append(
            (
                request.path.rpartition("/")[2],
                {name: values[0] for name, values in parse_qs(request.get_data(as_text=True)).items()},
            )
        )
        kind = "CA" if "Calls" in request.path else "SM"
        return Response(
            json.dumps({"sid": f"{kind}{len(self.asked):032}", "status": "queued"}),
            201,
            content_type="application/json",
        )

    def _list(self, request):
        calls = [
            {"sid": f"CA{n:032}", "to": said["To"], "status": "queued"}
            for n, (kind, said) in enumerate(self.asked, 1)
            if kind.startswith("Calls") and said["To"] == request.args["To"]
        ]
        return Response(json.dumps({"calls": calls, "page_size": 50}), 200, content_type="application/json")


@pytest.fixture
def double():
    made = Double()
    yield made
    made.server.stop()


@pytest.fixture
def settings(database_url, tmp_path, double):
    from tests.conftest import MASTER

    return Settings.read(
        {
            "MUSTER_ENV": "test", "MUSTER_INSTANCE": str(tmp_path / "instance"), "DATABASE_URL": database_url, "MUSTER_MASTER_KEYS": MASTER,
            "MUSTER_SECRET_KEY": "only for tests, and long enough to be one", "PUBLIC_URL": PUBLIC, "TWILIO_ACCOUNT_SID": ACCOUNT,
            "TWILIO_AUTH_TOKEN": TOKEN, "TWILIO_FROM": "+15005550001", "TWILIO_API_URL": double.server.url_for("").rstrip("/"),
        }
    )  # fmt: skip


@pytest.fixture
def armed(agency):
    with db.transaction() as session:
        row = session.get(Agency, agency.id)
        row.gateway, row.voice_number, row.whatsapp_sender = "twilio", CALLER, CHAT
    return agency


@pytest.fixture
def deliver(armed, settings):
    lines = Lines(settings)

    def go(minutes=0):
        now = clock.now() + timedelta(minutes=minutes)
        for held in delivery.claim("w", now, limit=20):
            for parcel in delivery.submit(held, now, lines):
                results.settle(delivery.hand_over(parcel), now)

    return go


def hook(message, kind):
    return f"/hooks/twilio/{kind}/{outbox.status_token(message.agency_id, message.id)}"


def pressed(app, message, digits, sid="CA9"):
    return post(app, hook(message, "voice"), {"CallSid": sid, "AccountSid": ACCOUNT, "Digits": digits})


# --- calls ------------------------------------------------------------------------------------------------------------


def test_a_call_speaks_the_text_in_the_workers_language_and_asks_for_a_digit(armed, deliver, double):
    message = queued(armed, purpose="safety", channel="voice", language="tl", body="Ligtas ka ba? <Tripoli> & LBY-27/1")
    deliver()

    assert (again(message).state, again(message).gateway, again(message).channel) == ("accepted", "voice", "voice")
    kind, said = double.asked[0]
    assert (kind, said["From"], said["MachineDetection"]) == ("Calls.json", CALLER, "Enable")
    spoken = ET.fromstring(said["Twiml"])
    gather = spoken.find("Gather")
    assert gather.get("action") == PUBLIC + hook(message, "voice")
    assert gather.find("Say").get("language") == "fil-PH"
    assert gather.find("Say").text.startswith("Ligtas ka ba? <Tripoli> & LBY-27/1 Pindutin ang 1")
    assert said["StatusCallback"] == PUBLIC + hook(message, "call")


def test_a_language_without_a_voice_hears_english_and_the_call_is_flagged(armed, deliver, double):
    message = queued(armed, channel="voice", language="am", body="ደህና ነህ?")
    deliver()

    spoken = ET.fromstring(double.asked[0][1]["Twiml"]).find("Gather/Say")
    assert spoken.get("language") == "en-US"
    assert "ደህና" not in spoken.text and "Press 1 if you are safe" in spoken.text
    with db.reading() as session:
        codes = set(session.scalars(select(MessageEvent.error_code).where(MessageEvent.message_id == message.id)))
    assert "in_english" in codes
    assert again(message).state == "accepted"


def test_the_longest_text_fits_into_what_a_call_may_say():
    from tests.messaging.test_gateways_generic import draft

    for language in spoken.VOICES:
        script = voice.script(draft(body="é" * 2000, language=language), f"{PUBLIC}/hooks/twilio/voice/{'x' * 24}")
        assert len(script) <= 4000
        ET.fromstring(script)


@pytest.mark.parametrize(("digit", "status"), [("1", "SAFE"), ("2", "HELP")])
def test_a_digit_in_a_call_counts_like_a_text(app, armed, manager, deliver, digit, status):
    worker = factories.make_worker(armed, host_country="LY")
    with tenancy.agency(armed.id), db.transaction() as session:
        incident = incidents.start(session, manager, name="Unrest", countries=["LY"], at=clock.now())
    message = queued(armed, worker=worker, channel="voice", incident_id=incident.id)
    deliver()

    answer = pressed(app, message, digit)
    pressed(app, message, digit)
    understand()

    assert "<Hangup" in answer.text
    assert answer.content_type.startswith("text/xml")
    assert person(incident, worker).status == status
    (stored,) = texts_with(armed, Message.direction == "in")
    assert (stored.channel, stored.in_reply_to_id, stored.worker_id) == ("voice", message.id, worker.id)


def test_another_digit_is_asked_again_and_nothing_is_stored(app, armed, deliver):
    message = queued(armed, channel="voice")
    deliver()

    answer = pressed(app, message, "7")

    assert "<Gather" in answer.text
    assert texts_with(armed, Message.direction == "in") == []


def test_an_unsigned_digit_changes_nothing(app, armed, deliver):
    message = queued(armed, channel="voice")
    deliver()
    form = {"CallSid": "CA9", "AccountSid": ACCOUNT, "Digits": "1"}

    assert post(app, hook(message, "voice"), form, signature="forged").status_code == 403
    assert post(app, hook(message, "call"), form | {"CallStatus": "completed"}, signature="none").status_code == 403
    assert post(app, "/hooks/twilio/voice/no-such-token", form).status_code == 403
    assert (again(message).state, texts_with(armed, Message.direction == "in")) == ("accepted", [])


@pytest.mark.parametrize(("said", "state", "code"), [
    ({"CallStatus": "completed", "AnsweredBy": "human"}, "delivered", ""), ({"CallStatus": "completed", "AnsweredBy": "machine_start"}, "undelivered", "machine"),
    ({"CallStatus": "no-answer"}, "undelivered", "not_answered"), ({"CallStatus": "busy"}, "undelivered", "busy"), ({"CallStatus": "failed"}, "failed", ""),
    ({"CallStatus": "in-progress"}, "sent", ""), ({"CallStatus": "ringing"}, "accepted", ""),
])  # fmt: skip
def test_who_picked_up_is_written_down(app, armed, deliver, said, state, code):
    message = queued(armed, channel="voice")
    deliver()

    form = {"CallSid": again(message).provider_id, "AccountSid": ACCOUNT, **said}
    assert post(app, hook(message, "call"), form).status_code == 204

    assert (again(message).state, again(message).error_code) == (state, code)


def test_a_call_in_doubt_is_found_among_the_calls_to_that_number(armed, deliver, settings):
    message = queued(armed, channel="voice")
    deliver()
    with db.reading() as session:
        line = Lines(settings)(session, session.get(Agency, armed.id), "voice")
        row = session.get(Message, message.id)
        asked = delivery.draft_of(session, row, row.submitted_at, attempt=1)

    assert line.find(asked) == [again(message).provider_id]


def test_without_a_number_that_calls_nothing_is_called(armed, deliver, double):
    with db.transaction() as session:
        session.get(Agency, armed.id).voice_number = ""
    message = queued(armed, channel="voice")
    deliver()

    assert (again(message).state, again(message).error_code, double.asked) == ("failed", "no_gateway", [])


def test_an_exercise_calls_nobody(armed, manager, deliver, double):
    with tenancy.agency(armed.id), db.transaction() as session:
        drill = incidents.start(session, manager, name="Drill", countries=["LY"], is_exercise=True, at=clock.now())
    message = queued(armed, channel="voice", incident_id=drill.id)

    assert message.gateway == "simulator"


# --- WhatsApp ---------------------------------------------------------------------------------------------------------


def chat(app, worker, body, sid="WM1", **more):
    form = {
        "MessageSid": sid,
        "AccountSid": ACCOUNT,
        "From": f"whatsapp:{number_of(worker)}",
        "To": f"whatsapp:{CHAT}",
        "Body": body,
    } | more
    return post(app, "/hooks/twilio/whatsapp", form)


def test_outside_a_day_free_words_are_refused_with_the_reason(armed, deliver, double):
    message = queued(armed, channel="whatsapp")
    deliver()

    assert (again(message).state, again(message).error_code, double.asked) == ("failed", "no_session", [])


def test_outside_a_day_the_approved_template_carries_the_words(armed, deliver, double):
    with db.transaction() as session:
        session.get(Agency, armed.id).whatsapp_content_sid = CONTENT
    worker = factories.make_worker(armed)
    queued(armed, worker=worker, channel="whatsapp", body="Are you safe?\n\n1 safe,   2 help")
    deliver()

    _kind, said = double.asked[0]
    assert (said["To"], said["From"], said["ContentSid"]) == (
        f"whatsapp:{number_of(worker)}",
        f"whatsapp:{CHAT}",
        CONTENT,
    )
    assert json.loads(said["ContentVariables"]) == {"1": "Are you safe? 1 safe, 2 help"}
    assert "Body" not in said


def test_within_a_day_of_their_message_free_words_go(app, armed, deliver, double):
    worker = factories.make_worker(armed)
    assert chat(app, worker, "hello there").status_code == 204
    queued(armed, worker=worker, channel="whatsapp", body="Good to hear from you.")
    deliver()

    assert double.asked[-1][1]["Body"] == "Good to hear from you."


def test_a_day_later_the_window_is_closed(app, armed, deliver, double):
    worker = factories.make_worker(armed)
    chat(app, worker, "hello there")
    with tenancy.agency(armed.id), db.transaction() as session:
        stored = session.scalar(select(Message).where(Message.direction == "in"))
        stored.queued_at = clock.now() - timedelta(hours=24, seconds=1)
    message = queued(armed, worker=worker, channel="whatsapp")
    deliver()

    assert again(message).error_code == "no_session"


def test_help_on_whatsapp_opens_a_case_and_is_answered_there(app, armed):
    worker = factories.make_worker(armed)
    chat(app, worker, "SOS")
    chat(app, worker, "SOS")
    understand()

    (stored,) = texts_with(armed, Message.direction == "in")
    assert (stored.channel, stored.label, stored.worker_id) == ("whatsapp", "help", worker.id)
    answers = texts_with(armed, Message.direction == "out", Message.in_reply_to_id == stored.id)
    assert {(one.channel, one.gateway) for one in answers} <= {("whatsapp", "whatsapp")}


def test_a_shared_location_is_kept_as_the_place_it_names(app, armed):
    chat(app, factories.make_worker(armed), "", Latitude="32.8872", Longitude="13.1913")

    (stored,) = texts_with(armed, Message.direction == "in")
    assert body_of(stored) == "32.8872, 13.1913"


def test_an_unsigned_or_misdirected_chat_is_refused(app, armed):
    worker = factories.make_worker(armed)

    assert chat(app, worker, "SOS", To="whatsapp:+15005559999").status_code == 403
    assert (
        post(
            app,
            "/hooks/twilio/whatsapp",
            {"MessageSid": "1", "From": "whatsapp:+1", "To": f"whatsapp:{CHAT}"},
            signature="none",
        ).status_code
        == 403
    )
    assert texts_with(armed) == []


# --- the ladder, through Twilio ---------------------------------------------------------------------------------------


@pytest.fixture
def silent(armed, manager, deliver):
    """Somebody who was asked by text through Twilio, and the only step of whose ladder has just been taken."""

    def go(step):
        worker = factories.make_worker(armed, language="tl")
        incident = make_incident(manager, area="country")
        with db.transaction() as session:
            own = incidents.get(session, manager, incident.id)
            ladder.change(session, manager, own, {key: (key == step, "1") for key in ladder.KEYS}, at=clock.now())
        send(manager, incident, *begun(manager, incident, "safety_check"))
        deliver()
        for minutes in (0, 1):
            jobs.chase(armed.id, now=clock.now() + timedelta(minutes=minutes))
        deliver(minutes=1)
        return worker, incident

    return go


def test_the_ladder_calls_through_twilio_and_a_digit_ends_it(app, armed, silent, double):
    worker, incident = silent("voice")
    (call,) = texts_with(armed, Message.channel == "voice")

    pressed(app, call, "1")
    understand()
    jobs.chase(armed.id, now=clock.now() + timedelta(minutes=2))

    assert [kind for kind, _said in double.asked] == ["Messages.json", "Calls.json"]
    assert double.asked[1][1]["To"] == number_of(worker)
    assert "Pindutin ang 1" in double.asked[1][1]["Twiml"]
    assert (person(incident, worker).status, person(incident, worker).chase_step) == ("SAFE", "")


def test_the_ladder_writes_on_whatsapp_through_twilio_and_an_answer_there_ends_it(app, armed, silent, double):
    with db.transaction() as session:
        session.get(Agency, armed.id).whatsapp_content_sid = CONTENT
    worker, incident = silent("whatsapp")

    chat(app, worker, "2 walang tubig")
    understand()
    jobs.chase(armed.id, now=clock.now() + timedelta(minutes=2))

    assert (double.asked[1][1]["To"], double.asked[1][1]["ContentSid"]) == (f"whatsapp:{number_of(worker)}", CONTENT)
    assert (person(incident, worker).status, person(incident, worker).chase_step) == ("HELP", "")


# --- settings ---------------------------------------------------------------------------------------------------------


def test_an_admin_sets_the_numbers(client_of, agency):
    client = client_of(factories.make_user(agency, role="admin"))

    wrong = client.post(
        "/settings/gateway/channels", data={"whatsapp_sender": CHAT, "whatsapp_content_sid": "nonsense"}
    )
    right = client.post(
        "/settings/gateway/channels",
        data={"whatsapp_sender": CHAT, "whatsapp_content_sid": CONTENT, "voice_number": CALLER},
    )

    assert (wrong.status_code, right.status_code) == (422, 302)
    assert "A template is HX" in wrong.text
    with db.reading() as session:
        assert session.get(Agency, agency.id).voice_number == CALLER
