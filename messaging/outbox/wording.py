"""The words of our texts: the agency's own wording where it has one, else the product's."""

import uuid
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from messaging import segments, texts
from messaging.models import TextTemplate
from workforce.core import audit
from workforce.core.db import new_id
from workforce.core.errors import Conflict, Invalid, NotFound
from workforce.core.tenancy import Actor
from workforce.core.words import _, _l
from workforce.models import Agency

TWO_PARTS = frozenset(
    {
        "evacuate",
        "stay_put",
        "safety_check",
        "follow_up",
        "recall",
        "correction",
        "ack_help",
        "ack_help_no_number",
        "chase_friend",
        "chase_family",
        "chase_employer",
        "link",
        "join_consent",
        "ack_names_and_ask",
        "ask_passport",
    }
)
LONGEST = 600
TITLES = {
    "evacuate": _l("Leave now"), "stay_put": _l("Stay inside"), "safety_check": _l("Are you safe?"), "follow_up": _l("No answer yet"), "recall": _l("Do not follow our last text"),
    "correction": _l("Correction"), "chase_friend": _l("To a buddy or site leader"), "chase_family": _l("To the family"), "chase_employer": _l("To the employer’s contact"), "ack_safe": _l("Answer to SAFE"), "ack_help": _l("Answer to a call for help"), "ack_moving": _l("Answer to MOVING"), "ack_staying": _l("Answer to STAYING"),
    "ack_place": _l("Answer to a place"), "ask_digits": _l("Not understood"), "ask_who": _l("Shared phone: who is safe?"), "ask_place": _l("A link we cannot open"), "where_are_you": _l("LOC alone: where are you?"),
    "near_answer": _l("The nearest place"), "near_no_place": _l("Nearest: where are you?"), "stop_confirm": _l("Answer to STOP"), "start_confirm": _l("Answer to START"),
    "loc_off": _l("Places deleted"), "info": _l("What one can text"), "unknown_sender": _l("Answer to an unknown number"), "notice_expiry": _l("A paper expires"),
    "notice_expired": _l("A paper has expired"), "one_to_one": _l("Your own words"), "link": _l("A one-time link"),
    "ack_help_no_number": _l("Answer to a call for help, without a number"), "ack_go": _l("Answer to GO"), "ack_names": _l("Several are safe"), "ack_names_and_ask": _l("Several are safe, some not clear"),
    "ask_names": _l("Which of them are safe?"), "ask_passport": _l("Who has the passport?"), "info_no_number": _l("What one can text, without a number"), "near_leader": _l("The leader of the site"),
    "proposal_got": _l("A person checks it"), "need_number": _l("A number we cannot read"), "family_off": _l("Answer to FAMILY OFF"), "case_taken": _l("Who has the call for help"),
    "join_language": _l("Registration: language"), "join_name": _l("Registration: name"), "join_birth": _l("Registration: birth date"), "join_place": _l("Registration: place"),
    "join_consent": _l("Registration: consent"), "join_done": _l("Registration: thank you"), "join_no": _l("Registration: nothing kept"),
}  # fmt: skip


@dataclass(frozen=True)
class Wording:
    """One text in one language as it would leave now, with what is wrong with it."""

    key: str
    language: str
    body: str
    default: str
    own: TextTemplate | None
    size: segments.Segments
    problems: list[str]

    @property
    def title(self) -> str:
        return str(TITLES.get(self.key, self.key.replace("_", " ").capitalize()))


@dataclass(frozen=True)
class Look:
    """A wording with invented values in it, as the worker would see it. `problems` keep it from being saved, `hints` do not."""

    filled: str
    size: segments.Segments
    problems: list[str]
    hints: list[str]
    chain: list[tuple[str, bool, bool]]


# What stands in the braces while one looks at a wording. Invented.
SAMPLES = {
    "stamp": "LBY-27/1 14:58 Tripoli", "old_stamp": "LBY-27/1", "area": "Tripoli", "go_to": "Tripoli port, gate 3", "embassy_phone": "+218 21 555 0101", "time": "14:02",
    "phone": "+63 2 5550 1234", "name": "Maria Dalisay", "names": "Ana, Ben, Joy", "count": "1", "owner": "Joy", "kind": "hospital", "km": "3", "compass": "NE", "paper": "passport",
    "date": "12 Mar 2027", "days": "30", "place": "Sirte, Libya", "link": "https://muster.example/w/0123456789abcdefghijkl", "what": "Are you safe", "town": "Tripoli",
}  # fmt: skip


def text(db: Session, agency_id: uuid.UUID, key: str, language: str | None, **values: object) -> str:
    """The text filled in, in the agency's own wording for that language if it has one. Raises texts.MissingText."""
    own = _own(db, agency_id, key, language or texts.FALLBACK)
    if own is None:
        return texts.text(key, language, **values)
    return texts.filled(own.body, values, language)


def every(db: Session, actor: Actor, language: str) -> list[Wording]:
    """All texts in one language."""
    mine = select(TextTemplate).where(TextTemplate.agency_id == actor.agency_id, TextTemplate.language == language)
    own = {row.key: row for row in db.scalars(mine)}
    return [_wording(key, language, own.get(key)) for key in texts.names()]


def one(db: Session, actor: Actor, key: str, language: str) -> Wording:
    """One text in one language. Raises NotFound."""
    if key not in texts.names() or language not in texts.languages():
        raise NotFound(_("No such text."))
    return _wording(key, language, _own(db, actor.agency_id, key, language))


def save(db: Session, actor: Actor, key: str, language: str, body: str, *, version: int, at: datetime) -> Wording:
    """Keep the agency's own wording; the default's words, or none, mean back to the default. Raises Invalid, Conflict."""
    now = one(db, actor, key, language)
    body = body.strip().replace("\r\n", "\n")
    if (now.own.version if now.own else 0) != version:
        raise Conflict(_("This text has been changed since you opened this page. Look at it again before you save."))
    if body in {"", now.default}:
        if now.own is not None:
            audit.record(db, actor, "text_template.reset", now.own, key=key, language=language)
            db.delete(now.own)
        return _wording(key, language, None)
    problems = check(key, language, body)
    if problems:
        raise Invalid(" ".join(problems))
    row = now.own or TextTemplate(id=new_id(), agency_id=actor.agency_id, key=key, language=language)
    row.body, row.edited_by, row.edited_at = body, actor.id, at
    db.add(row)
    db.flush()
    audit.record(db, actor, "text_template.save", row, key=key, language=language)
    return _wording(key, language, row)


def check(key: str, language: str, body: str) -> list[str]:
    """What is wrong with a wording, in sentences."""
    if len(body) > LONGEST:
        return [_("That is too long. The limit is %(count)s characters.", count=LONGEST)]
    needed = texts.slots(key, language)
    return segments.faults(body, most_parts=2 if key in TWO_PARTS else 1, required=needed)


def look(db: Session, actor: Actor, key: str, language: str, body: str) -> Look:
    """A wording as it would arrive, with what is wrong with it, before it is saved. Raises NotFound."""
    now = one(db, actor, key, language)
    body = body.strip().replace("\r\n", "\n") or now.default
    agency = db.get_one(Agency, actor.agency_id)
    filled = body
    for name, value in (
        SAMPLES | {"agency": agency.short_name, "phone": agency.call_number or SAMPLES["phone"]}
    ).items():
        filled = filled.replace(f"{{{name}}}", value)
    return Look(filled, segments.count(filled), check(key, language, body), segments.dear(body), chain(now))


def chain(now: Wording) -> list[tuple[str, bool, bool]]:
    """From where the words come, first to last: (what, whether it is there, whether it is what leaves)."""
    base = now.language.partition("-")[0]
    there = texts.has(now.key, base)
    steps = [
        (_("your own words in this language"), now.own is not None),
        (_("the words that Muster came with in this language"), there),
    ]
    if base != texts.FALLBACK:
        steps.append((_("the words that Muster came with in English"), True))
    used = next(at for at, (_words, is_there) in enumerate(steps) if is_there)
    return [(words, is_there, at == used) for at, (words, is_there) in enumerate(steps)]


def _own(db: Session, agency_id: uuid.UUID, key: str, language: str) -> TextTemplate | None:
    mine = select(TextTemplate).where(
        TextTemplate.agency_id == agency_id, TextTemplate.key == key, TextTemplate.language == language
    )
    return db.scalar(mine)


def _wording(key: str, language: str, own: TextTemplate | None) -> Wording:
    default = texts.template(key, language)
    body = own.body if own else default
    return Wording(key, language, body, default, own, segments.count(body), segments.lint(body, most_parts=3))
