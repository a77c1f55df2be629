"""Commands: one clear line when something fails, `--json` where data is printed."""

import json
import sys
import uuid
from collections.abc import Callable
from typing import Any

import click
from sqlalchemy.exc import OperationalError

from workforce.core.errors import DomainError, Unsafe

json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON.")
agency_option = click.option("--agency", "agency_name", help="The agency, by name. Not needed where there is only one.")


class CommandGroup(click.Group):
    """A group whose commands turn a broken rule into one line on standard error and exit status 1."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except (DomainError, Unsafe) as problem:
            if "--json" in sys.argv:
                click.echo(json.dumps({"error": str(problem)}, ensure_ascii=False))
                ctx.exit(1)
            raise click.ClickException(str(problem)) from None
        except OperationalError as problem:
            raise click.ClickException(f"The database does not answer: {problem.orig}") from None


def group(name: str, help_text: str) -> CommandGroup:
    """An empty group of commands."""
    return CommandGroup(name, help=help_text)


def show(data: Any, *, as_json: bool, plain: Callable[[Any], str]) -> None:
    """Print `data`, for a script or for a person."""
    click.echo(json.dumps(data, ensure_ascii=False, default=_jsonable) if as_json else plain(data))


def _jsonable(value: Any) -> Any:
    if isinstance(value, uuid.UUID):
        return str(value)
    if hasattr(value, "isoformat"):
        return value.isoformat()
    raise TypeError(type(value).__name__)
