"""The explorer page in a real browser, from a disk and from a server."""

from __future__ import annotations

from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import Explorer
from tests.support.explorer import PER_CLUSTER, title_id

pytestmark = pytest.mark.browser

NARCOS = f"#/title/{title_id(PER_CLUSTER)}"
ROUTES = (
    "#/",
    "#/cluster/1",
    NARCOS,
    "#/clusters",
    "#/tree",
    "#/changes",
    "#/quality",
    "#/choice",
)
each_route = pytest.mark.parametrize("route", ROUTES)


def painted(page: Page) -> int:
    """How many pixels of the map are not transparent."""
    count: int = page.evaluate(
        """() => {
            const canvas = document.querySelector(".map canvas");
            const copy = new OffscreenCanvas(canvas.width, canvas.height)
                .getContext("2d", { willReadFrequently: true });
            copy.drawImage(canvas, 0, 0);
            const { data } = copy.getImageData(0, 0, canvas.width, canvas.height);
            let found = 0;
            for (let at = 3; at < data.length; at += 4) if (data[at] > 0) found += 1;
            return found;
        }"""
    )
    return count


def test_the_map_draws_every_title(explorer: Explorer) -> None:
    page = explorer.open()
    explorer.drawn()
    # 36 dots of 4 pixels across are 450 pixels, the softened edges of some more.
    assert 350 < painted(page) < 1_200
    assert page.locator(".map-names span").all_inner_texts() == [
        "Documentaries",
        "Crime series",
        "Family films",
    ]
    explorer.pages.shoot("explorer-map")


def test_the_first_panel_tells_what_changed(explorer: Explorer) -> None:
    page = explorer.open()
    expect(page.locator(".panel .kicker")).to_have_text("1 added, 1 removed, 1 edited, 2 moved")


def test_search_finds_a_title_and_leads_to_its_cluster_and_next_titles(explorer: Explorer) -> None:
    page = explorer.open()
    page.get_by_role("combobox").fill("narc")
    page.get_by_role("option", name="Narcos").click()
    explorer.shown(NARCOS)
    expect(page.get_by_role("heading", level=1)).to_have_text("Narcos")
    following = page.locator(".next .title-link")
    expect(following).to_have_text(["Title 13", "Title 14", "Title 24"])
    expect(page.locator(".next .common").first).to_contain_text("with Wagner Moura")
    page.locator(".crumbs .cluster-link").click()
    explorer.shown("#/cluster/1")
    expect(page.get_by_role("heading", level=1)).to_have_text("Crime series")


@pytest.mark.parametrize(
    ("number", "told"),
    [(3, "Edited in this version: cast."), (35, "New in this version."), (12, None)],
)
def test_a_title_tells_what_happened_to_it(
    explorer: Explorer, number: int, told: str | None
) -> None:
    page = explorer.open(f"#/title/{title_id(number)}")
    found = page.get_by_text("in this version")
    expect(found).to_have_text([told] if told else [])


def test_changes_tell_what_became_of_clusters(explorer: Explorer) -> None:
    page = explorer.open("#/changes")
    row = page.get_by_role("region", name="Clusters that changed").locator("tbody td")
    expect(row).to_have_text(["Family films", "Split off", "Crime series", "12"])


def test_on_a_phone_what_is_found_lies_over_the_buttons_of_the_map(explorer: Explorer) -> None:
    explorer.page.set_viewport_size({"width": 390, "height": 844})
    page = explorer.open()
    page.get_by_role("combobox").fill("t")
    page.locator("#found:not([hidden]) li").first.wait_for()
    hidden = page.evaluate(
        """() => [...document.querySelectorAll("#found li")].filter((one) => {
            const box = one.getBoundingClientRect();
            const top = document.elementFromPoint(box.left + 20, box.top + box.height / 2);
            return box.bottom < innerHeight && !one.contains(top);
        }).length"""
    )
    assert hidden == 0


@pytest.mark.parametrize("route", ["#/", NARCOS, "#/cluster/1"])
def test_beside_the_map_only_the_panel_scrolls(explorer: Explorer, route: str) -> None:
    explorer.page.set_viewport_size({"width": 1400, "height": 500})
    page = explorer.open(route)
    assert page.evaluate("document.documentElement.scrollHeight") == 500


def test_pointing_names_a_title_and_a_click_opens_it(explorer: Explorer) -> None:
    page = explorer.open()
    page.mouse.move(*explorer.point_of(PER_CLUSTER))
    expect(page.locator(".hint")).to_contain_text("Narcos")
    page.mouse.click(*explorer.point_of(PER_CLUSTER))
    explorer.shown(NARCOS)


def test_everything_is_done_with_keys_alone(explorer: Explorer) -> None:
    page = explorer.open()
    explorer.drawn()
    page.keyboard.press("/")
    page.keyboard.type("title 7")
    page.get_by_role("option", name="Title 7").wait_for()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    explorer.shown(f"#/title/{title_id(7)}")
    expect(page.get_by_role("heading", level=1)).to_be_focused()
    page.locator(".map").focus()
    before = painted(page)
    page.keyboard.press("+")
    page.keyboard.press("+")
    page.wait_for_timeout(300)
    assert painted(page) != before
    page.keyboard.press("0")
    page.wait_for_timeout(300)
    assert painted(page) == before


def test_the_skip_link_comes_first_and_leads_to_the_content(explorer: Explorer) -> None:
    page = explorer.open()
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_be_focused()


@pytest.mark.parametrize(
    ("route", "text"),
    [
        ("#/clusters", "3 clusters"),
        ("#/tree", "True stories"),
        ("#/changes", "What changed since the last version"),
        ("#/quality", "it stands there twice"),
        ("#/choice", "The criteria agree on 3."),
        ("#/cluster/99", "This version has no cluster 99."),
        ("#/title/t-of-nobody", "This version has no title t-of-nobody."),
        ("#/constructor", "There is no such page."),
    ],
)
def test_every_section_has_an_address(explorer: Explorer, route: str, text: str) -> None:
    expect(explorer.open(route).get_by_role("main")).to_contain_text(text)


def test_the_button_switches_the_colours_and_they_stay(explorer: Explorer) -> None:
    page = explorer.open()
    page.get_by_role("button", name="Switch to dark colours").click()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    dark = page.evaluate("getComputedStyle(document.body).backgroundColor")
    page.reload()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    page.get_by_role("button", name="Switch to light colours").click()
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") != dark


@pytest.mark.parametrize("scheme", ["light", "dark"])
@each_route
def test_axe_finds_no_serious_violation_and_a_phone_scrolls_down_only(
    browser: Browser, small_page: Path, route: str, scheme: str
) -> None:
    size = {"width": 390, "height": 844}
    opened = Explorer(browser, small_page.as_uri(), None, viewport=size, color_scheme=scheme)
    page = opened.open(route)
    page.wait_for_timeout(200)  # What fades in is pale until then.
    found = Axe().run(page).response["violations"]
    serious = [one["id"] for one in found if one["impact"] in ("serious", "critical")]
    width = page.evaluate("document.documentElement.scrollWidth")
    page.close()
    assert serious == []
    assert width == 390


def test_a_page_asks_for_no_other_file_than_its_own(explorer: Explorer, address: str) -> None:
    asked: list[str] = []
    explorer.page.on("request", lambda request: asked.append(request.url))
    for route in ROUTES:
        explorer.open(route)
    own = address.rpartition("/")[0]
    others = {url for url in asked if not url.startswith((own, "data:", "about:"))}
    assert asked
    assert others == set()
