"""Places kept in memory, ready to be asked for the nearest: one index for each filter that is asked, per process.

Built from one plain select of ids and degrees, and thrown away when the stamp of the places table has moved on.
"""

from __future__ import annotations

import gc
import threading
import uuid
from collections import OrderedDict
from collections.abc import Sequence
from typing import Any, NamedTuple
from weakref import WeakKeyDictionary

import numpy as np
from sqlalchemy import String, cast, or_, select, type_coerce
from sqlalchemy.orm import Session
from sqlalchemy.sql.elements import ColumnElement

from locator.geodesy import Point
from locator.models import PLACE_KINDS, Place, PlacesStamp
from locator.nearest import Nearest, NearestIndex

_MOST_INDEXES = 64
_TOUCHED = "places_touched"


class Filter(NamedTuple):
    """Which places: of a kind or a type ("" for any), posts of a country, posts accredited to a country."""

    kind: str = ""
    country_of: str = ""
    covering: str = ""


class _Shelf:
    """The indexes of one database, all of one stamp."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.stamp = -1
        self.indexes: OrderedDict[Filter, NearestIndex[bytes]] = OrderedDict()


# By connection pool: a process that opens another database (every test does) must not be answered from the last one.
_shelves: WeakKeyDictionary[object, _Shelf] = WeakKeyDictionary()


def nearest_ids(db: Session, point: Point, which: Filter, n: int) -> list[Nearest[uuid.UUID]]:
    """The `n` shared places nearest to `point`, in exactly the order of their distance; at one distance by id."""
    found = _index(db, which).nearest(point, n)
    return [Nearest(uuid.UUID(one.id.decode()), one.distance_km, one.bearing) for one in found]


def touch(db: Session) -> None:
    """Call after every change of places: other processes then see that what they hold is old."""
    stamp = db.get(PlacesStamp, 1, with_for_update=True)
    if stamp is None:
        db.add(PlacesStamp(id=1, value=1))
    else:
        stamp.value += 1
    db.info[_TOUCHED] = True
    db.flush()


def conditions(which: Filter) -> list[ColumnElement[bool]]:
    """The filter as conditions on `Place`. A kind we do not have is taken for a type: "consulate general"."""
    wanted: list[ColumnElement[bool]] = []
    if which.kind:
        wanted.append(Place.kind == which.kind if which.kind in PLACE_KINDS else Place.type == which.kind)
    if which.country_of:
        wanted.append(Place.country_of == which.country_of)
    if which.covering:
        accredited = cast(Place.covers, String).contains(f'"{which.covering}"', autoescape=True)
        wanted.append(or_(Place.country == which.covering, accredited))
    return wanted


def _index(db: Session, which: Filter) -> NearestIndex[bytes]:
    if db.info.get(_TOUCHED):
        return _built(db, which)  # This session has changed places and may yet undo it: nobody else may see that.
    shelf = _shelves.setdefault(db.get_bind().pool, _Shelf())  # type: ignore[union-attr]
    stamp = db.scalar(select(PlacesStamp.value)) or 0
    with shelf.lock:
        if shelf.stamp != stamp:
            shelf.stamp = stamp
            shelf.indexes.clear()
        if which not in shelf.indexes:
            shelf.indexes[which] = _built(db, which)
        shelf.indexes.move_to_end(which)
        while len(shelf.indexes) > _MOST_INDEXES:
            shelf.indexes.popitem(last=False)
        return shelf.indexes[which]


def _built(db: Session, which: Filter) -> NearestIndex[bytes]:
    # As text, an id costs a tenth of a UUID object, and sorts the same.
    columns = select(type_coerce(Place.id, String), Place.lat, Place.lon)
    rows = _all_at_once(db, columns.where(Place.owner_id.is_(None), *conditions(which)))
    if not rows:
        return NearestIndex([], [], [])
    ids, lats, lons = zip(*rows, strict=True)
    names = [one if isinstance(one, str) else one.hex for one in ids]
    return NearestIndex(np.array(names, dtype="S32"), lats, lons)  # type: ignore[arg-type]


def _all_at_once(db: Session, statement: Any) -> Sequence[Any]:
    """All rows. Meanwhile the collector rests: it would walk through the growing heap again and again, twice the query's time."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        return db.execute(statement).all()
    finally:
        if was_on:
            gc.enable()
