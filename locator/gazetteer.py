"""From the name of a town to a point, and from a point to the nearest town.

Towns are GeoNames' (CC BY 4.0) and those of the starter list; data/README.md says which and from when.
"""

from __future__ import annotations

import csv
import gzip
import math
from functools import cache, lru_cache
from importlib import resources
from itertools import pairwise
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from rapidfuzz import fuzz, process

from locator.folding import fold, without_article
from locator.geodesy import Point, distance_km
from locator.nearest import NearestIndex

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

_EXACT, _NO_ARTICLE = 100.0, 97.0
_HOST_BONUS = 10.0  # A slip in the host country's town beats the exact name of a hamlet elsewhere.
_SLIP_CUTOFF = 82.0
_SLIP_CUTOFF_ABROAD = 88.0
_SLIP_CUTOFF_IN_TEXT = 86.0
_SHORTEST_SLIP = 4  # Three letters with one wrong are anything.
_SHORTEST_IN_TEXT = 4
_SHORTEST_SLIP_IN_TEXT = 5
_LONGEST_NAME_WORDS = 4
_BIG_CITY = 300_000
_SAME_TOWN_KM = 20.0
_TWO_PLACES_KM = 30.0
_TOWN_KINDS = frozenset({"seaport", "border"})


class Town(NamedTuple):
    """A town: display name, ISO alpha-2 country, WGS 84 degrees, people, zoneinfo key, folded spellings."""

    name: str
    country: str
    lat: float
    lon: float
    population: int
    zone: str
    keys: tuple[str, ...]

    @property
    def point(self) -> Point:
        return Point(self.lat, self.lon)

    @property
    def precision_km(self) -> float:
        """How far from its point somebody "in" the town may be: it grows with the root of its people."""
        return float(round(min(25.0, max(3.0, 0.012 * math.sqrt(self.population)))))


class Match(NamedTuple):
    """A town that a name may mean; `score` is how well the spelling fits, 100 exactly."""

    name: str
    country: str
    lat: float
    lon: float
    precision_km: float
    score: float
    zone: str
    population: int


def find(text: str, country: str | None = None, limit: int = 5) -> list[Match]:
    """Towns that `text`, a name and nothing else, may mean; the likeliest first.

    Case, accents, quotes, articles and the Arabic letters that writers interchange do not matter; slips
    are forgiven from four letters on. `country` (alpha-2) is where we expect it: its towns come first.
    """
    key = fold(text)
    found: dict[Town, float] = {}
    if country:
        _note(found, _exact_in(country, key))
        if not found:
            _note(found, _slips(key, _spellings(country), _SLIP_CUTOFF))
    _note(found, _exact_abroad(key, country))
    if not found:
        _note(found, _slips(key, _big_cities(), _SLIP_CUTOFF_ABROAD))
    ranked = sorted(found, key=lambda town: (-_rank(town, found[town], country), town.country, town.name))
    return [_match(town, found[town]) for town in ranked[:limit]]


def spot(text: str, country: str, limit: int = 3) -> list[Match]:
    """Towns of `country` named somewhere in a sentence, the longest name first.

    Stricter than `find`: words of three letters and far-fetched slips are left alone, because most
    words of a text are no place. Example: "nasa Ras Lanuf po kami" gives Ras Lanuf.
    """
    words = fold(text).split()
    if len(words) == 1:
        return [match for match in find(words[0], country, limit) if match.country == country]
    found: dict[Town, float] = {}
    spellings = _spellings(country)
    taken: set[int] = set()
    for size in range(min(_LONGEST_NAME_WORDS, len(words)), 0, -1):
        for start in range(len(words) - size + 1):
            span = set(range(start, start + size))
            phrase = " ".join(words[start : start + size])
            if span & taken or len(phrase) < _SHORTEST_IN_TEXT:
                continue
            hits = _exact_in(country, phrase)
            if hits:
                taken |= span
                _note(found, hits)
    if not found:
        for word in [*words, *(" ".join(pair) for pair in pairwise(words))]:
            if len(word) >= _SHORTEST_SLIP_IN_TEXT:
                near = _slips(word, spellings, _SLIP_CUTOFF_IN_TEXT)
                # People slip inside a word; another first letter is usually another word.
                _note(found, [(town, score) for town, score in near if any(k[0] == word[0] for k in town.keys)])
    ranked = sorted(found, key=lambda town: (-_rank(town, found[town], country), town.name))
    return [_match(town, found[town]) for town in ranked[:limit]]


def is_of_a_city(word: str) -> bool:
    """Whether this word, letter by letter, stands in one of the names of a larger city anywhere: "Lumpur"."""
    return fold(word) in _city_words()


def ambiguous(matches: list[Match]) -> bool:
    """True when the best two fit equally well in one country and are not the same place: ask which."""
    if len(matches) < 2:
        return False
    first, second = matches[:2]
    if first.country != second.country or first.score > second.score:
        return False
    # A city with ten times the people is what anybody means.
    if first.population > 10 * max(second.population, 1):
        return False
    return distance_km(Point(first.lat, first.lon), Point(second.lat, second.lon)) > _TWO_PLACES_KM


def nearest_town(point: Point) -> tuple[str, float]:
    """Name of the town nearest to `point`, and the way there in kilometres: "5 km from Ras Lanuf"."""
    town, km = nearest(point)
    return town.name, km


def nearest(point: Point) -> tuple[Town, float]:
    """The town nearest to `point`, in whatever country, and its distance in kilometres."""
    found = _index().nearest(point, 1)[0]
    starts = _columns()[0]
    if found.id >= len(starts):
        return _missing_towns()[found.id - len(starts)], found.distance_km
    start = int(starts[found.id])
    return _renamed(_town(_lines()[start : _lines().find(b"\n", start)])), found.distance_km


def towns(country: str) -> tuple[Town, ...]:
    """The towns of a country, the biggest first; those that only the starter list has at the end."""
    return (*_known_towns(country), *(town for town in _missing_towns() if town.country == country))


def _rank(town: Town, score: float, country: str | None) -> float:
    return score + (_HOST_BONUS if town.country == country else 0.0) + math.log10(town.population + 1)


def _match(town: Town, score: float) -> Match:
    return Match(
        town.name, town.country, town.lat, town.lon, town.precision_km, round(score, 1), town.zone, town.population
    )


def _note(found: dict[Town, float], hits: list[tuple[Town, float]]) -> None:
    for town, score in hits:
        found[town] = max(score, found.get(town, 0.0))


def _exact_in(country: str, key: str) -> list[tuple[Town, float]]:
    spellings = _spellings(country)
    if key in spellings:
        return [(town, _EXACT) for town in spellings[key]]
    return [(town, _NO_ARTICLE) for town in spellings.get(without_article(key), ())]


def _exact_abroad(key: str, home: str | None) -> list[tuple[Town, float]]:
    """Every line outside `home` that holds the key. Looking through 6 MB takes a few milliseconds and no index."""
    if not key:
        return []
    blob, needle = _lines(), f"|{key}|".encode()
    hits: list[tuple[Town, float]] = []
    at = blob.find(needle)
    while at >= 0:
        start, end = blob.rfind(b"\n", 0, at) + 1, blob.find(b"\n", at)
        town = _renamed(_town(blob[start:end]))
        if town.country != home:
            hits.append((town, _EXACT))
        at = blob.find(needle, end)
    return hits + [(town, _EXACT) for town in _missing_towns() if key in town.keys and town.country != home]


def _slips(key: str, spellings: dict[str, list[Town]], cutoff: float) -> list[tuple[Town, float]]:
    if len(key) < _SHORTEST_SLIP:
        return []
    near = process.extract(key, spellings.keys(), scorer=fuzz.ratio, score_cutoff=cutoff, limit=5)
    return [(town, float(score)) for spelt, score, _ in near for town in spellings[spelt]]


@cache
def _lines() -> bytes:
    packed = (resources.files("locator") / "data" / "cities.tsv.gz").read_bytes()
    return b"\n" + gzip.decompress(packed)


def _town(line: bytes) -> Town:
    country, name, lat, lon, people, zone, _, keys = line.decode().split("\t")
    return Town(name, country, float(lat), float(lon), int(people), zone, tuple(keys.strip("|").split("|")))


@cache
def _starter_towns() -> tuple[Town, ...]:
    """Ports and crossings of the starter list whose town GeoNames is too coarse to hold, under the name people use."""
    text = (resources.files("locator") / "data" / "starter_places.csv").read_text(encoding="utf-8")
    rows = [row for row in csv.DictReader(text.splitlines()) if row["kind"] in _TOWN_KINDS and row["city"]]
    made: dict[tuple[str, str], Town] = {}
    for row in rows:
        key = fold(row["city"])
        keys = tuple(dict.fromkeys((key, without_article(key), key.replace(" ", ""))))
        town = Town(row["city"], row["country"], float(row["lat"]), float(row["lon"]), 0, "", keys)
        made.setdefault((row["country"], key), town)
    return tuple(made.values())


def _renamed(town: Town) -> Town:
    """The town under the name our own list uses, if it is the same one: "Brega" says more than "Al Burayqah"."""
    for ours in _starter_towns():
        if ours.country == town.country and ours.keys[0] in town.keys:
            near = abs(ours.lat - town.lat) + abs(ours.lon - town.lon) < _SAME_TOWN_KM / 60
            return town._replace(name=ours.name) if near else town
    return town


@cache
def _missing_towns() -> tuple[Town, ...]:
    """The starter list's towns that GeoNames has not got."""
    missing: list[Town] = []
    for town in _starter_towns():
        known = _known_towns(town.country)
        if town.name not in {other.name for other in known}:
            missing.append(town._replace(zone=known[0].zone if known else ""))
    return tuple(missing)


@lru_cache(maxsize=24)
def _known_towns(country: str) -> tuple[Town, ...]:
    blob, mark = _lines(), f"\n{country}\t".encode()
    start = blob.find(mark)
    if start < 0:
        return ()
    end = blob.find(b"\n", blob.rfind(mark) + 1)
    return tuple(_renamed(_town(line)) for line in blob[start + 1 : end].split(b"\n"))


@lru_cache(maxsize=24)
def _spellings(country: str) -> dict[str, list[Town]]:
    return _by_spelling(towns(country))


@cache
def _big_cities() -> dict[str, list[Town]]:
    blob = _lines()
    starts, people = _columns()[0], _columns()[3]
    big = [_town(blob[int(at) : blob.find(b"\n", int(at))]) for at in starts[people >= _BIG_CITY]]
    return _by_spelling(big)


@cache
def _city_words() -> frozenset[str]:
    return frozenset(word for name in _big_cities() for word in name.split())


def _by_spelling(some: Sequence[Town]) -> dict[str, list[Town]]:
    found: dict[str, list[Town]] = {}
    for town in some:
        for key in town.keys:
            found.setdefault(key, []).append(town)
    return found


@cache
def _columns() -> tuple[npt.NDArray[Any], ...]:
    """Where each line starts, and its latitude, longitude and people; the names stay in the text until asked for."""
    lines = _lines()[1:-1].split(b"\n")
    ends = np.cumsum([len(line) + 1 for line in lines])
    fields = [line.split(b"\t", 5)[2:5] for line in lines]
    lats, lons, people = np.array(fields, dtype=np.float64).T
    return np.concatenate(([1], 1 + ends[:-1])), lats, lons, people


@cache
def _index() -> NearestIndex[int]:
    """All towns by line number; the starter list's own follow after the last line."""
    _, lats, lons, _ = _columns()
    extra = _missing_towns()
    every_lat = np.concatenate([lats, [town.lat for town in extra]])
    every_lon = np.concatenate([lons, [town.lon for town in extra]])
    return NearestIndex(range(len(every_lat)), every_lat, every_lon)
