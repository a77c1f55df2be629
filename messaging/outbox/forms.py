"""What people type about texts."""

from flask_wtf import FlaskForm
from wtforms import HiddenField, TextAreaField
from wtforms.validators import DataRequired, Length

from messaging import segments
from messaging.outbox import letters, wording
from workforce.core.words import _l


def _visible(typed: str | None) -> str | None:
    return segments.visible(typed.replace("\r\n", "\n")) if typed else typed


class LetterForm(FlaskForm):  # type: ignore[misc]
    """One text to one worker. `sure` is set by the button that sends it in spite of what was found, `waits` lets it leave in the morning."""

    body = TextAreaField(
        _l("Text"), [DataRequired(_l("Write something first.")), Length(max=letters.LONGEST)], filters=[_visible]
    )
    sure = HiddenField()
    waits = HiddenField()
    phone_id = HiddenField()


class WordingForm(FlaskForm):  # type: ignore[misc]
    """The agency's own wording of one text in one language."""

    body = TextAreaField(_l("Wording"), [Length(max=wording.LONGEST)], filters=[_visible])
    version = HiddenField()
