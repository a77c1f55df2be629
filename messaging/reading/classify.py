"""What an inbound text is, decided in the order that keeps people alive: danger before everything but a reserved word.

Reserved word → danger, in any language → answer to a numbered question → what sounds like danger → SAFE, never fuzzy → place →
command → free.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

from messaging.reading import asking, commands, coordinates
from messaging.reading.folding import fold
from messaging.reading.places import Located, Place, Site, locate
from messaging.reading.signs import Signs, signs

__all__ = ["Place", "Reading", "Site", "read"]

Label = Literal["help", "safe", "answer", "place", "stop", "start", "command", "free"]
Status = Literal["HELP", "SAFE", "MOVING", "STAYING"]
Question = Literal["none", "safety"]

_LONGEST_SENTENCE = 12  # Words of a text about where somebody is.
_SAFE_DIGIT, _HELP_DIGIT = "1", "2"
_MEASURES = frozenset(["km", "kms", "kilometer", "kilometers", "kilo", "k", "m", "meter", "mile", "miles", "hour", "hours", "hr", "day", "days", "min", "minutes", "more", "st", "of", "from", "person"])  # fmt: skip


@dataclass(frozen=True, slots=True)
class Reading:
    """How a text is understood. `status` is what it would do to the board, None for nothing.

    `argument` is what stands behind a command as typed; for an answer its digit; for a map link that hides its place
    the link, with label "place" and no place: ask for coordinates.
    """

    label: Label
    status: Status | None = None
    language: str | None = None
    place: Place | None = None
    needs_confirmation: bool = False
    command: str | None = None
    argument: str | None = None

    def as_json(self) -> dict[str, Any]:
        """The reading as plain values; a place as {lat, lon, precision_km, name}."""
        out = asdict(self)
        if self.place:
            out["place"] = {name: getattr(self.place, name) for name in ("lat", "lon", "precision_km", "name")}
        return out


def read(
    text: str,
    *,
    language: str | None = None,
    country: str | None = None,
    question: Question = "none",
    sites: Sequence[Site] = (),
) -> Reading:
    """How an inbound text is understood. Never raises for any text; 2,000 characters are read.

    `language` is the sender's, if known; `country` the host country (alpha-2), where places are looked for first;
    `question` "safety" while "1 safe, 2 need help" is open; `sites` the known sites that may be named.
    """
    seen = signs(text, language, country)
    for step in (_reserved, _danger, _answer, _cry, _safe, _command_first, _place, _command):
        reading = step(seen, country, question, sites)
        if reading:
            return reading
    return _free(seen, country, sites)


def _reserved(seen: Signs, _country: str | None, question: Question, _sites: Sequence[Site]) -> Reading | None:
    """A single word that carriers act on, letter by letter: "Stop shooting" is none."""
    words = seen.words
    stop = words.whole_text("stop", seen.text, seen.given)
    if stop:
        return Reading("stop", language=stop)
    start = words.whole_text("start", seen.text, seen.given)
    if start:
        return Reading("start", language=start)
    yes = words.whole_text("yes", seen.text, seen.given)
    if yes:
        # While we wait for a digit, "yes" is no answer to "safe or help?": ask again.
        return Reading("free" if question == "safety" else "start", language=yes)
    return None


def _danger(seen: Signs, country: str | None, _question: Question, sites: Sequence[Site]) -> Reading | None:
    hit = seen.danger or (None if seen.safe else seen.event)
    if not hit:
        return None
    located = locate(seen, country, sites, eager=True)
    first = seen.text.raw[0] if seen.text.raw else ""
    command = first.upper() if first in {"help", "sos"} else None
    return _with_place(Reading("help", "HELP", _language(seen, hit.language), command=command), located)


def _cry(seen: Signs, country: str | None, _question: Question, sites: Sequence[Site]) -> Reading | None:
    """A text that names no danger and sounds like one who is in it; never a command or just a place."""
    if not seen.cry or commands.find(seen) or not coordinates.find(seen.original).rest.strip():
        return None  # The words of an address on the internet are nobody's.
    located = locate(seen, country, sites, eager=False, names=len(seen.text.words) <= _LONGEST_SENTENCE)
    if located and located.whole:
        return None
    return _with_place(Reading("help", "HELP", seen.language), located)


def _language(seen: Signs, hit: str) -> str | None:
    """The language of the text; that of the word that decided, if the rest tells nothing."""
    return seen.language or hit


def _with_place(reading: Reading, located: Located | None) -> Reading:
    if not located:
        return reading
    return Reading(
        reading.label,
        reading.status,
        reading.language,
        located.place,
        located.needs_confirmation,
        reading.command,
        reading.argument if reading.argument is not None else located.hidden_link,
    )


def _answer(seen: Signs, country: str | None, question: Question, sites: Sequence[Site]) -> Reading | None:
    """A digit of any script, or its name while we have asked. Help may come with more words, "safe" only with "safe"."""
    words = seen.text.words
    if not words:
        return None
    at = _behind_its_name(seen)
    first = _digit(seen, words[at], named=question == "safety" and len(words) == at + 1)
    if first is None:
        return None
    alone = len(words) == at + 1
    if question == "none":
        return Reading("answer", language=seen.given, argument=first) if alone else None
    if first == _HELP_DIGIT:
        # "2 please sir" is a cry; "2, no problem" is none that we can be sure of.
        calmed = any(word not in seen.words.fillers for i, word in enumerate(words) if i > at and i in seen.put_aside)
        contradicted = not alone and (seen.of("safe", "weak") or calmed)
        return None if contradicted else Reading("answer", "HELP", seen.given or seen.language, argument=first)
    agrees = not seen.text.asked and not seen.shows_danger and (len(words) == 1 or _nothing_but_safe(seen, at))
    if not agrees:
        return _safe_at_a_place(seen, country, sites) if first == _SAFE_DIGIT and not seen.text.asked else None
    status: Status | None = "SAFE" if first == _SAFE_DIGIT else None
    return Reading("answer", status, seen.given or (None if alone else seen.language), argument=first)


def _behind_its_name(seen: Signs) -> int:
    """Where the digit stands behind "number", "my answer is", "no.": its place among the words; 0 if none does."""
    words = seen.text.words
    named = False
    for at, word in enumerate(words):
        digit = _digit(seen, word, named=True) if named else None
        if digit in {word, _HELP_DIGIT}:
            return at
        named = named or word in seen.words.before_digits
        if word not in seen.words.before_digits and word not in seen.words.fillers:
            break
    return 0


def _safe_at_a_place(seen: Signs, country: str | None, sites: Sequence[Site]) -> Reading | None:
    """The digit, and behind it a place by its name and nothing else: "1 at Misrata port", never "1 km from Misrata"."""
    typed = seen.original.split(maxsplit=1)[1:]
    rest = signs(typed[0], seen.given) if typed else None
    if rest is None or not rest.text.words or rest.text.words[0] in _MEASURES:
        return None
    found = read(typed[0], language=seen.given, country=country, sites=sites)
    if found.label != "place" or found.place is None or not found.place.name or found.needs_confirmation:
        return None
    named = rest.text.words[0] in fold(found.place.name).words
    if not named and not any(hit.start == 0 for hit in rest.of("place_before")):
        return None
    return Reading("answer", "SAFE", found.language or seen.given, found.place, argument=_SAFE_DIGIT)


def _digit(seen: Signs, word: str, *, named: bool) -> str | None:
    if len(word) == 1 and word.isascii() and word.isdigit():
        return word
    if len(word) > 1 and set(word) == {_HELP_DIGIT}:
        return _HELP_DIGIT if named else None  # "222": a finger that shakes.
    if named:
        for language, names in seen.words.digits.items():
            if word in names and (language in {seen.given, "en"} or (seen.given is None and len(word) > 2)):
                return names[word]
    return None


def _nothing_but_safe(seen: Signs, digit: int) -> bool:
    """What stands behind the 1 is "safe", "ok" or a courtesy: "1 safe po", "1 thank you sir"; before it at most its name."""
    hits = seen.of("safe", "statement", "weak")
    if seen.text.asked or seen.of("not_before") or any(asking.about(seen, hit) for hit in hits):
        return False
    inside = {at for hit in hits for at in range(hit.start, hit.end)}
    return all(at in inside or word in seen.words.fillers for at, word in enumerate(seen.text.words) if at > digit)


def _safe(seen: Signs, country: str | None, question: Question, sites: Sequence[Site]) -> Reading | None:
    hit = seen.safe
    if hit:
        typed = seen.original.strip()[len("safe") :].strip()
        names = commands.safe_names(seen.text, typed)
        if names is not None and question == "safety" and names.strip() == _HELP_DIGIT:
            return None  # "SAFE 2": safe, or need help? Ask again.
        reading = Reading("safe", "SAFE", _language(seen, hit.language), command=names and "SAFE", argument=names)
        return _with_place(reading, locate(seen, country, sites, eager=False))
    weak = seen.weakly_safe
    if not weak:
        return None
    if question == "safety":
        return Reading("safe", "SAFE", _language(seen, weak.language))
    return Reading("free", language=_language(seen, weak.language))


def _command_first(seen: Signs, country: str | None, _question: Question, sites: Sequence[Site]) -> Reading | None:
    """Commands that say how the sender is, with the place they name; LOC OFF, LOC DELETE and NEAR, which name none."""
    found = commands.find(seen)
    if not found or _only_asks(seen, found):
        return None
    if found.status:
        status: Status = "MOVING" if found.status == "MOVING" else "STAYING"
        reading = Reading("command", status, seen.language, command=found.name, argument=found.argument)
        return _with_place(reading, locate(seen, country, sites, eager=False))
    if found.name != "LOC" or found.argument in {"", "OFF", "DELETE"}:
        return Reading("command", None, seen.language, command=found.name, argument=found.argument)
    return None


def _place(seen: Signs, country: str | None, _question: Question, sites: Sequence[Site]) -> Reading | None:
    """The text is a place and nothing else, or begins with LOC and names one."""
    if seen.movement or (seen.text.asked and not _has_numbers(seen)):
        return None
    found = commands.find(seen)
    short = len(seen.text.words) <= _LONGEST_SENTENCE
    located = locate(seen, country, sites, eager=found is not None, names=short)
    if not located or not (located.whole or found or seen.of("place_before", "place_after")):
        return None
    if seen.nearly_safe and located.needs_confirmation:
        return None  # "Same" is rather SAFE with a slip than a town far off: a person asks.
    reading = Reading(
        "place", None, seen.language, command=found.name if found else None, argument=found.argument if found else None
    )
    return _with_place(reading, located)


def _has_numbers(seen: Signs) -> bool:
    return any(char.isdigit() for char in seen.text.plain)


def _command(seen: Signs, _country: str | None, _question: Question, _sites: Sequence[Site]) -> Reading | None:
    found = commands.find(seen)
    if not found or _only_asks(seen, found):
        return None
    return Reading("command", None, seen.language, command=found.name, argument=found.argument)


def _only_asks(seen: Signs, found: commands.Command) -> bool:
    """Whether MOVING or STAY is a question: "stay?" tells nothing of the sender."""
    return bool(found.status) and 0 in seen.text.asked


def _free(seen: Signs, country: str | None, sites: Sequence[Site]) -> Reading:
    """A person's own words, for a person to read; with MOVING or STAYING where they plainly say so."""
    status: Status | None = None
    if seen.movement:
        status = "MOVING" if seen.movement == "MOVING" else "STAYING"
    reading = Reading("free", status, seen.language)
    if status:
        return _with_place(reading, locate(seen, country, sites, eager=False))
    return reading
