"""Ladders: how many days before its end a kind of paper is noticed. As delivered, or as the agency wants it."""

from collections.abc import Iterable, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from messaging.models import NoticeLadder
from workforce.core import audit
from workforce.core.db import new_id
from workforce.core.errors import Invalid
from workforce.core.tenancy import Actor
from workforce.core.words import _
from workforce.models import DOCUMENT_KINDS

Ladder = tuple[int, ...]
FAR: Ladder = (180, 90, 60, 30, 14, 7, 1)
PERMIT: Ladder = (90, 60, 30, 14, 7, 1)
SHORT: Ladder = (60, 30, 7)
DELIVERED: dict[str, Ladder] = dict.fromkeys(DOCUMENT_KINDS, SHORT) | {
    "passport": FAR,
    "visa": PERMIT,
    "residence_permit": PERMIT,
    "exit_permit": PERMIT,
    "work_permit": PERMIT,
    "contract": (60, 30, 14, 7),
}
MOST_RUNGS = 12
FARTHEST_DAYS = 730


def of_agency(db: Session, actor: Actor) -> dict[str, Ladder]:
    """The ladder of every kind of paper, the farthest rung first."""
    own = db.scalars(select(NoticeLadder).where(NoticeLadder.agency_id == actor.agency_id))
    return DELIVERED | {row.kind: tuple(sorted(row.rungs, reverse=True)) for row in own}


def change(db: Session, actor: Actor, kind: str, rungs: Sequence[int]) -> None:
    """The agency's own ladder for one kind. The next run follows it. Raises Invalid."""
    wanted = list(checked(kind, rungs))
    row = db.scalar(select(NoticeLadder).where(NoticeLadder.agency_id == actor.agency_id, NoticeLadder.kind == kind))
    if row is None:
        row = NoticeLadder(id=new_id(), agency_id=actor.agency_id, kind=kind)
        db.add(row)
    if row.rungs == wanted:
        return
    row.rungs = wanted
    db.flush()
    # The log line belongs to no one person, so the next run looks at every paper.
    audit.record(db, actor, "ladder.change", None, kind=kind, rungs=wanted)


def checked(kind: str, rungs: Sequence[int]) -> Ladder:
    """The rungs in order, each once. Raises Invalid."""
    if kind not in DOCUMENT_KINDS:
        raise Invalid(_("There is no such kind of paper."))
    wanted = tuple(sorted(set(rungs), reverse=True))
    if not wanted or len(wanted) > MOST_RUNGS or wanted[0] > FARTHEST_DAYS or wanted[-1] < 1:
        raise Invalid(
            _(
                "Give up to %(most)s numbers of days from 1 to %(far)s, such as 90, 60, 30, 7.",
                most=MOST_RUNGS,
                far=FARTHEST_DAYS,
            )
        )
    return wanted


def typed(text: str) -> list[int]:
    """The rungs in "90, 60 30/7". Raises Invalid where something is no whole number of days."""
    parts = text.replace(",", " ").replace("/", " ").replace(";", " ").split()
    if not all(part.isdecimal() and len(part) <= 4 for part in parts):
        raise Invalid(_("Give whole numbers of days, such as 90, 60, 30, 7."))
    return [int(part) for part in parts]


def written(rungs: Iterable[int]) -> str:
    """A ladder as one types it: "90, 60, 30"."""
    return ", ".join(str(rung) for rung in rungs)
