"""Commands: one clear line when something fails, `--json` where data is printed."""

import json
import re
import sys
import uuid
from collections.abc import Callable, Iterable
from typing import Any, NoReturn

import click
from sqlalchemy.exc import DatabaseError, DBAPIError, OperationalError

from workforce.core.errors import DomainError, Unsafe
from workforce.core.vault import Broken

json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON.")
agency_option = click.option("--agency", "agency_name", help="The agency, by name. Not needed where there is only one.")

# SQLite and PostgreSQL say it differently.
_OLD_SCHEMA = re.compile(r"no such (table|column)|(relation|column) \S+ (of relation \S+ )?does not exist")


class CommandGroup(click.Group):
    """A group whose commands turn a broken rule into one line on standard error and exit status 1."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except (DomainError, Unsafe) as problem:
            _refuse(ctx, str(problem))
        except Broken:
            _refuse(
                ctx,
                "The keys given do not open what this database holds. Check MUSTER_MASTER_KEYS and MUSTER_INSTANCE.",
            )
        except DBAPIError as problem:
            line = _about_the_database(problem)
            if line is None:
                raise
            _refuse(ctx, line)


def _refuse(ctx: click.Context, line: str) -> NoReturn:
    if "--json" in sys.argv:
        click.echo(json.dumps({"error": line}, ensure_ascii=False))
        ctx.exit(1)
    raise click.ClickException(line) from None


def _about_the_database(problem: DBAPIError) -> str | None:
    """What is wrong with the installation's database, in one line without a row's values; None where the fault is ours."""
    said = (str(problem.orig).splitlines() or [""])[0]
    if _OLD_SCHEMA.search(said):
        return "The database is not at this version's step. Bring it there: muster db upgrade"
    if isinstance(problem, OperationalError) or type(problem) is DatabaseError:
        return f"The database cannot be used: {said}. Check DATABASE_URL and MUSTER_INSTANCE."
    return None


def group(name: str, help_text: str) -> CommandGroup:
    """An empty group of commands."""
    return CommandGroup(name, help=help_text)


def show(data: Any, *, as_json: bool, plain: Callable[[Any], str]) -> None:
    """Print `data`, for a script or for a person."""
    click.echo(json.dumps(data, ensure_ascii=False, default=_jsonable) if as_json else plain(data))


def show_many(lines: Iterable[Any], *, as_json: bool, plain: Callable[[Any], str]) -> int:
    """Print a list, one thing a line, as it comes; a script reads one JSON list all the same. Gives how many there were."""
    count = 0
    for count, line in enumerate(lines, start=1):
        if as_json:
            click.echo("[" if count == 1 else ",\n", nl=False)
        click.echo(json.dumps(line, ensure_ascii=False, default=_jsonable) if as_json else plain(line), nl=not as_json)
    if as_json:
        click.echo("]" if count else "[]")
    return count


def _jsonable(value: Any) -> Any:
    if isinstance(value, uuid.UUID):
        return str(value)
    if hasattr(value, "isoformat"):
        return value.isoformat()
    raise TypeError(type(value).__name__)
