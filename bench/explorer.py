"""How soon the explorer page is there, and how soon its search answers, in a real browser.

The page of a published version is opened in fresh tabs, from the disk and from a server on
loopback. Times are the browser's own: first contentful paint, the map drawn, the answer to a typed
name, a title opened.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING, Any

import numpy as np

from bench.inputs import ROOT, real_titles
from reelhouse.errors import ReelhouseError
from reelhouse.report.opening import page_of
from reelhouse.storage.commits import CommitLog
from reelhouse.storage.store import open_store

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

#: Milliseconds that the first paint and an answer may take on the real catalogue.
AT_MOST = {"first_paint_ms": 1_500, "search_ms": 100}
_BROWSERS = ("chromium", "chromium-browser", "google-chrome")
#: What is typed: a name letter by letter, and others that are found in many places.
_TYPED = ("n", "na", "nar", "narc", "narcos", "the", "love", "a", "crime", "o")

_SEARCH = """(text) => new Promise((resolve) => {
    const input = document.getElementById("search");
    const list = document.getElementById("found");
    delete list.dataset.answers;
    const begin = performance.now();
    new MutationObserver((_, observer) => {
        if (list.dataset.answers !== text) return;
        observer.disconnect();
        // The answer is there when it is painted.
        requestAnimationFrame(() => setTimeout(() => resolve(performance.now() - begin)));
    }).observe(list, { attributes: true });
    input.value = text;
    input.dispatchEvent(new Event("input"));
})"""
_PAINT = "() => performance.getEntriesByName('first-contentful-paint')[0].startTime"
_DRAWN = "() => document.querySelector('.map').dataset.drawn"


def run(store: str | None, repeats: int) -> Iterator[dict[str, Any]]:
    """Measure the page of a store's last version; without a store that of the real catalogue."""
    with tempfile.TemporaryDirectory() as folder:
        index = _page(store or _published(Path(folder) / "store"))
        n_bytes = sum(path.stat().st_size for path in index.parent.rglob("*") if path.is_file())
        with _browser() as browser, served(index.parent) as server:
            for way, address in (("disk", index.as_uri()), ("server", f"{server}/index.html")):
                found = [_visit(browser, address) for _ in range(repeats)]
                middle = {
                    name: round(float(np.median([one[name] for one in found])), 1)
                    for name in found[0]
                }
                yield {
                    "name": f"explorer: from a {way}",
                    "titles": found[0]["titles"],
                    "page_bytes": n_bytes,
                    "repeats": repeats,
                    **middle,
                    "at_most": AT_MOST,
                }


def _published(store: Path) -> str:
    titles = real_titles()
    if titles is None:
        raise ReelhouseError("no real titles are here, name a published --store")
    file = titles / "2021-09" / "netflix_titles.csv"
    command = [sys.executable, "-m", "flows", "catalogue"]
    command += ["--titles", str(file), "--store", str(store)]
    subprocess.run(command, check=True, cwd=ROOT, stdout=subprocess.DEVNULL)
    return str(store)


def _page(store: str) -> Path:
    version = CommitLog(open_store(store), "catalogue").head()
    if version is None:
        raise ReelhouseError(f"{store} holds no version of catalogue")
    return page_of(version)


def _visit(browser: Browser, address: str) -> dict[str, float]:
    """One fresh tab, with an empty cache."""
    page = browser.new_page(viewport={"width": 1400, "height": 900})
    try:
        page.goto(address)
        page.wait_for_function(_DRAWN)
        drawn = page.evaluate("() => performance.now()")
        titles = page.evaluate("() => Reelhouse.catalogue.overview().titles")
        first_search = page.evaluate(_SEARCH, "narcos")
        answers = [page.evaluate(_SEARCH, text) for text in _TYPED]
        return {
            "titles": titles,
            "first_paint_ms": page.evaluate(_PAINT),
            "map_drawn_ms": drawn,
            "first_search_ms": first_search,
            "search_ms": float(np.median(answers)),
            "slowest_search_ms": max(answers),
            "title_opened_ms": _opened(page),
        }
    finally:
        page.close()


def _opened(page: Page) -> float:
    """Milliseconds from a chosen title to its page."""
    opened: float = page.evaluate(
        """async () => {
            const begin = performance.now();
            const { id } = await Reelhouse.catalogue.named(0);
            window.location.hash = `#/title/${id}`;
            while (!document.querySelector(".next")) await new Promise((go) => setTimeout(go, 1));
            return performance.now() - begin;
        }"""
    )
    return opened


@contextmanager
def _browser() -> Iterator[Browser]:
    from playwright.sync_api import sync_playwright

    found = next(filter(None, map(shutil.which, _BROWSERS)), None)
    if found is None:
        raise ReelhouseError("no Chromium is here, which opens the page")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=["--no-sandbox"])
        try:
            yield browser
        finally:
            browser.close()


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        pass


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """Address of a server on loopback that gives away a folder's files."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=str(folder)))
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
