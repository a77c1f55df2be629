"""Digits of every script: ٢٠٢٧, २०२७ and ২০২৭ are 2027."""

import unicodedata
from functools import lru_cache


def plain(text: str) -> str:
    """`text` with every decimal digit as 0 to 9. Signs that only count (Ethiopic ፲, Roman Ⅻ) are left as they are."""
    return text if text.isascii() else text.translate(_found_in(frozenset(c for c in text if not c.isascii())))


@lru_cache(maxsize=4096)
def _found_in(characters: frozenset[str]) -> dict[int, str]:
    values = {character: unicodedata.decimal(character, None) for character in characters}
    return {ord(character): str(value) for character, value in values.items() if value is not None}
