from __future__ import annotations

import numpy as np
import pytest
from scipy import sparse

from reelhouse.clustering import centroids as module
from reelhouse.clustering.centroids import Centroids
from reelhouse.clustering.coarse import Coarse
from reelhouse.clustering.rows import rows_of


@pytest.fixture(autouse=True)
def always_coarse(monkeypatch: pytest.MonkeyPatch) -> None:
    """However few rows and clusters there are."""
    monkeypatch.setattr(module, "_COARSE_ENTRIES", 0)
    monkeypatch.setattr(module, "_COARSE_CLUSTERS", 1)


def some_rows(dtype: str, seed: int = 0) -> sparse.csr_matrix:
    rng = np.random.default_rng(seed)
    rows = sparse.random_array((500, 90), density=0.2, rng=rng, format="csr")
    if dtype == "int8":
        rows.data = rng.integers(1, 6, rows.nnz).astype(np.int8)
    else:
        rows.data = rng.normal(size=rows.nnz).astype(dtype)
    return sparse.csr_matrix(rows)


@pytest.mark.parametrize("dtype", ["int8", "float32"])
@pytest.mark.parametrize("geometry", ["euclidean", "cosine"])
@pytest.mark.parametrize("n_clusters", [3, 100, 128])
def test_labels_are_those_of_the_exact_look(dtype: str, geometry: str, n_clusters: int) -> None:
    rows = rows_of(some_rows(dtype))
    start = np.random.default_rng(1).normal(size=(n_clusters, 90))
    state = Centroids(start, geometry)
    np.testing.assert_array_equal(state.labels(rows), state._exact_labels(rows))


def test_centroids_that_hardly_differ_are_looked_at_exactly() -> None:
    rows = rows_of(some_rows("int8"))
    base = np.random.default_rng(2).random(90)
    # They differ by far less than a step of the coarse numbers.
    start = base + 1e-6 * np.random.default_rng(3).normal(size=(40, 90))
    state = Centroids(start, "euclidean")
    np.testing.assert_array_equal(state.labels(rows), state._exact_labels(rows))


def test_equal_centroids_and_empty_rows_go_to_the_lower_number() -> None:
    rows = sparse.csr_matrix(np.array([[0, 0, 0], [1, 2, 0], [0, 0, 3]], dtype=np.float32))
    start = np.array([[1, 2, 0], [1, 2, 0], [0, 0, 3], [0, 0, 3]], dtype=np.float32)
    labels = Centroids(start, "cosine").labels(rows_of(rows))
    assert labels.tolist() == [0, 0, 2]


def test_a_centroid_of_zeros_has_steps_of_none() -> None:
    centers = np.array([[0, 0], [4, -2]], dtype=np.float32)
    coarse = Coarse.of(centers, np.zeros(2, np.float32), 1)
    assert coarse.table[:, 0].tolist() == [0, 0]
    # 4 is the largest: 32,767 steps; -2 is half of them, rounded to an even number.
    assert coarse.table[:, 1].tolist() == [32_767, -16_384]
    assert coarse.step == pytest.approx(4 / 32_767)


def test_the_coarse_numbers_follow_the_centroids_when_they_move() -> None:
    data = some_rows("float32")
    rows = rows_of(data)
    state = Centroids(np.random.default_rng(1).normal(size=(20, 90)), "euclidean")
    state.labels(rows)
    state.learn(rows, state.nearest(rows), np.ones(rows.n))
    np.testing.assert_array_equal(state.labels(rows), state._exact_labels(rows))
