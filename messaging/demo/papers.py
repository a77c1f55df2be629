"""The papers of the demo's people. Days count from today, so that some are always about to run out."""

import io
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from PIL import Image, ImageDraw, ImageFont

from messaging.demo.cast import HOST, Member

# Which member's paper runs out in how many days: a few in every rung of the ladders, some already over.
SOON: dict[str, dict[int, int]] = {
    "passport": {4: 5, 11: 13, 23: 26, 37: 41, 52: 58, 60: 88, 66: 88, 71: 150, 88: 170, 93: -9},
    "residence_permit": {2: 3, 9: 7, 18: 12, 27: 14, 33: 29, 45: 30, 58: 44, 63: 57, 70: 60, 79: 75, 90: -4, 96: -40},
    "visa": {8: 6, 24: 21, 40: 49, 56: 77},
    "exit_permit": {3: 2, 15: 10, 30: 25, 48: 52, 75: -12},
    "contract": {5: 6, 20: 13, 34: 27, 50: 45, 77: 58},
    "medical": {7: 4, 35: 25, 55: 55},
}
WITH_COPY = 5  # Every so many, a picture of the passport is kept.
_PLACES = {"PH": "DFA Manila", "NP": "Kathmandu", "BD": "Dhaka", "IN": "Kochi", "KE": "Nairobi"}
_KEPT_BY_EMPLOYER = frozenset({"gargaresh", "tank", "road5", "pipeline", "crane"})
_LINE = 88


@dataclass(frozen=True)
class Paper:
    """What `documents.add` needs."""

    values: dict[str, Any]
    has_copy: bool = False
    is_lost: bool = False
    renewed: dict[str, Any] | None = None


def of(member: Member, today: date) -> list[Paper]:
    """All papers of one member."""
    made = [_passport(member, today), _permit(member, today), _contract(member, today)]
    if member.number % 8 == 0:
        made.append(_paper(member, today, "visa", HOST, f"LYV{member.number:06d}", 300, years=1))
    if member.number % 3 == 0:
        made.append(_paper(member, today, "exit_permit", HOST, f"LYX{member.number:06d}", 200, years=1))
    if "urse" in member.occupation or member.number % 5 == 0:
        made.append(_paper(member, today, "medical", HOST, "", 220, years=1))
    return made


def has_backup_consent(member: Member) -> bool:
    """Who agreed that a copy is kept."""
    return member.number % WITH_COPY == 1


def specimen(member: Member, number: str) -> bytes:
    """A picture that nobody could take for a passport, as PNG."""
    picture = Image.new("RGB", (640, 440), "#f4ecd8")
    pen = ImageDraw.Draw(picture)
    small, large = ImageFont.load_default(18), ImageFont.load_default(64)
    pen.rectangle((14, 14, 625, 425), outline="#8a6d3b", width=3)
    pen.rectangle((40, 90, 190, 290), outline="#8a6d3b", width=2)
    pen.text((40, 36), "PASSPORT OF NOWHERE. INVENTED FOR THE DEMO.", "#6b5120", small)
    for row, words in enumerate(
        (member.family.upper(), member.given.upper(), f"No. {number}", member.born_on.isoformat())
    ):
        pen.text((220, 96 + 44 * row), words, "#2b2b2b", small)
    pen.text((180, 320), "SPECIMEN", "#b03030", large)
    held = io.BytesIO()
    picture.save(held, "PNG")
    return held.getvalue()


def _passport(member: Member, today: date) -> Paper:
    held = "employer" if member.site.key in _KEPT_BY_EMPLOYER or member.number % 7 == 0 else "worker"
    held = {17: "agency", 39: "embassy", 61: "agency"}.get(member.number, held)
    note = {"employer": member.site.employer, "embassy": "for renewal"}.get(held, "")
    # The letter Q opens no passport of these countries.
    number = f"Q{member.number:06d}0{'Z' if member.nationality == 'PH' else 'X'}"
    paper = _paper(member, today, "passport", member.nationality, number, 520, years=10)
    values = paper.values | {"custody": held, "custody_note": note}
    if member.number in {30, 82}:  # Renewed last month: the old issue is still on file.
        old = values | {
            "number": f"Q{member.number:06d}9O",
            "issued_on": today - timedelta(days=3700),
            "expires_on": today + timedelta(days=60),
        }
        fresh = values | {"issued_on": today - timedelta(days=31), "expires_on": today + timedelta(days=3621)}
        return Paper(old, renewed=fresh, has_copy=has_backup_consent(member))
    return Paper(values, has_copy=has_backup_consent(member), is_lost=member.number == 44)


def _permit(member: Member, today: date) -> Paper:
    return _paper(member, today, "residence_permit", HOST, f"LYR{member.number:06d}", 120, years=2)


def _contract(member: Member, today: date) -> Paper:
    return _paper(member, today, "contract", HOST, f"TALA-{2000 + member.number}", 90, years=2)


def _paper(member: Member, today: date, kind: str, country: str, number: str, least_days: int, *, years: int) -> Paper:
    left = SOON.get(kind, {}).get(member.number)
    if left is None:
        left = least_days + (member.number * _LINE) % (years * 365 - least_days - 40)
    ends = today + timedelta(days=left)
    place = _PLACES.get(country, "Tripoli")
    custody = (
        "employer" if kind in {"exit_permit", "residence_permit"} and member.site.key in _KEPT_BY_EMPLOYER else "worker"
    )
    return Paper(
        {
            "kind": kind, "issuing_country": country, "number": number, "issued_on": ends - timedelta(days=365 * years), "expires_on": ends,
            "place_of_issue": place, "custody": "agency" if kind == "contract" else custody, "custody_since_on": today - timedelta(days=180 + member.number),
        }
    )  # fmt: skip
