"""The words of every language, read once from `messaging/words/*.toml` and made fast to look for.

A phrase in a data file is words apart by spaces. In a phrase "a|b" is one word or the other, "a|b?" one of them or none, "word*" any
word that begins so, "…" up to two words of any kind and "~" up to three filler words. What the lists mean stands in
`docs/conversation.md`.
"""

from __future__ import annotations

import tomllib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from rapidfuzz.distance import OSA

from locator import gazetteer
from messaging.reading.folding import Folded, fold, fold_word, unleet, without_prefix
from messaging.reading.slips import Slips, gather

FOLDER = Path(__file__).resolve().parent.parent / "words"
_GAPS = {"…": 2, "~": 3}
_SHORTEST_STEM = 2
_SHORTEST_TYPO = 3

# Lists of phrases: section and key in the data file, and what we call a place where one stands.
PHRASES = {
    ("help", "anywhere"): "help",
    ("help", "alone"): "help_alone",
    ("help", "events"): "event",
    ("help", "calm"): "calm",
    ("safe", "words"): "safe",
    ("safe", "statements"): "statement",
    ("safe", "weak"): "weak",
    ("safe", "doubt"): "doubt",
    ("safe", "harmless"): "harmless",
    ("asks", "anywhere"): "asks",
    ("asks", "last"): "asks_last",
    ("not", "before"): "not_before",
    ("not", "after"): "not_after",
    ("status", "moving"): "moving",
    ("status", "staying"): "staying",
    ("place", "before"): "place_before",
    ("place", "after"): "place_after",
    ("place", "towards"): "towards",
}
# What may also be meant where it is not quite spelt; hits of these stand under "loose help" and so on.
LOOSE = frozenset({"help", "help_alone", "event", "not_before", "not_after", "safe"})
# What takes fear away: a "not" skipped in one of these would turn it round.
REASSURING = frozenset({"calm", "statement", "weak"})
# Lists of whole texts, compared letter by letter.
WHOLE = {("stop", "words"): "stop", ("start", "words"): "start", ("yes", "words"): "yes"}


class Maybe(frozenset[str]):
    """One of these words, or none."""


Part = frozenset[str] | str


@dataclass(frozen=True, slots=True)
class Pattern:
    """One phrase of one language. `parts` are sets of words, or a gap."""

    kind: str
    language: str
    parts: tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class Hit:
    """Where a phrase stands in a text: its first word and one past its last."""

    kind: str
    language: str
    start: int
    end: int


Hits = dict[str, list[Hit]]


@dataclass(frozen=True)
class Vocabulary:
    """Everything the data files say, ready to be looked for."""

    languages: tuple[str, ...]
    patterns: Mapping[str, tuple[Pattern, ...]]
    stems: Mapping[str, tuple[Pattern, ...]]
    fillers: frozenset[str]
    nots: Mapping[str, frozenset[str]]  # Of each language, the "not" of one word.
    known: frozenset[str]
    typos: Mapping[str, frozenset[str]]
    danger_language: Mapping[str, str]  # Danger in one word, exact or a word of `typos`.
    lookalikes: frozenset[str]
    slips: Slips
    whole: Mapping[str, Mapping[str, frozenset[str]]]
    not_for: Mapping[str, frozenset[str]]
    common: Mapping[str, frozenset[str]]
    digits: Mapping[str, Mapping[str, str]]
    before_digits: frozenset[str]  # "number", "option".

    def find(self, text: Folded) -> Hits:
        """Every phrase that stands in a text, by kind, in order. No phrase reaches over the end of a sentence."""
        hits: Hits = defaultdict(list)
        forms = [_forms(word) for word in text.words]
        for kind, hit in self._standing(text, forms):
            hits[kind].append(hit)
        meant = [own + self._meant(raw, word) for own, raw, word in zip(forms, text.raw, text.words, strict=True)]
        if meant != forms:
            for kind, hit in self._standing(text, meant):
                if kind in LOOSE and hit not in hits.get(kind, ()):
                    hits[f"loose {kind}"].append(hit)
        return hits

    def _standing(self, text: Folded, forms: list[tuple[str, ...]]) -> Iterator[tuple[str, Hit]]:
        for at, own in enumerate(forms):
            for pattern in self._starting(own):
                kept = self.nots[pattern.language] if pattern.kind in REASSURING else frozenset()
                end = self._reach(pattern.parts, forms, at, kept)
                if end and text.sentence[at] == text.sentence[end - 1]:
                    yield pattern.kind, Hit(pattern.kind, pattern.language, at, end)

    def _meant(self, raw: str, word: str) -> tuple[str, ...]:
        """Words of ours that this one is a slip of. A word with a meaning of its own is none."""
        if len(raw) < _SHORTEST_TYPO or word in self.known or raw in self.lookalikes or word in self.lookalikes:
            return ()
        near = self.slips.near(raw, unleet(word))
        return tuple(near) if near and not gazetteer.is_of_a_city(raw) else ()

    def _starting(self, forms: tuple[str, ...]) -> Iterator[Pattern]:
        for form in forms:
            yield from self.patterns.get(form, ())
            for length in range(_SHORTEST_STEM, len(form) + 1):
                yield from self.stems.get(form[:length], ())

    def _reach(
        self, parts: tuple[Part, ...], forms: list[tuple[str, ...]], at: int, kept: frozenset[str] = frozenset()
    ) -> int:
        """One past the last word that `parts` cover from word `at` on; 0 if they do not stand there.

        No gap for filler words skips one of `kept`: "di" is "in" in one language and "not" in the next.
        """
        if not parts:
            return at
        part = parts[0]
        if not isinstance(part, str):
            there = at < len(forms) and _is_one_of(forms[at], part)
            end = self._reach(parts[1:], forms, at + 1, kept) if there else 0
            return end or (self._reach(parts[1:], forms, at, kept) if isinstance(part, Maybe) else 0)
        for skipped in range(_GAPS[part] + 1):
            here = at + skipped
            if here >= len(forms) or (skipped and part == "~" and not self._may_skip(forms[here - 1], kept)):
                return 0
            end = self._reach(parts[1:], forms, here, kept)
            if end:
                return end
        return 0

    def _may_skip(self, forms: tuple[str, ...], kept: frozenset[str]) -> bool:
        return not self.fillers.isdisjoint(forms) and kept.isdisjoint(forms)

    def misspelt(self, raw: str, word: str) -> str | None:
        """The danger word that `word` is one slip away from, or None. A word with a meaning of its own is no slip."""
        if len(raw) < _SHORTEST_TYPO or raw in self.lookalikes or word in self.known:
            return None
        letters = unleet(word)
        if letters in self.danger_language and letters != word:
            return letters
        for shape in (letters, *_one_left_out(letters)):
            for wanted in self.typos.get(shape, ()):
                if OSA.distance(letters, wanted) <= 1:
                    return wanted
        return None

    def covered(self, text: Folded, hits: Iterable[Hit], *, numbers: bool = False) -> bool:
        """Whether nothing but these hits and filler words stands in the text, and at least one of them does."""
        inside: set[int] = set()
        for hit in hits:
            inside.update(range(hit.start, hit.end))
        return bool(inside) and all(
            at in inside or word in self.fillers or (numbers and word.isdigit()) for at, word in enumerate(text.words)
        )

    def whole_text(self, kind: str, text: Folded, language: str | None) -> str | None:
        """The language in which the whole text is one word of this kind, letter by letter, or None."""
        written = " ".join(text.raw)
        if language in self.languages and written in self.whole[kind].get(language, ()):
            return language
        for tongue, words in self.whole[kind].items():
            if written in words and not (language in self.not_for.get(tongue, ()) and kind == "stop"):
                return tongue
        return None


def _forms(word: str) -> tuple[str, ...]:
    bare = without_prefix(word)
    return (word,) if bare == word else (word, bare)


def _is_one_of(forms: tuple[str, ...], part: frozenset[str]) -> bool:
    for form in forms:
        if form in part:
            return True
        for wanted in part:
            if wanted[-1] == "*" and form.startswith(wanted[:-1]):
                return True
    return False


def _one_left_out(word: str) -> Iterator[str]:
    for at in range(len(word)):
        yield word[:at] + word[at + 1 :]


def _parts(phrase: str) -> tuple[Part, ...]:
    """The words and gaps of a phrase as it stands in a data file."""
    return tuple(_part(item) for item in phrase.replace("-", " ").split())


def _part(item: str) -> Part:
    if item in _GAPS:
        return item
    words = [fold_word(word) for word in item.rstrip("?").split("|")]
    return Maybe(words) if item.endswith("?") else frozenset(words)


class _Builder:
    """Gathers the lists of all languages; used once."""

    def __init__(self) -> None:
        self.patterns: dict[str, list[Pattern]] = defaultdict(list)
        self.stems: dict[str, list[Pattern]] = defaultdict(list)
        self.fillers: set[str] = set()
        self.nots: dict[str, set[str]] = defaultdict(set)
        self.known: set[str] = set()
        self.typo_language: dict[str, str] = {}
        self.single_danger: dict[str, str] = {}
        self.lookalikes: set[str] = set()
        self.whole: dict[str, dict[str, frozenset[str]]] = defaultdict(dict)
        self.not_for: dict[str, frozenset[str]] = {}
        self.common: dict[str, frozenset[str]] = {}
        self.digits: dict[str, dict[str, str]] = {}
        self.before_digits: set[str] = set()
        self.loose: set[str] = set()

    def add(self, data: Mapping[str, Any]) -> None:
        language = data["language"]
        for (section, key), kind in PHRASES.items():
            for phrase in data.get(section, {}).get(key, ()):
                self.add_phrase(kind, language, phrase)
        for command, phrases in data.get("commands", {}).items():
            for phrase in phrases:
                self.add_phrase(f"command {command}", language, phrase)
        for (section, key), kind in WHOLE.items():
            words = data.get(section, {}).get(key, ())
            self.whole[kind][language] = frozenset(" ".join(fold(word).raw) for word in words)
        for word in data["help"].get("typos", ()):
            self.typo_language[fold_word(word)] = language
        self.lookalikes.update(word for line in data["help"].get("lookalikes", ()) for word in fold(line).raw)
        filler = {fold_word(word) for word in data.get("filler", {}).get("words", ())}
        self.fillers |= filler
        self.common[language] = frozenset(fold_word(word) for word in data.get("common", {}).get("words", ())) | filler
        self.known |= self.common[language]
        self.not_for[language] = frozenset(data.get("stop", {}).get("not_for", ()))
        self.digits[language] = {
            fold_word(word): digit
            for digit, words in data.get("digits", {}).items()
            if digit.isdigit()
            for word in words
        }
        self.before_digits |= {fold_word(word) for word in data.get("digits", {}).get("before", ())}

    def add_phrase(self, kind: str, language: str, phrase: str) -> None:
        pattern = Pattern(kind, language, _parts(phrase))
        first = pattern.parts[0]
        if isinstance(first, str | Maybe) or isinstance(pattern.parts[-1], str):
            raise ValueError(f"{language}: the phrase {phrase!r} begins or ends with a gap")  # noqa: TRY004 - a wrong data file.
        if kind == "help" and len(pattern.parts) == 1:
            self.single_danger.update(dict.fromkeys(first, language))
        for word in first:
            if word.endswith("*"):
                self.stems[word[:-1]].append(pattern)
            else:
                self.patterns[word].append(pattern)
        if kind in {"not_before", "not_after"} and len(pattern.parts) == 1:
            self.nots[language].update(first)
        words = {word for part in pattern.parts if not isinstance(part, str) for word in part}
        self.known |= words
        if kind in LOOSE:
            self.loose |= words

    def build(self) -> Vocabulary:
        typos: dict[str, set[str]] = defaultdict(set)
        for word in self.typo_language:
            for shape in (word, *_one_left_out(word)):
                typos[shape].add(word)
        return Vocabulary(
            languages=tuple(self.common),
            patterns={word: tuple(found) for word, found in self.patterns.items()},
            stems={word: tuple(found) for word, found in self.stems.items()},
            fillers=frozenset(self.fillers),
            nots={language: frozenset(self.nots[language]) for language in self.common},
            known=frozenset(self.known),
            typos={shape: frozenset(words) for shape, words in typos.items()},
            danger_language={**self.single_danger, **self.typo_language},
            lookalikes=frozenset(self.lookalikes),
            slips=gather(
                (word for word in self.loose if word[-1] != "*"), (word[:-1] for word in self.loose if word[-1] == "*")
            ),
            whole=self.whole,
            not_for=self.not_for,
            common=self.common,
            digits=self.digits,
            before_digits=frozenset(self.before_digits),
        )


@cache
def vocabulary() -> Vocabulary:
    """The data files of all languages, English first. About 20 ms once, then kept."""
    builder = _Builder()
    files = sorted(FOLDER.glob("*.toml"), key=lambda path: (path.stem != "en", path.stem))
    for path in files:
        builder.add(tomllib.loads(path.read_text(encoding="utf-8")))
    return builder.build()
