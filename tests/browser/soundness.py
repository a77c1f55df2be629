"""What makes a page sound: nothing in the console, nothing sideways, nothing serious for a screen reader."""

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from tests.browser.conftest import DESK, PHONE, complaints, picture

SERIOUS = {"serious", "critical"}
# Pages that ask the server again and again never come to rest; of these we wait for the map.
WITH_MAP = {"map", "incidents-new"}


def must_be_sound(page: Page, name: str, where: str) -> None:
    """Open it once and turn it round: no complaint in the console, nothing that scrolls sideways, nothing serious for axe."""
    heard = complaints(page)
    page.set_viewport_size(DESK)
    page.emulate_media(color_scheme="light")
    answer = page.goto(where)
    assert answer.status == 200, f"{where} answers {answer.status}"
    page.wait_for_load_state("networkidle") if name in WITH_MAP else page.wait_for_load_state("load")
    picture(page, f"{name}-light")
    faults = _faults(page, "desk, light")
    page.emulate_media(color_scheme="dark")
    picture(page, f"{name}-dark")
    page.set_viewport_size(PHONE)
    picture(page, f"{name}-phone-dark")
    faults += _faults(page, "phone, dark")
    page.emulate_media(color_scheme="light")
    picture(page, f"{name}-phone")
    wide = page.evaluate("document.documentElement.scrollWidth")

    assert wide <= PHONE["width"], f"{where} is {wide} px wide on a phone"
    assert heard == []
    assert faults == []


def _faults(page: Page, how: str) -> list[str]:
    found = Axe().run(page, options={"resultTypes": ["violations"]}).response["violations"]
    return [
        f"{how}: {one['id']}: {node['target']} {node['failureSummary'][:200]}"
        for one in found
        if one["impact"] in SERIOUS
        for node in one["nodes"][:3]
    ]
