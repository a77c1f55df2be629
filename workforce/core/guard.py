"""Who may pass. Every blueprint names its lock; a page without one lets nobody in."""

from collections.abc import Callable
from functools import wraps
from typing import Any, ParamSpec, TypeVar

from flask import Flask, Response, current_app, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import LoginManager, current_user

from workforce.core import tenancy
from workforce.core.errors import NotAllowed
from workforce.core.words import _

P = ParamSpec("P")
R = TypeVar("R")

STAFF = frozenset({"staff", "manager", "admin"})
MANAGERS = frozenset({"manager"})
ADMINS = frozenset({"admin"})
AUDITORS = frozenset({"auditor", "admin"})
ANYONE = STAFF | AUDITORS


class Lock:
    """A door's rule. `roles` is None for the few doors that are open to strangers."""

    def __init__(self, roles: frozenset[str] | None) -> None:
        self.roles = roles

    def __call__(self) -> ResponseReturnValue | None:
        if self.roles is None:
            return None
        if not current_user.is_authenticated:
            return _to_log_in()
        if current_user.role not in self.roles:
            raise NotAllowed(_("Your role does not include this page. Ask an admin of your agency if you need it."))
        return None


require_nobody = Lock(None)
require_proof = Lock(None)
"""For what providers call: the call carries its own proof (a signature, a token), and nobody is looked up by a cookie."""
require_anyone = Lock(ANYONE)
require_staff = Lock(STAFF)
require_manager = Lock(MANAGERS)
require_admin = Lock(ADMINS)
require_auditor = Lock(AUDITORS)


def only(lock: Lock) -> Callable[[Callable[P, R]], Callable[P, R | ResponseReturnValue]]:
    """A narrower lock on one view: `@only(require_manager)` under `@bp.route`."""

    def narrow(view: Callable[P, R]) -> Callable[P, R | ResponseReturnValue]:
        @wraps(view)
        def guarded(*args: P.args, **kwargs: P.kwargs) -> R | ResponseReturnValue:
            turned_away = lock()
            return view(*args, **kwargs) if turned_away is None else turned_away

        name_lock(guarded, lock)
        return guarded

    return narrow


def name_lock(view: Callable[..., Any], lock: Lock) -> None:
    """Write on a view which lock it has; `lock_of` and the convention test read it."""
    view.__dict__["lock"] = lock


def prepare(app: Flask, user_of_token: Callable[[str], Any]) -> None:
    """Log-in by server-side session, agency scope for each request, and a closed door where none was named."""
    manager = LoginManager(app)
    manager.session_protection = None  # The session lives in our table; the cookie holds only its token.
    manager.user_loader(user_of_token)
    app.before_request(_enter)
    app.teardown_request(_leave)


def lock_of(app: Flask, endpoint: str) -> Lock | None:
    """The lock on an endpoint: its own, else its blueprint's. None where nobody thought of one."""
    own: Lock | None = getattr(app.view_functions[endpoint], "lock", None)
    if own is not None:
        return own
    blueprint = endpoint.rpartition(".")[0]
    return next((check for check in app.before_request_funcs.get(blueprint, []) if isinstance(check, Lock)), None)


def _enter() -> ResponseReturnValue | None:
    tenancy.leave()
    if request.endpoint is None:
        return None
    lock = lock_of(current_app, request.endpoint)
    if lock is not require_proof and current_user.is_authenticated:
        tenancy.enter(current_user.agency_id)
    if lock is None:
        raise NotAllowed(_("This page is closed."))
    return None


def _leave(_error: BaseException | None) -> None:
    tenancy.leave()


def _to_log_in() -> ResponseReturnValue:
    if "HX-Request" in request.headers:
        return Response(status=401, headers={"HX-Redirect": url_for("accounts.log_in")})
    back = request.full_path.rstrip("?") if request.method == "GET" else None
    return redirect(url_for("accounts.log_in", next=back))
