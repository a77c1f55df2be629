"""What people type about a worker, their numbers, family, contacts and work."""

from collections.abc import Sequence
from typing import Any

from flask_wtf import FlaskForm
from wtforms import (
    BooleanField,
    DateField,
    EmailField,
    FloatField,
    HiddenField,
    RadioField,
    SelectField,
    StringField,
    TelField,
    TextAreaField,
)
from wtforms.validators import InputRequired, Length, NumberRange, Optional

from workforce import consents, countries
from workforce.core.errors import DomainError
from workforce.core.words import _l
from workforce.people.wrong import WrongField

LANGUAGES = [
    ("en", _l("English")), ("tl", _l("Tagalog")), ("ne", _l("Nepali")), ("bn", _l("Bengali")), ("id", _l("Indonesian")), ("sw", _l("Swahili")),
    ("si", _l("Sinhala")), ("ta", _l("Tamil")), ("am", _l("Amharic")), ("hi", _l("Hindi")), ("ur", _l("Urdu")), ("ar", _l("Arabic")),
]  # fmt: skip
CHANNELS = [("sms", _l("SMS")), ("whatsapp", _l("WhatsApp")), ("voice", _l("A call")), ("email", _l("E-mail"))]
SEXES = [("", "–"), ("F", _l("Female")), ("M", _l("Male")), ("X", _l("Neither"))]
BLOOD_GROUPS = [("", "–"), *((group, group) for group in ("0+", "0-", "A+", "A-", "B+", "B-", "AB+", "AB-"))]
USES = [
    ("host", _l("In the host country")),
    ("home", _l("At home")),
    ("whatsapp", _l("WhatsApp only")),
    ("other", _l("Something else")),
]
STATES = [("works", _l("It works")), ("fails", _l("It fails")), ("unconfirmed", _l("To be confirmed"))]
KINDS = [
    ("next_of_kin", _l("Next of kin")),
    ("buddy", _l("Buddy")),
    ("site_leader", _l("Site leader")),
    ("community", _l("Community leader")),
    ("employer", _l("At the employer")),
    ("other", _l("Somebody else")),
]
PURPOSES = {
    "deployment": _l("Placing her or him abroad"), "notices": _l("Texts before papers end"), "crisis": _l("Texts in a crisis"), "backup": _l("Keeping copies of papers"),
    "location": _l("Sharing a place"), "family": _l("Telling the family in a crisis"), "transfer": _l("Handing data to an embassy or IOM"), "statistics": _l("Counting in statistics"),
}  # fmt: skip
HOW = {
    "in_person": _l("Said so face to face"),
    "phone": _l("Said so on the phone"),
    "paper": _l("Signed on paper"),
    "sms": _l("By text"),
    "link": _l("On a one-time link"),
}
BASES = {
    "contract": _l("rests on the contract"),
    "vital_interest": _l("rests on vital interest"),
    "consent": _l("rests on consent"),
}
DATE_HINT = _l("Day, month, year")


def country_choices(*, empty: bool = True) -> list[tuple[str, Any]]:
    """Every country by name, for a select."""
    named = sorted(((code, countries.name(code)) for code in countries.all_codes()), key=lambda pair: pair[1])
    return [("", "–"), *named] if empty else [("", _l("Choose a country")), *named]


def show_at(form: FlaskForm, problem: DomainError) -> None:
    """Put what a rule said beside the field it is about, else at the top of the form."""
    field = form._fields.get(problem.field) if isinstance(problem, WrongField) else None
    if field is not None:
        field.errors = [*field.errors, str(problem)]
    else:
        form.form_errors = [*form.form_errors, str(problem)]


def _text(label: Any, longest: int, **more: Any) -> StringField:
    return StringField(label, validators=[Optional(), Length(max=longest)], **more)


def _day(label: Any) -> DateField:
    return DateField(label, validators=[Optional()])


class WorkForm(FlaskForm):  # type: ignore[misc]
    """One deployment."""

    host_country = SelectField(_l("Host country"), validators=[InputRequired(_l("Choose a country."))])
    employer = _text(_l("Employer"), 160)
    site = _text(_l("Site"), 160, description=_l("Where she or he works or sleeps: “Tank Farm B”"))
    town = _text(_l("Town"), 120)
    lat = FloatField(_l("Latitude"), validators=[Optional(), NumberRange(-90, 90, _l("From -90 to 90."))])
    lon = FloatField(_l("Longitude"), validators=[Optional(), NumberRange(-180, 180, _l("From -180 to 180."))])
    occupation = _text(_l("Occupation"), 120)
    starts_on = _day(_l("Since"))
    ends_on = _day(_l("Contract ends"))

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self.host_country.choices = country_choices(empty=False)

    def values(self) -> dict[str, Any]:
        """What the rules take."""
        return {
            name: self._fields[name].data
            for name in ("host_country", "employer", "site", "town", "lat", "lon", "occupation", "starts_on", "ends_on")
        }


class WorkerForm(FlaskForm):  # type: ignore[misc]
    """Who somebody is and how to reach them. Three fields must be filled."""

    full_name = StringField(
        _l("Name"),
        validators=[InputRequired(_l("Type the name as it stands in the passport.")), Length(max=160)],
        description=_l("As in the passport. “Dalisay, Maria Cristina” says which part is the family's."),
    )
    own_script_name = _text(_l("Name in another script"), 160)
    nationality = SelectField(_l("Nationality"), validators=[InputRequired(_l("Choose a country."))])
    second_nationality = SelectField(_l("Second nationality"), validators=[Optional()])
    birth_date = _day(_l("Born on"))
    birthplace = _text(_l("Born in"), 120)
    sex = SelectField(_l("Sex"), choices=SEXES, validators=[Optional()])
    blood_group = SelectField(_l("Blood group"), choices=BLOOD_GROUPS, validators=[Optional()])
    external_ref = _text(_l("Your file number"), 40)
    host_country = SelectField(_l("Host country"), validators=[InputRequired(_l("Choose a country."))])
    language = SelectField(
        _l("Writes and reads"),
        choices=LANGUAGES,
        validators=[InputRequired(_l("Choose one."))],
        description=_l("Texts are sent in this language."),
    )
    preferred_channel = SelectField(
        _l("Best reached by"), choices=CHANNELS, validators=[InputRequired(_l("Choose one."))]
    )
    email = EmailField(_l("E-mail"), validators=[Optional(), Length(max=254)])
    address_host = TextAreaField(_l("Address in the host country"), validators=[Optional(), Length(max=500)])
    address_home = TextAreaField(_l("Address at home"), validators=[Optional(), Length(max=500)])
    notes = TextAreaField(
        _l("Notes"),
        validators=[Optional(), Length(max=4000)],
        description=_l("Sealed, and never in a list, a search or a text."),
    )
    version = HiddenField()

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        for field in (self.nationality, self.host_country):
            field.choices = country_choices(empty=False)
        self.second_nationality.choices = country_choices()

    def values(self, *, without: Sequence[str] = ("version", "csrf_token")) -> dict[str, Any]:
        """What the rules take."""
        return {name: field.data for name, field in self._fields.items() if name not in without}


class NewWorkerForm(WorkerForm):
    """The same, with the first number and the first place of work."""

    phone = TelField(
        _l("Phone"),
        validators=[Optional(), Length(max=40)],
        description=_l("With + and the country's code, or as one dials it in the host country."),
    )
    employer = _text(_l("Employer"), 160)
    site = _text(_l("Site"), 160, description=_l("Where she or he works or sleeps: “Tank Farm B”"))
    town = _text(_l("Town"), 120)
    occupation = _text(_l("Occupation"), 120)
    starts_on = _day(_l("Since"))
    ends_on = _day(_l("Contract ends"))

    WORK = ("employer", "site", "town", "occupation", "starts_on", "ends_on")

    def values(self, *, without: Sequence[str] = ("version", "csrf_token")) -> dict[str, Any]:
        return super().values(without=(*without, *self.WORK, "phone"))

    def work(self) -> dict[str, Any] | None:
        """The place of work, or None when nothing was typed about it."""
        work = {name: self._fields[name].data for name in self.WORK}
        return work | {"host_country": self.host_country.data} if any(work.values()) else None


class PhoneForm(FlaskForm):  # type: ignore[misc]
    """One number."""

    number = TelField(_l("Number"), validators=[Optional(), Length(max=40)])
    use = SelectField(_l("What for"), choices=USES, validators=[InputRequired(_l("Choose one."))])
    state = SelectField(_l("Does it work"), choices=STATES, validators=[InputRequired(_l("Choose one."))])
    is_smartphone = BooleanField(_l("It is a smartphone"))


class DependantForm(FlaskForm):  # type: ignore[misc]
    """One person of the family."""

    full_name = StringField(_l("Name"), validators=[InputRequired(_l("Type the person's name.")), Length(max=160)])
    relation = _text(_l("Relation"), 40, description=_l("Husband, daughter, mother…"))
    birth_date = _day(_l("Born on"))
    nationality = SelectField(_l("Nationality"), validators=[Optional()])
    lives_in = SelectField(_l("Lives in"), validators=[Optional()])
    with_worker = BooleanField(_l("Lives with the worker abroad"))
    phone = TelField(_l("Phone"), validators=[Optional(), Length(max=40)])
    notes = TextAreaField(_l("Notes"), validators=[Optional(), Length(max=2000)])
    version = HiddenField()

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self.nationality.choices = self.lives_in.choices = country_choices()


class ContactForm(FlaskForm):  # type: ignore[misc]
    """Somebody to call. A buddy is another worker: their name is looked up."""

    kind = SelectField(_l("Who this is"), choices=KINDS, validators=[InputRequired(_l("Choose one."))])
    full_name = StringField(
        _l("Name"),
        validators=[InputRequired(_l("Type the person's name.")), Length(max=160)],
        description=_l("For a buddy: the name or number of another worker."),
    )
    other_worker_id = RadioField(_l("Which of them"), validators=[Optional()], choices=[], validate_choice=False)
    relation = _text(_l("Relation"), 40)
    phone = TelField(_l("Phone"), validators=[Optional(), Length(max=40)])
    country = SelectField(_l("Lives in"), validators=[Optional()])
    language = SelectField(_l("Speaks"), choices=[("", "–"), *LANGUAGES], validators=[Optional()])
    email = EmailField(_l("E-mail"), validators=[Optional(), Length(max=254)])
    may_be_told = BooleanField(_l("May be told how the worker is"))
    notes = TextAreaField(_l("Notes"), validators=[Optional(), Length(max=2000)])
    version = HiddenField()

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self.country.choices = country_choices()


class ConsentForm(FlaskForm):  # type: ignore[misc]
    """What the worker said about one purpose, and how."""

    purpose = SelectField(_l("What for"), choices=list(PURPOSES.items()), validators=[InputRequired(_l("Choose one."))])
    answer = RadioField(
        _l("What was said"),
        choices=[("yes", _l("Agrees")), ("no", _l("No longer agrees"))],
        validators=[InputRequired(_l("Choose one."))],
    )
    channel = SelectField(
        _l("How"),
        choices=[(name, HOW[name]) for name in consents.CHANNELS if name in {"in_person", "phone", "paper"}],
        validators=[InputRequired(_l("Choose one."))],
    )


class ArchiveForm(FlaskForm):  # type: ignore[misc]
    """Why a worker is put away."""

    reason = _text(_l("Why"), 120, description=_l("Home for good, moved to another agency…"))
