"""Plus Codes, full and short. Source: the Open Location Code specification (github.com/google/open-location-code)."""

from __future__ import annotations

import re
from dataclasses import dataclass

_DIGITS = "23456789CFGHJMPQRVWX"
_PAIRS = 5  # Five pairs of digits, each pair a latitude and a longitude digit in base 20.
_GRID_ROWS, _GRID_COLUMNS = 5, 4
_SEPARATOR_AT = 8
_KM_PER_DEGREE = 111.2
_CODE = re.compile(rf"(?<![\w+])([{_DIGITS}]{{2,8}}0{{0,6}})\+([{_DIGITS}]{{2,7}})?(?![\w+])", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Area:
    """The middle of a code's cell in degrees and half the cell's height in kilometres."""

    lat: float
    lon: float
    precision_km: float


def find(text: str) -> tuple[str, str] | None:
    """The first Plus Code in a text, in capitals, and the text around it; None if there is none."""
    for match in _CODE.finditer(text):
        head, tail = match[1].upper(), (match[2] or "").upper()
        if _well_formed(head, tail):
            around = f"{text[: match.start()]} {text[match.end() :]}"
            return f"{head}+{tail}", around
    return None


def _well_formed(head: str, tail: str) -> bool:
    if "0" in head:
        return len(head) == _SEPARATOR_AT and not tail and len(head.rstrip("0")) % 2 == 0
    if len(head) % 2:
        return False
    if len(head) == _SEPARATOR_AT:
        return _DIGITS.index(head[0]) < 9 and _DIGITS.index(head[1]) < 18  # Poles and date line.
    return len(tail) > 1  # "50+" is no short code.


def is_full(code: str) -> bool:
    """Whether a code stands for itself; a short one needs a place nearby."""
    return code.index("+") == _SEPARATOR_AT


def decode(code: str) -> Area:
    """The cell of a full code, as found by `find`."""
    digits = code.replace("+", "").rstrip("0")
    south, west, height = -90.0, -180.0, 400.0
    width = height
    for at in range(0, min(len(digits), 2 * _PAIRS), 2):
        height, width = height / 20, width / 20
        south += _DIGITS.index(digits[at]) * height
        west += _DIGITS.index(digits[at + 1]) * width
    for digit in digits[2 * _PAIRS :]:
        row, column = divmod(_DIGITS.index(digit), _GRID_COLUMNS)
        height, width = height / _GRID_ROWS, width / _GRID_COLUMNS
        south += row * height
        west += column * width
    return Area(south + height / 2, west + width / 2, max(0.01, round(height * _KM_PER_DEGREE / 2, 3)))


def recover(code: str, lat: float, lon: float) -> Area:
    """The cell of a short code that lies nearest to a point: "V5PR+VG" with Tripoli."""
    missing = _SEPARATOR_AT - code.index("+")
    step = 400.0 / 20 ** (missing // 2)
    found = decode(_prefix(lat, lon, missing) + code)
    return Area(_nearest(found.lat, lat, step, 90), _nearest(found.lon, lon, step, 180), found.precision_km)


def _prefix(lat: float, lon: float, length: int) -> str:
    out, south, west, size = "", lat + 90, (lon + 180) % 360, 20.0
    for _ in range(length // 2):
        row, column = min(int(south // size), 19), min(int(west // size), 19)
        out += _DIGITS[row] + _DIGITS[column]
        south, west, size = south - row * size, west - column * size, size / 20
    return out


def _nearest(value: float, reference: float, step: float, limit: float) -> float:
    if value - reference > step / 2 and value - step > -limit:
        return value - step
    if reference - value > step / 2 and value + step < limit:
        return value + step
    return value
