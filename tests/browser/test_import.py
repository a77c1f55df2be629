"""An agency's own list, from the spreadsheet to the workers' page."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import JOY, PHONE, complaints, picture
from tests.browser.soundness import must_be_sound

pytestmark = pytest.mark.browser
ROSTER = """Name,Nationality,Host country,Passport number,Passport expiry,Mobile,Employer
"Sinag, Amihan",Philippines,Qatar,Q9000001A,2031-05-17,+974 3312 3401,Pearl Dusk Catering
"Tamang, Sherap",Nepal,Qatar,Q9000002A,2030-11-02,+974 3312 3402,Pearl Dusk Catering
"Bituin, Ligaya",Philippines,Qatar,Q9000003A,2029-02-30,+974 3312 3403,Pearl Dusk Catering
,Philippines,Qatar,Q9000004A,2030-01-09,+974 3312 3404,Pearl Dusk Catering
"""


def test_a_roster_is_looked_at_first_then_the_good_rows_go_in_and_the_bad_ones_come_back(page_of):
    page = page_of(JOY)
    heard = complaints(page)
    page.goto("/imports/")
    page.locator("input[type=file]").set_input_files(
        {"name": "qatar.csv", "mimeType": "text/csv", "buffer": ROSTER.encode()}
    )
    page.get_by_role("button", name="Look at this file").click()
    expect(page.get_by_text("Nothing is saved yet.")).to_be_visible()
    picture(page, "import-preview")

    page.get_by_role("button", name="Import 3 workers").click()
    expect(page.get_by_role("link", name="Rejects as CSV")).to_be_visible()
    picture(page, "import-done")

    for name in ("Sinag", "Sherap", "Bituin"):
        page.goto(f"/workers/?q={name}")
        expect(page.get_by_role("main").get_by_role("link", name=re.compile(name)).first).to_be_visible()
    assert heard == []


def test_every_page_of_an_import_is_sound(page_of):
    page = page_of(JOY)
    where = _hand_in(page, ROSTER.replace("Pearl Dusk", "Amber Noon").replace("Q90000", "Q91000"))

    for name, address in {
        "check": where,
        "faults": f"{where}?show=faults",
        "changed": f"{where}?show=updated",
        "columns": f"{where}/columns",
        "mappings": "/imports/mappings/",
        "export": "/imports/export",
    }.items():
        must_be_sound(page, f"import-{name}", address)
    page.goto(where)
    page.get_by_role("button", name=re.compile("^Import ")).click()
    expect(page.get_by_role("link", name="Undo this import")).to_be_visible()
    must_be_sound(page, "import-undo", f"{where}/undo")


def test_a_cell_is_corrected_with_the_keyboard_alone(page_of):
    page = page_of(JOY)
    _hand_in(page, ROSTER.replace("Q90000", "Q92000").replace("Sinag", "Sinagtala"))

    page.get_by_label("Row 5, Name", exact=True).focus()
    page.keyboard.type("Alon, Dalisay")
    page.keyboard.press("Enter")

    expect(page.get_by_role("button", name="Import 4 workers")).to_be_visible()
    expect(page.get_by_text("was empty")).to_be_visible()


def test_columns_and_cells_are_changed_without_javascript_on_a_phone(page_of):
    page = page_of(JOY, java_script_enabled=False, viewport=PHONE)
    where = _hand_in(page, ROSTER.replace("Q90000", "Q93000").replace("Employer", "Kunde"))
    page.goto(f"{where}/columns")
    page.get_by_label("Column G, Kunde, holds").select_option("employer")
    page.get_by_role("button", name="Use these choices").click()
    expect(page.get_by_label("Column G, Kunde, holds")).to_have_value("employer")

    page.goto(where)
    page.get_by_label("Row 5, Name", exact=True).fill("Alon, Dalisay")
    page.get_by_role("button", name="Use what is typed in row 5, Name").click()

    expect(page.get_by_role("button", name="Import 4 workers")).to_be_visible()


def _hand_in(page, text):
    page.goto("/imports/")
    page.locator("input[type=file]").set_input_files(
        {"name": "qatar.csv", "mimeType": "text/csv", "buffer": text.encode()}
    )
    page.get_by_role("button", name="Look at this file").click()
    expect(page.get_by_text("Nothing is saved yet.")).to_be_visible()
    return page.url.partition("?")[0]
