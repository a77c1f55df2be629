"""How a name sounds, whatever script it is written in: letters of other scripts in Latin ones, and a key of consonants.

No transcription is right for everybody, and none need be: two spellings of one name must come out alike, and vowels, which
Arabic does not write and clerks write as they please, do not count. The names that Unicode gives to letters carry their sound
for the Indic and the Ethiopic scripts ("BENGALI LETTER BHA", "ETHIOPIC SYLLABLE TEE"); Arabic letters have a table here.
"""

import re
import unicodedata
from functools import lru_cache

from workforce.countries import plain

# Arabic, Persian and Urdu letters by sound. Alef and ain only carry a vowel; ta marbuta is not heard at the end.
_ARABIC = dict(
    zip(
        "ابتثجحخدذرزسشصضطظعغفقكلمنهوي",
        ("a", "b", "t", "th", "j", "h", "kh", "d", "z", "r", "z", "s", "sh", "s", "d", "t", "z", "a", "gh", "f", "q", "k", "l", "m", "n", "h", "w", "y"),
        strict=True,
    )
) | {
    "أ": "a", "إ": "i", "آ": "a", "ٱ": "a", "ى": "a", "ة": "", "ؤ": "w", "ئ": "y", "ء": "", "پ": "p", "چ": "ch", "ژ": "z", "گ": "g",
    "ک": "k", "ی": "y", "ے": "e", "ٹ": "t", "ڈ": "d", "ڑ": "r", "ں": "n", "ہ": "h", "ھ": "h", "ۀ": "", "ۃ": "", "ڤ": "v", "ـ": "",
}  # fmt: skip
_INDIC = ("DEVANAGARI", "BENGALI", "GURMUKHI", "GUJARATI", "ORIYA", "TAMIL", "TELUGU", "KANNADA", "MALAYALAM")
_ETHIOPIC_VOWELS = re.compile(r"(?:WAA|WEE|WE|WI|WA|AA|EE|OA|A|U|I|E|O)$")
_SINHALA_TAIL = re.compile(r"YANNA$")
_APOSTROPHES = re.compile("['’‘ʼ`´]")
_ARTICLE = re.compile(r"\bال(?=\w{3})")
_UNWRITTEN = "a"  # Arabic does not write its short vowels. Any will do: it keeps two letters from being read as one ("zh").
_NASAL = ("ANUSVARA", "CANDRABINDU", "BINDI", "TIPPI")
_DIGRAPHS = (
    ("allah", "ala"), ("aullah", "ala"), ("ullah", "ula"), ("tion", "sn"), ("sch", "s"), ("tsh", "ch"), ("chr", "kr"), ("chh", "ch"), ("oo", "u"), ("ee", "i"), ("ou", "u"), ("kh", "k"), ("gh", "g"), ("ph", "f"),
    ("bh", "b"), ("dh", "d"), ("th", "t"), ("jh", "j"), ("sh", "s"), ("ck", "k"), ("qu", "k"), ("zh", "z"), ("dj", "j"), ("ce", "se"), ("ci", "si"), ("ny", "n"), ("ll", "l"),
)  # fmt: skip
_LETTERS = str.maketrans({"q": "k", "v": "b", "j": "z", "x": "ks", "g": "k", "f": "p"})
_VOWELS = "aeiou"


@lru_cache(maxsize=131072)
def latin(text: str) -> str:
    """The text in small Latin letters and spaces: as it stands where it is Latin, by sound where it is not."""
    text = _APOSTROPHES.sub("", text)
    if not text.isascii() and not _is_latin(text):
        text = _ARTICLE.sub("al ", unicodedata.normalize("NFC", text).replace("الله", "ullah "))
        return re.sub(r" +", " ", "".join(_signs(text))).strip()
    return " ".join(re.sub(r"[^a-z]+", " ", (text if text.isascii() else plain(text)).lower()).split())


def _is_latin(text: str) -> bool:
    return all(ord(sign) < 0x250 or 0x1E00 <= ord(sign) < 0x1F00 or 0x300 <= ord(sign) < 0x370 or not sign.isalpha() for sign in text)


def _signs(text: str) -> list[str]:
    made: list[str] = []
    for sign in text:
        name = unicodedata.name(sign, "")
        script = name.split(" ")[0]
        if sign in _ARABIC:
            made.append(_ARABIC[sign] + (_UNWRITTEN if _ARABIC[sign][-1:] not in _VOWELS else ""))
        elif script in _INDIC:
            _indic(made, name)
        elif script == "ETHIOPIC":
            made.append(_ethiopic(name))
        elif script == "SINHALA":
            _sinhala(made, name)
        elif sign.isalpha():
            made.append(plain(sign.lower()))
        elif unicodedata.category(sign)[0] in "ZPN":
            made.append(" ")
    return made


def _indic(made: list[str], name: str) -> None:
    """A letter carries an "a" until a vowel sign or a virama takes it away; the next sign decides, so it is taken back."""
    word = name.rpartition(" ")[2].lower()
    if " LETTER " in name:
        word = {"ca": "sa" if name.startswith("TAMIL") else "cha", "rra": "ra"}.get(word, word)
        made.append(word if word[-1:] in _VOWELS else f"{word}a")
    elif "VOWEL SIGN" in name or "LENGTH MARK" in name:
        _take_a(made)
        made.append(word if "MARK" not in name else "")
    elif "VIRAMA" in name:
        _take_a(made)
    elif any(one in name for one in _NASAL):
        made.append("n")


def _sinhala(made: list[str], name: str) -> None:
    if " LETTER " in name:
        made.append(_SINHALA_TAIL.sub("", name.rpartition(" ")[2]).lower())
    elif "AL-LAKUNA" in name:
        _take_a(made)
    elif "VOWEL SIGN" in name:
        _take_a(made)
        made.append("i" if "IS-PILLA" in name else "u" if "PAA-PILLA" in name else "e" if "KOMBUVA" in name else "a")
    elif "ANUSVARAYA" in name:
        made.append("n")


def _take_a(made: list[str]) -> None:
    if made and made[-1].endswith("a"):
        made[-1] = made[-1][:-1]


def _ethiopic(name: str) -> str:
    """Every sign is a consonant with its vowel; the sixth order, named with E, is mostly not heard."""
    word = name.rpartition(" ")[2]
    if word.startswith(("PHARYNGEAL", "GLOTTAL")):
        return word[-1:].lower()
    vowel = _ETHIOPIC_VOWELS.search(word)
    base = word[: vowel.start()] if vowel else word
    sound = {"HH": "h", "SZ": "s", "X": "h", "QH": "q", "KX": "h", "TH": "t", "CH": "ch", "PH": "p", "TS": "ts", "TZ": "ts", "ZH": "z", "NY": "n", "SH": "sh"}.get(
        base, base.lower()
    )
    ending = (vowel.group() if vowel else "").lower()
    return sound + ("" if ending == "e" else ending[:1])


@lru_cache(maxsize=131072)
def spoken(part: str) -> str:
    """One part of a name with the usual ways of writing a sound made one: vowels stay."""
    text = latin(part).replace(" ", "")
    for long, short in _DIGRAPHS:
        text = text.replace(long, short)
    text = text.replace("ch", "\0").replace("c", "k").replace("\0", "c")
    return re.sub(r"(.)\1+", r"\1", re.sub(r"^w", "v", text).translate(_LETTERS))


@lru_cache(maxsize=131072)
def loose(part: str) -> str:
    """The key with letters set aside that scripts write as they please: Urdu's z for Arabic's d, w for v, s for th."""
    text = re.sub(r"(?<=.)v", "", latin(part).replace("th", "s"))
    return re.sub(r"(.)\1+", r"\1", key(text).replace("d", "z").replace("t", "s"))


@lru_cache(maxsize=131072)
def key(part: str) -> str:
    """The consonants of one part of a name, by sound; a vowel counts only at the beginning, as "a".

    "mohammed", "muhamad" and "محمد" are "mhmd"; "yousuf" and "يوسف" are "ysf"; "chowdhury" and "choudhuri" are "cdr".
    """
    text = spoken(part)
    head, rest = text[:1], re.sub(r"[aeiouyw]", "", text[1:])
    made = re.sub(r"(.)\1+", r"\1", ("a" if head in _VOWELS else head) + rest) if head else ""
    return made[:-1] if len(made) > 2 and made.endswith("h") else made
