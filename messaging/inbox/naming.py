"""Whom a text names, among those whom its phone knows: who is on it, and who works where they do.

Names are matched letter by letter, whole: "Butt" is no "but" and "Noor" no "no". A name that fits too many people names none of
them: the words are kept, and a person asks.
"""

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from messaging.models import Case, Message
from messaging.reading import read
from messaging.reading.folding import Folded, fold
from messaging.reading.places import Place
from messaging.reading.signs import signs
from workforce.core import vault
from workforce.models import Contact, Deployment, Phone, Worker

SHORTEST = 3
MOST_MEANT = 3
MOST_NAMED = 20
PARTICLES = frozenset({"bin", "ibn", "bint", "abu", "del", "dela", "los", "las", "san", "sta", "von", "van", "der"})
JOINERS = frozenset({"and", "n", "at", "si", "sina", "dan", "na", "aur", "ra", "o", "ar", "or", "with", "و", "और", "र", "ও", "এবং", "اور", "සහ", "மற்றும்", "እና"})  # fmt: skip
# How people call themselves, by language.
ONE = {
    "en": {"me", "i"}, "tl": {"ako"}, "id": {"saya", "aku"}, "sw": {"mimi"}, "ar": {"ana", "انا"}, "hi": {"main", "मैं"}, "ne": {"ma", "म"},
    "bn": {"ami", "আমি"}, "ur": {"main", "میں"}, "si": {"මම"}, "ta": {"நான்"}, "am": {"እኔ"},
}  # fmt: skip
ONESELF = frozenset().union(*ONE.values())
BUT = frozenset({"but", "pero", "tapi", "lakini", "lekin", "magar", "kintu", "tara", "لكن", "लेकिन", "तर", "কিন্তু", "لیکن", "ඒත්", "ஆனால்", "ግን"})  # fmt: skip


@dataclass(frozen=True)
class Named:
    """What the page of a case says about names: who is in it by name only, and which names nobody of the circle has."""

    by_name: frozenset[uuid.UUID]
    unknown: tuple[str, ...]


def circle(db: Session, agency_id: uuid.UUID, workers: Sequence[Worker]) -> list[Worker]:
    """Whom the people on a phone may mean by a name: themselves first, then those who work where they do."""
    sites = {one.deployment.site_id for one in workers if one.deployment and one.deployment.site_id}
    at_work = (
        select(Worker)
        .join(Deployment, (Deployment.agency_id == Worker.agency_id) & (Deployment.worker_id == Worker.id))
        .where(
            Worker.agency_id == agency_id,
            Worker.archived_at.is_(None),
            Deployment.is_current.is_(True),
            Deployment.site_id.in_(sites),
        )
        .order_by(Worker.sort_name, Worker.id)
    )
    near = list(db.scalars(at_work)) if sites else []
    return list({one.id: one for one in [*workers, *near]}.values())


def spoken_for_by(db: Session, agency_id: uuid.UUID, number_index: bytes | None) -> tuple[str, list[Worker]]:
    """Whose family, buddy or leader a number is: the contact's name, and those of whom they may speak."""
    if number_index is None:
        return "", []
    mine = (
        select(Contact.full_name, Worker)
        .join(Worker, (Contact.agency_id == Worker.agency_id) & (Contact.worker_id == Worker.id))
        .where(Contact.agency_id == agency_id, Worker.archived_at.is_(None), Contact.phone_index == number_index)
        .order_by(Contact.rank, Worker.id)
    )
    found = db.execute(mine).all()
    return (found[0][0] if found else ""), list({worker.id: worker for _name, worker in found}.values())


def words_of(worker: Worker) -> frozenset[str]:
    """The words by which somebody may be called."""
    return frozenset(word for word in fold(worker.full_name).raw if _is_name(word))


def oneself(language: str) -> frozenset[str]:
    """The words by which somebody who writes in `language` surely means themselves: "ana" may be Ana, whoever writes it."""
    code = language.partition("-")[0].lower()
    return frozenset(ONE["en"] | ONE.get({"fil": "tl", "ms": "id"}.get(code, code), set())) - {"ana"}


def fitting(name: str, people: Iterable[Worker]) -> list[Worker]:
    """Those of `people` who are called by this one folded word, doubled letters and all."""
    return [one for one in people if name in words_of(one)]


def in_trouble(body: str, own: Sequence[Worker], near: Sequence[Worker], place: Place | None = None) -> list[Worker]:
    """Those of `near` whom a call for help names, without `own`, who are in it anyway; nobody of whom it says that they are safe."""
    text = fold(body)
    silent = _called_safe(text) | _of_place(text, place)
    named: dict[uuid.UUID, Worker] = {}
    for run in _runs(text, own, near, silent):
        if len(run) <= MOST_MEANT:
            named |= {one.id: one for one in run}
    return list(named.values())[:MOST_NAMED]


def unknown(body: str, people: Sequence[Worker]) -> tuple[str, ...]:
    """Names in a text that nobody of `people` has: words that are no words of ours, joined by "and" to a name, to "me", or capital to capital."""
    text, heard = fold(body), signs(body, None)
    whole = len(text.plain) == len(body)
    known = {at for at, word in enumerate(text.raw) if fitting(word, people)}
    strange = {
        at
        for at, word in enumerate(text.raw)
        if at not in known and word not in ONESELF | JOINERS | BUT and _is_name(word) and word not in heard.words.known
    }
    capital = {at for at in strange if whole and body[text.start[at]].isupper()}
    found = []
    for at in sorted(strange):
        word, start = text.raw[at], text.start[at]
        beside = [
            at + step for step in (-2, 2) if 0 <= at + step < len(text.raw) and text.raw[at + step // 2] in JOINERS
        ]
        if any(one in known or text.raw[one] in ONESELF or {at, one} <= capital for one in beside):
            found.append(body[start : start + len(word)] if whole else word)
    return tuple(dict.fromkeys(one[:1].upper() + one[1:] for one in found))[:MOST_NAMED]


def of_case(db: Session, case: Case) -> Named:
    """The names of a case: who is in it without being on the phone that called, and whom nobody could find."""
    asked = select(Message).where(Message.agency_id == case.agency_id, Message.id == case.message_id)
    message = db.scalar(asked) if case.message_id else None
    if message is None or message.number_index is None:
        return Named(frozenset(), ())
    on_phone = select(Phone.worker_id).where(
        Phone.agency_id == case.agency_id, Phone.number_index == message.number_index
    )
    callers = frozenset(db.scalars(on_phone)) | {message.worker_id}
    people = [one.worker for one in case.people]
    near = circle(db, case.agency_id, [one for one in people if one.id in callers])
    body = vault.reveal(db, message, "body") or ""
    return Named(frozenset(one.id for one in people) - callers, unknown(body, [*people, *near]))


def _is_name(word: str) -> bool:
    long_enough = len(word) >= (SHORTEST if word.isascii() else 2)
    return long_enough and word not in PARTICLES and not word.isdigit()


def _runs(text: Folded, own: Sequence[Worker], near: Sequence[Worker], silent: set[int]) -> list[list[Worker]]:
    """Who is meant by each name; words that stand side by side are one name where somebody has both."""
    runs: list[list[Worker]] = []
    last, ended = -2, False
    for at, word in enumerate(text.raw):
        fits = fitting(word, [*own, *near]) if at not in silent else []
        if (
            not fits and runs and at == last + 1 and not ended
        ):  # "Sy", "Li": too short alone, a name behind another one.
            fits = [one for one in runs[-1] if word in fold(one.full_name).raw]
        if not fits or read(word).status == "HELP":  # Who is called like a cry for help has it said of nobody.
            continue
        ids = {one.id for one in fits}
        both = [one for one in runs[-1] if one.id in ids] if runs and at == last + 1 and not ended else []
        if both:
            runs[-1] = both
        else:
            runs.append(fits)
        last, ended = at, at + 1 < len(text.raw) and text.clause[at + 1] != text.clause[at]
    mine = {one.id for one in own}
    return [run for run in runs if not any(one.id in mine for one in run)]


def _called_safe(text: Folded) -> set[int]:
    """Words of those parts of a text that say of somebody that they are safe, and nothing of danger."""
    parts: list[list[int]] = [[]]
    for at, word in enumerate(text.raw):
        if word in BUT or (at and text.clause[at] != text.clause[at - 1]):
            parts.append([])
        parts[-1].append(at)
    found: set[int] = set()
    for part in parts:
        said = signs(" ".join(text.raw[at] for at in part), None)
        if said.of("safe", "statement") and not said.danger:
            found |= set(part)
    return found


def _of_place(text: Folded, place: Place | None) -> set[int]:
    named = set(fold(place.name).raw) if place is not None and place.name else set()
    return {at for at, word in enumerate(text.raw) if word in named}
