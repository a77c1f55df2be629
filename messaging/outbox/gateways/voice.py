"""Calls through Twilio: the text is spoken in the worker's language, and a digit answers it."""

from datetime import UTC, datetime
from xml.sax.saxutils import escape, quoteattr

import structlog

from messaging.outbox.gateways import Arrival, Draft, Outcome, Word, spoken
from messaging.outbox.gateways.twilio import CLOCKS_APART, Credentials, Twilio
from workforce.core import clock

RING_SECONDS = 30
IN_ENGLISH = "in_english"
# Twilio's words for a call, as states of a text. A completed one depends on who answered.
CALL_STATES = {
    "queued": "accepted", "initiated": "accepted", "ringing": "accepted", "in-progress": "sent", "busy": "undelivered", "no-answer": "undelivered",
    "failed": "failed", "canceled": "failed",
}  # fmt: skip
CALL_CODES = {"busy": "busy", "no-answer": "not_answered"}
log = structlog.get_logger()


class Voice(Twilio):
    """One agency's number that calls."""

    name = "voice"
    awaits = False

    def __init__(self, credentials: Credentials, *, number: str, timeout_seconds: float | None = None) -> None:
        super().__init__(credentials, timeout_seconds=timeout_seconds)
        self._number = number

    def find(self, draft: Draft) -> list[str] | None:
        """Calls to this number from ours, made since the attempt began; None when the list does not answer."""
        try:
            listed = self._client.calls.list(to=draft.number, from_=self._number, limit=50)
        except Exception as problem:  # noqa: BLE001  Whatever it was: we do not know, and say so.
            log.warning("twilio_list_failed", kind=type(problem).__name__)
            return None
        since = (draft.submitted_at - CLOCKS_APART).replace(microsecond=0)
        return [str(one.sid) for one in listed if (one.date_created or since).replace(tzinfo=UTC) >= since]

    def ask(self, provider_id: str) -> Word | None:
        """What became of the call; None when Twilio does not answer."""
        try:
            found = self._client.calls(provider_id).fetch()
        except Exception as problem:  # noqa: BLE001  Whatever it was: we do not know, and say so.
            log.warning("twilio_ask_failed", kind=type(problem).__name__)
            return None
        return word_of(str(found.status), str(found.answered_by or ""))

    def arrivals(self, since: datetime) -> list[Arrival] | None:
        """What came in by text is the other gateway's; an empty list where the provider answers."""
        return None if super().arrivals(clock.now()) is None else []

    def _send(self, draft: Draft) -> Outcome:
        if not self._who.public_url:  # Nowhere to send the digit to.
            return Outcome(draft, "refused", code="no_public_url")
        outcome = super()._send(draft)
        if outcome.kind == "accepted" and draft.language not in spoken.VOICES:
            return Outcome(draft, "accepted", outcome.provider_id, IN_ENGLISH, then="accepted")
        return outcome

    def _make(self, draft: Draft) -> str | None:
        hook = f"{self._who.public_url}/hooks/twilio"
        made = self._client.calls.create(
            to=draft.number, from_=self._number, twiml=script(draft, f"{hook}/voice/{draft.status_token}"), timeout=RING_SECONDS, machine_detection="Enable",
            status_callback=f"{hook}/call/{draft.status_token}", status_callback_method="POST",
            status_callback_event=["initiated", "ringing", "answered", "completed"],
        )  # fmt: skip
        return made.sid or None


def script(draft: Draft, answer_url: str) -> str:
    """What the call says, twice, and where the digit goes."""
    said = _say(draft.language, spoken.words(draft.language, draft.body))
    gather = (
        f'<Gather input="dtmf" numDigits="1" timeout="10" method="POST" action={quoteattr(answer_url)}>{said}</Gather>'
    )
    return f"<Response>{gather * 2}</Response>" if len(gather) < 1_950 else f"<Response>{gather}</Response>"


def thanks(language: str) -> str:
    """What is said after a digit that counts."""
    return f"<Response>{_say(language, spoken.thanks(language))}<Hangup/></Response>"


def once_more(language: str, answer_url: str) -> str:
    """What is said after any other digit."""
    gather = f'<Gather input="dtmf" numDigits="1" timeout="10" method="POST" action={quoteattr(answer_url)}>'
    return f"<Response>{gather}{_say(language, spoken.press(language))}</Gather></Response>"


def word_of(status: str, answered_by: str) -> Word | None:
    """Twilio's word for a call as ours: who picked up decides whether a completed one arrived."""
    if status == "completed":
        machine = answered_by.startswith(("machine", "fax"))
        return Word("undelivered", "machine") if machine else Word("delivered")
    state = CALL_STATES.get(status)
    return Word(state, CALL_CODES.get(status, "")) if state else None


def _say(language: str, words: str) -> str:
    accent, voice = spoken.VOICES.get(language, spoken.VOICES["en"])
    return f'<Say language="{accent}" voice="{voice}">{escape(words)}</Say>'
