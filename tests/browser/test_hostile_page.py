"""Texts of the data that would be elements, scripts or addresses if they were not escaped."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import Explorer
from tests.support.explorer import title_id, write_small_page

pytestmark = pytest.mark.browser

PAYLOADS = (
    "<script>window.struck=1</script>",
    "</script><script>window.struck=1</script>",
    "<img src=x onerror=window.struck=1>",
    "<svg onload=window.struck=1>",
    "<svg><script>window.struck=1</script></svg>",
    "<iframe srcdoc='<script>parent.struck=1</script>'></iframe>",
    "<object data='javascript:window.struck=1'></object>",
    "<embed src='javascript:window.struck=1'>",
    "<base href='https://elsewhere.invalid/'>",
    "<meta http-equiv=refresh content='0;url=https://elsewhere.invalid/'>",
    "<link rel=stylesheet href=https://elsewhere.invalid/x.css>",
    "<style>*{display:none}</style>",
    "<form action=https://elsewhere.invalid/><button>x</button></form>",
    "<a href='javascript:window.struck=1'>x</a>",
    "<details open ontoggle=window.struck=1><summary>x</summary></details>",
    "<video><source onerror=window.struck=1></video>",
    "<math><mtext><img src=x onerror=window.struck=1></mtext></math>",
    "<template><img src=x onerror=window.struck=1></template>",
    '"><img src=x onerror=window.struck=1>',
    "'-window.struck=1-'",
    '";window.struck=1;//',
    "\u2028window.struck=1\u2029",
    "<!--<script>window.struck=1//-->",
    "{{7*7}}${window.struck=1}{% raw %}",
    "&lt;img src=x onerror=window.struck=1&gt;&#60;b&#62;",
)
ROUTES = (
    "#/",
    "#/cluster/1",
    f"#/title/{title_id(1)}",
    f"#/title/{title_id(3)}",
    f"#/title/{title_id(12)}",
    "#/clusters",
    "#/tree",
    "#/changes",
    "#/quality",
    "#/choice",
)


def elements(page: Page) -> Counter[str]:
    """How many elements of each name a page has, drawn parts among them."""
    names = page.evaluate("[...document.querySelectorAll('*')].map((node) => node.tagName)")
    return Counter(names)


def seen(browser: Browser, index: Path) -> list[Counter[str]]:
    """The elements of every part of a page; nothing may have been run or asked for."""
    explorer = Explorer(browser, index.as_uri(), None)
    explorer.page.on("dialog", lambda dialog: pytest.fail(f"a dialog says {dialog.message}"))
    found = []
    explorer.open()
    for route in ROUTES:
        page = explorer.go(route)
        expect(page.locator(".title-link", has_text=re.compile("^…$"))).to_have_count(0)
        explorer.drawn()
        if route == "#/":
            page.mouse.move(*explorer.point_of(12))
            expect(page.locator(".hint")).to_contain_text("Narcos")
        for fold in page.locator("details").all():
            fold.evaluate("(node) => { node.open = true; }")
        found.append(elements(page))
        assert page.evaluate("window.struck") is None
    explorer.page.get_by_role("combobox").fill("struck")
    explorer.page.locator("#found:not([hidden]) li").first.wait_for()
    explorer.page.wait_for_load_state("networkidle")
    assert explorer.page.evaluate("window.struck") is None
    explorer.page.close()
    assert explorer.pages.errors == []
    assert explorer.pages.elsewhere == []
    return found


@pytest.fixture(scope="module")
def harmless(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> list[Counter[str]]:
    return seen(browser, write_small_page(tmp_path_factory.mktemp("harmless") / "staged"))


def test_there_are_25_payloads() -> None:
    assert len(set(PAYLOADS)) == 25


@pytest.mark.parametrize("payload", PAYLOADS)
def test_a_payload_in_every_field_adds_no_element(
    browser: Browser, harmless: list[Counter[str]], payload: str, tmp_path: Path
) -> None:
    index = write_small_page(tmp_path / "staged", lambda _, text: text + payload)
    assert seen(browser, index) == harmless
