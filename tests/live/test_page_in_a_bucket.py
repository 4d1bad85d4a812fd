"""The whole way of a catalogue: from the file to a bucket, and from there to a browser."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from reelhouse.report.opening import page_of
from reelhouse.runs.base import open_base
from tests.live.conftest import ROOT
from tests.support.gateway import Gateway
from tests.support.pages import Pages, started_browser
from tests.support.snapshots import Snapshots

pytestmark = pytest.mark.browser


def search_leads_to_a_title_and_its_cluster(browser: Browser, address: str, title: str) -> None:
    pages = Pages(browser, address, None)
    page = pages.open("#/", "titles in")
    page.locator(".map[data-drawn]").wait_for()
    page.get_by_role("combobox").fill(title.lower())
    page.get_by_role("option", name=title, exact=False).first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text(title)
    expect(page.locator(".next .title-link").first).to_be_visible()
    page.locator(".crumbs .cluster-link").click()
    page.wait_for_url("**#/cluster/*")
    page.close()
    assert pages.errors == []
    assert pages.elsewhere == []


def test_a_catalogue_is_published_to_a_bucket_and_its_page_read_from_there(
    snapshots: Snapshots, gateway: Gateway, bucket: str, tmp_path: Path
) -> None:
    store = f"{bucket}/films"
    command = ["flows", "catalogue", "--titles", str(snapshots.night), "--store", store]
    subprocess.run([sys.executable, "-m", *command], cwd=ROOT, check=True)
    version = open_base(store, "catalogue", create=False).required()
    names = set(version.read_table("titles", ["title"])["title"].to_pylist())
    title = "Narcos" if "Narcos" in names else min(names)
    there = gateway.open_to_readers(bucket.removeprefix("s3://"))
    with started_browser() as browser:
        for address in (
            f"{there}/films/{version.object_key('report/index.html')}",
            page_of(version, tmp_path / "cache").as_uri(),
        ):
            search_leads_to_a_title_and_its_cluster(browser, address, title)
