"""The pages of the other collections: accessible, narrow, alone, and deaf to their data."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

from tests.browser.conftest import opened_page
from tests.browser.test_hostile_page import PAYLOADS, elements
from tests.support.classified import write_small_networks
from tests.support.compared import write_small_comparison
from tests.support.explorer import Text, as_it_is
from tests.support.viewed import write_small_viewers

pytestmark = pytest.mark.browser

#: Texts by which data that was taken for markup, an address or a script would do something: of each
#: way in one, since the functions that write the pages are those of the catalogue's.
SOME = "".join(PAYLOADS[at] for at in (1, 2, 20))


#: The rules fetch no style sheet anew, which the page's policy would refuse.
_ALONE = {"preload": False}


@dataclass(frozen=True)
class Kind:
    """The page of a collection, and its parts; a model is opened by its link."""

    write: Callable[[Path, Text], Path]
    routes: tuple[str, ...]


KINDS = {
    "viewers": Kind(
        write_small_viewers,
        ("#/", "#/cluster/0", "#/title/11", "#/genres", "#/likeness", "#/ratings", "#/changes",
         "#/quality", "#/choice"),
    ),
    "comparison": Kind(
        write_small_comparison,
        ("#/", "#/time", "#/learning", "#/trials", "#/measured", "#/versions", "#/quality"),
    ),
    "deep": Kind(write_small_networks, ("#/classifiers",)),
}  # fmt: skip
each_kind = pytest.mark.parametrize("kind", KINDS)


@pytest.fixture(scope="module")
def indexes(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    return {
        name: kind.write(tmp_path_factory.mktemp(name) / "staged", as_it_is)
        for name, kind in KINDS.items()
    }


def settled(page: Page) -> None:
    """Wait until every chart is drawn and nothing fades in any more."""
    page.wait_for_function(
        "() => [...document.querySelectorAll('.chart')].every((one) => 'drawn' in one.dataset)"
    )
    page.wait_for_timeout(150)


def routes_of(kind: str, page: Page) -> list[str]:
    """The parts of a page, and one model of a comparison."""
    models = page.evaluate(
        "() => [...document.querySelectorAll('.title-link')].map((one) => one.hash)"
        ".filter((one) => one.startsWith('#/model/'))"
    )
    return [*KINDS[kind].routes, *models[:1]]


#: The style sheet is that of the catalogue's page, which is looked at in both.
SCHEMES = ("light", "dark")


@pytest.mark.parametrize(
    ("kind", "scheme"), [(kind, SCHEMES[at % 2]) for at, kind in enumerate(KINDS)]
)
def test_axe_finds_no_serious_violation_and_a_phone_scrolls_down_only(
    browser: Browser, indexes: dict[str, Path], kind: str, scheme: str
) -> None:
    look = {"viewport": {"width": 390, "height": 844}, "color_scheme": scheme}
    with opened_page(browser, indexes[kind], **look) as explorer:
        for route in routes_of(kind, explorer.open()):
            page = explorer.go(route)
            settled(page)
            found = Axe().run(page, options=_ALONE).response["violations"]
            serious = [(route, one["id"], one["nodes"][0]["html"]) for one in found
                       if one["impact"] in ("serious", "critical")]  # fmt: skip
            assert serious == []
            assert page.evaluate("document.documentElement.scrollWidth") == 390, route


@each_kind
def test_a_page_asks_for_no_other_file_than_its_own(
    browser: Browser, indexes: dict[str, Path], kind: str
) -> None:
    asked: list[str] = []
    with opened_page(browser, indexes[kind]) as explorer:
        explorer.page.on("request", lambda request: asked.append(request.url))
        for route in routes_of(kind, explorer.open()):
            settled(explorer.go(route))
    own = indexes[kind].parent.as_uri()
    assert asked
    assert {url for url in asked if not url.startswith((own, "data:", "about:"))} == set()


def seen(browser: Browser, kind: str, index: Path) -> list[Counter[str]]:
    """The elements of every part of a page; nothing may have been run or asked for."""
    found = []
    with opened_page(browser, index) as explorer:
        explorer.page.on("dialog", lambda dialog: pytest.fail(f"a dialog says {dialog.message}"))
        for route in routes_of(kind, explorer.open()):
            page = explorer.go(route)
            settled(page)
            for fold in page.locator("details").all():
                fold.evaluate("(node) => { node.open = true; }")
            found.append(elements(page))
            assert page.evaluate("window.struck") is None
    return found


@pytest.fixture(scope="module")
def harmless(browser: Browser, indexes: dict[str, Path]) -> dict[str, list[Counter[str]]]:
    return {kind: seen(browser, kind, index) for kind, index in indexes.items()}


@each_kind
def test_a_payload_in_every_field_adds_no_element(
    browser: Browser,
    harmless: dict[str, list[Counter[str]]],
    kind: str,
    tmp_path: Path,
) -> None:
    index = KINDS[kind].write(tmp_path / "staged", lambda _, text: text + SOME)
    assert seen(browser, kind, index) == harmless[kind]
