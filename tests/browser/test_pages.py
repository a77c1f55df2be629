"""Every main page, as people meet it: at a desk and on a phone, in light and in dark, by eye, by keyboard, by screen reader."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import ADMIN, AUDITOR, JOY, LIZA
from tests.browser.soundness import must_be_sound

pytestmark = pytest.mark.browser
OF_MANAGERS = {
    "today": "/today", "workers": "/workers/", "workers-new": "/workers/new", "documents": "/documents/", "inbox": "/inbox/", "map": "/map/",
    "incidents": "/incidents/", "incidents-new": "/incidents/new", "cases": "/incidents/cases", "reports": "/reports", "settings": "/settings",
    "wording": "/texts/wording", "failed-texts": "/texts/failed", "phones": "/phones/", "search": "/search?q=Brega", "account": "/account",
    "import": "/imports/", "places": "/places/", "place-new": "/places/new", "notices": "/notices/",
}  # fmt: skip
OF_ADMINS = {
    "settings-agency": "/settings/agency",
    "settings-people": "/settings/people",
    "settings-gateway": "/settings/gateway",
    "ladders": "/notices/ladders",
}


@pytest.mark.parametrize("name", OF_MANAGERS)
def test_a_page_of_managers_is_sound(page_of, name):
    must_be_sound(page_of(LIZA), name, OF_MANAGERS[name])


@pytest.mark.parametrize("name", OF_ADMINS)
def test_a_page_of_admins_is_sound(page_of, name):
    must_be_sound(page_of(ADMIN), name, OF_ADMINS[name])


def test_the_audit_log_is_sound(page_of):
    must_be_sound(page_of(AUDITOR), "audit-log", "/audit-log")


def test_the_log_in_page_is_sound(page_of):
    must_be_sound(page_of(""), "log-in", "/log-in")


def test_a_workers_page_is_sound(page_of):
    page = page_of(JOY)
    page.goto("/workers/?q=Querubin")
    where = page.get_by_role("link", name=re.compile("Querubin")).first.get_attribute("href")

    must_be_sound(page, "worker", where)


def test_a_papers_page_is_sound(page_of):
    page = page_of(JOY)
    page.goto("/documents/")
    where = (
        page.locator('main a[href*="/documents/"]:not([href*="?"])')
        .filter(has_text=re.compile(r"\w"))
        .first.get_attribute("href")
    )

    must_be_sound(page, "paper", where)


def test_log_in_works_without_javascript(page_of):
    page = page_of("", java_script_enabled=False)
    page.goto("/log-in")
    page.get_by_label("E-mail").fill(JOY)
    page.get_by_label("Password", exact=True).fill("tala-demo-2027")
    page.get_by_role("button", name="Log in").click()

    expect(page.get_by_role("link", name="Workers")).to_be_visible()


def test_a_worker_can_be_registered_without_javascript(page_of):
    page = page_of(JOY, java_script_enabled=False)
    page.goto("/workers/new")
    page.get_by_label(re.compile("^Name")).first.fill("Benitez, Carmelita")
    page.get_by_label(re.compile("^Nationality")).first.select_option("PH")
    page.get_by_label(re.compile("^Host country|^Works in")).first.select_option("KW")
    page.get_by_role("main").get_by_role("button", name=re.compile("Register|Save|Add")).first.click()

    expect(page.get_by_role("heading", level=1)).to_contain_text("Benitez")


def test_a_wrong_password_is_said_beside_the_field_and_nothing_is_lost(page_of):
    page = page_of("")
    page.goto("/log-in")
    page.get_by_label("E-mail").fill(JOY)
    page.get_by_label("Password", exact=True).fill("not the password")
    page.get_by_role("button", name="Log in").click()

    expect(page.get_by_text("E-mail or password is wrong.").first).to_be_visible()
    expect(page.get_by_label("E-mail")).to_have_value(JOY)
