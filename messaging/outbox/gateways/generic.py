"""A provider over HTTP, by a request that an admin has described and `workforce.gateways` has checked."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

import structlog

from messaging.outbox.gateways import Arrival, Draft, Outcome
from messaging.outbox.gateways.outside import Answer, NeverLeftError, Outside
from workforce.gateways import MEANINGS, Reading, Request, filled

CALLS_AT_ONCE = 64
TIMEOUT_SECONDS = 10.0
RETRY_SECONDS = 4.0
LONG_RETRY_SECONDS = 30.0
LONGEST_ID = 64
# Our account, our address or our request is wrong, not this text: nothing fails for good, somebody has to look at it.
OUR_TROUBLE = frozenset({401, 403, 404, 405, 407, 410})
LATER = {"20429": RETRY_SECONDS, "account": LONG_RETRY_SECONDS}
log = structlog.get_logger()


class Generic:
    """One described provider."""

    calls = CALLS_AT_ONCE
    batch = 1
    sees_all = False

    def __init__(
        self, name: str, request: Request, reading: Reading, *, sender: str, public_url: str, loopback: bool,
        timeout_seconds: float = TIMEOUT_SECONDS,
    ) -> None:  # fmt: skip
        self.name = name
        self._request, self._reading = request, reading
        self._sender, self._public_url = sender, public_url
        self._out = Outside(request.url, timeout_seconds=timeout_seconds, loopback=loopback)
        lookup = request.lookup_url
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

    def arrivals(self, since: datetime) -> list[Arrival]:
        """None are listed: texts come in by the hook alone."""
        return []

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
            return Outcome(draft, "later", code="20429", wait_seconds=_seconds(answer.retry_after))
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
    """What stands at `a.b.0.c` in JSON; None where nothing does."""
    here = said
    for part in filter(None, path.replace("[", ".").replace("]", "").split(".")):
        if isinstance(here, dict):
            here = here.get(part)
        elif isinstance(here, list) and part.isdigit() and int(part) < len(here):
            here = here[int(part)]
        else:
            return None
    return here if isinstance(here, str | int | float | bool) else None


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
