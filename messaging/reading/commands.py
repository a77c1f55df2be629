"""Commands in a text: a word of ours at its beginning, and what stands behind it. What they do is decided elsewhere."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from messaging.reading.folding import Folded
from messaging.reading.signs import Signs

_STATUS = {"MOVING": "MOVING", "STAY": "STAYING"}
_NEAR = {
    "HOSPITAL": {
        "hospital",
        "ospital",
        "doctor",
        "clinic",
        "rumah",
        "hospitali",
        "مستشفى",
        "مستشفي",
        "haspatal",
        "অস্পতাল",
    },
    "EMBASSY": {"embassy", "consulate", "embahada", "kedutaan", "ubalozi", "سفاره", "السفاره", "dutawas"},
    "AIRPORT": {"airport", "paliparan", "bandara", "مطار", "المطار", "havaiadda"},
    "LEADER": {"leader", "lider", "ketua", "kiongozi"},
}
_FEW_WORDS = 3
_BEFORE_A_NUMBER = "+-(#"
_STAY_IS_A_WISH = frozenset(
    ["safe", "strong", "blessed", "healthy", "well", "calm", "tuned", "ingat", "hydrated", "connected", "home"]
)


@dataclass(frozen=True, slots=True)
class Command:
    """A command and its argument as typed; `status` is what it says about the sender."""

    name: str
    argument: str
    status: str | None = None


def find(signs: Signs) -> Command | None:
    """The command a text begins with, if what follows fits it; None for "new passport please" or "contact me"."""
    if signs.original.strip() in {"?", "؟", "??", "？"}:
        return Command("JOIN", "")
    for kind, hits in signs.hits.items():
        if not kind.startswith("command "):
            continue
        for hit in hits:
            if hit.start:
                continue
            name = kind.removeprefix("command ")
            rest = signs.text.raw[hit.end :]
            argument = _FITS[name](rest, _typed_after(signs, hit.end)) if name in _FITS else _alone(rest, "")
            if argument is not None:
                return Command(name, argument, _STATUS.get(name))
    return None


def _typed_after(signs: Signs, words: int) -> str:
    """The text as typed behind its first words; folded where folding changed its length."""
    if words >= len(signs.text.words):
        return ""
    start = signs.text.start[words]
    while start and signs.text.plain[start - 1] in _BEFORE_A_NUMBER:
        start -= 1
    source = signs.original if len(signs.original) == len(signs.text.plain) else signs.text.plain
    return source[start:].strip()


def _alone(rest: tuple[str, ...], _typed: str) -> str | None:
    return None if rest else ""


def _anything(_rest: tuple[str, ...], typed: str) -> str | None:
    return typed


def _few(rest: tuple[str, ...], typed: str) -> str | None:
    return typed if len(rest) <= _FEW_WORDS else None


def _with_digits(rest: tuple[str, ...], typed: str) -> str | None:
    return typed if not rest or any(char.isdigit() for word in rest for char in word) else None


def _one_of(*allowed: str) -> Callable[[tuple[str, ...], str], str | None]:
    def fits(rest: tuple[str, ...], _typed: str) -> str | None:
        written = " ".join(rest)
        return written.upper() if written in allowed else None

    return fits


def _near(rest: tuple[str, ...], _typed: str) -> str | None:
    if not rest:
        return ""
    if len(rest) > 1 + (rest[0] == "rumah"):
        return None
    return next((name for name, words in _NEAR.items() if rest[0] in words), None)


def _loc(rest: tuple[str, ...], typed: str) -> str | None:
    written = " ".join(rest)
    return written.upper() if written in {"off", "delete"} else typed


def _stay(rest: tuple[str, ...], typed: str) -> str | None:
    return None if rest and rest[0] in _STAY_IS_A_WISH else typed


def _language(rest: tuple[str, ...], typed: str) -> str | None:
    return typed if len(rest) == 1 else None


_FITS: dict[str, Callable[[tuple[str, ...], str], str | None]] = {
    "MOVING": _anything,
    "STAY": _stay,
    "GO": _alone,
    "NEAR": _near,
    "LOC": _loc,
    "JOIN": _few,
    "DOCS": _alone,
    "DOC": _few,
    "RENEWED": _anything,
    "PASSPORT": _one_of("", "1", "2", "3"),
    "LANG": _language,
    "WHO": _alone,
    "DELETE ME": _alone,
    "FAMILY": _one_of("on", "off"),
    "CONTACT": _with_digits,
    "NEW": _with_digits,
    "INFO": _alone,
}


def safe_names(text: Folded, typed: str) -> str | None:
    """What stands behind SAFE when a number does: "SAFE 3 Maria, Jun, Ana" gives "3 Maria, Jun, Ana"; else None."""
    if len(text.raw) > 1 and text.raw[0] == "safe" and text.raw[1].isdigit():
        return typed
    return None
