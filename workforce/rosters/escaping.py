"""Cells that begin like a formula stay text: an apostrophe in front on the way out to CSV, taken off on the way in."""

from collections.abc import Sequence

_DANGEROUS = ("=", "+", "-", "@", "\t", "\r", "\n", "\x00")


def escaped(text: str) -> str:
    """`text` safe to stand in a CSV cell that a spreadsheet program opens. `unescaped` gives it back exactly."""
    if text.startswith(_DANGEROUS) or (
        text.startswith("'") and (text[1:].startswith(_DANGEROUS) or text.startswith("''"))
    ):
        return "'" + text
    return text


def unescaped(text: str) -> str:
    """The text before `escaped`; other leading apostrophes are left alone."""
    rest = text[1:]
    if text.startswith("'") and (rest.startswith(_DANGEROUS) or (rest.startswith("'") and escaped(rest) == text)):
        return rest
    return text


def unescaped_row(row: Sequence[str]) -> list[str]:
    """Every cell of a CSV row as it was before it was escaped."""
    return [unescaped(cell) if cell[:1] == "'" else cell for cell in row]
