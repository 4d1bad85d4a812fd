"""The page of a comparison in a real browser."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.conftest import Explorer, opened_page
from tests.support.compared import write_small_comparison

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_small_comparison(tmp_path_factory.mktemp("comparison") / "staged")


@pytest.fixture
def explorer(browser: Browser, index: Path) -> Iterator[Explorer]:
    with opened_page(browser, index) as opened:
        yield opened


def test_both_protocols_are_told_the_best_first_and_failures_last(explorer: Explorer) -> None:
    page = explorer.open()
    rating, ranking = page.locator(".protocol").all()
    expect(rating.locator("tbody .title-link")).to_have_text(["svd++", "bias", "broken"])
    expect(rating.locator("tbody tr").last).to_contain_text("failed: it broke")
    expect(rating.locator("td.best").first).to_contain_text("0.9000")
    names = ["ials", "ease", "mult-vae", "pure-svd", "popularity"]
    expect(ranking.locator("tbody .title-link")).to_have_text(names)


def test_a_head_sorts_and_sorts_back(explorer: Explorer) -> None:
    page = explorer.open()
    table = page.locator(".protocol").last
    head = table.get_by_role("columnheader", name="Recall@20")
    head.get_by_role("button").click()
    names = ["popularity", "pure-svd", "mult-vae", "ials", "ease"]
    # Large is good, so it comes first.
    expect(head).to_have_attribute("aria-sort", "descending")
    expect(table.locator("tbody .title-link")).to_have_text(names)
    head.get_by_role("button").click()
    expect(table.locator("tbody .title-link")).to_have_text(names[::-1])


def test_a_button_shows_other_figures_of_the_same_models(explorer: Explorer) -> None:
    page = explorer.open()
    table = page.locator(".protocol").last
    table.get_by_role("button", name="Beyond accuracy").click()
    expect(table.get_by_role("columnheader", name="Coverage")).to_be_visible()
    expect(table.get_by_role("columnheader", name="Recall@20")).to_have_count(0)
    expect(table.get_by_role("button", name="Beyond accuracy")).to_have_attribute(
        "aria-pressed", "true"
    )


def test_an_interval_is_drawn_where_it_lies(explorer: Explorer) -> None:
    page = explorer.open()
    rows = page.locator(".protocol").first.locator("tbody tr")
    # From 0.89, the lower end of the best, to 0.95, the upper end of the worst: 0.90 is a sixth on.
    spot, range_ = rows.first.locator(".spot"), rows.first.locator(".range")
    left = spot.evaluate("(node) => Number.parseFloat(node.style.left)")
    width = range_.evaluate("(node) => Number.parseFloat(node.style.width)")
    # The browser keeps four decimals.
    assert left == pytest.approx(100 / 6, abs=0.01)
    assert width == pytest.approx(100 / 3, abs=0.01)


def test_a_model_tells_its_settings_trials_and_splits(explorer: Explorer) -> None:
    page = explorer.open()
    page.locator(".title-link", has_text="svd++").click()
    explorer.shown("#/model/rating/svd%2B%2B")
    expect(page.get_by_role("heading", level=1)).to_have_text("svd++")
    main = page.get_by_role("main")
    expect(main).to_contain_text("Matrix factorization, place 1 of 2.")
    expect(page.get_by_role("region", name="Settings")).to_contain_text("factors")
    expect(page.get_by_role("region", name="Trials").locator("tbody tr")).to_have_count(3)
    expect(page.get_by_role("region", name="Splits").locator("tbody tr")).to_have_count(2)


def test_a_point_far_behind_is_named_instead_of_drawn(explorer: Explorer) -> None:
    page = explorer.open("#/time")
    page.locator(".chart[data-drawn]").nth(1).wait_for()
    expect(page.get_by_role("main")).to_contain_text("not drawn: popularity (0.2000)")
    explorer.pages.shoot("comparison-time")


@pytest.mark.parametrize(
    ("route", "text"),
    [
        ("#/learning", "How the models learned"),
        ("#/trials", "a validation part"),
        ("#/measured", "Trials of a model"),
        ("#/versions", "The first version"),
        ("#/quality", "it stands there twice"),
        ("#/model/rating/nobody", "This version has no model nobody of rating."),
    ],
)
def test_every_section_has_an_address(explorer: Explorer, route: str, text: str) -> None:
    expect(explorer.open(route).get_by_role("main")).to_contain_text(text)
