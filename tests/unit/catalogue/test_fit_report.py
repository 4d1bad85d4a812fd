from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from reelhouse.catalogue import fit_report as module
from reelhouse.catalogue.fit_report import fit_report
from reelhouse.catalogue.refit import fit_frozen_features, refit
from reelhouse.catalogue.settings import CatalogueSettings
from reelhouse.catalogue.workspace import Workspace
from reelhouse.settings import ClusterSettings

if TYPE_CHECKING:
    from tests.unit.catalogue.conftest import Catalogue

SETTINGS = CatalogueSettings(
    titles="x",
    store="y",
    clusters=ClusterSettings(n_clusters=3, passes=2, batch_size=8, restarts=4, sample_size=24),
)


def reported(
    catalogue: Catalogue, rows: list[dict[str, Any]], cuts: tuple[int, ...] = ()
) -> tuple[Workspace, dict[str, Any]]:
    work, _ = catalogue.identified("one", rows, cuts=cuts)
    fit_frozen_features(work, SETTINGS.features, SETTINGS.feature_options, seed=0)
    refit(work, SETTINGS.clusters, None, version=1)
    return work, fit_report(work, SETTINGS)["quality"]


def test_three_plain_themes_are_found_with_and_without_their_genres(catalogue: Catalogue) -> None:
    work, report = reported(catalogue, catalogue.rows(8), cuts=(5,))
    assert report["titles"] == report["titles_of_the_sample"] == 24
    assert report["agreement"]["genre"]["ari"] == pytest.approx(1)
    assert report["agreement_without_genres"]["genre"]["nmi"] == pytest.approx(1)
    # All titles are movies.
    assert report["agreement"]["type"]["nmi"] == pytest.approx(0)
    assert report["seed_to_seed_ari"] == pytest.approx(1)
    assert report["sizes"] == {"smallest": 8, "median": 8, "largest": 8, "gini": 0}
    assert 0 < report["coherence"] <= 1
    assert 0 < report["silhouette"] <= 1
    stored = json.loads((work.quality / "fit.json").read_text(encoding="utf-8"))
    clusters = stored.pop("clusters")
    assert stored == {name: value for name, value in report.items() if name != "weak_clusters"}
    assert [row["cluster_id"] for row in clusters] == [0, 1, 2]
    assert {row["name"] for row in clusters} == {"Sci-fi films", "Food films", "Crime films"}
    assert sum(bool(row["weak"]) for row in clusters) == report["weak_clusters"]


def test_titles_that_have_nothing_but_genres_have_no_figure_without_them(
    catalogue: Catalogue,
) -> None:
    bare = {"description": None, "director": None, "type": None}
    rows = [{**row, **bare} for row in catalogue.rows(8)]
    _, report = reported(catalogue, rows)
    assert report["agreement_without_genres"] is None
    assert report["agreement"]["genre"]["ari"] == pytest.approx(1)
    assert report["coherence"] is None


def test_of_a_large_catalogue_a_sample_is_measured(
    catalogue: Catalogue, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "N_SAMPLE", 15)
    _, report = reported(catalogue, catalogue.rows(8), cuts=(5, 5, 20))
    assert (report["titles"], report["titles_of_the_sample"]) == (24, 15)
    assert report["agreement"]["genre"]["n_titles"] == 24
    assert report["agreement_without_genres"]["genre"]["n_titles"] == 15
