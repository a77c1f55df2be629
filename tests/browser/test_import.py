"""An agency's own list, from the spreadsheet to the workers' page."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import JOY, complaints, picture

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
