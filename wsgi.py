"""The factory, the server and the clock: the one module that knows all three domains."""

import os
import signal
import socket
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import click
import waitress
from flask import Flask, current_app, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from locator import hosttime
from locator.places import airports, stale
from locator.places import cli as places_cli
from locator.places import views as place_pages
from locator.whereabouts import views as map_pages
from messaging import clockwork
from messaging.demo import cli as demo_cli
from messaging.demo import front as demo_front
from messaging.demo import loading as demo_agency
from messaging.inbox import cli as text_cli
from messaging.inbox import views as inbox_pages
from messaging.incidents import cli as incident_cli
from messaging.incidents import views as incident_pages
from messaging.notices import cli as notice_cli
from messaging.notices import today as text_news
from messaging.notices import views as notice_pages
from messaging.outbox import cli as message_cli
from messaging.outbox import hooks
from messaging.outbox import views as text_pages
from messaging.outbox.lines import Lines
from messaging.outbox.worker import Worker
from messaging.phones import views as phone_pages
from workforce.accounts import cli as account_cli
from workforce.accounts import sessions
from workforce.accounts import views as account_pages
from workforce.core import clock, db, guard, logs, migrations, operations, vault, web
from workforce.core.commands import CommandGroup
from workforce.core.config import Settings
from workforce.core.errors import Unsafe
from workforce.core.words import _l
from workforce.desk import cli as audit_cli
from workforce.desk import office, records, today, tonight
from workforce.desk import views as desk_pages
from workforce.papers import views as paper_pages
from workforce.people import views as worker_pages
from workforce.rosters import cli as roster_cli
from workforce.rosters import views as roster_pages

BLUEPRINTS = [
    account_pages.bp, worker_pages.bp, paper_pages.bp, roster_pages.bp, desk_pages.bp, office.bp, records.bp,
    place_pages.bp, map_pages.bp, text_pages.bp, hooks.bp, inbox_pages.bp, notice_pages.bp, incident_pages.bp, phone_pages.bp,
]  # fmt: skip
COMMANDS = [
    account_cli.users, account_cli.agencies, roster_cli.workers, places_cli.places, message_cli.messages, message_cli.run_worker, text_cli.texts,
    notice_cli.notices, incident_cli.incidents, demo_cli.demo, clockwork.clock, operations.database, operations.keys, audit_cli.trail,
]  # fmt: skip


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
    "decisions": [text_news.decisions, today.decisions, stale.decisions],
    "figures": [stale.figures, tonight.figures],
    "done": [text_news.done, today.done],
}


def create_app(settings: Settings | None = None) -> Flask:
    """The whole application. Opens the database and the vault; an empty SQLite database is set up on the way."""
    settings = settings or Settings.read(os.environ)
    logs.set_up(production=settings.production)
    vault.unlock(settings.master_keys)
    engine = db.connect(settings.database_url)
    if settings.on_sqlite and migrations.at(engine) is None:
        migrations.upgrade(engine)
        airports.ensure()
    app = web.make_app(settings)
    guard.prepare(app, sessions.user_of_token)
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
    for command in [*COMMANDS, serve]:
        app.cli.add_command(command)
    app.context_processor(_frame)
    app.extensions["today"] = TODAY
    app.extensions["login_extras"] = demo_front.extras
    _open_door(app, "/", "home", home)
    _open_door(app, "/healthz", "healthz", healthz)
    _open_door(app, "/readyz", "readyz", readyz)
    return app


def home() -> ResponseReturnValue:
    """The first page: Today for who is logged in, the log-in for who is not."""
    return redirect(
        account_pages.home_of(current_user) if current_user.is_authenticated else url_for("accounts.log_in")
    )


def healthz() -> ResponseReturnValue:
    """The process is alive."""
    return {"status": "ok"}


def readyz() -> ResponseReturnValue:
    """The database answers and has the schema of this version; otherwise 503 and the reason."""
    try:
        ready = migrations.is_current(db.engine())
    except Exception as problem:  # noqa: BLE001  Whatever it is, the answer is "not ready" and why.
        return {"status": "not ready", "why": f"database: {type(problem).__name__}"}, 503
    return (
        ({"status": "ready"}, 200)
        if ready
        else ({"status": "not ready", "why": "the schema is old: muster db upgrade"}, 503)
    )


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
        _listen(app, settings.port)
        return
    clockwork.start(app)
    delivery = Worker(Lines(settings), context=app.app_context)
    delivery.start()
    try:
        _listen(app, settings.port)
    finally:
        delivery.stop()


@click.group(
    cls=CommandGroup,
    help="Muster: everyone accounted for.",
    commands={command.name or "": command for command in [*COMMANDS, serve]},
)
@click.pass_context
def muster(context: click.Context) -> None:
    if context.invoked_subcommand != operations.keys.name:  # Keys are made before there is anything they could open.
        context.with_resource(create_app().app_context())


def main() -> None:
    """The `muster` command."""
    try:
        muster.main()
    except Unsafe as problem:
        sys.exit(str(problem))


def _listen(app: Flask, port: int) -> None:
    """Serve until Ctrl-C or SIGTERM."""
    signal.signal(signal.SIGTERM, lambda _number, _frame: sys.exit(0))  # As Ctrl-C: what is running ends in order.
    waitress.serve(app, host="127.0.0.1", port=port, threads=16, ident=None, _quiet=True)


def _offer_demo(settings: Settings) -> None:
    """Fill an empty installation with the demo; where the demo is, print its log-ins. A real agency is left in peace."""
    if demo_agency.is_empty() and not settings.production:
        click.echo("Loading the demo…")
        demo_agency.load(settings.files)
    if demo_agency.find() is not None:
        click.echo(demo_cli.log_ins())


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
        "clocks": hosttime.clocks(agency, clock.now()),
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
