"""Who is who: which rows are people we know already, which are new, and which contradict somebody.

This decides the headcount. In order: the same passport number and nationality; the same folded name and birth date; and
where neither can be compared, the same folded name with a phone in common, or an identical row of an earlier import.
"""

import json
import uuid
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from workforce.core import vault
from workforce.core.db import new_id
from workforce.core.words import _
from workforce.models import Document, Import, ImportRow, Phone, Worker
from workforce.papers.documents import number_index
from workforce.people import tombstones
from workforce.people.phones import INDEX as PHONE_INDEX
from workforce.people.shape import identity_index
from workforce.rosters import names, recollection
from workforce.rosters.headers import Header
from workforce.rosters.heading_words import NAME_FIELDS
from workforce.rosters.recollection import Seen
from workforce.rosters.understanding import Problem, RosterRow

DIGEST_BYTES = 16
_AS_JSON = json.JSONEncoder(ensure_ascii=False).encode


class Person(NamedTuple):
    """A worker on file, as far as matching needs them."""

    id: uuid.UUID
    full_name: str
    name_folded: str
    identity: bytes | None
    version: int


class Match(NamedTuple):
    """What a row is. `new`: a worker to make; `known`: one on file; `here`: an earlier row's; `repeat`: that row again; `refused`."""

    row: RosterRow
    kind: Literal["new", "known", "here", "repeat", "refused"]
    worker_id: uuid.UUID | None
    digest: bytes
    version: int = 1
    untouched: bool = False
    """The very same row was imported before and nobody has changed the worker since."""


@dataclass
class _Known:
    """What the database says about one batch of rows."""

    people: dict[uuid.UUID, Person] = field(default_factory=dict)
    by_name: dict[str, list[Person]] = field(default_factory=lambda: defaultdict(list))
    by_passport: dict[tuple[bytes, str], uuid.UUID] = field(default_factory=dict)
    passports: dict[uuid.UUID, set[bytes]] = field(default_factory=lambda: defaultdict(set))
    phones: dict[uuid.UUID, set[bytes]] = field(default_factory=lambda: defaultdict(set))
    digests: dict[bytes, tuple[uuid.UUID, int]] = field(default_factory=dict)


class _Facts(NamedTuple):
    """One row's identity: folded name, passport, nationality, birth date (ISO), own numbers, and their blind indexes."""

    name: str
    passport: str
    passport_index: bytes | None
    nationality: str
    born: str
    phones: tuple[str, ...]
    digest: bytes


class Matcher:
    """Matches a file's rows, a batch at a time. `notes` collects what it finds to flag or refuse.

    The agency's workers are asked for batch by batch and not held; what the file itself said is in its recollection.
    """

    def __init__(self, db: Session, agency_id: uuid.UUID, header: Header) -> None:
        self.db, self.agency_id, self.header = db, agency_id, header
        self.notes: list[Problem] = []
        self.seen = recollection.Workers()
        self.refused: set[int] = set()
        self.doubted: set[int] = set()
        """Rows with something to say about their passport's number: once is enough."""
        self.numbered: dict[uuid.UUID, int] = {}
        self.held: list[tuple[RosterRow, _Facts, Person]] = []
        self.tombstones = tombstones.all_of(db, agency_id)
        self.has_earlier = db.scalar(select(ImportRow.id).where(ImportRow.agency_id == agency_id).limit(1)) is not None
        """Whether there are rows of earlier imports to know a row by. Only one import of an agency is under way at a time."""

    def match(self, rows: Sequence[RosterRow]) -> list[Match]:
        """What each good row is. A row that may be somebody's renewed passport is held back until `finish`."""
        facts = [self._facts(row) for row in rows]
        known = self._known(rows, facts)
        found = (self._one(row, fact, known) for row, fact in zip(rows, facts, strict=True))
        return [match for match in found if match is not None]

    def finish(self, most: int) -> list[Match]:
        """Some of the rows held back, once the file has said everything: a new passport is a renewal unless the file has both."""
        held, self.held = self.held[:most], self.held[most:]
        return [self._renewal(row, facts, person) for row, facts, person in held]

    def remember(self, row: RosterRow, worker_id: uuid.UUID) -> None:
        """A row that was carried out before a break, and whose worker it is."""
        if row.values.get("muster_id") == str(worker_id):
            self.numbered.setdefault(worker_id, row.row_number)
        self._remember(row, self._facts(row), worker_id)

    def note(
        self, row: RosterRow, name: str, reason: str, kind: Literal["rejected", "flagged"], value: str | None = None
    ) -> None:
        """Flag or refuse a cell of `row`."""
        text = str(row.values.get(name, "")) if value is None else value
        if name == "passport_number":
            self.doubted.add(row.row_number)
        self.notes.append(_problem(self.header, row.row_number, name, text, reason, kind))

    # --- one row ------------------------------------------------------------------------------------------------------

    def _one(self, row: RosterRow, facts: _Facts, known: _Known) -> Match | None:
        if row.repeat_of is not None and row.repeat_of not in self.refused:
            return Match(row, "repeat", None, facts.digest)
        return (
            self._by_muster_id(row, facts, known)
            or self._by_passport(row, facts, known)
            or self._by_birth(row, facts, known)
        )

    def _by_muster_id(self, row: RosterRow, facts: _Facts, known: _Known) -> Match | None:
        """A row of a list that Muster wrote says whose it is, whatever else was edited in it."""
        said = str(row.values.get("muster_id", ""))
        if not said:
            return None
        person = known.people.get(uuid.UUID(said))
        if person is None:
            self.note(row, "muster_id", _("No worker here has this id: looked for by the rest of the row."), "flagged")
            return None
        earlier = self.numbered.setdefault(person.id, row.row_number)
        if earlier != row.row_number:
            return self._refuse(
                row, facts, "muster_id", _("Row %(row)s has this id. Leave it empty for somebody new.", row=earlier)
            )
        owner = known.by_passport.get((facts.passport_index or b"", facts.nationality), person.id)
        if facts.passport and owner != person.id:
            return self._refuse(row, facts, "passport_number", _("Another worker has this passport already."))
        return self._same(row, facts, person, known)

    def _by_passport(self, row: RosterRow, facts: _Facts, known: _Known) -> Match | None:
        if not facts.passport:
            return None
        if here := self.seen.with_passport(facts.passport, facts.nationality):
            return self._here(row, facts, here)
        person = known.people.get(
            known.by_passport.get((facts.passport_index or b"", facts.nationality), self.agency_id)
        )
        if person is None:
            return None
        if not names.one_person(person.name_folded, facts.name):
            return self._refuse(
                row, facts, "passport_number", _("%(name)s has this passport already.", name=person.full_name)
            )
        if person.name_folded != facts.name:
            self.note(
                row,
                "full_name",
                _("%(name)s has this passport: the name was written another way.", name=person.full_name),
                "flagged",
            )
        return self._same(row, facts, person, known)

    def _by_birth(self, row: RosterRow, facts: _Facts, known: _Known) -> Match | None:
        namesakes = self.seen.called(facts.name)
        here = [seen for seen in namesakes if facts.born and seen.born == facts.born]
        fitting = {seen.worker_id: seen for seen in here if not _differ(facts.passport, seen.passport)}
        if len(fitting) == 1:
            return self._here(row, facts, next(iter(fitting.values())))
        if fitting:
            return self._refuse(row, facts, "full_name", _two_of_them())
        if here:
            return self._two_people(row, facts, here)
        return self._by_birth_on_file(row, facts, known, namesakes)

    def _by_birth_on_file(self, row: RosterRow, facts: _Facts, known: _Known, here: Sequence[Seen]) -> Match | None:
        namesakes = known.by_name.get(facts.name, [])
        identity = identity_index(self.agency_id, facts.name, facts.born) if namesakes else None
        same = [person for person in namesakes if identity and person.identity == identity]
        if not same:
            return self._by_phone(row, facts, known, here)
        if facts.passport:
            bare = [person for person in same if not known.passports.get(person.id)]
            if len(bare) != 1 and len(same) == 1:
                self.held.append((row, facts, same[0]))
                return None
            same = bare or same
        if len(same) > 1:
            return self._refuse(row, facts, "full_name", _two_of_them())
        return self._same(row, facts, same[0], known)

    def _by_phone(self, row: RosterRow, facts: _Facts, known: _Known, namesakes: Sequence[Seen]) -> Match:
        numbers = set(facts.phones)
        here = [
            seen
            for seen in namesakes
            if not (facts.passport and seen.passport) and not (facts.born and seen.born) and numbers & set(seen.phones)
        ]
        if here:
            return self._here(row, facts, here[0])
        indexes = (
            {vault.blind_index(self.agency_id, PHONE_INDEX, number) for number in numbers}
            if known.by_name.get(facts.name)
            else set()
        )
        same = [
            person
            for person in known.by_name.get(facts.name, ())
            if not (facts.passport and known.passports.get(person.id))
            and not (facts.born and person.identity)
            and indexes & known.phones.get(person.id, set())
        ]
        if len(same) > 1:
            return self._refuse(
                row,
                facts,
                "full_name",
                _("Several workers have this name and this phone. Add a passport number or a birth date."),
            )
        if not same and not facts.passport and not facts.born and facts.digest in known.digests:
            before = known.people.get(known.digests[facts.digest][0])
            same = [before] if before else []
        return self._same(row, facts, same[0], known) if same else self._new(row, facts, known, namesakes)

    # --- verdicts -----------------------------------------------------------------------------------------------------

    def _new(self, row: RosterRow, facts: _Facts, known: _Known, namesakes: Sequence[Seen]) -> Match:
        if namesakes:
            self.note(
                row,
                "full_name",
                _("Row %(row)s has the same name. Look whether they are two people.", row=namesakes[0].row_number),
                "flagged",
            )
        elif known.by_name.get(facts.name):
            self.note(row, "full_name", _("Another worker has this name. Look whether they are two people."), "flagged")
        return self._made(row, facts)

    def _made(self, row: RosterRow, facts: _Facts) -> Match:
        erased = tombstones.erased_on(self.tombstones, self.agency_id, facts) if self.tombstones else None
        if erased is not None:
            reason = _("Erased on request on %(day)s. Erase them again if this list is old.", day=erased.isoformat())
            self.note(row, "full_name", reason, "flagged")
        worker_id = new_id()
        self._remember(row, facts, worker_id)
        return Match(row, "new", worker_id, facts.digest)

    def _same(self, row: RosterRow, facts: _Facts, person: Person, known: _Known) -> Match:
        self._remember(row, facts, person.id)
        untouched = known.digests.get(facts.digest) == (person.id, person.version)
        return Match(row, "known", person.id, facts.digest, person.version, untouched)

    def _here(self, row: RosterRow, facts: _Facts, seen: Seen) -> Match:
        self._remember(row, facts, seen.worker_id)
        return Match(row, "here", seen.worker_id, facts.digest)

    def _refuse(self, row: RosterRow, facts: _Facts, name: str, reason: str) -> Match:
        self.refused.add(row.row_number)
        self.note(row, name, reason, "rejected")
        return Match(row, "refused", None, facts.digest)

    def _two_people(self, row: RosterRow, facts: _Facts, others: Sequence[Seen]) -> Match:
        """Same name and birth date, two passports in one file: two people, and both are flagged."""
        self.note(row, "passport_number", _other_passport(others[0].row_number), "flagged")
        for other in others:
            if other.row_number not in self.doubted:
                self.doubted.add(other.row_number)
                reason = _other_passport(row.row_number)
                self.notes.append(
                    _problem(self.header, other.row_number, "passport_number", other.passport, reason, "flagged")
                )
        return self._made(row, facts)

    def _renewal(self, row: RosterRow, facts: _Facts, person: Person) -> Match:
        here = [seen for seen in self.seen.called(facts.name) if seen.born == facts.born]
        if here and all(_differ(facts.passport, seen.passport) for seen in here):
            return self._two_people(row, facts, here)
        return self._same(row, facts, person, _Known())

    def _remember(self, row: RosterRow, facts: _Facts, worker_id: uuid.UUID) -> None:
        seen = Seen(row.row_number, worker_id, facts.passport, facts.born, facts.phones)
        self.seen.add(facts.name, facts.nationality, seen)

    # --- what is known ------------------------------------------------------------------------------------------------

    def _facts(self, row: RosterRow) -> _Facts:
        values = row.values
        passport = str(values.get("passport_number", ""))
        return _Facts(
            names.folded(str(values["full_name"]))[:200],
            passport,
            number_index(self.agency_id, passport),
            str(values["nationality"]),
            str(values.get("birth_date", "")),
            tuple(phone.number for phone in row.phones if phone.role != "family"),
            row_digest(self.agency_id, row),
        )

    def _known(self, rows: Sequence[RosterRow], facts: Sequence[_Facts]) -> _Known:
        """The workers these rows may be: at most six statements a batch, each answered by an index."""
        known = _Known()
        self._ask_passports(facts, known)
        if self.has_earlier:
            self._ask_digests([fact.digest for fact in facts], known)
        ids = {*known.by_passport.values(), *(worker_id for worker_id, _version in known.digests.values())}
        ids |= {uuid.UUID(str(row.values["muster_id"])) for row in rows if "muster_id" in row.values}
        self._ask_people(known, Worker.name_folded.in_({fact.name for fact in facts}))
        if others := ids - set(known.people):
            self._ask_people(known, Worker.id.in_(others))
        wanted = {fact.name for fact in facts}
        namesakes = [person.id for person in known.people.values() if person.name_folded in wanted]
        if namesakes:
            papers = select(Document.worker_id, Document.number_index).where(
                Document.agency_id == self.agency_id,
                Document.worker_id.in_(namesakes),
                Document.kind == "passport",
                Document.number_index.is_not(None),
            )
            for worker_id, index in self.db.execute(papers):
                known.passports[worker_id].add(index or b"")
            phones = select(Phone.worker_id, Phone.number_index).where(
                Phone.agency_id == self.agency_id, Phone.worker_id.in_(namesakes)
            )
            for worker_id, index in self.db.execute(phones):
                known.phones[worker_id].add(index)
        return known

    def _ask_passports(self, facts: Sequence[_Facts], known: _Known) -> None:
        indexes = {fact.passport_index for fact in facts if fact.passport_index}
        papers = select(Document.number_index, Document.issuing_country, Document.worker_id).where(
            Document.agency_id == self.agency_id,
            Document.kind == "passport",
            Document.issuing_country.in_({fact.nationality for fact in facts}),
            Document.number_index.in_(indexes),
        )
        for index, country, worker_id in self.db.execute(papers):
            known.by_passport[(index or b"", country)] = worker_id

    def _ask_digests(self, digests: Iterable[bytes], known: _Known) -> None:
        lines = (
            select(ImportRow.row_digest, ImportRow.worker_id, ImportRow.worker_version)
            .join(Import, (Import.agency_id == ImportRow.agency_id) & (Import.id == ImportRow.import_id))
            .where(
                ImportRow.agency_id == self.agency_id,
                ImportRow.row_digest.in_(set(digests)),
                ImportRow.worker_id.is_not(None),
                Import.undone_at.is_(None),
            )
            .order_by(Import.applied_at, ImportRow.worker_version)
        )
        for digest, worker_id, version in self.db.execute(lines):
            if worker_id is not None:
                known.digests[digest] = (worker_id, version)

    def _ask_people(self, known: _Known, condition: object) -> None:
        people = select(Worker.id, Worker.full_name, Worker.name_folded, Worker.identity_index, Worker.version)
        for line in self.db.execute(people.where(Worker.agency_id == self.agency_id, condition)):  # type: ignore[arg-type]
            person = Person(*line)
            known.people[person.id] = person
            known.by_name[person.name_folded].append(person)


def row_digest(agency_id: uuid.UUID, row: RosterRow) -> bytes:
    """16 keyed bytes by which a row is known again: what could be read of it, whatever the order of its columns."""
    content = _AS_JSON([sorted([(name, str(value)) for name, value in row.values.items()]), sorted(row.phones)])
    return vault.digest(agency_id, "import_rows.row", content.encode())[:DIGEST_BYTES]


def _problem(
    header: Header, row_number: int, name: str, value: str, reason: str, kind: Literal["rejected", "flagged"]
) -> Problem:
    columns = header.having(name) or (
        tuple(c for c in header.columns if c.field in NAME_FIELDS) if name in NAME_FIELDS else ()
    )
    letter, title = (columns[0].letter, columns[0].title) if columns else ("", name)
    return Problem(row_number, letter, title, name, value, reason, kind)


def _differ(one: str, other: str) -> bool:
    return bool(one and other and one != other)


def _other_passport(row_number: int) -> str:
    return _("Row %(row)s has the same name and birth date and another passport: taken as two people.", row=row_number)


def _two_of_them() -> str:
    return _("Two workers have this name and birth date. Add the passport number that we have on file.")
