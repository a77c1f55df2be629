"""From a sheet to understood rows."""

import csv
import io
from datetime import date

import openpyxl
import pytest

from workforce.rosters import headers, rejects, sheets
from workforce.rosters.understanding import understand

TODAY = date(2026, 11, 21)
HEADINGS = "Name,Nationality,Host country,Passport no,Passport expiry,Mobile"


def understood(text, **choices):
    sheet = sheets.read(text.encode(), "roster.csv", headers.usable)
    return understand(sheet, agency_country="PH", today=TODAY, **choices)


def rows_of(text, **choices):
    return list(understood(text, **choices).rows())


def entries(rows, kind):
    return [(p.row, p.column, p.value) for row in rows for p in row.problems if p.kind == kind]


def test_a_plain_row_is_read_whole():
    text = (
        "Name of Worker,Nationality,Host Country,PP No.,Exp. Date,DOB,Sex,Jobsite,FRA/Employer,Mobile (host),Next of kin,NOK no.\n"
        '"MAGSINO, Rodel P.",Filipino,KSA,P 1234567-A,25/04/2027,03/12/1990,Male,Riyadh,Ilaw Co,0501234567,Ana Magsino,0917 123 4567\n'
    )
    text += "Ana Reyes,PH,Kuwait,P7654321B,2028-01-31,25/12/1991,F,Camp 2,Ilaw Co,+96550012345,,\n"

    first, second = rows_of(text)

    assert first.values == {
        "full_name": "Rodel P. Magsino",
        "family_name": "Magsino",
        "given_names": "Rodel P.",
        "nationality": "PH",
        "host_country": "SA",
        "passport_number": "P1234567A",
        "passport_expires_on": date(2027, 4, 25),
        "birth_date": date(1990, 12, 3),
        "sex": "M",
        "site": "Riyadh",
        "employer": "Ilaw Co",
        "phone_host": "+966501234567",
        "contact_name": "Ana Magsino",
        "phone_family": "+639171234567",
    }
    assert first.phones == [("+966501234567", "host"), ("+639171234567", "family")]
    assert first.problems == second.problems == []
    assert second.row_number == 3


def test_rows_are_numbered_as_the_spreadsheet_shows_them():
    text = f'Ilaw Placement,,,,,\n\n{HEADINGS}\nAna Reyes,PH,SA,P1234567A,2027-01-01,\n\n"Ben\nCruz",PH,SA,,,\nCara Diaz,,SA,,,\n'

    rows = rows_of(text)

    assert [row.row_number for row in rows] == [4, 6, 7]
    assert rows[1].values["full_name"] == "Ben Cruz"
    assert entries(rows, "rejected") == [(7, "Nationality", "")]


def test_totals_signatures_section_titles_and_blank_rows_are_skipped():
    text = (
        f"{HEADINGS}\nRIYADH SITE,,,,,\nAna Reyes,PH,SA,P1234567A,2027-01-01,\n,,,,,\nTotal,1,,,,\n{HEADINGS}\n"
        "Prepared by:,,,,,\nMaria Clara,Manager,,,,\n"
    )

    everything = understood(text)
    rows = list(everything.rows())

    assert [row.values["full_name"] for row in rows] == ["Ana Reyes"]
    assert dict(everything.skipped) == {"section": 1, "blank": 1, "total": 1, "heading": 1, "signature": 2}


@pytest.mark.parametrize(
    ("row", "column"),
    [
        (",PH,SA,,,0917", "Name"),
        ("Ana Reyes,Narnia,SA,,,0501234567", "Nationality"),
        ("Ana Reyes,Korea,SA,,,0501234567", "Nationality"),
        ("Ana Reyes,PH,,P1234567A,,", "Host country"),
        ("=1+1,PH,SA,P1234567A,,", "Name"),
    ],
)
def test_a_mandatory_cell_that_is_missing_or_unusable_costs_the_row(row, column):
    (read,) = rows_of(f"{HEADINGS}\n{row}\n")

    assert read.rejected
    assert column in [problem.column for problem in read.problems if problem.kind == "rejected"]


def test_a_bad_optional_cell_is_flagged_and_the_person_kept():
    rows = rows_of(f"{HEADINGS}\nAna Reyes,PH,SA,P1234567A,31/13/2027,0501234567\n")

    assert not rows[0].rejected
    assert "passport_expires_on" not in rows[0].values
    assert entries(rows, "flagged") == [(2, "Passport expiry", "31/13/2027")]
    assert rows[0].problems[0].reason == "There is no month 13."


def test_a_missing_nationality_column_is_taken_from_the_agency_and_said():
    everything = understood("Name,Mobile\nAna Reyes,0917 123 4567\n", host="SA")
    (row,) = everything.rows()

    assert (row.values["nationality"], row.values["host_country"]) == ("PH", "SA")
    assert row.phones == [("+639171234567", "home")]
    assert (
        "The agency's country, the Philippines, is taken as everyone's nationality: the file has no such column."
        in everything.notes
    )


def test_without_host_column_or_answer_every_row_is_rejected_and_the_file_says_so():
    everything = understood("Name,Nationality,DOB\nAna Reyes,PH,1990-01-01\n")
    (row,) = everything.rows()

    assert everything.missing == ["host_country"]
    assert row.rejected


def test_the_same_passport_under_two_names_rejects_the_later():
    rows = rows_of(f"{HEADINGS}\nAna Reyes,PH,SA,P1234567A,,\nBenito Cruz,PH,SA,P1234567A,,\n")

    assert [row.rejected for row in rows] == [False, True]
    assert entries(rows, "rejected") == [(3, "Passport no", "P1234567A")]


def test_one_passport_with_half_the_name_in_common_is_one_person_flagged():
    rows = rows_of(f"{HEADINGS}\nAna Reyes,PH,SA,P1234567A,,\nAna Cruz Reyes,PH,SA,P1234567A,,\n")

    assert rows[1].same_passport_as == 2
    assert [problem.kind for problem in rows[1].problems] == ["flagged"]


def test_the_same_number_of_two_nationalities_is_two_passports():
    rows = rows_of(f"{HEADINGS}\nAna Reyes,PH,SA,P1234567A,,\nBenito Cruz,NP,SA,P1234567A,,\n")

    assert not any(row.problems for row in rows)


def test_rows_of_one_passport_that_contradict_each_other_in_birth_date_or_nationality_are_flagged():
    lines = ["1990-01-15,PH", "1991-01-15,PH", "1990-01-15,ID", ",PH"]
    rows = rows_of(
        "Name,Passport no,Host country,DOB,Nationality\n" + "".join(f"Ana Reyes,P1234567A,SA,{one}\n" for one in lines)
    )

    assert entries(rows, "flagged") == [(3, "DOB", "1991-01-15"), (4, "Nationality", "ID")]


def test_a_row_said_twice_is_marked_as_a_repeat():
    rows = rows_of(f"No,{HEADINGS}\n1,Ana Reyes,PH,SA,P1234567A,,\n2,Ana Reyes,PH,SA,P1234567A,,\n")

    assert [row.repeat_of for row in rows] == [None, 2]


def test_one_cell_that_proves_the_order_decides_for_its_column():
    rows = rows_of(f"{HEADINGS}\nAna Reyes,PH,SA,,03/04/2027,\nBen Cruz,PH,SA,,04/25/2027,\n")

    assert [row.values["passport_expires_on"] for row in rows] == [date(2027, 3, 4), date(2027, 4, 25)]


@pytest.mark.parametrize("other", ["05/06/2027", "25/04/2027,\nCara Diaz,PH,SA,,04/25/2027"])
def test_a_column_that_proves_no_order_or_both_asks_and_flags_until_a_person_chooses(other):
    text = f"{HEADINGS}\nAna Reyes,PH,SA,,03/04/2027,\nBen Cruz,PH,SA,,{other},\n"

    asked = understood(text)
    flagged = entries(asked.rows(), "flagged")
    (chosen, *_rest) = rows_of(text, dates="month-first")

    assert [question.column.heading for question in asked.questions] == ["Passport expiry"]
    assert flagged[0] == (2, "Passport expiry", "03/04/2027")
    assert chosen.values["passport_expires_on"] == date(2027, 3, 4)


def test_a_persons_choice_of_columns_wins_over_the_headings():
    (row,) = rows_of("Name,Land,Ort,Nationality\nAna Reyes,Kuwait,Camp 2,PH\n", mapping={1: "host_country", 2: "site"})

    assert (row.values["host_country"], row.values["site"]) == ("KW", "Camp 2")


def test_a_file_without_headings_is_refused():
    with pytest.raises(sheets.BadFile):
        understood("Ana Reyes,PH,SA\nBen Cruz,PH,SA\n")


NASTY = f"""{HEADINGS}
Ana Reyes,PH,SA,"=HYPERLINK(""x"")",31/13/2027,'+966501234567
@Ben,PH,SA,P1,-,+966501234568
"""


@pytest.mark.parametrize("file_format", ["csv", "xlsx"])
def test_the_rejects_file_keeps_formulas_text_and_can_be_imported_again(file_format):
    first = understood(NASTY)
    file = io.BytesIO()

    written = rejects.write(file, first.header, first.rows(), file_format=file_format)
    again = sheets.read(file.getvalue(), f"rejects.{file_format}", headers.usable)
    rows = list(understand(again, agency_country="PH", today=TODAY).rows())

    assert written == 2
    assert [list(row.original)[:6] for row in rows] == [
        ["Ana Reyes", "PH", "SA", '=HYPERLINK("x")', "31/13/2027", "+966501234567"],
        ["@Ben", "PH", "SA", "P1", "-", "+966501234568"],
    ]
    assert rows[0].values["phone"] == "+966501234567"


def test_no_cell_of_a_rejects_workbook_is_a_formula():
    everything = understood(NASTY)
    file = io.BytesIO()

    rejects.write(file, everything.header, everything.rows(), file_format="xlsx")
    sheet = openpyxl.load_workbook(io.BytesIO(file.getvalue())).active

    assert not [cell.value for row in sheet.iter_rows() for cell in row if cell.data_type == "f"]
    assert sheet.cell(2, 9).value.endswith("Passport expiry: There is no month 13.")


def test_no_cell_of_a_rejects_csv_begins_like_a_formula():
    everything = understood(NASTY)
    file = io.BytesIO()

    rejects.write(file, everything.header, everything.rows())
    cells = [cell for _number, row in _raw(file.getvalue()) for cell in row]

    assert not [cell for cell in cells if cell[:1] in "=+-@\t\r" and cell]


def _raw(content):
    return enumerate(csv.reader(io.StringIO(content.decode("utf-8-sig"))))
