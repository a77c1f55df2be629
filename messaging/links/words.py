"""The words of the pages that workers see, in their language: one file per language, for native readers to correct."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from messaging.reading.folding import digits
from messaging.texts import FALLBACK

FOLDER = Path(__file__).resolve().parent / "words"
RIGHT_TO_LEFT = frozenset({"ar", "ur"})
DIRECTIONS = ("n", "ne", "e", "se", "s", "sw", "w", "nw")


def languages() -> dict[str, str]:
    """Code → the language's own name, English first."""
    codes = sorted((path.stem for path in FOLDER.glob("*.toml")), key=lambda code: (code != FALLBACK, code))
    return {code: str(_file(code)["name"]) for code in codes}


def best(*wanted: str) -> str:
    """The first of these that has words, else English: "tl-PH" and "fil" are Tagalog."""
    known = languages()
    for code in wanted:
        short = code.replace("_", "-").partition("-")[0].lower()
        short = {"fil": "tl", "ms": "id"}.get(short, short)
        if short in known:
            return short
    return FALLBACK


def say(language: str, key: str, **values: object) -> str:
    """The words for `key`, filled in; English where a language has none. Raises KeyError for no such key."""
    words = _file(language)["words"].get(key) or _file(FALLBACK)["words"][key]
    isolated = language in RIGHT_TO_LEFT  # A name or a time in other letters must not turn the sentence around.
    return str(words).format_map(
        {name: f"\u2068{value}\u2069" if isolated else str(value) for name, value in values.items()}
    )


def has(key: str) -> bool:
    """Whether there are words of this name."""
    return key in _file(FALLBACK)["words"]


def keys(language: str) -> set[str]:
    """Which words a language has."""
    return set(_file(language)["words"])


def direction(language: str, bearing: float) -> str:
    """A bearing in degrees as one of eight directions in words."""
    return say(language, DIRECTIONS[round(bearing / 45) % 8])


@cache
def _file(language: str) -> Mapping[str, Any]:
    return tomllib.loads((FOLDER / f"{language}.toml").read_text(encoding="utf-8"))


def number(typed: str) -> int:
    """A small number typed in the digits of any script; 0 for anything else."""
    plain = digits(typed).strip()
    return int(plain) if plain.isascii() and plain.isdigit() and len(plain) <= 4 else 0
