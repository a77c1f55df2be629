"""What people type about accounts."""

from flask_wtf import FlaskForm
from wtforms import EmailField, HiddenField, PasswordField, SelectField, StringField
from wtforms.validators import InputRequired, Length

from workforce.accounts.users import ROLE_WORDS
from workforce.core.words import _l

NEW_PASSWORD_HINT = _l("At least 12 characters. Four words you can remember are better than one riddle.")


def _whole(typed: object) -> int:
    return int(str(typed)) if str(typed).isdecimal() else 0


def _new_password(label: object) -> PasswordField:
    return PasswordField(
        label,
        description=NEW_PASSWORD_HINT,
        validators=[InputRequired(_l("Type a new password.")), Length(max=256)],
        render_kw={"autocomplete": "new-password"},
    )


class LoginForm(FlaskForm):  # type: ignore[misc]
    """E-mail and password."""

    email = EmailField(
        _l("E-mail"),
        validators=[InputRequired(_l("Type your e-mail address.")), Length(max=254)],
        render_kw={"autocomplete": "username"},
    )
    password = PasswordField(
        _l("Password"),
        validators=[InputRequired(_l("Type your password.")), Length(max=256)],
        render_kw={"autocomplete": "current-password"},
    )


class JoinForm(FlaskForm):  # type: ignore[misc]
    """Whoever was invited says their name and chooses a password."""

    name = StringField(
        _l("Your name"),
        validators=[InputRequired(_l("Type your name.")), Length(max=120)],
        render_kw={"autocomplete": "name"},
    )
    password = _new_password(_l("Password"))


class ResetForm(FlaskForm):  # type: ignore[misc]
    """A new password by link."""

    password = _new_password(_l("New password"))


class ForgotForm(FlaskForm):  # type: ignore[misc]
    """The address whose password is lost."""

    email = EmailField(
        _l("E-mail"),
        validators=[InputRequired(_l("Type your e-mail address.")), Length(max=254)],
        render_kw={"autocomplete": "username"},
    )


class PasswordForm(FlaskForm):  # type: ignore[misc]
    """A new password by whoever knows the old one."""

    old = PasswordField(
        _l("Present password"),
        validators=[InputRequired(_l("Type your present password.")), Length(max=256)],
        render_kw={"autocomplete": "current-password"},
    )
    password = _new_password(_l("New password"))


class NameForm(FlaskForm):  # type: ignore[misc]
    """My name."""

    name = StringField(
        _l("Name"),
        validators=[InputRequired(_l("Type your name.")), Length(max=120)],
        render_kw={"autocomplete": "name"},
    )
    version = HiddenField(filters=[_whole])


class InviteForm(FlaskForm):  # type: ignore[misc]
    """Whom to let in, and as what."""

    email = EmailField(
        _l("E-mail"),
        validators=[InputRequired(_l("Type an e-mail address.")), Length(max=254)],
        render_kw={"autocomplete": "off"},
    )
    name = StringField(
        _l("Name"), validators=[InputRequired(_l("Type a name.")), Length(max=120)], render_kw={"autocomplete": "off"}
    )
    role = SelectField(_l("Role"), choices=list(ROLE_WORDS.items()), default="staff", validators=[InputRequired()])


class RoleForm(FlaskForm):  # type: ignore[misc]
    """What somebody may do from now on."""

    role = SelectField(_l("Role"), choices=list(ROLE_WORDS.items()), validators=[InputRequired()])
    version = HiddenField(filters=[_whole])
