"""What the words of a text say, before it is decided what the text is: danger, safety, movement, language."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cached_property

from rapidfuzz.distance import OSA

from messaging.reading import asking, ear, namesakes, shown
from messaging.reading.folding import Folded, fold, fold_word
from messaging.reading.vocabulary import Hit, Hits, Vocabulary, vocabulary

_NEGATION_REACH = 4  # Words between "not" and "safe".
# How much a text has to sound like a cry for help, of 1. Chosen on texts that the ear was not taught: docs/conversation.md.
_CRY, _CRY_AGAINST_WORDS, _NO_CRY = 0.5, 0.85, 0.05
_FEWEST_LETTERS, _FEW_LETTERS = 6, 12
_SHORT_REACH = 2  # "No" is also an answer: "no sir we are safe".
_SHORT = 2  # "di", "na", "si" are "not" in one language and something else in the next.
_SUBJECTS = frozenset(["i", "we", "im", "am"])
# "Is safe", "in safety": whoever it is. Only with nobody else in the sentence is it the sender.
_OF_ANYBODY = frozenset(
    fold_word(word) for word in ("hai", "he", "ہے", "है", "امان", "cha", "chha", "छ", "ache", "আছে", "new", "ነው")
)
_QUOTES = frozenset("\"“”«»'‘’(")
_STATEMENT_KINDS = ("statement", "safe")

# The same languages under other codes.
_ALIASES = {"fil": "tl", "ms": "id", "in": "id", "zlm": "id", "may": "id"}
_SCRIPTS = (
    (re.compile("[\u0980-\u09ff]"), "bn"),
    (re.compile("[\u0d80-\u0dff]"), "si"),
    (re.compile("[\u0b80-\u0bff]"), "ta"),
    (re.compile("[\u1200-\u139f]"), "am"),
)
_SHARED_SCRIPTS = (
    (re.compile("[\u0600-\u06ff]"), "ar", "ur", re.compile("[ٹڈڑںےگچپژہھی]|مدد|محفوظ")),
    (re.compile("[\u0900-\u097f]"), "hi", "ne", re.compile("छ|ौं|नुहोस्|मद्दत|हामी|गुहार|ठिक|चाहियो|उनुस्")),
)


def known_language(code: str | None) -> str | None:
    """Our code for a language: "fil" is "tl", "ms-MY" is "id"; None stays None, others stay as they are."""
    if not code:
        return None
    short = code.replace("_", "-").split("-")[0].lower()
    return _ALIASES.get(short, short)


@dataclass(frozen=True)
class Signs:
    """One text, its words, and every phrase of ours that stands in it."""

    original: str
    text: Folded
    hits: Hits
    given: str | None
    words: Vocabulary
    country: str | None = None

    def of(self, *kinds: str) -> list[Hit]:
        return [hit for kind in kinds for hit in self.hits.get(kind, ())]

    @cached_property
    def put_aside(self) -> frozenset[int]:
        """Words that sound like danger and are not: "no injuries", "thank you for your help"."""
        return frozenset(at for hit in self.of("calm") for at in range(hit.start, hit.end))

    def stands(self, hit: Hit) -> bool:
        """Whether any word of it was not put aside."""
        return not self.put_aside.issuperset(range(hit.start, hit.end))

    @cached_property
    def sounds(self) -> ear.Sounds:
        """How much the whole text sounds like the examples of danger, of safety and of neither."""
        return ear.listen(self.text)

    @cached_property
    def _letters(self) -> int:
        return sum(map(len, self.text.words))

    @cached_property
    def danger(self) -> Hit | None:
        """The first sign of danger, in any language, or as a safe word turned round; then what may be meant for one.

        A guess at a misspelt word is put aside where the whole text sounds like no cry at all. A word that is spelt as
        we know it never is: "my brother is hurt" sounds like family news.
        """
        if shown.cries(self.original, len(self.text.words)):
            return Hit("help", self.given or "en", 0, 0)
        found = [hit for hit in self.of("help") if self.stands(hit) and not self._ordinary_elsewhere(hit)]
        found += self._turned_round(self.of("safe"), self.of("not_before"), self.of("not_after"))
        if found:
            return self._preferred(found)
        guessed = self._loosely()
        alone = self.of("help_alone")
        if not guessed and alone and self.words.covered(self.text, alone):
            return self._preferred(alone)
        hit = self._preferred(guessed) if guessed else self._slip()
        doubted = hit is not None and self._letters >= _FEW_LETTERS and self.sounds.help < _NO_CRY
        return None if doubted else hit

    @cached_property
    def cry(self) -> bool:
        """Whether a text that names no danger sounds like the cries of others.

        Where it plainly says "safe" or where somebody is going it has to sound much more like one; so has a text of a
        few letters, in which there is little to hear.
        """
        if self._letters < _FEWEST_LETTERS:
            return False
        if self.put_aside and not self._cries_without_what_was_put_aside():
            return False
        said = self.safe or self.movement or self.put_aside or self._letters < _FEW_LETTERS
        return self.sounds.help >= (_CRY_AGAINST_WORDS if said else _CRY)

    def _cries_without_what_was_put_aside(self) -> bool:
        """Whether the words that are left sound like a cry: of "there is no bombing here" nothing is left that does."""
        left = tuple(word for at, word in enumerate(self.text.words) if at not in self.put_aside)
        if all(word in self.words.fillers or word.isdigit() for word in left):
            return False
        return ear.listen(replace(self.text, words=left)).help >= _CRY

    def _slip(self) -> Hit | None:
        matched = {at for hit in self.of(*_STATEMENT_KINDS, "weak") for at in range(hit.start, hit.end)}
        for at, (raw, word) in enumerate(zip(self.text.raw, self.text.words, strict=True)):
            if at in self.put_aside or at in matched:
                continue
            wanted = self.words.misspelt(raw, word)
            if not wanted:
                continue
            hit = Hit("help", self.words.danger_language[wanted], at, at + 1)
            if hit.language == self.given or not namesakes.is_rather_a_town(self, hit):
                return hit
        return None

    @cached_property
    def event(self) -> Hit | None:
        """An earthquake, a flood: danger unless the sender says "safe"."""
        found = [hit for hit in self.of("event") if self.stands(hit)]
        return self._preferred(found) if found else None

    def _ordinary_elsewhere(self, hit: Hit) -> bool:
        """Whether a single word cries for help in one language only, and the sender writes another: "api" is fire, or "we"."""
        if namesakes.is_a_town(self, hit):
            return True
        if hit.end - hit.start > 1 or hit.language in {"en", self.given}:
            return False
        word = self.text.words[hit.start]
        spoken = self.given or self._by_words()
        return spoken != hit.language and word in self.words.common.get(spoken or "", ())

    def _loosely(self) -> list[Hit]:
        """Danger spelt with slips. In the sender's own language; where that is not known, in the one the text seems to be in."""
        spoken = {"en", self.given or self._by_words()}
        anywhere = spoken == {"en", None}

        def heard(kind: str) -> list[Hit]:
            return [hit for hit in self.of(f"loose {kind}") if anywhere or hit.language in spoken]

        found = [hit for hit in heard("help") if self.stands(hit) and not namesakes.is_a_town(self, hit)]
        safe, before, after = (self.of(kind) + heard(kind) for kind in ("safe", "not_before", "not_after"))
        return found + self._turned_round(safe, before, after)

    def _turned_round(self, safes: list[Hit], before: list[Hit], after: list[Hit]) -> list[Hit]:
        """Safe words under a "not", before or behind: "hindi kami ligtas", "surakshit nahi"."""
        safes = [safe for safe in safes if not self._ordinary_elsewhere(safe)]
        found = [
            Hit("help", safe.language, no.start, safe.end)
            for safe in safes
            for no in before
            if self._turns(no, safe, safe.start - no.end)
        ]
        found += [
            Hit("help", safe.language, safe.start, no.end)
            for safe in safes
            for no in after
            if no.start - safe.end < _SHORT_REACH and self._turns(no, safe, no.start - safe.end)
        ]
        return found

    def _turns(self, no: Hit, safe: Hit, between: int) -> bool:
        """Whether a "not", `between` words away, turns a safe word into its opposite."""
        text = self.text
        apart = between and text.clause[no.start] != text.clause[safe.start]
        if between < 0 or apart or text.sentence[no.start] != text.sentence[safe.start] or not self.stands(no):
            return False
        word = text.words[no.start]
        if word == "no" and no.language == "en":
            return between < _SHORT_REACH and not self._subject_between(no.end, safe.start)
        return between <= _NEGATION_REACH and (len(word) > _SHORT or self._means_no(no, safe))

    def _means_no(self, no: Hit, safe: Hit) -> bool:
        """Whether a short word is a "not" here: "na" is one in Bengali and "already" in Tagalog.

        The sender's language decides; if we do not know it, that of the safe word does, unless that is "safe".
        """
        if no.language in {self.given, "en"}:
            return True
        borrowed = self.text.words[safe.start] == "safe"
        return safe.language == no.language and not borrowed

    def _subject_between(self, start: int, end: int) -> bool:
        return any(word in {"are", *_SUBJECTS} for word in self.text.words[start:end])

    @cached_property
    def safe(self) -> Hit | None:
        """A sentence that plainly says the sender is safe, with no doubt, wish or question in it. Never fuzzy."""
        if self.shows_danger:
            return None
        for hit in sorted(self._safely("statement"), key=lambda hit: hit.start - hit.end):
            if self._beyond_doubt(hit):
                return hit
        for hit in self._safely("safe"):
            says_it = self._opens(hit) if hit.language == "en" else False
            if (says_it or self._closes(hit)) and self._beyond_doubt(hit):
                return hit
        return None

    def _safely(self, kind: str) -> list[Hit]:
        """Where a phrase stands and is no town: "Amman" is no "aman", nor is "in Salama" anybody's "salama"."""
        return [hit for hit in self.of(kind) if not namesakes.holds_a_town(self, hit)]

    def _opens(self, hit: Hit) -> bool:
        """The word stands first, but for greetings: "Safe in Sirte", "ok sir safe", "1 safe"."""
        sentence = self.text.sentence[hit.start]
        first = self.text.sentence.index(sentence)
        if first < hit.start and asking.comes_before(self.text.words[first]):
            return False
        before = [
            word
            for at, word in enumerate(self.text.words[: hit.start])
            if self.text.sentence[at] == sentence and at < hit.start
        ]
        return all(word in self.words.fillers or word == "1" for word in before)

    def _closes(self, hit: Hit) -> bool:
        """The word has a clause for itself behind another: "landed in Colombo, safe", "agun nibhe gese, sobai nirapode"."""
        clause = self.text.clause[hit.start]
        first = self.text.clause.index(clause)
        if not first or self.text.sentence[first - 1] != self.text.sentence[first]:
            return False
        if hit.language not in {"en", self.given or self.language}:
            return False  # "salamat" is safe in Hindi and thanks in Tagalog.
        before = self.text.plain[: self.text.start[first]].rstrip()
        return before[-1] not in _QUOTES and self._alone(hit, self.text.clause)

    @cached_property
    def shows_danger(self) -> bool:
        """A gun, blood, fire, a skull or tears beside the words: whatever these say, nobody is safe by them."""
        return shown.danger(self.original)

    def _beyond_doubt(self, hit: Hit) -> bool:
        sentence = self.text.sentence[hit.start]
        if asking.about(self, hit):
            return False
        of_anybody = hit.end - hit.start == 1 or self.text.words[hit.end - 1] in _OF_ANYBODY
        if of_anybody and hit.end - hit.start <= 2 and hit.language != "en" and not self._by_itself(hit):
            return False
        inside = set(range(hit.start, hit.end))
        if (
            hit.start
            and self.text.sentence[hit.start - 1] == sentence
            and asking.comes_before(self.text.words[hit.start - 1])
        ):
            return False
        if self._turned_in_another_language(hit):
            return False
        spoken = {hit.language, "en", self.given or self.language}
        for doubt in self.of("doubt"):
            if self.text.sentence[doubt.start] != sentence:
                continue
            same = doubt.language in spoken
            outside = not inside.issuperset(range(doubt.start, doubt.end))
            if same and outside and self.stands(doubt) and not self.is_harmless(doubt):
                return False
        return not any(
            self.stands(no) and no.language in {hit.language, self.given, "en"} and no.start not in inside
            for no in self.of("not_before")
            if self.text.sentence[no.start] == sentence
        )

    def is_harmless(self, doubt: Hit) -> bool:
        """Whether a doubtful or asking word is none here: "safe at my employer's house", "safe right now"."""
        return any(place.start <= doubt.start and doubt.end <= place.end for place in self.of("harmless"))

    def _turned_in_another_language(self, hit: Hit) -> bool:
        """Whether "Safe na" from somebody whose language we do not know: already safe, or not safe?"""
        if hit.language != "en" or self.given == "tl" or self.text.words[hit.end - 1] != "safe":
            return False
        if self.text.words[hit.end : hit.end + 1] and self.text.words[hit.end + 1 : hit.end + 2]:
            return False  # "Safe na kami": only Tagalog goes on like that.
        return any(no.start == hit.end and no.language != "en" for no in self.of("not_after"))

    def _by_itself(self, hit: Hit) -> bool:
        return self._alone(hit, self.text.sentence) or self._closes(hit)

    def _alone(self, hit: Hit, within: tuple[int, ...]) -> bool:
        """Whether a single safe word has only fillers beside it, in its sentence or clause: "salama", not "salama" in a story."""
        named = {at for place in self.of("harmless") for at in range(place.start, place.end)}
        return all(
            word in self.words.fillers or word.isdigit() or hit.start <= at < hit.end or at in named
            for at, word in enumerate(self.text.words)
            if within[at] == within[hit.start]
        )

    @cached_property
    def weakly_safe(self) -> Hit | None:
        """Just "OK", "ayos", "theek" and nothing else."""
        weak = self._safely("weak")
        if (
            not weak
            or self.text.asked
            or self.shows_danger
            or asking.opens(self.text.words[0])
            or any(asking.about(self, hit) for hit in weak)
            or not self.words.covered(self.text, weak)
        ):
            return None
        inside = {at for hit in weak for at in range(hit.start, hit.end)}
        spoken = {hit.language for hit in weak} | {"en", self.given}
        doubts = (hit for hit in self.of("doubt") if hit.language in spoken)
        return None if any(not inside.issuperset(range(d.start, d.end)) for d in doubts) else self._preferred(weak)

    @cached_property
    def movement(self) -> str | None:
        """MOVING or STAYING as somebody tells it in a sentence, or None."""
        for kind, status in (("moving", "MOVING"), ("staying", "STAYING")):
            for hit in self.of(kind):
                asked = self.text.sentence[hit.start] in self.text.asked or asking.wondered(self, hit)
                if not asked and not self._denied(hit):
                    return status
        return None

    @cached_property
    def nearly_safe(self) -> bool:
        """One word a letter away from "safe": "same", "cafe", "save"."""
        return len(self.text.words) == 1 and OSA.distance(self.text.words[0], "safe") == 1

    def _denied(self, hit: Hit) -> bool:
        return any(
            self.text.clause[no.start] == self.text.clause[hit.start]
            and 0 <= hit.start - no.end <= _SHORT_REACH
            and self._is_a_whole_word(no)
            for no in self.of("not_before")
        ) or any(0 <= no.start - hit.end <= 1 and self._is_a_whole_word(no) for no in self.of("not_after"))

    def _is_a_whole_word(self, no: Hit) -> bool:
        """In Latin letters a "not" of one or two may be something else in the next language; in a script of its own it is none."""
        word = self.text.words[no.start]
        return len(word) > _SHORT or not word.isascii()

    def _preferred(self, hits: Iterable[Hit]) -> Hit:
        """The hit in the sender's own language if there is one, else the first and longest."""
        return min(hits, key=lambda hit: (hit.language != self.given, hit.start, hit.start - hit.end))

    @cached_property
    def language(self) -> str | None:
        """The language the text is in, by its script, then by its words; the one given if neither tells."""
        return _by_script(self.original, self.given) or self._by_words() or self.given

    def _by_words(self) -> str | None:
        counts: dict[str, int] = {}
        for kind, hits in self.hits.items():
            if kind in {"doubt", "place_before", "place_after", "towards", "asks", "asks_last"}:
                continue
            for hit in hits:
                counts[hit.language] = counts.get(hit.language, 0) + 2 * (hit.end - hit.start)
        for language, common in self.words.common.items():
            counts[language] = counts.get(language, 0) + sum(word in common for word in self.text.words)
        best = max(counts.values(), default=0)
        if not best:
            return None
        leaders = [language for language, count in counts.items() if count == best]
        return self.given if self.given in leaders else leaders[0]


def _by_script(text: str, given: str | None) -> str | None:
    """The language that a script belongs to; of two with one script, the sender's or the one whose signs we see."""
    if text.isascii():
        return None
    for letters, language in _SCRIPTS:
        if letters.search(text):
            return language
    for letters, usual, other, marks in _SHARED_SCRIPTS:
        if letters.search(text):
            seen = other if marks.search(text) else usual
            return given if given in {usual, other} else seen
    return None


def signs(text: str, language: str | None, country: str | None = None) -> Signs:
    """The signs in a text whose sender's language is `language` and whose host country `country` (alpha-2), if known."""
    folded = fold(text)
    words = vocabulary()
    return Signs(text, folded, words.find(folded), known_language(language), words, country)
