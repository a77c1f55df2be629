"""The pages of a crisis: sound to look at with something on them, and usable where no script runs."""

import json
import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import LIZA, Server, log_in
from tests.browser.soundness import must_be_sound

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def crisis(serve: Callable[[], Server]) -> tuple[Server, str]:
    """A server with an incident open, and the path of its board."""
    server = serve()
    opened = json.loads(
        server.muster("incidents", "open", "Libya evacuation", "--country", "LY", "--as", LIZA, "--json")
    )
    return server, f"/incidents/{opened['id']}"


@pytest.fixture
def page(crisis, opened) -> Page:
    server, _board = crisis
    return _logged_in(server, opened(base_url=server.url))


@pytest.fixture
def bare(crisis, opened) -> Page:
    """A browser in which no script runs."""
    server, _board = crisis
    return _logged_in(server, opened(base_url=server.url, java_script_enabled=False))


def test_the_board_is_sound(page, crisis):
    must_be_sound(page, "board", crisis[1])


def test_the_page_about_an_incident_is_sound(page, crisis):
    must_be_sound(page, "incident-about", f"{crisis[1]}/about")


def test_the_page_for_writing_to_many_is_sound(page, crisis):
    page.goto(crisis[1])
    page.get_by_role("button", name="Text people in an area").click()
    expect(page.get_by_role("button", name=re.compile("^Ask to text"))).to_be_visible()

    must_be_sound(page, "compose", page.url)


def test_the_page_for_marking_somebody_is_sound(bare, page, crisis):
    bare.goto(crisis[1])
    must_be_sound(page, "mark", bare.get_by_label(re.compile("^Mark ")).first.get_attribute("href"))


def test_somebody_is_marked_a_case_taken_and_closed_without_javascript(bare, crisis):
    bare.goto(crisis[1])
    name = (
        bare.get_by_label(re.compile("^Mark "))
        .first.get_attribute("aria-label")
        .removeprefix("Mark ")
        .removesuffix(" by hand")
    )
    bare.get_by_label(f"Mark {name} by hand").click()
    bare.get_by_role("radio", name="HELP").check(force=True)
    bare.get_by_label("Who said so").fill("Corazon Evangelista, her neighbour, by phone")
    bare.get_by_role("button", name=re.compile("^Mark ")).click()
    bare.get_by_role("button", name="Take case").first.click()
    bare.goto("/incidents/cases")
    bare.get_by_role("link", name=re.compile(name)).click()
    bare.get_by_role("radio", name="SAFE").check(force=True)
    bare.get_by_label("How it ended").fill("Her site leader has her on the bus")
    bare.get_by_role("button", name=re.compile("^Close case")).click()

    expect(bare.get_by_text(re.compile(r"Case \d+ is closed"))).to_be_visible()
    bare.goto(f"{crisis[1]}?show=everyone")
    expect(bare.locator("tr, li").filter(has_text=name).filter(has_text="SAFE").first).to_be_visible()


def test_a_case_is_sound(page, crisis):
    page.goto("/phones/")
    page.get_by_role("main").get_by_role("link").filter(has_text=re.compile(r"\w+ \w+")).first.click()
    page.get_by_label("Write a text").fill("SOS")
    page.get_by_role("button", name="Send", exact=True).click()
    expect(page.locator(".strips")).to_contain_text("HELP 1", timeout=20_000)
    page.goto("/incidents/cases")
    case = page.get_by_role("link", name=re.compile("^Case "))
    expect(case.first).to_be_visible()

    must_be_sound(page, "case", case.first.get_attribute("href"))


def _logged_in(server: Server, context) -> Page:
    page = context.new_page()
    log_in(page, LIZA)
    return page
