"""The muster board: what we know of each person, on whose word. It shows evidence, not hope.

Two rules stand above the rest. HELP is never lowered by a machine: after it, texts are recorded and change nothing until
a person closes the case. And only an answer, or a named person's word, makes anybody SAFE.
"""

import uuid
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from messaging.incidents import cases, log, tallies
from messaging.models import ACCOUNTED, STATUSES, Case, CasePerson, Incident, Message, Person, StatusReport
from messaging.outbox.outbox import UNUSABLE
from workforce.core import audit, clock, vault
from workforce.core.db import new_id
from workforce.core.errors import Conflict, Invalid, NotFound
from workforce.core.tenancy import Actor, System
from workforce.core.words import _
from workforce.models import Phone, Worker

SAID = frozenset({"HELP", "SAFE", "MOVING", "STAYING"})
BY_HAND = ("SAFE", "HELP", "MOVING", "STAYING", "UNREACHABLE")
OLD_SAFE = timedelta(hours=12)
LONGEST_EVIDENCE = 600


# --- what texts say ---------------------------------------------------------------------------------------------------


def hear(
    db: Session,
    worker: Worker,
    status: str,
    *,
    evidence: str,
    message: Message | None = None,
    source: str = "sms",
    at: datetime,
) -> list[Incident]:
    """Put what `worker` has said on every board they stand on; HELP opens a case, with an incident or without.

    `status` is SAFE, HELP, MOVING or STAYING; `evidence` their own words. Returns the incidents that heard it.
    """
    return hear_from_one_phone(db, [worker], status, evidence=evidence, message=message, source=source, at=at)


def hear_from_one_phone(
    db: Session,
    workers: Sequence[Worker],
    status: str,
    *,
    evidence: str,
    message: Message | None = None,
    source: str = "sms",
    at: datetime,
    named: Sequence[Worker] = (),
    by: str = "",
) -> list[Incident]:
    """As `hear`, where any of `workers` may have said it: HELP opens one case that names them all.

    `named` are others of whom `by` says it. They have said nothing themselves, so only HELP is heard of them.
    """
    if named and status != "HELP":
        raise ValueError("Only a call for help is taken for others.")
    if status not in SAID:
        raise ValueError(f"{status} is nothing that a person says.")
    actor = System([*workers, *named][0].agency_id)
    heard: dict[uuid.UUID, tuple[Incident, list[Worker]]] = {}
    alone = []
    said = [(worker, evidence) for worker in workers] + [(worker, f"{by}: {evidence}") for worker in named]
    for worker, words in said:
        concerned = _concerned(db, worker, status, message)
        for incident in concerned:
            _hear_in(db, actor, incident, worker, status, evidence=words, message=message, source=source, at=at)
            heard.setdefault(incident.id, (incident, []))[1].append(worker)
        if not concerned:
            alone.append(worker)
    if status == "HELP":
        for incident, people in heard.values():
            cases.open_for(db, people, incident=incident, message=message, at=at)
        if alone:
            cases.open_for(db, alone, incident=None, message=message, at=at)
    return [incident for incident, _people in heard.values()]


def not_delivered(db: Session, message: Message, *, at: datetime | None = None) -> bool:
    """A text did not arrive. With no other number to try, the person is UNREACHABLE; what they said before stands.

    A call that nobody answered, or no WhatsApp on that phone, says nothing of the kind. True where somebody became unreachable.
    """
    if message.worker_id is None or message.channel != "sms":
        return False
    worker = db.scalar(select(Worker).where(Worker.id == message.worker_id, Worker.agency_id == message.agency_id))
    if worker is None or _has_other_number(db, worker, message.phone_id):
        return False
    return _unreachable(db, worker, "not delivered", at or message.settled_at or clock.now())


def opted_out(db: Session, worker: Worker, at: datetime) -> bool:
    """The worker wants no more texts: no answer of theirs is lowered, but who has not answered needs a call."""
    return _unreachable(db, worker, "opted out", at)


def _concerned(db: Session, worker: Worker, status: str, message: Message | None) -> list[Incident]:
    """Open incidents in the worker's country. What answers an exercise says nothing about a real one, except HELP."""
    mine = (
        select(Incident)
        .where(Incident.agency_id == worker.agency_id, Incident.closed_at.is_(None))
        .order_by(Incident.opened_at)
    )
    found = [incident for incident in db.scalars(mine) if worker.host_country in incident.countries]
    asked = message.incident_id if message is not None else None
    about = next((incident for incident in found if incident.id == asked), None)
    if about is not None and about.is_exercise and status != "HELP":
        return [incident for incident in found if incident.is_exercise]
    return found


def _hear_in(
    db: Session,
    actor: Actor,
    incident: Incident,
    worker: Worker,
    status: str,
    *,
    evidence: str,
    message: Message | None,
    source: str,
    at: datetime,
) -> None:
    person = person_of(db, incident, worker, at=at)
    applies = _replaces(person, status, at)
    evidence = evidence[:LONGEST_EVIDENCE]
    report(
        db,
        incident,
        worker.id,
        status,
        applied=applies,
        at=at,
        source=source,
        evidence=evidence,
        message_id=message.id if message else None,
    )
    if applies:
        person.status, person.status_at, person.source, person.said_by = status, at, source, None
        person.message_id, person.unreachable_reason = (message.id if message else None), ""
        vault.seal(db, person, evidence=evidence)
    db.flush()
    audit.record(db, actor, "board.hear", person, status=status, applied=applies, incident=incident.code)
    log.line(db, actor, incident, "heard", at=at, worker=str(worker.id), status=status, applied=applies)


def _replaces(person: Person, status: str, at: datetime) -> bool:
    if status == "HELP":
        return True
    if person.status == "HELP":
        return False
    # Texts overtake each other: an older one must not undo what came later.
    return not (person.status in SAID and at < person.status_at)


def _has_other_number(db: Session, worker: Worker, failed_id: uuid.UUID | None) -> bool:
    if worker.opted_out_at is not None:
        return False
    phones = db.scalars(select(Phone).where(Phone.agency_id == worker.agency_id, Phone.worker_id == worker.id))
    return any(phone.state not in UNUSABLE and phone.id != failed_id for phone in phones)


def _unreachable(db: Session, worker: Worker, reason: str, at: datetime) -> bool:
    changed = False
    for incident in _concerned(db, worker, "", None):
        person = person_of(db, incident, worker, at=at)
        if person.status in SAID or (person.status == "UNREACHABLE" and person.unreachable_reason == reason):
            continue
        person.status, person.status_at, person.source, person.unreachable_reason = "UNREACHABLE", at, "system", reason
        person.said_by = person.message_id = None
        vault.seal(db, person, evidence=None)
        report(db, incident, worker.id, "UNREACHABLE", at=at, source="system", evidence=reason)
        db.flush()
        audit.record(db, System(worker.agency_id), "board.unreachable", person, why=reason, incident=incident.code)
        log.line(db, System(worker.agency_id), incident, "unreachable", at=at, worker=str(worker.id), why=reason)
        changed = True
    return changed


# --- what people say --------------------------------------------------------------------------------------------------


def mark(
    db: Session,
    actor: Actor,
    incident: Incident,
    worker_id: uuid.UUID,
    *,
    status: str,
    informant: str,
    note: str,
    at: datetime,
) -> Person:
    """Put somebody's word on the board: how the person is, who said so, in which words.

    A HELP that has an open case stays until the case is closed with an outcome. Raises Invalid, Conflict, NotFound.
    """
    informant, note = " ".join(informant.split()), " ".join(note.split())
    if status not in BY_HAND:
        raise Invalid(_("Choose how the person is."))
    if not informant:
        raise Invalid(_("Say who told you: a name, and how you know them."))
    person = db.scalar(_people(incident).where(Person.worker_id == worker_id).with_for_update())
    if person is None:
        raise NotFound(_("No such person on this board."))
    case = cases.open_cases(db, incident.agency_id, [worker_id], incident.id).get(worker_id)
    if person.status == "HELP" and status != "HELP" and case is not None:
        raise Conflict(
            _(
                "This person asked for help. Close case %(number)s and say how it ended; that changes the board.",
                number=case.number,
            )
        )
    evidence = f"{informant}: {note}" if note else informant
    person.status, person.status_at, person.source, person.said_by, person.message_id = (
        status,
        at,
        "hand",
        actor.id,
        None,
    )
    person.unreachable_reason = "said so" if status == "UNREACHABLE" else ""
    vault.seal(db, person, evidence=evidence[:LONGEST_EVIDENCE])
    report(
        db, incident, worker_id, status, at=at, source="hand", evidence=evidence[:LONGEST_EVIDENCE], said_by=actor.id
    )
    db.flush()
    audit.record(db, actor, "board.mark", person, status=status, incident=incident.code)
    log.line(db, actor, incident, "marked", at=at, worker=str(worker_id), status=status)
    if status == "HELP":
        worker = db.scalar(select(Worker).where(Worker.id == worker_id, Worker.agency_id == actor.agency_id))
        if worker is not None:
            cases.open_for(db, [worker], incident=incident, message=None, at=at, actor=actor)
    return person


def report(
    db: Session, incident: Incident, worker_id: uuid.UUID, status: str, *, at: datetime, source: str, evidence: str, applied: bool = True,
    message_id: uuid.UUID | None = None, said_by: uuid.UUID | None = None,
) -> None:  # fmt: skip
    """Keep one word about a person. Reports are never changed."""
    made = StatusReport(
        id=new_id(), agency_id=incident.agency_id, incident_id=incident.id, worker_id=worker_id, status=status, applied=applied,
        at=at, source=source, message_id=message_id, said_by=said_by,
    )  # fmt: skip
    vault.seal(db, made, evidence=evidence)
    db.add(made)


# --- reading the board ------------------------------------------------------------------------------------------------


def person_of(db: Session, incident: Incident, worker: Worker, *, at: datetime) -> Person:
    """The worker's line on this board, locked; made now for somebody registered after the incident was opened."""
    # Locked, or a SAFE that was read before a HELP was written could overwrite it.
    person = db.scalar(_people(incident).where(Person.worker_id == worker.id).with_for_update())
    if person is None:
        person = Person(
            id=new_id(),
            agency_id=incident.agency_id,
            incident_id=incident.id,
            worker_id=worker.id,
            status="NOT_ASKED",
            status_at=at,
        )
        db.add(person)
        db.flush()
    return person


def counts(db: Session, incident: Incident, known: tallies.Counts | None = None) -> dict[str, int]:
    """How many people have each status, worst first; all of STATUSES are in it, and they add up to everybody. `known`, if at hand."""
    found = tallies.people(db, incident) if known is None else known.status
    return {status: found.get(status, 0) for status in STATUSES}


def accounted(person: Person, open_case: Case | None) -> bool:
    """SAFE, MOVING or STAYING by their own or a named person's word; or HELP with somebody on it."""
    if person.status == "HELP":
        return open_case is not None and open_case.owner_id is not None
    return person.status in ACCOUNTED


def unaccounted(db: Session, incident: Incident, known: dict[str, int] | None = None) -> int:
    """How many are not accounted for yet. Zero is the end of the week we are here for. `known` are the `counts`, if at hand."""
    known = counts(db, incident) if known is None else known
    missing = sum(number for status, number in known.items() if status not in ACCOUNTED and status != "HELP")
    if not known["HELP"]:
        return missing
    people = (
        select(func.count())
        .select_from(Person)
        .where(Person.agency_id == incident.agency_id, Person.incident_id == incident.id)
    )
    owned = (
        select(CasePerson.worker_id)
        .join(Case, (Case.agency_id == CasePerson.agency_id) & (Case.id == CasePerson.case_id))
        .where(
            CasePerson.agency_id == incident.agency_id,
            CasePerson.incident_id == incident.id,
            CasePerson.ended_at.is_(None),
            Case.owner_id.is_not(None),
        )
    )
    return missing + (db.scalar(people.where(Person.status == "HELP", Person.worker_id.not_in(owned))) or 0)


def known(db: Session, incident: Incident, *, now: datetime) -> tallies.Counts:
    """The counts of a board, for all that a page wants of them."""
    return tallies.of_board(db, incident, old=now - OLD_SAFE)


def is_old(person: Person, now: datetime) -> bool:
    """SAFE grows old: after twelve hours it reads "was safe" and is asked again."""
    return person.status == "SAFE" and now - person.status_at > OLD_SAFE


def open_cases(db: Session, incident: Incident, worker_ids: Iterable[uuid.UUID] | None = None) -> dict[uuid.UUID, Case]:
    """Open cases of this incident by worker."""
    return cases.open_cases(db, incident.agency_id, worker_ids, incident.id)


def _people(incident: Incident) -> Select[Person]:
    return select(Person).where(Person.agency_id == incident.agency_id, Person.incident_id == incident.id)
