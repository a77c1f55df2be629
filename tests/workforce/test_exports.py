"""The workers as a spreadsheet, edited and handed in again: what was edited changes, nothing else does."""

import csv
import io
import string
from datetime import date

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook
from sqlalchemy import select

from tests import factories
from tests.workforce.roster_files import NOEL, RODEL, TODAY, import_rows
from workforce.core import audit, clock, db, tenancy, vault
from workforce.models import Contact, Deployment, Document, Phone, Worker
from workforce.people import listing, workers
from workforce.rosters import applying, cells, exporting, headers, imports, marks

FULL = RODEL | {"Employer": "Al Waha", "Next of kin": "Imelda Magsino", "Next of kin phone": "+639175550123"}
FORMATS = ["csv", "xlsx"]


@pytest.fixture
def database_url(any_database):
    return any_database


def test_the_import_reads_every_heading_of_an_export_as_its_field():
    header = headers.understand_header([(1, exporting.HEADINGS)])

    wanted = ["muster_id", *(column.field for column in marks.COLUMNS), "muster_check"]
    assert [column.field for column in header.columns] == wanted


@pytest.mark.parametrize("file_format", FORMATS)
def test_handed_in_again_unchanged_it_changes_nobody(agency, file_format):
    import_rows(agency, FULL, NOEL)

    outcome = _hand_in(agency, _export(agency, file_format), file_format)

    assert (outcome.created, outcome.updated, outcome.unchanged, outcome.problems) == (0, 0, 2, [])


@pytest.mark.parametrize("file_format", FORMATS)
def test_only_the_edited_cell_changes(agency, file_format):
    import_rows(agency, FULL, NOEL)
    before = _everything()

    outcome = _hand_in(agency, _edited(agency, file_format, {("Rodel", "Site"): "Brega"}), file_format)

    assert (outcome.updated, outcome.unchanged) == (1, 1)
    assert _differing(before, _everything()) == {"site"}


def test_what_was_changed_here_meanwhile_stays_where_the_list_was_not_edited(agency, staff):
    import_rows(agency, FULL)
    data = _edited(agency, "csv", {("Rodel", "Occupation"): "Welder"})
    _change(Deployment, site_id=None)

    _hand_in(agency, data, "csv")

    with db.reading() as session:
        work = session.scalar(select(Deployment))
        assert (work.occupation, work.site_id) == ("Welder", None)


def test_a_cell_that_was_changed_on_both_sides_is_flagged(agency):
    import_rows(agency, FULL)
    data = _edited(agency, "csv", {("Rodel", "Occupation"): "Welder"})
    _change(Deployment, occupation="Driver")

    outcome = _hand_in(agency, data, "csv")

    assert [problem.reason for problem in outcome.problems] == ["This was changed here too since the list was written."]


def test_a_renamed_person_is_the_same_person(agency):
    import_rows(agency, FULL, NOEL)

    outcome = _hand_in(
        agency, _edited(agency, "csv", {("Rodel", "Passport number"): "", ("Rodel", "Name"): "Santos, Maria"}), "csv"
    )

    assert (outcome.created, outcome.updated, outcome.rejected_rows) == (0, 1, 0)
    with db.reading() as session:
        assert sorted(session.scalars(select(Worker.full_name))) == ["Maria Santos", "Noel Baclaan"]


def test_a_number_typed_over_another_takes_its_place(agency):
    import_rows(agency, FULL)

    _hand_in(agency, _edited(agency, "csv", {("Rodel", "Mobile (host)"): "+218919999999"}), "csv")

    with db.reading() as session:
        phones = session.scalars(select(Phone)).all()
        assert [vault.reveal(session, phone, "number") for phone in phones] == ["+218919999999"]


def test_a_contact_is_renamed_not_doubled(agency):
    import_rows(agency, FULL)

    _hand_in(agency, _edited(agency, "csv", {("Rodel", "Next of kin"): "Cora Magsino"}), "csv")

    with db.reading() as session:
        assert session.scalars(select(Contact.full_name)).all() == ["Cora Magsino"]


@pytest.mark.parametrize(("clears", "site", "expires"), [(False, True, date(2027, 8, 5)), (True, False, None)])
def test_an_emptied_cell_clears_only_where_that_was_chosen(agency, clears, site, expires):
    import_rows(agency, FULL)
    data = _edited(
        agency, "csv", {("Rodel", "Site"): "", ("Rodel", "Passport expiry"): "", ("Rodel", "Mobile (host)"): ""}
    )

    _hand_in(agency, data, "csv", empty_clears=clears)

    with db.reading() as session:
        assert (
            session.scalar(select(Deployment)).site_id is not None,
            session.scalar(select(Document)).expires_on,
        ) == (site, expires)
        assert len(session.scalars(select(Phone)).all()) == 1  # A number is never taken away by a list.


def test_empty_clears_in_a_list_of_ones_own_leaves_other_columns_alone(agency):
    import_rows(agency, FULL | {"Date of birth": "1985-02-11"})

    import_rows(
        agency,
        data=b"Name,Date of birth,Nationality,Host country,Jobsite\nRodel Magsino,1985-02-11,PH,LY,\n",
        empty_clears=True,
    )

    with db.reading() as session:
        work = session.scalar(select(Deployment))
        assert (work.site_id, work.employer_id is not None) == (None, True)


def test_a_removed_row_removes_nobody(agency):
    import_rows(agency, FULL, NOEL)
    lines = _export(agency, "csv").decode("utf-8-sig").splitlines(keepends=True)

    _hand_in(agency, "".join(lines[:2]).encode(), "csv")

    with db.reading() as session:
        assert len(session.scalars(select(Worker)).all()) == 2


def test_a_copied_row_is_refused_rather_than_mixed_with_its_original(agency):
    import_rows(agency, FULL)
    rows = list(csv.reader(io.StringIO(_export(agency, "csv").decode("utf-8-sig"))))
    copy = list(rows[1])
    copy[1], copy[rows[0].index("Passport number")] = "Benigno Aquino", "P7777777B"

    outcome = _hand_in(agency, _written([*rows, copy]), "csv")

    assert (outcome.created, outcome.unchanged, outcome.rejected_rows) == (0, 1, 1)


def test_an_id_of_another_agency_finds_nobody_there(agency):
    other = factories.make_agency()
    with tenancy.agency(other.id):
        import_rows(other, FULL)
        data = _export(other, "csv")

    outcome = _hand_in(agency, data, "csv")

    assert outcome.created == 1
    assert "No worker here has this id: looked for by the rest of the row." in [
        problem.reason for problem in outcome.problems
    ]


def test_the_filter_of_the_list_is_the_filter_of_the_export(agency):
    import_rows(agency, FULL, NOEL)

    assert b"Rodel" not in _export(agency, "csv", listing.Wanted(text="Noel"))


def test_a_cell_never_becomes_a_formula(agency):
    import_rows(agency, FULL | {"Employer": "=HYPERLINK(1)", "Jobsite": "+cmd|' /C calc'!A0", "Next of kin": "@SUM(1)"})

    book = load_workbook(io.BytesIO(_export(agency, "xlsx")))
    lines = _export(agency, "csv").decode("utf-8-sig")

    assert {cell.data_type for row in book.active for cell in row if isinstance(cell.value, str)} == {"s"}
    assert not [cell for row in csv.reader(io.StringIO(lines)) for cell in row if cell[:1] in "=+-@" and cell]


def test_an_export_leaves_its_line_with_the_count(staff, client_of, agency):
    import_rows(agency, FULL, NOEL)

    answer = client_of(staff).post("/imports/export", data={"format": "xlsx", "q": "Noel"})

    assert answer.data[:2] == b"PK"
    with db.reading() as session:
        line = session.scalar(select(audit.AuditEntry).where(audit.AuditEntry.action == "worker.export"))
        assert (line.detail["count"], line.detail["format"]) == (1, "xlsx")


def test_the_page_says_how_many_before_anything_is_read(staff, client_of, agency):
    import_rows(agency, FULL, NOEL)

    assert "Export 2 workers" in client_of(staff).get("/imports/export").text
    assert "Nobody to export" in client_of(staff).get("/imports/export?q=nobody+such").text


def test_the_command_writes_a_list(app, agency, tmp_path):
    import_rows(agency, FULL)

    done = app.test_cli_runner().invoke(args=["workers", "export", str(tmp_path / "out.csv")])

    assert (done.exit_code, done.output.strip()) == (0, "1 worker written.")
    assert b"Rodel" in (tmp_path / "out.csv").read_bytes()


@settings(
    max_examples=6,
    deadline=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    name=st.text(string.ascii_letters + " '-ñéü", min_size=3, max_size=30).filter(
        lambda text: sum(map(str.isalpha, text)) > 2 and cells.text_of(text)
    ),
    words=st.lists(st.text("=+-@'\"; ,\tabcé0123", max_size=20), min_size=5, max_size=5),
    born=st.dates(date(1950, 1, 1), date(2005, 1, 1)),
)
def test_whoever_is_on_file_is_unchanged_by_their_own_export(agency, staff, name, words, born):
    with db.transaction() as session:
        values = {
            "full_name": name,
            "nationality": "PH",
            "host_country": "LY",
            "birth_date": born,
            "notes": words[0],
            "address_home": words[1],
            "external_ref": words[2],
            "own_script_name": words[3],
        }
        workers.register(session, staff, values | {"email": "Someone@Host.EXAMPLE"}, today=TODAY)
    before = _everything()

    for file_format in FORMATS:
        outcome = _hand_in(agency, _export(agency, file_format), file_format)
        assert (outcome.created, outcome.updated, outcome.rejected_rows) == (0, 0, 0)
    assert _everything() == before


def _export(agency, file_format, wanted=None):
    with db.reading() as session:
        return exporting.Export(agency.id).write(
            session,
            tenancy.System(agency.id),
            wanted or listing.Wanted(),
            file_format=file_format,
            now=clock.now(),
            zone="Asia/Manila",
        )


def _edited(agency, file_format, changes):
    data = _export(agency, file_format)
    if file_format == "xlsx":
        book = load_workbook(io.BytesIO(data))
        names = [cell.value for cell in book.active[1]]
        for (who, column), text in changes.items():
            row = next(row for row in book.active.iter_rows(min_row=2) if who in row[1].value)
            row[names.index(column)].value = text
        file = io.BytesIO()
        book.save(file)
        return file.getvalue()
    rows = list(csv.reader(io.StringIO(data.decode("utf-8-sig"))))
    for (who, column), text in changes.items():
        next(row for row in rows[1:] if who in row[1])[rows[0].index(column)] = text
    return _written(rows)


def _written(rows):
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    return text.getvalue().encode()


def _hand_in(agency, data, file_format, **options):
    actor = tenancy.System(agency.id)
    with db.transaction() as session:
        understood = imports.open_roster(
            data, f"workers.{file_format}", country="PH", today=TODAY, options=imports.Options(**options)
        )
        return applying.apply(session, actor, understood, imports._new(actor, data, state="applied"), today=TODAY)


def _change(model, **columns):
    with db.transaction() as session:
        for name, value in columns.items():
            setattr(session.scalar(select(model)), name, value)


def _everything():
    from workforce.rosters import portraits

    with db.reading() as session:
        agency_id = tenancy.current()
        names = portraits.names_of_places(session, agency_id)
        return {
            worker.id: portraits.portrait(session, worker, names)
            for worker in session.scalars(select(Worker).where(Worker.agency_id == agency_id))
        }


def _differing(before, after):
    return {field for one, said in after.items() for field in said if before[one][field] != said[field]}
