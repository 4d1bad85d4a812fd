from __future__ import annotations

from pathlib import Path

import pytest

from reelhouse.report.comparison_page import write_comparison_report
from reelhouse.runs.base import Base
from reelhouse.storage.publish import publish
from reelhouse.storage.store import open_store
from tests.support.compared import stage_small_comparison, write_small_comparison


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_small_comparison(tmp_path_factory.mktemp("comparison") / "staged").parent


def test_models_stand_by_protocol_with_the_figures_that_they_have(report: Path, data) -> None:
    rating, ranking = data(report, "overview")["protocols"]
    assert (rating["name"], rating["by"]) == ("rating", "rmse")
    assert [row["model"] for row in rating["models"]] == ["bias", "broken", "svd++"]
    assert (ranking["name"], ranking["by"]) == ("ranking", "ndcg_100")
    best = rating["models"][2]
    assert (best["rmse"], best["rmse_low"], best["rmse_high"]) == (0.9, 0.89, 0.91)
    assert best["settings"] == {"factors": "10"}
    # What was not measured is not there.
    assert "ndcg_100" not in best
    assert rating["models"][1]["reason"] == "it broke"
    assert "rmse" not in rating["models"][1]


def test_epochs_that_were_not_judged_or_left_all_figures_are_left_out(report: Path, data) -> None:
    curve = data(report, "curves")["rating"]["svd++"]
    assert curve == {"epochs": [1, 3, 5], "values": [1.1, 0.95, 0.91], "seconds": 0.5}


def test_trials_stand_in_order_and_a_value_that_is_none_is_left_out(report: Path, data) -> None:
    tried = data(report, "trials")["rating"]["svd++"]
    assert [(one["trial"], one["outcome"], one["chosen"]) for one in tried] == [
        (0, "done", False),
        (1, "done", True),
        (2, "failed", False),
    ]
    assert "value" not in tried[2]
    assert tried[1]["settings"] == {"factors": "10"}


def test_splits_are_named_once_and_their_figures_stand_by_model(report: Path, data) -> None:
    found = data(report, "splits")["rating"]
    assert found["splits"] == [["seed 0", 80, 20], ["seed 1", 80, 20]]
    assert set(found["models"]) == {"bias", "svd++"}
    assert [row["rmse"] for row in found["models"]["svd++"]] == [0.9, 0.9]


def test_tabs_are_those_of_the_tables_that_the_version_has(tmp_path: Path) -> None:
    manifest = stage_small_comparison(tmp_path / "staged")
    for table in ("curves", "trials"):
        (tmp_path / "staged" / f"{table}.parquet").unlink()
    index = write_comparison_report(tmp_path / "staged", manifest, [], version=1)
    page = index.read_text(encoding="utf-8")
    assert 'href="#/measured"' in page
    assert 'href="#/learning"' not in page
    assert 'href="#/trials"' not in page


def test_the_page_has_only_the_scripts_that_it_loads(report: Path) -> None:
    page = (report / "index.html").read_text(encoding="utf-8")
    scripts = {path.name for path in (report / "static").glob("*.js")}
    assert scripts == {name for name in scripts if f'"static/{name}"' in page}
    assert "models.js" in scripts
    assert "map.js" not in scripts
    assert 'id="search"' not in page


def test_the_history_names_the_best_models_of_the_versions_before(tmp_path: Path, data) -> None:
    manifest = stage_small_comparison(tmp_path / "before")
    store = open_store(tmp_path / "store", create=True)
    before = publish(store, "comparison", tmp_path / "before", manifest, None)
    assert Base(str(tmp_path / "store"), "comparison", before).next_number == 2
    staged = stage_small_comparison(tmp_path / "staged")
    index = write_comparison_report(tmp_path / "staged", staged, [before], version=2)
    history = data(index.parent, "history")
    assert [one["version"] for one in history] == [1, 2]
    assert history[0]["best"] == {"rating": ["svd++", 0.9]}
