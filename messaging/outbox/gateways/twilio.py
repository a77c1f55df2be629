"""Twilio, by its own SDK: an explicit timeout, no retry after a POST, and a status callback that finds its text by token."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import structlog
from twilio.base.exceptions import TwilioRestException, TwilioServiceException
from twilio.rest import Client

from messaging.outbox.gateways import Arrival, Draft, Kind, Outcome, Word
from messaging.outbox.gateways.kept import NeverLeftError
from messaging.outbox.gateways.streams import Streams
from messaging.outbox.gateways.wire import Way, Wire
from messaging.outbox.waits import waits
from workforce.core import clock

API = "https://api.twilio.com"
CALLS_AT_ONCE = 100
PAGE, LOOKED_THROUGH, MOST_LISTED = 500, 50, 5_000
LONGEST_VALIDITY_SECONDS = 36_000
RETRY_SECONDS = 4.0
LONG_RETRY_SECONDS = 30.0
CLOCKS_APART = timedelta(seconds=5)
TOO_FAST = frozenset({20429, 14107})
QUEUE_FULL = frozenset({21611, 30001})
ACCOUNT_TROUBLE = frozenset({20003, 20005, 20006, 20008, 30002})  # Wrong token, suspended, no access.
# Twilio's words for the states of ours; the others (receiving, received) tell nothing new.
STATES = {
    "accepted": "accepted",
    "queued": "accepted",
    "sending": "accepted",
    "sent": "sent",
    "delivered": "delivered",
    "read": "read",
    "undelivered": "undelivered",
    "failed": "failed",
    "canceled": "failed",
}
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


class NotTheProviderError(Exception):
    """What answered is not the provider: a portal, a proxy, a broken page. `refused` is true where it did not take the request."""

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.refused = 300 <= status < 500


class Line(Wire):
    """The SDK's transport, which tells apart what is not an answer of the provider's."""

    def request(self, *rest: Any, **more: Any) -> Any:
        return _believed(super().request(*rest, **more))


class StreamLine(Streams):
    """The same for calls that await their answer."""

    async def request(self, *rest: Any, **more: Any) -> Any:
        return _believed(await super().request(*rest, **more))


def _believed(answer: Any) -> Any:
    """Raises TooFastError, and NotTheProviderError."""
    if answer.status_code == 429:
        raise TooFastError(_seconds(answer.headers.get("Retry-After") or answer.headers.get("retry-after")))
    if answer.text.strip() and not answer.text.lstrip().startswith("{"):
        raise NotTheProviderError(answer.status_code)
    return answer


class Twilio:
    """One agency's way out to real phones."""

    name = "twilio"
    calls = CALLS_AT_ONCE
    batch = 1
    sees_all = False
    awaits = True
    says_when_it_leaves = True

    def __init__(self, credentials: Credentials, *, timeout_seconds: float | None = None) -> None:
        self._who = credentials
        # Whose rate it is: agencies that share this sender share it.
        self.sender_key = f"twilio:{credentials.messaging_service_sid or credentials.sender}"
        way, seconds = Way(credentials.base_url or API, instead_of=API), timeout_seconds or waits().timeout_seconds
        self.wire, self.streams = Line(way, timeout_seconds=seconds), StreamLine(way, timeout_seconds=seconds)
        self._client = Client(credentials.account_sid, credentials.auth_token, http_client=self.wire)
        awaiting = Client(credentials.account_sid, credentials.auth_token, http_client=self.streams)
        # What the SDK's resources are made of: they would make an object with three parsed dates of each answer.
        self._api, self._awaiting = self._client.api.v2010, awaiting.api.v2010
        self._messages = f"/Accounts/{credentials.account_sid}/Messages.json"

    def send(self, drafts: Sequence[Draft]) -> list[Outcome]:
        return [self._send(draft) for draft in drafts]

    async def send_soon(self, draft: Draft) -> Outcome:
        """What `send` does, without a thread that waits."""
        try:
            made = await self._awaiting.create_async("POST", self._messages, data=self._form(draft))
        except Exception as problem:  # noqa: BLE001  Each is an outcome.
            return _failure(draft, problem)
        return _success(draft, made.get("sid"))

    def find(self, draft: Draft) -> list[str] | None:
        """Texts to the same number with the same words, made since the attempt began; None when the list does not answer."""
        return self._listed(draft, to=draft.number, says=lambda body: body == draft.body)

    def _listed(self, draft: Draft, *, to: str, says: Callable[[str], bool]) -> list[str] | None:
        since = (draft.submitted_at - CLOCKS_APART).replace(microsecond=0)
        ours = []
        try:
            for one in self._client.messages.stream(to=to, page_size=LOOKED_THROUGH, limit=MOST_LISTED):
                if (one.date_created or since).replace(tzinfo=UTC) < since:  # The newest come first.
                    break
                if says(str(one.body or "")) and one.direction != "inbound":
                    ours.append(str(one.sid))
        except Exception as problem:  # noqa: BLE001  Whatever it was: we do not know, and say so.
            log.warning("twilio_list_failed", kind=type(problem).__name__)
            return None
        return ours

    def ask(self, provider_id: str) -> Word | None:
        """What Twilio says of one text; None when it does not answer, or not in words we know."""
        try:
            found = self._client.messages(provider_id).fetch()
        except Exception as problem:  # noqa: BLE001  Whatever it was: we do not know, and say so.
            log.warning("twilio_ask_failed", kind=type(problem).__name__)
            return None
        state = STATES.get(str(found.status).lower())
        return Word(state, _code(found.error_code)) if state else None

    def arrivals(self, since: datetime) -> list[Arrival] | None:
        """Texts to our number since then; with a messaging service, whose numbers we do not know, the account's."""
        wanted: dict[str, Any] = {"to": self._who.sender} if self._who.sender else {"date_sent_after": since}
        found = []
        try:
            for one in self._client.messages.stream(page_size=PAGE, limit=MOST_LISTED, **wanted):
                at = (one.date_created or one.date_sent or since).replace(tzinfo=UTC)
                if at < since:  # The newest come first.
                    break
                if one.direction == "inbound":
                    found.append(Arrival(str(one.sid), str(one.from_), str(one.to), str(one.body or ""), at))
        except Exception as problem:  # noqa: BLE001  Whatever it was: we do not know, and say so.
            log.warning("twilio_list_failed", kind=type(problem).__name__)
            return None
        return found

    def _send(self, draft: Draft) -> Outcome:
        try:
            made = self._make(draft)
        except Exception as problem:  # noqa: BLE001  Each is an outcome.
            return _failure(draft, problem)
        return _success(draft, made)

    def _make(self, draft: Draft) -> str | None:
        """The provider's id of the text that it has taken."""
        made: dict[str, Any] = self._api.create("POST", self._messages, data=self._form(draft))
        return made.get("sid")

    def _form(self, draft: Draft) -> dict[str, Any]:
        said: dict[str, Any] = {"To": draft.number, "Body": draft.body}
        if self._who.messaging_service_sid:
            said["MessagingServiceSid"] = self._who.messaging_service_sid
        else:
            said["From"] = self._who.sender
        if self._who.public_url:
            said["StatusCallback"] = f"{self._who.public_url}/hooks/twilio/status/{draft.status_token}"
        if draft.valid_until is not None:
            left = math.ceil((draft.valid_until - clock.now()).total_seconds())
            said["ValidityPeriod"] = max(1, min(left, LONGEST_VALIDITY_SECONDS))
        return said


def _success(draft: Draft, provider_id: object) -> Outcome:
    return Outcome(draft, "accepted", str(provider_id)) if provider_id else Outcome(draft, "doubt", code="no_answer")


def _failure(draft: Draft, problem: Exception) -> Outcome:
    """What a call that raised has come to. After the bytes may have left, every failure that nobody explains is a doubt."""
    if isinstance(problem, TooFastError):
        return Outcome(draft, "later", code="20429", wait_seconds=problem.wait_seconds)
    if isinstance(problem, NeverLeftError):
        return Outcome(draft, "later", code="no_connection", wait_seconds=RETRY_SECONDS)
    if isinstance(problem, (TwilioRestException, TwilioServiceException)):
        return _refusal(draft, int(problem.status), int(problem.code or 0))
    if isinstance(problem, NotTheProviderError):
        kind: Kind = "later" if problem.refused else "doubt"
        return Outcome(draft, kind, code="not_twilio", wait_seconds=LONG_RETRY_SECONDS)
    log.warning("twilio_send_in_doubt", message_id=str(draft.message_id), kind=type(problem).__name__)
    return Outcome(draft, "doubt", code="no_answer")


def _refusal(draft: Draft, status: int, code: int) -> Outcome:
    if status >= 500:
        return Outcome(draft, "doubt", code=str(code or status))
    if code in TOO_FAST | QUEUE_FULL:
        return Outcome(draft, "later", code=str(code), wait_seconds=RETRY_SECONDS)
    if code in ACCOUNT_TROUBLE or (status in {401, 403} and code == status):
        # Our account, not this text: nothing fails for good, somebody has to look at the account.
        return Outcome(draft, "later", code=str(code), wait_seconds=LONG_RETRY_SECONDS)
    return Outcome(draft, "refused", code=str(code or status))


def _code(given: object) -> str:
    return "" if given in (None, "", 0, "0") else str(given)[:24]


def _seconds(text: str | None) -> float:
    return min(float(text), 60.0) if text and text.isdigit() else RETRY_SECONDS
