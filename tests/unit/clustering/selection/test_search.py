from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest
from scipy import sparse
from sklearn.metrics import adjusted_rand_score, calinski_harabasz_score, davies_bouldin_score

from reelhouse.clustering.selection import (
    Candidate,
    choose,
    curve_table,
    fixed,
    search,
    try_numbers,
)
from reelhouse.clustering.selection.search import candidate_numbers, largest_number
from reelhouse.clustering.selection.silhouette import silhouettes
from reelhouse.errors import ClusteringError
from reelhouse.features.kinds import fit_model
from reelhouse.features.settings import FeatureKind, FeatureOptions
from reelhouse.sources import read_titles
from reelhouse.sources.synthetic import SyntheticSettings, write_catalogue


def test_every_small_number_is_tried_and_larger_ones_8_percent_apart() -> None:
    assert candidate_numbers(2) == [2]
    assert candidate_numbers(5) == [2, 3, 4, 5]
    assert candidate_numbers(30) == [*range(2, 21), 22, 24, 26, 28, 30]


def test_the_range_leaves_four_rows_to_few_clusters_and_32_to_many() -> None:
    assert [largest_number(n) for n in (4, 16, 256, 2048, 8000)] == [2, 4, 64, 64, 250]
    with pytest.raises(ClusteringError, match="3 titles with known terms, expected at least 4"):
        largest_number(3)


def test_a_candidate_says_what_each_criterion_says() -> None:
    # Two pairs of unit rows, 60 degrees apart in each, on axes of their own.
    half = np.sqrt(0.75)
    dense = np.array([[half, 0.5, 0, 0], [half, -0.5, 0, 0], [0, 0, half, 0.5], [0, 0, half, -0.5]])
    labels = np.array([0, 0, 1, 1])
    found = Candidate.of(sparse.csr_matrix(dense), labels, 2, stability=0.5)
    assert found.inertia == pytest.approx(4 * (1 - half))
    assert found.silhouette == pytest.approx((1 - 0.5) / 1)
    assert found.simplified_silhouette == pytest.approx((1 - (1 - half)) / 1)
    assert found.calinski_harabasz == pytest.approx(calinski_harabasz_score(dense, labels))
    assert found.davies_bouldin == pytest.approx(davies_bouldin_score(dense, labels))
    assert found.stability == 0.5


def test_what_is_no_number_is_null_in_json_and_in_the_table() -> None:
    nine, four = Candidate(9, 1.0, 0.2, calinski_harabasz=math.inf), Candidate(4, 2.0, 0.1)
    assert nine.to_json()["calinski_harabasz"] is None
    table = curve_table([nine, four])
    assert table["n_clusters"].to_pylist() == [4, 9]
    assert table["silhouette"].to_pylist() == [0.1, 0.2]
    assert table["stability"].to_pylist() == table["calinski_harabasz"].to_pylist() == [None, None]


@pytest.mark.parametrize("planted", [3, 5, 7])
def test_the_planted_number_of_clusters_is_chosen(blobs: Any, planted: int) -> None:
    rows, _ = blobs(planted, 30, noise=0.3, seed=planted)
    chosen = choose(rows, seed=0, restarts=4)
    assert chosen.n_clusters == planted
    assert chosen.votes["silhouette"] == planted
    assert f"silhouette {planted}" in chosen.reason
    assert chosen.seeding.centroids.shape[0] == planted
    about = chosen.to_json()
    assert about["n_clusters"] == planted
    tried = [candidate["n_clusters"] for candidate in about["curve"]]
    assert tried == sorted(set(tried))
    assert planted in tried


def test_no_more_clusters_are_tried_than_there_are_different_rows() -> None:
    rows = sparse.csr_matrix(np.repeat(np.eye(3, dtype=np.float32), 20, axis=0))
    chosen = choose(rows, seed=0, restarts=2)
    assert chosen.n_clusters == 3
    assert max(candidate.n_clusters for candidate in chosen.curve) == 3


def test_rows_that_are_all_the_same_cannot_be_clustered() -> None:
    rows = sparse.csr_matrix(np.ones((50, 1), dtype=np.float32))
    with pytest.raises(ClusteringError, match="1 different titles"):
        choose(rows, seed=0, restarts=2)


def test_empty_rows_do_not_count_as_titles() -> None:
    rows = sparse.csr_matrix((50, 4), dtype=np.float32)
    with pytest.raises(ClusteringError, match="0 titles with known terms, expected at least 4"):
        choose(rows, seed=0, restarts=2)


def test_a_number_that_was_asked_for_is_kept(blobs: Any) -> None:
    rows, _ = blobs(4)
    found = fixed(rows, 2, seed=0, restarts=2)
    assert (found.n_clusters, found.reason) == (2, "2 clusters were asked for")
    (candidate,) = found.curve
    assert candidate.silhouette == pytest.approx(silhouettes(rows, found.seeding.labels).mean())
    assert 0 < candidate.stability <= 1


def test_the_range_grows_while_the_best_lies_in_its_upper_half(
    blobs: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(search, "_FIRST_RANGE", 8)
    rows, truth = blobs(12, 40, noise=0.1, n_features=16)
    chosen = choose(rows, seed=0, restarts=2)
    assert chosen.n_clusters == 12
    assert chosen.curve[-1].n_clusters == 480 // 32
    assert adjusted_rand_score(truth, chosen.seeding.labels) == 1
    few, _ = blobs(3, 160, noise=0.1, n_features=16)
    assert choose(few, seed=0, restarts=2).curve[-1].n_clusters == 8


def test_the_same_seed_chooses_the_same_curve(blobs: Any) -> None:
    rows, _ = blobs(4, 20, noise=0.6)
    first, second = (choose(rows, seed=3, restarts=1) for _ in range(2))
    assert first.curve == second.curve


def test_a_large_sample_is_searched_in_part(blobs: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    rows, _ = blobs(4, 60)
    monkeypatch.setattr(search, "SEARCH_ROWS", 80)
    (some,) = try_numbers(rows, [4], seed=0)
    assert some.inertia == pytest.approx(try_whole(rows) / 3, rel=0.1)


def try_whole(rows: sparse.csr_matrix) -> float:
    return fixed(rows, 4, seed=0, restarts=1).seeding.inertia


def test_only_numbers_with_four_rows_each_are_tried(blobs: Any) -> None:
    rows, _ = blobs(4, 10)
    tried = try_numbers(rows, {1, 2, 4, 10, 11}, seed=0)
    assert [candidate.n_clusters for candidate in tried] == [2, 4, 10]
    assert max(tried, key=lambda candidate: candidate.silhouette).n_clusters == 4
    assert try_numbers(rows[:3], {2}, seed=0) == ()


def themed(tmp_path: Path, n_themes: int, n_titles: int, kind: FeatureKind) -> sparse.csr_matrix:
    path = tmp_path / "titles.csv"
    write_catalogue(path, SyntheticSettings(n_titles=n_titles, n_themes=n_themes))
    parts = read_titles(str(path), tmp_path / "parts", rows_per_partition=n_titles).parts
    model = fit_model(kind, parts, FeatureOptions(), scratch=tmp_path / "scratch")
    return model.transform(pq.read_table(list(parts)))


@pytest.mark.parametrize("kind", ["tfidf", "tfidf-svd"])
def test_ten_planted_themes_are_counted(tmp_path: Path, kind: FeatureKind) -> None:
    chosen = choose(themed(tmp_path, 10, 800, kind), seed=0, restarts=1)
    assert 9 <= chosen.n_clusters <= 11


@pytest.mark.long
@pytest.mark.parametrize("kind", ["tfidf", "tfidf-svd"])
def test_fifty_planted_themes_are_counted(tmp_path: Path, kind: FeatureKind) -> None:
    chosen = choose(themed(tmp_path, 50, 5000, kind), seed=0, restarts=1)
    assert 45 <= chosen.n_clusters <= 55
