"""A real server with the demo in it, and a real browser before it."""

import os
import re
import shutil
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from messaging.demo import cast
from tests.conftest import missing
from tests.ports import free_port

PICTURES = Path(__file__).parent / "pictures"
CHROMIUM = ("chromium", "chromium-browser", "google-chrome")
QUIET = [
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
DESK, PHONE = {"width": 1440, "height": 900}, {"width": 390, "height": 844}
STARTS_WITHIN_SECONDS = 60
LIZA, RAMON, JOY = "liza@tala.example", "ramon@tala.example", "joy@tala.example"
ADMIN, AUDITOR = "admin@tala.example", "audit@tala.example"


@dataclass
class Server:
    """`muster serve --demo` in a process of its own, on an instance of its own."""

    url: str
    environ: dict[str, str]
    process: subprocess.Popen
    states: dict[str, dict] = field(default_factory=dict)

    def muster(self, *words: str) -> str:
        """What the command prints. It runs beside the server, on the same instance."""
        done = subprocess.run(
            [sys.executable, "-m", "wsgi", *words], env=self.environ, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
        return done.stdout


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """The system's Chromium, without a window."""
    path = chromium_path()
    if path is None:
        missing("chromium")
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=path, args=QUIET)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def serve(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[], Server]]:
    """Start servers, each with the demo freshly loaded; all of them are ended after the last test."""
    started: list[Server] = []

    def start() -> Server:
        server = start_on(tmp_path_factory.mktemp("instance"))
        started.append(server)
        return server

    yield start
    for server in started:
        server.process.terminate()
        server.process.wait(timeout=20)


@pytest.fixture(scope="session")
def server(serve: Callable[[], Server]) -> Server:
    """The server that tests share when they do not change what others look at."""
    return serve()


@pytest.fixture
def opened(chromium: Browser) -> Iterator[Callable[..., BrowserContext]]:
    """Make browser contexts that are closed after the test."""
    made: list[BrowserContext] = []

    def make(**options) -> BrowserContext:
        context = chromium.new_context(**({"viewport": DESK, "locale": "en-GB", "reduced_motion": "reduce"} | options))
        context.set_default_timeout(10_000)
        made.append(context)
        return context

    yield make
    for context in made:
        context.close()


@pytest.fixture
def page_of(opened, server: Server) -> Callable[..., Page]:
    """A page of the shared server, logged in as `email` ("" for a stranger): `page_of(LIZA)`."""

    def make(email: str = LIZA, **options) -> Page:
        if email and email not in server.states:
            server.states[email] = _log_in(opened(), server, email)
        return opened(base_url=server.url, storage_state=server.states.get(email), **options).new_page()

    return make


def chromium_path() -> str | None:
    """Where the system's Chromium is."""
    return next((found for name in CHROMIUM if (found := shutil.which(name))), None)


def log_in(page: Page, email: str) -> None:
    """Fill in the log-in form and send it."""
    page.goto("/log-in")
    page.get_by_label("E-mail").fill(email)
    page.get_by_label("Password", exact=True).fill(cast.PASSWORD)
    page.get_by_role("button", name="Log in").click()
    page.wait_for_url(re.compile(r"^(?!.*/log-in)"))


def picture(page: Page, name: str) -> None:
    """With MUSTER_TEST_PICTURES set, keep what the page looks like. The folder is not kept in the repository."""
    if os.environ.get("MUSTER_TEST_PICTURES"):
        PICTURES.mkdir(exist_ok=True)
        page.screenshot(path=PICTURES / f"{name}.png")


def complaints(page: Page) -> list[str]:
    """What the console will say is wrong, from now on."""
    heard: list[str] = []
    page.on("console", lambda message: heard.append(message.text) if message.type in {"error", "warning"} else None)
    page.on("pageerror", lambda problem: heard.append(str(problem)))
    return heard


def _log_in(context: BrowserContext, server: Server, email: str) -> dict:
    page = context.new_page()
    page.goto(f"{server.url}/log-in")
    page.get_by_label("E-mail").fill(email)
    page.get_by_label("Password", exact=True).fill(cast.PASSWORD)
    page.get_by_role("button", name="Log in").click()
    page.wait_for_url(re.compile(r"^(?!.*/log-in)"))
    return context.storage_state()


def start_on(instance: Path) -> Server:
    """A server with the demo on this instance, once it answers. Whoever starts it ends its process."""
    port = free_port()
    ours = {
        name: value
        for name, value in os.environ.items()
        if name not in {"DATABASE_URL", "PUBLIC_URL"} and not name.startswith(("TWILIO_", "MUSTER_", "SMTP_"))
    }
    environ = ours | {"MUSTER_INSTANCE": str(instance), "PORT": str(port), "MUSTER_ENV": "development"}
    with (instance / "server.log").open("w") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "wsgi", "serve", "--demo"],
            env=environ,
            stdout=log,
            stderr=log,
            cwd=Path(__file__).parents[2],
        )
    _wait(f"http://127.0.0.1:{port}/readyz", process, instance / "server.log")
    return Server(f"http://127.0.0.1:{port}", environ, process)


def _wait(url: str, process: subprocess.Popen, log: Path) -> None:
    ends = time.monotonic() + STARTS_WITHIN_SECONDS
    while time.monotonic() < ends:
        assert process.poll() is None, f"the server stopped:\n{log.read_text()}"
        try:
            with urllib.request.urlopen(url, timeout=2):
                return
        except OSError:
            threading.Event().wait(0.05)
    raise AssertionError(f"the server did not answer within {STARTS_WITHIN_SECONDS} s:\n{log.read_text()}")
