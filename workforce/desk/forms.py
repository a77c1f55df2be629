"""What admins type in the settings."""

from zoneinfo import available_timezones

from flask_wtf import FlaskForm
from wtforms import PasswordField, RadioField, SelectField, StringField, TelField
from wtforms.validators import InputRequired, Length

from workforce.core.words import _l

ZONES = sorted(
    zone
    for zone in available_timezones()
    if "/" in zone and not zone.startswith(("Etc/", "posix/", "right/", "SystemV/", "US/"))
)


class AgencyForm(FlaskForm):  # type: ignore[misc]
    """What the agency is called and where it is reached."""

    name = StringField(_l("Name"), validators=[InputRequired(_l("Type the agency's name.")), Length(max=120)])
    short_name = StringField(
        _l("Short name"),
        description=_l("At most eleven letters. It opens every text, so that workers know who writes."),
        validators=[InputRequired(_l("Type a short name.")), Length(max=11, message=_l("At most eleven letters."))],
    )
    call_number = TelField(
        _l("Number to call"),
        description=_l("Texts tell workers to call it. Somebody should answer day and night in a crisis."),
        validators=[Length(max=30)],
    )
    zone = SelectField(_l("Time zone"), choices=ZONES, validators=[InputRequired(_l("Choose a time zone."))])
    sender = TelField(
        _l("Sender number"),
        description=_l("Texts leave from this number, and what comes to it is yours."),
        validators=[Length(max=30)],
    )


class GatewayForm(FlaskForm):  # type: ignore[misc]
    """Through what texts leave."""

    gateway = RadioField(
        _l("Texts leave through"),
        choices=[
            ("simulator", _l("The simulated phone network: no real phone is texted")),
            ("twilio", _l("Twilio: real texts to real phones")),
        ],
    )
    account_sid = StringField(
        _l("Account SID"), validators=[Length(max=40)], render_kw={"autocomplete": "off", "spellcheck": "false"}
    )
    auth_token = PasswordField(_l("Auth token"), validators=[Length(max=80)], render_kw={"autocomplete": "off"})
    service_sid = StringField(
        _l("Messaging service"),
        description=_l("Left empty, texts leave from the sender number."),
        validators=[Length(max=40)],
        render_kw={"autocomplete": "off", "spellcheck": "false"},
    )
