from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import sparse
from sklearn.metrics import adjusted_rand_score

from reelhouse.clustering.rows import rows_of
from reelhouse.clustering.seeding import best_start, seed_centroids
from reelhouse.clustering.spectral import spectral_centers


def thin_groups(
    n_groups: int = 6, per_group: int = 150, n_features: int = 600, seed: int = 0
) -> tuple[sparse.csr_matrix, NDArray[np.int64]]:
    """Rows of eight columns, six of them of their group's: two rows rarely share any."""
    rng = np.random.default_rng(seed)
    truth = rng.permutation(np.repeat(np.arange(n_groups), per_group))
    width = n_features // n_groups
    columns = [
        np.concatenate(
            [rng.choice(width, 6, replace=False) + group * width, rng.choice(n_features, 2)]
        )
        for group in truth
    ]
    rows = np.repeat(np.arange(truth.size), 8)
    data = np.ones(rows.size, dtype=np.float32)
    shape = (truth.size, n_features)
    return sparse.csr_matrix((data, (rows, np.concatenate(columns))), shape=shape), truth


def test_groups_of_rows_that_share_hardly_a_column_are_found() -> None:
    rows, truth = thin_groups()
    found = seed_centroids(rows, 6, seed=0, restarts=2, method="spectral")
    assert adjusted_rand_score(truth, found.labels) > 0.95


@pytest.mark.parametrize("geometry", ["euclidean", "cosine"])
def test_the_start_is_no_worse_than_one_from_single_rows(geometry: str) -> None:
    rows, _ = thin_groups(seed=3)
    spectral = seed_centroids(rows, 6, seed=0, restarts=2, geometry=geometry, method="spectral")
    plain = seed_centroids(rows, 6, seed=0, restarts=2, geometry=geometry, method="k-means++")
    assert spectral.inertia <= plain.inertia * 1.001


def test_centers_are_the_weighted_means_of_the_rows_that_lie_together() -> None:
    rows, truth = thin_groups(n_groups=2, per_group=30, n_features=40)
    weights = np.where(np.arange(60) % 2, 1.0, 3.0)
    centers = spectral_centers(
        rows_of(rows), 2, "euclidean", lambda _: truth.astype(np.int32), seed=0, weights=weights
    )
    assert centers is not None
    for group in (0, 1):
        mine = truth == group
        expected = weights[mine] @ rows[mine].toarray() / weights[mine].sum()
        np.testing.assert_allclose(centers[group], expected, rtol=1e-5, atol=1e-7)


def test_too_few_features_to_have_leading_directions_leave_it_to_single_rows() -> None:
    rows = sparse.random_array((50, 12), density=0.5, rng=np.random.default_rng(0), format="csr")
    as_given = rows_of(rows.astype(np.float32))
    found = best_start(as_given, 3, "euclidean", seed=1, restarts=2, method="spectral")
    plain = best_start(as_given, 3, "euclidean", seed=1, restarts=2, method="k-means++")
    np.testing.assert_array_equal(found.centroids, plain.centroids)


def test_threads_change_nothing() -> None:
    rows, _ = thin_groups(seed=1)
    one, three = (
        best_start(
            rows_of(rows), 6, "cosine", seed=0, restarts=2, method="spectral", n_threads=threads
        )
        for threads in (1, 3)
    )
    np.testing.assert_array_equal(one.centroids, three.centroids)
    assert one.inertia == three.inertia
