"""Gateways: how a text leaves. Each is one small class; what came of a call is a value, never an exception."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, Protocol

Kind = Literal["accepted", "refused", "doubt", "later"]


@dataclass(frozen=True)
class Draft:
    """What a gateway needs to know of one text. `status_token` is unguessable and stays the same over attempts."""

    message_id: uuid.UUID
    agency_id: uuid.UUID
    worker_id: uuid.UUID | None
    purpose: str
    number: str = field(repr=False)
    body: str = field(repr=False)
    status_token: str = field(repr=False)
    attempt: int
    submitted_at: datetime
    valid_until: datetime | None = None
    gateway: str = ""
    channel: str = "sms"
    language: str = "en"
    priority: int = 5


@dataclass(frozen=True)
class Outcome:
    """What came of one call.

    `accepted`: the provider has it, under `provider_id`; `then` says what followed at once ("delivered", "undelivered").
    `refused`: it never will, `code` says why. `doubt`: nobody knows. `later`: it has not left, try in `wait_seconds`.
    """

    draft: Draft
    kind: Kind
    provider_id: str | None = None
    code: str = ""
    then: str = ""
    wait_seconds: float = 0


@dataclass(frozen=True)
class Word:
    """What the provider says about a text when it is asked: a state of ours, and why."""

    state: str
    code: str = ""


@dataclass(frozen=True)
class Arrival:
    """A text that came in, as the provider lists it. Numbers are E.164."""

    provider_id: str
    from_number: str = field(repr=False)
    to_number: str
    body: str = field(repr=False)
    at: datetime


class Gateway(Protocol):
    """A way out. `calls` is how many calls may be in flight at once; 0 for one that lives in our own database.

    `sees_all` is true where a text that `find` does not find has certainly not left.
    """

    name: str
    calls: int
    batch: int
    sees_all: bool

    def send(self, drafts: Sequence[Draft]) -> list[Outcome]:
        """Hand over up to `batch` texts. No transaction is open around this."""

    def find(self, draft: Draft) -> list[str] | None:
        """The provider's ids of texts that look like this one, newest first; None when the provider cannot say."""

    def ask(self, provider_id: str) -> Word | None:
        """What became of this text; None when the provider cannot say."""

    def arrivals(self, since: datetime) -> list[Arrival] | None:
        """Texts that came in since then, in any order; None when the provider cannot say."""
