"""The life of an import: handed in, looked at, applied or thrown away. Between the steps the file lies sealed."""

import io
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from workforce.core import audit, clock, db, strongbox, vault
from workforce.core.errors import Conflict, NotFound
from workforce.core.tenancy import Actor
from workforce.core.words import _
from workforce.models import Agency, Import
from workforce.rosters import applying, correcting, guessing, headers, owners, rejects, sheets
from workforce.rosters.applying import Outcome
from workforce.rosters.correcting import Corrections
from workforce.rosters.heading_words import PHONE_FIELDS
from workforce.rosters.sheets import BadFile, NoHeadings
from workforce.rosters.understanding import Understood, understand

ROSTER, REJECTS, LOOK = 1, 2, 3  # Which file of an import is in the strongbox: a seal for one does not open the other.
UNDER_WAY = ("applying", "undoing")
FORGET_AFTER = timedelta(days=7)
LOOK_LASTS = timedelta(minutes=15)
"""How long a look counts: others may change workers meanwhile. The import itself always looks afresh."""
LONGEST_FILE_NAME = 120


@dataclass(frozen=True)
class Options:
    """What a person chose for a file: columns by index (None leaves one out), date orders, countries for everyone."""

    nationality: str | None = None
    host: str | None = None
    dates: Mapping[int, str] = field(default_factory=dict)
    every_date: str | None = None
    mapping: Mapping[int, str | None] = field(default_factory=dict)
    phones: Mapping[int, str] = field(default_factory=dict)
    """Whose local numbers a column of phones holds, by ISO code."""
    sheet: str | None = None
    header_row: int | None = None
    empty_clears: bool = False
    """Whether an empty cell takes away what is known, instead of leaving it alone."""

    @classmethod
    def of(cls, roster: Import) -> "Options":
        """As kept in the import's row."""
        kept = dict(roster.options.get("chosen", {}))
        for name in ("dates", "mapping", "phones"):
            kept[name] = {int(index): value for index, value in kept.get(name, {}).items()}
        return cls(**kept)


def open_roster(
    data: bytes | Path,
    file_name: str,
    *,
    country: str,
    today: date,
    options: Options,
    corrections: Corrections | None = None,
) -> Understood:
    """The file, understood. `country` is the agency's. Raises BadFile with one line for whoever chose the file."""
    if isinstance(data, Path) and not data.is_file():
        raise BadFile(_("There is no file %(name)s.", name=data))
    sheet = sheets.read(data, file_name, headers.usable, wanted=options.sheet)
    understood = understand(
        correcting.corrected(sheet, corrections or {}),
        agency_country=country,
        today=today,
        nationality=options.nationality,
        host=options.host,
        dates=options.every_date or options.dates or None,
        mapping=options.mapping or None,
        header_row=options.header_row,
    )
    _settle_phones(understood, options.phones)
    understood.empty_clears = options.empty_clears
    return understood


def _settle_phones(understood: Understood, chosen: Mapping[int, str]) -> None:
    """Let a person's word on whose numbers a column holds stand above its heading's."""
    if chosen:
        columns = [replace(c, country=chosen.get(c.index, c.country)) for c in understood.header.columns]
        understood.header = replace(understood.header, columns=tuple(columns))
        understood.reader.phone_columns = [c for c in columns if c.field in PHONE_FIELDS]


def from_command(session: Session, actor: Actor, folder: Path, file: Path, options: Options, *, today: date) -> Import:
    """An import begun by a command. Until it is done a sealed copy of the file is kept: who finds it broken off can go on."""
    roster = _new(actor, file, state="previewed")
    vault.seal(session, roster, file_name=file.name[-LONGEST_FILE_NAME:])
    roster.options = {"chosen": asdict(options), "command": True}
    _seal_file(session, folder, roster, file, ROSTER)
    session.add(roster)
    session.flush()
    begin(session, actor, roster.id, today=today)
    return roster


def hand_in(
    session: Session, actor: Actor, folder: Path, data: bytes, file_name: str, *, country: str, today: date, options: Options | None = None
) -> Import:
    """Keep a file for looking at, sealed. Raises BadFile: what cannot be read is not kept.

    Where no row says what the columns hold, that is guessed from their cells and `is_guessed`, for a person to settle.
    """
    guessed = False
    try:
        understood = open_roster(data, file_name, country=country, today=today, options=options or Options())
    except NoHeadings as problem:
        options = guessed_options(data, file_name, problem, today=today)
        understood, guessed = open_roster(data, file_name, country=country, today=today, options=options), True
    roster = _new(actor, data, state="previewed")
    roster.options = {"chosen": asdict(options), "guessed": guessed} if options else {}
    roster.counts = {"rows": sum(1 for _row in understood.sheet.rows())}
    vault.seal(session, roster, file_name=file_name[-LONGEST_FILE_NAME:])
    _seal_file(session, folder, roster, data, ROSTER)
    session.add(roster)
    session.flush()
    audit.record(session, actor, "roster.hand_in", roster, bytes=len(data))
    return roster


def guessed_options(data: bytes, file_name: str, problem: NoHeadings, *, today: date, sheet: str | None = None) -> Options:
    """What the columns may hold where no heading says so. Raises the `problem` when no column has names."""
    found = guessing.guess(sheets.read(data, file_name, wanted=sheet).top(), today)
    if found is None:
        raise problem
    return Options(header_row=found[0], mapping=found[1], sheet=sheet)


def is_guessed(roster: Import) -> bool:
    """Whether what the columns hold was guessed, and nobody has settled it yet."""
    return bool(roster.options.get("guessed"))


def get(session: Session, actor: Actor, import_id: uuid.UUID, *, lock: bool = False) -> Import:
    """One import of the actor's agency. Raises NotFound."""
    mine = select(Import).where(Import.id == import_id, Import.agency_id == actor.agency_id, Import.state != "dropped")
    roster = session.scalar(mine.with_for_update() if lock else mine)
    if roster is None:
        raise NotFound(_("No such import."))
    return roster


def waiting(session: Session, actor: Actor, import_id: uuid.UUID, *, lock: bool = False) -> Import:
    """An import that has not been applied yet. Raises NotFound; Conflict when it is done or under way."""
    roster = get(session, actor, import_id, lock=lock)
    if roster.state != "previewed":
        raise Conflict(_("This file has been imported already, or is being imported now."))
    return roster


def name_of(session: Session, roster: Import) -> str:
    """The file's name as it was handed in."""
    return vault.reveal(session, roster, "file_name") or ""


def opened(session: Session, folder: Path, roster: Import, *, country: str, today: date, options: Options | None = None) -> Understood:
    """The sealed file of an import, understood as it was chosen and corrected. Raises BadFile."""
    data = _open_file(session, folder, roster, ROSTER)
    options = options or Options.of(roster)
    corrections = correcting.of(session, roster)
    return open_roster(data, name_of(session, roster), country=country, today=today, options=options, corrections=corrections)


def sheets_of(session: Session, folder: Path, roster: Import) -> list[str]:
    """The visible sheets of the file; none for a text file."""
    return sheets.names(_open_file(session, folder, roster, ROSTER), name_of(session, roster))


def kept_look(session: Session, folder: Path, roster: Import, wanted: bytes, *, lasts: timedelta = LOOK_LASTS) -> bytes | None:
    """What the last look saw, if it was made with these choices (`wanted`, a digest) and is not old."""
    if roster.look_key is None or roster.look_digest != wanted or roster.looked_at is None or clock.now() - roster.looked_at > lasts:
        return None
    ids = {"agency_id": roster.agency_id, "subject_id": roster.agency_id, "about": roster.id}
    try:
        return strongbox.get(session, folder, roster.look_place or "", roster.look_key, **ids, version=LOOK)
    except vault.Broken:
        return None  # It can be made again.


def keep_look(session: Session, actor: Actor, folder: Path, import_id: uuid.UUID, image: bytes, made_with: bytes) -> str:
    """Seal what a look saw beside the file. Gives the older look's file to `forget` once committed. Raises NotFound, Conflict."""
    roster = waiting(session, actor, import_id, lock=True)
    old = roster.look_place or ""
    ids = {"agency_id": roster.agency_id, "subject_id": roster.agency_id, "about": roster.id}
    parcel = strongbox.put(session, folder, image, **ids, version=LOOK)
    roster.look_place, roster.look_key = parcel.name, parcel.wrapped_key
    roster.look_digest, roster.looked_at = made_with, clock.now()
    return old


def _forget_look(roster: Import) -> str:
    """The look's file, which no row knows from now on."""
    place = roster.look_place or ""
    roster.look_place = roster.look_key = roster.look_digest = roster.looked_at = None
    return place


def first_options(session: Session, folder: Path, roster: Import, *, country: str, today: date) -> Options:
    """How a file is read before anybody has chosen anything. Raises BadFile."""
    data, name = _open_file(session, folder, roster, ROSTER), name_of(session, roster)
    try:
        open_roster(data, name, country=country, today=today, options=Options())
    except NoHeadings as problem:
        return guessed_options(data, name, problem, today=today)
    return Options()


# --- under way ----------------------------------------------------------------------------------------------------------


def begin(session: Session, actor: Actor, import_id: uuid.UUID, *, today: date) -> int:
    """Mark an import as under way in this process. Gives the rows of its sheet.

    Raises NotFound; Conflict when it is done, or another import of the agency is under way: two at once would make the same
    people twice.
    """
    alone(session, actor, import_id)
    roster = waiting(session, actor, import_id, lock=True)
    roster.state, roster.applied_at = "applying", clock.now()
    sign(roster, cursor=0, tries=1, today=today.isoformat())
    audit.record(session, actor, "roster.begin", roster)
    return int(roster.counts.get("rows", 0))


def alone(session: Session, actor: Actor, import_id: uuid.UUID) -> None:
    """Let nothing else begin in this agency before the commit. Raises Conflict when another import is under way."""
    session.scalar(select(Agency.id).where(Agency.id == actor.agency_id).with_for_update(key_share=True))
    others = select(Import.id).where(Import.agency_id == actor.agency_id, Import.state.in_(UNDER_WAY), Import.id != import_id)
    if session.scalar(others.limit(1)):
        raise Conflict(_("Another roster is being imported or taken back now. Wait until it is done, then try again."))


def sign(roster: Import, **said: object) -> None:
    """Say how far an import is, and that this process is at it."""
    roster.options = {**roster.options, **said, "by": owners.claim(roster.id), "since": clock.now().isoformat()}


def cursor_of(roster: Import) -> int:
    """Up to which row of the sheet the import is carried out."""
    return int(roster.options.get("cursor", 0))


def day_of(roster: Import) -> date:
    """The agency's day on which the import began: what is a birth date or a valid paper does not change on the way."""
    return date.fromisoformat(str(roster.options["today"])) if roster.options.get("today") else roster.created_at.date()


def still_mine(session: Session, actor: Actor, import_id: uuid.UUID) -> None:
    """Raises Conflict when another process has taken the import over: it took this one for dead."""
    roster = get(session, actor, import_id, lock=True)
    if roster.state not in UNDER_WAY or roster.options.get("by") != owners.me():
        raise Conflict(_("Another process goes on with this import."))


def move_on(session: Session, actor: Actor, import_id: uuid.UUID, *, cursor: int, done: int) -> None:
    """Say how far the import is, in the transaction that brought it there."""
    sign(get(session, actor, import_id), cursor=cursor, done=done)


def let_go(session: Session, actor: Actor, import_id: uuid.UUID) -> None:
    """An import that broke off in this process: one that has made nothing waits as before, another is free to be taken up."""
    roster = get(session, actor, import_id, lock=True)
    if roster.state not in UNDER_WAY or roster.options.get("by") != owners.me():
        return
    roster.options = {**roster.options, "by": ""}
    if roster.state == "applying" and not cursor_of(roster) and not roster.options.get("command"):
        roster.state, roster.applied_at = "previewed", None


def has_broken_off(roster: Import) -> bool:
    """Whether the import is under way, in or back out, and the process that was at it is gone."""
    since = datetime.fromisoformat(str(roster.options.get("since") or roster.created_at.isoformat()))
    return roster.state in UNDER_WAY and owners.is_gone(str(roster.options.get("by", "")), roster.id, since, clock.now())


def broken_off(session: Session, actor: Actor) -> list[Import]:
    """The agency's imports that nobody carries out any more, the oldest first."""
    mine = select(Import).where(Import.agency_id == actor.agency_id, Import.state.in_(UNDER_WAY)).order_by(Import.created_at)
    return [roster for roster in session.scalars(mine) if has_broken_off(roster)]


def is_of(roster: Import, file: Path, options: Options) -> bool:
    """Whether a command began this import with this very file and these choices."""
    same = roster.file_digest == _digest(roster.agency_id, file)
    return same and bool(roster.options.get("command")) and Options.of(roster) == options


def tries_of(roster: Import) -> int:
    """How often the import has been begun or taken up."""
    return int(roster.options.get("tries", 1))


def take_over(session: Session, actor: Actor, import_id: uuid.UUID) -> Import:
    """Take up an import that broke off. Raises NotFound; Conflict when somebody is at it."""
    roster = get(session, actor, import_id, lock=True)
    if not has_broken_off(roster):
        raise Conflict(_("This file has been imported already, or is being imported now."))
    sign(roster, tries=tries_of(roster) + 1)
    return roster


def rejects_file(understood: Understood, outcome: Outcome) -> bytes | None:
    """The rows with something wrong, as CSV; None when all was well. Reads the file once more."""
    if not outcome.problems:
        return None
    file = io.BytesIO()
    rejects.write(file, understood.header, applying.with_reasons(understood, outcome.problems))
    return file.getvalue()


def conclude(session: Session, actor: Actor, folder: Path, import_id: uuid.UUID, rejected: bytes | None) -> list[str]:
    """The import is done: what could not be used stays sealed, the file itself goes. Gives the files to `forget` once committed."""
    roster = get(session, actor, import_id)
    old, roster.applied_at = let_file_go(roster), clock.now()
    if rejected is not None:
        _seal_file(session, folder, roster, rejected, REJECTS)
    session.flush()
    return old


def let_file_go(roster: Import) -> list[str]:
    """Keep nothing of the file itself. Gives the files to `forget` once committed."""
    old = [roster.place, _forget_look(roster)]
    roster.place, roster.wrapped_key = "", None
    correcting.forget(roster)
    return old


def throw_away(session: Session, actor: Actor, import_id: uuid.UUID) -> list[str]:
    """Forget a file that was only looked at. Gives the files to `forget` once committed. Raises NotFound, Conflict."""
    roster = waiting(session, actor, import_id, lock=True)
    places = let_file_go(roster)
    roster.state, roster.file_name_sealed = "dropped", None
    audit.record(session, actor, "roster.throw_away", roster)
    return places


def forget(folder: Path, places: Iterable[str]) -> None:
    """Unlink sealed files that no row knows any more."""
    for place in filter(None, places):
        strongbox.remove(folder, place)


def forget_old(session: Session, actor: Actor, now: datetime) -> list[str]:
    """Throw away what was handed in a week ago and never imported. Gives the files to `forget` once committed."""
    old = select(Import).where(Import.agency_id == actor.agency_id, Import.state == "previewed", Import.created_at < now - FORGET_AFTER)
    return [place for roster in session.scalars(old).all() for place in throw_away(session, actor, roster.id)]


def rejects_of(session: Session, actor: Actor, folder: Path, import_id: uuid.UUID, *, file_format: str) -> bytes:
    """The rows that came back, as CSV or XLSX. Leaves an audit line. Raises NotFound; Conflict when there are none."""
    roster = get(session, actor, import_id)
    if roster.state not in {"applied", "undone"} or not roster.place:
        raise Conflict(_("Nothing came back from this import."))
    data = _open_file(session, folder, roster, REJECTS)
    audit.record(session, actor, "roster.rejects", roster, format=file_format)
    return rejects.as_workbook(data) if file_format == "xlsx" else data


def listing(session: Session, actor: Actor, limit: int = 50) -> list[Import]:
    """The newest imports first."""
    mine = select(Import).where(Import.agency_id == actor.agency_id, Import.state != "dropped").order_by(Import.created_at.desc()).limit(limit)
    return list(session.scalars(mine))


def twin_of(session: Session, roster: Import) -> Import | None:
    """An earlier import of the very same file that still stands."""
    same = select(Import).where(Import.agency_id == roster.agency_id, Import.file_digest == roster.file_digest, Import.state == "applied", Import.id != roster.id)
    return session.scalar(same.order_by(Import.applied_at.desc()).limit(1))


def _new(actor: Actor, data: bytes | Path, *, state: str) -> Import:
    digest = _digest(actor.agency_id, data)
    row: dict[str, Any] = {"id": db.new_id(), "agency_id": actor.agency_id, "file_digest": digest, "state": state, "made_by": actor.id}
    return Import(**row, created_at=clock.now(), options={}, counts={})


def _digest(agency_id: uuid.UUID, data: bytes | Path) -> bytes:
    """By which the same file is known again. One on disk is read a piece at a time."""
    if isinstance(data, bytes):
        return vault.digest(agency_id, "imports.file", data)
    with data.open("rb") as file:
        return vault.digest_of(agency_id, "imports.file", iter(lambda: file.read(1 << 20), b""))


def _seal_file(session: Session, folder: Path, roster: Import, data: bytes | Path, which: int) -> None:
    parcel = strongbox.put(session, folder, data, agency_id=roster.agency_id, subject_id=roster.agency_id, about=roster.id, version=which)
    roster.place, roster.wrapped_key = parcel.name, parcel.wrapped_key


def _open_file(session: Session, folder: Path, roster: Import, which: int) -> bytes:
    ids = {"agency_id": roster.agency_id, "subject_id": roster.agency_id, "about": roster.id}
    return strongbox.get(session, folder, roster.place, roster.wrapped_key or b"", **ids, version=which)
