"""What a broadcast will be, before it is one: every text as it leaves, its parts, its price, who gets it, who can answer."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from messaging import segments
from messaging.incidents import audience, bounds, incidents, wording
from messaging.incidents.audience import Placed
from messaging.models import Broadcast, Incident
from workforce.core.tenancy import Actor
from workforce.core.words import _, _n
from workforce.models import Agency

NAMED = 4
ARRIVAL = timedelta(seconds=60)
MOST_PARTS = 3


@dataclass(frozen=True)
class LanguageText:
    """One language's text as it leaves, and what there is to say about it."""

    language: str
    name: str
    direction: str
    people: int
    body: str
    stamped: str
    parts: int
    units: int
    room: int
    encoding: str
    problems: list[str]
    must: list[str]
    blocks: list[str]

    @property
    def pieces(self) -> list[tuple[str, bool]]:
        """The text in pieces; True for those that must survive translation: the stamp, the phone number."""
        found = [(self.stamped, False)]
        for word in self.must:
            found = [piece for text, marked in found for piece in ([(text, True)] if marked else _split(text, word))]
        return found


@dataclass(frozen=True)
class Preview:
    """The whole of it. `seal` is the digest of texts, people and sender: what somebody confirms is exactly this."""

    texts: list[LanguageText]
    everybody: list[Placed]
    chosen: list[Placed]
    recipients: list[Placed]
    left_out: list[Placed]
    by_place: dict[str, int]
    by_reach: dict[str, int]
    parts: int
    price_usd: float
    seconds: int
    all_in_by: str
    too_late_after: str
    stamp: str
    seal: bytes
    rate: float
    binds: str
    warnings: list[str]

    @property
    def count(self) -> int:
        return len(self.recipients)


def of(
    db: Session,
    actor: Actor,
    incident: Incident,
    broadcast: Broadcast,
    *,
    now: datetime,
    part_price_usd: float,
    anew: bool = True,
) -> Preview:
    """Work it out. Needs a session that writes, as `audience.place` does.

    An audience by status is asked for `anew`, or else is the list that was looked at last: answers come in every second, and
    must not change under the hand of who types the count.
    """
    everybody = audience.place(db, actor, incident, now=now)
    chosen = chosen_of(everybody, broadcast.audience, anew=anew)
    recipients = [one for one in chosen if one.can_be_texted]
    mark = wording.stamp(incident, broadcast, now)
    texts = _texts(broadcast, recipients, mark)
    parts = sum(text.parts * text.people for text in texts)
    bound = bounds.of(db, incident, broadcast, recipients, {text.language: text.parts for text in texts}, now=now)
    return Preview(
        texts=texts, everybody=everybody, chosen=chosen, recipients=recipients, left_out=[one for one in chosen if not one.can_be_texted],
        by_place=audience.count(everybody, audience.PLACES, "whereabouts"), by_reach=audience.count(chosen, audience.REACHES, "reach"),
        parts=parts, price_usd=parts * part_price_usd, seconds=bound.seconds, stamp=mark,
        all_in_by=incidents.local_time(incident, now + timedelta(seconds=bound.seconds) + ARRIVAL),
        too_late_after=incidents.local_time(incident, now + timedelta(seconds=broadcast.valid_seconds)),
        seal=seal(db, actor, incident, broadcast, recipients), rate=bound.rate, binds=bound.binds, warnings=[*bound.warnings, *_odd(recipients)],
    )  # fmt: skip


def chosen_of(everybody: Sequence[Placed], wanted: dict[str, object], *, anew: bool = True) -> list[Placed]:
    """Those whom an audience means: by where they are, by their status on the board, minus those unticked by name.

    Once somebody was asked to approve it, the list is frozen: whoever has moved or answered since stays on it.
    """
    places, statuses, skipped, only = (_set(wanted, key) for key in ("places", "statuses", "skip", "only"))
    if wanted.get("frozen") and not anew:
        return [one for one in everybody if str(one.worker.id) in only]
    chosen = [one for one in everybody if one.whereabouts in places and str(one.worker.id) not in skipped]
    if not statuses:
        return chosen
    if anew:
        return [one for one in chosen if one.person.status in statuses]
    return [one for one in chosen if str(one.worker.id) in only]


def seal(db: Session, actor: Actor, incident: Incident, broadcast: Broadcast, recipients: Sequence[Placed]) -> bytes:
    """32 bytes over the texts, who gets them on which number, and whose sender they leave from. Any change is another seal."""
    agency = db.get_one(Agency, actor.agency_id)
    people = sorted(
        (str(one.worker.id), str(one.phone_id), wording.language_in(broadcast.bodies, one.worker.language))
        for one in recipients
    )
    used = sorted({language for _id, _phone, language in people})
    facts = {
        "bodies": {language: broadcast.bodies.get(language, "") for language in used},
        "people": people,
        "sender": [agency.gateway, agency.sender or "", agency.twilio_messaging_service_sid],
        "kind": [broadcast.purpose, broadcast.valid_seconds, incident.code, broadcast.sequence, incident.is_exercise],
    }
    return hashlib.sha256(json.dumps(facts, sort_keys=True, ensure_ascii=False).encode()).digest()


def text_of(
    language: str, body: str, people: int, mark: str, must: Sequence[str] = (), missing: Sequence[str] = ()
) -> LanguageText:
    """One language, counted and read over for what carriers and purses mind."""
    name, direction = wording.LANGUAGES.get(language, (language, "ltr"))
    leaving = wording.stamped(body, mark)
    cost = segments.count(leaving)
    return LanguageText(
        language=language, name=name, direction=direction, people=people, body=body, stamped=leaving, parts=cost.parts, units=cost.units,
        room=cost.parts * cost.per_part or cost.per_part, encoding=cost.encoding, problems=[*missing, *_problems(body, leaving, cost)], must=[mark, *must], blocks=_blocks(body, cost),
    )  # fmt: skip


def _texts(broadcast: Broadcast, recipients: Sequence[Placed], mark: str) -> list[LanguageText]:
    people: dict[str, int] = {}
    for one in recipients:
        language = wording.language_in(broadcast.bodies, one.worker.language)
        people[language] = people.get(language, 0) + 1
    if not people:
        people["en"] = 0
    facts = broadcast.audience.get("facts") or {}
    phone, asks_phone = (
        str(facts.get("embassy_phone") or ""),
        broadcast.template in {"evacuate", "stay_put", "correction"},
    )
    missing = [_("No embassy phone is known, so it names none. Fill it in")] if asks_phone and not phone else []
    ordered = sorted(people.items(), key=lambda one: (-one[1], one[0]))
    bodies = {language: str(broadcast.bodies.get(language, "")) for language, _number in ordered}
    return [
        text_of(language, bodies[language], number, mark, [phone] if phone else [], missing)
        for language, number in ordered
    ]


def _odd(recipients: Sequence[Placed]) -> list[str]:
    """Whose numbers look wrong."""
    odd = [one.worker.full_name for one in recipients if one.is_odd]
    if not odd:
        return []
    names = ", ".join(odd[:NAMED]) + (" " + _("and %(num)s more", num=len(odd) - NAMED) if len(odd) > NAMED else "")
    return [_("These numbers are not valid in any network; a text is tried all the same: %(names)s.", names=names)]


def _blocks(body: str, cost: segments.Segments) -> list[str]:
    """What keeps a text from leaving: too long, a gap that nothing fills, or it asks for a word on which carriers act."""
    found = [*segments.reserved(body), *segments.unfilled(body, allowed=("stamp",))]
    if len(body) > wording.LONGEST_BODY:
        more = len(body) - wording.LONGEST_BODY
        found.append(_("It has %(count)s characters, that is %(parts)s parts. The limit is %(limit)s: take away %(more)s.", count=len(body), parts=cost.parts, limit=wording.LONGEST_BODY, more=more))  # fmt: skip
    return found


def _problems(body: str, leaving: str, cost: segments.Segments) -> list[str]:
    found = segments.lint(leaving, most_parts=MOST_PARTS)
    if not body.strip():
        return [_("There is no text in this language yet.")]
    single = 160 if cost.encoding == "GSM-7" else 70
    over = cost.units - (single if cost.parts == 2 else (cost.parts - 1) * cost.per_part)
    if cost.parts > 1 and over <= 12:
        fewer = _n("%(num)d part", "%(num)d parts", cost.parts - 1)
        found.append(_n("%(num)d character fewer: %(parts)s", "%(num)d characters fewer: %(parts)s", over, parts=fewer))
    elif cost.parts > 1:
        found.append(_("%(num)s characters to a part", num=cost.per_part))
    if "1" not in body or "2" not in body:
        found.append(_("It does not ask for 1 or 2"))
    return found


def _split(text: str, word: str) -> list[tuple[str, bool]]:
    before, found, after = text.partition(word)
    if not found:
        return [(text, False)]
    return [piece for piece in ((before, False), (found, True), *_split(after, word)) if piece[0]]


def _set(wanted: dict[str, object], key: str) -> set[str]:
    found = wanted.get(key)
    return {str(one) for one in found} if isinstance(found, list) else set()
