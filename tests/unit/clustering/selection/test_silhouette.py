from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy import sparse
from sklearn.metrics import silhouette_samples

from reelhouse.clustering.geometry import unit_rows
from reelhouse.clustering.selection import cluster_silhouettes, silhouette
from reelhouse.clustering.selection.products import ClusterProducts
from reelhouse.clustering.selection.silhouette import (
    sampled_silhouette,
    silhouettes,
    simplified_silhouettes,
)


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
    one = np.zeros(rows.shape[0], dtype=np.int32)
    assert not silhouettes(rows, one).any()
    assert not simplified_silhouettes(ClusterProducts.of(rows, one)).any()
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
    monkeypatch.setattr(silhouette, "SILHOUETTE_ROWS", 50)
    first, second = (sampled_silhouette(rows, truth, seed=1) for _ in range(2))
    assert first == second != whole
    assert first == pytest.approx(whole, abs=0.05)


def test_the_simplified_silhouette_measures_to_the_centroids() -> None:
    # Right is e1 twice; up is e2 and the diagonal, its centroid 22.5 degrees from both.
    rows = sparse.csr_matrix(unit_rows(np.array([[1.0, 0], [1, 0], [0, 1], [1, 1]])))
    found = simplified_silhouettes(ClusterProducts.of(rows, np.array([0, 0, 1, 1])))
    own, diagonal = 1 - np.cos(np.pi / 8), 1 - np.cos(np.pi / 4)
    expected = [1, 1, 1 - own, (diagonal - own) / diagonal]
    np.testing.assert_allclose(found, expected, atol=1e-6)


def test_the_simplified_silhouette_of_rows_at_their_centroids_is_the_silhouette() -> None:
    rows = sparse.csr_matrix(np.repeat(np.eye(3), 4, axis=0))
    labels = np.repeat([0, 1, 2], 4)
    found = simplified_silhouettes(ClusterProducts.of(rows, labels))
    np.testing.assert_allclose(found, silhouettes(rows, labels))
    np.testing.assert_allclose(found, 1)
