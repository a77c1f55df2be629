"""Broadcasts: one text to many people. What somebody has read and confirmed is what leaves, once, and nothing else.

draft → sending → done; where two people are needed, draft → waiting → approved → sending, or counting where one person
breaks the glass. This module writes; `approvals` has the second person, `sending` the leaving, `steering` the wheel.
"""

import uuid
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from messaging import segments
from messaging.incidents import approvals, incidents, log, preview, wording
from messaging.incidents.audience import PLACES
from messaging.incidents.preview import Preview
from messaging.incidents.rights import is_open, may_write
from messaging.models import Broadcast, Incident, Message
from workforce.core import audit
from workforce.core.db import new_id
from workforce.core.errors import Invalid, NotFound
from workforce.core.tenancy import Actor
from workforce.core.words import _
from workforce.models import Worker

DEFAULT_PLACES = ("inside", "perhaps", "no_place")


def begin(db: Session, actor: Actor, incident: Incident, *, template: str, at: datetime) -> Broadcast:
    """The draft from this template: the one that waits already, or a new one, filled in and addressed. Raises NotAllowed."""
    may_write(actor)
    is_open(incident)
    mine = select(Broadcast).where(
        Broadcast.agency_id == actor.agency_id, Broadcast.incident_id == incident.id, Broadcast.state == "draft"
    )
    waiting = db.scalar(mine.where(Broadcast.template == template).order_by(Broadcast.sequence))
    if waiting is not None:
        return waiting
    log.one_at_a_time(db, actor)
    newest = (
        db.scalar(
            select(func.max(Broadcast.sequence)).where(
                Broadcast.agency_id == actor.agency_id, Broadcast.incident_id == incident.id
            )
        )
        or 0
    )
    draft = Broadcast(
        id=new_id(), agency_id=actor.agency_id, incident_id=incident.id, sequence=newest + 1, purpose="safety", bodies={}, audience={},
        author_id=actor.id, created_at=at, state="draft",
    )  # fmt: skip
    fill(db, actor, incident, draft, template=template, facts=wording.facts_for(db, actor, incident))
    db.add(draft)
    db.flush()
    audit.record(db, actor, "broadcast.draft", draft, incident=incident.code, sequence=draft.sequence)
    return draft


def fill(
    db: Session, actor: Actor, incident: Incident, draft: Broadcast, *, template: str, facts: dict[str, str]
) -> None:
    """Write a draft anew from a template and the facts that go into it. Raises Invalid, Conflict."""
    approvals.reopen(db, actor, draft)
    if template not in wording.BY_KEY:
        raise Invalid(_("There is no such template."))
    known = {name: segments.visible(" ".join(facts.get(name, "").split()))[:120] for name in wording.SLOTS}
    wording.check_facts(template, known)
    draft.template, draft.purpose = template, wording.BY_KEY[template].purpose
    draft.bodies = wording.written(db, actor, incident, template, known, old_stamp=_last_stamp(db, incident))
    statuses = ["SILENT"] if template == "follow_up" else []
    draft.audience = {
        "places": list(PLACES if statuses else DEFAULT_PLACES),
        "statuses": statuses,
        "skip": [],
        **draft.audience,
        "facts": known,
    }
    draft.frozen_hash = None


def edit(db: Session, actor: Actor, draft: Broadcast, *, bodies: dict[str, str]) -> None:
    """Change the words of a draft. What was confirmed before is confirmed no more."""
    may_write(actor)
    approvals.reopen(db, actor, draft)
    cleaned = {
        language: segments.visible(body.replace("\r\n", "\n")).strip()[: wording.LONGEST_KEPT]
        for language, body in bodies.items()
        if language in draft.bodies
    }
    if all(draft.bodies[language] == body for language, body in cleaned.items()):
        return
    draft.bodies, draft.frozen_hash = {**draft.bodies, **cleaned}, None
    db.flush()
    audit.record(db, actor, "broadcast.edit", draft, languages=sorted(cleaned))


def note_edit(db: Session, actor: Actor, draft: Broadcast) -> None:
    """Write down that a draft was filled in anew."""
    may_write(actor)
    db.flush()
    audit.record(db, actor, "broadcast.fill", draft, template=draft.template)


def address(
    db: Session,
    actor: Actor,
    draft: Broadcast,
    *,
    places: Iterable[str],
    statuses: Iterable[str] = (),
    skip: Iterable[str] = (),
) -> None:
    """Choose who gets it. `skip` are ids of workers unticked by name."""
    may_write(actor)
    approvals.reopen(db, actor, draft)
    wanted = {
        "places": [one for one in PLACES if one in set(places)],
        "statuses": list(statuses),
        "skip": sorted(set(skip)),
    }
    draft.audience, draft.frozen_hash = {**draft.audience, **wanted}, None
    db.flush()
    audit.record(db, actor, "broadcast.address", draft, places=wanted["places"], skipped=len(wanted["skip"]))


def look(
    db: Session, actor: Actor, incident: Incident, draft: Broadcast, *, now: datetime, part_price_usd: float
) -> Preview:
    """The preview; on a draft its seal is kept, and only what carries this seal can be sent. What waits keeps its people."""
    anew = draft.state == "draft"
    seen = preview.of(db, actor, incident, draft, now=now, part_price_usd=part_price_usd, anew=anew)
    if draft.state == "draft":
        _freeze(db, draft, seen)
    return seen


def drop(db: Session, actor: Actor, incident: Incident, draft: Broadcast, *, at: datetime) -> None:
    """Throw a draft away: its number is free again."""
    may_write(actor)
    approvals.reopen(db, actor, draft)
    audit.record(db, actor, "broadcast.drop", draft, incident=incident.code, sequence=draft.sequence)
    db.delete(draft)
    log.touch(db, incident)


def get(db: Session, actor: Actor, incident: Incident, broadcast_id: uuid.UUID) -> Broadcast:
    """The broadcast of this incident. Raises NotFound."""
    found = select(Broadcast).where(
        Broadcast.id == broadcast_id, Broadcast.agency_id == actor.agency_id, Broadcast.incident_id == incident.id
    )
    broadcast = db.scalar(found)
    if broadcast is None:
        raise NotFound(_("No such text."))
    return broadcast


def by_code(db: Session, actor: Actor, code: str) -> tuple[Incident, Broadcast]:
    """The text called LBY-27/1. LBY-27 alone will do while the incident has one text only. Raises NotFound, Invalid."""
    name, _slash, sequence = code.partition("/")
    incident = incidents.by_code(db, actor, name)
    known = of(db, incident)
    if not sequence and len(known) > 1:
        newest = code_of(incident, known[-1])
        raise Invalid(_("%(code)s has %(count)s texts. Say which one: %(newest)s is the newest.", code=incident.code, count=len(known), newest=newest))  # fmt: skip
    found = next((one for one in known if not sequence or str(one.sequence) == sequence.strip()), None)
    if found is None:
        raise NotFound(_("There is no text called %(code)s.", code=code.strip().upper()))
    return incident, found


def code_of(incident: Incident, broadcast: Broadcast) -> str:
    """What a text is called everywhere: LBY-27/1."""
    return f"{incident.code}/{broadcast.sequence}"


def of(db: Session, incident: Incident) -> list[Broadcast]:
    """The incident's texts, drafts too, in their order."""
    return list(
        db.scalars(
            select(Broadcast)
            .where(Broadcast.agency_id == incident.agency_id, Broadcast.incident_id == incident.id)
            .order_by(Broadcast.sequence)
        )
    )


@dataclass(frozen=True)
class Words:
    """One language's text as it leaves or has left, and how many get it."""

    name: str
    direction: str
    body: str
    people: int


def words_of(db: Session, broadcast: Broadcast, incident: Incident) -> list[Words]:
    """The texts of a broadcast whose people are settled, the language of most people first; 0 people where nobody gets it."""
    mark = wording.stamp(incident, broadcast, broadcast.sending_at or broadcast.created_at)
    people = _languages(db, broadcast)
    known = [
        Words(*wording.LANGUAGES.get(language, (language, "ltr")), wording.stamped(body, mark), people[language])
        for language, body in broadcast.bodies.items()
    ]
    return sorted(known, key=lambda one: (-one.people, one.name))


def _languages(db: Session, broadcast: Broadcast) -> Counter[str]:
    """How many get it in each language: by the texts that were made, or before them by the people it was frozen for."""
    if broadcast.sending_at is not None:
        made = select(Message.language, func.count()).where(
            Message.agency_id == broadcast.agency_id, Message.broadcast_id == broadcast.id, Message.direction == "out"
        )
        return Counter({language: number for language, number in db.execute(made.group_by(Message.language))})  # noqa: C416  Rows are not pairs to mypy.
    found: Counter[str] = Counter()
    only = [uuid.UUID(one) for one in broadcast.audience.get("only") or []]
    for start in range(0, len(only), 500):
        mine = select(Worker.language).where(
            Worker.agency_id == broadcast.agency_id, Worker.id.in_(only[start : start + 500])
        )
        found.update(wording.language_in(broadcast.bodies, language) for language in db.scalars(mine))
    return found


def suggested(incident: Incident) -> str:
    """The template to begin with: evacuation at levels 3 and 4, a question below."""
    return "evacuate" if incident.alert_level >= 3 else "safety_check"


def _freeze(db: Session, draft: Broadcast, seen: Preview) -> None:
    only = [str(one.worker.id) for one in seen.chosen] if draft.audience.get("statuses") else []
    if draft.frozen_hash == seen.seal and draft.audience.get("only", []) == only:
        return
    # By statement: looking at a draft is no change of it, and must not raise its version.
    one = update(Broadcast).where(
        Broadcast.id == draft.id, Broadcast.agency_id == draft.agency_id, Broadcast.state == "draft"
    )
    db.execute(
        one.values(frozen_hash=seen.seal, audience={**draft.audience, "only": only}).execution_options(
            synchronize_session=False
        )
    )


def _last_stamp(db: Session, incident: Incident) -> str:
    sent = [one for one in of(db, incident) if one.sending_at is not None]
    return wording.stamp(incident, sent[-1], sent[-1].sending_at) if sent and sent[-1].sending_at else incident.code
