"""Twilio, by its own SDK: an explicit timeout, no retry after a POST, and a status callback that finds its text by token."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, timedelta
from typing import Any

import requests
import structlog
from twilio.base.exceptions import TwilioRestException
from twilio.http.http_client import TwilioHttpClient
from twilio.rest import Client

from messaging.outbox.gateways import Draft, Outcome
from workforce.core import clock

API = "https://api.twilio.com"
TIMEOUT_SECONDS = 10.0
CALLS_AT_ONCE = 64
LONGEST_VALIDITY_SECONDS = 36_000
RETRY_SECONDS = 4.0
CLOCKS_APART = timedelta(seconds=5)
TOO_FAST = frozenset({20429, 14107})
QUEUE_FULL = frozenset({21611, 30001})
log = structlog.get_logger()


@dataclass(frozen=True)
class Credentials:
    """Whose account and sender: an agency's own, else the installation's. `base_url` replaces Twilio's address."""

    account_sid: str
    auth_token: str = field(repr=False)
    messaging_service_sid: str = ""
    sender: str = ""
    base_url: str = ""
    public_url: str = ""

    @property
    def usable(self) -> bool:
        return bool(self.account_sid and self.auth_token and (self.messaging_service_sid or self.sender))


class TooFastError(Exception):
    """The provider asks us to wait."""

    def __init__(self, wait_seconds: float) -> None:
        super().__init__(wait_seconds)
        self.wait_seconds = wait_seconds


class Line(TwilioHttpClient):  # type: ignore[misc]
    """The SDK's own client, pointed at another base address where one is set, with as many kept connections as calls."""

    def __init__(self, base_url: str, timeout_seconds: float) -> None:
        super().__init__(timeout=timeout_seconds)
        self._base = base_url.rstrip("/")
        for scheme in ("https://", "http://"):
            self.session.mount(scheme, requests.adapters.HTTPAdapter(pool_connections=4, pool_maxsize=CALLS_AT_ONCE))

    def request(self, method: str, url: str, *rest: Any, **more: Any) -> Any:
        answer = super().request(method, self._base + url.removeprefix(API) if self._base else url, *rest, **more)
        if answer.status_code == 429:
            raise TooFastError(_seconds(answer.headers.get("Retry-After")))
        return answer


class Twilio:
    """One agency's way out to real phones."""

    name = "twilio"
    calls = CALLS_AT_ONCE
    batch = 1
    sees_all = False

    def __init__(self, credentials: Credentials, *, timeout_seconds: float = TIMEOUT_SECONDS) -> None:
        self._who = credentials
        line = Line(credentials.base_url, timeout_seconds)
        self._client = Client(credentials.account_sid, credentials.auth_token, http_client=line)

    def send(self, drafts: Sequence[Draft]) -> list[Outcome]:
        return [self._send(draft) for draft in drafts]

    def find(self, draft: Draft) -> list[str] | None:
        """Texts to the same number with the same words, made since the attempt began; None when the list does not answer."""
        try:
            listed = self._client.messages.list(to=draft.number, limit=50)
        except Exception as problem:  # noqa: BLE001  Whatever it was: we do not know, and say so.
            log.warning("twilio_list_failed", kind=type(problem).__name__)
            return None
        since = draft.submitted_at - CLOCKS_APART
        ours = [
            one
            for one in listed
            if one.body == draft.body
            and one.direction != "inbound"
            and (one.date_created or since).replace(tzinfo=UTC) >= since.replace(microsecond=0)
        ]
        return [str(one.sid) for one in ours]

    def _send(self, draft: Draft) -> Outcome:
        try:
            made = self._client.messages.create(**self._arguments(draft))
        except TooFastError as problem:
            return Outcome(draft, "later", code="20429", wait_seconds=problem.wait_seconds)
        except TwilioRestException as problem:
            return _refusal(draft, problem)
        except requests.exceptions.ConnectTimeout:
            return Outcome(draft, "later", code="no_connection", wait_seconds=RETRY_SECONDS)
        except requests.exceptions.ConnectionError as problem:
            # Only a connection that never stood is certain not to have carried the text.
            never = "NewConnectionError" in repr(problem) or "NameResolutionError" in repr(problem)
            return Outcome(draft, "later" if never else "doubt", code="no_connection", wait_seconds=RETRY_SECONDS)
        except Exception as problem:  # noqa: BLE001  After the bytes may have left, every failure is a doubt.
            log.warning("twilio_send_in_doubt", message_id=str(draft.message_id), kind=type(problem).__name__)
            return Outcome(draft, "doubt", code="no_answer")
        return Outcome(draft, "accepted", str(made.sid))

    def _arguments(self, draft: Draft) -> dict[str, Any]:
        said: dict[str, Any] = {"to": draft.number, "body": draft.body}
        if self._who.messaging_service_sid:
            said["messaging_service_sid"] = self._who.messaging_service_sid
        else:
            said["from_"] = self._who.sender
        if self._who.public_url:
            said["status_callback"] = f"{self._who.public_url}/hooks/twilio/status/{draft.status_token}"
        if draft.valid_until is not None:
            left = math.ceil((draft.valid_until - clock.now()).total_seconds())
            said["validity_period"] = max(1, min(left, LONGEST_VALIDITY_SECONDS))
        return said


def _refusal(draft: Draft, problem: TwilioRestException) -> Outcome:
    code = int(problem.code or 0)
    if int(problem.status) >= 500:
        return Outcome(draft, "doubt", code=str(code or problem.status))
    if code in TOO_FAST | QUEUE_FULL:
        return Outcome(draft, "later", code=str(code), wait_seconds=RETRY_SECONDS)
    return Outcome(draft, "refused", code=str(code or problem.status))


def _seconds(text: str | None) -> float:
    return min(float(text), 60.0) if text and text.isdigit() else RETRY_SECONDS
