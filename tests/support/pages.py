"""Pages in a real browser that can reach nothing but this machine."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, Route, sync_playwright

_NAMES = ("chromium", "chromium-browser", "google-chrome")
DEBIAN_PACKAGE = "chromium"
_LOOPBACK = {"127.0.0.1", "localhost"}


@contextmanager
def started_browser() -> Iterator[Browser]:
    """The system's Chromium, without a window.

    Skips the test where there is none; fails where REELHOUSE_REQUIRE_BROWSER=1 asks for it.
    """
    found = next(filter(None, map(shutil.which, _NAMES)), None)
    if found is None:
        reason = f"no Chromium here: apt install {DEBIAN_PACKAGE}"
        if os.environ.get("REELHOUSE_REQUIRE_BROWSER") == "1":
            pytest.fail(reason)
        pytest.skip(reason)
    # The sandbox needs privileges that a container's root does not have.
    options = ["--no-sandbox"] if os.geteuid() == 0 else []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=options)
        try:
            yield browser
        finally:
            browser.close()


class Pages:
    """One tab: opens pages, keeps what they asked for elsewhere and what broke in them.

    Parameters
    ----------
    browser : Browser
    address : str
        What the paths of the pages follow.
    shots : Path or None
        Where pictures are kept.
    look
        Size, colours and the like of a tab, as the browser names them.

    Attributes
    ----------
    page : the tab
    elsewhere : hosts beyond this machine that a page asked for; all were refused
    errors : uncaught errors of the pages' scripts
    """

    def __init__(self, browser: Browser, address: str, shots: Path | None, **look: Any) -> None:
        self._address = address.rstrip("/")
        self._shots = shots
        self.elsewhere: list[str] = []
        self.errors: list[str] = []
        self.page: Page = browser.new_page(**{"viewport": {"width": 1400, "height": 1000}, **look})
        self.page.set_default_timeout(60_000)
        self.page.route("**/*", self._guard)
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))

    def open(self, path: str, *texts: str) -> Page:
        """Open a path, and wait until all the texts are to be seen."""
        self.page.goto(self._address + path)
        for text in texts:
            self.page.get_by_text(text, exact=False).first.wait_for()
        return self.page

    def shoot(self, name: str) -> None:
        """Keep a picture of the page, where the command line names a folder for them."""
        if self._shots is not None:
            self._shots.mkdir(parents=True, exist_ok=True)
            # Lines that are drawn bit by bit.
            self.page.wait_for_timeout(1_500)
            self.page.screenshot(path=self._shots / f"{name}.png")

    def _guard(self, route: Route) -> None:
        parts = urlsplit(route.request.url)
        if parts.scheme in ("http", "https", "ws", "wss") and parts.hostname not in _LOOPBACK:
            self.elsewhere.append(str(parts.hostname))
            route.abort()
        else:
            route.continue_()
