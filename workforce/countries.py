"""Countries as people write them: codes, names in five languages, nationalities, short forms."""

import re
import unicodedata
from difflib import get_close_matches
from functools import cache, lru_cache

from babel import Locale, localedata
from babel.core import get_global

from workforce.core.errors import Invalid
from workforce.core.words import _
from workforce.country_titles import TITLES
from workforce.country_words import SHARED, WORDS

LANGUAGES = ("en", "fr", "es", "ar", "id", "ms")
# Looked into when none of these knows the word: reading them takes half a second.
FURTHER_LANGUAGES_TEXT = "fil ne bn si am hi ur ta te ml sw so pt it de vi th my km lo zh zh_Hant tr fa ps ru ko ja ha mg nl"
# In CLDR's list and yet no country anybody is a national of: groupings, test codes, uninhabited or exceptional codes.
NO_COUNTRY_TEXT = "AC AQ BV CP CQ DG EA EU EZ HM IC QO TA UM UN XA XB ZZ"
LONGEST_ASKED, LONGEST_NAME = 40, 200
NO_COUNTRY = frozenset(NO_COUNTRY_TEXT.split())

# Marks above and below letters in Latin, Greek, Cyrillic and Arabic. Vowel signs of Indic scripts are not among them.
_MARKS = re.compile("[\u0300-\u036f\u064b-\u065f\u0670\u0640\u200b-\u200f\u202a-\u202e\u2066-\u2069]")
# Vowel signs and the like from Devanagari to Khmer stand inside words, although no regex letter class has them.
_NOT_WORD = re.compile("[^\\w\u0900-\u109f\u1780-\u17d3]+|_+")
_LITTLE_WORDS_TEXT = "the of and republic state kingdom sultanate de du des la le les del el d l et y dan da"
_LITTLE_WORDS = frozenset(_LITTLE_WORDS_TEXT.split())
_OPENED = {"rep": "republic", "dem": "democratic", "fed": "federated", "st": "saint", "n": "north", "s": "south", "isl": "islands", "is": "islands", "terr": "territory"}
_CITIZEN = re.compile(r" (?:citizens?|nationals?|nationality|passport(?: holder)?)$")
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
    codes = _candidates(text[:LONGEST_NAME])
    if len(codes) == 1:
        return codes[0]
    if codes:
        names = _(" or ").join(name(code) for code in codes)
        raise AmbiguousCountry(_("%(said)s could be %(names)s.", said=f"“{text.strip()}”", names=names), codes)
    said = f"“{text.strip()}”"
    if like := _like(text):
        raise UnknownCountry(_("No country is called %(said)s. Is it %(like)s?", said=said, like=like))
    raise UnknownCountry(_("No country is called %(said)s.", said=said))


@lru_cache(maxsize=4096)
def name(code: str, language: str = "en") -> str:
    """What `language` calls the country, short enough for a sentence; the code itself when CLDR has no word for it."""
    if code in _SHORT and language == "en":
        return _SHORT[code]
    return str(Locale.parse(language).territories.get(code, code))


def in_sentence(code: str) -> str:
    """The English name as it stands inside a sentence: "the Philippines", "Kuwait"."""
    return f"the {name(code)}" if code in _WITH_ARTICLE else name(code)


@cache
def all_codes() -> tuple[str, ...]:
    """Every ISO 3166-1 alpha-2 code in use, and XK for Kosovo, sorted."""
    territories = Locale.parse("en").territories
    return tuple(
        sorted(str(code) for code in territories if re.fullmatch("[A-Z]{2}", str(code)) and code not in NO_COUNTRY)
    )


_WITH_ARTICLE_TEXT = "PH AE US GB NL MV BS KM SC MH SB CF CZ DO"
_WITH_ARTICLE = frozenset(_WITH_ARTICLE_TEXT.split())
_SHORT = {"HK": "Hong Kong", "MO": "Macao", "PS": "Palestine", "MM": "Myanmar"}


@lru_cache(maxsize=4096)
def _candidates(text: str) -> tuple[str, ...]:
    """The codes `text` may mean: none, one, or several."""
    names, cores = _names()
    key = plain(text)
    opened = " ".join(_OPENED.get(word, word) for word in key.split())
    for attempt in (key, key.replace(" ", ""), key.removeprefix("ال"), opened, _CITIZEN.sub("", key)):
        if attempt in names:
            return names[attempt]
    if core := _core(key):
        if core in cores:
            return cores[core]
        if core in names:
            return names[core]
    return _last_part(text) or _elsewhere().get(key, ())


def _last_part(text: str) -> tuple[str, ...]:
    """What the parts name: one country, as in "Dubai, UAE" or "Filipino (PH)", or several, as in "Filipino/American"."""
    parts = [part for part in re.split(r"[,/()\[\]–&;|]|\s-|-\s|\n", text) if part.strip()]
    if len(parts) < 2:
        return ()
    found = {codes for part in parts if (codes := _names()[0].get(plain(part)))}
    clear = {codes for codes in found if len(codes) == 1} or found
    return tuple(sorted({code for codes in clear for code in codes}))


def _territories(language: str) -> dict[str, str]:
    """What a language calls the countries. Babel keeps all it ever read of a language, 2 MB each for 300 words: here it is let go."""
    kept: dict[str, object] = localedata._cache
    was_there = language in kept
    names = {str(code): str(label) for code, label in localedata.load(language)["territories"].items()}
    if not was_there:
        kept.pop(language, None)
    return names


@cache
def _elsewhere() -> dict[str, tuple[str, ...]]:
    """Countries as further languages call them; a word that two languages give to two countries has both."""
    known, meant = set(all_codes()), dict[str, set[str]]()
    for language in FURTHER_LANGUAGES_TEXT.split():
        for code, label in _territories(language).items():
            if code in known and len(word := plain(label)) > 1:
                meant.setdefault(word, set()).add(str(code))
    return {word: tuple(sorted(codes)) for word, codes in meant.items()}


def _like(text: str) -> str:
    """A country whose name is nearly this, for asking; "" when none is. It is never taken for it."""
    key = plain(text)
    if not 4 <= len(key) <= LONGEST_ASKED:
        return ""
    near = [word for word in _names()[0] if len(word) > 3 and word[:1] == key[:1] and abs(len(word) - len(key)) < 3]
    match = next(iter(get_close_matches(key, near, n=1, cutoff=0.8)), "")
    codes = _names()[0].get(match, ())
    return name(codes[0]) if len(codes) == 1 else ""


def _core(key: str) -> str:
    return " ".join(sorted(word for word in key.split() if word not in _LITTLE_WORDS))


@cache
def _names() -> tuple[dict[str, tuple[str, ...]], dict[str, tuple[str, ...]]]:
    """Every plain name → codes; and the same with little words and order set aside, for "Arabia, Kingdom of Saudi"."""
    names = {**_listed(TITLES), **_listed(WORDS), **_listed(SHARED)}
    codes_in_use = set(all_codes())
    for language in LANGUAGES:
        for code, label in _territories(language).items():
            if code in codes_in_use:
                names.setdefault(plain(label), (str(code),))
    for alias, targets in get_global("territory_aliases").items():
        if re.fullmatch("[A-Z]{3}", alias) and len(targets) == 1 and targets[0] in codes_in_use:
            names.setdefault(alias.casefold(), (targets[0],))
    names.update({code.casefold(): (code,) for code in codes_in_use})
    for label in [label for label in names if label.startswith("ال")]:
        names.setdefault(label.removeprefix("ال"), names[label])
    cores: dict[str, tuple[str, ...]] = {}
    for label, meant in names.items():
        if core := _core(label):
            cores[core] = tuple(sorted({*cores.get(core, ()), *meant}))
    return names, cores


def _listed(table: str) -> dict[str, tuple[str, ...]]:
    """Plain word → codes, from lines of "CODE: word, word" or "word, word: CODE, CODE"; the first line to use a word has it."""
    found: dict[str, tuple[str, ...]] = {}
    for line in table.strip().splitlines():
        left, right = line.split(":")
        codes, said = (left, right) if re.fullmatch("[A-Z]{2}", left) else (right, left)
        for word in said.split(","):
            found.setdefault(plain(word), tuple(code.strip() for code in codes.split(",")))
    return found
