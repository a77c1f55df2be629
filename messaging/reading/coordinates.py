"""Coordinates in a text: geo: addresses, map links and pairs of numbers as people and phones write them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import unquote

from messaging.reading.folding import digits

_NUMBER = r"[-+]?\d{1,3}(?:\.\d+)?"
_PAIR = rf"({_NUMBER})\s*(?:,|%2C|~)\s*\+?({_NUMBER})"
_LINK = re.compile(
    r"(?:https?://|geo:|(?:www\.|maps?\.|goo\.gl|g\.co|osm\.org|waze\.com|google\.[a-z.]+/maps))\S+", re.IGNORECASE
)
_LINK_SHAPES = tuple(
    re.compile(shape, re.IGNORECASE)
    for shape in (
        rf"!3d({_NUMBER})!4d({_NUMBER})",
        rf"[?&;](?:q|query|center|daddr|destination|coordinate|markers|marker|loc|saddr)=(?:loc:)?{_PAIR}",
        rf"[?&](?:ll|sll|cp|near|map)={_PAIR}",
        rf"[?&](?:to|from)=ll\.{_PAIR}",
        rf"[?&]mlat=({_NUMBER})&(?:amp;)?mlon=({_NUMBER})",
        rf"[?&]lat(?:itude)?=({_NUMBER})&(?:amp;)?(?:lon|lng|long|longitude)=({_NUMBER})",
        rf"#map=\d+(?:\.\d+)?/({_NUMBER})/({_NUMBER})",
        rf"/(?:search|place|dir|dir/|l)/{_PAIR}",
        rf"@{_PAIR}",
        rf"^geo:{_PAIR}",
    )
)
_BACKWARDS = re.compile(rf"yandex.*?[?&](?:ll|pt)={_PAIR}|!2d({_NUMBER})!3d({_NUMBER})", re.IGNORECASE)
_QUERY_NAME = re.compile(r"(?:[?&]q(?:uery)?=|/place/|/search/)([^&@/?#]+)", re.IGNORECASE)
_SHORT_LINK = re.compile(
    r"goo\.gl|maps\.app|g\.co/|maps\.apple/p|osm\.org/go|waze\.com/ul/h|bit\.ly|maps\.google\.[a-z.]+/?\?cid",
    re.IGNORECASE,
)

_HEMISPHERE = r"(?:north|south|east|west|[nsewNSEW])"
_DEGREES = r"[°ºd*]|deg(?:rees?)?"
_ANGLE = (
    rf"(?P<d{{0}}>[-+]?\d{{{{1,3}}}}(?:[.,]\d+)?)\s*(?:{_DEGREES})?"
    r"(?:\s*(?P<m{0}>\d{{1,2}}(?:[.,]\d+)?)\s*['′’m]?(?:\s*(?P<s{0}>\d{{1,2}}(?:[.,]\d+)?)\s*(?:[\"″”s]|'')?)?)?"
)
_ANGLE_1 = _ANGLE.format(1).replace("{{", "{").replace("}}", "}")
_ANGLE_2 = _ANGLE.format(2).replace("{{", "{").replace("}}", "}")
_AFTER = re.compile(
    rf"(?<![\d.,]){_ANGLE_1}\s*(?P<h1>{_HEMISPHERE})\b\s*[,;/]?\s*{_ANGLE_2}\s*(?P<h2>{_HEMISPHERE})\b", re.IGNORECASE
)
_BEFORE = re.compile(
    rf"\b(?P<h1>{_HEMISPHERE})\s*[:=]?\s*{_ANGLE_1}\s*[,;/]?\s*\b(?P<h2>{_HEMISPHERE})\s*[:=]?\s*{_ANGLE_2}(?!\d)",
    re.IGNORECASE,
)
_LABELLED = re.compile(
    r"\blat(?:itude|itud)?\s*[:=]?\s*(?P<lat>[-+]?\d{1,2}(?:[.,]\d+)?)°?\s*[,;&]?\s*"
    r"lo?ng?(?:itude|itud)?\s*[:=]?\s*(?P<lon>[-+]?\d{1,3}(?:[.,]\d+)?)",
    re.IGNORECASE,
)
_PLAIN = re.compile(r"(?<![\d.,:+])([-+]?\d{1,3}\.\d{1,12})°?\s*[,;/ ]\s*([-+]?\d{1,3}\.\d{1,12})°?(?![\d]|[.,]\d)")
_COMMA_DECIMALS = re.compile(r"(?<![\d.,:+])([-+]?\d{1,3},\d{2,12})\s*[;/, ]\s*([-+]?\d{1,3},\d{2,12})(?![\d]|[.,]\d)")
_SURE_DECIMALS = 3
_KM_PER_DEGREE = 111.2


@dataclass(frozen=True, slots=True)
class Pair:
    """Two numbers that may be a position. `sure` of the order: a link or a letter said which is which."""

    lat: float
    lon: float
    precision_km: float
    sure: bool
    trusted: bool  # Exact enough, or marked, to be a position and not two prices.


@dataclass(frozen=True, slots=True)
class Found:
    """What a text holds: pairs in the order of trust, names asked for in links, links that hide their place, the rest."""

    pairs: tuple[Pair, ...]
    names: tuple[str, ...]
    hidden_link: str | None
    rest: str


def find(text: str) -> Found:
    """Every pair and link in a text, and the text without them."""
    plain = digits(text).replace("٫", ".").replace("،", ",").replace("−", "-")
    links = [match[0].rstrip(".,;)") for match in _LINK.finditer(plain)]
    pairs: list[Pair] = []
    names: list[str] = []
    hidden = None
    for link in links:
        opened = unquote(link).replace("+", " ") if not link.lower().startswith("geo:") else unquote(link)
        pair = _in_link(opened)
        if pair:
            pairs.append(pair)
            continue
        name = _QUERY_NAME.search(opened)
        if name and any(char.isalpha() for char in name[1]):
            names.append(name[1])
        elif _SHORT_LINK.search(link):
            hidden = link
    rest = _LINK.sub(" ", plain)
    pairs.extend(_in_words(rest))
    return Found(tuple(pairs), tuple(names), hidden, rest)


def _in_link(link: str) -> Pair | None:
    backwards = _BACKWARDS.search(link)
    if backwards:
        lon, lat = [group for group in backwards.groups() if group][:2]
        return _pair(lat, lon, sure=True, trusted=True)
    for shape in _LINK_SHAPES:
        match = shape.search(link)
        if match:
            pair = _pair(match[1], match[2], sure=True, trusted=True)
            if pair:
                return pair
    return next(iter(_in_words(link)), None)


def _in_words(text: str) -> Iterator[Pair]:
    if not any(char.isdigit() for char in text):
        return
    for shape in (_AFTER, _BEFORE):
        for match in shape.finditer(text):
            pair = _from_angles(match)
            if pair:
                yield pair
                return
    for match in _LABELLED.finditer(text):
        pair = _pair(match["lat"].replace(",", "."), match["lon"].replace(",", "."), sure=True, trusted=True)
        if pair:
            yield pair
            return
    alone = not any(char.isalpha() for char in text)
    for shape in (_PLAIN, _COMMA_DECIMALS):
        for match in shape.finditer(text):
            first, second = match[1].replace(",", "."), match[2].replace(",", ".")
            exact = max(_decimals(first), _decimals(second)) >= _SURE_DECIMALS
            pair = _pair(first, second, sure=False, trusted=exact or alone)
            if pair:
                yield pair


def _from_angles(match: re.Match[str]) -> Pair | None:
    found: dict[str, tuple[float, float]] = {}
    for at in "12":
        letter = match[f"h{at}"][0].lower()
        value, step = _angle(match[f"d{at}"], match[f"m{at}"], match[f"s{at}"])
        axis = "lat" if letter in "ns" else "lon"
        found[axis] = (-abs(value) if letter in "sw" else value, step)
    if len(found) != 2:
        return None
    (lat, step), (lon, other) = found["lat"], found["lon"]
    if not _on_earth(lat, lon):
        return None
    return Pair(lat, lon, _precision(max(step, other)), sure=True, trusted=True)


def _angle(degrees: str, minutes: str | None, seconds: str | None) -> tuple[float, float]:
    """Degrees, and how big the last written step is in degrees."""
    whole = degrees.replace(",", ".")
    value, step = abs(float(whole)), 10.0 ** -_decimals(whole)
    for part, size in ((minutes, 60), (seconds, 3600)):
        if part:
            written = part.replace(",", ".")
            value += float(written) / size
            step = 10.0 ** -_decimals(written) / size
    return (-value if whole.startswith("-") else value), step


def _pair(lat: str, lon: str, *, sure: bool, trusted: bool) -> Pair | None:
    if not sure and abs(float(lat)) > 90:
        lat, lon, sure = lon, lat, True
    if not _on_earth(float(lat), float(lon)):
        return None
    step = 10.0 ** -min(_decimals(lat), _decimals(lon))
    return Pair(float(lat), float(lon), _precision(step), sure, trusted)


def _on_earth(lat: float, lon: float) -> bool:
    """A possible position; 0, 0 is what a phone without a fix sends."""
    return abs(lat) <= 90 and abs(lon) <= 180 and not (abs(lat) < 0.001 and abs(lon) < 0.001)


def _decimals(number: str) -> int:
    return len(number.partition(".")[2])


def _precision(step: float) -> float:
    return round(min(60.0, max(0.02, step * _KM_PER_DEGREE / 2)), 3)
