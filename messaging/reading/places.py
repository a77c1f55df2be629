"""The place a text names, in the order of how much we may trust it: link, numbers, Plus Code, known site, town."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from locator import gazetteer
from locator.geodesy import Point, distance_km
from locator.outlines import distance_to_country_km
from messaging.reading import coordinates, pluscodes
from messaging.reading.folding import fold
from messaging.reading.signs import Signs
from messaging.reading.vocabulary import vocabulary
from workforce import countries

FAR_KM = 300.0
_TWO_PLACES_KM = 50.0
_LONGEST_NAME = 4
_SHORTEST_SITE = 4
_SITE_PRECISION_KM = 1.0
_EXACT = 100.0
_GOOD_ELSEWHERE = _EXACT  # Outside the host country only an exact name counts.
_GOOD_IN_SENTENCE = 86.0
_BIG_ENOUGH_ABROAD = 15_000
_MOST_LOOKUPS = 4  # A look through all towns takes some milliseconds.
_SHORTEST_NAME = 3
_KINDS_OF_TOWN = frozenset(["city", "town"])
_NAME_BEGINNINGS = frozenset(
    [
        "san",
        "santa",
        "santo",
        "port",
        "fort",
        "al",
        "el",
        "as",
        "ash",
        "az",
        "ad",
        "an",
        "ar",
        "ras",
        "bani",
        "abu",
        "sidi",
        "umm",
        "bir",
        "wadi",
    ]
)


@dataclass(frozen=True, slots=True)
class Site:
    """A work or sleeping place we know, WGS 84 degrees."""

    name: str
    lat: float
    lon: float


@dataclass(frozen=True, slots=True)
class Place:
    """A point in WGS 84 degrees, how far off it may be in kilometres, its name if one was read, and how it was read."""

    lat: float
    lon: float
    precision_km: float
    name: str | None
    source: str


@dataclass(frozen=True, slots=True)
class Located:
    """What was read: a place or a link that hides one; `whole` if the text says nothing else."""

    place: Place | None
    needs_confirmation: bool
    whole: bool
    hidden_link: str | None = None


def locate(
    signs: Signs, country: str | None, sites: Sequence[Site], *, eager: bool, names: bool = True
) -> Located | None:
    """The place in a text, or None. `eager` looks through the whole text for a town: for somebody in danger.

    Without `names` no town is looked for: the text is too long to be about where somebody is.
    """
    found = coordinates.find(signs.original)
    exact = _from_pairs(found.pairs, country) or _from_plus_code(found.rest, country)
    if exact:
        place, doubtful = exact
        return Located(place, doubtful or _is_far(place, country), whole=True)
    for name in found.names:
        match = _town(name, country, sure=True)
        if match:
            return Located(match[0], match[1] or _is_far(match[0], country), whole=True)
    if found.hidden_link:
        return Located(None, needs_confirmation=True, whole=True, hidden_link=found.hidden_link)
    site = _site(signs, sites)
    if site:
        return Located(site[0], site[1], whole=_whole(signs, site[0].name or ""))
    return _named(signs, country, eager=eager) if names else None


def _is_far(place: Place, country: str | None) -> bool:
    return country is not None and _km_outside(place.lat, place.lon, country) > FAR_KM


def _km_outside(lat: float, lon: float, country: str) -> float:
    """How far a point lies outside a country, kilometres; 0 for a code without an outline, which nothing can be far from."""
    try:
        return distance_to_country_km(Point(lat, lon), country.upper())
    except LookupError:
        return 0.0


def _from_pairs(pairs: Sequence[coordinates.Pair], country: str | None) -> tuple[Place, bool] | None:
    """The first pair that can be a position; turned round if only that lies in or near the country."""
    for pair in pairs:
        straight = Place(pair.lat, pair.lon, pair.precision_km, None, "coordinates")
        if pair.sure:
            return straight, False
        turned = Place(pair.lon, pair.lat, pair.precision_km, None, "coordinates") if abs(pair.lon) <= 90 else None
        if country is None:
            if pair.trusted:
                return straight, False
            continue
        near = _km_outside(straight.lat, straight.lon, country) <= FAR_KM
        turned_near = turned is not None and _km_outside(turned.lat, turned.lon, country) <= FAR_KM
        if near:
            two = turned_near and turned is not None and _apart(straight, turned) > _TWO_PLACES_KM
            return straight, two
        if turned_near and turned is not None:
            return turned, False
        if pair.trusted:
            return straight, True
    return None


def _apart(a: Place, b: Place) -> float:
    return distance_km(Point(a.lat, a.lon), Point(b.lat, b.lon))


def _from_plus_code(text: str, country: str | None) -> tuple[Place, bool] | None:
    code = pluscodes.find(text)
    if not code:
        return None
    written, around = code
    if pluscodes.is_full(written):
        area = pluscodes.decode(written)
        return Place(area.lat, area.lon, area.precision_km, None, "plus code"), False
    # A short code counts from the town written beside it; without one it could be anywhere.
    town = _town_in(around, country)
    if not town:
        return None
    area = pluscodes.recover(written, town[0].lat, town[0].lon)
    return Place(area.lat, area.lon, area.precision_km, town[0].name, "plus code"), town[1]


def _town_in(text: str, country: str | None) -> tuple[Place, bool] | None:
    words = fold(text).raw
    for size in range(min(_LONGEST_NAME, len(words)), 0, -1):
        for start in range(len(words) - size + 1):
            match = _town(" ".join(words[start : start + size]), country, sure=True)
            if match:
                return match
    return None


@lru_cache(maxsize=2048)
def _site_words(name: str) -> tuple[str, ...]:
    return fold(name).words


def _site(signs: Signs, sites: Sequence[Site]) -> tuple[Place, bool] | None:
    """The known site whose name stands in the text; two of the same name far apart need asking."""
    words = signs.text.words
    hits: list[tuple[int, Site]] = []
    for site in sites:
        name = _site_words(site.name)
        if sum(map(len, name)) < _SHORTEST_SITE or len(name) > len(words):
            continue
        if any(words[at : at + len(name)] == name for at in range(len(words) - len(name) + 1)):
            hits.append((len(name), site))
    if not hits:
        return None
    longest = max(length for length, _ in hits)
    best = [Place(s.lat, s.lon, _SITE_PRECISION_KM, s.name, "site") for length, s in hits if length == longest]
    return best[0], any(_apart(best[0], other) > _TWO_PLACES_KM for other in best[1:])


def _whole(signs: Signs, name: str) -> bool:
    """Whether the text is the name and words such as "we are at"."""
    inside = set(fold(name).words)
    for hit in signs.of("place_before", "place_after"):
        inside.update(signs.text.words[hit.start : hit.end])
    return all(word in inside or word in signs.words.fillers for word in signs.text.words)


def _named(signs: Signs, country: str | None, *, eager: bool) -> Located | None:
    """A town by name: the whole text, or what stands behind "we are in" or before "mein hoon"."""
    going = {hit.end for hit in signs.of("towards")}
    tried: set[str] = set()
    for start, end, whole in _candidates(signs):
        begins, stop = _trimmed(signs, start, end)
        if start in going or begins in going:
            continue
        while stop > begins and len(tried) < _MOST_LOOKUPS:
            name = " ".join(signs.text.raw[begins:stop])
            stop -= 1
            if len(name) < _SHORTEST_NAME or name in tried:
                continue
            tried.add(name)
            # Behind a bare "safe" stand people's names as often as a town's: "safe Ana Maria".
            match = _town(name, country, sure=whole, exact=whole and signs.safe is not None)
            if match:
                far = _is_far(match[0], country)
                rest = signs.text.raw[stop + 1 : end]
                return Located(match[0], match[1] or far, whole and _country_words(country).issuperset(rest))
    return _spotted(signs, country) if eager else None


@lru_cache(maxsize=256)
def _country_words(country: str | None) -> frozenset[str]:
    """The words of a country's name as workers write it, which may stand behind a town's: "Tripoli, Libya"."""
    if not country:
        return _KINDS_OF_TOWN
    return _KINDS_OF_TOWN | frozenset(
        word for language in vocabulary().languages for word in fold(countries.name(country.upper(), language)).raw
    )


def _trimmed(signs: Signs, start: int, end: int) -> tuple[int, int]:
    """A span without the words of ours around the name in it: "the Sirte camp with" is "Sirte".

    A word of ours is no town, even where one is called so: Salamá, Bayawan's old name Tolong.
    """
    while start < end and _ordinary(signs, start):
        start += 1
    stop = start
    while stop < end and not _ordinary(signs, stop):
        stop += 1
    return start, stop


def _ordinary(signs: Signs, at: int) -> bool:
    word, raw = signs.text.words[at], signs.text.raw[at]
    if raw in _NAME_BEGINNINGS or (raw != word and gazetteer.is_of_a_city(raw)):
        return False  # "Amman" is no "aman".
    return word in signs.words.known or word in signs.words.fillers or word.isdigit()


def _candidates(signs: Signs) -> list[tuple[int, int, bool]]:
    """Where a name may stand: first word, one past the last, and whether the text says nothing else."""
    size = len(signs.text.words)
    covered = {at for hit in signs.of("place_before") for at in range(hit.start, hit.end)}
    open_words = [at for at in range(size) if at not in covered and signs.text.words[at] not in signs.words.fillers]
    out: list[tuple[int, int, bool]] = []
    if open_words and open_words[-1] - open_words[0] < _LONGEST_NAME:
        out.append((_with_article(signs, open_words[0]), open_words[-1] + 1, True))
    before = sorted(signs.of("place_before"), key=lambda hit: (hit.start - hit.end, hit.start))
    out += [
        (hit.end, min(size, hit.end + _LONGEST_NAME), False)
        for hit in before
        if _same_clause(signs, hit.start, hit.end)
    ]
    out += [(max(0, hit.start - 2), hit.start, False) for hit in signs.of("place_after")]
    return out


def _with_article(signs: Signs, at: int) -> int:
    return at - 1 if at and signs.text.raw[at - 1] in _NAME_BEGINNINGS else at


def _same_clause(signs: Signs, start: int, end: int) -> bool:
    return end < len(signs.text.words) and signs.text.sentence[start] == signs.text.sentence[end]


def _spotted(signs: Signs, country: str | None) -> Located | None:
    """For a cry for help: any town of the host country named anywhere in the text."""
    if not country:
        return None
    going = {hit.end for hit in signs.of("towards")}
    words = [
        word
        for at, (word, plain) in enumerate(zip(signs.text.raw, signs.text.words, strict=True))
        if plain not in signs.words.known and plain not in signs.words.fillers and at not in going
    ]
    matches = gazetteer.spot(" ".join(words[:60]), country.upper()) if words else []
    if not matches:
        return None
    place = _place(matches[0])
    return Located(place, gazetteer.ambiguous(matches), whole=False)


@lru_cache(maxsize=1024)
def _town(name: str, country: str | None, *, sure: bool, exact: bool = False) -> tuple[Place, bool] | None:
    """The town a name means, and whether it could be another. Abroad only an exact name of a real town counts.

    `exact` asks for the very name, in the host country if one is known.
    """
    wanted = country.upper() if country else None
    matches = gazetteer.find(name, wanted)
    if not matches:
        return None
    best = matches[0]
    if exact and (best.score < _EXACT or wanted not in {None, best.country}):
        return None
    if best.country != wanted:
        if best.score < _GOOD_ELSEWHERE or (best.population < _BIG_ENOUGH_ABROAD and not sure):
            return None
    elif best.score < _GOOD_IN_SENTENCE and not sure:
        return None
    return _place(best), gazetteer.ambiguous(matches) or (wanted is None and _elsewhere_too(matches))


def _elsewhere_too(matches: Sequence[gazetteer.Match]) -> bool:
    """Without a country to expect it in: another real town of that name, unless a city dwarfs it."""
    best = matches[0]
    return any(
        other.score >= best.score
        and other.population * 10 > best.population
        and distance_km(Point(best.lat, best.lon), Point(other.lat, other.lon)) > _TWO_PLACES_KM
        for other in matches[1:]
    )


def _place(match: gazetteer.Match) -> Place:
    return Place(match.lat, match.lon, match.precision_km, match.name, "name")
