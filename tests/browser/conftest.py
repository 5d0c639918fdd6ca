"""Headless Chromium on the live server. Whatever a page complains of, or asks of another host, fails its test."""

import os
import re
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import pytest
from django.conf import settings
from django.test import Client
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Request, sync_playwright

from registry.actions.people import system_user
from registry.actions.studies import install_definitions
from registry.demonstration import clunk
from registry.demonstration.load import load_study
from registry.models import Study, User
from tests.quiet import wait_for_quiet

ARGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip
# What the browser notes of a page that was itself answered with a refusal, which tests ask for on purpose.
REFUSED = re.compile(r"Failed to load resource: the server responded with a status of (400|403|404|409) ")

LEFT = re.compile(r": htmx:(sendAbort|afterRequest), ")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "browser" in getattr(item, "fixturenames", ()):
            item.add_marker("browser")


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """Chromium, as CHROMIUM_PATH names it; without one the tests are skipped, or fail where one is promised."""
    path = os.environ.get("CHROMIUM_PATH")
    if not path and os.environ.get("REQUIRE_BROWSER") == "1":
        pytest.fail("REQUIRE_BROWSER=1 promises a Chromium, and CHROMIUM_PATH names none.")
    if not path:
        pytest.skip("No Chromium here: install one, or name it in CHROMIUM_PATH.")
    # Playwright keeps an event loop in this thread; Django would take our own calls for calls out of it.
    with pytest.MonkeyPatch.context() as patch, sync_playwright() as playwright:
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
        chromium = playwright.chromium.launch(executable_path=path, args=ARGS)
        yield chromium
        chromium.close()


@dataclass
class Visitor:
    """A browser's session with the live server, and what went wrong in it."""

    context: BrowserContext
    address: str
    complaints: list[str] = field(default_factory=list)
    under_way: set[Request] = field(default_factory=set)
    aborted: bool = False

    def open(self, path: str = "/") -> Page:
        """A new tab at an address of ours."""
        page = self.context.new_page()
        page.goto(path)
        return page

    def leave(self) -> None:
        """Close the browser once what its pages asked for has been answered, or has had its time."""
        ends = time.monotonic() + 2
        while self.under_way and self.context.pages and time.monotonic() < ends:
            self.context.pages[0].wait_for_timeout(50)
        self.context.close()

    def watch(self, page: Page) -> None:
        page.on("console", lambda message: self.hear(message, page))
        page.on("pageerror", lambda error: self.complaints.append(f"{page.url}: {error}"))

    def hear(self, message: ConsoleMessage, page: Page) -> None:
        its_own = message.location.get("url") == page.url and REFUSED.match(message.text)
        if message.type in ("error", "warning") and not its_own:
            self.complaints.append(f"{page.url}: {message.text}")

    def answered(self, request: Request) -> None:
        self.under_way.discard(request)

    def failed(self, request: Request) -> None:
        self.under_way.discard(request)
        self.aborted |= request.failure == "net::ERR_ABORTED"

    def wrong(self) -> list[str]:
        """The complaints, but for what htmx says of a request that was under way when its page was left."""
        return [said for said in self.complaints if not (self.aborted and LEFT.search(said))]

    def check(self, request: Request) -> None:
        self.under_way.add(request)
        if not request.url.startswith((f"{self.address}/", "data:", "blob:")):
            self.complaints.append(f"asked another host: {request.url}")


@pytest.fixture
def visit(browser, live_server) -> Iterator[Callable[..., Visitor]]:
    """visit(user) is a new session of the user, or of somebody not logged in; it must end without complaints."""
    visitors = []

    def start(user: User | None = None, *, width: int = 1280) -> Visitor:
        context = browser.new_context(
            base_url=live_server.url, viewport={"width": width, "height": 900}, reduced_motion="reduce"
        )
        context.set_default_timeout(10_000)
        visitor = Visitor(context, live_server.url)
        context.on("page", visitor.watch)
        context.on("request", visitor.check)
        context.on("requestfinished", visitor.answered)
        context.on("requestfailed", visitor.failed)
        if user is not None:
            context.add_cookies([session_cookie(user, live_server.url)])
        visitors.append(visitor)
        return visitor

    yield start
    for visitor in visitors:
        visitor.leave()
    wait_for_quiet(moments=8)  # a page that closes sends its draft once more
    assert [complaint for visitor in visitors for complaint in visitor.wrong()] == []


def session_cookie(user: User, address: str) -> dict[str, str]:
    """The cookie of a logged-in session; one test logs in with the form, for all."""
    client = Client()
    client.force_login(user)
    return {"name": settings.SESSION_COOKIE_NAME, "value": client.cookies[settings.SESSION_COOKIE_NAME].value,
            "url": address}  # fmt: skip


@pytest.fixture
def nails(transactional_db, north) -> Study:
    """The demonstration cohort of photodynamic nails, at north."""
    install_definitions(by=system_user())
    load_study(clunk.study(), by=system_user())
    return Study.objects.get(slug="clunk-demo")
