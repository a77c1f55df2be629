"""Opening files: encodings, separators, sheets, and everything that must not be opened."""

import datetime as dt
import io
import zipfile

import openpyxl
import pytest

from workforce.rosters import headers, parcels, sheets
from workforce.rosters.escaping import escaped, unescaped


def workbook(*rows, prepare=None):
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    if prepare:
        prepare(book)
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def archive(entries):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as parts:
        for name, content in entries.items():
            parts.writestr(name, content)
    return file.getvalue()


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252"])
@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
def test_encodings_and_separators_are_found(encoding, separator):
    text = f'Name{separator}DOB{separator}Note\r\n\r\nJosé Núñez{separator}1/2/1990{separator}"a\nb"\r\n'

    rows = list(sheets.read(text.encode(encoding), "list.csv").rows())

    assert rows == [(1, ["Name", "DOB", "Note"]), (2, []), (3, ["José Núñez", "1/2/1990", "a\nb"])]


def test_a_comma_in_names_does_not_hide_the_semicolons():
    text = "Name;PP No.;DOB\nCRUZ, ANA;P1;1990-01-01\nREYES, BEN;P2;1991-01-01\n"

    assert list(sheets.read(text.encode(), "list.csv").rows())[1] == (2, ["CRUZ, ANA", "P1", "1990-01-01"])


def test_the_line_that_announces_the_separator_is_no_row():
    assert list(sheets.read(b"sep=;\nName;DOB\n", "list.csv").rows()) == [(1, ["Name", "DOB"])]


def test_blank_rows_above_the_table_keep_their_numbers():
    def prepare(book):
        book.active["B3"], book.active["C3"] = "Name", dt.date(2027, 1, 2)

    rows = list(sheets.read(workbook(prepare=prepare), "list.xlsx").rows())

    assert rows[2] == (3, ["", "Name", dt.date(2027, 1, 2)])


def test_hidden_sheets_are_never_read_and_the_first_usable_one_is():
    def prepare(book):
        book.active.append(["Name", "Passport no"])
        book.active.sheet_state = "hidden"
        book.create_sheet("Cover").append(["Welcome"])
        book.create_sheet("Roster").append(["Name", "Nationality"])

    assert sheets.read(workbook(prepare=prepare), "list.xlsx", headers.usable).name == "Roster"


def test_a_merged_cell_holds_for_all_rows_it_spans():
    def prepare(book):
        book.active.merge_cells("B2:B4")

    content = workbook(["Name", "Employer"], ["Ana", "Ilaw Co"], ["Ben"], ["Cara"], ["Dan"], prepare=prepare)

    assert [cells[1] for _number, cells in sheets.read(content, "list.xlsx").rows()] == [
        "Employer",
        "Ilaw Co",
        "Ilaw Co",
        "Ilaw Co",
        "",
    ]


def test_cells_that_begin_like_formulas_are_text():
    rows = list(sheets.read(b"Name,Note\nAna,=1+1\nBen,'-5\nCara,@x\n", "list.csv").rows())

    assert [cells[1] for _number, cells in rows] == ["Note", "=1+1", "-5", "@x"]


@pytest.mark.parametrize(
    "text", ["=1+1", "+966501234567", "-5", "@x", "'=1", "''=1", "'tHooft", "", "'", "plain", "\tx", "'''"]
)
def test_escaping_is_undone_exactly(text):
    assert unescaped(escaped(text)) == text
    assert escaped(text)[:1] not in {"=", "+", "-", "@", "\t", "\r"}


@pytest.mark.parametrize(
    ("content", "name"),
    [
        (b"", "list.csv"),
        (b"\n\n\n", "list.csv"),
        (b"%PDF-1.7 something", "list.xlsx"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "list.xls"),
        (b"PK\x03\x04 and then nothing", "list.xlsx"),
        (b"<html><table><tr><td>Name</td></tr></table></html>", "list.xls"),
        (b"\x89PNG\r\n\x1a\n" + bytes(50), "list.csv"),
        (b'Name,Note\n"Ana,' + b"x" * 200_000, "list.csv"),
        (archive({"word/document.xml": "<w/>"}), "list.xlsx"),
        (archive({"xl/workbook.xml": '<!DOCTYPE x [<!ENTITY a "aaaa">]><x>&a;</x>'}), "list.xlsx"),
        (archive({"xl/workbook.xml": "x", **{f"xl/{n}": "" for n in range(parcels.MAX_ENTRIES)}}), "list.xlsx"),
    ],
)
def test_what_is_no_spreadsheet_is_refused_in_one_line(content, name):
    with pytest.raises(sheets.BadFile) as refusal:
        sheets.read(content, name)

    assert len(str(refusal.value).splitlines()) == 1


def test_a_file_beyond_the_size_limit_is_refused(tmp_path):
    path = tmp_path / "list.csv"
    with path.open("wb") as file:
        file.truncate(parcels.MAX_BYTES + 1)

    with pytest.raises(sheets.BadFile, match="20 MB"):
        sheets.read(path, path.name)


def test_a_zip_bomb_is_refused_before_it_is_opened():
    bomb = archive({"xl/workbook.xml": "x", "xl/worksheets/sheet1.xml": bytes(parcels.MAX_INFLATED_BYTES)})

    with pytest.raises(sheets.BadFile, match="200 MB"):
        sheets.read(bomb, "list.xlsx")


def test_a_zip_that_lies_about_its_sizes_is_refused(monkeypatch):
    monkeypatch.setattr(parcels, "MAX_INFLATED_BYTES", 1_000_000)
    content = bytearray(archive({"xl/workbook.xml": "x", "xl/worksheets/sheet1.xml": bytes(3_000_000)}))
    true_size = (3_000_000).to_bytes(4, "little")
    while (at := content.find(true_size)) >= 0:
        content[at : at + 4] = (1000).to_bytes(4, "little")

    with pytest.raises(sheets.BadFile):
        sheets.read(bytes(content), "list.xlsx")


@pytest.mark.parametrize("cell", ["A200001", "XFD1048576"])
def test_a_cell_far_out_is_refused_before_it_costs_memory(cell):
    def prepare(book):
        book.active[cell] = "x"

    with pytest.raises(sheets.BadFile, match="200,000 rows"):
        sheets.read(workbook(["Name", "DOB"], prepare=prepare), "list.xlsx")


def test_a_csv_beyond_the_row_limit_is_refused():
    sheet = sheets.read(b"Name,DOB\n" + b"Ana,1990-01-01\n" * parcels.MAX_ROWS, "list.csv")

    with pytest.raises(sheets.BadFile, match="200,000 rows"):
        list(sheet.rows())
