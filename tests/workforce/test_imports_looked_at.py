"""The pages that show a roster before it goes in: what was understood, faults beside their cells, corrections, what changes."""

import io
import re

import pytest
from openpyxl import Workbook
from sqlalchemy import select

from tests.workforce.roster_files import NOEL, RODEL, import_rows, roster
from workforce.core import audit, db, vault
from workforce.models import Phone, Worker
from workforce.rosters import looking, looks, views

CANARY = "Zyxwvut"


def test_another_sheet_can_be_chosen(staff, client_of):
    client = client_of(staff)
    url = _hand_in(
        client,
        _workbook(
            {
                "Here": [("Name", "Nationality", "Host country"), ("Rodel Magsino", "PH", "LY")],
                "Gone home": [("Name", "Nationality", "Host country"), ("Noel Baclaan", "PH", "LY")],
            }
        ),
        "roster.xlsx",
    )

    client.post(url, data={"sheet": "Gone home", "sheet_was": "Here"})
    client.post(f"{url}/apply")

    assert _names() == ["Noel Baclaan"]


def test_another_row_can_hold_the_headings(staff, client_of):
    client = client_of(staff)
    url = _hand_in(client, b"Name,Country,Nationality\nFull name,Host country,Nationality\nRodel Magsino,LY,PH\n")

    client.post(url, data={"header_row": "1", "header_row_was": "2"})
    page = client.get(f"{url}/columns").text

    assert re.search(r'<option value="1" selected>1: Name', page)


def test_each_column_is_shown_with_a_sample(staff, client_of):
    url = _hand_in(client_of(staff), roster(RODEL, NOEL))

    page = _plain(client_of(staff).get(f"{url}/columns").text)

    assert "Jobsite Tank Farm B Brega Lot 7" in page


def test_whose_local_numbers_a_column_holds_can_be_chosen(staff, client_of):
    client = client_of(staff)
    url = _hand_in(client, roster(RODEL | {"Mobile (host)": "091 822 04417"}))

    client.post(url, data={"phones-8": "PH"})
    client.post(f"{url}/apply")

    with db.reading() as session:
        assert vault.reveal(session, session.scalars(select(Phone)).first(), "number") == "+639182204417"


@pytest.mark.parametrize(
    ("query", "shown", "hidden"),
    [
        ("show=refused", "Noel", "Rodel"),
        ("show=created", "Rodel", "Noel Baclaan"),
        ("column=D", "Noel", "Rodel"),
        ("reason=There+is+no+month+….", "Ariel", "Noel"),
    ],
)
def test_rows_are_filtered_by_verdict_column_and_reason(staff, client_of, query, shown, hidden):
    ariel = {
        "Name": "Ariel Sumulong",
        "Nationality": "PH",
        "Host country": "LY",
        "Date of birth": "1988-31-04",
        "Passport No.": "P5520198C",
    }
    url = _hand_in(client_of(staff), roster(RODEL, NOEL | {"Nationality": "Koera"}, ariel))

    sheet = client_of(staff).get(f"{url}?{query}").text.partition('aria-label="The sheet"')[2]

    assert shown in sheet
    assert hidden not in sheet


def test_long_lists_come_a_page_at_a_time(staff, client_of):
    people = [
        {
            "Name": f"Person {_letters(number)}",
            "Nationality": "PH",
            "Host country": "LY",
            "Passport No.": f"P{number:07}A",
        }
        for number in range(120)
    ]
    url = _hand_in(client_of(staff), roster(*people))

    first = client_of(staff).get(url).text
    following = re.search(r'rel="next" href="([^"]+)"', first)[1]
    second = client_of(staff).get(following.replace("&amp;", "&")).text

    assert "1 to 50 of 120 rows" in first
    assert "51 to 100 of 120 rows" in second
    assert "Person " + _letters(0) not in second


def test_a_cell_typed_anew_is_checked_at_once_and_goes_in(staff, client_of):
    client = client_of(staff)
    url = _hand_in(client, roster(RODEL, NOEL | {"Nationality": "Koera"}))

    page = client.post(f"{url}/correct", data={"cell-3-3": "Philippines", "show": "all"}, follow_redirects=True).text
    client.post(f"{url}/apply")

    assert "Import 2 workers" in page
    assert "was “Koera”" in page
    assert _names() == ["Noel Baclaan", "Rodel Magsino"]


def test_a_cell_that_is_left_as_it_was_is_no_correction(staff, client_of):
    client = client_of(staff)
    url = _hand_in(client, roster(NOEL | {"Nationality": "Koera"}))

    client.post(f"{url}/correct", data={"cell-2-3": "Koera"})

    assert _lines("roster.correct") == 0


def test_a_correction_can_be_put_back(staff, client_of):
    client = client_of(staff)
    url = _hand_in(client, roster(RODEL, NOEL | {"Nationality": "Koera"}))
    client.post(f"{url}/correct", data={"cell-3-3": "Philippines"})

    page = client.post(f"{url}/correct", data={"back": "cell-3-3"}, follow_redirects=True).text

    assert "Import 1 worker" in page
    assert "was “Koera”" not in page


def test_a_correction_that_is_wrong_too_comes_back_in_the_rejects(staff, client_of):
    client = client_of(staff)
    url = _hand_in(client, roster(RODEL, NOEL | {"Nationality": "Koera"}))

    client.post(f"{url}/correct", data={"cell-3-3": "Atlantis"})
    client.post(f"{url}/apply")

    assert "Atlantis" in client.get(f"{url}/rejects").text


def test_headings_that_say_nothing_lead_to_the_columns_with_guesses(staff, client_of):
    client = client_of(staff)
    lines = [
        ["aa", "bb", "cc", "dd"],
        ["Rodel Magsino", "P4417720A", "Libya", "11/02/1985"],
        ["Noel Baclaan", "P1029384A", "Kuwait", "23/12/1979"],
    ]
    with_headings = _hand_in(client, "\n".join(map(",".join, lines)).encode())
    without = _hand_in(client, "\n".join(map(",".join, lines[1:])).encode())

    page = client.get(with_headings).text

    assert (with_headings.endswith("/columns"), "The headings of this list say nothing to Muster." in page) == (
        True,
        True,
    )
    assert [
        field for field in ("full_name", "host_country", "birth_date") if f'<option value="{field}" selected>' in page
    ] == ["full_name", "host_country", "birth_date"]
    client.post(without.replace("/columns", "/apply"))
    assert _names() == ["Noel Baclaan", "Rodel Magsino"]


def test_bare_digits_as_on_nepals_older_passports_are_proposed_as_such(staff, client_of):
    lines = [["aa", "bb", "cc"], ["Ram Tamang", "10234567", "Qatar"], ["Hari Rai", "08123456", "Malaysia"], ["Sita Rai", "12345678", "Qatar"]]

    page = client_of(staff).get(_hand_in(client_of(staff), "\n".join(map(",".join, lines)).encode())).text

    assert '<option value="passport_number" selected>' in page


def test_a_choice_with_which_the_file_cannot_be_read_is_not_taken(staff, client_of):
    client = client_of(staff)
    url = _hand_in(client, roster(RODEL))

    said = client.post(url, data={f"column-{index}": "" for index in range(11)}, follow_redirects=True).text

    assert "One column must hold the name." in said
    assert "Import 1 worker" in said


def test_any_cell_of_a_row_can_be_corrected_also_of_one_that_was_accepted(staff, client_of):
    client = client_of(staff)
    url = _hand_in(client, roster(RODEL, NOEL))

    assert 'value="Noel Baclaan"' in client.get(f"{url}/rows/3").text
    page = client.post(
        f"{url}/correct",
        data={"cell-3-0": "Noel Baclayan", "cell-3-1": "P1029384A", "page": "3"},
        follow_redirects=True,
    ).text
    client.post(f"{url}/apply")

    assert "Row 3: Noel Baclayan" in page
    assert "the file says “Noel Baclaan”" in page
    assert _names() == ["Noel Baclayan", "Rodel Magsino"]


def test_corrections_in_a_long_file_wait_to_be_checked_together(staff, client_of, monkeypatch):
    client = client_of(staff)
    url = _hand_in(client, roster(RODEL, NOEL | {"Nationality": "Koera"}))
    client.get(url)
    monkeypatch.setattr(looking, "LONG_ROWS", 1)
    begun = []
    monkeypatch.setattr(looking, "start", lambda *facts: begun.append(facts))

    page = _plain(client.post(f"{url}/correct", data={"cell-3-3": "Philippines"}, follow_redirects=True).text)
    at_first = len(begun)
    client.get(f"{url}?check=1")

    assert (
        "1 corrected cell is not checked yet. They count when you import, checked or not. Checking reads all 2 rows"
        in page
    )
    assert "Philippines not checked yet" in page
    assert (at_first, len(begun)) == (0, 1)


def test_neither_corrections_nor_what_was_seen_lie_on_disk_in_clear(staff, client_of, tmp_path):
    client = client_of(staff)
    url = _hand_in(client, roster(NOEL | {"Nationality": "Koera"}))

    client.post(f"{url}/correct", data={"cell-2-3": CANARY})
    client.get(url)

    assert not [path for path in tmp_path.rglob("*") if path.is_file() and CANARY.encode() in path.read_bytes()]
    assert _lines("roster.correct") == 1


def test_what_was_seen_goes_with_the_import(staff, client_of, settings):
    client = client_of(staff)
    url = _hand_in(client, roster(RODEL))
    client.get(url)
    assert len(_files(settings)) == 2

    client.post(f"{url}/apply")

    assert _files(settings) == []


def test_a_second_look_does_not_read_the_file_again(staff, client_of, monkeypatch):
    client = client_of(staff)
    url = _hand_in(client, roster(RODEL))
    client.get(url)
    monkeypatch.setattr(views, "_look", lambda *_facts: pytest.fail("the file was read again"))

    assert client.get(f"{url}?show=created").status_code == 200


def test_what_changes_is_shown_old_beside_new(agency, staff, client_of):
    import_rows(agency, RODEL, NOEL)
    url = _hand_in(client_of(staff), roster(RODEL | {"Jobsite": "Brega Lot 7", "Passport expiry": "2031-01-02"}, NOEL))

    page = _plain(client_of(staff).get(f"{url}?show=updated").text)

    assert "Site Tank Farm B Brega Lot 7" in page
    assert "Passport runs out 5 Aug 2027 2 Jan 2031" in page
    assert "Noel" not in page.partition("After the import")[2]


def test_a_renewed_passport_is_shown_with_both_numbers(agency, staff, client_of):
    import_rows(agency, RODEL)
    url = _hand_in(client_of(staff), roster(RODEL | {"Passport No.": "P9999999B"}))

    page = _plain(client_of(staff).get(f"{url}?show=updated").text)

    assert "Passport number P4417720A P9999999B" in page


def test_a_long_file_is_looked_at_by_itself(staff, client_of, monkeypatch):
    works = []
    monkeypatch.setattr(looking, "LONG_ROWS", 1)
    monkeypatch.setattr(
        looking,
        "start",
        lambda import_id, digest, total, work: (
            looking._under_way.setdefault((import_id, digest), looking.Looking(total, 1)),
            works.append(work),
        ),
    )
    client = client_of(staff)
    url = _hand_in(client, roster(RODEL, NOEL))

    meanwhile = client.get(url).text
    works[0](lambda done: None)
    looking._under_way.clear()
    asked_by_the_bar = client.get(url, headers={"HX-Request": "true", "HX-Target": "progress"})

    assert "1 of about 3 rows" in _plain(meanwhile)
    assert asked_by_the_bar.headers["HX-Redirect"] == url
    assert "Import 2 workers" in client.get(url).text


def test_a_look_that_fails_says_so_and_can_be_tried_again(staff, client_of, monkeypatch):
    client = client_of(staff)
    url = _hand_in(client, roster(RODEL))
    monkeypatch.setattr(looking, "LONG_ROWS", 0)
    monkeypatch.setattr(
        looking,
        "start",
        lambda import_id, digest, total, _work: looking._under_way.setdefault(
            (import_id, digest), looking.Looking(total, failed=True)
        ),
    )

    assert "The file could not be read to its end." in client.get(url).text


def test_a_page_backwards_is_the_page_before(app):
    look = looks.Look()
    look.add_rows(looks.SeenRow(number, "created", "", "", [str(number)]) for number in range(1, 8))
    seen = looks.Look(look.finish({}))

    second = seen.page(looks.Filter(), after=3, limit=3)
    back = seen.page(looks.Filter(), before=second.before, limit=3)

    assert [row.number for row in second.rows] == [4, 5, 6]
    assert ([row.number for row in back.rows], back.first, back.before, back.after) == ([1, 2, 3], 1, None, 3)


def _hand_in(client, data, name="roster.csv"):
    answer = client.post("/imports/", data={"file": (io.BytesIO(data), name)})
    assert answer.status_code == 302, answer.text
    return answer.location


def _workbook(sheets):
    book, file = Workbook(), io.BytesIO()
    book.remove(book.active)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    book.save(file)
    return file.getvalue()


def _letters(number):
    return "".join(chr(97 + int(digit)) for digit in f"{number:03}") + "x"


def _names():
    with db.reading() as session:
        return sorted(session.scalars(select(Worker.full_name)))


def _lines(act):
    with db.reading() as session:
        return len(session.scalars(select(audit.AuditEntry).where(audit.AuditEntry.action == act)).all())


def _files(settings):
    return [path for path in settings.files.rglob("*") if path.is_file()]


def _plain(page):
    return " ".join(re.sub(r"<[^>]+>", " ", page).split())
