"""What stood there before an import changed it, as text that can be sealed and put back."""

import uuid
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

Before = dict[str, Any]
"""`changed`: table, id, columns as they were; `added`: ids by table; `version`: the worker's, before."""


def before(changed: Mapping[tuple[str, uuid.UUID], Mapping[str, Any]], added: Mapping[str, list[uuid.UUID]], version: int) -> Before:
    """In a form that JSON takes. Sealed columns stay sealed: the ciphertext goes back where it came from."""
    lines = [
        [table, row_id.hex, {name: _put(value) for name, value in columns.items()}]
        for (table, row_id), columns in changed.items()
    ]
    return {"changed": lines, "added": {table: [row_id.hex for row_id in ids] for table, ids in added.items()}, "version": version}


def changed_of(text: Before) -> list[tuple[str, uuid.UUID, dict[str, Any]]]:
    """The changed rows, with their columns' old values."""
    return [
        (table, uuid.UUID(row_id), {name: _get(value) for name, value in columns.items()})
        for table, row_id, columns in text["changed"]
    ]


def added_of(text: Before) -> dict[str, list[uuid.UUID]]:
    """The added rows' ids, by table."""
    return {table: [uuid.UUID(row_id) for row_id in ids] for table, ids in text["added"].items()}


def _put(value: Any) -> Any:
    if isinstance(value, bytes):
        return {"bytes": value.hex()}
    if isinstance(value, datetime):
        return {"at": value.isoformat()}
    if isinstance(value, date):
        return {"on": value.isoformat()}
    return {"id": value.hex} if isinstance(value, uuid.UUID) else value


def _get(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    kind, text = next(iter(value.items()))
    readers: dict[str, Any] = {
        "bytes": bytes.fromhex,
        "at": datetime.fromisoformat,
        "on": date.fromisoformat,
        "id": uuid.UUID,
    }
    return readers[kind](text)
