"""The page of clusters of users in a real browser."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.conftest import Explorer, opened_page
from tests.support.viewed import write_small_viewers

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_small_viewers(tmp_path_factory.mktemp("viewers"))


@pytest.fixture
def explorer(browser: Browser, index: Path) -> Iterator[Explorer]:
    with opened_page(browser, index) as opened:
        yield opened


def test_a_card_tells_size_genres_and_titles_of_a_cluster(explorer: Explorer) -> None:
    page = explorer.open()
    expect(page.get_by_role("heading", level=1)).to_have_text("9 users in 3 clusters")
    card = page.locator(".card").first
    expect(card).to_contain_text("3 users, 33 % of all")
    expect(card.locator(".terms li")).to_have_text(["Crime 2.0\u00a0×"])
    expect(card.locator(".title-link")).to_have_text(["Film 11", "Film 12"])
    explorer.pages.shoot("viewers-cards")


def test_search_finds_a_title_and_tells_who_prefers_it(explorer: Explorer) -> None:
    page = explorer.open()
    page.get_by_role("combobox").fill("film 1")
    page.get_by_role("option", name="Film 11").click()
    explorer.shown("#/title/11")
    expect(page.get_by_role("main")).to_contain_text("2 clusters that prefer it")
    rows = page.get_by_role("region", name="Clusters that prefer it").locator("tbody tr")
    # The fondest first.
    expect(rows.locator(".cluster-link")).to_have_text(["Crime · Drama", "Comedy"])
    rows.first.locator(".cluster-link").click()
    explorer.shown("#/cluster/0")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Crime · Drama")


def test_keys_alone_lead_to_a_cluster(explorer: Explorer) -> None:
    page = explorer.open()
    page.keyboard.press("/")
    page.keyboard.type("comedy")
    page.get_by_role("option", name="Comedy").wait_for()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    explorer.shown("#/cluster/2")
    expect(page.get_by_role("heading", level=1)).to_be_focused()


def test_the_heatmap_is_a_table_whose_cells_can_be_read(explorer: Explorer) -> None:
    page = explorer.open("#/genres")
    table = page.get_by_role("region", name="Clusters by genre")
    expect(table.locator("thead th")).to_have_text(["Cluster", "Crime", "Drama"])
    expect(table.locator("tbody tr").first.locator("td")).to_have_text(["2.0", "0.5"])
    # Twice as much is as far from 1 as half as much: log2 2 / 2 and log2 0.5 / 2.
    strengths = table.locator("td").evaluate_all(
        "(cells) => cells.map((one) => one.dataset.strength)"
    )
    assert strengths[:2] == ["0.500", "-0.500"]
    page.get_by_role("button", name="Share of ratings").click()
    expect(page.locator(".heat tbody tr").first.locator("td")).to_have_text(["10", "10"])


def test_colours_of_a_heatmap_follow_the_theme(explorer: Explorer) -> None:
    page = explorer.open("#/genres")
    cell = page.locator(".heat td").first
    before = cell.evaluate("(node) => node.style.backgroundColor")
    page.locator("#theme").click()
    assert cell.evaluate("(node) => node.style.backgroundColor") != before


@pytest.mark.parametrize(
    ("route", "text"),
    [
        ("#/likeness", "0.60"),
        ("#/ratings", "Ratings per user"),
        ("#/changes", "Moved"),
        ("#/quality", "it stands there twice"),
        ("#/choice", "The criteria agree on 3."),
        ("#/cluster/5", "Split off in this version; it came from Crime · Drama."),
        ("#/cluster/4", "This version has no cluster 4."),
        ("#/title/14", "No cluster prefers a title 14"),
    ],
)
def test_every_section_has_an_address(explorer: Explorer, route: str, text: str) -> None:
    expect(explorer.open(route).get_by_role("main")).to_contain_text(text)
