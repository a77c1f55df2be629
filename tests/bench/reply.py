"""How long a reply takes from the phone to the board, on a running server, while the page asks as a browser does."""

import re
import tempfile
import time
from pathlib import Path

from playwright.sync_api import Page, expect, sync_playwright

from messaging.demo import cast
from tests.browser import conftest as stage

GOALS = ("G0",)
GOAL_SECONDS = 2.0
ASKED = 5


def run() -> list[str]:
    """One line: the slowest of some answers given at the simulated phones. Needs Chromium."""
    path = stage.chromium_path()
    if path is None:
        return ["G0 reply on the board: needs chromium · not yet"]
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as driver:
        server = stage.start_on(Path(folder))
        try:
            context = driver.chromium.launch(executable_path=path, args=stage.QUIET).new_context(
                base_url=server.url, viewport=stage.DESK
            )
            waits = _waits(context.new_page(), context.new_page())
        finally:
            server.process.terminate()
            server.process.wait(timeout=20)
    slowest, middle = max(waits), sorted(waits)[len(waits) // 2]
    met = "met" if slowest <= GOAL_SECONDS else "short"
    return [
        f"G0 reply on the board p50 {middle:.2f} s, slowest of {len(waits)} {slowest:.2f} s · goal ≤ {GOAL_SECONDS:.0f} s · {met}"
    ]


def _waits(board: Page, phone: Page) -> list[float]:
    """Seconds from the press on the phone until the board says so, once the answers that come by script are in."""
    stage.log_in(board, stage.LIZA)
    board.goto("/incidents/new")
    board.get_by_role("button", name="Open the incident").click()
    board.get_by_role("button", name="Text people in an area").click()
    board.get_by_label("Type how many people are texted").fill("97")
    board.get_by_role("button", name="Text 97 people").click()
    expect(board.get_by_role("button", name="Text the 7 silent again")).to_be_visible(timeout=150_000)
    board.get_by_role("link", name=re.compile("^Everyone")).click()
    safe = [one for one in cast.members() if one.plan == "SAFE"]
    return [_wait(board, phone, one) for one in safe[:ASKED]]


def _wait(board: Page, phone: Page, member: cast.Member) -> float:
    phone.goto("/phones/")
    phone.get_by_role("link", name=re.compile(member.full_name)).click()
    expect(phone.get_by_role("heading", name=member.full_name)).to_be_visible()
    row = board.locator("tr", has_text=member.full_name).filter(has_text="STAYING")
    phone.get_by_label("Write a text").fill("STAY")
    pressed = time.monotonic()
    phone.get_by_role("button", name="Send", exact=True).click(no_wait_after=True)
    expect(row).to_be_visible(timeout=20_000)
    return time.monotonic() - pressed
