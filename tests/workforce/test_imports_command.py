"""`muster workers import` and `undo-import`."""

import json
import sys

import pytest
from click.testing import CliRunner
from sqlalchemy import func, select

from tests.workforce.roster_files import NOEL, RODEL, roster
from workforce.core import db
from workforce.models import Import, Worker


@pytest.fixture
def run(app, agency, monkeypatch):
    def command(*words):
        monkeypatch.setattr(sys, "argv", ["muster", "workers", *words])
        return CliRunner().invoke(app.cli.get_command(None, "workers"), words, obj=None)

    return command


@pytest.fixture
def file(tmp_path):
    def write(*rows):
        path = tmp_path / "roster.csv"
        path.write_bytes(roster(*rows))
        return str(path)

    return write


def test_the_answer_is_the_agreed_json(run, file):
    answer = run("import", file(RODEL, NOEL | {"Nationality": "Koera"}), "--json")

    data = json.loads(answer.output)
    assert answer.exit_code == 0
    assert list(data) == ["import", "created", "updated", "unchanged", "rejected", "flagged"]
    assert (data["created"], data["updated"], data["unchanged"], data["flagged"]) == (1, 0, 0, [])
    assert data["rejected"] == [
        {"row": 3, "column": "Nationality", "value": "Koera", "reason": "No country is called “Koera”."}
    ]


def test_without_a_good_row_it_fails(run, file):
    answer = run("import", file(NOEL | {"Name": ""}), "--json")

    assert answer.exit_code == 1
    assert json.loads(answer.output)["rejected"][0]["row"] == 2


def test_a_file_that_cannot_be_read_is_one_line(run, tmp_path):
    empty = tmp_path / "empty.csv"
    empty.write_bytes(b"")

    answer = run("import", str(empty), "--json")

    assert (answer.exit_code, json.loads(answer.output)) == (1, {"error": "This file is empty."})


def test_a_file_that_is_not_there_is_one_line(run, tmp_path):
    answer = run("import", str(tmp_path / "none.csv"))

    assert answer.exit_code == 1
    assert "There is no file" in answer.output


def test_a_dry_run_writes_nothing(run, file):
    data = json.loads(run("import", file(RODEL), "--dry-run", "--json").output)

    assert (data["import"], data["created"], _count(Worker), _count(Import)) == (None, 1, 0, 0)


def test_rejects_are_written_where_asked_and_nothing_is_left_otherwise(run, file, tmp_path, settings):
    path = file(RODEL, NOEL | {"Nationality": "Koera"})
    run("import", path)
    assert sorted(one.name for one in tmp_path.rglob("*.csv")) == ["roster.csv"]
    assert not [one for one in settings.files.rglob("*") if one.is_file()]

    run("import", path, "--rejects", str(tmp_path / "back.csv"))

    assert "No country is called" in (tmp_path / "back.csv").read_text("utf-8-sig")


def test_an_import_is_taken_back_by_its_id(run, file):
    made = json.loads(run("import", file(RODEL), "--json").output)["import"]

    answer = run("undo-import", made, "--json")

    assert json.loads(answer.output) == {"import": made, "removed": 1, "restored": 0, "left": []}
    assert _count(Worker) == 0


def test_one_country_for_everyone_may_be_a_name(run, tmp_path):
    path = tmp_path / "bare.csv"
    path.write_text("Name\nRodel Magsino\n")

    data = json.loads(run("import", str(path), "--host", "Libya", "--nationality", "PH", "--json").output)

    assert data["created"] == 1


def _count(model):
    with db.reading() as session:
        return session.scalar(select(func.count()).select_from(model))
