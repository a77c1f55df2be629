"""The rows of the board as people read them: worst unknown first, what we know and how old it is, what comes next."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, and_, func, select
from sqlalchemy.orm import Session, contains_eager

from messaging.incidents import board, call_tasks, chasing, incidents, ladder, paging
from messaging.incidents.chase_routes import CONTACTS
from messaging.incidents.tallies import Counts
from messaging.models import CallTask, Case, CasePerson, Incident, Message, Person
from workforce.core import vault
from workforce.core.tenancy import System
from workforce.core.words import _, _n
from workforce.models import Contact, Deployment, Site, User, Worker

PAGE = 200
MOST_AT_ONCE = 500
# The order of the list, worst unknown first. "old" is whose SAFE is older than twelve hours, SAFE then only whose is not.
_ORDER = ("HELP", "UNREACHABLE", "SILENT", "NOT_ASKED", "old", "STAYING", "MOVING", "SAFE")
_PARTS = {
    "not-safe": frozenset(_ORDER) - {"SAFE"},
    "trouble": frozenset({"HELP", "UNREACHABLE", "SILENT", "NOT_ASKED"}),
    "moving": frozenset({"MOVING"}),
    "everyone": frozenset(_ORDER),
}
VIEWS = tuple(_PARTS)


@dataclass(frozen=True)
class Next:
    """What should happen next for one person. `step` is where on the ladder, 0 where the ladder is not climbed."""

    words: str
    small: str = ""
    step: int = 0
    at: datetime | None = None
    is_late: bool = False
    steps: int = 6


@dataclass(frozen=True)
class Line:
    """One row of the board."""

    person: Person
    worker: Worker
    site: str
    town: str
    case: Case | None
    owner: str
    words: str
    is_quoted: bool
    small: str
    when: str
    next: Next
    is_old: bool

    @property
    def place(self) -> str:
        return ", ".join(
            part for part in (self.town, self.site) if part and (part == self.site or part not in self.site)
        )

    @property
    def is_nobodys(self) -> bool:
        return self.person.status == "HELP" and self.case is not None and self.case.owner_id is None


def lines(
    db: Session, incident: Incident, *, view: str, now: datetime, page: int = 1, size: int = PAGE, status: str = "", known: Counts | None = None
) -> list[Line]:
    """One page of the board. Opens only what it shows, and walks past what stands before it along an index."""
    old = now - board.OLD_SAFE
    counts = (known or board.known(db, incident, now=now)).by_part
    skipped, ids = (page - 1) * size, list[uuid.UUID]()
    for part in _ORDER:
        if part not in _PARTS[view] or status not in {"", "SAFE" if part == "old" else part}:
            continue
        here = counts.get(part, 0)
        if skipped < here and len(ids) < size:
            ids += _part(db, incident, part, old, limit=size - len(ids), offset=skipped)
        skipped = max(0, skipped - here)
    found = _with_cases(db, incident, ids)  # A whole board may be asked for, and a statement takes only so many ids.
    some = (found[start : start + MOST_AT_ONCE] for start in range(0, len(found), MOST_AT_ONCE))
    return [line for few in some for line in _dressed(db, incident, few, now)]


def _part(db: Session, incident: Incident, part: str, old: datetime, *, limit: int, offset: int) -> list[uuid.UUID]:
    """Whose lines are in one part of the list, longest there first. Calls for help are few: those that nobody has go before."""
    mine = select(Person.id).where(Person.agency_id == incident.agency_id, Person.incident_id == incident.id)
    mine = mine.where(Person.status == ("SAFE" if part == "old" else part))
    if part == "HELP":
        mine = mine.outerjoin(CasePerson, _waits_in()).outerjoin(Case, _its_case()).order_by(Case.owner_id.is_not(None))
    elif part in {"old", "SAFE"}:
        mine = mine.where(Person.status_at < old if part == "old" else Person.status_at >= old)
    return list(db.scalars(mine.order_by(Person.status_at, Person.sort_name).limit(limit).offset(offset)))


def _with_cases(db: Session, incident: Incident, ids: Sequence[uuid.UUID]) -> list[tuple[Person, Case | None]]:
    """The lines in this order, each with the open case in which the person waits."""
    mine = select(Person, Case).join(Person.worker).options(contains_eager(Person.worker))
    mine = mine.outerjoin(CasePerson, _waits_in()).outerjoin(Case, _its_case()).where(Person.agency_id == incident.agency_id)
    found: dict[uuid.UUID, tuple[Person, Case | None]] = {}
    for start in range(0, len(ids), MOST_AT_ONCE):
        some = db.execute(mine.where(Person.id.in_(ids[start : start + MOST_AT_ONCE])))
        found.update({person.id: (person, its) for person, its in some})
    return [found[one] for one in ids if one in found]


def view_counts(known: Counts) -> dict[str, int]:
    """How many rows each view has."""
    counts = known.by_part
    return {view: sum(counts.get(part, 0) for part in parts) for view, parts in _PARTS.items()}


def agenda(db: Session, incident: Incident, known: Counts, *, now: datetime, limit: int = 6) -> list[tuple[datetime, str, int]]:
    """What falls due, soonest first: (when, what, for how many). Cases that nobody has, second texts, SAFE that grows old."""
    found: list[tuple[datetime, str, int]] = []
    nobodys = select(Case.due_at, Case.number).where(
        Case.agency_id == incident.agency_id,
        Case.incident_id == incident.id,
        Case.closed_at.is_(None),
        Case.owner_id.is_(None),
    )
    found += [
        (due, _("Take case %(number)s", number=number), 1)
        for due, number in db.execute(nobodys.order_by(Case.due_at).limit(limit))
    ]
    found += [(at, ladder.name(step), number) for step, at, number in chasing.next_steps(db, incident, known.step)]
    calls = (CallTask.agency_id == incident.agency_id, CallTask.incident_id == incident.id, CallTask.done_at.is_(None))
    number, oldest = db.execute(select(func.count(), func.min(CallTask.due_at)).where(*calls, CallTask.taken_by.is_(None))).one()  # fmt: skip
    if number and oldest is not None:
        found.append((oldest, _("Call those whom no text reaches"), number))
    counts, old = known.by_part, now - board.OLD_SAFE
    if (fresh := counts["SAFE"]) and (first := _oldest(db, incident, "SAFE", Person.status_at >= old)):  # What is older has been asked.
        found.append((first + board.OLD_SAFE, _("The first SAFE is old: asked again by itself"), fresh))
    if (moving := counts.get("MOVING", 0)) and (first := _oldest(db, incident, "MOVING")):
        found.append((first + timedelta(hours=3), _("Arrived? Ask who is on the way"), moving))
    return sorted(found, key=lambda one: one[0])[:limit]


def _oldest(db: Session, incident: Incident, status: str, *more: ColumnElement[bool]) -> datetime | None:
    people = (Person.agency_id == incident.agency_id, Person.incident_id == incident.id, Person.status == status)
    return db.scalar(select(func.min(Person.status_at)).where(*people, *more))


def line_of(db: Session, incident: Incident, worker_id: uuid.UUID, *, now: datetime) -> Line | None:
    """One person's row."""
    mine = select(Person, Case).join(Person.worker).options(contains_eager(Person.worker))
    mine = mine.outerjoin(CasePerson, _waits_in()).outerjoin(Case, _its_case())
    one = mine.where(
        Person.agency_id == incident.agency_id, Person.incident_id == incident.id, Person.worker_id == worker_id
    )
    found = _dressed(db, incident, [(person, its) for person, its in db.execute(one)], now)
    return found[0] if found else None


def _waits_in() -> ColumnElement[bool]:
    """The open case in which the person waits: one an incident, which `cases.open_for` sees to."""
    return and_(
        CasePerson.agency_id == Person.agency_id,
        CasePerson.incident_id == Person.incident_id,
        CasePerson.worker_id == Person.worker_id,
        CasePerson.ended_at.is_(None),
    )


def _its_case() -> ColumnElement[bool]:
    return and_(Case.agency_id == CasePerson.agency_id, Case.id == CasePerson.case_id)


def _dressed(db: Session, incident: Incident, found: Sequence[tuple[Person, Case | None]], now: datetime) -> list[Line]:
    ids = [person.worker_id for person, _case in found]
    silent = [person.worker_id for person, _case in found if person.status in {"SILENT", "UNREACHABLE"}]
    vault.prefetch(db, ids)
    paged = paging.asked(
        db, System(incident.agency_id), [its.id for _person, its in found if its is not None and its.owner_id is None]
    )
    sites, names = _sites(db, incident, ids), _names(db, incident, found)
    sent, kin = _sent(db, incident, silent), _kin(db, incident, silent)
    tasks = call_tasks.of_people(db, incident, silent)
    callers = call_tasks.names(db, System(incident.agency_id), tasks.values())
    made = []
    for person, its in found:
        words, is_quoted, small = _known(db, person, names, sent.get(person.worker_id, {}))
        owner = names.get(its.owner_id, "") if its is not None and its.owner_id is not None else ""
        site = sites.get(person.worker_id)
        made.append(
            Line(
                person=person,
                worker=person.worker,
                site=site.name if site else "",
                town=site.town if site else "",
                case=its,
                owner=owner,
                words=words,
                is_quoted=is_quoted,
                small=small,
                when=_when(incident, person, now),
                is_old=board.is_old(person, now),
                next=_next(
                    incident,
                    person,
                    its,
                    owner,
                    kin.get(person.worker_id, []),
                    now,
                    paged.get(its.id, []) if its is not None else [],
                    task := tasks.get(person.worker_id),
                    callers.get(task.taken_by, "") if task is not None and task.taken_by else "",
                ),
            )
        )
    return made


def _known(db: Session, person: Person, names: dict[uuid.UUID, str], sent: dict[str, int]) -> tuple[str, bool, str]:
    """What we know, whether in their own words, and the small print."""
    if person.status == "NOT_ASKED":
        return _("No text has gone to them yet"), False, ""
    if person.status == "SILENT":
        return _silence(sent), False, ""
    if person.status == "UNREACHABLE" and person.source != "hand":
        return _no_way(person.unreachable_reason), False, ""
    evidence = vault.reveal(db, person, "evidence") or ""
    if person.source == "hand":
        by = names.get(person.said_by, "") if person.said_by else ""
        return evidence, False, _("marked by %(name)s", name=by) if by else ""
    return evidence, True, ""


def _silence(sent: dict[str, int]) -> str:
    arrived = sent.get("delivered", 0) + sent.get("read", 0)
    lost = sent.get("undelivered", 0) + sent.get("failed", 0) + sent.get("expired", 0)
    if arrived:
        return _n(
            "%(num)d text delivered, no answer. That does not make them safe",
            "%(num)d texts delivered, no answer. That does not make them safe",
            arrived,
        )
    if lost:
        return _n("%(num)d text not delivered", "%(num)d texts not delivered", lost)
    return _("The text is on its way")


def _no_way(reason: str) -> str:
    ways = {
        "opted out": _("Wants no more texts. A call is allowed"),
        "withdrawn": _("Wants no texts in a crisis. A call is allowed"),
        "no number": _("We have no number that works"),
        "landline": _("Only a landline is known, which takes no texts"),
        "not delivered": _("No number of theirs takes our texts"),
    }
    return ways.get(reason, _("Cannot be reached"))


def _when(incident: Incident, person: Person, now: datetime) -> str:
    local = person.status_at.astimezone(ZoneInfo(incident.zone))
    # Up to a day the age beside it says which day is meant.
    clock = (
        f"{local:%H:%M} {incidents.town(incident)}"
        if now - person.status_at < timedelta(hours=20)
        else f"{local.day}.{local.month}. {local:%H:%M}"
    )
    if person.status == "SILENT":
        return _("asked %(time)s", time=clock)
    source = {"sms": _("SMS"), "link": _("by link"), "hand": _("by hand"), "voice": _("by phone")}.get(
        person.source, ""
    )
    return f"{clock}, {source}" if source else clock


def _next(
    incident: Incident, person: Person, its: Case | None, owner: str, kin: list[tuple[str, str]], now: datetime, paged: list[tuple[str, datetime]],
    task: CallTask | None, caller: str,
) -> Next:  # fmt: skip
    zone = ZoneInfo(incident.zone)
    if person.status == "HELP":
        return _help_next(its, owner, zone, now, paged)
    if person.status == "NOT_ASKED":
        return Next(_("Text them"))
    if person.status in {"SILENT", "UNREACHABLE"}:
        return _chase(incident, person, kin, task, caller, zone, now)
    hours = 12 if person.status == "SAFE" else 3
    due = person.status_at + timedelta(hours=hours)
    if person.status == "SAFE" and person.asked_at is not None and person.asked_at >= due:
        return Next(_("Asked again"), f"{person.asked_at.astimezone(zone):%H:%M}", at=person.asked_at)
    words = {"SAFE": _("Ask again"), "MOVING": _("Arrived?"), "STAYING": _("Still there?")}[person.status]
    return Next(words, _("after %(time)s", time=f"{due.astimezone(zone):%H:%M}") if due > now else _("now due"), at=due)


def _help_next(its: Case | None, owner: str, zone: ZoneInfo, now: datetime, paged: list[tuple[str, datetime]]) -> Next:
    if its is None:
        return Next(_("No case is open"), _("mark how the person is"), is_late=True)
    if not owner:
        due = f"{its.due_at.astimezone(zone):%H:%M}"
        small = _("overdue since %(time)s", time=due) if its.due_at < now else _("due %(time)s", time=due)
        if paged:
            name, at = paged[0]
            small = f"{small}, {_('paged %(name)s %(time)s', name=name, time=f'{at.astimezone(zone):%H:%M}')}"
        return Next(_("Case %(number)s, nobody’s", number=its.number), small, at=its.due_at, is_late=True)
    since = f"{its.owned_at.astimezone(zone):%H:%M}" if its.owned_at else ""
    return Next(
        _("Case %(number)s, %(name)s", number=its.number, name=owner),
        _("has it since %(time)s", time=since),
        at=its.owned_at,
    )


def _chase(
    incident: Incident, person: Person, kin: list[tuple[str, str]], task: CallTask | None, caller: str, zone: ZoneInfo, now: datetime
) -> Next:  # fmt: skip
    """Where they stand on the ladder: what is tried next and when, or who of us calls."""
    place, of = ladder.place_of(incident, "call" if person.chase_step == "done" else person.chase_step)
    if task is not None:
        return _call_next(task, caller, zone, now, place, of)
    if person.chase_step == "wrote":
        return Next(_("Wrote to us"), _("a person reads it in the inbox"), is_late=True)
    if person.chase_step == "done" or (person.status == "UNREACHABLE" and person.source == "hand"):
        return Next(_("Nothing left by itself"), _("call, or ask at the site"), step=place, steps=of)
    if person.chase_at is None:
        return Next(_("The ladder begins"), _("in a moment, by itself"))
    words = ladder.name(person.chase_step)
    who = next((name for kind, name in kin if kind in CONTACTS.get(person.chase_step, ())), None)
    time = f"{person.chase_at.astimezone(zone):%H:%M}"
    small = _("call task %(time)s", time=time) if person.chase_step == "call" else _("%(time)s by itself", time=time)
    return Next(f"{words}: {who}" if who else words, small, step=place, at=person.chase_at, steps=of)


def _call_next(task: CallTask, caller: str, zone: ZoneInfo, now: datetime, place: int, of: int) -> Next:
    due = f"{task.due_at.astimezone(zone):%H:%M}"
    tried = _n("called %(num)d time", "called %(num)d times", task.tries) if task.tries else ""
    if caller:
        return Next(_("%(name)s calls", name=caller), tried, step=place, at=task.taken_at, steps=of)
    since = _("due since %(time)s", time=due) if task.due_at <= now else _("again at %(time)s", time=due)
    small = f"{since}, {tried}" if tried else since
    return Next(_("Call task, nobody’s"), small, step=place, at=task.due_at, is_late=task.due_at <= now, steps=of)


def places_of(db: Session, incident: Incident, worker_ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, str]:
    """Where these people work, in words."""
    return {worker_id: ", ".join(part for part in (site.town, site.name) if part) for worker_id, site in _sites(db, incident, worker_ids).items()}  # fmt: skip


def _sites(db: Session, incident: Incident, ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, Site]:
    mine = select(Deployment.worker_id, Site).join(Site, Site.id == Deployment.site_id)
    found = db.execute(
        mine.where(Deployment.agency_id == incident.agency_id, Deployment.is_current, Deployment.worker_id.in_(ids))
    )
    return {worker_id: site for worker_id, site in found}  # noqa: C416  Rows are not pairs to mypy.


def _names(db: Session, incident: Incident, found: Sequence[tuple[Person, Case | None]]) -> dict[uuid.UUID, str]:
    ids = {its.owner_id for _person, its in found if its is not None} | {person.said_by for person, _case in found}
    rows = db.execute(
        select(User.id, User.name).where(User.agency_id == incident.agency_id, User.id.in_([one for one in ids if one]))
    )
    return {user_id: name for user_id, name in rows}  # noqa: C416


def _sent(db: Session, incident: Incident, ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, dict[str, int]]:
    mine = select(Message.worker_id, Message.state, func.count()).where(
        Message.agency_id == incident.agency_id,
        Message.incident_id == incident.id,
        Message.direction == "out",
        Message.worker_id.in_(ids),
    )
    found: dict[uuid.UUID, dict[str, int]] = {}
    for worker_id, state, number in db.execute(mine.group_by(Message.worker_id, Message.state)):
        if worker_id is not None:
            found.setdefault(worker_id, {})[state] = number
    return found


def _kin(db: Session, incident: Incident, ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, list[tuple[str, str]]]:
    mine = select(Contact.worker_id, Contact.kind, Contact.full_name).where(
        Contact.agency_id == incident.agency_id, Contact.worker_id.in_(ids)
    )
    found: dict[uuid.UUID, list[tuple[str, str]]] = {}
    for worker_id, kind, name in db.execute(mine.order_by(Contact.rank)):
        if worker_id is not None:
            found.setdefault(worker_id, []).append((kind, name))
    return found
