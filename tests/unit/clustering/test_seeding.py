from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from scipy import sparse
from sklearn.metrics import adjusted_rand_score

from reelhouse.clustering.breathing import breathe
from reelhouse.clustering.centroids import Centroids
from reelhouse.clustering.geometry import FloatArray, unit_rows
from reelhouse.clustering.lloyd import settle_rows
from reelhouse.clustering.rows import rows_of
from reelhouse.clustering.seeding import Seeding, n_distinct, seed_centroids
from reelhouse.errors import ClusteringError

AXES = np.eye(3, dtype=np.float32)


def lloyd(rows: sparse.csr_matrix, start: FloatArray, *, steps: int) -> Seeding:
    centroids = Centroids(start, "cosine")
    labels, inertia, _ = settle_rows(rows_of(rows), centroids, steps=steps, tol=1e-4)
    return Seeding(centroids.centers, labels, inertia)


def test_rows_are_brought_to_unit_length_and_zeros_stay() -> None:
    unit = unit_rows(np.array([[3.0, 4.0], [0.0, 0.0], [0.0, -2.0]]))
    assert unit.dtype == np.float32
    np.testing.assert_allclose(unit, [[0.6, 0.8], [0, 0], [0, -1]])


@pytest.mark.parametrize("seed", range(3))
def test_planted_blobs_are_found(blobs: Any, seed: int) -> None:
    rows, truth = blobs(5, 20, seed=seed)
    found = seed_centroids(rows, 5, seed=seed, restarts=3)
    assert adjusted_rand_score(truth, found.labels) == 1.0
    np.testing.assert_allclose(np.linalg.norm(found.centroids, axis=1), 1, rtol=1e-6)


def test_the_same_seed_gives_the_same_centroids(blobs: Any) -> None:
    rows, _ = blobs(noise=0.8)
    first, second, other = (seed_centroids(rows, 6, seed=s, restarts=1) for s in (3, 3, 4))
    assert np.array_equal(first.centroids, second.centroids)
    assert not np.array_equal(first.centroids, other.centroids)


def test_breathing_makes_up_for_a_poor_start(blobs: Any) -> None:
    rows, _ = blobs(noise=0.8)
    inertias = [seed_centroids(rows, 6, seed=seed, restarts=1).inertia for seed in range(8)]
    assert max(inertias) <= 1.02 * min(inertias)


@pytest.mark.parametrize(
    ("rows", "different"), [([0, 0, 0, 0], 1), ([0, 1, 0, 1], 2), ([], 0), ([0, 1, None], 2)]
)
def test_fewer_different_rows_than_clusters_are_a_clear_error(
    rows: list[int | None], different: int
) -> None:
    dense = np.array([AXES[at] if at is not None else np.zeros(3) for at in rows]).reshape(-1, 3)
    with pytest.raises(ClusteringError, match=f"^{different} different titles .* make 3 clusters$"):
        seed_centroids(sparse.csr_matrix(dense, dtype=np.float32), 3, seed=0)


def test_no_restart_is_a_clear_error() -> None:
    with pytest.raises(ClusteringError, match="restarts=0, expected at least 1"):
        seed_centroids(sparse.csr_matrix(AXES), 2, seed=0, restarts=0)


def test_as_many_clusters_as_rows_leave_no_distance() -> None:
    found = seed_centroids(sparse.csr_matrix(AXES), 3, seed=0)
    assert found.inertia == pytest.approx(0, abs=1e-6)
    assert sorted(found.labels) == [0, 1, 2]


def test_counting_different_rows_does_not_depend_on_the_order_of_their_entries() -> None:
    data, indices = np.array([1, 2, 2, 1, 1], np.float32), np.array([0, 1, 1, 0, 0])
    rows = sparse.csr_matrix((data, indices, np.array([0, 2, 4, 5])), shape=(3, 2))
    assert n_distinct(rows, most=9) == 2
    assert n_distinct(rows, most=1) == 1


def test_the_inertia_never_rises_from_step_to_step(blobs: Any) -> None:
    rows, _ = blobs(4, 30, noise=1.0)
    start = rows[:6].toarray()
    inertias = [lloyd(rows, start, steps=n).inertia for n in range(8)]
    assert all(after <= before + 1e-5 for before, after in pairwise(inertias))
    assert inertias[-1] < inertias[0]


def test_one_step_of_lloyd_by_hand() -> None:
    rows = sparse.csr_matrix(np.array([[1, 0], [0.6, 0.8], [0, 1]], dtype=np.float32))
    start = np.array([[1, 0], [0, 1]], dtype=np.float32)
    found = lloyd(rows, start, steps=1)
    # The middle row is nearer to the second axis: its cluster's mean is (0.6, 1.8) / sqrt(3.6).
    mean = np.array([0.6, 1.8]) / np.sqrt(3.6)
    np.testing.assert_allclose(found.centroids, [[1, 0], mean], rtol=1e-6)
    assert found.labels.tolist() == [0, 1, 1]
    assert found.inertia == pytest.approx(
        (1 - (0.36 + 1.44) / np.sqrt(3.6)) + (1 - mean[1]), rel=1e-5
    )


def test_a_starved_cluster_takes_the_row_farthest_from_its_own() -> None:
    rows = sparse.csr_matrix(np.array([[1, 0], [0.96, 0.28], [0, 1]], dtype=np.float32))
    # Both centroids stand at the first axis, so the second one gets nothing.
    found = lloyd(rows, np.array([[1, 0], [1, 0]], dtype=np.float32), steps=5)
    assert found.labels.tolist() == [0, 0, 1]
    np.testing.assert_allclose(found.centroids[1], [0, 1])


def test_breathing_leaves_a_local_minimum_and_never_gets_worse(blobs: Any) -> None:
    rows, truth = blobs(4, 20)
    # Two centroids share the first blob and one stands between two others: Lloyd stays there.
    dense = rows.toarray()
    first = np.flatnonzero(truth == 0)
    between = unit_rows((dense[truth == 2].mean(0) + dense[truth == 3].mean(0))[None])
    start = np.vstack([dense[first[:2]], dense[truth == 1][:1], between])
    stuck = lloyd(rows, start, steps=20)
    every, ones = rows_of(rows), np.ones(rows.shape[0])

    def breathed(centroids: FloatArray, inertia: float) -> tuple[FloatArray, float]:
        rng = np.random.default_rng(0)
        return breathe(every, centroids, inertia, "cosine", rng, ones, steps=20)

    found, inertia = breathed(stuck.centroids, stuck.inertia)
    assert inertia < stuck.inertia
    assert adjusted_rand_score(truth, Centroids(found, "cosine").labels(every)) == 1.0
    assert breathed(found, inertia)[1] <= inertia
