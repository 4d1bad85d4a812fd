from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy import sparse
from sklearn.metrics import silhouette_samples

from reelhouse.clustering import selection
from reelhouse.clustering.selection import (
    candidate_numbers,
    choose,
    cluster_silhouettes,
    elbow,
    fixed,
    sampled_silhouette,
    silhouettes,
)
from reelhouse.errors import ClusteringError


def test_the_elbow_is_where_the_curve_kinks() -> None:
    # Falls by 10 per cluster up to 4, by 1 after: farthest below the chord at 4.
    assert elbow([2, 3, 4, 5, 6, 7], [40, 30, 20, 19, 18, 17]) == 4


def test_a_straight_or_flat_curve_has_its_elbow_at_the_start() -> None:
    assert elbow([2, 3, 4], [30, 20, 10]) == 2
    assert elbow([2, 3, 4], [10, 10, 10]) == 2
    assert elbow([2], [10]) == 2


@pytest.mark.parametrize("seed", range(3))
def test_silhouettes_are_those_of_scikit_learn(blobs: Any, seed: int) -> None:
    rows, _ = blobs(noise=1.0, seed=seed)
    labels = np.random.default_rng(seed).integers(0, 6, rows.shape[0]).astype(np.int32)
    labels[labels == 3] = 9  # labels need not be consecutive
    labels[0] = 3  # alone in its cluster
    expected = silhouette_samples(rows.toarray(), labels, metric="cosine")
    np.testing.assert_allclose(silhouettes(rows, labels), expected, atol=1e-5)
    assert silhouettes(rows, labels)[0] == 0


def test_one_cluster_has_no_silhouette(blobs: Any) -> None:
    rows, _ = blobs()
    assert not silhouettes(rows, np.zeros(rows.shape[0], dtype=np.int32)).any()
    assert sampled_silhouette(rows[:0], np.zeros(0, dtype=np.int32), seed=0) == 0


def test_the_silhouette_of_each_cluster_is_the_mean_of_its_rows(blobs: Any) -> None:
    rows, truth = blobs(3, noise=0.5)
    scores = silhouettes(rows, truth)
    means = cluster_silhouettes(rows, truth, 5, seed=0)
    np.testing.assert_allclose(means[:3], [scores[truth == c].mean() for c in range(3)], rtol=1e-5)
    assert np.isnan(means[3:]).all()


def test_a_large_matrix_is_sampled(blobs: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    rows, truth = blobs(3, 60)
    whole = sampled_silhouette(rows, truth, seed=0)
    monkeypatch.setattr(selection, "SILHOUETTE_ROWS", 50)
    first, second = (sampled_silhouette(rows, truth, seed=1) for _ in range(2))
    assert first == second != whole
    assert first == pytest.approx(whole, abs=0.05)


def test_candidates_leave_four_rows_to_each_cluster() -> None:
    assert candidate_numbers(4) == [2]
    assert candidate_numbers(16) == [2, 3, 4]
    assert candidate_numbers(10_000)[-1] == 64
    with pytest.raises(ClusteringError, match="3 titles with known terms, expected at least 4"):
        candidate_numbers(3)


@pytest.mark.parametrize("planted", [3, 5, 7])
def test_the_planted_number_of_clusters_is_chosen(blobs: Any, planted: int) -> None:
    rows, _ = blobs(planted, 30, noise=0.3, seed=planted)
    chosen = choose(rows, seed=0, restarts=4)
    assert chosen.n_clusters == planted
    assert chosen.reason == f"the sampled silhouette peaks at {planted} clusters"
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
    assert len(found.curve) == 1
