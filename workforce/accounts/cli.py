"""Commands about users and agencies."""

import sys

import click

from workforce import agencies as tenants
from workforce import countries
from workforce.accounts import passwords
from workforce.accounts import users as people
from workforce.core import db, tenancy
from workforce.core.commands import agency_option, group, json_option, show
from workforce.core.errors import Invalid
from workforce.core.words import _
from workforce.models import ROLES

users = group("users", "Users.")
agencies = group("agencies", "Agencies.")


@agencies.command("create")
@click.argument("name")
@click.option(
    "--country", default="PH", show_default=True, help="The country it sends people from: a code (PH) or a name."
)
@json_option
def create_agency(name: str, country: str, *, as_json: bool) -> None:
    """Make an agency, with a key and an audit log of its own."""
    made = tenants.create(name=name, country=countries.find(country))
    facts = {"id": made.id, "name": made.name, "country": made.country, "zone": made.zone}
    show(
        facts,
        as_json=as_json,
        plain=lambda row: _(
            '%(name)s is here. Next: muster users create EMAIL --agency "%(name)s" --role admin --password-stdin',
            name=row["name"],
        ),
    )


@users.command("create")
@click.argument("email")
@agency_option
@click.option("--role", type=click.Choice(ROLES), default="staff", show_default=True)
@click.option("--name", default="", help="The person's name; the part before the @ if left out.")
@click.option(
    "--password-stdin",
    is_flag=True,
    required=True,
    help="Read the password from standard input: an argument would show in the list of processes.",
)
@json_option
def create_user(
    email: str, agency_name: str | None, role: str, name: str, *, password_stdin: bool, as_json: bool
) -> None:
    """Make a user: the first of a real agency, and for scripts."""
    agency = tenants.only_one(agency_name)
    password = sys.stdin.readline().rstrip("\r\n")
    if not password:
        raise Invalid(_("No password came on standard input."))
    passwords.check(password)
    kept = passwords.hashed(password)
    with tenancy.agency(agency.id), db.transaction() as session:
        made = people.create(
            session,
            tenancy.System(agency.id),
            email=email,
            role=role,
            name=name or email.partition("@")[0],
            password_hash=kept,
        )
    facts = {"id": made.id, "name": made.name, "role": made.role, "agency": agency.name}
    show(
        facts,
        as_json=as_json,
        plain=lambda row: _(
            "%(name)s can log in to %(agency)s as %(role)s.", name=row["name"], agency=row["agency"], role=row["role"]
        ),
    )
