"""The simulated network: texts, WhatsApp messages and calls land on handsets that live in our own database."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from messaging.models import Handset, HandsetText
from messaging.outbox.gateways import Arrival, Draft, Outcome
from messaging.phones import calls, handsets
from workforce.core import clock, tenancy, vault
from workforce.core.db import reading, transaction

NOT_IN_SERVICE = "30005"  # Twilio's word for an unknown handset, so that pages explain both networks with one list.


class Simulator:
    """Every agency's gateway until an admin chooses another, and the only one for the demo and for exercises."""

    name = "simulator"
    calls = 0
    batch = 100
    sees_all = True

    def send(self, drafts: Sequence[Draft]) -> list[Outcome]:
        """Put each text on its handset; the same attempt twice puts it there once."""
        agency_id = drafts[0].agency_id
        with tenancy.agency(agency_id), transaction() as db:
            vault.prefetch(db, {draft.worker_id for draft in drafts if draft.worker_id})
            numbers = {draft: vault.blind_index(agency_id, handsets.NUMBER, draft.number) for draft in drafts}
            mine = select(Handset).where(
                Handset.agency_id == agency_id, Handset.number_index.in_(set(numbers.values()))
            )
            found = {handset.number_index: handset for handset in db.scalars(mine)}
            landed = handsets.landed(db, agency_id, [_provider_id(draft) for draft in drafts])
            return [self._send(db, draft, found.get(numbers[draft]), landed) for draft in drafts]

    def find(self, draft: Draft) -> list[str]:
        """The handset's own copies of this text."""
        with tenancy.agency(draft.agency_id), reading() as db:
            copies = select(HandsetText.provider_id).where(
                HandsetText.agency_id == draft.agency_id,
                HandsetText.message_id == draft.message_id,
                HandsetText.direction == "in",
            )
            return list(db.scalars(copies))

    def ask(self, provider_id: str) -> None:
        """Nothing: the receipt is written when the text lands on its handset."""

    def arrivals(self, since: datetime) -> list[Arrival]:
        """None: what a handset sends is handed over in our own database, and cannot be missed."""
        return []

    @staticmethod
    def _send(db: Session, draft: Draft, handset: Handset | None, landed: set[str]) -> Outcome:
        provider_id = _provider_id(draft)
        if handset is None or not handset.is_in_service:
            return Outcome(draft, "accepted", provider_id, NOT_IN_SERVICE, then="undelivered")
        if provider_id in landed:
            return Outcome(draft, "accepted", provider_id)
        landed.add(provider_id)
        if draft.channel == "voice":
            if not handsets.reachable(handset):
                return Outcome(draft, "accepted", provider_id, calls.NOT_ANSWERED, then="undelivered")
            calls.ring(db, handset, draft, provider_id, clock.now())
            return Outcome(draft, "accepted", provider_id)
        arrived = handsets.land(db, handset, draft, provider_id, clock.now())
        return Outcome(draft, "accepted", provider_id, then="delivered" if arrived else "")


def _provider_id(draft: Draft) -> str:
    return f"SIM{draft.message_id.hex}{draft.attempt}"
