"""Names and final states of flow runs, and what they show when they are refused."""

from __future__ import annotations

import csv
import shutil
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from prefect.artifacts import Artifact
from prefect.client.orchestration import get_client
from prefect.client.schemas.filters import FlowRunFilter, FlowRunFilterId
from prefect.client.schemas.objects import FlowRun
from prefect.client.schemas.sorting import FlowRunSort

from flows import endings
from flows.demo import demo
from flows.housekeeping import housekeeping
from flows.nightly import nightly
from flows.viewers import viewers
from reelhouse.catalogue.demo import DemoSettings
from reelhouse.catalogue.settings import NightlySettings
from reelhouse.errors import NoVersionError, QualityError
from reelhouse.storage.housekeeping import HousekeepingSettings
from tasks.markdown import escaped
from tests.flows.conftest import Run, assert_untouched, viewers_settings
from tests.support import small_models
from tests.support.small_models import MEAN, TITLE_MEAN


def last_runs(n: int) -> list[FlowRun]:
    """The flow runs that were begun last, the last first."""
    with get_client(sync_client=True) as client:
        return client.read_flow_runs(sort=FlowRunSort.EXPECTED_START_TIME_DESC, limit=n)


def last_run() -> FlowRun:
    return last_runs(1)[0]


def task_names(run: FlowRun) -> set[str]:
    wanted = FlowRunFilter(id=FlowRunFilterId(any_=[run.id]))
    with get_client(sync_client=True) as client:
        for _ in range(100):  # task runs are told by events, which may arrive a little later
            found = client.read_task_runs(flow_run_filter=wanted, limit=200)
            if any(task.name.startswith("show version") for task in found):
                break
            time.sleep(0.1)
        return {task.name for task in found}


def newest_date(titles: Path) -> str:
    with titles.open(encoding="utf-8", newline="") as file:
        dates = [row["date_added"].strip() for row in csv.DictReader(file)]
    return max(
        time.strftime("%Y-%m-%d", time.strptime(date, "%B %d, %Y")) for date in dates if date
    )


def test_a_night_is_named_after_its_newest_date_and_its_version(store: Path, night: Path) -> None:
    settings = NightlySettings(titles=str(night), store=str(store))
    first, again = nightly(settings), nightly(settings)
    assert (first.version, first.published, again.published) == (2, True, False)
    nothing, published = last_runs(2)
    date = newest_date(night)
    assert published.name == f"nightly {date} -> version 2"
    assert nothing.name == f"nightly {date}: nothing new"
    assert published.state is not None
    assert nothing.state is not None
    assert (published.state.name, published.state.message) == (
        "Completed",
        "Published version 2 of catalogue: 12 titles added, 3 removed, 5 edited",
    )
    assert (nothing.state.name, nothing.state.message) == (
        "Completed",
        "Nothing new: version 2 of catalogue stays in force",
    )
    assert {
        "find last version of catalogue",
        "read titles: netflix_titles.csv",
        "check titles: 249 rows",
        "check titles: partition 1 of 1",
        "place 12 added titles",
        "check assignments: titles 1 to 249 of 249",
        "commit version 2 of catalogue",
        "show version 2",
    } <= task_names(published)


def test_refused_data_fail_with_our_own_line_and_show_the_broken_expectations(
    store: Path, evening: Path, tmp_path: Path
) -> None:
    bad = tmp_path / "netflix_titles.csv"
    lines = evening.read_text(encoding="utf-8").splitlines(keepends=True)
    bad.write_text("".join([*lines, lines[5]]), encoding="utf-8")
    with pytest.raises(QualityError) as refused:
        nightly(NightlySettings(titles=str(bad), store=str(store)))
    run = last_run()
    assert run.name == "nightly netflix_titles.csv: refused"
    assert run.state is not None
    assert (run.state.name, run.state.message) == ("Failed", str(refused.value))
    shown = Artifact.get("quality")
    assert shown is not None
    assert shown.flow_run_id == run.id
    page = str(shown.data)
    assert "**Refused: nothing was published.**" in page
    assert f"**{escaped('expect_column_values_to_be_between(identical_rows)')}**" in page
    # The whole of it, as in the message: no {name} is left open.
    assert escaped("row 241 repeats row 5") in page
    assert "{" not in page
    assert_untouched(store)


def test_a_run_that_fails_for_another_reason_is_not_called_refused(
    night: Path, tmp_path: Path
) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(NoVersionError):
        nightly(NightlySettings(titles=str(night), store=str(tmp_path / "empty")))
    assert last_run().name == "nightly netflix_titles.csv: failed"


def test_parent_and_sub_flows_are_named_each_after_their_own_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    small_models.use(monkeypatch, replace(MEAN, quick=True), TITLE_MEAN)
    demo(DemoSettings(store=str(tmp_path / "demo-store"), n_titles=200))
    compared, night, evening, whole = last_runs(4)
    assert whole.name == "demo demo-store: version 2"
    assert compared.name.endswith(" -> version 1")
    assert compared.state is not None
    assert (compared.state.message or "").startswith(
        "Published version 1 of comparison: 1 model measured, best rating mean (rmse "
    )
    assert evening.name.endswith(" -> version 1")
    assert night.name.endswith(" -> version 2")
    assert whole.state is not None
    assert (whole.state.message or "").startswith("Published version 1 of catalogue: 200 titles")


def test_viewers_are_named_after_their_newest_rating(
    published_viewers: Path, raw: Path, tmp_path: Path
) -> None:
    store = Path(shutil.copytree(published_viewers, tmp_path / "store"))
    viewers(viewers_settings(raw, store, pictures=True))
    lines = "".join(path.read_text() for path in raw.glob("combined_data_*.txt")).splitlines()
    newest = max(line.split(",")[2] for line in lines if "," in line)
    assert last_run().name == f"viewers {newest}: nothing new"


def test_housekeeping_says_how_many_runs_are_gone(store: Path, night: Path) -> None:
    nightly(NightlySettings(titles=str(night), store=str(store)))
    housekeeping(HousekeepingSettings(store=str(store), keep_last=1, keep_days=0, delete=True))
    # The night stands on the fit of version 1, which stays.
    assert last_run().name == "housekeeping store: 0 runs gone"


def test_a_server_that_renames_nothing_and_shows_nothing_fails_no_run(
    store: Path, night: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: Any, **__: Any) -> None:
        raise ConnectionError("nobody answers")

    monkeypatch.setattr(endings, "get_client", broken)
    for place in ("artifacts", "quality_page", "drift_page"):
        monkeypatch.setattr(f"tasks.{place}.create_markdown_artifact", broken)
    monkeypatch.setattr("tasks.events.emit_event", broken)
    outcome = nightly(NightlySettings(titles=str(night), store=str(store)))
    assert outcome.published
    assert last_run().name == "nightly netflix_titles.csv"
    assert_untouched(store, 2)


def test_a_run_that_takes_too_long_is_stopped_and_leaves_nothing(
    store: Path, night: Path, run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "scratch").mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "scratch"))
    monkeypatch.setattr(nightly, "timeout_seconds", 5.0)
    monkeypatch.setattr("flows.nightly.upload", lambda *_: time.sleep(60))
    began = time.monotonic()
    done = run("nightly", "--titles", str(night), "--store", str(store), "--quiet")
    assert time.monotonic() - began < 50
    assert done.status == 1
    assert done.errors == ["error: the run took too long: Scope timed out after 5.0 second(s)."]
    found = last_run()
    assert found.state is not None
    assert found.state.name == "TimedOut"
    assert_untouched(store)
    assert list((tmp_path / "scratch").iterdir()) == []
    monkeypatch.undo()
    assert nightly(NightlySettings(titles=str(night), store=str(store))).version == 2
