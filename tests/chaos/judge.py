"""What became of every text: our rows beside the provider's memory."""

from collections import Counter
from dataclasses import dataclass, field

from sqlalchemy import select

from messaging.inbox import inbound
from messaging.models import AT_LEAST_ONCE, Message
from messaging.outbox import outbox
from tests.chaos.stage import Firm
from workforce.core import audit, db, tenancy

STILL_GOING = frozenset({"queued", "claimed", "submitting", "accepted", "sent"})
NOT_LOST = frozenset(
    {"queued", "claimed", "submitting", "suppressed", "failed"}
)  # They wait, or somebody is told why not.
SAID_TO_HAVE_LEFT = frozenset({"accepted", "sent", "delivered", "undelivered", "read"})


@dataclass
class Verdict:
    """Counts, and the texts behind those that should be none."""

    texts: int = 0
    decided: int = 0
    lost: int = 0
    silent: int = 0
    flagged: int = 0
    stuck: int = 0
    crisis: int = 0
    once_doubled: int = 0
    inbound: int = 0
    inbound_lost: int = 0
    foreign: int = 0
    chain_broken: int = 0
    unknown: Counter = field(default_factory=Counter)
    states: Counter = field(default_factory=Counter)
    why: list[str] = field(default_factory=list)
    waits: list[float] = field(default_factory=list)

    @property
    def held(self) -> bool:
        none = self.lost, self.silent, self.stuck, self.once_doubled, self.inbound_lost, self.foreign, self.chain_broken
        return not any(none)

    @property
    def few_doubles(self) -> bool:
        return self.flagged <= max(1, self.crisis // 1000)

    def wait(self, share: float) -> float:
        """Within how many seconds so many of those that left had left."""
        ordered = sorted(self.waits)
        return ordered[min(int(share * len(ordered)), len(ordered) - 1)] if ordered else 0.0


def going(firms: list[Firm]) -> int:
    """How many texts have no end yet."""
    found = 0
    for firm in firms:
        with tenancy.agency(firm.id), db.reading() as session:
            mine = select(Message.id).where(Message.direction == "out", Message.state.in_(STILL_GOING))
            found += len(session.scalars(mine).all())
    return found


def look(firms: list[Firm], memory: dict) -> Verdict:
    """Compare. A text that may go once and never left is not lost while it stands as unknown before a person."""
    copies = Counter(one["callback"].rsplit("/", 1)[-1] for one in memory["texts"])
    accounts = {one["callback"].rsplit("/", 1)[-1]: one["account_sid"] for one in memory["texts"]}
    verdict = Verdict()
    for firm in firms:
        with tenancy.agency(firm.id), db.reading() as session:
            for row in session.scalars(select(Message).where(Message.direction == "out")):
                token = outbox.status_token(row.agency_id, row.id)
                _judge(verdict, row, copies[token])
                verdict.foreign += accounts.get(token, firm.account) != firm.account
            verdict.chain_broken += audit.verify(session, firm.id).first_bad is not None
    verdict.inbound, verdict.inbound_lost = len(memory["came_in"]), missing(firms, memory)
    return verdict


def missing(firms: list[Firm], memory: dict) -> int:
    """How many texts that people sent us are not stored exactly once, or not understood yet."""
    wrong = len(inbound.pending())
    for firm in firms:
        with tenancy.agency(firm.id), db.reading() as session:
            stored = Counter(session.scalars(select(Message.provider_id).where(Message.direction == "in")))
        mine = [one["sid"] for one in memory["came_in"] if one["account_sid"] == firm.account]
        wrong += sum(1 for sid in mine if stored[sid] != 1)
    return wrong


def _judge(verdict: Verdict, row: Message, copies: int) -> None:
    crisis = row.purpose in AT_LEAST_ONCE
    verdict.texts += 1
    verdict.decided += row.purpose != "reply"  # Our answers to people's texts nobody decided on.
    verdict.crisis += crisis
    verdict.states[row.state] += 1
    if row.accepted_at is not None:
        verdict.waits.append((row.accepted_at - row.queued_at).total_seconds())
    if row.state == "unknown":
        verdict.unknown["had left" if copies else "had not left"] += 1
    if row.state in STILL_GOING:
        verdict.stuck += 1
        verdict.why.append(f"stuck: {row.purpose} {row.state} {row.id}")
    if not copies and (crisis or row.state in SAID_TO_HAVE_LEFT) and row.state not in NOT_LOST:
        verdict.lost += 1
        verdict.why.append(f"lost: {row.purpose} {row.state} attempts {row.attempts} {row.id}")
    if copies > 1:
        verdict.once_doubled += not crisis
        if row.possible_double:
            verdict.flagged += 1
        else:
            verdict.silent += 1
        verdict.why.append(f"doubled: {row.purpose} {row.state} copies {copies} flag {row.possible_double} {row.id}")
