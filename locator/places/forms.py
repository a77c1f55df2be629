"""What people type about places, and how we ask again."""

from typing import Any

from flask_wtf import FlaskForm
from wtforms import BooleanField, SelectField, StringField
from wtforms.validators import DataRequired, Length

from locator.geodesy import Point
from locator.models import PLACE_KINDS
from locator.places.edits import WrongField, point_of
from locator.places.places import Known
from locator.places.words import ONE_WORDS
from workforce.core.words import _, _l


class PlaceForm(FlaskForm):  # type: ignore[misc]
    """A place's own facts, typed or corrected."""

    name = StringField(_l("Name"), [DataRequired(_l("A place needs a name.")), Length(max=200)])
    point = StringField(
        _l("Coordinates"),
        [DataRequired(_l("Type latitude and longitude: 32.885, 13.19")), Length(max=60)],
        description=_l("Latitude first, as map programs copy them: 32.885, 13.19"),
    )
    phone = StringField(_l("Phone"), [Length(max=60)])
    address = StringField(_l("Address"), [Length(max=240)])
    city = StringField(_l("Town"), [Length(max=120)])
    email = StringField(_l("E-mail"), [Length(max=120)])
    website = StringField(_l("Website"), [Length(max=240)])

    def spot(self) -> Point:
        """The point that was typed. Raises WrongField."""
        found = point_of(self.point.data or "")
        if found is None:
            raise WrongField("point", _("Type latitude and longitude: 32.885, 13.19"))
        return found

    def texts(self) -> dict[str, Any]:
        """Everything but the point."""
        names = ("name", "phone", "address", "city", "email", "website")
        return {name: " ".join((self[name].data or "").split()) for name in names}


class NewPlaceForm(PlaceForm):
    """A place of the agency's own."""

    kind = SelectField(
        _l("What it is"),
        [DataRequired()],
        choices=[(kind, ONE_WORDS[kind]) for kind in PLACE_KINDS],
        default="assembly",
    )
    country_of = StringField(
        _l("Whose post"), [Length(max=60)], description=_l("For an embassy or consulate: the country it stands for")
    )


class EditPlaceForm(PlaceForm):
    """Corrections of a place we know."""

    is_closed = BooleanField(_l("It is closed or gone: do not offer it any more"))


def filled(place: Known) -> EditPlaceForm:
    """The form with what we know."""
    texts = {name: getattr(place, name) for name in ("name", "phone", "address", "city", "email", "website")}
    return EditPlaceForm(**texts, point=f"{place.lat:.6f}, {place.lon:.6f}", is_closed=place.is_closed)
