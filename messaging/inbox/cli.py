"""Commands about texts."""

import json
import sys
from typing import Any, Literal, cast

import click

from messaging.reading import read
from workforce.core.commands import group, json_option, show

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


def _plain(found: dict[str, Any]) -> str:
    words = [found["label"], found["status"] or "no status", *([found["language"]] if found["language"] else [])]
    if place := found["place"]:
        words.append(f"{place['name'] or ''} {place['lat']:.4f} {place['lon']:.4f} ±{place['precision_km']} km".strip())
    return " · ".join(words)
