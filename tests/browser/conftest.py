"""A real browser (Debian's chromium) on pages served on this machine."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, ConsoleMessage, Page, Request, sync_playwright

WIDE, PHONE = (1280, 900), (390, 844)

# Playwright's loop goes on in this thread; Django would take us for an asynchronous caller.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    binary = shutil.which("chromium") or shutil.which("chromium-browser")
    if binary is None:
        pytest.skip("chromium is not installed")
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=binary, args=["--no-sandbox"])
        yield browser
        browser.close()


@dataclass
class Tab:
    """A page and what it said and asked for meanwhile."""

    page: Page
    console: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)

    def hear(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self.console.append(message.text)

    def note(self, request: Request) -> None:
        self.requests.append(request.url)

    def violations(self) -> list[str]:
        """Serious and critical findings of axe on the page as it stands."""
        found = Axe().run(self.page).response["violations"]
        return [
            f"{one['id']}: {one['help']} ({one['nodes'][0]['html'][:120]})"
            for one in found
            if one["impact"] in ("serious", "critical")
        ]

    def too_wide(self) -> bool:
        """Whether the page scrolls sideways."""
        script = "document.documentElement.scrollWidth > document.documentElement.clientWidth"
        return bool(self.page.evaluate(script))


@pytest.fixture
def tab(chromium: Browser, request: pytest.FixtureRequest) -> Iterator[Tab]:
    """A fresh browser window; parametrize it indirectly with a size."""
    width, height = getattr(request, "param", WIDE)
    context = chromium.new_context(viewport={"width": width, "height": height})
    page = context.new_page()
    known = Tab(page)
    page.on("console", known.hear)
    page.on("request", known.note)
    page.on("pageerror", lambda error: known.console.append(str(error)))
    yield known
    context.close()
