"""One spelling for what people type in a hurry: case, accents, digits of every script, repeats, spelled-out letters.

Words from the data files and words from a text go through the same fold, so the two always meet.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

LONGEST = 2000  # A long SMS is 1,600 characters; what comes after that is not read.

_APOSTROPHES = dict.fromkeys(map(ord, "'’‘ʼ`´′"), "'")
_SENTENCE_ENDS = frozenset(".!?;\n\r।॥؟۔።፧…")
_CLAUSE_ENDS = _SENTENCE_ENDS | frozenset(',:،؛፣፤፥፦()[]-–—/|"“”«»')
_QUESTION_MARKS = frozenset("?؟፧¿")

# Arabic and Urdu letters that people and keyboards use for each other; Amharic letters that sound alike.
_SAME_LETTER = str.maketrans("ىیےہھةەکٱ", "يييههههكا")
_ETHIOPIC_SERIES = (("ሐ", "ሀ"), ("ኀ", "ሀ"), ("ሠ", "ሰ"), ("ዐ", "አ"), ("ፀ", "ጸ"))
_ETHIOPIC = str.maketrans({chr(ord(odd) + i): chr(ord(usual) + i) for odd, usual in _ETHIOPIC_SERIES for i in range(7)})
_ETHIOPIC_FIRST = str.maketrans("ሃኣ", "ሀአ")
_INDIC = str.maketrans({"\u0901": "\u0902", "\u0981": "\u0982", "\u093c": None, "\u09bc": None, "\u0a3c": None})
_FINAL_VIRAMA = ("\u094d", "\u09cd", "\u0dca", "\u0bcd")
_ARABIC_CLITIC = re.compile(r"^[وفبك]?(?:ال|لل|ل)?")
_LATIN_REPEAT = re.compile(r"([a-z])\1+")
_LONG_REPEAT = re.compile(r"([^\W\d_])\1{2,}")
_LEET = str.maketrans("013457", "oieast")
_SOS_SIGN = "\U0001f198"


@dataclass(frozen=True, slots=True)
class Folded:
    """A text as words. `clause[i]` and `sentence[i]` number where word i stands; `asked` holds sentences ending in "?"."""

    raw: tuple[str, ...]
    words: tuple[str, ...]
    clause: tuple[int, ...]
    sentence: tuple[int, ...]
    asked: frozenset[int]
    start: tuple[int, ...]
    plain: str


def digits(text: str) -> str:
    """The text with the digits of every script as 0-9: "١", "२" and "፪" become "1", "2" and "2"."""
    if text.isascii():
        return text
    out = []
    for char in text:
        value = unicodedata.digit(char, None)
        out.append(char if value is None else str(value))
    return "".join(out)


def squeeze(word: str) -> str:
    """Repeats collapsed: "heeelp" is "help". In Latin every double letter, elsewhere only three or more of a kind."""
    if word.isascii():
        return _LATIN_REPEAT.sub(r"\1", word)
    return _LONG_REPEAT.sub(r"\1", word)


def _letters(text: str) -> str:
    """Case, width, accents, vowel marks, look-alike letters and digits made one."""
    text = text[:LONGEST].translate(_APOSTROPHES).replace(_SOS_SIGN, " sos ")
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text)[:LONGEST]
        text = digits(unicodedata.normalize("NFD", text.casefold())).translate(_INDIC)
        text = text.translate(_SAME_LETTER).translate(_ETHIOPIC).translate(_ETHIOPIC_FIRST)
        return "".join(char for char in text if not _silent(char))
    return text.lower()


def _silent(char: str) -> bool:
    """Marks that carry no meaning for us: accents, Arabic vowel signs, tatweel, joiners, variation selectors."""
    code = ord(char)
    return (
        0x0300 <= code <= 0x036F
        or 0x064B <= code <= 0x065F
        or 0x06D6 <= code <= 0x06ED
        or code in {0x0640, 0x0670, 0x00AD, 0xFEFF, 0x20E3}
        or 0x200B <= code <= 0x200F
        or 0x202A <= code <= 0x202E
        or 0x2060 <= code <= 0x2069
        or 0xFE00 <= code <= 0xFE0F
    )


@lru_cache(maxsize=4096)
def _part_of_word(char: str) -> bool:
    return unicodedata.category(char)[0] in "LMN"


def fold(text: str) -> Folded:
    """The words of a text in one spelling, with the clause and sentence each stands in. Never raises."""
    plain = _letters(text)
    found: list[tuple[str, int, int, int]] = []
    asked: set[int] = set()
    word: list[str] = []
    clause = sentence = begins = 0
    for at, char in enumerate(plain):
        if _part_of_word(char):
            if not word:
                begins = at
            word.append(char)
            continue
        if char == "'" and word:
            continue
        if word:
            found.append(("".join(word), clause, sentence, begins))
            word.clear()
        if char in _CLAUSE_ENDS:
            clause += 1
            if char in _QUESTION_MARKS:
                asked.add(sentence)
            if char in _SENTENCE_ENDS:
                sentence += 1
    if word:
        found.append(("".join(word), clause, sentence, begins))
    found = _join_spelled_out(found)
    raw = tuple(_no_final_virama(item[0]) for item in found)
    return Folded(
        raw=raw,
        words=tuple(squeeze(item) for item in raw),
        clause=tuple(item[1] for item in found),
        sentence=tuple(item[2] for item in found),
        asked=frozenset(asked),
        start=tuple(item[3] for item in found),
        plain=plain,
    )


def _no_final_virama(word: str) -> str:
    return word[:-1] if word.endswith(_FINAL_VIRAMA) and len(word) > 1 else word


def _join_spelled_out(found: list[tuple[str, int, int, int]]) -> list[tuple[str, int, int, int]]:
    """Three or more single letters in a row are one word: "S.O.S", "h e l p"."""
    out: list[tuple[str, int, int, int]] = []
    run: list[tuple[str, int, int, int]] = []
    for item in [*found, ("", 0, 0, 0)]:
        if len(item[0]) == 1 and "a" <= item[0] <= "z":
            run.append(item)
            continue
        if len(run) > 2:
            out.append(("".join(letter[0] for letter in run), run[-1][1], run[-1][2], run[0][3]))
        else:
            out.extend(run)
        run = []
        if item[0]:
            out.append(item)
    return out


def fold_word(word: str) -> str:
    """One word of a data file in the same spelling as the words of a text; a trailing "*" stays."""
    star = word.endswith("*")
    folded = fold(word.rstrip("*"))
    return "".join(folded.words) + ("*" if star else "")


def without_prefix(word: str) -> str:
    """An Arabic-script word without "and", "the", "in", "for" in front; other words as they are."""
    if not word or not "\u0600" <= word[0] <= "\u06ff":
        return word
    bare = _ARABIC_CLITIC.sub("", word)
    return bare if len(bare) > 2 else word


def unleet(word: str) -> str:
    """Words like "h3lp" and "s0s" in letters; a plain word or a plain number as it is."""
    if word.isalpha() or word.isdigit() or not word.isascii():
        return word
    return squeeze(word.translate(_LEET))
