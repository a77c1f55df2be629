"""WhatsApp through Twilio: free words within a day of the person's last message, an approved template outside it."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from json import dumps
from typing import Any

from sqlalchemy import select

from messaging.models import Message
from messaging.outbox.gateways import Arrival, Draft, Outcome
from messaging.outbox.gateways.twilio import Credentials, Twilio
from workforce.core import clock, tenancy, vault
from workforce.core.db import reading

PREFIX = "whatsapp:"
SESSION = timedelta(hours=24)
NUMBER = "phones.number"
NO_SESSION = "no_session"


class WhatsApp(Twilio):
    """One agency's WhatsApp sender. `content_sid` is the approved template, whose one variable takes the words."""

    name = "whatsapp"
    awaits = False  # It reads the database before it calls.

    def __init__(
        self, credentials: Credentials, *, sender: str, content_sid: str, timeout_seconds: float | None = None
    ) -> None:
        super().__init__(credentials, timeout_seconds=timeout_seconds)
        self._sender, self._content_sid = sender, content_sid

    def send(self, drafts: Sequence[Draft]) -> list[Outcome]:
        return [self._send_or_refuse(draft) for draft in drafts]

    def find(self, draft: Draft) -> list[str] | None:
        """As for texts; a template's words come back as we filled them in or with the template around them."""
        return self._listed(
            draft, to=PREFIX + draft.number, says=lambda body: draft.body in body or one_line(draft.body) in body
        )

    def arrivals(self, since: datetime) -> list[Arrival] | None:
        """What came in, by list: an empty one where the provider answers."""
        return None if super().arrivals(clock.now()) is None else []

    def _send_or_refuse(self, draft: Draft) -> Outcome:
        if not self._content_sid and not in_session(draft, clock.now()):
            return Outcome(draft, "refused", code=NO_SESSION)
        return self._send(draft)

    def _form(self, draft: Draft) -> dict[str, Any]:
        said = super()._form(draft)
        said.pop("MessagingServiceSid", None)
        said |= {"To": PREFIX + draft.number, "From": PREFIX + self._sender}
        if not in_session(draft, clock.now()):
            del said["Body"]
            said |= {"ContentSid": self._content_sid, "ContentVariables": dumps({"1": one_line(draft.body)})}
        return said


def in_session(draft: Draft, now: datetime) -> bool:
    """Whether this number has written to us on WhatsApp within a day: only then may free words go."""
    with tenancy.agency(draft.agency_id), reading() as db:
        heard = select(Message.id).where(
            Message.agency_id == draft.agency_id,
            Message.number_index == vault.blind_index(draft.agency_id, NUMBER, draft.number),
            Message.direction == "in",
            Message.channel == "whatsapp",
            Message.queued_at > now - SESSION,
        )
        return db.scalar(heard.limit(1)) is not None


def one_line(words: str) -> str:
    """A template's variable holds no line breaks and no runs of spaces."""
    return " ".join(words.split())
