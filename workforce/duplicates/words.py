"""The reasons for and against, and how sure we are, in words."""

from typing import Any

from workforce.core.words import _, _l
from workforce.duplicates.weighing import LIKELY, SURE

REASONS: dict[str, Any] = {
    "passport": _l("the same passport number"),
    "passport alike": _l("the same passport number but for signs that look alike"),
    "passport slip": _l("passport numbers that differ by one sign"),
    "birth": _l("the same birth date"),
    "birth unknown": _l("the same birth date (1 January is often a guess)"),
    "birth swapped": _l("the same birth date with day and month swapped"),
    "birth slip": _l("birth dates that differ by one digit"),
    "birth year": _l("the same year of birth; one of them has 1 January"),
    "name same": _l("the same name"),
    "name spelt": _l("the same name spelt another way"),
    "name script": _l("the same name in another script"),
    "name initials": _l("the same name with an initial"),
    "name part": _l("the same name with one part more"),
    "name one": _l("one part of the name is the same"),
    "name partly": _l("names that differ in one part"),
    "phone": _l("the same phone"),
    "phone shared": _l("the same phone (others use it too)"),
    "email": _l("the same e-mail address"),
    "kin": _l("the same number of the family"),
    "reference": _l("the same number in your own files"),
    "not name": _l("different names"),
    "not name common": _l("a name that many here have"),
    "not passport": _l("different passport numbers (it may have been renewed)"),
    "not birth": _l("different birth dates"),
    "not nationality": _l("different nationalities"),
    "not sex": _l("a man and a woman"),
}


def split(reasons: list[str]) -> tuple[list[str], list[str]]:
    """What speaks for it and what against, in words."""
    told = [(code, str(REASONS.get(code, code))) for code in reasons]
    return [word for code, word in told if not code.startswith("not ")], [word for code, word in told if code.startswith("not ")]


def sureness(score: int) -> str:
    """How sure we are."""
    if score >= SURE:
        return _("Almost surely one person")
    return _("Probably one person") if score >= LIKELY else _("Possibly one person")
