"""Files that are refused as a whole: one clear line, nothing written. And every nasty file, imported for real."""

import io
import json
import os
import sys
import zipfile

import pytest
from click.testing import CliRunner
from sqlalchemy import func, select

from tests.workforce.nasty.making import book
from tests.workforce.test_rosters_nasty import CASES, TODAY
from workforce.core import db, tenancy
from workforce.models import Import, Worker
from workforce.rosters import applying, headers, imports, sheets
from workforce.rosters.understanding import understand

HEAD = "Name,Nationality,Host country\n"
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
PLAIN = book(["Name", "Nationality", "Host country"], ["Ana Reyes", "PH", "SA"])


def parts(content=PLAIN):
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def packed(entries):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in entries.items():
            archive.writestr(name, content)
    return file.getvalue()


def with_sheet(change):
    return packed(
        {name: change(content) if name.endswith("sheet1.xml") else content for name, content in parts().items()}
    )


def wide(count):
    return (
        ",".join(["Name", "Nationality", "Host country", *(f"Column {n}" for n in range(count - 3))])
        + "\n"
        + ",".join(["Ana", "PH", "SA", *["x"] * (count - 3)])
    )


LAUGHS = b'<!DOCTYPE l [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;">]><worksheet'
REFUSED = {
    "empty": (b"", "list.csv", "empty"),
    "only blank cells": (b"\n ,,\n", "list.csv", "empty"),
    "headings only": (HEAD.encode(), "list.csv", "nobody below"),
    "headings and a total": ((HEAD + "TOTAL,,0\n").encode(), "list.csv", "nobody below"),
    "headings only, in a workbook": (book(["Name", "Nationality"]), "list.xlsx", "nobody below"),
    "no headings": (b"Ana Reyes,PH,SA\n", "list.csv", "column headings"),
    "one column of something": (b"Stuff\nfoo\n", "list.csv", "column headings"),
    "encrypted": (OLE + bytes(600) + "EncryptedPackage".encode("utf-16-le"), "list.xlsx", "password"),
    "an old workbook": (OLE + bytes(600), "list.xls", "old Excel"),
    "OpenDocument": (
        packed({"mimetype": "application/vnd.oasis.opendocument.spreadsheet", "content.xml": "<x/>"}),
        "list.ods",
        "OpenDocument",
    ),
    "a PDF": (b"%PDF-1.7\n", "list.xlsx", "PDF"),
    "half a workbook": (PLAIN[: len(PLAIN) // 2], "list.xlsx", "damaged"),
    "junk": (os.urandom(3000) + b"\x00", "list.csv", "not a spreadsheet"),
    "a zero byte far down": ((HEAD + "Ana,PH,SA\n" * 1000).encode() + b"B\x00n,PH,SA\n", "list.csv", "no text"),
    "an entity from outside": (
        packed(
            {
                **parts(),
                "xl/workbook.xml": parts()["xl/workbook.xml"].replace(
                    b"<workbook", b'<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><workbook', 1
                ),
            }
        ),
        "list.xlsx",
        "no spreadsheet program",
    ),
    "a billion laughs": (
        with_sheet(lambda xml: xml.replace(b"<worksheet", LAUGHS, 1)),
        "list.xlsx",
        "no spreadsheet program",
    ),
    "a zip bomb": (
        packed({"xl/workbook.xml": "x", "xl/worksheets/sheet1.xml": bytes(201 * 1024 * 1024)}),
        "list.xlsx",
        "200 MB",
    ),
    "500 columns": (wide(500).encode(), "list.csv", "400 columns"),
    "500 columns in a workbook": (
        book(*[line.split(",") for line in wide(500).splitlines()]),
        "list.xlsx",
        "400 columns",
    ),
    "a million rows": ((HEAD + "A B,PH,SA\n" * 1_000_000).encode(), "list.csv", "200,000 rows"),
    "merges without end": (
        with_sheet(
            lambda xml: xml.replace(
                b"</worksheet>", b"<mergeCells>" + b'<mergeCell ref="A2:B2"/>' * 100_001 + b"</mergeCells></worksheet>"
            )
        ),
        "list.xlsx",
        "merged cells",
    ),
    "a second table beside the first": (
        b"MALE,,,FEMALE,,\nName,Passport No,Country,Name,Passport No,Country\nJuan Reyes,P1234567A,Oman,Ana Gomez,P7654322A,Oman\n",
        "list.csv",
        "Column D begins another table",
    ),
    "a quotation mark left open": ((HEAD + '"Ana Reyes,PH,SA\nBen Cruz,PH,SA\n').encode(), "list.csv", "Row 2"),
    "quotation marks that swallow rows": (
        b'Name,Nationality,Host country,DOB,Email,Remarks\n"Ana,PH,SA,,,\nBen,PH,SA,,,\n"Cara,PH,SA,,,\nDan,PH,SA,,,\n',
        "list.csv",
        "quotation mark",
    ),
    "Arabic in Windows-1256": (
        "الاسم,الجنسية,بلد العمل\nمحمد أحمد,مصري,الكويت\n".encode("cp1256"),
        "list.csv",
        "letters of this file",
    ),
    "Chinese in GBK": (
        "姓名,Name,Nationality\n陈大文,Chan Tai Man,China\n".encode("gbk"),
        "list.csv",
        "letters of this file",
    ),
    "two tables on one sheet": (
        (HEAD + "Ana,PH,SA\n\nHost country,Employer,Name of worker\nKuwait,Al Fahad,Ben Cruz\n").encode(),
        "list.csv",
        "Row 4",
    ),
    "a web page": (b"<html><body><table><tr><td>Name</td></tr></table></body></html>", "list.xls", "web page"),
}


@pytest.mark.parametrize(("content", "name", "words"), REFUSED.values(), ids=REFUSED)
def test_a_file_that_cannot_be_used_is_refused_in_one_line_and_nothing_is_written(
    app, agency, monkeypatch, tmp_path, content, name, words
):
    path = tmp_path / name
    path.write_bytes(content)
    monkeypatch.setattr(sys, "argv", ["muster", "workers", "import", str(path), "--json"])

    answer = CliRunner().invoke(app.cli.get_command(None, "workers"), ["import", str(path), "--json"])

    assert answer.exit_code == 1
    assert words in json.loads(answer.output)["error"]
    assert len(answer.output.strip().splitlines()) == 1
    with tenancy.agency(agency.id), db.reading() as session:
        assert session.scalar(select(func.count()).select_from(Worker)) == 0
        assert session.scalar(select(func.count()).select_from(Import)) == 0


def test_a_workbook_with_macros_gives_its_cells():
    content = packed({**parts(), "xl/vbaProject.bin": OLE + b"Sub Auto_Open()"})

    assert [cells for _number, cells in sheets.read(content, "list.xlsm").rows()][1] == ["Ana Reyes", "PH", "SA"]


def test_a_logo_that_is_a_drawing_with_a_doctype_is_no_attack():
    content = packed({**parts(), "xl/media/logo.svg": '<!DOCTYPE svg PUBLIC "x" "y"><svg/>'})

    assert sheets.read(content, "list.xlsx").name == "Sheet"


def test_an_address_of_many_lines_swallows_nobody():
    text = 'Name,Nationality,Host country,Address abroad,Remarks\nAna,PH,SA,"House 5, Road 3, Block B,\nDammam","a, b, c\nd, e, f\ng"\n'

    assert len(list(sheets.read(text.encode(), "list.csv").rows())) == 2


@pytest.mark.parametrize("case", CASES, ids=str)
def test_a_nasty_file_goes_in_and_its_counts_are_of_workers(agency, case):
    sheet = sheets.read(case.data, case.file_name, headers.usable)
    understood = understand(sheet, agency_country=case.country, today=TODAY, **case.options)
    actor = tenancy.System(agency.id)

    with tenancy.agency(agency.id), db.transaction() as session:
        made = imports._new(actor, case.data, state="applied")
        outcome = applying.apply(session, actor, understood, made, today=TODAY)
        workers = session.scalar(select(func.count()).select_from(Worker))

    assert outcome.created == workers
    assert outcome.created + outcome.unchanged == len(case.people)
    assert outcome.rejected_rows == len({row for row, _column, _words in case.rejected})
    cells = [(problem.row, problem.letter) for problem in outcome.problems]
    assert len(cells) == len(set(cells))
