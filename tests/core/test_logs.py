"""Logs: events and ids; what is personal does not get through, whoever writes it."""

import io
import json
import logging

import pytest
import structlog

from workforce.core import logs

PERSONAL = [
    "+639171234567",
    "+63 917 123 4567",
    "maria@agency.example",
    "P1234567A",
    "EC1234567",
    "639171234567",
    "/join/abcDEF_123-x",
    "/reset/abcDEF_123-x",
    "/w/abcDEF",
]
HARMLESS = [
    "01890a5d-ac96-774b-bcce-b302099a8057",
    "LBY-27/1",
    "message_sent",
    "attempt=2",
    "2027-01-30T21:12:00Z",
    "503",
]


@pytest.fixture
def stderr(monkeypatch):
    caught = io.StringIO()
    monkeypatch.setattr("sys.stderr", caught)
    before = logging.getLogger().handlers[:], structlog.get_config()
    logs.set_up(production=True)
    yield caught
    logging.getLogger().handlers[:] = before[0]
    structlog.configure(**before[1])


@pytest.mark.parametrize("text", PERSONAL)
def test_what_is_personal_is_hidden(text):
    assert text not in logs.scrub(f"before {text} after")
    assert logs.scrub(f"before {text} after").startswith("before [hidden]")


@pytest.mark.parametrize("text", HARMLESS)
def test_ids_and_events_stay(text):
    assert logs.scrub(text) == text


def test_our_lines_are_json_and_scrubbed(stderr):
    structlog.get_logger().info("message_sent", message_id="01890a5d-ac96-774b-bcce-b302099a8057", to="+639171234567")

    line = json.loads(stderr.getvalue().strip().splitlines()[-1])
    assert line["event"] == "message_sent"
    assert line["to"] == "[hidden]"
    assert line["message_id"].startswith("01890a5d")


def test_lines_of_libraries_are_scrubbed_too_with_their_traces(stderr):
    try:
        raise ValueError("could not text +639171234567")
    except ValueError:
        logging.getLogger("some.library").exception("sending to maria@agency.example failed")

    assert "+639171234567" not in stderr.getvalue()
    assert "maria@" not in stderr.getvalue()
    assert "ValueError" in stderr.getvalue()


def test_the_suppliers_library_does_not_log_whom_we_text(stderr):
    logging.getLogger("twilio.http_client").info("To=anybody")

    assert "anybody" not in stderr.getvalue()


def test_a_line_that_cannot_be_written_stops_nobody(stderr, monkeypatch):
    def full(_text):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(stderr, "write", full)

    structlog.get_logger().error("settling_failed")

    assert stderr.getvalue() == ""
