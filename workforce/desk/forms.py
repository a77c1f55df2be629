"""What admins type in the settings."""

from zoneinfo import available_timezones

from flask_wtf import FlaskForm
from wtforms import (
    FloatField,
    HiddenField,
    IntegerField,
    PasswordField,
    RadioField,
    SelectField,
    StringField,
    TelField,
    TextAreaField,
)
from wtforms.validators import InputRequired, Length, Optional

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
    parts_per_second = FloatField(
        _l("Parts a second"),
        description=_l(
            "How fast this sender may send. Left empty, what carriers usually allow: 1 for a long number in North America, 10 for others and for names, 100 for a short code."
        ),
        validators=[Optional()],
    )
    daily_parts = IntegerField(
        _l("Parts a day to one country"),
        description=_l(
            "Left empty, 20,000. A fifth is kept for evacuation texts, which also go beyond the limit. Other texts wait for the next day."
        ),
        validators=[Optional()],
    )


class GatewayForm(FlaskForm):  # type: ignore[misc]
    """Through what texts leave."""

    gateway = RadioField(
        _l("Texts leave through"),
        choices=[
            ("simulator", _l("The simulated phone network: no real phone is texted")),
            ("twilio", _l("Twilio: real texts to real phones")),
            ("http1", _l("A provider of your own, described below")),
            ("http2", _l("A second provider of your own, described below")),
        ],
    )
    fallback = SelectField(
        _l("If it fails"),
        description=_l(
            "After five failures in a row, what waits leaves through this one, until the first answers again."
        ),
        choices=[
            ("", _l("Texts wait until it answers again")),
            ("twilio", _l("Twilio")),
            ("http1", _l("The first provider of your own")),
            ("http2", _l("The second provider of your own")),
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


class ChannelsForm(FlaskForm):  # type: ignore[misc]
    """Other ways to a person than a text."""

    whatsapp_sender = TelField(
        _l("WhatsApp number"),
        description=_l("Approved for WhatsApp at Twilio. Left empty, WhatsApp is not used."),
        validators=[Length(max=30)],
    )
    whatsapp_content_sid = StringField(
        _l("WhatsApp template"),
        description=_l(
            "HX and 32 digits and letters: an approved template with one variable. Without it, only who wrote within a day can be written to."
        ),
        validators=[Length(max=40)],
        render_kw={"autocomplete": "off", "spellcheck": "false"},
    )
    voice_number = TelField(
        _l("Number that calls"),
        description=_l("A Twilio number that may make calls. Left empty, no calls are made."),
        validators=[Length(max=30)],
    )


_CODE = {"autocomplete": "off", "spellcheck": "false", "autocapitalize": "off"}


class ProviderForm(FlaskForm):  # type: ignore[misc]
    """A provider of texts over HTTP: the request, and how its answers are read. The rules are in `workforce.gateways`."""

    version = HiddenField()
    title = StringField(_l("Provider"), validators=[InputRequired(_l("Give the provider a name.")), Length(max=60)])
    sender = StringField(
        _l("Sender"), description=_l("The number or name that {sender} stands for."), validators=[Length(max=20)]
    )
    method = SelectField(_l("Method"), choices=[("POST", "POST"), ("PUT", "PUT"), ("GET", "GET")])
    url = StringField(_l("Address"), validators=[Length(max=500)], render_kw=_CODE)
    headers = TextAreaField(
        _l("Headers"),
        description=_l("One a line, as Name: value."),
        validators=[Length(max=2000)],
        render_kw={"rows": 3, **_CODE},
    )
    body_kind = SelectField(
        _l("What is sent"),
        choices=[
            ("json", _l("JSON")),
            ("form", _l("A form, one name=value a line")),
            ("none", _l("Nothing beside the address")),
        ],
    )
    body = TextAreaField(
        _l("Body"),
        description=_l("{to}, {body}, {sender}, {id} and {callback} stand for what each text has."),
        validators=[Length(max=4000)],
        render_kw={"rows": 5, **_CODE},
    )
    accepted_status = StringField(
        _l("Taken when the answer is"), default="200-299", validators=[Length(max=40)], render_kw=_CODE
    )
    id_path = StringField(
        _l("Where the provider's id stands"),
        description=_l("A path through JSON, such as messages.0.id."),
        validators=[Length(max=80)],
        render_kw=_CODE,
    )
    code_path = StringField(_l("Where an error's code stands"), validators=[Length(max=80)], render_kw=_CODE)
    meanings = TextAreaField(
        _l("What the codes mean"),
        description=_l(
            "One a line, as CODE = meaning: invalid, opted-out, landline, unreachable, unknown-handset, filtered, country-off, refused, too-fast, account."
        ),
        validators=[Length(max=2000)],
        render_kw={"rows": 3, **_CODE},
    )
    lookup_url = StringField(
        _l("Where a text can be asked about"),
        description=_l("With {id} in it. Without it, a text whose answer was lost cannot be asked about."),
        validators=[Length(max=500)],
        render_kw=_CODE,
    )
    lookup_id = StringField(_l("Where the id stands in that answer"), validators=[Length(max=80)], render_kw=_CODE)
    receipt_id = StringField(_l("The text's id in a receipt"), validators=[Length(max=80)], render_kw=_CODE)
    receipt_state = StringField(_l("The state in a receipt"), validators=[Length(max=80)], render_kw=_CODE)
    receipt_code = StringField(_l("The error's code in a receipt"), validators=[Length(max=80)], render_kw=_CODE)
    receipt_states = TextAreaField(
        _l("What the states mean"),
        description=_l("One a line, as STATE = meaning: accepted, sent, delivered, undelivered, failed, read."),
        validators=[Length(max=2000)],
        render_kw={"rows": 3, **_CODE},
    )
    inbound_id = StringField(_l("The id of a text that comes in"), validators=[Length(max=80)], render_kw=_CODE)
    inbound_from = StringField(_l("Its sender"), validators=[Length(max=80)], render_kw=_CODE)
    inbound_to = StringField(_l("The number it came to"), validators=[Length(max=80)], render_kw=_CODE)
    inbound_text = StringField(_l("Its words"), validators=[Length(max=80)], render_kw=_CODE)
    list_url = StringField(_l("Address of the list"), validators=[Length(max=500)], render_kw=_CODE)
    list_method = SelectField(
        _l("Method of the list"), choices=[("GET", "GET"), ("POST", "POST")], default="GET"
    )
    list_headers = TextAreaField(
        _l("Headers for the list"), validators=[Length(max=2000)], render_kw={"rows": 2, **_CODE}
    )
    list_body = TextAreaField(
        _l("JSON to send for the list"), validators=[Length(max=1000)], render_kw={"rows": 2, **_CODE}
    )
    list_path = StringField(_l("Where the list stands"), validators=[Length(max=80)], render_kw=_CODE)
    list_id = StringField(_l("The id of a listed text"), validators=[Length(max=80)], render_kw=_CODE)
    list_from = StringField(_l("The sender of a listed text"), validators=[Length(max=80)], render_kw=_CODE)
    list_to = StringField(_l("The number a listed text came to"), validators=[Length(max=80)], render_kw=_CODE)
    list_text = StringField(_l("The words of a listed text"), validators=[Length(max=80)], render_kw=_CODE)
    list_time = StringField(_l("The time of a listed text"), validators=[Length(max=80)], render_kw=_CODE)
