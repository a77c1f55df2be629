"""What staff type about where somebody is, and how we ask again."""

import re

from flask_wtf import FlaskForm
from wtforms import BooleanField, StringField
from wtforms.validators import DataRequired, Length

from locator import gazetteer
from locator.geodesy import Point
from workforce import countries
from workforce.core.errors import Invalid
from workforce.core.words import _, _l

_TWO_NUMBERS = re.compile(r"\s*([+-]?\d{1,2}(?:\.\d+)?)\s*[,;\s]\s*([+-]?\d{1,3}(?:\.\d+)?)\s*")
_TYPED_KM = 1.0
_GOOD_ENOUGH = 82.0


class PinForm(FlaskForm):  # type: ignore[misc]
    """A place that somebody told us."""

    where = StringField(
        _l("Town, or coordinates"),
        [DataRequired(_l("Type a town, or two numbers such as 32.885, 13.19.")), Length(max=120)],
        description=_l("“Ras Lanuf”, “Zarqa, Jordan”, or 30.50, 18.55"),
    )
    agreed = BooleanField(
        _l("Agreed that we keep this place for 24 hours"),
        [DataRequired(_l("We keep a place only with this tick: ask first."))],
    )


def understand(text: str, host_country: str) -> tuple[Point, float, str]:
    """Point, kilometres of precision and town of what was typed; towns of the host country first. Raises Invalid."""
    numbers = _TWO_NUMBERS.fullmatch(text)
    if numbers:
        try:
            return Point(float(numbers[1]), float(numbers[2])), _TYPED_KM, ""
        except ValueError:
            raise Invalid(_("Latitude goes from -90 to 90, longitude from -180 to 180.")) from None
    name, country = _split(text, host_country)
    found = [one for one in gazetteer.find(name, country) if one.score >= _GOOD_ENOUGH]
    if not found:
        raise Invalid(
            _("We know no town called “%(name)s”. Type its coordinates, or a bigger town near it.", name=name)
        )
    if gazetteer.ambiguous(found):
        which = _(" or ").join(f"{one.name} ({one.lat:.2f}, {one.lon:.2f})" for one in found[:2])
        raise Invalid(_("There are two: %(which)s. Type the coordinates of the one you mean.", which=which))
    best = found[0]
    return Point(best.lat, best.lon), best.precision_km, best.name


def _split(text: str, host_country: str) -> tuple[str, str]:
    """The words before and after a comma: "Zarqa, Jordan" is Zarqa in Jordan."""
    name, comma, country = (part.strip() for part in text.rpartition(","))
    if not comma:
        return text.strip(), host_country
    try:
        return name, countries.find(country)
    except Invalid:
        return text.strip(), host_country
