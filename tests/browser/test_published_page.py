"""The page of a version that was published to a bucket."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from reelhouse.report.opening import page_of
from reelhouse.storage.publish import publish
from reelhouse.storage.store import open_store
from reelhouse.storage.version import Version
from tests.browser.conftest import Explorer
from tests.support.explorer import stage_small_run, write_small_page
from tests.support.gateway import Gateway

pytestmark = pytest.mark.browser


def publish_page(bucket: str, folder: Path) -> Version:
    write_small_page(folder / "staged")
    manifest = stage_small_run(folder / "again")
    return publish(open_store(bucket), "catalogue", folder / "staged", manifest, None)


def search_leads_to_narcos(browser: Browser, address: str) -> None:
    explorer = Explorer(browser, address, None)
    page = explorer.open()
    explorer.drawn()
    page.get_by_role("combobox").fill("narcos")
    page.get_by_role("option", name="Narcos").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Narcos")
    expect(page.locator(".panel")).to_have_css("overflow-y", "auto")  # The style sheet is in force.
    page.close()
    assert explorer.pages.errors == []
    assert explorer.pages.elsewhere == []


def test_the_page_of_a_bucket_is_fetched_and_opened(
    bucket: str, browser: Browser, tmp_path: Path
) -> None:
    version = publish_page(bucket, tmp_path)
    search_leads_to_narcos(browser, page_of(version, tmp_path / "cache").as_uri())


def test_a_browser_reads_the_page_from_the_bucket_itself(
    gateway: Gateway, bucket: str, browser: Browser, tmp_path: Path
) -> None:
    version = publish_page(bucket, tmp_path)
    address = gateway.open_to_readers(bucket.removeprefix("s3://"))
    search_leads_to_narcos(browser, f"{address}/{version.object_key('report/index.html')}")
