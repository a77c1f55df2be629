"""The command that looks for duplicates."""

from typing import Any

from workforce import agencies
from workforce.core import clock, tenancy
from workforce.core.commands import agency_option, json_option, show
from workforce.core.db import reading
from workforce.core.tenancy import System
from workforce.core.words import _n
from workforce.duplicates import jobs, pairs, words
from workforce.rosters.cli import workers

__all__ = ["workers"]


@workers.command("duplicates")
@agency_option
@json_option
def duplicates(agency_name: str | None, *, as_json: bool) -> None:
    """Look at whoever is new or changed, and print the pairs that may be one person, surest first, with the reasons."""
    agency = agencies.only_one(agency_name)
    jobs.look(agency.id, now=clock.now(), most=None)
    with tenancy.agency(agency.id), reading() as db:
        found = [_facts(one) for one in pairs.listing(db, System(agency.id), limit=100_000)]
    show(found, as_json=as_json, plain=_table)


def _facts(one: pairs.Listed) -> dict[str, Any]:
    reasons, against = words.split(one.pair.reasons)
    return {
        "id": one.pair.id,
        "score": one.pair.score,
        "says": words.sureness(one.pair.score),
        "reasons": reasons,
        "against": against,
        "one": {"id": one.one.id, "name": one.one.full_name},
        "other": {"id": one.other.id, "name": one.other.full_name},
    }


def _table(found: list[dict[str, Any]]) -> str:
    rows = [f"{fact['score']:3d}  {fact['one']['name']} / {fact['other']['name']}: {', '.join(fact['reasons'])}" for fact in found]
    return "\n".join([*rows, _n("%(num)d pair that may be one person", "%(num)d pairs that may be one person", len(found))])


