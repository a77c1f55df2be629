"""What people type about papers."""

from typing import Any

from flask_wtf import FlaskForm
from flask_wtf.file import FileField, FileRequired
from wtforms import BooleanField, DateField, HiddenField, SelectField, StringField
from wtforms.validators import InputRequired, Length, Optional

from workforce.core.words import _l
from workforce.papers import kinds
from workforce.people.forms import country_choices

HOLDERS = [(name, kinds.CUSTODY_WORDS[name]) for name in ("worker", "employer", "agency", "embassy", "unknown")]


def _text(label: Any, longest: int, **more: Any) -> StringField:
    return StringField(label, validators=[Optional(), Length(max=longest)], **more)


def _day(label: Any, **more: Any) -> DateField:
    return DateField(label, validators=[Optional()], **more)


class IssueForm(FlaskForm):  # type: ignore[misc]
    """One issue of a paper: what is printed on it, and who holds it."""

    number = _text(_l("Number"), 60)
    issued_on = _day(_l("Issued on"))
    expires_on = _day(_l("Runs out on"), description=_l("Reminders hang on this day."))
    place_of_issue = _text(_l("Issued in"), 80)
    custody = SelectField(_l("Who holds it"), choices=HOLDERS, validators=[InputRequired(_l("Choose one."))])
    custody_since_on = _day(_l("Since"))
    custody_note = _text(_l("Note"), 120, description=_l("Asked back twice, seen by…"))
    version = HiddenField()

    def values(self) -> dict[str, Any]:
        """What the rules take."""
        return {name: field.data for name, field in self._fields.items() if name not in {"version", "csrf_token"}}


class PaperForm(IssueForm):
    """A paper with the issue in force."""

    issuing_country = SelectField(_l("Issued by"), validators=[Optional()])
    title = _text(_l("Called"), 80, description=_l("Only where the kind does not say it."))

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self.issuing_country.choices = country_choices()


class NewPaperForm(PaperForm):
    """The same, and which kind it is."""

    kind = SelectField(_l("Kind"), choices=kinds.choices(), validators=[InputRequired(_l("Choose one."))])


class CustodyForm(FlaskForm):  # type: ignore[misc]
    """Who holds the paper from now on."""

    custody = SelectField(_l("Who holds it"), choices=HOLDERS, validators=[InputRequired(_l("Choose one."))])
    since_on = DateField(_l("Since"), validators=[InputRequired(_l("Type the day."))])
    note = _text(_l("Note"), 120)


class LostForm(FlaskForm):  # type: ignore[misc]
    """A paper that is lost."""

    note = _text(_l("What happened"), 120)


class FileForm(FlaskForm):  # type: ignore[misc]
    """A copy to keep."""

    file = FileField(
        _l("Scan or photo"),
        validators=[FileRequired(_l("Choose a file."))],
        description=_l("JPEG, PNG or PDF, up to 10 MB. It is sealed before it is stored."),
    )
    agreed = BooleanField(_l("The worker agreed that we keep a copy"))
