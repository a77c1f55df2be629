"""Rosters as agencies really keep them: who comes out, and what is said about which cell."""

from datetime import date

import pytest

from tests.workforce.nasty import jakarta, kathmandu, manila, strangers
from tests.workforce.nasty.making import Case, book
from workforce.rosters import headers, sheets
from workforce.rosters.understanding import understand

TODAY = date(2026, 11, 21)
CASES = (*manila.CASES, *kathmandu.CASES, *jakarta.CASES, *strangers.CASES)


def rows_of(case: Case):
    sheet = sheets.read(case.data, case.file_name, headers.usable)
    return list(understand(sheet, agency_country=case.country, today=TODAY, **case.options).rows())


@pytest.mark.parametrize("case", CASES, ids=str)
def test_everybody_comes_out_and_nobody_else(case):
    rows = [row for row in rows_of(case) if not row.rejected]

    who = [
        (row.row_number, row.values["full_name"], row.values["nationality"], row.values["host_country"]) for row in rows
    ]
    assert who == [(one.row, one.name, one.nationality, one.host) for one in case.people]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_what_must_be_known_of_them_is(case):
    found = {row.row_number: row.values for row in rows_of(case)}

    for one in case.people:
        assert {name: found[one.row].get(name) for name in one.values} == one.values


@pytest.mark.parametrize("case", CASES, ids=str)
@pytest.mark.parametrize("kind", ["rejected", "flagged"])
def test_every_doubt_is_said_beside_its_cell_and_no_other(case, kind):
    problems = [problem for row in rows_of(case) for problem in row.problems if problem.kind == kind]
    wanted = getattr(case, kind)

    assert [(problem.row, problem.column) for problem in problems] == [(row, column) for row, column, _words in wanted]
    for problem, (_row, _column, words) in zip(problems, wanted, strict=True):
        assert words in problem.reason


def test_sheets_that_are_not_read_are_named():
    def more(made):
        made.active.title = "Saudi Arabia"
        made.create_sheet("Kuwait").append(["Name", "Nationality", "Host country"])
        made.create_sheet("Old").sheet_state = "hidden"

    data = book(["Name", "Nationality", "Host country"], ["Ana Reyes", "PH", "SA"], prepare=more)

    notes = understand(sheets.read(data, "list.xlsx", headers.usable), agency_country="PH", today=TODAY).notes

    assert notes == ["Only the sheet “Saudi Arabia” is read, and not Kuwait. Import those one by one, or put their rows below these."]
