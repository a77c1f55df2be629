"""The default texts of the product, in the worker's language, with values filled in."""

from __future__ import annotations

import re
import string
import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from messaging import segments

FOLDER = Path(__file__).resolve().parent / "templates_text"
FALLBACK = "en"
_RIGHT_TO_LEFT = frozenset({"ar", "ur"})
_DIALLED = re.compile(r"(?=\+\d)")
_SLOT = re.compile(r"\{(\w+)\}")
_LEFT_TO_RIGHT_MARK = "\u200e"


class MissingText(KeyError):
    """There is no such text, or a value it needs was not given."""

    def __str__(self) -> str:
        return str(self.args[0])


def languages() -> tuple[str, ...]:
    """Codes of the languages that have texts of their own, English first."""
    return tuple(sorted((path.stem for path in FOLDER.glob("*.toml")), key=lambda code: (code != FALLBACK, code)))


def names() -> tuple[str, ...]:
    """Names of all texts, in the order of the English file."""
    return tuple(_texts(FALLBACK))


def template(key: str, language: str | None) -> str:
    """The text with its placeholders: of "tl-PH", else of "tl", else English. Raises MissingText for no such key."""
    code = (language or FALLBACK).replace("_", "-")
    for step in (
        code,
        code.partition("-")[0],
        {"fil": "tl", "ms": "id"}.get(code.partition("-")[0], FALLBACK),
        FALLBACK,
    ):
        found = _texts(step).get(key)
        if found:
            return found
    raise MissingText(f"There is no text called {key!r}.")


def has(key: str, language: str) -> bool:
    """Whether this text exists in the language itself, without falling back."""
    return key in _texts(language)


def is_draft(language: str) -> bool:
    """Whether no native speaker has read this language's texts yet; their file says who has."""
    return str(_file(language).get("reader", "")).startswith("none yet")


def longer(language: str) -> list[str]:
    """The texts that this language cannot say in one part, in the order of the English file."""
    return list(_file(language).get("longer", []))


def phrase(key: str, language: str | None, **values: object) -> str:
    """A few words that go into a text, such as the name of a place without a name of its own; English where none are known."""
    found = _part(language or FALLBACK, "phrases").get(key) or _part(FALLBACK, "phrases")[key]
    return found.format_map({name: apart(value, language) for name, value in values.items()})


def apart(value: object, language: str | None) -> str:
    """A value as it goes into a text: in one that runs from right to left a mark before each plus, or a phone shows "218…+".

    The mark is one UCS-2 character, and such texts are UCS-2 anyway.
    """
    if (language or FALLBACK).partition("-")[0] not in _RIGHT_TO_LEFT:
        return str(value)
    return _DIALLED.sub(_LEFT_TO_RIGHT_MARK, str(value))


def slots(key: str, language: str | None = FALLBACK) -> tuple[str, ...]:
    """The placeholders of a text, in order of appearance, each once."""
    named = (name for _, name, _, _ in string.Formatter().parse(template(key, language)) if name)
    return tuple(dict.fromkeys(named))


def text(key: str, language: str | None, **values: object) -> str:
    """The text filled in. Raises MissingText naming every value that is not given; values it does not use are ignored."""
    written = template(key, language)
    missing = [name for name in slots(key, language) if values.get(name) is None]
    if missing:
        raise MissingText(f"The text {key!r} needs {', '.join(missing)}.")
    return filled(written, values, language)


def filled(written: str, values: Mapping[str, object], language: str | None) -> str:
    """The text with its values, numbers kept in order unless that alone would cost a part more. Unknown slots stay."""
    plain = _replaced(written, {name: str(value) for name, value in values.items()})
    marked = _replaced(written, {name: apart(value, language) for name, value in values.items()})
    return marked if segments.count(marked).parts == segments.count(plain).parts else plain


def _replaced(written: str, values: Mapping[str, str]) -> str:
    """In one go: a slot within a value is somebody's text, not ours."""
    return _SLOT.sub(lambda slot: values.get(slot[1], slot[0]), written)


def _texts(language: str) -> dict[str, str]:
    return _part(language, "texts")


def _part(language: str, part: str) -> dict[str, str]:
    found: dict[str, str] = _file(language).get(part, {})
    return found


@cache
def _file(language: str) -> dict[str, Any]:
    path = FOLDER / f"{language}.toml"
    if not language.replace("-", "").isalnum() or not path.is_file():
        return {}
    return tomllib.loads(path.read_text(encoding="utf-8"))
