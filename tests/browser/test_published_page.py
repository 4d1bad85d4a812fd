"""The page of a version that was published to a bucket."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from reelhouse.report.opening import page_of
from reelhouse.storage.publish import publish
from reelhouse.storage.store import open_store
from tests.browser.conftest import Explorer
from tests.support.explorer import stage_small_run, write_small_page

pytestmark = pytest.mark.browser


def test_the_page_of_a_bucket_is_fetched_and_leads_from_search_to_a_title(
    bucket: str, browser: Browser, tmp_path: Path
) -> None:
    write_small_page(tmp_path / "staged")
    manifest = stage_small_run(tmp_path / "again")
    version = publish(open_store(bucket), "catalogue", tmp_path / "staged", manifest, None)
    page_path = page_of(version, tmp_path / "cache")
    explorer = Explorer(browser, page_path.as_uri(), None)
    page = explorer.open()
    explorer.drawn()
    page.get_by_role("combobox").fill("narcos")
    page.get_by_role("option", name="Narcos").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Narcos")
    page.close()
    assert explorer.pages.errors == []
