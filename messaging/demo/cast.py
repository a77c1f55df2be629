"""The people of the demo and the places where they work, read from the data files beside this module."""

import csv
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib import resources

from locator.geodesy import Point

AGENCY = "Tala Overseas Placement"
SHORT_NAME = "TALA"
COUNTRY = "PH"
HOST = "LY"
ZONE = "Africa/Tripoli"
CALL_NUMBER = "+63280000100"
EMBASSY_NUMBER = "+218960004500"
PASSWORD = "tala-demo-2027"  # noqa: S105  Printed at every start: the demo holds nobody real.
# E-mail, name, role.
USERS = (
    ("liza@tala.example", "Liza Ocampo", "manager"),
    ("ramon@tala.example", "Ramon Dizon", "manager"),
    ("joy@tala.example", "Joy Abad", "staff"),
    ("admin@tala.example", "Tess Villamor", "admin"),
    ("audit@tala.example", "Paolo Reyes", "auditor"),
)
# None of these blocks is known to have subscribers: see docs/demo.md.
HOST_BLOCK = "+21896000"
HOME_BLOCKS = {"PH": "+6328000", "NP": "+9771000", "BD": "+88024100", "IN": "+91112000", "KE": "+25420000"}


@dataclass(frozen=True)
class SiteFacts:
    """A site of the demo."""

    key: str
    name: str
    town: str
    point: Point
    employer: str


@dataclass(frozen=True)
class Member:
    """One invented worker. `plan` is what their phone answers in a crisis, `after` seconds after the text came."""

    number: int
    ref: str
    family: str
    given: str
    in_arabic: str
    nationality: str
    language: str
    sex: str
    born_on: date
    site: SiteFacts
    occupation: str
    plan: str
    after: float
    say: str

    @property
    def full_name(self) -> str:
        """The name as boards and lists show it."""
        return f"{self.given} {self.family}"

    @property
    def meant(self) -> str:
        """The status that their answer should give them; "" for who never answers."""
        if self.plan == "LATE":
            return "STAYING" if "dito" in self.say else "SAFE"
        return {"NOT_SAFE": "HELP"}.get(self.plan, self.plan) if self.say else ""

    @property
    def phone(self) -> str:
        """Their number in Libya, E.164."""
        return f"{HOST_BLOCK}{4400 + self.number:04d}"


@cache
def sites() -> dict[str, SiteFacts]:
    """The named sites, from west to east, by key."""
    return {
        row["key"]: SiteFacts(
            row["key"], row["name"], row["town"], Point(float(row["lat"]), float(row["lon"])), row["employer"]
        )
        for row in _rows("sites.tsv")
    }


@cache
def members() -> tuple[Member, ...]:
    """All of them, site by site."""
    return tuple(_member(number, row) for number, row in enumerate(_rows("people.tsv"), 1))


def leaders() -> dict[str, Member]:
    """Who leads each site: the first of its people."""
    found: dict[str, Member] = {}
    for one in members():
        found.setdefault(one.site.key, one)
    return found


def home_number(member: Member, nth: int = 0) -> str:
    """A number of their family in the country they come from, E.164."""
    return f"{HOME_BLOCKS[member.nationality]}{member.number + 100 * nth + 200:04d}"


def _member(number: int, row: dict[str, str]) -> Member:
    return Member(
        number, row["ref"], row["family"], row["given"], row["in_arabic"], row["nationality"], row["language"], row["sex"],
        date.fromisoformat(row["born"]), sites()[row["site"]], row["occupation"], row["plan"], float(row["after"] or 0), row["say"],
    )  # fmt: skip


def _rows(name: str) -> list[dict[str, str]]:
    text = (resources.files("messaging") / "demo" / name).read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    return list(csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE))
