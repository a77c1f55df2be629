"""The ladder: in which steps the silent of an incident are chased, and how many minutes each waits."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from messaging.incidents import log
from messaging.incidents.rights import may_write
from messaging.models import Incident, Person
from workforce.core import audit
from workforce.core.errors import Conflict, Invalid
from workforce.core.tenancy import Actor
from workforce.core.words import _

# Key, whether it is on as delivered, minutes after the step before it (the first: after the text).
DEFAULTS = (
    ("again", False, 30),
    ("other_number", True, 20),
    ("whatsapp", False, 15),
    ("buddy", True, 15),
    ("site_leader", True, 15),
    ("voice", True, 15),
    ("family", True, 30),
    ("employer", False, 30),
    ("call", True, 15),
)
KEYS = tuple(key for key, _on, _minutes in DEFAULTS)
OWN = frozenset({"again", "other_number", "whatsapp", "voice"})
LONGEST_MINUTES = 24 * 60


@dataclass(frozen=True)
class Step:
    """One rung: whether it is climbed here, and how long it waits."""

    key: str
    is_on: bool
    minutes: int

    @property
    def wait(self) -> timedelta:
        return timedelta(minutes=self.minutes)


def of(incident: Incident) -> list[Step]:
    """All steps of this incident, in their order; those it says nothing about are as delivered."""
    said: Mapping[str, Any] = {str(one["key"]): one for one in incident.ladder}
    return [
        Step(key, bool(said.get(key, {}).get("on", on)), int(said.get(key, {}).get("minutes", minutes)))
        for key, on, minutes in DEFAULTS
    ]


def climbed(incident: Incident) -> list[Step]:
    """The steps that are on."""
    return [step for step in of(incident) if step.is_on]


def after(steps: Sequence[Step], key: str) -> list[Step]:
    """The steps that come after `key`; all of them for ""."""
    place = KEYS.index(key) if key in KEYS else -1
    return [step for step in steps if KEYS.index(step.key) > place]


def place_of(incident: Incident, key: str) -> tuple[int, int]:
    """(which step this is, of how many), for the row of somebody who is chased; 0 where it is not climbed."""
    keys = [step.key for step in climbed(incident)]
    return (keys.index(key) + 1 if key in keys else 0), len(keys)


def change(
    db: Session, actor: Actor, incident: Incident, wanted: Mapping[str, tuple[bool, str]], *, at: datetime
) -> None:
    """Other steps or waits: {key: (on, minutes as typed)}. Who waits for a changed step waits the new time. Raises Invalid."""
    may_write(actor)
    if incident.closed_at is not None:
        raise Conflict(_("%(code)s is closed already.", code=incident.code))
    before = {step.key: step for step in of(incident)}
    made = [Step(key, *_read(key, wanted)) for key in KEYS]
    if not any(step.is_on for step in made):
        raise Invalid(_("Leave at least one step on: the last one is that a person calls."))
    incident.ladder = [{"key": step.key, "on": step.is_on, "minutes": step.minutes} for step in made]
    for step in made:
        moved = step.wait - before[step.key].wait
        if moved:
            for person in db.scalars(_waiting_for(incident, step.key)):
                person.chase_at = max(at, person.chase_at + moved) if person.chase_at else None
    db.flush()
    audit.record(db, actor, "incident.ladder", incident, code=incident.code, steps=[one.key for one in made if one.is_on])  # fmt: skip
    log.line(db, actor, incident, "ladder_changed", at=at)


def name(key: str) -> str:
    """What a step is called on pages."""
    names = {
        "again": _("The same text again"), "other_number": _("Other number"), "whatsapp": _("WhatsApp"), "buddy": _("Buddy"),
        "site_leader": _("Site leader"), "voice": _("Voice call"), "family": _("Family"), "employer": _("Employer’s contact"), "call": _("A person calls"),
    }  # fmt: skip
    return names.get(key, key)


def about(key: str) -> str:
    """What happens at a step."""
    words = {
        "again": _("A follow-up to the number that was texted first."),
        "other_number": _("A follow-up to every other number of theirs that works."),
        "whatsapp": _("A message on WhatsApp."),
        "buddy": _("The buddy is asked whether they know how the person is."),
        "site_leader": _("The site leader is asked. Several people of one leader stand in one text."),
        "voice": _("A call that speaks the text: 1 safe, 2 need help."),
        "family": _("Next of kin are asked to call if they have heard. Never where the person switched family off."),
        "employer": _("The employer’s contact is asked to have them call. They are never told an answer, nor that there is none."),
        "call": _("A call task opens for staff."),
    }  # fmt: skip
    return words.get(key, "")


def _read(key: str, wanted: Mapping[str, tuple[bool, str]]) -> tuple[bool, int]:
    is_on, typed = wanted.get(key, (False, ""))
    typed = typed.strip()
    if not typed.isdigit() or int(typed) > LONGEST_MINUTES:
        raise Invalid(_("%(step)s: type minutes, a whole number up to 1440.", step=name(key)))
    return is_on, int(typed)


def _waiting_for(incident: Incident, key: str) -> Any:
    return select(Person).where(
        Person.agency_id == incident.agency_id,
        Person.incident_id == incident.id,
        Person.chase_step == key,
        Person.chase_at.is_not(None),
    )
