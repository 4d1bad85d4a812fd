"""The two real snapshots, from the file to the night after. Slow parts are shared."""

import re
from pathlib import Path

import pyarrow.compute as pc
import pytest
from playwright.sync_api import expect

from flows.catalogue import catalogue
from flows.nightly import nightly
from reelhouse.catalogue.base import open_base
from reelhouse.catalogue.settings import CatalogueSettings, NightlySettings
from reelhouse.report.opening import page_of
from reelhouse.runs.record import Outcome
from reelhouse.storage.commits import CommitLog
from reelhouse.storage.store import open_store
from reelhouse.storage.verify import verify
from reelhouse.storage.version import Version
from tests.support.pages import Pages, started_browser

pytestmark = pytest.mark.realdata


@pytest.fixture(scope="module")
def real_store(real_data: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    return str(tmp_path_factory.mktemp("real") / "store")


@pytest.fixture(scope="module")
def outcomes(real_data: Path, real_store: str) -> list[Outcome]:
    first, second = (
        str(real_data / "netflix_titles" / month / "netflix_titles.csv")
        for month in ("2021-01", "2021-09")
    )
    return [
        catalogue(CatalogueSettings(titles=first, store=real_store)),
        nightly(NightlySettings(titles=second, store=real_store)),
        nightly(NightlySettings(titles=second, store=real_store)),
    ]


@pytest.fixture(scope="module")
def night(outcomes: list[Outcome], real_store: str) -> Version:
    return open_base(real_store, create=False).required()


def test_all_rows_are_read_and_none_is_lost(outcomes: list[Outcome]) -> None:
    evening, night = outcomes[0].counts, outcomes[1].counts
    assert (evening["rows_read"], night["rows_read"]) == (7_787, 8_807)
    # Repeated titles: one row in January, four in September ("Consequences" among them).
    assert (evening["rows_quarantined"], night["rows_quarantined"]) == (1, 4)
    for counts in (evening, night):
        assert counts["rows_good"] + counts["rows_quarantined"] == counts["rows_read"]


def test_the_three_slid_durations_are_repaired(night: Version) -> None:
    titles = night.read_table("titles", ["title", "rating", "duration_minutes", "repaired"])
    slid = [row for row in titles.to_pylist() if "duration" in row["repaired"]]
    assert sorted((row["title"], row["duration_minutes"]) for row in slid) == [
        ("Louis C.K. 2017", 74),
        ("Louis C.K.: Hilarious", 84),
        ("Louis C.K.: Live at the Comedy Store", 66),
    ]
    assert {row["rating"] for row in slid} == {None}


def test_139_titles_whose_year_moved_are_edited_and_1032_are_added(
    outcomes: list[Outcome], night: Version
) -> None:
    changes = night.read_table("changes").to_pylist()
    year_moved = [
        row for row in changes if row["change"] == "edited" and "release_year" in row["fields"]
    ]
    assert len(year_moved) == 139
    assert outcomes[1].counts["titles_added"] == 1_032
    # Fifteen names changed their type, a show for a film or the other way: another work.
    assert outcomes[1].counts["titles_removed"] == 15
    assert outcomes[1].counts["titles_disappeared_by_name"] == 0


def test_no_placed_title_moves(real_store: str, night: Version) -> None:
    before = CommitLog(open_store(real_store), "catalogue").version(1)
    columns = ["title_id", "cluster_id"]
    old = dict(zip(*before.read_table("assignments", columns).to_pydict().values(), strict=True))
    new = dict(zip(*night.read_table("assignments", columns).to_pydict().values(), strict=True))
    common = old.keys() & new.keys()
    assert len(common) == 7_786 - 15
    assert [title for title in common if old[title] != new[title]] == []


def test_the_same_night_again_is_nothing_new(outcomes: list[Outcome]) -> None:
    assert [(o.version, o.published) for o in outcomes] == [(1, True), (2, True), (2, False)]


def test_both_versions_verify(real_store: str, night: Version) -> None:
    log = CommitLog(open_store(real_store), "catalogue")
    assert [verify(log.version(number)) for number in (1, 2)] == [[], []]


def test_clusters_have_readable_unique_names_and_none_swallows_the_rest(night: Version) -> None:
    clusters = night.read_table("clusters")
    names = clusters["name"].to_pylist()
    assert len(set(names)) == len(names)
    assert all(re.fullmatch(r"[\w ,:'()-]+", name) for name in names)
    assert pc.sum(clusters["size"]).as_py() == 8_803
    assert pc.max(clusters["size"]).as_py() < 0.25 * 8_803


def test_no_title_moves_on_the_map_at_night(night: Version, real_store: str) -> None:
    evening = CommitLog(open_store(real_store), "catalogue").version(1)
    before, after = (version.read_table("positions") for version in (evening, night))
    at = pc.index_in(before["title_id"], value_set=after["title_id"].combine_chunks())
    stayed = before.filter(pc.is_valid(at))
    assert stayed.num_rows > 7_700
    assert after.num_rows == night.manifest.counts["titles"]
    for axis in ("x", "y"):
        assert after[axis].take(at.drop_null()).to_pylist() == stayed[axis].to_pylist()


@pytest.mark.browser
def test_the_explorer_page_leads_from_narcos_to_crime_and_to_what_is_like_it(
    night: Version, request: pytest.FixtureRequest
) -> None:
    shots = request.config.getoption("--screenshots")
    with started_browser() as browser:
        pages = Pages(browser, page_of(night).as_uri(), shots and Path(shots))
        page = pages.open("#/", "titles in")
        page.locator(".map[data-drawn]").wait_for()
        page.get_by_role("combobox").fill("narcos")
        page.locator("#found li").first.click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Narcos")
        expect(page.locator(".next .title-link").first).to_have_text("Narcos: Mexico")
        expect(page.locator(".crumbs .cluster-link")).to_contain_text("crime")
        pages.shoot("explorer-narcos")
        assert pages.errors == []
        assert pages.elsewhere == []
