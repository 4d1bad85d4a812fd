from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from bench.explorer import served
from tests.support.explorer import PER_CLUSTER, write_small_page
from tests.support.pages import Pages, started_browser


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with started_browser() as started:
        yield started


@pytest.fixture(scope="session")
def small_page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Path of the page of the small run; for tests that only read it."""
    return write_small_page(tmp_path_factory.mktemp("page") / "staged")


@pytest.fixture(params=["disk", "server"])
def address(request: pytest.FixtureRequest, small_page: Path) -> Iterator[str]:
    """Where a browser finds the page: from a disk, and from a server."""
    if request.param == "disk":
        yield small_page.as_uri()
    else:
        with served(small_page.parent) as there:
            yield f"{there}/index.html"


class Explorer:
    """A tab with an explorer page; whatever its console complains of is kept."""

    def __init__(self, browser: Browser, address: str, shots: Path | None, **look: object) -> None:
        self.pages = Pages(browser, address, shots, **look)
        self.page: Page = self.pages.page
        self.page.on("console", self._keep)

    def _keep(self, message: object) -> None:
        if message.type in ("error", "warning"):  # type: ignore[attr-defined]
            self.pages.errors.append(message.text)  # type: ignore[attr-defined]

    def open(self, route: str = "#/") -> Page:
        """Open a part of the page, and wait until it is shown."""
        self.page.goto("about:blank")
        self.pages.open(route)
        self.shown(route)
        return self.page

    def go(self, route: str) -> Page:
        """Go on to another part of the page that is open."""
        self.page.evaluate("(route) => { window.location.hash = route; }", route)
        self.shown(route)
        return self.page

    def drawn(self) -> None:
        """Wait until the map is drawn, where there is one."""
        if self.page.locator(".map").count():
            self.page.locator(".map[data-drawn]").wait_for()

    def point_of(self, number: int) -> tuple[float, float]:
        """Where a title of the small run is on the screen: three rows of twelve."""
        self.drawn()
        box = self.page.locator(".map-canvas").bounding_box()
        assert box is not None
        cluster, inside = divmod(number, PER_CLUSTER)
        # The map shows 1.08 of its extent along the shorter side.
        scale = min(box["width"], box["height"]) / 1.08 / 2
        x, y = -1 + 2 * inside / (PER_CLUSTER - 1), -1 + cluster
        return box["x"] + box["width"] / 2 + x * scale, box["y"] + box["height"] / 2 - y * scale

    def shown(self, route: str) -> None:
        self.page.wait_for_function(
            "route => document.documentElement.dataset.shown === route", arg=route
        )


@contextmanager
def opened_page(browser: Browser, index: Path, **look: object) -> Iterator[Explorer]:
    """A tab for a page on the disk; afterwards nothing may have failed or been asked elsewhere."""
    opened = Explorer(browser, index.as_uri(), None, **look)
    yield opened
    opened.page.close()
    assert opened.pages.errors == []
    assert opened.pages.elsewhere == []


@pytest.fixture
def explorer(browser: Browser, address: str, request: pytest.FixtureRequest) -> Iterator[Explorer]:
    folder = request.config.getoption("--screenshots")
    opened = Explorer(browser, address, folder and Path(folder))
    yield opened
    opened.page.close()
    assert opened.pages.errors == []
    assert opened.pages.elsewhere == []
