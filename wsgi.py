"""The factory, the server and the clock: the one module that knows all three domains."""

import os
import socket
import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from importlib import import_module
from typing import Any

import click
from flask import Flask, Response, abort, current_app, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

import locator.models  # noqa: F401  Every table is known from the start, whichever command runs: who asks what hangs on a worker misses none.
import messaging.models  # noqa: F401
import workforce.models  # noqa: F401
from workforce.core import clock, db, guard, health, logs, migrations, serving, vault, web
from workforce.core.commands import CommandGroup
from workforce.core.config import Settings
from workforce.core.errors import Unsafe
from workforce.core.words import _l

# Pages and commands by name: a command loads what it needs, and does not wait for maps, papers and a provider's library.
BLUEPRINTS = (
    "workforce.accounts.views:bp", "workforce.people.views:bp", "workforce.duplicates.views:bp", "workforce.papers.views:bp", "workforce.rosters.views:bp",
    "workforce.desk.views:bp", "workforce.desk.office:bp", "workforce.desk.records:bp", "locator.places.views:bp",
    "locator.whereabouts.views:bp", "messaging.outbox.views:bp", "messaging.outbox.hooks:bp", "messaging.outbox.http_hooks:bp", "messaging.outbox.voice_hooks:bp", "messaging.inbox.views:bp",
    "messaging.notices.views:bp", "messaging.replies.views:bp", "messaging.incidents.views:bp", "messaging.phones.views:bp",
    "messaging.links.views:bp", "messaging.links.views:desk", "messaging.proposals.views:bp",
)  # fmt: skip
COMMANDS = {
    "users": "workforce.accounts.cli:users", "agencies": "workforce.accounts.cli:agencies", "workers": "workforce.duplicates.cli:workers",
    "places": "locator.places.cli:places", "messages": "messaging.outbox.cli:messages", "worker": "messaging.outbox.cli:run_worker",
    "texts": "messaging.inbox.cli:texts", "notices": "messaging.notices.cli:notices", "incidents": "messaging.incidents.cli:incidents",
    "broadcasts": "messaging.incidents.broadcast_cli:texts_to_many",
    "demo": "messaging.demo.cli:demo", "clock": "messaging.clockwork:clock", "db": "workforce.core.operations:database",
    "keys": "workforce.core.operations:keys", "audit": "workforce.desk.cli:trail", "serve": "wsgi:serve",
}  # fmt: skip
WITH_PAGES = {"serve", "clock", "worker"}
"""Commands that get the whole application. The others get its ground: settings, database, keys, words."""


def named(name: str) -> Any:
    """What `"package.module:thing"` names, loaded now."""
    module, _colon, thing = name.partition(":")
    return getattr(sys.modules[__name__] if module == "wsgi" else import_module(module), thing)


class Commands(CommandGroup):
    """Every command by its name, each loaded when it is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names."""
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of this name."""
        command: click.Command | None = named(COMMANDS[cmd_name]) if cmd_name in COMMANDS else None
        return command


@dataclass(frozen=True)
class Entry:
    """One word of the navigation. `roles` are those who see it."""

    key: str
    label: Any
    endpoint: str
    icon: str
    roles: frozenset[str]
    badge_endpoint: str = ""

    @property
    def url(self) -> str:
        return url_for(self.endpoint)

    @property
    def badge_url(self) -> str:
        return url_for(self.badge_endpoint) if self.badge_endpoint else ""


NAVIGATION = [
    Entry("today", _l("Today"), "desk.today", "house", guard.STAFF),
    Entry("workers", _l("Workers"), "people.index", "people", guard.STAFF),
    Entry("documents", _l("Documents"), "papers.index", "file-earmark-text", guard.STAFF),
    Entry("inbox", _l("Inbox"), "inbox.index", "chat-left-text", guard.STAFF, "inbox.badge"),
    Entry("map", _l("Map"), "whereabouts.index", "map", guard.STAFF),
    Entry("incidents", _l("Incidents"), "incidents.index", "sign-turn-slight-right", guard.STAFF),
    Entry("reports", _l("Reports"), "records.reports", "bar-chart", guard.ANYONE),
    Entry("audit", _l("Audit log"), "records.log", "journal-text", frozenset({"auditor"})),
    Entry("settings", _l("Settings"), "office.index", "gear", guard.STAFF),
]

# What each domain puts on Today: the page is the lowest one's, and may not look upward.
TODAY = {
    "decisions": (
        "messaging.notices.today:decisions",
        "messaging.proposals.today:decisions",
        "workforce.desk.today:decisions",
        "workforce.duplicates.today:decisions",
        "locator.places.stale:decisions",
    ),
    "figures": ("locator.places.stale:figures", "workforce.desk.tonight:figures"),
    "done": ("messaging.notices.today:done", "workforce.desk.today:done"),
}


# What becomes of a higher domain's rows when two records of one person are merged, what it asks first, and when that is taken back.
MERGING = {
    "rules": "messaging.incidents.merging:RULES",
    "asked": ["messaging.incidents.merging:asked"],
    "undone": ["messaging.incidents.merging:taken_back"],
}


def create_app(settings: Settings | None = None, *, pages: bool = True) -> Flask:
    """The application, or without `pages` only its ground. Opens the database and the vault; an empty SQLite database is set up on the way."""
    settings = settings or Settings.read(os.environ)
    logs.set_up(production=settings.production)
    vault.unlock(settings.master_keys)
    engine = db.connect(settings.database_url)
    if settings.on_sqlite and migrations.at(engine) is None:
        migrations.upgrade(engine)
        named("locator.places.airports:ensure")()
    app = web.make_app(settings)
    app.cli = Commands()  # type: ignore[assignment]
    if pages:
        _add_pages(app)
        if settings.delivery != "embedded":
            named("messaging.outbox.spread:hang")(settings)
    return app


def _add_pages(app: Flask) -> None:
    guard.prepare(app, named("workforce.accounts.sessions:user_of_token"))
    for blueprint in BLUEPRINTS:
        app.register_blueprint(named(blueprint))
    app.context_processor(_frame)
    app.extensions["today"] = {kind: [named(source) for source in sources] for kind, sources in TODAY.items()}
    app.extensions["merging"] = {name: named(steps) if isinstance(steps, str) else [named(step) for step in steps] for name, steps in MERGING.items()}
    app.extensions["login_extras"] = named("messaging.demo.front:extras")
    _open_door(app, "/", "home", home)
    _open_door(app, "/healthz", "healthz", healthz)
    _open_door(app, "/readyz", "readyz", readyz)
    _open_door(app, "/metrics", "metrics", metrics)


def home() -> ResponseReturnValue:
    """The first page: Today for who is logged in, the log-in for who is not."""
    home_of = named("workforce.accounts.views:home_of")
    return redirect(home_of(current_user) if current_user.is_authenticated else url_for("accounts.log_in"))


def healthz() -> ResponseReturnValue:
    """The process is alive."""
    return {"status": "ok"}


def readyz() -> ResponseReturnValue:
    """Everything that texts need is there; otherwise 503 and the reasons, one line each."""
    reasons = health.why_not(web.settings(), clock.now())
    return ({"status": "not ready", "why": reasons}, 503) if reasons else ({"status": "ready"}, 200)


def metrics() -> ResponseReturnValue:
    """Figures for Prometheus: not there without a token in the settings, and for nobody who does not show it."""
    now, here, figures = clock.now(), web.settings(), import_module("workforce.core.metrics")
    if not here.metrics_token:
        abort(404)
    if not figures.may_read(here.metrics_token, request.headers.get("Authorization", "")):
        abort(403)
    page = figures.written([*figures.of_installation(here, now), *named("messaging.outbox.figures:families")(now)])
    return Response(page, content_type=figures.CONTENT_TYPE)


@click.command()
@click.option("--web-only", is_flag=True, help="No delivery worker and no clock in this process.")
@click.option(
    "--demo", is_flag=True, help="Put the demo agency in if the installation is empty, and print its log-ins."
)
def serve(*, web_only: bool, demo: bool) -> None:
    """Serve the pages, with one delivery worker and one clock embedded."""
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]
    settings: Settings = app.extensions["settings"]
    _refuse_taken_port(settings.port)
    _have_schema(settings, upgrade=demo)
    if demo:
        _offer_demo(settings)
    click.echo(f"Muster is at http://127.0.0.1:{settings.port} and http://localhost:{settings.port}")
    if web_only:
        serving.listen(app, settings.port)
        return
    named("messaging.clockwork:start")(app)
    lines = named("messaging.outbox.lines:Lines")(settings)
    room = partial(health.has_room, settings)
    delivery = named("messaging.outbox.worker:Worker")(lines, context=app.app_context, has_room=room, books=settings.departures)
    delivery.start()
    if settings.delivery != "embedded":
        named("messaging.outbox.spread:listen")(settings)
    try:
        serving.listen(app, settings.port)
    finally:
        delivery.stop()


@click.group(cls=Commands, help="Muster: everyone accounted for.")
@click.pass_context
def muster(context: click.Context) -> None:
    wanted = context.invoked_subcommand
    if wanted != "keys":  # Keys are made before there is anything they could open.
        context.with_resource(create_app(pages=wanted in WITH_PAGES).app_context())


def main() -> None:
    """The `muster` command."""
    try:
        muster.main()
    except Unsafe as problem:
        sys.exit(str(problem))


def _offer_demo(settings: Settings) -> None:
    """Fill an empty installation with the demo; where the demo is, print its log-ins. A real agency is left in peace."""
    demo = import_module("messaging.demo.loading")
    if demo.is_empty() and not settings.production:
        click.echo("Loading the demo…")
        demo.load(settings.files)
    if demo.find() is not None:
        click.echo(named("messaging.demo.cli:log_ins")())


def _have_schema(settings: Settings, *, upgrade: bool) -> None:
    """Trying Muster out keeps its own database up to date; a real one is brought up by whoever runs it."""
    if migrations.is_current(db.engine()):
        return
    if not (upgrade and settings.on_sqlite):
        raise click.ClickException("The database is not of this version. Run: muster db upgrade")
    migrations.upgrade(db.engine())


def _refuse_taken_port(port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            raise click.ClickException(
                f"Port {port} is in use. Stop what runs there, or choose another: PORT=8001 make run"
            ) from None


def _open_door(app: Flask, rule: str, name: str, view: Callable[[], ResponseReturnValue]) -> None:
    app.add_url_rule(rule, name, view)
    guard.name_lock(view, guard.require_nobody)


def _frame() -> dict[str, Any]:
    if not current_user.is_authenticated:
        return {"navigation": []}
    agency = current_user.agency
    facts: dict[str, Any] = {
        "agency_name": agency.name,
        "home_url": url_for("home"),
        "my_zone": agency.zone,
        "clocks": named("locator.hosttime:clocks")(agency, clock.now()),
    }
    if "desk.search" in current_app.view_functions and current_user.role != "auditor":
        facts["search_url"] = url_for("desk.search")
    if "accounts.mine" in current_app.view_functions:
        facts["me"] = {
            "name": current_user.name,
            "role": current_user.role,
            "account_url": url_for("accounts.mine"),
            "logout_url": url_for("accounts.log_out"),
        }
    return facts | {
        "navigation": [
            entry
            for entry in NAVIGATION
            if current_user.role in entry.roles and entry.endpoint in current_app.view_functions
        ]
    }


if __name__ == "__main__":
    main()
