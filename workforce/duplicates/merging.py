"""Two records of one person made one, in one transaction, and nothing lost that either of them had."""

import json
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from workforce.core import audit, vault
from workforce.core import db as database
from workforce.core.errors import Conflict, NotFound
from workforce.core.tenancy import Actor
from workforce.core.vault import Broken, Key
from workforce.core.words import _
from workforce.duplicates import moving
from workforce.duplicates.moving import Move, Rule
from workforce.models import DuplicatePair, Merge, Worker
from workforce.people import shape, workers
from workforce.rosters.names import folded
from workforce.rosters.parts import mark_shared

CHOICES = ("full_name", *(name for name in shape.FIELDS if name not in {"full_name", "family_name", "given_names", "aliases"}))
"""What a person chooses between, field by field; the parts of the name go with the name."""
_QUIETLY = {"synchronize_session": False}


@dataclass(frozen=True)
class Merged:
    """`files` are places of sealed copies that were sealed anew: remove the old ones after the commit."""

    kept: Worker
    merge: Merge
    files: list[str]


def both(session: Session, actor: Actor, pair_id: uuid.UUID) -> tuple[DuplicatePair, Worker, Worker]:
    """An open pair, and its two workers: the one whose record is older first, which is the one that is kept. Raises NotFound."""
    pair = session.scalar(select(DuplicatePair).where(DuplicatePair.id == pair_id, DuplicatePair.agency_id == actor.agency_id))
    if pair is None:
        raise NotFound(_("These two are no longer on the list: they were merged, or changed so that little speaks for it."))
    two = [workers.get(session, actor, worker_id) for worker_id in (pair.one_id, pair.other_id)]
    two.sort(key=lambda worker: (worker.archived_at is not None, worker.created_at, worker.id))
    return pair, two[0], two[1]


def merge(
    session: Session,
    actor: Actor,
    folder: Path,
    pair_id: uuid.UUID,
    *,
    chosen: Mapping[str, str],
    versions: tuple[int, int],
    now: datetime,
    today: date,
    rules: Mapping[str, Rule],
) -> Merged:
    """Make the two records of a pair one. `chosen` says for each of CHOICES whether the "kept" or the "gone" record is right.

    Whoever asked us to stop texting in either record has asked it. `rules` settle what cannot simply move; this room has its own, a
    higher one adds its. Raises NotFound, WrongField, Conflict when a record was changed since `versions` were read.
    """
    _pair, kept, gone = both(session, actor, pair_id)
    session.execute(select(Worker.id).where(Worker.agency_id == actor.agency_id, Worker.id.in_((kept.id, gone.id))).with_for_update())
    workers.check_version(kept, versions[0])
    workers.check_version(gone, versions[1])
    row = Merge(id=database.new_id(), agency_id=actor.agency_id, kept_id=kept.id, merged_id=gone.id, merged_name=gone.full_name, made_by=actor.id, made_at=now)
    move = Move(session, actor, kept, gone, folder, now, chosen=chosen)
    try:
        whole = moving.snapshot(session, gone)
        _settle_fields(move, today)
        move.take_all({**RULES, **rules})
    except Broken:
        raise Conflict(_("A sealed value of one of the two records does not open. Nothing was merged: ask who runs Muster to verify the keys.")) from None
    _remove(session, gone)
    session.flush()
    mark_shared(session, actor.agency_id, {phone.number_index for phone in move.rows(_model("phones"), "worker_id", kept.id)})
    told = {
        "worker": whole,
        "moved": {name: [row_id.hex for row_id in ids] for name, ids in move.moved.items()},
        "dropped": move.dropped,
        "changed": [[table, row_id.hex, values] for table, row_id, values in move.changed],
        "made": [[table, row_id.hex] for table, row_id in move.made],
    }
    vault.seal(session, row, before=json.dumps(told))
    session.add(row)
    session.flush()
    moved = [f"{name} {len(ids)}" for name, ids in move.moved.items()]
    audit.record(session, actor, "worker.merge", kept, merged=gone.id, moved=moved, dropped=len(move.dropped))
    audit.record(session, actor, "worker.merged_away", gone, kept=kept.id)
    return Merged(kept, row, move.files)


def _model(table: str) -> type[Any]:
    return next(reference.model for reference in moving.references() if reference.model.__tablename__ == table)


def _settle_fields(move: Move, today: date) -> None:
    """The kept record with the chosen values. Its own key seals them, and its version rises: a roster's undo leaves it alone."""
    db, kept, gone = move.db, move.kept, move.gone
    mine, theirs = workers.known(db, kept), workers.known(db, gone)
    values = {name: (theirs if move.chosen.get(name) == "gone" else mine)[name] for name in CHOICES}
    if move.chosen.get("full_name") == "gone":
        values |= {"family_name": gone.family_name, "given_names": gone.given_names}
    else:
        values |= {"family_name": kept.family_name, "given_names": kept.given_names}
    other = kept.full_name if move.chosen.get("full_name") == "gone" else gone.full_name
    values["aliases"] = _with_alias([*mine["aliases"], *theirs["aliases"]], other, str(values["full_name"]))
    shape.check(values, today)
    opted_out = min((moment for moment in (kept.opted_out_at, gone.opted_out_at) if moment), default=None)
    heard = max((moment for moment in (kept.last_heard_at, gone.last_heard_at) if moment), default=None)
    away = None if kept.archived_at is None or gone.archived_at is None else max(kept.archived_at, gone.archived_at)
    columns = shape.columns(db, kept.agency_id, kept.id, values)
    plain = {name: value for name, value in columns.items() if not name.endswith("_sealed")}
    sealed = {name: _text(values[name]) for name in shape.SEALED}
    move.change(kept, **plain, **sealed, opted_out_at=opted_out, last_heard_at=heard, archived_at=away)
    workers.touch(kept)
    db.flush()


def _text(value: Any) -> str | None:
    return (value.isoformat() if isinstance(value, date) else str(value).strip() if value else "") or None


def _with_alias(aliases: Iterable[str], other: str, name: str) -> list[str]:
    """Every other name they are known by, once: an import or a search that has the old spelling still finds them."""
    found: dict[str, str] = {}
    for alias in (*aliases, other):
        if folded(alias) != folded(name):
            found.setdefault(folded(alias), alias)
    return list(found.values())


def _remove(session: Session, gone: Worker) -> None:
    """The record that went, and its key: what a backup still holds under it cannot be read."""
    session.flush()
    session.expunge(gone)
    session.execute(delete(Key).where(Key.agency_id == gone.agency_id, Key.subject_id == gone.id), execution_options=_QUIETLY)
    session.execute(delete(Worker).where(Worker.agency_id == gone.agency_id, Worker.id == gone.id), execution_options=_QUIETLY)


# --- what cannot simply move ------------------------------------------------------------------------------------------


def _phones(move: Move, rows: list[Any]) -> list[Any]:
    """The same number once; what was sent to the other row of it is told to have gone to this one."""
    mine = {phone.number_index: phone for phone in move.rows(_model("phones"), "worker_id", move.kept.id)}
    last = max((phone.rank for phone in mine.values()), default=-1)
    moves = []
    for phone in sorted(rows, key=lambda phone: phone.rank):
        twin = mine.get(phone.number_index)
        if twin is None:
            last += 1
            move.change(phone, rank=last)
            moves.append(phone)
            continue
        for model in {reference.model for reference in moving.references() if "phone_id" in moving.table_of(reference.model).columns}:
            for told in move.rows(model, "phone_id", phone.id):
                move.change(told, phone_id=twin.id)
        move.db.flush()
        move.drop(phone)
    return moves


def _deployments(move: Move, rows: list[Any]) -> list[Any]:
    """At most one is current: that of the record whose host country was chosen, else the one that began later."""
    mine = move.rows(_model("deployments"), "worker_id", move.kept.id)
    moves = [row for row in rows if not any(_same_work(move, row, own) for own in mine)]
    now_mine, now_theirs = (next((row for row in some if row.is_current), None) for some in (mine, moves))
    if now_mine is not None and now_theirs is not None:
        later = (now_theirs.starts_on or date.min) > (now_mine.starts_on or date.min)
        if move.kept.host_country in {now_mine.host_country, now_theirs.host_country} and now_mine.host_country != now_theirs.host_country:
            later = now_theirs.host_country == move.kept.host_country
        move.change(now_mine if later else now_theirs, is_current=False)
        move.db.flush()
    return moves


def _same_work(move: Move, row: Any, own: Any) -> bool:
    same = row.employer_id == own.employer_id and row.site_id == own.site_id and row.host_country == own.host_country
    if same and row.is_current == own.is_current and move.says_no_more(row, own):
        move.drop(row)
        return True
    return False


def _near(move: Move, rows: list[Any]) -> list[Any]:
    """Family and contacts: who stands in both records stands there once. Nobody is their own contact."""
    mine = move.rows(type(rows[0]), "worker_id", move.kept.id) if rows else []
    moves = []
    for row in rows:
        known = any(folded(own.full_name) == folded(row.full_name) and move.says_no_more(row, own, untold=("full_name",)) for own in mine)
        if known or getattr(row, "other_worker_id", None) in {move.kept.id, move.gone.id}:
            move.drop(row)
        else:
            moves.append(row)
    return moves


def _buddies(move: Move, rows: list[Any]) -> list[Any]:
    own = [row for row in rows if row.worker_id in {move.kept.id, move.gone.id}]
    for row in own:
        move.drop(row)
    return [row for row in rows if row not in own]


def _import_rows(move: Move, rows: list[Any]) -> list[Any]:
    """An import's undo must not take the merged record for one it made and nobody touched."""
    for row in rows:
        move.change(row, worker_version=0)
    return rows


def _marks(move: Move, rows: list[Any]) -> list[Any]:
    for row in rows:
        move.db.delete(row)
    return []


def _pairs(move: Move, rows: list[Any]) -> list[Any]:
    """Whoever is not the same person as one of the two is not the same as both."""
    for row in rows:
        third = row.other_id if row.one_id == move.gone.id else row.one_id
        settled = row.state != "open" and third != move.kept.id
        move.drop(row)
        if settled:
            _keep_apart(move, third, row)
    return []


def _keep_apart(move: Move, third: uuid.UUID, row: DuplicatePair) -> None:
    low, high = sorted((move.kept.id, third))
    mine = select(DuplicatePair).where(DuplicatePair.agency_id == move.actor.agency_id, DuplicatePair.one_id == low, DuplicatePair.other_id == high)
    known = move.db.scalar(mine)
    if known is not None:
        move.change(known, state=row.state, decided_by=row.decided_by, decided_at=row.decided_at)
        return
    made = DuplicatePair(id=database.new_id(), agency_id=move.actor.agency_id, one_id=low, other_id=high, score=row.score, reasons=row.reasons, state=row.state, found_at=row.found_at, decided_by=row.decided_by, decided_at=row.decided_at)  # fmt: skip
    move.db.add(made)
    move.made.append(("duplicate_pairs", made.id))


RULES: dict[str, Rule] = {
    "phones.worker_id": _phones,
    "deployments.worker_id": _deployments,
    "contacts.worker_id": _near,
    "contacts.other_worker_id": _buddies,
    "dependants.worker_id": _near,
    "import_rows.worker_id": _import_rows,
    "duplicate_marks.worker_id": _marks,
    "duplicate_pairs.one_id": _pairs,
    "duplicate_pairs.other_id": _pairs,
}
