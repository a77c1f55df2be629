"""Commands about texts to many: the acts of the pages, as a named person. The rules are where the pages find them."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import click
from sqlalchemy.orm import Session

from messaging.incidents import approvals, audience, broadcasts, incidents, recall, rights, sending, steering, wording
from messaging.incidents.cli import as_user
from messaging.models import Broadcast, Incident
from messaging.outbox import worker as delivery_worker
from workforce.core import clock, web
from workforce.core.commands import agency_option, group, json_option, show
from workforce.core.db import transaction
from workforce.core.errors import Invalid
from workforce.core.words import _
from workforce.models import User

texts_to_many = group("broadcasts", "Texts to many people: written, approved, sent, steered, recalled.")

PLACE_WORDS = tuple(place.replace("_", "-") for place in audience.PLACES)
code_argument = click.argument("code")
as_option = click.option("--as", "email", required=True, metavar="EMAIL", help="The manager who does it.")
count_option = click.option(
    "--count",
    "typed",
    metavar="N",
    help="How many people it goes to: refused if it is another number. A terminal asks.",
)
seal_option = click.option(
    "--seal", metavar="HEX", help="The seal that draft or show printed. Without it, that of the last look."
)


@texts_to_many.command("draft")
@code_argument
@click.option("--template", required=True, type=click.Choice(list(wording.BY_KEY)), help="The words to begin with.")
@click.option("--to", "places", multiple=True, type=click.Choice([*PLACE_WORDS, "everyone"]), help="Who gets it; more than once for several.")  # fmt: skip
@click.option("--area", help="What the text calls the area to leave.")
@click.option("--go-to", help="Where the text sends people.")
@click.option("--embassy-phone", help="The number the text names.")
@as_option
@agency_option
@json_option
def draft_text(
    *, code: str, template: str, places: tuple[str, ...], email: str, agency_name: str | None, as_json: bool, **slots: str | None
) -> None:  # fmt: skip
    """Write a text to the people of the incident CODE, and show it as it would leave. One that waits is taken up again."""
    with as_user(email, agency_name) as actor:
        with transaction() as db:
            incident = incidents.by_code(db, actor, code)
            draft = broadcasts.begin(db, actor, incident, template=template, at=clock.now())
            facts = {name: words for name, words in slots.items() if words is not None}
            if facts:
                known = {**(draft.audience.get("facts") or {}), **facts}
                broadcasts.fill(db, actor, incident, draft, template=template, facts=known)
                broadcasts.note_edit(db, actor, draft)
            if places:
                chosen = audience.PLACES if "everyone" in places else [place.replace("-", "_") for place in places]
                statuses = draft.audience.get("statuses") or []
                broadcasts.address(db, actor, draft, places=chosen, statuses=statuses, skip=draft.audience.get("skip") or [])  # fmt: skip
            broadcast_id = draft.id
        with transaction() as db:
            incident = incidents.by_code(db, actor, code)
            found = _looked(db, actor, incident, broadcasts.get(db, actor, incident, broadcast_id))
    show(found, as_json=as_json, plain=_plain)


@texts_to_many.command("show")
@code_argument
@as_option
@agency_option
@json_option
def show_text(*, code: str, email: str, agency_name: str | None, as_json: bool) -> None:
    """Show a text that has not left: its words in each language, how many people, parts, price, time, and its seal."""
    with _text(code, email, agency_name) as (db, actor, incident, broadcast):
        found = _looked(db, actor, incident, broadcast)
    show(found, as_json=as_json, plain=_plain)


@texts_to_many.command("approve")
@code_argument
@count_option
@seal_option
@as_option
@agency_option
@json_option
def approve_text(
    *, code: str, typed: str | None, seal: str | None, email: str, agency_name: str | None, as_json: bool
) -> None:
    """Say yes to a text that somebody else has written. Whatever changes afterwards voids it."""
    confirmed = _confirmed(code, typed, seal, email, agency_name)
    with _text(code, email, agency_name) as (db, actor, incident, broadcast):
        made = approvals.approve(db, actor, incident, broadcast.id, **confirmed, now=clock.now())
        facts = _facts(db, incident, broadcast) | {"people": made.people, "until": made.until_at}
    show(facts, as_json=as_json, plain=lambda told: f"{told['code']} is approved for {told['people']} people, until {told['until']:%H:%M} UTC.")  # fmt: skip


@texts_to_many.command("send")
@code_argument
@count_option
@seal_option
@as_option
@agency_option
@json_option
def send_text(
    *, code: str, typed: str | None, seal: str | None, email: str, agency_name: str | None, as_json: bool
) -> None:
    """Send a text: an evacuation, or one to more than 50 people, only after somebody else has approved it."""
    confirmed = _confirmed(code, typed, seal, email, agency_name)
    with _text(code, email, agency_name) as (db, actor, incident, broadcast):
        sending.send(db, actor, incident, broadcast.id, **confirmed, now=clock.now())
        facts = _facts(db, incident, broadcast)
    delivery_worker.wake()
    show(facts, as_json=as_json, plain=lambda told: f"{told['code']}: {told['people']} texts are leaving.")


def _turning(name: str, act: Callable[..., Any], about: str) -> None:
    """A command that turns the wheel of a text that is leaving, and says how many had left."""

    @texts_to_many.command(name, help=about)
    @code_argument
    @as_option
    @agency_option
    @json_option
    def turn(*, code: str, email: str, agency_name: str | None, as_json: bool) -> None:
        with _text(code, email, agency_name) as (db, actor, incident, broadcast):
            act(db, actor, incident, broadcast, at=clock.now())
            facts = _facts(db, incident, broadcast)
            said = steering.told(name, broadcast, facts["texts"])
        delivery_worker.wake()
        show(facts, as_json=as_json, plain=lambda _told: said)


_turning("pause", steering.pause, "Hold back what has not left.")
_turning("resume", steering.resume, "Let a text go on that was held back.")
_turning("cancel", steering.cancel, "Call back what has not left. What has left is corrected by `recall`.")


@texts_to_many.command("recall")
@code_argument
@as_option
@agency_option
@json_option
def recall_text(*, code: str, email: str, agency_name: str | None, as_json: bool) -> None:
    """Call back what has not left, and send the correction to exactly those whom the text has reached. At once."""
    with _text(code, email, agency_name) as (db, actor, incident, broadcast):
        made, stayed = recall.send(db, actor, incident, broadcast.id, now=clock.now())
        facts = _facts(db, incident, broadcast) | {
            "correction": broadcasts.code_of(incident, made) if made is not None else None,
            "corrected": made.recipients_count if made is not None else 0,
            "stayed": stayed,
        }
        said = recall.told(facts["corrected"], stayed)
    delivery_worker.wake()
    show(facts, as_json=as_json, plain=lambda _told: said)


# --- what they share --------------------------------------------------------------------------------------------------


@contextmanager
def _text(code: str, email: str, agency_name: str | None) -> Iterator[tuple[Session, User, Incident, Broadcast]]:
    """The text called LBY-27/1, in one transaction, and who acts."""
    with as_user(email, agency_name) as actor, transaction() as db:
        yield db, actor, *broadcasts.by_code(db, actor, code)


def _confirmed(code: str, typed: str | None, seal: str | None, email: str, agency_name: str | None) -> dict[str, Any]:
    """What somebody says they have seen: at a terminal shown to them and counted by them, in a script the last look's seal."""
    if seal is not None:
        return {"typed": typed, "seen": _bytes(seal)}
    at_terminal = typed is None and sys.stdin.isatty()
    with _text(code, email, agency_name) as (db, actor, incident, broadcast):
        found = _looked(db, actor, incident, broadcast) if at_terminal else {}
        seen = broadcast.frozen_hash or b""
    if found.get("seal"):
        click.echo(_plain(found), err=True)
        return {"typed": click.prompt(_("Type the number of people"), err=True), "seen": _bytes(found["seal"])}
    return {"typed": typed, "seen": seen}


def _bytes(seal: str) -> bytes:
    try:
        return bytes.fromhex(seal)
    except ValueError:
        raise Invalid(_("A seal has 64 digits and letters, as draft and show print it.")) from None


def _looked(db: Session, actor: User, incident: Incident, broadcast: Broadcast) -> dict[str, Any]:
    """A text as it would leave; one that has left, as it left."""
    if broadcast.sending_at is not None:
        return _facts(db, incident, broadcast)
    price = web.settings().part_price_usd
    seen = broadcasts.look(db, actor, incident, broadcast, now=clock.now(), part_price_usd=price)
    return _facts(db, incident, broadcast) | {
        "people": seen.count, "left_out": len(seen.left_out), "parts": seen.parts, "price_usd": round(seen.price_usd, 2),
        "seconds": seen.seconds, "binds": seen.binds, "all_in_by": seen.all_in_by, "warnings": seen.warnings, "needs_two": rights.needs_two(broadcast.purpose, seen.count),
        "blocks": [f"{text.name}: {why}" for text in seen.texts for why in text.blocks], "seal": seen.seal.hex(),
        "bodies": [{"language": text.language, "people": text.people, "parts": text.parts, "body": text.stamped} for text in seen.texts],
    }  # fmt: skip


def _facts(db: Session, incident: Incident, broadcast: Broadcast) -> dict[str, Any]:
    """What every command of these tells: which text, how it stands, how far it has come."""
    return {
        "code": broadcasts.code_of(incident, broadcast), "id": broadcast.id, "template": broadcast.template, "purpose": broadcast.purpose,
        "state": broadcast.state, "people": broadcast.recipients_count, "texts": steering.progress(db, broadcast),
    }  # fmt: skip


def _plain(told: dict[str, Any]) -> str:
    if "bodies" not in told:
        return f"{told['code']} {told['state']}: {told['people']} people, {told['texts']['left']} texts have left."
    lines = [f"{told['code']} {told['template']}, {told['state']}"]
    for text in told["bodies"]:
        lines += ["", f"{text['language']}  people {text['people']} × parts {text['parts']}", text["body"]]
    lines += ["", f"{told['people']} people, {told['left_out']} left out. {told['parts']} parts, {told['price_usd']:.2f} USD. Everybody has it by {told['all_in_by']}. Limit that binds: {told['binds']}."]  # fmt: skip
    lines += [*told["blocks"], *told["warnings"]]
    if told["needs_two"]:
        lines.append("A second manager has to approve it.")
    return "\n".join([*lines, f"Seal {told['seal']}"])
