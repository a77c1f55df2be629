"""The words of a notice, in the worker's language."""

import tomllib
from datetime import date
from functools import cache
from pathlib import Path

from babel import Locale, UnknownLocaleError
from babel.dates import format_date
from sqlalchemy.orm import Session

from messaging import texts
from messaging.outbox import wording
from workforce.models import Agency

_PAPERS: dict[str, dict[str, str]] = tomllib.loads((Path(__file__).parent / "papers.toml").read_text(encoding="utf-8"))
_LOCALES = {"tl": "fil"}


def body(db: Session, agency: Agency, *, kind: str, expires_on: date, today: date, language: str) -> str:
    """The text about one paper, in the agency's wording where it has one. Names neither its number nor the person: a phone may be in somebody else's hand."""
    spoken = _spoken(language)
    return wording.text(
        db,
        agency.id,
        "notice_expired" if expires_on < today else "notice_expiry",
        spoken,
        agency=agency.short_name,
        paper=_PAPERS[spoken].get(kind, _PAPERS[spoken]["other"]),
        date=_day(expires_on, spoken),
        days=(expires_on - today).days,
        phone=agency.call_number or agency.short_name,
    )


@cache
def _spoken(language: str) -> str:
    """The language in which we have both the sentence and the words for papers; else English."""
    short = language.replace("_", "-").partition("-")[0].lower()
    short = {"fil": "tl"}.get(short, short)
    return short if short in texts.languages() and short in _PAPERS else texts.FALLBACK


@cache
def _day(value: date, language: str) -> str:
    try:
        locale = Locale.parse(_LOCALES.get(language, language))
    except UnknownLocaleError:
        locale = Locale.parse(texts.FALLBACK)
    return format_date(value, "d MMM y", locale=locale)
