"""Commands about the demo."""

import click
from flask import current_app

from messaging.demo import cast, loading
from workforce.core.commands import group, json_option, show
from workforce.core.config import Settings
from workforce.core.errors import NotAllowed
from workforce.core.words import _

demo = group("demo", "A fictional agency with 97 fictional workers, for trying everything.")


@demo.command()
@json_option
def load(*, as_json: bool) -> None:
    """Put the demo agency in. A second time changes nothing."""
    settings = _settings()
    if settings.production:
        raise NotAllowed(_("The demo's passwords are public, so a production installation does not take it in."))
    done = loading.load(settings.files)
    words = "is here now" if done["created"] else "was here already"
    plain = f"{done['agency']} {words}: {done['workers']} workers, {done['papers']} papers.\n{log_ins()}"
    show(
        done
        | {"logins": [{"email": email, "role": role, "password": cast.PASSWORD} for email, _name, role in cast.USERS]},
        as_json=as_json,
        plain=lambda _facts: plain,
    )


@demo.command()
@click.option("--agency", "agency_name", default="", help="Only to be sure: refused unless it is the demo.")
@json_option
def remove(agency_name: str, *, as_json: bool) -> None:
    """Take the demo agency out, with everything that is its."""
    done = loading.remove(_settings().files, agency_name)
    show(
        done,
        as_json=as_json,
        plain=lambda _facts: f"{done['agency']} is gone: {done['removed']} rows, {done['files']} sealed files.",
    )


def log_ins() -> str:
    """The demo's log-ins, as they are printed at start."""
    lines = [f"  {role:<8} {email}" for email, _name, role in cast.USERS]
    return "\n".join([f"Demo log-ins, each with the password {cast.PASSWORD}", *lines])


def _settings() -> Settings:
    found: Settings = current_app.extensions["settings"]
    return found
