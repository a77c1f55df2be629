"""Whether a sentence asks, its question mark left out: "safe ba kami", "amra ki nirapod", "are you ok", "api arakshithada".

A question is never SAFE. The words that make one stand in `messaging/words/*.toml` under `asks`; only English, which turns the
sentence round instead, has rules here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from messaging.reading.signs import Signs
    from messaging.reading.vocabulary import Hit

# Words that make a question or a thing of what follows: "are we safe", "the safe".
_BEFORE_A_QUESTION = frozenset(["are", "am", "is", "was", "were", "will", "do", "does", "if", "whether", "the", "a", "an", "my", "your", "r", "any", "how"])  # fmt: skip
_OPENS_A_QUESTION = frozenset(["should", "shall", "can", "could", "may", "must", "do", "does", "is", "are", "how", "when", "where", "why", "what", "if"])  # fmt: skip
_TURNED_ROUND = frozenset(["is", "are", "r", "was", "were", "will", "do", "does", "did", "isnt", "arent"])
# Whom a sentence that tells something may begin with; all but "am" are courtesies elsewhere.
_SUBJECTS = frozenset(["i", "we", "im", "am"])
_WHO = _SUBJECTS | {"all", "everyone", "everybody", "everything", "both", "me", "us", "family", "workers", "team", "group", "grp", "friends"}  # fmt: skip


def opens(word: str) -> bool:
    """Whether a text that begins with this word is a question, or nearly."""
    return word in _OPENS_A_QUESTION


def comes_before(word: str) -> bool:
    """Whether the word makes a question or a thing of the "safe" behind it."""
    return word in _BEFORE_A_QUESTION


def about(seen: Signs, hit: Hit) -> bool:
    """Whether the sentence in which a safe phrase stands is a question, with its mark or without."""
    sentence = seen.text.sentence[hit.start]
    if sentence in seen.text.asked or _turned_round(seen, sentence):
        return True
    own = {hit.language, seen.given, "en"}
    for ask in seen.of("asks", "asks_last"):
        if seen.text.sentence[ask.start] != sentence or not seen.stands(ask) or seen.is_harmless(ask):
            continue
        if ask.kind == "asks_last" and not _ends(seen, ask, hit):
            continue
        if ask.language in own or not _has_a_meaning_of_its_own(seen, ask, own) or _is_spoken_beside(seen, ask):
            return True
    return False


def _ends(seen: Signs, ask: Hit, hit: Hit) -> bool:
    """Whether only courtesies stand between the word and the end of its sentence: "safe no po sir", but not "safe ah iruken"."""
    sentence = seen.text.sentence[ask.start]
    return all(
        word in seen.words.fillers and not hit.start <= at < hit.end
        for at, word in enumerate(seen.text.words)
        if at >= ask.end and seen.text.sentence[at] == sentence
    )


def _has_a_meaning_of_its_own(seen: Signs, ask: Hit, languages: set[str | None]) -> bool:
    """Whether every word of it is an ordinary one of these languages: "na" asks in Hindi and is "already" in Tagalog."""
    ordinary = [seen.words.common.get(language or "", frozenset()) for language in languages]
    return all(any(word in some for some in ordinary) for word in seen.text.words[ask.start : ask.end])


def _is_spoken_beside(seen: Signs, ask: Hit) -> bool:
    """Whether other words of the text are of the language in which the word asks, and not of the sender's: "amra ki safe"."""
    theirs = seen.words.common.get(ask.language, frozenset()) - seen.words.common.get(seen.given or "", frozenset())
    return any(word in theirs for at, word in enumerate(seen.text.words) if not ask.start <= at < ask.end)


def _turned_round(seen: Signs, sentence: int) -> bool:
    """Whether a sentence begins with its verb: "are we safe", "is everyone ok", "am I safe"."""
    said = [
        word
        for at, word in enumerate(seen.text.words)
        if seen.text.sentence[at] == sentence
        and (word not in seen.words.fillers or word in _TURNED_ROUND or word in _WHO)
    ]
    return bool(said) and (said[0] in _TURNED_ROUND or said[:2] == ["am", "i"])


def wondered(seen: Signs, hit: Hit) -> bool:
    """Whether the sentence begins as a question, its mark left out: "should we stay or go", "how do I stay safe"."""
    sentence = seen.text.sentence[hit.start]
    words = [word for at, word in enumerate(seen.text.words[: hit.start]) if seen.text.sentence[at] == sentence]
    openers = _OPENS_A_QUESTION | _SUBJECTS
    first = next((word for word in words if word not in seen.words.fillers or word in openers), "")
    return first in _OPENS_A_QUESTION
