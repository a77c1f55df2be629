"""The families and contacts of the demo's people, worked out from each one's number: the same every time."""

from datetime import date
from typing import Any

from messaging.demo import cast
from messaging.demo.cast import Member

_WIVES = {
    "PH": ("Aileen", "Rosario", "Jennifer"),
    "NP": ("Kamala", "Anita"),
    "BD": ("Salma", "Rokeya"),
    "IN": ("Anju", "Lakshmi"),
    "KE": ("Mary", "Esther"),
}
_HUSBANDS = {
    "PH": ("Roberto", "Jun", "Antonio"),
    "NP": ("Hari", "Suresh"),
    "BD": ("Anwar", "Selim"),
    "IN": ("Joseph", "Ravi"),
    "KE": ("John", "Samuel"),
}
_PARENTS = {
    "PH": ("Pacita", "Ignacio"),
    "NP": ("Devi", "Gopal"),
    "BD": ("Amena", "Yusuf"),
    "IN": ("Kamala", "George"),
    "KE": ("Wanjiru", "Joseph"),
}
_CHILDREN = {
    "PH": ("Angel", "Mark", "Princess", "John Paul"),
    "NP": ("Asmita", "Bikash"),
    "BD": ("Tania", "Rakib"),
    "IN": ("Anu", "Arjun"),
    "KE": ("Joy", "Brian"),
}
_LIVING_WITH = frozenset({6, 34, 73, 85})  # Whose family is in Libya with them: they count in an evacuation.


def kin(member: Member) -> dict[str, Any]:
    """The next of kin, in the country they come from."""
    married = member.number % 3 != 0
    names = (_WIVES if member.sex == "m" else _HUSBANDS) if married else _PARENTS
    given = names[member.nationality][member.number % len(names[member.nationality])]
    relation = (
        ("wife" if member.sex == "m" else "husband")
        if married
        else ("mother" if given == names[member.nationality][0] else "father")
    )
    return {
        "kind": "next_of_kin", "full_name": f"{given} {member.family}", "relation": relation, "country": member.nationality,
        "language": "en" if member.language == "ar" else member.language, "phone": cast.home_number(member), "may_be_told": member.number % 9 != 0,
    }  # fmt: skip


def dependants(member: Member, today: date) -> list[dict[str, Any]]:
    """Nobody for most; a child or two, or a whole family living along."""
    if member.number % 3 == 0 or (member.number % 4 and member.number not in _LIVING_WITH):
        return []
    here = member.number in _LIVING_WITH
    near = {
        "nationality": member.nationality,
        "lives_in": cast.HOST if here else member.nationality,
        "with_worker": here,
    }
    names = _CHILDREN[member.nationality]
    children = [
        near | {"full_name": f"{names[(member.number + nth) % len(names)]} {member.family}", "relation": "child", "birth_date": date(today.year - 4 - (member.number + 5 * nth) % 13, 1 + member.number % 12, 3 + nth)}
        for nth in range(1 + member.number % 2)
    ]  # fmt: skip
    if not here:
        return children
    spouse = kin(member)
    return [
        near
        | {
            "full_name": spouse["full_name"],
            "relation": spouse["relation"],
            "birth_date": date(member.born_on.year + 2, 5, 17),
        },
        *children,
    ]


def buddy(member: Member) -> Member | None:
    """The next one of the same site looks after them."""
    same = [one for one in cast.members() if one.site == member.site]
    place = same.index(member)
    return same[(place + 1) % len(same)] if len(same) > 1 else None
