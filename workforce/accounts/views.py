"""Log-in, log-out, and what a person may do with their own account."""

import secrets
from typing import cast
from urllib.parse import urlsplit

from flask import Blueprint, Response, make_response, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user, login_user, logout_user

from workforce.accounts import sessions
from workforce.accounts.forms import LoginForm
from workforce.core import web
from workforce.core.errors import DomainError
from workforce.core.guard import only, require_anyone, require_nobody
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
        token = sessions.log_in(form.email.data, form.password.data, device=sessions.device_key(device), address=request.remote_addr or "")
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


def home_of(user: User) -> str:
    """The first page of a role: auditors have no Today."""
    return url_for("records.log") if user.role == "auditor" else url_for("desk.today")


def own_path(target: str | None) -> str | None:
    """`target` if it is a path of ours: never another host, however it is spelt."""
    if not target or not target.startswith("/") or target.startswith("//") or "\\" in target or any(ord(sign) < 32 for sign in target):
        return None
    parts = urlsplit(target)
    return target if not parts.scheme and not parts.netloc else None


def _log_in_page(form: LoginForm) -> str:
    return render_template("workforce/login.html", form=form)


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
