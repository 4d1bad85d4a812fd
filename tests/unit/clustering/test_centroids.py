from __future__ import annotations

import numpy as np
import pytest
from scipy import sparse

from reelhouse.clustering.centroids import Centroids, Geometry
from reelhouse.clustering.coarse import MAX_CLUSTERS
from reelhouse.clustering.rows import rows_of


@pytest.mark.parametrize("geometry", ["cosine", "euclidean"])
def test_many_centroids_cost_what_they_are_apart(geometry: Geometry) -> None:
    n = MAX_CLUSTERS + 2
    axes = np.eye(n, dtype=np.float32)
    found = Centroids(axes, geometry).nearest(rows_of(sparse.csr_matrix(2 * axes)))
    assert np.array_equal(found.labels, np.arange(n))
    # A row of length 2 is 1 away from the end of its axis, and in its direction.
    np.testing.assert_allclose(found.costs, 0 if geometry == "cosine" else 1, atol=1e-6)
    assert found.second_costs.size == found.second_labels.size == 0
