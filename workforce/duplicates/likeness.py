"""Whether two names may be one person's: order, spelling, script, initials and abbreviations set aside."""

import re
from collections.abc import Sequence
from functools import lru_cache
from itertools import pairwise
from typing import Literal, NamedTuple

from workforce.duplicates import sounds
from workforce.rosters.names import folded

Level = Literal["same", "spelt", "script", "initials", "part", "one", "partly", "other"]
LEVELS: tuple[Level, ...] = ("same", "spelt", "script", "initials", "part", "one", "partly", "other")
# So many people bear these that clerks leave them out: that one is missing says nothing, that both have it says little.
_LIGHT_TEXT = "mohammad maria mosammat sheikh abdul jr sr mr mrs shri sri kumari"
LIGHT = frozenset(_LIGHT_TEXT.split())
_JOINTS_TEXT = "de dela del della delos delas da dos di al el ul ur us bin binti bint binte bte ibn van von der y ud ad uddin eddine abd"
_JOINTS = frozenset(_JOINTS_TEXT.split())
_LEAST_SAME, _LEAST_TYPED = 0.6, 0.8
_SHORT = 4
_LONG = 6
_LAST_U = re.compile(r"[uw]h?a?d").search
_VOWELS = str.maketrans("ue", "oa")


class Part(NamedTuple):
    """One part of a name in Latin letters, its key of consonants, and whether it was written in another script."""

    text: str
    key: str
    is_foreign: bool


class Name(NamedTuple):
    """A name as it is compared: its telling parts, and all its words as they stood."""

    parts: tuple[Part, ...]
    words: tuple[str, ...]
    is_foreign: bool


@lru_cache(maxsize=65536)
def read(name: str) -> Name:
    """A name ready for comparing. "MAGSINO, Ma. Rodela" and "Maria Rodela Magsino" have the same parts."""
    spelt = sounds.latin(name)
    is_foreign = not name.isascii() and any(sign.isalpha() and ord(sign) > 0x36F and not 0x1E00 <= ord(sign) < 0x1F00 for sign in name)
    opened = spelt if is_foreign else folded(spelt)
    words = [_bare(word) for word in opened.split()]
    telling = [word for word in words if word not in _JOINTS] or words
    parts = tuple(Part(word, sounds.key(word), is_foreign) for word in telling if word)
    return Name(tuple(_light_opened(part) for part in parts), tuple(re.sub(r"\bde l(a|os|as)\b", r"del\1", spelt).split()), is_foreign)


def _bare(word: str) -> str:
    """Without the joints that grow on to a name: "nasiruddin" is "nasir", "abdurrahman" is "rahman"."""
    for joint in ("abdul", "abdur", "abdus", "abdel", "abder", "abdal"):
        if word.startswith(joint) and len(word) > len(joint) + 3 and not word.startswith("abdulla"):
            word = word.removeprefix(joint)
    for joint in ("uddin", "uddeen", "eddine", "eddin"):
        if word.endswith(joint) and len(word) > len(joint) + 2:
            word = word.removesuffix(joint)
    return word


def _light_opened(part: Part) -> Part:
    """"Mohammad" and "Maria" are known by their sound in every script."""
    if part.key == "mhmd":  # Mahmoud is another name, which only its last vowel tells.
        return Part("mahmud" if _LAST_U(part.text) else "mohammad", part.key, part.is_foreign)
    if part.is_foreign and part.key == "abd":
        return Part("abdul", part.key, part.is_foreign)
    return part


class Likeness(NamedTuple):
    """How two names stand to each other. `rank` sorts: the nearer, the lower."""

    level: Level
    matched: int

    @property
    def rank(self) -> tuple[int, int]:
        return LEVELS.index(self.level), -self.matched


def compare(one: Sequence[str], other: Sequence[str]) -> Likeness:
    """The nearest that any name of one person comes to any of the other's."""
    pairs = (_compare(read(mine), read(theirs)) for mine in one for theirs in other if mine and theirs)
    return min(pairs, key=lambda found: found.rank, default=Likeness("other", 0))


def _compare(one: Name, other: Name) -> Likeness:
    first, second = _joined(one, other), _joined(other, one)
    matched, left, right = _matched(first, second)
    heavy = [likeness for likeness, part in matched if part.text not in LIGHT]
    if not heavy:
        whole = bool(matched) and not left and not right
        return Likeness("same" if whole else "other", len(matched))
    if len(matched) == 1 and left and right:
        return Likeness("other", 1)
    if len(matched) == 1 and (left or right):
        only_light = all(part.text in LIGHT for part in (*left, *right)) and min(len(one.words), len(other.words)) > 1
        return Likeness("part" if only_light else "one", 1)
    if left and right and len(first) == len(second):  # One part stands where the other has another.
        return Likeness("partly" if len(matched) > 1 else "other", len(heavy))
    left = [part for part in left if part.text not in LIGHT]
    right = [part for part in right if part.text not in LIGHT]
    return Likeness(_level(heavy, matched, left, right, is_foreign=one.is_foreign != other.is_foreign), len(heavy))


def _level(heavy: list[float], matched: list[tuple[float, Part]], left: list[Part], right: list[Part], *, is_foreign: bool) -> Level:
    if left and right:
        return "partly" if len(heavy) > 1 and min(len(left), len(right)) == 1 else "other"
    if left or right:
        return "part" if len(matched) > 1 else "one"
    if is_foreign:
        return "script" if len(heavy) > 1 or len(matched) > 1 else "one"
    if any(likeness < _LEAST_TYPED for likeness in heavy):
        return "initials"
    return "same" if min(heavy) == 1.0 else "spelt"


def _matched(first: Sequence[Part], second: Sequence[Part]) -> tuple[list[tuple[float, Part]], list[Part], list[Part]]:
    """The best partner for each part, best pairs first, and what is left over on both sides."""
    pairs = sorted(
        ((likeness, i, j) for i, mine in enumerate(first) for j, theirs in enumerate(second) if (likeness := alike(mine, theirs)) >= _LEAST_SAME),
        key=lambda found: -found[0],
    )
    mine_left, theirs_left, matched = set(range(len(first))), set(range(len(second))), []
    for likeness, i, j in pairs:
        if i in mine_left and j in theirs_left:
            mine_left.discard(i)
            theirs_left.discard(j)
            matched.append((likeness, first[i]))
    return matched, [first[i] for i in sorted(mine_left)], [second[j] for j in sorted(theirs_left)]


def _joined(one: Name, other: Name) -> tuple[Part, ...]:
    """One's parts, with two words made one where the other writes them so: "Dela Cruz" beside "Delacruz"."""
    theirs = {part.key for part in other.parts if len(part.text) >= 6}
    parts = list(one.parts)
    for left, right in pairwise(one.words):
        key = sounds.key(left + right)
        if key in theirs and key not in {part.key for part in parts}:
            parts = [part for part in parts if part.text not in {left, right}] + [Part(left + right, key, one.is_foreign)]
    return tuple(parts)


@lru_cache(maxsize=262144)
def alike(one: Part, other: Part) -> float:
    """0 to 1: how much two parts are one name. Vowels count only where both were written in Latin letters."""
    if one.text == other.text:
        return 1.0
    if one.is_foreign or other.is_foreign:
        return _by_key(one, other)
    if len(one.text) == 1 or len(other.text) == 1:
        return 0.7 if one.text[0] == other.text[0] else 0.0
    if one.key[:1] != other.key[:1] or _sexes(one.text, other.text):
        return 0.0
    mine, theirs = sounds.spoken(one.text).replace("y", "i"), sounds.spoken(other.text).replace("y", "i")
    is_short = min(len(mine), len(theirs)) <= _SHORT
    if one.key == other.key and len(one.key) > 1:
        near = _near(mine, theirs) if is_short else _near(mine.translate(_VOWELS), theirs.translate(_VOWELS))
        return 0.92 if near >= (0.75 if is_short else 0.7) else 0.0
    return 0.85 if min(len(mine), len(theirs)) >= _LONG and _near(mine, theirs) >= _LEAST_TYPED else 0.0


def _near(one: str, other: str) -> float:
    return 1 - _steps(one, other) / max(len(one), len(other), 1)


def _by_key(one: Part, other: Part) -> float:
    """Two parts in different scripts. A single consonant ("mia", "মিয়া") says little, and fits all the same."""
    if one.key == other.key:
        return 0.95 if len(one.key) > 1 and {one.text, other.text} != {"mahmud", "mohammad"} else 0.65 if len(one.key) == 1 else 0.0
    if min(len(one.key), len(other.key)) > _SHORT - 2 and sounds.loose(one.text) == sounds.loose(other.text):
        return 0.85
    long = min(len(one.key), len(other.key)) >= _SHORT and one.key[0] == other.key[0]
    return 0.8 if long and _steps(one.key, other.key) <= 1 else 0.0


def _sexes(one: str, other: str) -> bool:
    """Mario and Maria, Amin and Amina: a brother and a sister, not a slip."""
    short, long = sorted((one, other), key=len)
    if len(short) == len(long):
        return short[:-1] == long[:-1] and {short[-1], long[-1]} == {"a", "o"}
    return long.rstrip("h") in {short + "a", short + "h" + "a"}


def _steps(one: str, other: str) -> int:
    """Letters put in, left out, changed, or two swapped (Damerau, with each letter touched once)."""
    before: list[int] = []
    row = list(range(len(other) + 1))
    for i, mine in enumerate(one, 1):
        before, row, last = row, [i], before
        for j, theirs in enumerate(other, 1):
            cost = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (mine != theirs))
            if i > 1 and j > 1 and mine == other[j - 2] and one[i - 2] == theirs:
                cost = min(cost, last[j - 2] + 1)
            row.append(cost)
    return row[-1]
