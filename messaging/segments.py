"""How many parts a text costs, what makes it cost more, and what a template must not say.

GSM 7-bit default alphabet and extension table: 3GPP TS 23.038 (GSM 03.38), section 6.2.1. A part holds 160 units of
it or 70 of UCS-2; in a text of several parts 153 and 67, because each part carries its number.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from typing import Literal

from workforce.core.words import _, _n

_BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿"
    "abcdefghijklmnopqrstuvwxyzäöñüà"
)
_EXTENSION = frozenset("\f^{}\\[~]|€")  # An escape and the character: two units.
_SINGLE = {"GSM-7": 160, "UCS-2": 70}
_JOINED = {"GSM-7": 153, "UCS-2": 67}
_TYPOGRAPHIC = {
    "“": '"',
    "”": '"',
    "„": '"',
    "‘": "'",
    "’": "'",
    "–": "-",
    "—": "-",
    "…": "...",
    "\u00a0": " ",
    "•": "-",
}

# Words on which a carrier acts before we see the text. START is not among them: it only ever restores our texts.
RESERVED = frozenset(
    [
        "STOP",
        "STOPALL",
        "UNSUBSCRIBE",
        "CANCEL",
        "END",
        "QUIT",
        "REVOKE",
        "OPTOUT",
        "ARRET",
        "REMOVE",
        "TD",
        "YES",
        "NO",
        "HELP",
        "INFO",
    ]
)
_ASKED_FOR = re.compile(
    rf"\b(?:reply|send|text|answer|type|write|sms|respond)\b(?:\s+(?:us|with|back|the|word|to|just))*\s*[:\"'“‘(]*\s*"
    rf"({'|'.join(sorted(RESERVED))})\b|\b({'|'.join(sorted(RESERVED))})\s+(?:or|/)\s+({'|'.join(sorted(RESERVED))})\b",
    re.IGNORECASE,
)
_LEGAL = re.compile(r"\bSTOP\s*(?:=|to stop|to opt|for no)", re.IGNORECASE)
_PLACEHOLDER = re.compile(r"\{(\w+)\}")
_UNSEEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")

Encoding = Literal["GSM-7", "UCS-2"]


@dataclass(frozen=True, slots=True)
class Segments:
    """The cost of a text: units used, parts sent, units still free in the last part, units a part holds."""

    encoding: Encoding
    units: int
    parts: int
    left_in_part: int
    per_part: int


def count(text: str) -> Segments:
    """What a text costs. An emoji is two units of UCS-2; nothing is split inside an escape or an emoji."""
    encoding: Encoding = "UCS-2" if unusual(text) else "GSM-7"
    widths = [_width(char, encoding) for char in text]
    units = sum(widths)
    if units <= _SINGLE[encoding]:
        return Segments(encoding, units, 1 if text else 0, _SINGLE[encoding] - units, _SINGLE[encoding])
    per_part = _JOINED[encoding]
    parts, used = 1, 0
    for width in widths:
        if used + width > per_part:
            parts, used = parts + 1, 0
        used += width
    return Segments(encoding, units, parts, per_part - used, per_part)


def _width(char: str, encoding: Encoding) -> int:
    if encoding == "GSM-7":
        return 2 if char in _EXTENSION else 1
    return 2 if ord(char) > 0xFFFF else 1


def unusual(text: str) -> list[str]:
    """The characters that force the dearer encoding, each once, in order of appearance."""
    return list(dict.fromkeys(char for char in text if char not in _BASIC and char not in _EXTENSION))


def lint(text: str, *, most_parts: int = 1, required: Collection[str] = (), allowed: Collection[str] = ()) -> list[str]:
    """What is wrong with a template, in sentences fit for the person who writes it; empty if nothing is.

    `required` are placeholders that must stand in it, `allowed` those that may as well; with neither given, any may.
    """
    return faults(text, most_parts=most_parts, required=required, allowed=allowed) + _dear_characters(text)


def dear(text: str) -> list[str]:
    """A hint where only curly quotes or long dashes make a text dearer: its letters would go as plain ones. Nothing is ever replaced."""
    return _dear_characters(text) if all(char in _TYPOGRAPHIC for char in unusual(text)) else []


def faults(
    text: str, *, most_parts: int = 1, required: Collection[str] = (), allowed: Collection[str] = ()
) -> list[str]:
    """What `lint` finds, without what is only dear: a template with one of these is not saved."""
    problems = [*_reserved_words(text), *_placeholders(text, required, allowed)]
    size = count(text)
    if size.parts > most_parts:
        limit = _n("%(num)s part", "%(num)s parts", most_parts)
        problems.append(
            _(
                "This text takes %(parts)s parts (%(units)s characters); it should fit %(limit)s.",
                parts=size.parts,
                units=size.units,
                limit=limit,
            )
        )
    return problems


def unfilled(text: str, allowed: Collection[str] = ()) -> list[str]:
    """The placeholders that nothing will fill, a sentence each; `allowed` are filled."""
    return _placeholders(text, (), allowed)


def visible(text: str) -> str:
    """The text without signs that nobody sees but that change what is seen: controls, and marks that turn the order of writing.

    What is approved must be what is read. Marks that letters need (joiners, left-to-right and right-to-left marks) stay.
    """
    return _UNSEEN.sub("", text)


def reserved(text: str) -> list[str]:
    """The carriers' own words that a text asks for, a sentence each."""
    return _reserved_words(text)


def _reserved_words(text: str) -> list[str]:
    asked: dict[str, None] = {}
    for match in _ASKED_FOR.finditer(text):
        for word in match.groups():
            # "STOP=no more texts" is what the law wants said; it asks for no answer to a question.
            if word and not _LEGAL.match(text, match.end() - len(word)):
                asked[word.upper()] = None
    return [
        _("It asks for %(word)s, a word that carriers keep for themselves. Ask for a digit instead.", word=word)
        for word in asked
    ]


def _dear_characters(text: str) -> list[str]:
    odd = [char for char in unusual(text) if char in _TYPOGRAPHIC]
    if not odd:
        return []
    swaps = ", ".join(f"{char} → {_TYPOGRAPHIC[char]!r}" if char.strip() else repr(char) for char in odd)
    return [_("Curly quotes or long dashes make the text dearer and shorten a part to 70: %(swaps)s.", swaps=swaps)]


def _placeholders(text: str, required: Collection[str], allowed: Collection[str]) -> list[str]:
    found = dict.fromkeys(_PLACEHOLDER.findall(text))
    missing = [_("The placeholder {%(name)s} is missing.", name=name) for name in required if name not in found]
    known = {*required, *allowed}
    unknown = [
        _("Nothing fills the placeholder {%(name)s}.", name=name) for name in found if known and name not in known
    ]
    return missing + unknown
