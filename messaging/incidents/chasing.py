"""Chasing the silent up the ladder: what is due is asked of the rows, so that two clocks, or none for an hour, do no harm.

Somebody is chased from the first text that they do not answer until anything is heard: a status, or any words of theirs, which
a person then reads. Who wants no texts, or none in a crisis, is never texted, nor anybody about them: a call task opens at once.
"""

import hashlib
import uuid
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, func, insert, not_, or_, select
from sqlalchemy.orm import Session, aliased, contains_eager

from messaging.incidents import call_tasks, incidents, ladder, log, sending, wording
from messaging.incidents.chase_routes import Surroundings, Way, around
from messaging.incidents.ladder import Step
from messaging.models import CallTask, Incident, LadderMove, Message, Person, Question
from messaging.outbox import outbox
from messaging.outbox import wording as texts
from workforce.core import audit
from workforce.core.db import new_id
from workforce.core.tenancy import Actor
from workforce.models import Agency, Consent, Worker

BATCH = 200
CHASED = ("SILENT", "UNREACHABLE")
VALID = timedelta(seconds=1800)
NAMED = 3
TEXTS = {"buddy": "chase_friend", "site_leader": "chase_friend", "family": "chase_family", "employer": "chase_employer"}


def has_work(db: Session, incident: Incident, *, now: datetime) -> bool:
    """Whether `climb` would find anybody: asked at every tick."""
    some = or_(_is_due(now), _is_new(), _has_answered())
    found = select(Person.id).where(Person.agency_id == incident.agency_id, Person.incident_id == incident.id, some)
    return db.scalar(found.limit(1)) is not None


def climb(db: Session, actor: Actor, incident: Incident, *, now: datetime) -> int:
    """Stop for who was heard, begin with who was not, take the steps that are due: up to BATCH people. How many were looked at."""
    log.one_at_a_time(db, actor)
    mine = select(Person).join(Person.worker).options(contains_eager(Person.worker))
    mine = mine.where(Person.agency_id == incident.agency_id, Person.incident_id == incident.id)
    found = list(db.scalars(mine.where(or_(_is_due(now), _is_new(), _has_answered())).order_by(Person.chase_at, Person.id).limit(BATCH).with_for_update(of=Person)))  # fmt: skip
    if not found:
        return 0
    heard = _wrote_to_us(db, incident, found)
    climber = Climber(db, actor, incident, around(db, incident, found), now)
    for person in found:
        if person.status not in CHASED or (person.status == "UNREACHABLE" and person.source == "hand"):
            _stop(db, incident, person, now)
        elif person.worker_id in heard:
            person.chase_step, person.chase_at = "wrote", None
        else:
            climber.move(person)
    climber.send()
    db.flush()
    audit.record(db, actor, "ladder.climb", incident, code=incident.code, people=len(found), texts=climber.texted)
    log.touch(db, incident)
    if climber.texted:
        log.line(db, actor, incident, "chased", at=now, people=climber.texted)
    return len(found)


class Climber:
    """One pass over a batch of people. Texts are gathered, so that a site leader gets one text about many."""

    def __init__(self, db: Session, actor: Actor, incident: Incident, near: Surroundings, now: datetime) -> None:
        self.db, self.actor, self.incident, self.near, self.now = db, actor, incident, near, now
        self.steps = ladder.climbed(incident)
        self.texted = 0
        self._gathered: dict[tuple[str, Way], list[Person]] = {}
        self._moves: dict[tuple[uuid.UUID, str], LadderMove] = {}

    def move(self, person: Person) -> None:
        """Take the step that is due, if one is, and say which comes next and when."""
        is_new = person.chase_step in {"", "wrote"}
        if is_new:
            person.chase_round, person.chase_step = person.chase_round + 1, ""
        if person.worker.opted_out_at is not None:
            self._call(person, "opted_out")
            return
        if person.worker_id in self.near.no_texts:
            self._call(person, "withdrawn")
            return
        if is_new:
            start = self.now if person.status == "UNREACHABLE" else (person.asked_at or person.status_at)
            self._schedule(person, "", start, at_once=person.status == "UNREACHABLE")
            return
        step = person.chase_step
        if step == "call":
            self._call(person, "ladder")
            return
        ways, why = self.near.ways(person, step) if step in {one.key for one in self.steps} else ([], "switched_off")
        if not ways:
            self._note(person, step, "skipped", why)
        else:
            self._note(person, step, "texted", "")
            for way in ways:
                self._gathered.setdefault((step, way), []).append(person)
        self._schedule(person, step, self.now, at_once=not ways)

    def _schedule(self, person: Person, taken: str, since: datetime, *, at_once: bool = False) -> None:
        """The next step that has a way to them; what has none is noted and waits for nobody."""
        for step in ladder.after(self.steps, taken):
            ways, why = self.near.ways(person, step.key)
            if not ways and step.key != "call":
                self._note(person, step.key, "skipped", why)
                continue
            person.chase_step, person.chase_at = step.key, since if at_once else since + step.wait
            return
        person.chase_step, person.chase_at = "done", None

    def _call(self, person: Person, why: str) -> None:
        call_tasks.open_for(self.db, self.actor, self.incident, person.worker_id, why=why, at=self.now)
        self._note(person, "call", "called", why)
        person.chase_step, person.chase_at = "done", None

    def _note(self, person: Person, step: str, state: str, why: str) -> None:
        made = LadderMove(
            id=new_id(), agency_id=person.agency_id, incident_id=self.incident.id, worker_id=person.worker_id, round=person.chase_round, step=step,
            state=state, why=why, at=self.now,
        )  # fmt: skip
        self._moves[(person.worker_id, step)] = made
        self.db.add(made)

    def send(self) -> None:
        """Queue what was gathered. The occasion is made of who is meant and in which round, so it exists once."""
        self.db.flush()
        for (step, way), people in self._gathered.items():
            meant = hashlib.sha256("".join(sorted(f"{one.worker_id}{one.chase_round}" for one in people)).encode()).hexdigest()[:24]  # fmt: skip
            to = way.phone_id or hashlib.sha256(way.number.encode()).hexdigest()[:12]
            message = outbox.queue(
                self.db, self.actor, worker=self._owner(way), number=way.number, phone=self._phone(way), body=self._body(step, way, people), purpose="safety" if step in ladder.OWN else "chase", language=way.language,
                occasion=f"ladder:{self.incident.id.hex}:{step}:{meant}:{to}", incident_id=self.incident.id, valid_until=self.now + VALID, channel=way.channel,
            )  # fmt: skip
            for person in people:
                self._moves[(person.worker_id, step)].message_id = message.id
            if way.phone_id is not None and message.state != "suppressed":
                self.db.execute(insert(Question), [sending.question(self.incident, people[0].worker_id, message.id, self.now)])  # fmt: skip
            self.texted += 1

    def _owner(self, way: Way) -> Worker | None:
        return self.db.get(Worker, way.worker_id) if way.worker_id else None

    def _phone(self, way: Way) -> Any:
        mine = self.near.phones.get(way.worker_id, []) if way.worker_id else []
        return next((one for one in mine if one.id == way.phone_id), None)

    def _body(self, step: str, way: Way, people: Sequence[Person]) -> str:
        mark = f"{self.incident.code}/{self.incident.sequence} {incidents.local_time(self.incident, self.now)}"
        agency: Agency = self.near.agency
        if step in ladder.OWN:
            bodies = wording.written(self.db, self.actor, self.incident, "follow_up", {}, old_stamp="")
            return wording.stamped(bodies[way.language], mark)
        said = texts.text(
            self.db, agency.id, TEXTS[step], way.language, agency=agency.short_name, name=_names(people), phone=agency.call_number or agency.name, stamp=mark,
        )  # fmt: skip
        return wording.EXERCISE + said if self.incident.is_exercise else said


def next_steps(db: Session, incident: Incident, waiting: dict[str, int]) -> list[tuple[str, datetime, int]]:
    """What the ladder does next: (step, the soonest moment, for how many). `waiting`: how many wait for each step."""
    found = []
    for step, number in waiting.items():
        here = (Person.agency_id == incident.agency_id, Person.incident_id == incident.id, Person.chase_step == step, Person.chase_at.is_not(None))
        moments = [db.scalar(select(func.min(Person.chase_at)).where(*here, Person.status == status)) for status in CHASED]
        if soonest := min((at for at in moments if at is not None), default=None):
            found.append((step, soonest, number))
    return found


def _stop(db: Session, incident: Incident, person: Person, now: datetime) -> None:
    """They were heard, or a named person spoke for them: nobody is asked any further."""
    person.chase_step, person.chase_at = "", None
    call_tasks.answered(db, incident, person, at=now)


def _is_due(now: datetime) -> ColumnElement[bool]:
    return and_(Person.chase_at <= now, Person.status.in_(CHASED))


def _is_new() -> ColumnElement[bool]:
    stopped = and_(
        or_(Person.unreachable_reason.in_(("opted out", "withdrawn")), _has_withdrawn()), Person.chase_step != "done"
    )
    return and_(Person.status.in_(CHASED), or_(Person.chase_step == "", stopped), not_(_given_up()))


def _has_withdrawn() -> ColumnElement[bool]:
    """Who has taken back the consent to crisis texts: they wait for no further step, a person calls them."""
    later = aliased(Consent)
    mine = (Consent.agency_id == Person.agency_id, Consent.worker_id == Person.worker_id, Consent.purpose == "crisis")
    newer = exists().where(
        later.agency_id == Consent.agency_id, later.worker_id == Consent.worker_id, later.purpose == "crisis",
        or_(later.at > Consent.at, and_(later.at == Consent.at, later.id > Consent.id)),
    )  # fmt: skip
    return exists().where(*mine, Consent.given.is_(False), ~newer)


def _given_up() -> ColumnElement[bool]:
    """A named person said that they cannot be reached: no machine tries any further."""
    return and_(Person.status == "UNREACHABLE", Person.source == "hand")


def _has_answered() -> ColumnElement[bool]:
    left = exists().where(
        CallTask.agency_id == Person.agency_id, CallTask.incident_id == Person.incident_id, CallTask.worker_id == Person.worker_id, CallTask.done_at.is_(None)
    )  # fmt: skip
    spoke = or_(not_(Person.status.in_(CHASED)), _given_up())
    return and_(spoke, or_(Person.chase_step != "", left))


def _wrote_to_us(db: Session, incident: Incident, people: Sequence[Person]) -> set[uuid.UUID]:
    """Who has written anything since they were asked: it gave no status, so a person reads it, and the machine is silent."""
    asked = {person.worker_id: person.asked_at for person in people if person.asked_at and person.status == "SILENT"}
    inbound = select(Message.worker_id, Message.queued_at).where(
        Message.agency_id == incident.agency_id, Message.direction == "in", Message.worker_id.in_(list(asked))
    )
    return {worker_id for worker_id, at in db.execute(inbound) if worker_id is not None and (since := asked[worker_id]) and at >= since}  # fmt: skip


def _names(people: Sequence[Person]) -> str:
    names = sorted(person.worker.full_name for person in people)
    return ", ".join(names[:NAMED]) + (f" +{len(names) - NAMED}" if len(names) > NAMED else "")


__all__ = ["BATCH", "CHASED", "Step", "climb", "has_work", "next_steps"]
