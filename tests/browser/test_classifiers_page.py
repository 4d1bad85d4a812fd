"""The part of a deep version's page that tells of its classifiers."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.conftest import Explorer, opened_page
from tests.support.classified import write_small_networks

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_small_networks(tmp_path_factory.mktemp("deep") / "staged")


@pytest.fixture
def explorer(browser: Browser, index: Path) -> Iterator[Explorer]:
    with opened_page(browser, index) as opened:
        yield opened


def test_a_tab_leads_to_worth_confusion_curves_and_picture(explorer: Explorer) -> None:
    page = explorer.open()
    page.get_by_role("link", name="Classifiers").click()
    explorer.shown("#/classifiers")
    worth = page.get_by_role("region", name="Classifiers").locator("tbody tr")
    expect(worth.first).to_contain_text("83.3 %")
    expect(worth.first).to_contain_text("places new titles")
    confusion = page.get_by_role("region", name="Confusion").locator("tbody tr")
    expect(confusion.first.locator("td")).to_have_text(["3", "", "1"])
    page.locator(".card .chart[data-drawn]").first.wait_for()
    assert (
        page.locator(".picture img").evaluate(
            "(image) => image.decode().then(() => image.naturalWidth)"
        )
        == 1
    )


def test_a_button_shows_the_other_labels_by_number(explorer: Explorer) -> None:
    page = explorer.open("#/classifiers")
    page.get_by_role("button", name="linear: clusters of the other fields").click()
    confusion = page.get_by_role("region", name="Confusion").locator("tbody tr")
    expect(confusion.first).to_contain_text("Cluster 0")
    expect(confusion.first.locator("td")).to_have_text(["", "4", ""])
