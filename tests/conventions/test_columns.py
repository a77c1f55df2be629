"""Every column of the database is in docs/data-dictionary.md: sealed, or plain with the reason."""

import re

import pytest

import locator.models
import messaging.models
import workforce.models
from tests.conventions import code
from workforce.core.db import Base, Sealed

assert locator.models and messaging.models and workforce.models  # Their tables are what is looked at.
TABLES = {table.name: table for table in Base.metadata.sorted_tables}
SECRET_NAMES = re.compile(r"phone_number|passport|birth|address_|notes$|body$|e?mail$|number$|token$|password$")


def dictionary() -> dict[str, dict[str, str]]:
    """table → column → "sealed" or "plain: why"."""
    tables: dict[str, dict[str, str]] = {}
    for line in (code.ROOT / "docs" / "data-dictionary.md").read_text("utf-8").splitlines():
        if line.startswith("## "):
            here = tables.setdefault(line[3:].strip(), {})
        elif (row := re.fullmatch(r"\| (\w+) \| (.+?) \|", line)) and row.group(2) != "kept":
            here[row.group(1)] = row.group(2)
    return tables


LISTED = dictionary()
COMMON = LISTED.pop("every table")


@pytest.mark.parametrize("name", TABLES)
def test_every_column_says_how_it_is_kept(name):
    unlisted = [
        column.key
        for column in TABLES[name].columns
        if column.key not in LISTED.get(name, {}) and column.key not in COMMON
    ]

    assert not unlisted, f"say in docs/data-dictionary.md why {name}.{unlisted} may be plain, or seal it"


@pytest.mark.parametrize("name", TABLES)
def test_what_is_called_sealed_is_sealed_and_nothing_else_is(name):
    sealed = {column.key for column in TABLES[name].columns if isinstance(column.type, Sealed)}

    assert sealed == {column for column, kept in LISTED.get(name, {}).items() if kept == "sealed"}


@pytest.mark.parametrize("name", LISTED)
def test_what_is_plain_has_a_reason(name):
    assert all(kept == "sealed" or re.fullmatch(r"plain: .{4,}", kept) for kept in LISTED[name].values())


def test_the_dictionary_names_nothing_that_is_gone():
    gone = [
        f"{table}.{column}"
        for table, columns in LISTED.items()
        for column in columns
        if table not in TABLES or column not in TABLES[table].columns
    ]

    assert not gone
