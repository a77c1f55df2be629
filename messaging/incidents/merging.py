"""What becomes of boards, cases, audiences and texts when two records of one person are merged, and when that is taken back.

One rule above all: a merge makes nobody accounted for. Of two lines on a board the worse one stays, and of two open cases the one that
nobody has; only a person lowers HELP, and only a word that is surely this person's makes anybody safe.
"""

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from messaging.incidents import cases, ladder, log
from messaging.links import duress
from messaging.models import ACCOUNTED, CallTask, CasePerson, Incident, LadderMove, Message, Person
from workforce.core import vault
from workforce.core.errors import Invalid
from workforce.core.tenancy import Actor
from workforce.core.words import _
from workforce.duplicates.moving import Asked, Move, Rule
from workforce.duplicates.unmerging import Unmerged
from workforce.models import Worker

# Worst first. Whoever has not answered stands above whoever has: two records, and only one of them was heard.
WORST = ("HELP", "UNREACHABLE", "SILENT", "NOT_ASKED", "STAYING", "MOVING", "SAFE")
_SAID = ("status", "status_at", "source", "evidence", "message_id", "said_by", "unreachable_reason")


def worse(one: Person, other: Person) -> Person:
    """The line that says more trouble; of two alike the newer word, and for SAFE the older: it grows old sooner."""
    if one.status != other.status:
        return min(one, other, key=lambda person: WORST.index(person.status))
    older = min(one, other, key=lambda person: person.status_at)
    return older if one.status in ACCOUNTED else (one if older is other else other)


def _height(person: Person) -> tuple[int, int]:
    """How far the ladder has been climbed for them: the round, and the step that is next."""
    steps = ("", "wrote", *ladder.KEYS, "done")
    return person.chase_round, steps.index(person.chase_step)


def _people(move: Move, rows: list[Person]) -> list[Person]:
    mine = {person.incident_id: person for person in move.rows(Person, "worker_id", move.kept.id)}
    moves = []
    for row in rows:
        _tell(move, row.incident_id)
        own = mine.get(row.incident_id)
        if own is None:
            moves.append(row)
            continue
        from_row = worse(own, row)
        values: dict[str, Any] = {
            name: vault.reveal(move.db, from_row, name) if name == "evidence" else getattr(from_row, name)
            for name in _SAID
        }
        asked = max((at for at in (own.asked_at, row.asked_at) if at), default=None)
        move.drop(row)
        # The moves of both stay, so they go on where neither has been: a step taken twice in a round would stop the ladder for everybody.
        further = max(own, row, key=_height)
        chase = {name: getattr(further, name) for name in ("chase_round", "chase_step", "chase_at")}
        move.change(own, **values, **chase, asked_at=asked, asked_times=max(own.asked_times, row.asked_times))
    return moves


def _tell(move: Move, incident_id: uuid.UUID) -> None:
    """Live boards see that they are old, and the log says why a line is gone."""
    incident = move.db.scalar(
        select(Incident).where(Incident.id == incident_id, Incident.agency_id == move.actor.agency_id)
    )
    if incident is not None:
        log.line(
            move.db, move.actor, incident, "merged", at=move.now, worker=str(move.kept.id), merged=str(move.gone.id)
        )


def _recipients(move: Move, rows: list[Any]) -> list[Any]:
    mine = {row.broadcast_id for row in move.rows(type(rows[0]), "worker_id", move.kept.id)} if rows else set()
    for row in rows:
        if row.broadcast_id in mine:
            move.drop(row)
    return [row for row in rows if row.broadcast_id not in mine]


def _texts(move: Move, rows: list[Message]) -> list[Message]:
    """A text once to a person: what says which occasion a text was for names the person who is kept."""
    for row in rows:
        if row.occasion and str(move.gone.id) in row.occasion:
            theirs = row.occasion.replace(str(move.gone.id), str(move.kept.id))
            taken = select(Message.id).where(Message.agency_id == row.agency_id, Message.occasion == theirs)
            if move.db.scalar(taken) is None:
                move.change(row, occasion=theirs)
                move.db.flush()
    return rows


def _case_people(move: Move, rows: list[CasePerson]) -> list[CasePerson]:
    """One open case an incident: the one that nobody has, else the older. The other one ends with a word about why."""
    mine = move.rows(CasePerson, "worker_id", move.kept.id)
    moves = []
    for row in rows:
        own = next((one for one in mine if one.case_id == row.case_id), None)
        if own is None:
            moves.append(row)
            continue
        if row.ended_at is None:
            move.change(own, ended_at=None)
        move.drop(row)
    waiting: dict[uuid.UUID | None, list[CasePerson]] = {}
    for one in (*mine, *moves):
        if one.ended_at is None:
            waiting.setdefault(one.incident_id, []).append(one)
    for several in waiting.values():
        if len(several) > 1:
            _one_case(move, several)
    return moves


def _one_case(move: Move, several: list[CasePerson]) -> None:
    found = {one.id: cases.get(move.db, move.actor, one.case_id) for one in several}
    several.sort(key=lambda one: (found[one.id].owner_id is not None, found[one.id].opened_at, found[one.id].number))
    kept = found[several[0].id]
    for one in several[1:]:
        case = found[one.id]
        move.change(one, ended_at=move.now)
        move.change(kept, due_at=min(kept.due_at, case.due_at))
        others = select(CasePerson.id).where(
            CasePerson.agency_id == case.agency_id, CasePerson.case_id == case.id, CasePerson.ended_at.is_(None)
        )
        move.db.flush()
        if move.db.scalar(others) is None:
            words = _("The same person as in case %(number)s: the records were merged.", number=kept.number)
            move.change(case, closed_at=move.now, closed_by=move.actor.id, outcome=words)
    move.db.flush()


def _threads(move: Move, rows: list[Any]) -> list[Any]:
    """One thread in the inbox; what was not seen in either is not seen."""
    mine = move.rows(type(rows[0]), "worker_id", move.kept.id) if rows else []
    if not mine:
        return rows
    for row in rows:
        own = mine[0]
        seen = None if own.seen_at is None or row.seen_at is None else min(own.seen_at, row.seen_at)
        owned = {} if own.owner_id else {"owner_id": row.owner_id, "owned_at": row.owned_at}
        move.drop(row)
        move.change(own, seen_at=seen, **owned)
    return []


def asked(db: Session, kept: Worker, gone: Worker) -> list[Asked]:
    """What only a person can settle before a merge: which of two secret words still means help. Neither word is shown."""
    mine, theirs = (duress.since(db, worker) for worker in (kept, gone))
    if mine is None or theirs is None or duress.is_same(db, kept, gone):
        return []
    why = _(
        "One person has one secret word. The other one means nothing afterwards, so ask which they remember, and tell them."
    )
    return [Asked("duress_word", _("Which secret word for help counts?"), why, (mine, theirs))]


def _duress(move: Move, rows: list[Any]) -> list[Any]:
    """One word: the one that was chosen, where the two differ. Nobody loses one unasked."""
    moves = []
    for row in rows:
        own = next(iter(move.rows(type(row), "worker_id", move.kept.id)), None)
        if own is None:
            moves.append(row)
            continue
        chosen = move.chosen.get("duress_word") if asked(move.db, move.kept, move.gone) else "kept"
        if chosen not in {"kept", "gone"}:
            raise Invalid(_("Both records have a secret word for help. Choose which one counts."))
        if chosen == "kept":
            move.drop(row)
        else:
            move.drop(own)
            moves.append(row)
    return moves


def _ladder_moves(move: Move, rows: list[LadderMove]) -> list[LadderMove]:
    """A step taken for either was taken for the person."""
    taken = {(one.incident_id, one.round, one.step) for one in move.rows(LadderMove, "worker_id", move.kept.id)}
    moves = []
    for row in rows:
        if (row.incident_id, row.round, row.step) in taken:
            move.drop(row)
        else:
            moves.append(row)
    return moves


def _call_tasks(move: Move, rows: list[CallTask]) -> list[CallTask]:
    """One call that waits an incident, at the earlier time of the two."""
    waiting = {one.incident_id: one for one in move.rows(CallTask, "worker_id", move.kept.id) if one.done_at is None}
    moves = []
    for row in rows:
        own = waiting.get(row.incident_id)
        if own is None or row.done_at is not None:
            moves.append(row)
            continue
        due_at, tries = min(own.due_at, row.due_at), max(own.tries, row.tries)
        move.drop(row)
        move.change(own, due_at=due_at, tries=tries)
    return moves


RULES: dict[str, Rule] = {
    "ladder_moves.worker_id": _ladder_moves,
    "call_tasks.worker_id": _call_tasks,
    "incident_people.worker_id": _people,
    "recipients.worker_id": _recipients,
    "messages.worker_id": _texts,
    "case_people.worker_id": _case_people,
    "inbox_threads.worker_id": _threads,
    "duress_words.worker_id": _duress,
}


# --- taken back -------------------------------------------------------------------------------------------------------


def taken_back(db: Session, actor: Actor, done: Unmerged, now: datetime) -> None:
    """After an undo: a word that came while the two were one is nobody's for sure. HELP then counts for both, SAFE for neither."""
    befores = {row.id: before for row, before in done.changed_since if isinstance(row, Person)}
    for worker, other in ((done.kept, done.again), (done.again, done.kept)):
        for person in _lines(db, actor, worker.id):
            if person.status_at <= done.merge.made_at:
                continue
            twin = next((one for one in _lines(db, actor, other.id) if one.incident_id == person.incident_id), None)
            if person.status == "HELP":
                _help_for_both(db, actor, person, twin, now)
            elif person.status in ACCOUNTED:
                _nobodys_word(db, person, befores.get(person.id))
            db.flush()
    for incident_id in {
        person.incident_id for worker in (done.kept, done.again) for person in _lines(db, actor, worker.id)
    }:
        incident = db.scalar(select(Incident).where(Incident.id == incident_id, Incident.agency_id == actor.agency_id))
        if incident is not None:
            log.line(db, actor, incident, "unmerged", at=now, worker=str(done.kept.id), merged=str(done.again.id))


def _lines(db: Session, actor: Actor, worker_id: uuid.UUID) -> list[Person]:
    return list(db.scalars(select(Person).where(Person.agency_id == actor.agency_id, Person.worker_id == worker_id)))


def _help_for_both(db: Session, actor: Actor, person: Person, twin: Person | None, now: datetime) -> None:
    if twin is None or twin.status == "HELP":
        return
    for name in _SAID:
        if name == "evidence":
            vault.seal(db, twin, evidence=vault.reveal(db, person, "evidence"))
        else:
            setattr(twin, name, getattr(person, name))
    db.flush()
    incident = db.scalar(select(Incident).where(Incident.id == twin.incident_id, Incident.agency_id == actor.agency_id))
    if incident is not None and incident.closed_at is None:
        cases.open_for(db, [twin.worker], incident=incident, message=None, at=now, actor=actor)


def _nobodys_word(db: Session, person: Person, before: dict[str, Any] | None) -> None:
    """As before the merge, where that is known; else not answered yet."""
    if before and "status" in before:
        for name, value in before.items():
            if name == "evidence":
                vault.seal(db, person, evidence=value)
            elif name in _SAID:
                setattr(person, name, value)
        return
    person.status, person.source, person.message_id, person.said_by = (
        ("SILENT" if person.asked_at else "NOT_ASKED"),
        "",
        None,
        None,
    )
    vault.seal(db, person, evidence=None)
