"""What people type about replies from a country."""

from flask_wtf import FlaskForm
from wtforms import DateField, HiddenField, SelectField, StringField, TelField
from wtforms.validators import Length, Optional

from messaging.replies import routes
from workforce.core.words import _l


class RouteForm(FlaskForm):  # type: ignore[misc]
    """What an agency found out about one country."""

    verdict = SelectField(_l("When a worker there answers our text"), choices=list(routes.VERDICTS.items()))
    reply_number = TelField(
        _l("Your number there for replies"),
        [Optional(), Length(max=30)],
        description=_l("A number of that country. It stands in crisis texts where ours is hidden."),
    )
    missed_call_number = TelField(
        _l("Your number there for missed calls"),
        [Optional(), Length(max=30)],
        description=_l("A missed call costs the worker nothing. It may be the same number."),
    )
    note = StringField(_l("Note"), [Optional(), Length(max=200)])
    source = StringField(
        _l("How you know"),
        [Optional(), Length(max=120)],
        description=_l("Who tried it and with which network, or where it stands."),
    )
    checked_on = DateField(_l("Tried or read on"), [Optional()])
    version = HiddenField()
