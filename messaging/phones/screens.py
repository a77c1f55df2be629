"""What the page of simulated phones shows: the handsets, one of them large, and how Muster read what it sent."""

import uuid
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from messaging.models import Handset, HandsetText, Incident, Message, Person
from messaging.phones import calls, handsets
from workforce.core import audit, vault
from workforce.core.tenancy import Actor
from workforce.models import Worker
from workforce.people import phones

ON_A_CARD = 2
ON_THE_SCREEN = 40
MOST_MADE = 500
# What somebody types who is safe, in trouble, on the way, or says nothing we can use. Digits answer the question that is open.
MOODS = {
    "en": {
        "safe": "1",
        "help": "2 we have no car",
        "moving": "we are on the bus to the border",
        "unclear": "hello? who is this",
    },
    "tl": {
        "safe": "1",
        "help": "hindi ligtas dito, walang sasakyan",
        "moving": "nasa bus na kami, 3 kami",
        "unclear": "ano po ito?",
    },
    "ar": {"safe": "1", "help": "النجدة", "moving": "MOVING", "unclear": "من هذا؟"},
    "bn": {"safe": "1", "help": "বাঁচাও", "moving": "MOVING", "unclear": "কে বলছেন?"},
}
APPS = ("sms", "whatsapp")
KINDS = ("all", "texts", "no_signal")


@dataclass(frozen=True)
class Bubble:
    """A text on a handset, or a call that is over: `mine` when the handset wrote it."""

    body: str
    mine: bool
    at: datetime
    channel: str = "sms"
    call_state: str = ""


@dataclass(frozen=True)
class Card:
    """A handset in the grid. `status` is the person's on the newest open board, "" where there is none."""

    handset: Handset
    name: str
    last4: str
    bubbles: list[Bubble]
    status: str
    has_call: bool = False


@dataclass(frozen=True)
class Call:
    """The call on the line of a handset: it rings, or speaks these words."""

    is_ringing: bool
    words: str


@dataclass(frozen=True)
class Reading:
    """One line of "How Muster read it"."""

    message: Message
    body: str
    out: bool


def cards(db: Session, actor: Actor, which: str = "all") -> list[Card]:
    """The agency's handsets with their last two texts."""
    mine = (
        select(Handset)
        .where(Handset.agency_id == actor.agency_id)
        .options(selectinload(Handset.worker))
        .order_by(Handset.id)
    )
    found = list(db.scalars(mine))
    vault.prefetch(db, {handset.worker_id for handset in found if handset.worker_id})
    last = _last_texts(db, actor)
    statuses = _statuses(db, actor)
    lines = calls.ringing(db, actor)
    made = [_card(db, handset, last.get(handset.id, []), statuses, has_call=handset.id in lines) for handset in found]
    made.sort(key=lambda card: not card.has_call)
    if which == "texts":
        return [card for card in made if card.bubbles or card.has_call]
    return [card for card in made if which != "no_signal" or not handsets.reachable(card.handset)]


def counts(made: list[Card]) -> dict[str, int]:
    """How many handsets there are, have a text, and are without signal."""
    return {
        "all": len(made),
        "texts": sum(bool(card.bubbles) for card in made),
        "no_signal": sum(not handsets.reachable(card.handset) for card in made),
    }


def app_of(db: Session, handset: Handset, wanted: str = "") -> str:
    """Which app of the handset is open: the wanted one, else the one in which something came in last. "sms" or "whatsapp"."""
    if wanted in APPS:
        return wanted
    newest = select(HandsetText.channel).where(
        HandsetText.agency_id == handset.agency_id, HandsetText.handset_id == handset.id, HandsetText.direction == "in",
        HandsetText.channel.in_(APPS), HandsetText.handed_over_at.is_not(None),
    )  # fmt: skip
    return db.scalar(newest.order_by(HandsetText.handed_over_at.desc(), HandsetText.id.desc()).limit(1)) or APPS[0]


def on_the_line(db: Session, handset: Handset) -> Call | None:
    """The call on the line, if there is one."""
    row = calls.current(db, handset)
    return Call(row.call_state == "ringing", vault.reveal(db, row, "body") or "") if row is not None else None


def thread(db: Session, handset: Handset, app: str) -> list[Bubble]:
    """What lies on the handset in this app, oldest first. Calls stand among the texts."""
    channels = ("whatsapp",) if app == "whatsapp" else ("sms", "voice")
    rows = select(HandsetText).where(
        HandsetText.agency_id == handset.agency_id,
        HandsetText.handset_id == handset.id,
        HandsetText.handed_over_at.is_not(None),
        HandsetText.channel.in_(channels),
    )
    newest = db.scalars(
        rows.order_by(HandsetText.handed_over_at.desc(), HandsetText.id.desc()).limit(ON_THE_SCREEN)
    ).all()
    return [_bubble(db, row) for row in reversed(newest)]


def readings(db: Session, handset: Handset) -> list[Reading]:
    """What Muster made of the last texts to and from this number, oldest first."""
    mine = select(Message).where(Message.agency_id == handset.agency_id, Message.number_index == handset.number_index)
    newest = db.scalars(mine.order_by(Message.queued_at.desc(), Message.id.desc()).limit(6)).all()
    return [Reading(one, vault.reveal(db, one, "body") or "", one.direction == "out") for one in reversed(newest)]


def number_of(db: Session, handset: Handset) -> str:
    """The handset's number, masked."""
    return phones.masked(vault.reveal(db, handset, "number"))


def answer_as(handset: Handset, mood: str) -> str:
    """What somebody in this mood would type, in the language of the handset."""
    return MOODS.get(handset.language, MOODS["en"]).get(mood, "")


def make_missing(db: Session, actor: Actor) -> int:
    """A handset for the first number of every worker who has none, so that texts land somewhere. How many were made."""
    there = set(db.scalars(select(Handset.number_index).where(Handset.agency_id == actor.agency_id)))
    people = (
        select(Worker)
        .where(Worker.agency_id == actor.agency_id, Worker.archived_at.is_(None))
        .options(selectinload(Worker.phones))
        .order_by(Worker.id)
    )
    made = 0
    for worker in db.scalars(people.limit(MOST_MADE)):
        phone = next(iter(worker.phones), None)
        if phone is None or phone.number_index in there:
            continue
        handsets.create(db, actor.agency_id, worker, vault.reveal(db, phone, "number") or "", language=worker.language)
        there.add(phone.number_index)
        made += 1
    audit.record(db, actor, "handset.make_missing", None, count=made)
    return made


def _last_texts(db: Session, actor: Actor) -> dict[uuid.UUID, list[Bubble]]:
    rows = select(HandsetText).where(HandsetText.agency_id == actor.agency_id, HandsetText.handed_over_at.is_not(None))
    found: dict[uuid.UUID, list[Bubble]] = {}
    for row in db.scalars(rows.order_by(HandsetText.handed_over_at.desc(), HandsetText.id.desc()).limit(2000)):
        some = found.setdefault(row.handset_id, [])
        if len(some) < ON_A_CARD:
            some.insert(0, _bubble(db, row))
    return found


def _statuses(db: Session, actor: Actor) -> dict[uuid.UUID, str]:
    newest = db.scalar(
        select(Incident.id)
        .where(Incident.agency_id == actor.agency_id, Incident.closed_at.is_(None))
        .order_by(Incident.opened_at.desc())
        .limit(1)
    )
    rows = db.execute(
        select(Person.worker_id, Person.status).where(Person.agency_id == actor.agency_id, Person.incident_id == newest)
    )
    return {worker_id: status for worker_id, status in rows if status != "NOT_ASKED"}


def _card(
    db: Session, handset: Handset, bubbles: list[Bubble], statuses: dict[uuid.UUID, str], *, has_call: bool
) -> Card:
    number = vault.reveal(db, handset, "number") or ""
    name = handset.worker.full_name if handset.worker else number
    status = statuses.get(handset.worker_id, "") if handset.worker_id else ""
    return Card(handset, name, number[-4:], bubbles, status, has_call)


def _bubble(db: Session, row: HandsetText) -> Bubble:
    at = row.handed_over_at or row.due_at
    return Bubble(vault.reveal(db, row, "body") or "", row.direction == "out", at, row.channel, row.call_state)
