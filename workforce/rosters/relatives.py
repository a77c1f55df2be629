"""Rows about a worker's family: lists that name the wife and the children below the worker. They are no workers, and none is made of them."""

import re
from collections.abc import Sequence

from workforce.core.words import _
from workforce.countries import plain
from workforce.rosters import heading_words
from workforce.rosters.headers import Column, Header
from workforce.rosters.heading_words import NAME_FIELDS

_FAMILY_TEXT = """spouse, wife, husband, son, daughter, child, children, kid, kids, baby, infant, newborn, dependent, dependents, dependant, dependants, dep, family,
    family member, mother, father, brother, sister, parent, accompanying, accompanying family, istri, isteri, suami, anak, ibu, ayah, epouse, epoux, conjoint, conjointe,
    femme, mari, fils, fille, enfant, enfants, esposa, esposo, conyuge, hijo, hija, hijos, asawa, زوجه, زوج, ابن, ابنه, طفل, श्रीमती, पत्नी, स्त्री"""
_FAMILY = frozenset(plain(word) for word in _FAMILY_TEXT.split(","))
_PERSONS_TEXT = "person persons people pax worker workers employee employees nos male males female females heads passengers"
_MEMBERS_TEXT = "spouse wife husband child children kid kids baby babies infant infants son sons daughter daughters dependent dependents dependant dependants family member members"
_MEMBERS = frozenset(_MEMBERS_TEXT.split())
_COUNTED = frozenset(_PERSONS_TEXT.split()) | _MEMBERS
_ALONE = _MEMBERS - {"son", "daughter", "baby", "sons"}  # Son and Baby are names as well.
_JOINING = frozenset(("and", "with", "the", "of", "his", "her", "plus"))
_KINSHIP = r"(?:wife|husband|spouse|son|daughter|child|dependent|dependant|istri|isteri|suami|anak|epouse|esposa)"
_SAYS_WHOSE = re.compile(rf"(?i)(?:[-–•>\s]*{_KINSHIP}(?:\s*:|\s+[-–—])\s*\w.*|.*\({_KINSHIP}(?: of [^)]*)?\)|{_KINSHIP} of \w.*)").fullmatch


def is_about_family(name: str) -> bool:
    """Whether a cell for a name says that it is not the worker's: "Wife: Sunita Kumar", "Mona Ali (wife)"."""
    return (":" in name or "(" in name or "-" in name or "–" in name or " of " in name.lower()) and bool(_SAYS_WHOSE(name))


def is_nobody(name: str) -> bool:
    """Whether it is a word for people and no name: "Spouse", "3 persons", "wife and 2 children"."""
    if _COUNTED.isdisjoint(name.lower().replace("-", " ").split()):
        return False
    words = [word for word in plain(name).split() if word not in _JOINING]
    kinds = [word for word in words if not word.isdigit()]
    if not kinds or not set(kinds) <= _COUNTED:
        return False
    return len(kinds) < len(words) or set(kinds) <= _ALONE


def column_of(header: Header) -> Column | None:
    """The column that says how the person of the row is related to a worker; None where it is about whom to call."""
    if header.fields & {"contact_name", "phone_family"}:
        return None
    column = next(iter(header.having("contact_relation")), None)
    if column is None or "kin" in heading_words.concepts(column.heading):
        return None
    left = next((other for other in header.columns if other.index == column.index - 1), None)
    return column if left is None or left.field else None  # A column left of it that we do not know may be the contact's name.


def lists_families(header: Header, column: Column, relations: Sequence[str]) -> bool:
    """Whether the different words of such a column, "" among them, tell workers from their family.

    If all are family, they may be people to call, unless the name itself stands beside: so they do in a file of rejects.
    """
    family = sum(is_relative(word) for word in relations)
    named = any(other.index == column.index - 1 and other.field in NAME_FIELDS for other in header.columns)
    return family > 0 and (family < len(relations) or named)


def is_relative(relation: str) -> bool:
    """Whether a word of that column is a relative's."""
    return plain(relation) in _FAMILY


def reason() -> str:
    """Why the row is left out."""
    return _("This row is about a worker's family. Write them on the worker's own page.")
