"""Countries as people write them: codes, names in five languages, nationalities, short forms."""

import re
import unicodedata
from functools import cache, lru_cache

from babel import Locale
from babel.core import get_global

from workforce.core.errors import Invalid
from workforce.core.words import _
from workforce.country_words import SHARED, WORDS

LANGUAGES = ("en", "fr", "es", "ar", "id", "ms")
# In CLDR's list and yet no country anybody is a national of: groupings, test codes, uninhabited or exceptional codes.
NO_COUNTRY = frozenset("AC AQ BV CP CQ DG EA EU EZ HM IC QO TA UM UN XA XB ZZ".split())

# Marks above and below letters in Latin, Greek, Cyrillic and Arabic. Vowel signs of Indic scripts are not among them.
_MARKS = re.compile("[\u0300-\u036f\u064b-\u065f\u0670\u0640\u200b-\u200f\u202a-\u202e\u2066-\u2069]")
# Vowel signs and the like from Devanagari to Khmer stand inside words, although no regex letter class has them.
_NOT_WORD = re.compile("[^\\w\u0900-\u109f\u1780-\u17d3]+|_+")
_LITTLE_WORDS = frozenset("the of and republic state kingdom sultanate de du des la le les del el d l et y dan da".split())
_ALEFS = str.maketrans("أإآٱىة", "اااايه")


class UnknownCountry(Invalid):
    """No country is called this."""


class AmbiguousCountry(Invalid):
    """Two or more countries are called this; `candidates` has their codes."""

    def __init__(self, message: str, candidates: tuple[str, ...]) -> None:
        super().__init__(message)
        self.candidates = candidates


def plain(text: str) -> str:
    """Small letters and single spaces: no accents, no punctuation, the Arabic letters that are written two ways made one."""
    text = unicodedata.normalize("NFKD", text).casefold()
    text = _MARKS.sub("", text).translate(_ALEFS).replace("'", "").replace("’", "")
    return _NOT_WORD.sub(" ", text).strip()


def find(text: str) -> str:
    """The ISO 3166-1 alpha-2 code of the country, or of the nationality, that `text` names.

    Raises UnknownCountry or AmbiguousCountry, with a message fit to stand beside the cell.
    """
    codes = _candidates(text)
    if len(codes) == 1:
        return codes[0]
    if codes:
        names = _(" or ").join(name(code) for code in codes)
        raise AmbiguousCountry(_("%(text)s could be %(names)s", text=f"“{text.strip()}”", names=names), codes)
    raise UnknownCountry(_("No country is called %(text)s", text=f"“{text.strip()}”"))


@lru_cache(maxsize=4096)
def name(code: str, language: str = "en") -> str:
    """What `language` calls the country, short enough for a sentence; the code itself when CLDR has no word for it."""
    if code in _SHORT and language == "en":
        return _SHORT[code]
    return str(Locale.parse(language).territories.get(code, code))


@cache
def all_codes() -> tuple[str, ...]:
    """Every ISO 3166-1 alpha-2 code in use, and XK for Kosovo, sorted."""
    territories = Locale.parse("en").territories
    return tuple(sorted(code for code in territories if len(code) == 2 and code.isalpha() and code not in NO_COUNTRY))


_SHORT = {"HK": "Hong Kong", "MO": "Macao", "PS": "Palestine", "MM": "Myanmar"}


@lru_cache(maxsize=4096)
def _candidates(text: str) -> tuple[str, ...]:
    """The codes `text` may mean: none, one, or several."""
    names, cores = _names()
    key = plain(text)
    for attempt in (key, key.replace(" ", ""), key.removeprefix("ال")):
        if attempt in names:
            return names[attempt]
    if core := _core(key):
        if core in cores:
            return cores[core]
        if core in names:
            return names[core]
    return _last_part(text)


def _last_part(text: str) -> tuple[str, ...]:
    """"Dubai, UAE", "Jeddah - KSA", "Filipino (PH)": the one country that the parts name, when they name only one."""
    parts = [part for part in re.split(r"[,/()\[\]–]| - ", text) if part.strip()]
    if len(parts) < 2:  # noqa: PLR2004 - one part is the whole text, already looked up.
        return ()
    found = {codes for part in parts if (codes := _names()[0].get(plain(part)))}
    return found.pop() if len(found) == 1 else ()


def _core(key: str) -> str:
    return " ".join(sorted(word for word in key.split() if word not in _LITTLE_WORDS))


@cache
def _names() -> tuple[dict[str, tuple[str, ...]], dict[str, tuple[str, ...]]]:
    """Every plain name → codes; and the same with little words and order set aside, for "Arabia, Kingdom of Saudi"."""
    names: dict[str, tuple[str, ...]] = {}
    for line in SHARED.strip().splitlines():
        words, codes = line.split(":")
        for word in words.split(","):
            names[plain(word)] = tuple(code.strip() for code in codes.split(","))
    for line in WORDS.strip().splitlines():
        code, words = line.split(":")
        for word in words.split(","):
            names.setdefault(plain(word), (code,))
    codes_in_use = set(all_codes())
    for language in LANGUAGES:
        for code, label in Locale.parse(language).territories.items():
            if code in codes_in_use:
                names.setdefault(plain(label), (code,))
    for alias, targets in get_global("territory_aliases").items():
        if len(alias) == 3 and alias.isalpha() and len(targets) == 1 and targets[0] in codes_in_use:  # noqa: PLR2004 - alpha-3
            names.setdefault(alias.casefold(), (targets[0],))
    for code in codes_in_use:
        names[code.casefold()] = (code,)
    for label, codes in [item for item in names.items() if item[0].startswith("ال")]:
        names.setdefault(label.removeprefix("ال"), codes)
    cores: dict[str, tuple[str, ...]] = {}
    for label, codes in names.items():
        if core := _core(label):
            cores[core] = tuple(sorted(set(cores.get(core, ()) + codes)))
    return names, cores
