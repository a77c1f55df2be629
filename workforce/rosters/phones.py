"""Phone numbers as lists have them, made E.164. Whose country a local number belongs to is known, or it is asked."""

import re
from dataclasses import dataclass
from datetime import date, time, timedelta
from functools import lru_cache

import phonenumbers
from phonenumbers import PhoneMetadata

from workforce import countries
from workforce.core.words import _
from workforce.rosters import digits


class BadPhone(ValueError):
    """Not one number that can be dialled; the message stands beside the cell."""


_CLEAN = re.compile(r"[\s().\-–—‐‑−\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]+")
_LABEL = re.compile(
    r"(?i)^\s*(?:tel|telp|mob|mobile|movil|cell|cel|phone|ph|whats\s?app|viber|imo|wa|cp|hp|no|هاتف|جوال|واتساب|फोन|মোবাইল|ስልክ)\s*[.:]*\s*(?=[+\d(])"
)
_DATE = re.compile(r"\d{4}-\d\d?-\d\d?(?: 00:00:00)?|\d\d?([/.-])\d\d?\1(?:19|20)\d\d").fullmatch
_MARKS = re.compile("[\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
_LETTER = re.compile(r"[^\W\d_]")
_PARTS = re.compile(r"[/,;|&\n\r]+|(?i:\s+(?:or|and|ou|o|atau|y|et)\s+)")
_SCIENTIFIC = re.compile(r"(\d)(?:[.,](\d+))?[eE]\+?(\d{1,2})").fullmatch
_PLAIN_INTERNATIONAL = re.compile(r"\+[0-9]{6,15}").fullmatch
_FLOAT = re.compile(r"(\d{6,})[.,]0+").fullmatch
_FORMULA_TEXT = re.compile(r'="?([^"]*)"?').fullmatch
_LEAST_DIGITS = 6
_KINDS = ("mobile", "fixed_line", "toll_free", "premium_rate", "shared_cost", "voip", "personal_number", "pager", "uan")


def read(value: object, regions: tuple[str, ...]) -> str:
    """E.164 of the one number in a cell.

    `regions` are the countries a local number may belong to; it must be valid in exactly one. Raises BadPhone.
    """
    if isinstance(value, str) and _PLAIN_INTERNATIONAL(value):
        return _international(value)
    if isinstance(value, date | time | timedelta | bool):
        raise BadPhone(_("This is not a phone number."))
    if isinstance(value, float):
        if value != int(value) or value >= 1e15:
            raise BadPhone(_("This is not a phone number."))
        text = str(int(value))
    else:
        text = str(value)
    text = _one_number(text)
    number = _FLOAT(text)
    text = _CLEAN.sub("", number[1] if number else text)
    if text.startswith("+"):
        return _international("+" + text[1:].replace("+", ""))
    if not text.isascii() or not text.isdigit():
        raise BadPhone(_("This is not a phone number."))
    return _local(text, regions)


def _one_number(text: str) -> str:
    """The cell without labels and wrappings. Raises BadPhone for two numbers, letters, lost digits."""
    text = _LABEL.sub("", digits.plain(_MARKS.sub("", text)).replace("＋", "+").strip().lstrip("'")).strip()
    if text.startswith("="):
        wrapped = _FORMULA_TEXT(text)
        text = wrapped[1] if wrapped else text
    if text.isascii() and text.isdigit():
        return text
    if match := _SCIENTIFIC(text):
        decimals = match[2] or ""
        if len(decimals) != int(match[3]):
            raise BadPhone(_("The spreadsheet has rounded this number and lost its last digits."))
        return match[1] + decimals
    if _DATE(text):
        raise BadPhone(_("This is a date, not a phone number."))
    counted = [count for part in _PARTS.split(text) if (count := sum(map(str.isdigit, part)))]
    # "8123-4567/68" is two numbers too, said short: joined, it may be a valid third.
    if (len(counted) > 1 and counted[0] >= _LEAST_DIGITS) or text.count("+") > 1 or sum(c >= _LEAST_DIGITS for c in counted) > 1:
        raise BadPhone(_("There is more than one number in this cell."))
    if _LETTER.search(text):
        raise BadPhone(_("There are letters in this number."))
    return text.replace("/", "").strip(" ,;")


def _local(local: str, regions: tuple[str, ...]) -> str:
    found = {whole for region in dict.fromkeys(regions) if (whole := _valid_in(local, region))}
    if len(found) == 1:
        return found.pop()
    if local.startswith("00") and not found:
        return _international("+" + local[2:])
    places = [countries.in_sentence(region) for region in dict.fromkeys(regions)]
    if not places:
        raise BadPhone(_("Which country is this number of? Write it with + and the country's code."))
    if found:
        raise BadPhone(
            _("This number could be of %(places)s. Write it with + and the code.", places=_(" or ").join(places))
        )
    raise BadPhone(_("This is not a valid number in %(places)s.", places=_(" or ").join(places)))


def _valid_in(local: str, region: str) -> str | None:
    """E.164 when the digits are a valid number of the region, with or without trunk zero or the country's code."""
    plan = _plan(region)
    if plan.simple:
        national = local[1:] if plan.trunk and local.startswith(plan.trunk) else local
        if plan.national.fullmatch(national):
            return f"+{plan.code}{national}"
        if not local.startswith(("00", str(plan.code))):
            return None
    try:
        number = phonenumbers.parse(local, region)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_valid_number_for_region(number, region):
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def _international(text: str) -> str:
    plan = _plan_behind(text[1:4]) if text[1:].isdecimal() else None
    if plan is not None and plan.national.fullmatch(text, len(str(plan.code)) + 1):
        return text
    try:
        number = phonenumbers.parse(text, None)
    except phonenumbers.NumberParseException as problem:
        raise BadPhone(_("This is not a phone number.")) from problem
    if not phonenumbers.is_valid_number(number):
        raise BadPhone(_("There is no such number: a digit may be missing or too many."))
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


@dataclass(frozen=True)
class _Plan:
    """A country's numbering plan. `simple` plans are read without the library's parser, some 20 times faster."""

    code: int
    trunk: str
    national: re.Pattern[str]
    simple: bool


@lru_cache(maxsize=300)
def _plan(region: str) -> _Plan:
    about = PhoneMetadata.metadata_for_region(region, None)
    if about is None:
        return _Plan(0, "", re.compile(r"(?!)"), simple=False)
    kinds = [kind for kind in (getattr(about, name, None) for name in _KINDS) if kind is not None]
    patterns = []
    for kind in kinds:
        lengths = kind.possible_length or (about.general_desc.possible_length if about.general_desc else ())
        if kind.national_number_pattern and lengths and -1 not in lengths:
            counted = "|".join(rf"\d{{{length}}}" for length in lengths)
            patterns.append(rf"(?=(?:{counted})\Z)(?:{kind.national_number_pattern})")
    whole = about.general_desc.national_number_pattern if about.general_desc else None
    pattern = rf"(?=(?:{whole or '.*'})\Z)(?:{'|'.join(patterns) or '(?!)'})"
    trunk = about.national_prefix_for_parsing or ""
    code = about.country_code or 0
    shared = len(phonenumbers.COUNTRY_CODE_TO_REGION_CODE.get(code, ())) != 1
    simple = (
        not shared
        and trunk in {"", "0"}
        and not about.national_prefix_transform_rule
        and region not in {"IT", "SM", "VA"}
    )
    return _Plan(code, trunk, re.compile(pattern), simple)


@lru_cache(maxsize=1000)
def _plan_behind(digits_after_plus: str) -> _Plan | None:
    """The simple plan of the one country whose code these digits begin with; None where the library must tell."""
    for length in (3, 2, 1):
        regions = phonenumbers.COUNTRY_CODE_TO_REGION_CODE.get(int(digits_after_plus[:length]))
        if regions and len(regions) == 1 and regions[0] != "001":
            plan = _plan(regions[0])
            return plan if plan.simple else None
    return None


def belongs_to(number: str, region: str) -> bool:
    """Whether an E.164 number carries the region's country code."""
    code = _plan(region).code
    return bool(code) and number.startswith(f"+{code}")
