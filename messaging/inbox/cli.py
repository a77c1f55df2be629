"""Commands about texts."""

import json
import sys
from typing import Any, Literal, cast

import click

from messaging.inbox import keeping
from messaging.reading import read, teaching
from workforce import agencies
from workforce.core import tenancy
from workforce.core.commands import agency_option, group, json_option, show
from workforce.core.db import transaction
from workforce.core.words import _

texts = group("texts", "Texts.")


@texts.command("read")
@click.argument("text")
@click.option("--language", help="The sender's language, as far as we know it (tl, ar, ne…).")
@click.option("--country", help="The host country (two letters), where places are looked for first.")
@click.option(
    "--question",
    type=click.Choice(["none", "safety"]),
    default="none",
    show_default=True,
    help="Whether “1 safe, 2 need help” is open.",
)
@json_option
def read_text(*, text: str, language: str | None, country: str | None, question: str, as_json: bool) -> None:
    """Show how an inbound text is understood, by the code that the webhook runs.

    With - for TEXT, reads one text a line from standard input and answers one JSON a line.
    """
    asked = cast("Literal['none', 'safety']", question)
    code = country.upper() if country else None
    if text == "-":
        for line in sys.stdin:
            sys.stdout.write(
                json.dumps(
                    read(line.rstrip("\n"), language=language, country=code, question=asked).as_json(),
                    ensure_ascii=False,
                )
                + "\n"
            )
            sys.stdout.flush()
        return
    show(read(text, language=language, country=code, question=asked).as_json(), as_json=as_json, plain=_plain)


@texts.command("learn")
def learn() -> None:
    """Teach the second ear anew, after examples were added to messaging/words/examples/. Takes a minute."""
    count = teaching.keep()
    click.echo(_("Learnt from %(count)s examples.", count=count))


@texts.command("corrections")
@agency_option
@json_option
def list_corrections(*, agency_name: str | None, as_json: bool) -> None:
    """Print the texts that a person read otherwise than Muster did, for whoever looks after the word lists.

    The words are people's own: keep the output as you would keep the inbox. The look leaves a line in the audit log.
    """
    agency = agencies.only_one(agency_name)
    with tenancy.agency(agency.id), transaction() as db:
        found = list(keeping.corrections(db, tenancy.System(agency.id, name="command")))
    show(found, as_json=as_json, plain=_corrections)


def _corrections(found: list[dict[str, str]]) -> str:
    """One a line: language, how it was read, what it is, the text."""
    lines = (f"{one['language']}\t{one['read_as']}\t{one['is']}\t{' '.join(one['text'].split())}" for one in found)
    return "\n".join(lines) or _("Nobody has corrected a text yet.")


def _plain(found: dict[str, Any]) -> str:
    words = [found["label"], found["status"] or "no status", *([found["language"]] if found["language"] else [])]
    if place := found["place"]:
        words.append(f"{place['name'] or ''} {place['lat']:.4f} {place['lon']:.4f} ±{place['precision_km']} km".strip())
    return " · ".join(words)
