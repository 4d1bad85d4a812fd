"""The pages of Prefect's UI for a finished run, in a real browser."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect
from prefect.client.schemas.filters import ArtifactFilter, ArtifactFilterFlowRunId
from prefect.client.schemas.objects import Artifact, FlowRun

from reelhouse.storage.commits import CommitLog
from reelhouse.storage.store import open_store
from reelhouse.storage.version import Version
from tests.support.pages import Pages, started_browser
from tests.support.prefect_server import Platform

pytestmark = pytest.mark.browser

SHOWN = {"clusters", "quality", "changes", "drift", "published"}


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with started_browser() as started:
        yield started


@pytest.fixture
def pages(browser: Browser, platform: Platform, request: pytest.FixtureRequest) -> Iterator[Pages]:
    folder = request.config.getoption("--screenshots")
    opened = Pages(browser, platform.address.removesuffix("/api"), folder and Path(folder))
    yield opened
    opened.page.close()
    assert opened.errors == []


@pytest.fixture(scope="module")
def night(
    platform: Platform, first_version: Path, tmp_path_factory: pytest.TempPathFactory
) -> FlowRun:
    """A finished night in a store of its own."""
    store = shutil.copytree(first_version, tmp_path_factory.mktemp("night") / "store")
    return platform.await_completed(platform.start_run("nightly/nightly", store=str(store)))


@pytest.fixture(scope="module")
def published(night: FlowRun) -> Version:
    log = CommitLog(open_store(night.parameters["settings"]["store"]), "catalogue")
    version = log.head()
    assert version is not None
    return version


def artifacts(platform: Platform, run: FlowRun) -> dict[str, Artifact]:
    of_run = ArtifactFilter(flow_run_id=ArtifactFilterFlowRunId(any_=[run.id]))
    return {str(one.key): one for one in platform.client.read_artifacts(artifact_filter=of_run)}


def test_the_page_of_a_run_says_what_it_did_and_lists_its_artifacts(
    pages: Pages, platform: Platform, night: FlowRun
) -> None:
    assert night.name.startswith("nightly ")
    assert night.name.endswith("-> version 2")
    page = pages.open(
        f"/runs/flow-run/{night.id}", night.name, "Completed", "titles placed, 0 moved"
    )
    pages.shoot("run")
    page.get_by_text("Artifacts", exact=True).last.click()
    for key in SHOWN:
        expect(page.get_by_text(key, exact=True).first).to_be_visible()
    pages.shoot("run-artifacts")
    assert set(artifacts(platform, night)) >= SHOWN


def test_a_table_artifact_shows_the_published_clusters(
    pages: Pages, platform: Platform, night: FlowRun, published: Version
) -> None:
    clusters = published.read_table("clusters").to_pylist()
    largest = max(clusters, key=lambda row: int(row["size"]))
    found = artifacts(platform, night)["clusters"]
    page = pages.open(f"/artifacts/artifact/{found.id}", "Clusters of version 2", largest["name"])
    expect(page.get_by_text(str(largest["size"]), exact=True).first).to_be_visible()
    pages.shoot("clusters")


@pytest.mark.parametrize(
    ("key", "text"),
    [
        ("quality", "rows read ="),
        ("changes", "added"),
        ("drift", "unknown words"),
        ("published", "quality/docs/index.html"),
    ],
)
def test_an_artifact_has_a_page(
    pages: Pages, platform: Platform, night: FlowRun, key: str, text: str
) -> None:
    pages.open(f"/artifacts/artifact/{artifacts(platform, night)[key].id}", text)
    pages.shoot(key)


def test_every_deployment_is_listed(pages: Pages, platform: Platform) -> None:
    page = pages.open("/deployments", "7 Deployments")
    for name in ("catalogue", "nightly", "viewers", "compare", "deep", "housekeeping", "demo"):
        expect(page.get_by_role("link", name=name, exact=True).first).to_be_visible()
    pages.shoot("deployments")


def test_the_form_describes_each_field_and_refuses_a_wrong_value_before_anything_runs(
    pages: Pages, platform: Platform, night: FlowRun
) -> None:
    deployment = platform.client.read_deployment_by_name("nightly/nightly")
    page = pages.open(
        f"/deployments/deployment/{deployment.id}/run?parameters=undefined",
        "Path or URI of tonight's snapshot",
        "Share of the night's titles that fit no cluster",
        "Rows of one stored partition",
    )
    pages.shoot("form")
    before = {run.id for run in platform.runs("nightly/nightly")}
    field = page.locator("input[type=number]")
    values = [field.nth(at).input_value() for at in range(field.count())]
    field.nth(values.index("50000")).fill("-5")
    page.get_by_role("button", name="Submit").click()
    refused = "settings.partitions.rows_per_partition"
    expect(page.get_by_text(refused).first).to_be_visible()
    assert {run.id for run in platform.runs("nightly/nightly")} == before


def test_no_page_needs_another_machine(pages: Pages, night: FlowRun) -> None:
    pages.open(f"/runs/flow-run/{night.id}", night.name)
    pages.page.wait_for_load_state("networkidle")
    assert pages.elsewhere == []
