"""Commands: whatever fails, one line that says what to do, and no traceback."""

import json
import sys

import pytest
from click.testing import CliRunner
from sqlalchemy import create_engine, select
from sqlalchemy.exc import IntegrityError

from workforce.core import commands, db, vault
from workforce.models import Agency


def fail_with(problem):
    group = commands.group("trial", "A command that fails.")

    @group.command("run")
    def run():
        problem()

    return CliRunner().invoke(group, ["run"])


def ask(url):
    with db.make_engine(url).connect() as connection:
        connection.execute(select(Agency.id))


@pytest.mark.parametrize(("name", "line"), [
    ("nowhere/muster.db", "unable to open database file"), ("letter.txt", "file is not a database"),
    ("empty.db", "muster db upgrade"),
])  # fmt: skip
def test_a_database_that_cannot_be_used_is_one_line(tmp_path, name, line):
    (tmp_path / "letter.txt").write_text("Dear database, " * 100, encoding="utf-8")

    result = fail_with(lambda: ask(f"sqlite:///{tmp_path / name}"))

    assert result.exit_code == 1
    assert line in result.output
    assert len(result.output.splitlines()) == 1


def test_keys_of_another_installation_are_one_line(monkeypatch):
    monkeypatch.setattr(sys, "argv", ["muster", "--json"])

    def open_a_foreign_seal():
        raise vault.Broken("A seal does not open.")

    result = fail_with(open_a_foreign_seal)

    assert result.exit_code == 1
    assert "MUSTER_MASTER_KEYS" in json.loads(result.output)["error"]


def test_a_fault_of_ours_is_not_called_the_databases():
    def write_twice():
        with create_engine("sqlite://").begin() as connection:
            connection.exec_driver_sql("CREATE TABLE t (a INTEGER UNIQUE)")
            connection.exec_driver_sql("INSERT INTO t VALUES (1), (1)")

    assert isinstance(fail_with(write_twice).exception, IntegrityError)
