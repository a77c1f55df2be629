"""Towns that are called like a cry for help, or like "safe": Bomba in Libya, Tolon in Ghana, Marawi in the Philippines, Amman.

A missed cry is worse than a false one, so the word stays a cry wherever it may be one: in the sender's own language it yields only
to a town of the host country that is plainly meant as one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from locator import gazetteer

if TYPE_CHECKING:
    from messaging.reading.signs import Signs
    from messaging.reading.vocabulary import Hit

_EXACT = 100.0
_SHORTEST_MARK = 2  # Letters: "i" and "a" stand before a place in one language and anywhere in the next.


def is_a_town(seen: Signs, hit: Hit) -> bool:
    """Whether a danger word is the name of a town here: "I am in Bomba", "LOC Bomba", a lone "Tolon" from somebody who speaks Hindi.

    English is often only what we took for somebody's language: a lone word of another one stays a cry, but for a town of the
    host country.
    """
    if hit.end - hit.start != 1:
        return False
    raw = seen.text.raw[hit.start]
    foreign = seen.given is not None and hit.language not in {seen.given, "en"}
    if _stands_as_a_place(seen, hit):
        return (foreign and _exists(raw)) or _is_in_host_country(seen, raw)
    if not foreign or not _is_alone(seen, hit):
        return False
    return _is_in_host_country(seen, raw) or (seen.given != "en" and _exists(raw))


def holds_a_town(seen: Signs, hit: Hit) -> bool:
    """Whether a word of a safe phrase is a town: letter by letter where ours has fewer of them, or as in `is_a_town`."""
    words = zip(seen.text.raw[hit.start : hit.end], seen.text.words[hit.start : hit.end], strict=True)
    return any(raw != word and gazetteer.is_of_a_city(raw) for raw, word in words) or is_a_town(seen, hit)


def is_rather_a_town(seen: Signs, hit: Hit) -> bool:
    """Whether a word that is only a letter away from danger is a town, letter by letter, and all there is: "Marawi"."""
    raw = seen.text.raw[hit.start]
    return gazetteer.is_of_a_city(raw) or (_is_alone(seen, hit) and _exists(raw)) or is_a_town(seen, hit)


def _is_alone(seen: Signs, hit: Hit) -> bool:
    return all(word in seen.words.fillers or hit.start <= at < hit.end for at, word in enumerate(seen.text.words))


def _stands_as_a_place(seen: Signs, hit: Hit) -> bool:
    marks = {mark.end for mark in seen.of("command LOC") if not mark.start}
    marks |= {
        mark.end
        for mark in seen.of("place_before")
        if mark.language in {"en", seen.given} and len(seen.text.words[mark.end - 1]) >= _SHORTEST_MARK
    }
    return hit.start in marks


def _exists(raw: str) -> bool:
    found = gazetteer.find(raw, None, limit=1)
    return bool(found) and found[0].score >= _EXACT


def _is_in_host_country(seen: Signs, raw: str) -> bool:
    if not seen.country:
        return False
    found = gazetteer.find(raw, seen.country.upper(), limit=1)
    return bool(found) and found[0].score >= _EXACT and found[0].country == seen.country.upper()
