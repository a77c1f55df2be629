"""A provider over HTTP, by a request that an admin has described and `workforce.gateways` has checked."""

import json
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

import phonenumbers
import structlog

from messaging.outbox.gateways import Arrival, Draft, Outcome
from messaging.outbox.gateways.kept import Answer, NeverLeftError
from messaging.outbox.gateways.outside import Outside
from workforce.core import clock
from workforce.gateways import MEANINGS, Reading, Request, filled

CALLS_AT_ONCE = 64
TIMEOUT_SECONDS = 10.0
RETRY_SECONDS = 4.0
LONG_RETRY_SECONDS = 30.0
LONGEST_ID, LONGEST_TEXT, MOST_LISTED = 64, 4_000, 5_000
# Our account, our address or our request is wrong, not this text: nothing fails for good, somebody has to look at it.
OUR_TROUBLE = frozenset({401, 403, 404, 405, 407, 410})
LATER = {"20429": RETRY_SECONDS, "account": LONG_RETRY_SECONDS}
log = structlog.get_logger()


class Generic:
    """One described provider."""

    calls = CALLS_AT_ONCE
    batch = 1
    sees_all = False
    says_when_it_leaves = True

    def __init__(
        self, name: str, request: Request, reading: Reading, *, sender: str, public_url: str, loopback: bool,
        timeout_seconds: float = TIMEOUT_SECONDS,
    ) -> None:  # fmt: skip
        self.name = name
        self._request, self._reading = request, reading
        self._sender, self._public_url = sender, public_url
        self._out = Outside(request.url, timeout_seconds=timeout_seconds, loopback=loopback)
        lookup = request.lookup_url
        listing = request.list_url
        self._list = Outside(listing, timeout_seconds=timeout_seconds, loopback=loopback) if listing else None
        self._look = Outside(lookup, timeout_seconds=timeout_seconds, loopback=loopback) if lookup else None

    def send(self, drafts: Sequence[Draft]) -> list[Outcome]:
        return [self._send(draft) for draft in drafts]

    def find(self, draft: Draft) -> list[str] | None:
        """What the provider has under our own number for this text; None where it cannot be asked, or does not answer."""
        if self._look is None:
            return None
        url = filled(self._request.lookup_url, _quoted(self._values(draft)))
        try:
            answer = self._look.call("GET", url, None, self._request.headers)
        except Exception as problem:  # noqa: BLE001  Whatever it was: we do not know, and say so.
            log.warning("lookup_failed", gateway=self.name, kind=type(problem).__name__)
            return None
        if answer.status == 404:
            return []
        if not self._is_accepted(answer.status):
            return None
        said = _json(answer.text)
        if said is None:
            return None
        found = at(said, self._reading.lookup_id or self._reading.id_path)
        return [str(found)[:LONGEST_ID]] if found not in (None, "") else []

    def ask(self, provider_id: str) -> None:
        """Nothing: receipts come by callback."""

    def arrivals(self, since: datetime) -> list[Arrival] | None:
        """The provider's list of texts that came in, where one is described: without it they come by the hook alone.

        None where it does not answer with a list. Left out is what is older than `since`, what lacks id or sender, what our own
        sender wrote, and, counted in the log, what has no time that can be read: it might be years old.
        """
        if self._list is None:
            return []
        request, asked = self._request, {"since": f"{since:%Y-%m-%dT%H:%M:%SZ}", "since_unix": str(int(since.timestamp()))}
        body = filled(request.list_body, asked).encode() if request.list_body and request.list_method == "POST" else None
        headers = [*(request.list_headers or request.headers), *([("Content-Type", "application/json")] if body else [])]
        try:
            answer = self._list.call(request.list_method, filled(request.list_url, _quoted(asked)), body, headers)
        except Exception as problem:  # noqa: BLE001  Whatever it was: we do not know, and say so.
            log.warning("list_failed", gateway=self.name, kind=type(problem).__name__)
            return None
        listed = _inside(_json(answer.text), self._reading.list_path) if 200 <= answer.status < 300 else None
        if not isinstance(listed, list):
            log.warning("list_unreadable", gateway=self.name, status=answer.status)
            return None
        return self._arrived(listed[:MOST_LISTED], since)

    def _arrived(self, listed: list[Any], since: datetime) -> list[Arrival]:
        how, now, found, timeless = self._reading, clock.now(), [], 0
        for one in listed:
            said = {name: _words(at(one, path)) for name, path in (
                ("id", how.list_id), ("from", how.list_from), ("to", how.list_to), ("text", how.list_text), ("time", how.list_time),
            )}  # fmt: skip
            number, when = e164(said["from"]) if said["from"] else "", moment(said["time"])
            if not said["id"] or not number or (self._sender and number == e164(self._sender)):
                continue
            if when is None:
                timeless += 1
            elif when >= since:
                to_number = said["to"] or self._sender
                found.append(Arrival(said["id"][:LONGEST_ID], number, to_number, said["text"][:LONGEST_TEXT], min(when, now)))  # fmt: skip
        if timeless:
            log.error("arrivals_without_time", gateway=self.name, count=timeless)
        return found

    def _send(self, draft: Draft) -> Outcome:
        values = self._values(draft)
        url = filled(self._request.url, _quoted(values))
        body, kind = self._body(values)
        headers = [*self._request.headers, *([("Content-Type", kind)] if kind else [])]
        try:
            answer = self._out.call(self._request.method, url, body, headers)
        except NeverLeftError as problem:
            log.warning("gateway_not_reached", gateway=self.name, kind=str(problem))
            return Outcome(draft, "later", code="no_connection", wait_seconds=RETRY_SECONDS)
        except Exception as problem:  # noqa: BLE001  After the bytes may have left, every failure is a doubt.
            log.warning(
                "send_in_doubt", gateway=self.name, message_id=str(draft.message_id), kind=type(problem).__name__
            )
            return Outcome(draft, "doubt", code="no_answer")
        return self._outcome(draft, answer)

    def _outcome(self, draft: Draft, answer: Answer) -> Outcome:
        said = _json(answer.text)
        meant = self._meaning(said)
        if meant and (answer.status < 500 or answer.status == 503):
            wait = LATER.get(meant)
            return Outcome(draft, "later" if wait else "refused", code=meant, wait_seconds=wait or 0)
        if self._is_accepted(answer.status):
            return self._accepted(draft, said)
        if answer.status == 429:
            return Outcome(draft, "later", code="20429", wait_seconds=_seconds(answer.headers.get("Retry-After", "")))
        if answer.status >= 500 or 200 <= answer.status < 300:
            return Outcome(draft, "doubt", code=str(answer.status))
        if answer.status < 400 or answer.status in OUR_TROUBLE:
            return Outcome(draft, "later", code=str(answer.status), wait_seconds=LONG_RETRY_SECONDS)
        return Outcome(draft, "refused", code=str(answer.status))

    def _accepted(self, draft: Draft, said: Any) -> Outcome:
        if not self._reading.id_path:  # The provider gives no id: our own stands for it.
            return Outcome(draft, "accepted", f"{draft.message_id.hex}{draft.attempt}")
        found = at(said, self._reading.id_path) if said is not None else None
        if found in (None, ""):  # A page of somebody else's, or another answer than was described.
            return Outcome(draft, "doubt", code="no_id")
        return Outcome(draft, "accepted", str(found)[:LONGEST_ID])

    def _meaning(self, said: Any) -> str:
        code = at(said, self._reading.code_path) if said is not None and self._reading.code_path else None
        return MEANINGS.get(self._reading.meanings.get(str(code), ""), "")

    def _is_accepted(self, status: int) -> bool:
        return any(low <= status <= high for low, high in self._reading.accepted_status)

    def _values(self, draft: Draft) -> dict[str, str]:
        callback = f"{self._public_url}/hooks/{self.name}/status/{draft.status_token}" if self._public_url else ""
        return {
            "to": draft.number,
            "body": draft.body,
            "sender": self._sender,
            "id": f"{draft.message_id.hex}{draft.attempt}",
            "callback": callback,
        }

    def _body(self, values: Mapping[str, str]) -> tuple[bytes | None, str]:
        if self._request.body_kind == "json":
            quoted = {name: json.dumps(value)[1:-1] for name, value in values.items()}
            return filled(self._request.body, quoted).encode(), "application/json"
        if self._request.body_kind == "form":
            pairs = [line.partition("=") for line in self._request.body.splitlines() if line.strip()]
            fields = [(name.strip(), filled(value.strip(), dict(values))) for name, _equals, value in pairs]
            return urlencode(fields).encode(), "application/x-www-form-urlencoded"
        return None, ""


def at(said: Any, path: str) -> Any:
    """The word or number that stands at `a.b.0.c` in JSON; None where nothing does."""
    here = _inside(said, path)
    return here if isinstance(here, str | int | float | bool) else None


def e164(number: str) -> str:
    """Providers write numbers with and without a plus. What is no number stays as it is, cut to twenty characters."""
    try:
        parsed = phonenumbers.parse(number if number.startswith("+") else f"+{number.lstrip('0')}")
    except phonenumbers.NumberParseException:
        return number[:20]
    return str(phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164))


def moment(text: str) -> datetime | None:
    """A moment as providers write it: ISO 8601, RFC 2822, or seconds or milliseconds since 1970; UTC where it says no zone."""
    try:
        if re.fullmatch(r"\d{9,13}(\.\d+)?", text):
            seconds = float(text)
            return datetime.fromtimestamp(seconds / 1000 if seconds > 1e11 else seconds, UTC)
        found = datetime.fromisoformat(text) if text[:1].isdigit() else parsedate_to_datetime(text)
    except (ValueError, OverflowError):
        return None
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)


def _inside(said: Any, path: str) -> Any:
    here = said
    for part in filter(None, path.replace("[", ".").replace("]", "").split(".")):
        if isinstance(here, dict):
            here = here.get(part)
        elif isinstance(here, list) and part.isdigit() and int(part) < len(here):
            here = here[int(part)]
        else:
            return None
    return here


def _words(found: Any) -> str:
    return "" if found is None else str(found).strip()


def host_of(url: str) -> str:
    """Where a request goes, without what may be secret in it."""
    return urlsplit(url).hostname or ""


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return None


def _quoted(values: Mapping[str, str]) -> dict[str, str]:
    return {name: quote(value, safe="") for name, value in values.items()}


def _seconds(text: str) -> float:
    return min(float(text), 60.0) if text.isdigit() else RETRY_SECONDS
