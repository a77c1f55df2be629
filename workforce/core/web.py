"""HTTP: what every answer carries, how a broken rule becomes a page, and where the assets come from."""

import io
import re
from datetime import date, datetime
from importlib.util import find_spec
from pathlib import Path
from typing import IO, Any
from zoneinfo import ZoneInfo

from flask import Flask, Request, Response, abort, current_app, render_template, request, send_from_directory
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface
from flask.typing import ResponseReturnValue
from flask_babel import Babel, format_date, format_datetime, get_locale
from flask_wtf.csrf import CSRFError, CSRFProtect
from markupsafe import Markup, escape
from werkzeug.exceptions import HTTPException

from workforce.core import clock, guard
from workforce.core.config import Settings
from workforce.core.errors import Conflict, DomainError, NotAllowed, NotFound, TooMany
from workforce.core.words import _, _n, translations

STATUS: dict[type[DomainError], int] = {NotFound: 404, NotAllowed: 403, Conflict: 409, TooMany: 429}
LARGEST_REQUEST_BYTES = 21 * 1024 * 1024
CONTENT_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; "
    "form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)
HEADERS = {
    "Content-Security-Policy": CONTENT_POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "geolocation=(), camera=(), microphone=(), payment=()",
}
# Assets come from wheels: nothing is vendored, nothing is fetched from elsewhere.
LIBRARIES = {
    "bootstrap": ("flask_bootstrap", "static/bootstrap5"),
    "icons": ("flask_bootstrap", "static/bootstrap5/icons"),
    "htmx": ("js_lib_htmx", "static/htmx"),
    "leaflet": ("js_lib_leaflet", "static/js_lib_leaflet"),
}
_NUMBER = re.compile(r"\u200e?\+?\d[\d ().\-]{5,}\d")  # A telephone or a pair of degrees; a year is too short.
ROOT = Path(__file__).resolve().parents[2]
csrf = CSRFProtect()


class CookieSessions(SecureCookieSessionInterface):
    """The framework's own sessions, without the work of opening one that nobody sent: providers and probes have no cookie."""

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession | None:
        """What the cookie says; an empty session without one."""
        return super().open_session(app, request) if self.get_cookie_name(app) in request.cookies else self.session_class()


class MemoryRequest(Request):
    """A request whose uploads stay in memory: the framework's own spool would put them on disk in clear."""

    def _get_file_stream(
        self,
        total_content_length: int | None,
        content_type: str | None,
        filename: str | None = None,
        content_length: int | None = None,
    ) -> IO[bytes]:
        return io.BytesIO()


def make_app(settings: Settings) -> Flask:
    """An empty app with the ground laid: limits, cookies, headers, errors, assets, words. The domains are added above."""
    app = Flask("muster", root_path=str(ROOT), template_folder="templates", static_folder=None)
    app.request_class = MemoryRequest
    app.session_interface = CookieSessions()
    app.config.update(
        SECRET_KEY=settings.secret_key,
        MAX_CONTENT_LENGTH=LARGEST_REQUEST_BYTES,
        SESSION_COOKIE_NAME="__Host-muster" if settings.over_https else "muster",
        SESSION_COOKIE_SECURE=settings.over_https,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        WTF_CSRF_TIME_LIMIT=None,  # As long as the session: a form left open over lunch must still save.
        WTF_CSRF_SSL_STRICT=False,  # Our Referrer-Policy sends no referrer; the token is the proof.
        BABEL_DEFAULT_LOCALE="en",
    )
    app.extensions["settings"] = settings
    csrf.init_app(app)
    Babel(app, locale_selector=_language)
    app.jinja_env.install_gettext_callables(  # type: ignore[attr-defined]
        lambda text: translations().ugettext(text),
        lambda one, many, num: translations().ungettext(one, many, num),
        newstyle=True,
    )
    app.after_request(_dress)
    app.register_error_handler(DomainError, show_problem)
    app.register_error_handler(HTTPException, show_http_problem)
    app.register_error_handler(CSRFError, show_stale_page)
    app.register_error_handler(Exception, show_breakdown)
    app.add_url_rule("/assets/<library>/<path:path>", "assets", assets)
    app.add_url_rule("/static/<path:filename>", "static", static_file)
    for view in (assets, static_file):
        guard.name_lock(view, guard.require_nobody)
    app.jinja_env.filters.update(
        day=day, days_left=days_left, moment=moment, town=town, age=age, numbers_apart=numbers_apart
    )
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.context_processor(_page_facts)
    return app


def settings() -> Settings:
    """The settings of the app that serves this request."""
    found: Settings = current_app.extensions["settings"]
    return found


def address(path: str) -> str:
    """A path of ours as a full address, for a link that is passed on.

    Never from the request: its Host header is whatever the sender typed, and a reset link would lead to them.
    """
    return (settings().public_url or f"http://127.0.0.1:{settings().port}") + path


def assets(library: str, path: str) -> ResponseReturnValue:
    """A file of one of the asset wheels."""
    if library not in LIBRARIES:
        abort(404)
    package, folder = LIBRARIES[library]
    spec = find_spec(package)
    if spec is None or spec.origin is None:
        abort(404)
    return send_from_directory(Path(spec.origin).parent / folder, path, max_age=86400)


def static_file(filename: str) -> ResponseReturnValue:
    """A file of our own."""
    return send_from_directory(ROOT / "templates" / "static", filename, max_age=3600)


def show_problem(problem: DomainError) -> ResponseReturnValue:
    """The one place a broken rule becomes a status and a page, or a fragment for htmx."""
    status = next((STATUS[kind] for kind in type(problem).__mro__ if kind in STATUS), 422)
    return _problem_page(str(problem), status)


def show_http_problem(problem: HTTPException) -> ResponseReturnValue:
    """What the framework refuses, in our words."""
    messages = {
        404: _("There is no such page. Check the address, or start from Today."),
        405: _("This page cannot be used that way. Go back and try again."),
        413: _("The file is too large. The limit is 20 MB."),
    }
    status = problem.code or 500
    if status < 400:
        return problem
    return _problem_page(messages.get(status, _("The request could not be read. Go back and try again.")), status)


def show_stale_page(_problem: CSRFError) -> ResponseReturnValue:
    """A form without its token: most often a page from before a log-in."""
    return _problem_page(
        _("This page was opened before you logged in. Nothing was changed. Go back, reload it and send it again."), 400
    )


def show_breakdown(problem: Exception) -> ResponseReturnValue:
    """A bug: logged with its trace, shown without."""
    current_app.logger.error("unexpected_error %s", type(problem).__name__, exc_info=problem)
    if current_app.config.get("PROPAGATE_EXCEPTIONS"):
        raise problem
    return _problem_page(
        _(
            "Something broke on our side. Nothing you typed was changed. Try again; if it stays, tell your admin the time."
        ),
        500,
    )


def _problem_page(message: str, status: int) -> ResponseReturnValue:
    page = "_problem.html" if "HX-Request" in request.headers else "problem.html"
    return render_template(page, message=message, status=status), status


def _dress(response: Response) -> Response:
    said = {name.lower() for name, _value in response.headers}
    for name, value in HEADERS.items():
        if name.lower() not in said:
            response.headers.add(name, value)
    if settings().over_https:
        response.headers.setdefault("Strict-Transport-Security", "max-age=31536000; includeSubDomains")
    if (
        request.endpoint not in {"assets", "static"} and not response.cache_control.public
    ):  # Public: the same for everybody.
        response.headers["Cache-Control"] = "no-store"
    return response


def _language() -> str:
    return "en"


def _page_facts() -> dict[str, Any]:
    locale = get_locale()
    language = str(locale) if locale else "en"
    return {
        "page_language": language,
        "page_direction": "rtl" if language.split("_")[0] in {"ar", "ur", "fa", "he"} else "ltr",
        "theme": "auto",
        "has_endpoint": lambda name: name in current_app.view_functions,
        "now": clock.now(),
    }


_DAYS_COUNTED = 730

# --- filters ----------------------------------------------------------------------------------------------------------


def day(value: date | None) -> str:
    """A calendar day as "12 Mar 2027"."""
    return str(format_date(value, "d MMM y")) if value else ""


def days_left(value: date | None, today: date | None = None) -> str:
    """How far a day is: "in 41 days", "today", "7 days ago"; beyond two years "in 4 years"."""
    if value is None:
        return ""
    left = (value - (today or clock.now().date())).days
    if left == 0:
        return _("today")
    if left > _DAYS_COUNTED:
        return _n("in %(num)d year", "in %(num)d years", left // 365)
    if left < -_DAYS_COUNTED:
        return _n("%(num)d year ago", "%(num)d years ago", -left // 365)
    if left > 0:
        return _n("in %(num)d day", "in %(num)d days", left)
    return _n("%(num)d day ago", "%(num)d days ago", -left)


def town(zone: str) -> str:
    """The town that stands for a time zone on a page: "Asia/Manila" is "Manila"."""
    return zone.rpartition("/")[2].replace("_", " ")


def moment(value: datetime | None, zone: str = "UTC", *, with_day: bool = False) -> str:
    """A moment on the wall clock of `zone`: "14:05", or "12 Mar, 14:05"."""
    if value is None:
        return ""
    local = value.astimezone(ZoneInfo(zone))
    pattern = "d MMM, HH:mm" if with_day or local.date() != clock.today_in(zone) else "HH:mm"
    return str(format_datetime(local, pattern, rebase=False))


def numbers_apart(text: str) -> Markup:
    """A text, escaped, with each number in it set from left to right: between Arabic words "+218" would stand as "218+"."""
    return Markup(_NUMBER.sub(r'<bdi dir="ltr">\g<0></bdi>', str(escape(text))))  # noqa: S704 - escaped first.


def age(value: datetime | None, now: datetime | None = None) -> str:
    """How old a moment is: "just now", "12 min ago", "3 h 20 min ago", "2 days ago"."""
    if value is None:
        return ""
    minutes = int(((now or clock.now()) - value).total_seconds() // 60)
    if minutes < 1:
        return _("just now")
    if minutes < 60:
        return _("%(minutes)d min ago", minutes=minutes)
    if minutes < 24 * 60:
        hours, rest = divmod(minutes, 60)
        return (
            _("%(hours)d h %(minutes)d min ago", hours=hours, minutes=rest)
            if rest
            else _("%(hours)d h ago", hours=hours)
        )
    return _n("%(num)d day ago", "%(num)d days ago", minutes // (24 * 60))
