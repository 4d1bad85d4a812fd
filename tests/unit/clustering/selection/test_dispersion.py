from __future__ import annotations

from math import inf, isnan
from typing import Any

import numpy as np
import pytest
from scipy import sparse
from sklearn.metrics import calinski_harabasz_score, davies_bouldin_score

from reelhouse.clustering.selection.dispersion import calinski_harabasz, davies_bouldin
from reelhouse.clustering.selection.products import ClusterProducts


def products(rows: list[list[float]], labels: list[int]) -> ClusterProducts:
    return ClusterProducts.of(sparse.csr_matrix(np.array(rows, float)), np.array(labels))


def test_two_pairs_on_a_line() -> None:
    # Means 2 and 8, overall 5: 4 * 9 between and 4 * 1 within; widths 1 and 1, 6 apart.
    found = products([[1], [3], [7], [9]], [0, 0, 1, 1])
    assert calinski_harabasz(found) == pytest.approx((36 / 1) / (4 / 2))
    assert davies_bouldin(found) == pytest.approx((1 + 1) / 6)


def test_the_worst_neighbour_of_each_cluster_counts() -> None:
    # Widths 1, 1 and 0 at 2, 8 and 10: 2/6 for the first, 1/2 for the others.
    found = products([[1], [3], [7], [9], [10], [10]], [0, 0, 1, 1, 2, 2])
    assert davies_bouldin(found) == pytest.approx((2 / 6 + 1 / 2 + 1 / 2) / 3)


@pytest.mark.parametrize("seed", range(4))
def test_both_are_those_of_scikit_learn(blobs: Any, seed: int) -> None:
    rows, _ = blobs(noise=0.8, seed=seed)
    rows[0] = 0  # a row of which nothing is known
    labels = np.random.default_rng(seed).integers(0, 7, rows.shape[0])
    labels[labels == 3] = 9  # labels need not be consecutive
    labels[1] = 3  # alone in its cluster
    found, dense = ClusterProducts.of(rows, labels), rows.toarray().astype(np.float64)
    assert calinski_harabasz(found) == pytest.approx(
        calinski_harabasz_score(dense, labels), rel=1e-4
    )
    assert davies_bouldin(found) == pytest.approx(davies_bouldin_score(dense, labels), rel=1e-4)


def test_clusters_without_width_are_infinitely_dispersed() -> None:
    found = products([[1, 0], [1, 0], [0, 1], [0, 1]], [0, 0, 1, 1])
    assert calinski_harabasz(found) == inf
    assert davies_bouldin(found) == 0


def test_equal_rows_in_two_clusters_are_as_bad_as_can_be() -> None:
    assert davies_bouldin(products([[1], [3], [1], [3]], [0, 0, 1, 1])) == inf
    assert davies_bouldin(products([[1], [1]], [0, 1])) == 0


def test_one_cluster_or_one_per_row_has_no_dispersion() -> None:
    assert isnan(calinski_harabasz(products([[1], [2]], [0, 0])))
    assert isnan(calinski_harabasz(products([[1], [2]], [0, 1])))
    assert isnan(davies_bouldin(products([[1], [2]], [0, 0])))
