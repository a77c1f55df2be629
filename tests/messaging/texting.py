"""Makers and a fake gateway for tests about texts."""

from collections.abc import Sequence

from sqlalchemy import select

from messaging.models import Message
from messaging.outbox import outbox
from messaging.outbox.gateways import Arrival, Draft, Outcome, Word
from messaging.phones import handsets
from tests import factories
from workforce.core import db, tenancy, vault
from workforce.models import Worker


class Memory:
    """A gateway that remembers what it was given. `answers` are outcomes to give instead of "accepted"."""

    name = "twilio"
    calls = 0
    batch = 1

    def __init__(self, *, listed: bool = True, sees_all: bool = False) -> None:
        self.sent: list[Draft] = []
        self.answers: list[str] = []
        self.listed, self.sees_all = listed, sees_all
        self.words: dict[str, Word] = {}
        self.listing: list[Arrival] | None = []

    def send(self, drafts: Sequence[Draft]) -> list[Outcome]:
        return [self._send(draft) for draft in drafts]

    def find(self, draft: Draft) -> list[str] | None:
        if not self.listed:
            return None
        return [self.id_of(one) for one in reversed(self.sent) if one.message_id == draft.message_id]

    def ask(self, provider_id: str) -> Word | None:
        return self.words.get(provider_id)

    def arrivals(self, since) -> list[Arrival] | None:
        return self.listing

    def __call__(self, session, agency, name):
        return self

    @staticmethod
    def id_of(draft: Draft) -> str:
        return f"SM{draft.message_id.hex}{draft.attempt}"

    def _send(self, draft: Draft) -> Outcome:
        kind = self.answers.pop(0) if self.answers else "accepted"
        if kind in {"lost", "crash before"}:
            return Outcome(draft, "doubt", code="no_answer")
        self.sent.append(draft)
        if kind == "doubt":
            return Outcome(draft, "doubt", code="no_answer")
        return Outcome(draft, "accepted", self.id_of(draft))


def queued(agency, *, purpose="safety", worker=None, body="Are you safe?", **facts) -> Message:
    worker = worker or factories.make_worker(agency)
    with tenancy.agency(agency.id), db.transaction() as session:
        return outbox.queue(
            session,
            tenancy.System(agency.id),
            worker=session.get(Worker, worker.id),
            body=body,
            purpose=purpose,
            **facts,
        )


def many_queued(agency, count, *, purpose="safety", worker=None) -> None:
    """So many texts to one person, in one commit."""
    worker = worker or factories.make_worker(agency)
    row = {"worker_id": worker.id, "body": "Are you safe?", "purpose": purpose}
    with tenancy.agency(agency.id), db.transaction() as session:
        outbox.queue_many(session, tenancy.System(agency.id), [row] * count)


def again(message: Message) -> Message:
    """The row as it lies in the database now."""
    with tenancy.agency(message.agency_id), db.reading() as session:
        return session.get(Message, message.id)


def number_of(worker) -> str:
    with tenancy.agency(worker.agency_id), db.reading() as session:
        return vault.reveal(session, session.get(Worker, worker.id).phones[0], "number")


def handset_of(agency, worker, script=(), **faults):
    number = number_of(worker)
    with tenancy.agency(agency.id), db.transaction() as session:
        return handsets.create(session, agency.id, session.get(Worker, worker.id), number, script, **faults)


def texts_with(agency, *where) -> list[Message]:
    with tenancy.agency(agency.id), db.reading() as session:
        return list(
            session.scalars(
                select(Message).where(Message.agency_id == agency.id, *where).order_by(Message.queued_at, Message.id)
            )
        )


def body_of(message) -> str:
    with tenancy.agency(message.agency_id), db.reading() as session:
        return vault.reveal(session, session.get(Message, message.id), "body")
