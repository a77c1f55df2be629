"""Names of people: shown tidily, compared with what does not matter set aside."""

import re
import unicodedata
from functools import lru_cache

from workforce.countries import plain

_TITLES = frozenset(("mr", "mrs", "ms", "miss", "mme", "mlle", "sra", "srta", "engr"))
_PARTICLES_TEXT = "de dela del della delos delas da dos di al el bin binti bint binte bte ibn van von der san santa"
_PARTICLES = frozenset(_PARTICLES_TEXT.split())
_OPENED = {
    "ma": "maria",
    **dict.fromkeys(("md", "mohd", "muhd", "mohmd", "moh", "mohamd", "mohammed", "mohamed", "mohamad"), "mohammad"),
    **dict.fromkeys(
        ("muhammad", "muhammed", "muhamad", "muhamed", "mohummad", "mahomed", "mohamud", "muh"), "mohammad"
    ),
    **dict.fromkeys(("mst", "mosa", "mosammat", "mosammet", "musammat", "most"), "mosammat"),
    **dict.fromkeys(("abd", "abdul", "abdel", "abdal"), "abdul"),
    **dict.fromkeys(("sk", "sheik", "shaikh", "sheikh", "shk"), "sheikh"),
    **dict.fromkeys(("jr", "junior"), "jr"),
    **dict.fromkeys(("sta",), "santa"),
    **dict.fromkeys(("sto",), "santo"),
}
_JOINED = (("de la ", "dela "), ("de los ", "delos "), ("de las ", "delas "))
_LETTERS = str.maketrans(
    {"ø": "o", "Ø": "o", "ł": "l", "Ł": "l", "đ": "d", "Đ": "d", "æ": "ae", "Æ": "ae", "œ": "oe", "ı": "i"}
)
_SIMPLE = re.compile(r"[a-z ]+").fullmatch
_SUFFIX = re.compile(r"(?i)(?:jr|sr|ii|iii|iv|junior|senior)\.?")
_LIST_NUMBER = re.compile(r"^\d{1,5}\s*[.)\-:]\s*(?=[^\W\d_])")
_NOBODY = frozenset(("vacant", "vacancy", "vacant position", "tba", "to follow", "to be advised", "to be announced", "to be confirmed", "unknown", "-do-", "ditto", "same as above"))
_SMALL_WORDS_TEXT = "de la dela del della delos delas los las da dos di y bin binti bint ibn van von der al el"
_SMALL_WORDS = frozenset(_SMALL_WORDS_TEXT.split())


@lru_cache(maxsize=4096)
def folded(name: str) -> str:
    """The name for comparing: case, accents, punctuation and the order of parts set aside, usual abbreviations opened.

    "MAGSINO, Ma. Rodela" and "Maria Rodela Magsino" are the same.
    """
    text = name.lower()
    if not _SIMPLE(text):
        text = plain(text.translate(_LETTERS))
    text += " "
    if "de l" in text:
        for apart, joined in _JOINED:
            text = text.replace(apart, joined)
    parts = [_OPENED.get(part, part) for part in text.split()]
    return " ".join(sorted([part for part in parts if part not in _TITLES] or parts))


def one_person(one: str, other: str) -> bool:
    """Whether two folded names share at least half of their parts, so that one passport may carry both.

    Parts are counted over both names ("Maria Santos" and "Maria Santos Reyes" share 4 of 5); an initial counts for
    the part it begins, and little words such as "de" or "bin" only when there is nothing else.
    """
    first, second = _telling(one), _telling(other)
    shared = 0
    rest = list(second)
    for part in first:
        match = next((p for p in rest if p == part), None) or next((p for p in rest if _initial(part, p)), None)
        if match is not None:
            rest.remove(match)
            shared += 1
    return 4 * shared >= len(first) + len(second)


def _telling(name: str) -> list[str]:
    parts = name.split()
    return sorted((part for part in parts if part not in _PARTICLES), key=len, reverse=True) or parts


def _initial(one: str, other: str) -> bool:
    return (len(one) == 1 or len(other) == 1) and one[:1] == other[:1]


def tidy(name: str) -> str:
    """For showing: single spaces, no list number in front, and capitals only at the beginnings when typed all in capitals."""
    name = _LIST_NUMBER.sub("", " ".join(name.split())).strip(" ,;*")
    if not name.isupper() or len(name) < 3:
        return name
    words = [_tidy_word(word, first=position == 0) for position, word in enumerate(name.split())]
    return " ".join(words)


def _tidy_word(word: str, *, first: bool) -> str:
    bare = word.strip(".,").lower()
    if _SUFFIX.fullmatch(bare) and bare in {"ii", "iii", "iv"}:
        return word
    if bare in _SMALL_WORDS and not first:
        return word.lower()
    return re.sub(r"[^\W\d_]+", lambda match: match[0][:1] + match[0][1:].lower(), word)


def split_name(name: str) -> tuple[str, str]:
    """Family name and given names, where the comma tells: "MAGSINO, Rodel P." is ("Magsino", "Rodel P.").

    ("", "") when there is no comma or only a suffix after it ("Juan Cruz, Jr."): which part is the family's is not guessed.
    """
    family, comma, given = name.partition(",")
    family, given = family.strip(), given.strip(" ,")
    if not comma or not family or not given or _SUFFIX.fullmatch(given):
        return "", ""
    return tidy(family), ", ".join(tidy(part) for part in given.split(","))


def display(name: str) -> str:
    """The name in the order it is spoken: "MAGSINO, Rodel P." is "Rodel P. Magsino"."""
    family, given = split_name(name)
    if not family:
        return tidy(name)
    given, *suffixes = (part.strip() for part in given.split(","))
    return " ".join([given, family, *suffixes])


def with_suffix(name: str, suffix: str) -> str:
    """The name with the "Jr." or "III" of a column of its own, unless it ends so already."""
    suffix = suffix.strip(" ,.")
    if not name or not _SUFFIX.fullmatch(suffix) or name.lower().rstrip(".").endswith(f" {suffix.lower()}"):
        return name
    return f"{name} {suffix.title() + '.' if suffix.lower() in {'jr', 'sr'} else suffix.upper()}"


_GARBLED = re.compile("[ÃÂÐØÙ][\u0080-\u00bf\u0152\u0153\u0160\u0161\u0178\u017d\u017e\u0192\u02c6\u02dc\u2013-\u203a\u20ac\u2122]|\ufffd|à[¤¥¦§¶·]|á[ˆ‰Š‹]")
_ALIAS = re.compile(r"[^\W\d_][^@]* @ ?[^\W\d_][^@]*").fullmatch
"""Bangladesh and Malaysia write "Abdul Mannan @ Manna" for somebody who is called Manna."""
_LOST_LETTER = re.compile(r"[^\W\d_]\?[^\W\d_]|\?{2}")


def looks_damaged(name: str) -> bool:
    """Whether letters of the name went wrong on the way: "JosÃ©", "Jos? Nu?ez", "Mu\ufffdoz"."""
    return (not name.isascii() and bool(_GARBLED.search(name))) or ("?" in name and bool(_LOST_LETTER.search(name)))


def is_name(text: str) -> bool:
    """Whether there is a letter in it, and no sign that names do not have.

    A digit is let through: who is refused is not looked for, and "Juan Cruz 2" is somebody. "Vacant" is nobody.
    """
    if text.startswith("#") or text.casefold().strip(" .()") in _NOBODY:
        return False
    if text.isascii() and text.replace(" ", "").isalpha():
        return True
    letters = sum(unicodedata.category(character)[0] in "LM" for character in text)
    return letters > 0 and not any(character in "=_<>{}[]\\|" for character in text) and ("@" not in text or bool(_ALIAS(text)))
