"""Log-in, log-out, and what a person may do with their own account."""

import secrets
import uuid
from collections.abc import Callable
from typing import Any, cast
from urllib.parse import urlsplit

from flask import (
    Blueprint,
    Response,
    current_app,
    flash,
    make_response,
    redirect,
    render_template,
    request,
    session,
    url_for,
)
from flask.typing import ResponseReturnValue
from flask_login import current_user, login_user, logout_user

from workforce.accounts import letters, links, passwords, sessions, throttle, users
from workforce.accounts.forms import ForgotForm, JoinForm, LoginForm, NameForm, PasswordForm, ResetForm
from workforce.core import mail, vault, web
from workforce.core.db import reading, transaction
from workforce.core.errors import DomainError, Invalid, TooMany
from workforce.core.guard import only, require_anyone, require_nobody
from workforce.core.words import _
from workforce.models import User

bp = Blueprint("accounts", __name__)
bp.before_request(require_nobody)
DEVICE_COOKIE = "muster-device"
DEVICE_DAYS = 180


@bp.route("/log-in", methods=["GET", "POST"])
def log_in() -> ResponseReturnValue:
    if current_user.is_authenticated:
        return redirect(home_of(current_user))
    form = LoginForm()
    if not form.validate_on_submit():
        return _log_in_page(form), 422 if form.is_submitted() else 200
    device = request.cookies.get(DEVICE_COOKIE, "")
    try:
        token = sessions.log_in(
            form.email.data, form.password.data, device=sessions.device_key(device), address=request.remote_addr or ""
        )
    except DomainError as problem:
        form.password.errors = [str(problem)]
        return _log_in_page(form), 422
    user = cast("User", sessions.user_of_token(token))
    session.clear()  # Nothing that was set before the log-in survives it.
    login_user(user)
    answer = make_response(redirect(own_path(request.args.get("next")) or home_of(user)))
    _remember_device(answer, device)
    return answer


@bp.post("/log-out")
@only(require_anyone)
def log_out() -> ResponseReturnValue:
    sessions.log_out(current_user)
    logout_user()
    session.clear()
    return redirect(url_for(".log_in"))


@bp.route("/join/<token>", methods=["GET", "POST"])
def join(token: str) -> ResponseReturnValue:
    link = links.look(token, "invite")
    form = JoinForm(name=link.name)
    if form.validate_on_submit():
        try:
            links.accept(token, name=form.name.data, password=form.password.data)
        except Invalid as problem:
            form.password.errors = [str(problem)]
        else:
            flash(_("Welcome. Log in with your e-mail address and the password you have just chosen."))
            return redirect(url_for(".log_in"))
    return render_template(
        "workforce/accounts/join.html", form=form, role=users.ROLE_WORDS[link.role]
    ), 422 if form.errors else 200


@bp.route("/reset/<token>", methods=["GET", "POST"])
def reset(token: str) -> ResponseReturnValue:
    links.look(token, "reset")
    form = ResetForm()
    if form.validate_on_submit():
        try:
            links.redeem(token, password=form.password.data)
        except Invalid as problem:
            form.password.errors = [str(problem)]
        else:
            flash(_("The password is changed, and every log-in with the old one has ended. Log in with the new one."))
            return redirect(url_for(".log_in"))
    return render_template("workforce/accounts/reset.html", form=form), 422 if form.errors else 200


@bp.route("/forgotten", methods=["GET", "POST"])
def forgotten() -> ResponseReturnValue:
    form, smtp_url = ForgotForm(), web.settings().smtp_url
    asked = bool(smtp_url) and form.validate_on_submit()
    if asked and _may_ask_again():
        _mail_reset_link(form.email.data, smtp_url)
    page = render_template("workforce/accounts/forgotten.html", form=form, asked=asked, by_mail=bool(smtp_url))
    return page, 422 if form.errors else 200


@bp.get("/account")
@only(require_anyone)
def mine() -> ResponseReturnValue:
    return _my_page(NameForm(name=current_user.name, version=current_user.version), PasswordForm())


@bp.post("/account/name")
@only(require_anyone)
def rename() -> ResponseReturnValue:
    form = NameForm()
    if not form.validate_on_submit():
        return _my_page(form, PasswordForm(formdata=None)), 422
    with transaction() as db:
        me = users.get(db, current_user, current_user.id)
        users.rename(db, current_user, me, name=form.name.data, version=form.version.data)
    flash(_("Your name is changed."))
    return redirect(url_for(".mine"))


@bp.post("/account/password")
@only(require_anyone)
def change_password() -> ResponseReturnValue:
    form, name_form = PasswordForm(), NameForm(formdata=None, name=current_user.name, version=current_user.version)
    if not form.validate_on_submit():
        return _my_page(name_form, form), 422
    tries = throttle.keys(account=f"password of {current_user.id}", device="", address=request.remote_addr or "")
    try:
        throttle.wait(tries)
        users.check_old_password(current_user, form.old.data)
    except DomainError as problem:
        if not isinstance(problem, TooMany):
            throttle.failed(tries)
        form.old.errors = [str(problem)]
        return _my_page(name_form, form), 422
    try:
        passwords.check(form.password.data)
    except Invalid as problem:
        form.password.errors = [str(problem)]
        return _my_page(name_form, form), 422
    throttle.succeeded(tries)
    kept, this_one = passwords.hashed(form.password.data), vault.token_hash(current_user.session_token)
    with transaction() as db:
        users.set_password(
            db, current_user, users.get(db, current_user, current_user.id), password_hash=kept, keep=this_one
        )
    flash(_("Your password is changed. You are logged out everywhere else."))
    return redirect(url_for(".mine"))


@bp.post("/account/sessions/<uuid:session_id>/end")
@only(require_anyone)
def end_session(session_id: uuid.UUID) -> ResponseReturnValue:
    with transaction() as db:
        users.end_session(db, current_user, session_id)
    flash(_("That log-in has ended."))
    return redirect(url_for(".mine"))


def home_of(user: User) -> str:
    """The first page of a role: auditors have no Today."""
    return url_for("records.log") if user.role == "auditor" else url_for("desk.today")


def own_path(target: str | None) -> str | None:
    """`target` if it is a path of ours: never another host, however it is spelt."""
    if (
        not target
        or not target.startswith("/")
        or target.startswith("//")
        or "\\" in target
        or any(ord(sign) < 32 for sign in target)
    ):
        return None
    parts = urlsplit(target)
    return target if not parts.scheme and not parts.netloc else None


def _log_in_page(form: LoginForm) -> str:
    # What the page shows of the demo is known above: whoever knows it fills this hook.
    extras: Callable[[], dict[str, Any]] = current_app.extensions.get("login_extras", dict)
    return render_template("workforce/login.html", form=form, **extras())


def _my_page(name_form: NameForm, password_form: PasswordForm) -> str:
    with reading() as db:
        me = users.get(db, current_user, current_user.id)
        return render_template(
            "workforce/accounts/mine.html",
            me_row=me, email=vault.reveal(db, me, "email"), role=users.ROLE_WORDS[me.role],
            name_form=name_form, password_form=password_form,
            sessions=users.open_sessions(db, me), this_session=current_user.session_id,
        )  # fmt: skip


def _may_ask_again() -> bool:
    """Whether this address may set off another mail. The page says the same either way."""
    tries = throttle.keys(
        account="forgotten password", device=request.remote_addr or "", address=f"forgotten {request.remote_addr}"
    )
    try:
        throttle.wait(tries)
    except TooMany:
        return False
    throttle.failed(tries)
    return True


def _mail_reset_link(email: str, smtp_url: str) -> None:
    """In the background, whoever it is: the answer must not take longer for somebody we know."""
    app: Any = current_app
    app = app._get_current_object()

    def work() -> None:
        with app.app_context():
            found = links.reset_for_stranger(email)
            if found is not None:
                address, token = found
                subject, text = letters.reset(web.address(f"/reset/{token}"))
                mail.send(smtp_url, to=address, subject=subject, text=text)

    mail.soon(work)


def _remember_device(answer: Response, known: str) -> None:
    answer.set_cookie(
        DEVICE_COOKIE,
        known or secrets.token_urlsafe(16),
        max_age=DEVICE_DAYS * 86400,
        secure=web.settings().over_https,
        httponly=True,
        samesite="Lax",
        path=url_for(".log_in"),
    )
