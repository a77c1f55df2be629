"""How much speaks for two records being one person, and what: points for each reason, kept as code words."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple
from uuid import UUID

from workforce.duplicates import likeness
from workforce.duplicates.likeness import Level

LEAST = 50
LIKELY, SURE = 65, 85
MOST = 100
COMMON_NAME = 8
SMALL_ROOM = 2

_NAMES: dict[Level, int] = {"same": 30, "spelt": 26, "script": 26, "initials": 22, "part": 22, "one": 6, "partly": 4, "other": -40}
_AGREE = frozenset({"same", "spelt", "script", "initials", "part"})


@dataclass(frozen=True, slots=True)
class Facts:
    """What is compared of one worker. `passports` are clean numbers of all issues, `active` the one in force; `phones` and `kin` blind indexes."""

    worker_id: UUID
    names: Sequence[str]
    nationality: str
    second_nationality: str = ""
    born: date | None = None
    sex: str = ""
    passports: frozenset[str] = frozenset()
    active: str = ""
    phones: frozenset[bytes] = frozenset()
    kin: frozenset[bytes] = frozenset()
    email: bytes = b""
    reference: str = ""


class Verdict(NamedTuple):
    """0 to 100, and the reasons, strongest first; those against come last and begin with "not "."""

    score: int
    reasons: list[str]


def weigh(one: Facts, other: Facts, *, rooms: frozenset[bytes] = frozenset(), common: int = 1) -> Verdict:
    """What speaks for one person. LEAST is shown to people, LIKELY and SURE are words for more.

    `rooms` are phones that more than two workers have; `common` is how many bear a name that sounds like theirs.
    """
    papers, birth = _papers(one, other), _birth(one, other)
    if (-40, "not birth") in birth and not (one.passports and other.passports) and not _in_common(one, other):
        return Verdict(0, ["not birth"])  # Namesakes of different ages: what the names say would change nothing.
    near = likeness.compare(one.names, other.names)
    agree = near.level in _AGREE
    points: list[tuple[int, str]] = [(_NAMES[near.level], f"name {near.level}" if near.level != "other" else "not name")]
    points += papers + birth
    points += _reach(one, other, near.level, rooms, agree=agree)
    if agree and common > COMMON_NAME:
        points.append((-8, "not name common"))
    if not _same_country(one, other):
        points.append((-25, "not nationality"))
    if one.sex and other.sex and one.sex[:1].lower() != other.sex[:1].lower():
        points.append((-30, "not sex"))
    if one.reference and one.reference == other.reference and agree:
        points.append((10, "reference"))
    told = sorted(points, key=lambda point: -point[0])
    return Verdict(max(0, min(MOST, sum(worth for worth, _word in points))), [word for worth, word in told if worth])


def _in_common(one: Facts, other: Facts) -> bool:
    return bool(one.phones & other.phones or one.kin & other.kin or (one.email and one.email == other.email))


def _papers(one: Facts, other: Facts) -> list[tuple[int, str]]:
    if one.passports & other.passports:
        return [(60, "passport")]
    if {alike_number(number) for number in one.passports} & {alike_number(number) for number in other.passports}:
        return [(50, "passport alike")]
    if any(_one_sign(mine, theirs) for mine in one.passports for theirs in other.passports):
        return [(25, "passport slip")]
    return [(-8, "not passport")] if one.active and other.active else []


def _birth(one: Facts, other: Facts) -> list[tuple[int, str]]:
    if one.born is None or other.born is None:
        return []
    if one.born == other.born:
        # The first of January is what is written where nobody knows the day.
        return [(22, "birth unknown")] if (one.born.month, one.born.day) == (1, 1) else [(30, "birth")]
    if birth_key(one.born) == birth_key(other.born):
        return [(22, "birth swapped")]
    if _one_sign(one.born.isoformat(), other.born.isoformat()):
        return [(10, "birth slip")]
    if one.born.year == other.born.year and (1, 1) in {(day.month, day.day) for day in (one.born, other.born)}:
        return [(8, "birth year")]
    return [(-40, "not birth")]


def _reach(one: Facts, other: Facts, level: Level, rooms: frozenset[bytes], *, agree: bool) -> list[tuple[int, str]]:
    """Numbers and mail count only beside a name that agrees: people who share a room share a phone."""
    if not agree:
        return []
    points = []
    same = one.phones & other.phones
    if same:
        points.append((6, "phone shared") if same <= rooms else (22 if level != "part" else 16, "phone"))
    if one.email and one.email == other.email:
        points.append((20, "email"))
    if one.kin & other.kin:
        points.append((12, "kin"))
    return points


def _same_country(one: Facts, other: Facts) -> bool:
    mine, theirs = {one.nationality, one.second_nationality} - {""}, {other.nationality, other.second_nationality} - {""}
    return not mine or not theirs or bool(mine & theirs)


def birth_key(born: date) -> str:
    """The same for a day and month read the wrong way round."""
    low, high = sorted((born.day, born.month))
    return f"{born.year}-{low}-{high}"


def alike_number(number: str) -> str:
    """A passport number with the signs that look alike made one: the letter O and nought, I and 1, S and 5, B and 8."""
    return number.translate(str.maketrans("OIZSB", "01258"))


def _one_sign(one: str, other: str) -> bool:
    """One sign typed wrong, or two neighbours swapped; of the same length, and long enough to tell."""
    if len(one) != len(other) or len(one) < 7 or one == other:
        return False
    wrong = [place for place, (mine, theirs) in enumerate(zip(one, other, strict=True)) if mine != theirs]
    if len(wrong) == 1:
        return True
    return len(wrong) == 2 and wrong[1] == wrong[0] + 1 and one[wrong[0]] == other[wrong[1]] and one[wrong[1]] == other[wrong[0]]
