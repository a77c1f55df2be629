"""Which script a name is written in: a page must say so, for the right letters, direction and voice."""

import unicodedata

_LANGUAGES = {
    "ARABIC": "ar",
    "BENGALI": "bn",
    "DEVANAGARI": "hi",
    "ETHIOPIC": "am",
    "SINHALA": "si",
    "TAMIL": "ta",
    "CYRILLIC": "ru",
    "GEORGIAN": "ka",
    "HEBREW": "he",
    "THAI": "th",
    "MYANMAR": "my",
}


def tongue(text: str) -> str:
    """A BCP 47 tag for the script of the first letter, "" for Latin and for none."""
    for sign in text:
        if unicodedata.category(sign).startswith("L"):
            return _LANGUAGES.get(unicodedata.name(sign, "").split(" ")[0], "")
    return ""


def direction(text: str) -> str:
    """Is "rtl" when the first letter runs from right to left, else "ltr"."""
    first = next((sign for sign in text if unicodedata.category(sign).startswith("L")), "a")
    return "rtl" if unicodedata.bidirectional(first) in {"R", "AL"} else "ltr"
