"""The two-person rule, and the glass that one person may break.

What is approved is a digest of texts, people, sender and validity: whatever changes afterwards voids it. When nobody can
approve, one manager types the incident's code; for a minute anybody of staff may stop it, then the clock sends, everybody is
told, and within a day somebody else reviews it.
"""

import uuid
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Select, select
from sqlalchemy.orm import Session

from messaging.incidents import log, preview
from messaging.incidents.preview import Preview
from messaging.incidents.rights import REVIEWERS, is_open, may_write, needs_two
from messaging.models import Approval, Broadcast, Incident
from workforce.core import audit, vault
from workforce.core.db import new_id
from workforce.core.errors import Conflict, Invalid, NotAllowed, NotFound
from workforce.core.tenancy import Actor
from workforce.core.words import _
from workforce.models import User

LIFE = timedelta(minutes=30)
COUNTDOWN = timedelta(seconds=60)
REVIEW_WITHIN = timedelta(hours=24)
LIVE = ("waiting", "approved", "counting")
LONGEST_REASON = 500


# --- asking and answering ---------------------------------------------------------------------------------------------


def ask(
    db: Session, actor: Actor, incident: Incident, broadcast_id: uuid.UUID, *, seen: bytes, now: datetime
) -> Approval:
    """Put a draft before a second person. Who asks is its author from then on. Raises NotAllowed, Invalid, Conflict."""
    may_write(actor)
    is_open(incident)
    draft = locked(db, incident, broadcast_id)
    if draft.state != "draft":
        raise Conflict(_("Text %(number)s waits already, or has been sent.", number=draft.sequence))
    found = checked(db, actor, incident, draft, seen=seen, now=now)
    made = _frozen(db, draft, found, kind="second", by=actor.id, now=now, until=now + LIFE)
    draft.state, draft.author_id = "waiting", actor.id
    db.flush()
    audit.record(db, actor, "broadcast.ask", draft, incident=incident.code, sequence=draft.sequence, people=found.count)
    log.line(db, actor, incident, "text_asked", at=now, sequence=draft.sequence, people=found.count)
    return made


def approve(
    db: Session,
    actor: Actor,
    incident: Incident,
    broadcast_id: uuid.UUID,
    *,
    typed: str | None,
    seen: bytes,
    now: datetime,
) -> Approval:
    """The second person's yes. Who wrote or asked cannot give it. Raises NotAllowed, Invalid, Conflict.

    A draft that its author left without asking is taken as asked: the command line has no page to wait on.
    """
    may_write(actor)
    is_open(incident)
    draft = locked(db, incident, broadcast_id)
    if actor.id is None or actor.id == draft.author_id:
        raise NotAllowed(_("You wrote this text. Somebody else has to approve it."))
    found = checked(db, actor, incident, draft, seen=seen, now=now)
    approval = live(db, draft)
    if draft.state == "draft":
        approval = _frozen(db, draft, found, kind="second", by=draft.author_id, now=now, until=now + LIFE)
    if approval is None or approval.state != "waiting" or approval.kind != "second":
        raise Conflict(_("Text %(number)s does not wait for anybody any more.", number=draft.sequence))
    if now >= approval.until_at:
        raise Conflict(_("Nobody approved it within half an hour. It has to be read and asked for again."))
    if approval.seal != found.seal:
        raise changed()
    counted(typed, found)
    approval.state, approval.decided_by, approval.decided_at, approval.until_at = "approved", actor.id, now, now + LIFE
    draft.state = "approved"
    db.flush()
    audit.record(db, actor, "broadcast.approve", draft, incident=incident.code, sequence=draft.sequence, people=found.count, asked_by=approval.asked_by)  # fmt: skip
    log.line(db, actor, incident, "text_approved", at=now, sequence=draft.sequence)
    return approval


def send_back(
    db: Session, actor: Actor, incident: Incident, broadcast_id: uuid.UUID, *, reason: str, now: datetime
) -> None:
    """No, and why; or, by who asked, taken back without a word. The text is a draft again. Raises Invalid, Conflict."""
    may_write(actor)
    draft = locked(db, incident, broadcast_id)
    approval = live(db, draft)
    if approval is None or approval.kind != "second":
        raise Conflict(_("Text %(number)s does not wait for anybody any more.", number=draft.sequence))
    reason = " ".join(reason.split())[:LONGEST_REASON]
    own = approval.asked_by == actor.id
    if not reason and not own:
        raise Invalid(_("Say why it goes back, so that it can be put right."))
    approval.state, approval.decided_by, approval.decided_at = "void" if own else "sent_back", actor.id, now
    vault.seal(db, approval, reason=reason or None)
    thaw(draft)
    db.flush()
    audit.record(db, actor, "broadcast.send_back", draft, incident=incident.code, sequence=draft.sequence, own=own)
    log.line(db, actor, incident, "text_taken_back" if own else "text_sent_back", at=now, sequence=draft.sequence)


def reopen(db: Session, actor: Actor, draft: Broadcast) -> None:
    """Something about it changes: whatever was asked or approved is void. Raises Conflict once it is on its way out."""
    if draft.state == "counting":
        raise Conflict(_("Text %(number)s leaves in less than a minute. Stop it first.", number=draft.sequence))
    if draft.state not in {"draft", "waiting", "approved"}:
        raise Conflict(_("Text %(number)s has been sent already. Nobody gets it twice.", number=draft.sequence))
    approval = live(db, draft)
    if approval is not None:
        approval.state, approval.decided_by = "void", actor.id
    if draft.state != "draft":
        thaw(draft)
        db.flush()
        audit.record(db, actor, "broadcast.void", draft, sequence=draft.sequence)


def passed(db: Session, draft: Broadcast, found: Preview, *, now: datetime) -> Approval | None:
    """The approval under which this may leave now; None where it needs none. Raises NotAllowed, Conflict."""
    if not needs_two(draft.purpose, found.count):
        return None
    approval = live(db, draft)
    if approval is None or approval.state != "approved":
        raise NotAllowed(
            _("A second person has to approve this text: it is an evacuation, or goes to more than 50 people.")
        )
    if now >= approval.until_at:
        raise Conflict(_("The approval is over half an hour old. Ask for it again."))
    if approval.seal != found.seal:
        raise changed()
    return approval


def lapse(db: Session, actor: Actor, incident: Incident, draft: Broadcast, *, now: datetime) -> bool:
    """Half an hour without an answer, or without being sent: a draft again. True where it was."""
    approval = live(db, draft)
    if approval is None or approval.state == "counting" or now < approval.until_at:
        return False
    approval.state = "void"
    thaw(draft)
    db.flush()
    audit.record(db, actor, "broadcast.lapse", draft, incident=incident.code, sequence=draft.sequence)
    log.line(db, actor, incident, "text_lapsed", at=now, sequence=draft.sequence)
    return True


# --- alone ------------------------------------------------------------------------------------------------------------


def break_glass(
    db: Session, actor: Actor, incident: Incident, broadcast_id: uuid.UUID, *, code: str, seen: bytes, now: datetime
) -> Approval:
    """One manager sends alone: it leaves by itself in a minute, unless somebody stops it. Raises Invalid, Conflict."""
    may_write(actor)
    is_open(incident)
    draft = locked(db, incident, broadcast_id)
    if draft.state not in {"draft", "waiting", "approved"}:
        raise Conflict(_("Text %(number)s is on its way already.", number=draft.sequence))
    found = checked(db, actor, incident, draft, seen=seen, now=now)
    if code.strip().upper() != incident.code:
        raise Invalid(_("Type %(code)s to send it alone.", code=incident.code))
    before = live(db, draft)
    if before is not None:
        before.state, before.decided_by, before.decided_at = "void", actor.id, now
        db.flush()
    made = _frozen(db, draft, found, kind="glass", by=actor.id, now=now, until=now + COUNTDOWN)
    made.state, draft.state, draft.author_id = "counting", "counting", actor.id
    db.flush()
    audit.record(db, actor, "broadcast.break_glass", draft, incident=incident.code, sequence=draft.sequence, people=found.count)  # fmt: skip
    log.line(db, actor, incident, "glass_broken", at=now, sequence=draft.sequence, people=found.count)
    return made


def stop(db: Session, actor: Actor, incident: Incident, broadcast_id: uuid.UUID, *, now: datetime) -> None:
    """Anybody of staff holds the hand of who sends alone. Raises Conflict when it has left."""
    draft = locked(db, incident, broadcast_id)
    approval = live(db, draft)
    if approval is None or approval.state != "counting":
        raise Conflict(_("Too late: text %(number)s has left. Recall it if it is wrong.", number=draft.sequence))
    approval.state, approval.decided_by, approval.decided_at = "stopped", actor.id, now
    thaw(draft)
    db.flush()
    audit.record(db, actor, "broadcast.stop", draft, incident=incident.code, sequence=draft.sequence)
    log.line(db, actor, incident, "glass_stopped", at=now, sequence=draft.sequence)


def to_review(db: Session, actor: Actor) -> list[tuple[Approval, Broadcast, Incident]]:
    """Texts that one person sent alone and nobody has looked into yet, the oldest first."""
    return _with_texts(db, actor, Approval.kind != "second", Approval.state == "sent", Approval.reviewed_at.is_(None))


def review(
    db: Session, actor: Actor, incident: Incident, broadcast_id: uuid.UUID, *, words: str, now: datetime
) -> None:
    """Somebody else says what came of it. Raises NotAllowed to who sent it, Invalid without words, Conflict."""
    if actor.role not in REVIEWERS:
        raise NotAllowed(_("A manager or an admin reviews it."))
    draft = locked(db, incident, broadcast_id)
    approval = alone(db, draft)
    if approval is None:
        raise Conflict(_("There is nothing to review about text %(number)s.", number=draft.sequence))
    if approval.reviewed_at is not None:
        raise Conflict(_("This has been reviewed already."))
    if approval.asked_by == actor.id:
        raise NotAllowed(_("You sent it yourself. Somebody else has to review it."))
    words = " ".join(words.split())[:LONGEST_REASON]
    if not words:
        raise Invalid(_("Say what you found: was it right to send it alone?"))
    approval.reviewed_by, approval.reviewed_at = actor.id, now
    vault.seal(db, approval, review=words)
    db.flush()
    late = now > approval.until_at + REVIEW_WITHIN
    audit.record(db, actor, "broadcast.review", draft, incident=incident.code, sequence=draft.sequence, late=late)
    log.line(db, actor, incident, "glass_reviewed", at=now, sequence=draft.sequence)


# --- looking ----------------------------------------------------------------------------------------------------------


def live(db: Session, broadcast: Broadcast) -> Approval | None:
    """What is asked, approved or counting down for this text."""
    return db.scalar(_of(broadcast).where(Approval.state.in_(LIVE)))


def newest(db: Session, broadcast: Broadcast) -> Approval | None:
    """What happened last: the one that sent it back, say."""
    return db.scalar(_of(broadcast).order_by(Approval.asked_at.desc(), Approval.id.desc()).limit(1))


def alone(db: Session, broadcast: Broadcast) -> Approval | None:
    """How it left without a second person, if it did."""
    return db.scalar(_of(broadcast).where(Approval.kind != "second", Approval.state == "sent"))


def pending(db: Session, actor: Actor) -> list[tuple[Approval, Broadcast, Incident]]:
    """Everything that waits for a second person or counts down, what leaves soonest first."""
    return _with_texts(db, actor, Approval.state.in_(("waiting", "counting")))


def due(db: Session, actor: Actor, *, now: datetime) -> list[tuple[Approval, Broadcast, Incident]]:
    """What leaves or lapses now."""
    return _with_texts(db, actor, Approval.state.in_(LIVE), Approval.until_at <= now)


def approvers(db: Session, actor: Actor) -> list[User]:
    """Managers of the agency who could approve what `actor` has written."""
    mine = select(User).where(
        User.agency_id == actor.agency_id, User.role == "manager", User.deactivated_at.is_(None), User.id != actor.id
    )
    return list(db.scalars(mine.order_by(User.name, User.id)))


def names(db: Session, actor: Actor, some: Sequence[Approval]) -> dict[uuid.UUID, str]:
    """Who asked, decided, reviewed: names by id."""
    ids = {one for row in some for one in (row.asked_by, row.decided_by, row.reviewed_by) if one}
    rows = db.execute(select(User.id, User.name).where(User.agency_id == actor.agency_id, User.id.in_(ids)))
    return {user_id: name for user_id, name in rows}  # noqa: C416  Rows are not pairs to mypy.


# --- what the rules share ---------------------------------------------------------------------------------------------


def changed() -> Conflict:
    """What somebody looked at is no more."""
    return Conflict(
        _(
            "The texts or the people have changed since you looked. Look again and type the new count: nothing has been sent."
        )
    )


def locked(db: Session, incident: Incident, broadcast_id: uuid.UUID) -> Broadcast:
    """The text, for this transaction alone. Raises NotFound."""
    found = select(Broadcast).where(
        Broadcast.id == broadcast_id, Broadcast.agency_id == incident.agency_id, Broadcast.incident_id == incident.id
    )
    draft = db.scalar(found.with_for_update().execution_options(populate_existing=True))
    if draft is None:
        raise NotFound(_("No such text."))
    return draft


def checked(db: Session, actor: Actor, incident: Incident, draft: Broadcast, *, seen: bytes, now: datetime) -> Preview:
    """The preview as it is now, if it is what somebody looked at and may leave. Raises Conflict, Invalid."""
    if draft.state not in {"draft", "waiting", "approved"}:
        raise Conflict(_("Text %(number)s has been sent already. Nobody gets it twice.", number=draft.sequence))
    found = preview.of(db, actor, incident, draft, now=now, part_price_usd=0, anew=False)
    if not seen or draft.frozen_hash != seen or found.seal != seen:
        raise changed()
    if not found.recipients:
        raise Invalid(_("Nobody here can be texted. Choose more people, or call them."))
    if any(not text.body.strip() for text in found.texts):
        raise Invalid(_("One language has no text yet."))
    blocked = next((text for text in found.texts if text.blocks), None)
    if blocked is not None:
        raise Invalid(_("%(language)s: %(why)s", language=blocked.name, why=blocked.blocks[0]))
    return found


def counted(typed: str | None, found: Preview) -> None:
    """The person has typed how many people it is; None is a script's, which the seal alone binds. Raises Invalid."""
    if typed is not None and typed.strip() != str(found.count):
        raise Invalid(_("Type %(count)s: that is how many people are texted.", count=found.count))


def thaw(draft: Broadcast) -> None:
    """A draft again, whose people are looked for anew."""
    kept = {key: value for key, value in draft.audience.items() if key != "frozen"}
    draft.state, draft.audience, draft.frozen_hash = "draft", kept, None


def _frozen(
    db: Session, draft: Broadcast, found: Preview, *, kind: str, by: uuid.UUID | None, now: datetime, until: datetime
) -> Approval:
    """From here on the people are these, whoever moves or joins; opting out still takes somebody off the list."""
    people = [str(one.worker.id) for one in found.chosen]
    draft.audience = {**draft.audience, "only": people, "frozen": True}
    made = Approval(
        id=new_id(), agency_id=draft.agency_id, broadcast_id=draft.id, kind=kind, state="waiting", seal=found.seal, people=found.count,
        asked_by=by, asked_at=now, until_at=until,
    )  # fmt: skip
    db.add(made)
    db.flush()
    return made


def note_sent(db: Session, approval: Approval, *, now: datetime) -> None:
    """It has left under this approval."""
    approval.state = "sent"
    approval.decided_at = approval.decided_at or now
    db.flush()


def _of(broadcast: Broadcast) -> Select[Approval]:
    return select(Approval).where(Approval.agency_id == broadcast.agency_id, Approval.broadcast_id == broadcast.id)


def _with_texts(db: Session, actor: Actor, *where: ColumnElement[bool]) -> list[tuple[Approval, Broadcast, Incident]]:
    mine = (
        select(Approval, Broadcast, Incident)
        .join(Broadcast, (Broadcast.agency_id == Approval.agency_id) & (Broadcast.id == Approval.broadcast_id))
        .join(Incident, (Incident.agency_id == Broadcast.agency_id) & (Incident.id == Broadcast.incident_id))
        .where(Approval.agency_id == actor.agency_id, *where)
        .order_by(Approval.until_at, Approval.id)
    )
    return [(approval, broadcast, incident) for approval, broadcast, incident in db.execute(mine)]
