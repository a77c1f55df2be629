"""Words a slip away from ours: a letter wrong, the vowels left out, the same sound spelt another way.

Used towards danger only, never towards SAFE. Nobody agrees how Bengali or Urdu is spelt in Latin letters, and a frightened
thumb leaves vowels out: "mdd", "sahajjo", "shahazzo", "kmi" are words we know.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from rapidfuzz.distance import OSA

_SHORTEST = 4
_SHORTEST_STEM = 6
_FEWEST_CONSONANTS = 3
_LATIN = re.compile(r"[a-z]+")
_HELD = re.compile(r"(.)\1+")
_VOWELS = re.compile("[aeiou]")
# Sounds that writers of South Asian and East African languages spell as they like, longest first.
_SOUNDS = (
    ("chh", "c"), ("ch", "c"), ("sh", "s"), ("kh", "k"), ("gh", "g"), ("th", "t"), ("dh", "d"), ("bh", "b"), ("ph", "f"), ("zh", "l"),
    ("jj", "j"), ("oo", "u"), ("ee", "i"), ("ou", "o"), ("ie", "i"), ("ck", "k"), ("z", "j"), ("w", "v"), ("q", "k"), ("x", "c"), ("y", "i"),
)  # fmt: skip


def _spelt_one_way(word: str) -> str:
    for spelt, heard in _SOUNDS:
        word = word.replace(spelt, heard)
    return word


def sound(word: str) -> str:
    """How a word in Latin letters sounds, roughly; in other words only letters held too long are let go."""
    if not _LATIN.fullmatch(word):
        return _HELD.sub(r"\1", word)
    word = _HELD.sub(r"\1", _spelt_one_way(word))
    return word[:-1] if word.endswith("h") and len(word) > _SHORTEST else word


def _bones(word: str) -> str:
    """The consonants, doubles kept: "mdd" is "madad", "md" is nothing."""
    return _VOWELS.sub("", _spelt_one_way(word)) if _LATIN.fullmatch(word) else ""


def is_starved(word: str) -> bool:
    """Whether the vowels were left out: "mdd", "hlp", "khtra"."""
    bones = _bones(word)
    return len(bones) >= _FEWEST_CONSONANTS and 3 * (len(_spelt_one_way(word)) - len(bones)) <= len(bones) + 1


def _shapes(word: str) -> Iterator[str]:
    yield word
    for at in range(len(word)):
        yield word[:at] + word[at + 1 :]


@dataclass(frozen=True)
class Slips:
    """Our words by what they may have been typed as."""

    by_shape: Mapping[str, frozenset[str]]
    by_sound: Mapping[str, frozenset[str]]
    by_bones: Mapping[str, frozenset[str]]
    stems: Mapping[str, frozenset[str]]

    def near(self, raw: str, word: str) -> frozenset[str]:
        """Every word or stem of ours that `word` may be meant for; `raw` is it with all its letters."""
        found: set[str] = set(self.by_sound.get(sound(word), ()))
        if is_starved(raw):
            found |= self.by_bones.get(_bones(raw), frozenset())
        if len(word) > _SHORTEST:
            found |= {
                ours
                for shape in _shapes(word)
                for ours in self.by_shape.get(shape, ())
                if ours[0] == word[0] and OSA.distance(word, ours) <= 1
            }
        for length in range(_SHORTEST_STEM - 1, len(word) + 1):
            start = word[:length]
            found |= {
                stem
                for shape in _shapes(start)
                for stem in self.stems.get(shape, ())
                if stem[0] == word[0] and OSA.distance(start, stem) <= 1
            }
        return frozenset(found)


def gather(words: Iterable[str], stems: Iterable[str]) -> Slips:
    """Put our words in order. `stems` are beginnings of words."""
    by_shape: dict[str, set[str]] = defaultdict(set)
    by_sound: dict[str, set[str]] = defaultdict(set)
    by_bones: dict[str, set[str]] = defaultdict(set)
    begun: dict[str, set[str]] = defaultdict(set)
    for word in words:
        if len(word) >= _SHORTEST - 1:
            by_sound[sound(word)].add(word)
        if len(_bones(word)) >= _FEWEST_CONSONANTS:
            by_bones[_bones(word)].add(word)
        if len(word) > _SHORTEST:
            for shape in _shapes(word):
                by_shape[shape].add(word)
    for stem in stems:
        if len(stem) >= _SHORTEST_STEM:
            for shape in _shapes(stem):
                begun[shape].add(stem)
    return Slips(
        *({key: frozenset(found) for key, found in one.items()} for one in (by_shape, by_sound, by_bones, begun))
    )
