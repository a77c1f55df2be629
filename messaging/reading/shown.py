"""What pictures in a text show: a gun or blood beside the words takes every "safe" away, and alone it is a cry."""

from __future__ import annotations

# Beside the words: whatever these say, nobody is safe by them.
_SHOW_DANGER = frozenset("🔫🩸🔥💀💣🔪😭😢💥🧨☠")
# A text of nothing else. Tears and skulls are none: people laugh with them.
_CRY_ALONE = frozenset("🔫🩸🔥💣🔪💥🧨🚑🚨")
# Beside a few words: "🔫 outside". A fire is also praise.
_CRY_BESIDE = frozenset("🔫🩸💣🔪🧨")
_FEW_WORDS = 3


def danger(text: str) -> bool:
    """Whether a gun, blood, fire, a skull or tears stand in the text."""
    return not _SHOW_DANGER.isdisjoint(text)


def cries(text: str, words: int) -> bool:
    """Whether the pictures of a text of so many words are themselves a call for help: "🔥🔥🏠", "🔫 outside"."""
    if not words:
        return not _CRY_ALONE.isdisjoint(text)
    return words <= _FEW_WORDS and not _CRY_BESIDE.isdisjoint(text)
