from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from scipy import sparse

from reelhouse.report.why import Likeness

TERMS = [("listed_in", "crime"), ("description", ""), ("description", ""), ("type", "movie")]


@pytest.fixture
def likeness() -> Likeness:
    centroids = np.array([[0.6, 0.8, 0.0, 0.0], [0.0, 0.0, 0.6, 0.8]], dtype=np.float32)
    return Likeness(TERMS, centroids, np.array([7, 3], dtype=np.int32))


def test_latent_dimensions_of_a_field_are_one_part(likeness: Likeness) -> None:
    assert likeness.names == ["genre crime", "the wording of the description", "type movie"]
    vectors = sparse.csr_matrix(np.array([[0.5, 0.5, 0.5, 0.5]], dtype=np.float32))
    # With (.6, .8, 0, 0): .5 * .6 by the genre, .5 * .8 + .5 * 0 by the wording.
    (row,) = likeness.parts(vectors, pa.array([7], pa.int32()))
    assert row == [(1, pytest.approx(0.4)), (0, pytest.approx(0.3))]


def test_each_title_is_compared_with_its_own_cluster(likeness: Likeness) -> None:
    vectors = sparse.csr_matrix(np.array([[1.0, 0, 0, 0], [0, 0, 0, 1.0]], dtype=np.float32))
    found = likeness.parts(vectors, pa.array([7, 3], pa.int32()))
    assert found == [[(0, pytest.approx(0.6))], [(2, pytest.approx(0.8))]]


def test_a_title_without_a_cluster_or_without_features_has_no_parts(likeness: Likeness) -> None:
    vectors = sparse.csr_matrix(np.array([[1.0, 0, 0, 0], [0, 0, 0, 0]], dtype=np.float32))
    assert likeness.parts(vectors, pa.array([None, 7], pa.int32())) == [[], []]
