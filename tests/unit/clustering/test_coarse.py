from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import sparse

from reelhouse.clustering import coarse as module
from reelhouse.clustering import coarse_sums
from reelhouse.clustering.centroids import Centroids
from reelhouse.clustering.coarse import Coarse
from reelhouse.clustering.coarse_sums import column_order
from reelhouse.clustering.kernels_sizes import largest_of_rows
from reelhouse.clustering.rows import rows_of


def some_rows(dtype: str, seed: int = 0) -> sparse.csr_matrix:
    rng = np.random.default_rng(seed)
    rows = sparse.random_array((500, 90), density=0.2, rng=rng, format="csr")
    if dtype in ("int8", "int16"):
        largest = 6 if dtype == "int8" else 3_000
        rows.data = rng.integers(-largest, largest, rows.nnz).astype(dtype)
    else:
        rows.data = rng.normal(size=rows.nnz).astype(dtype)
    return sparse.csr_matrix(rows)


def in_double_precision(rows: sparse.csr_matrix, state: Centroids) -> NDArray[np.intp]:
    scores = rows.astype(np.float64) @ state.centers.astype(np.float64).T
    if state.geometry == "euclidean":
        scores = scores - 0.5 * (state.centers.astype(np.float64) ** 2).sum(axis=1)
    labels: NDArray[np.intp] = scores.argmax(axis=1)
    return labels


@pytest.mark.parametrize("dtype", ["int8", "int16", "float32", "float64"])
@pytest.mark.parametrize("geometry", ["euclidean", "cosine"])
@pytest.mark.parametrize("n_clusters", [1, 3, 20, 100, 128])
def test_labels_are_those_of_double_precision(dtype: str, geometry: str, n_clusters: int) -> None:
    rows = some_rows(dtype)
    start = np.random.default_rng(1).normal(size=(n_clusters, 90))
    state = Centroids(start, geometry)
    np.testing.assert_array_equal(state.labels(rows_of(rows)), in_double_precision(rows, state))


@pytest.mark.parametrize("dtype", ["int8", "float32"])
def test_a_few_features_at_a_time_give_the_same_labels(
    dtype: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = some_rows(dtype)
    state = Centroids(np.random.default_rng(1).normal(size=(40, 90)), "euclidean")
    # Seven features of 64 columns of two bytes: 13 runs, the last one short.
    monkeypatch.setattr(module, "_BYTES_AT_ONCE", 7 * 64 * 2)
    monkeypatch.setattr(module, "_ROWS_AT_ONCE", 64)
    np.testing.assert_array_equal(state.labels(rows_of(rows)), in_double_precision(rows, state))


def test_columns_in_any_order_and_twice_in_a_row_are_all_counted(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "_BYTES_AT_ONCE", 2 * 32 * 2)
    # The row is 1 * 2 + 1 * 1 at column 5, and 1 at column 0: (1, 0, 0, 0, 0, 3).
    rows = sparse.csr_matrix(
        (np.array([2, 1, 1], np.int8), np.array([5, 0, 5]), np.array([0, 3])), shape=(1, 6)
    )
    start = np.array([[1, 0, 0, 0, 0, 2], [1, 0, 0, 0, 0, 3]], dtype=np.float32)
    assert Centroids(start, "euclidean").labels(rows_of(rows)).tolist() == [1]


@pytest.mark.parametrize("dtype", ["int8", "float32"])
def test_centroids_that_hardly_differ_are_compared_in_double_precision(dtype: str) -> None:
    rows = some_rows(dtype)
    base = np.random.default_rng(2).random(90)
    # They differ by far less than a step of the coarse numbers.
    start = base + 1e-6 * np.random.default_rng(3).normal(size=(40, 90))
    state = Centroids(start, "euclidean")
    np.testing.assert_array_equal(state.labels(rows_of(rows)), in_double_precision(rows, state))


def test_rows_whose_whole_sums_would_wrap_around_are_compared_in_double_precision() -> None:
    # 40 values of 3,000: their sizes sum up to 120,000, times 32,767 is beyond 32 bits.
    rows = sparse.csr_matrix(np.full((1, 40), 3_000, dtype=np.int16))
    start = np.stack([np.full(40, 0.5), np.full(40, 3_000.0), np.full(40, -3_000.0)])
    assert Centroids(start, "euclidean").labels(rows_of(rows)).tolist() == [1]


def test_equal_centroids_and_empty_rows_go_to_the_lower_number() -> None:
    rows = sparse.csr_matrix(np.array([[0, 0, 0], [1, 2, 0], [0, 0, 3]], dtype=np.float32))
    start = np.array([[1, 2, 0], [1, 2, 0], [0, 0, 3], [0, 0, 3]], dtype=np.float32)
    labels = Centroids(start, "cosine").labels(rows_of(rows))
    assert labels.tolist() == [0, 0, 2]


def test_the_table_holds_how_far_centroids_are_off_the_middle() -> None:
    centers = np.array([[0, 1, 5], [4, -2, 5], [3, -1, 5]], dtype=np.float32)
    laid_out = Coarse.of(centers, np.zeros(3), whole=False, n_threads=1)
    # Off (2, -0.5, 5) by (-2, 1.5, 0), (2, -1.5, 0) and (1, -0.5, 0): 32,767 steps are 2, 2, 1.
    assert laid_out.table[:, :3].tolist() == [
        [-32_767, 32_767, 32_767],
        [24_575, -24_575, -16_384],
        [0, 0, 0],
    ]
    assert laid_out.steps[:4].tolist() == pytest.approx([2 / 32_767, 2 / 32_767, 1 / 32_767, 0])


def test_centroids_that_are_all_alike_have_steps_of_none() -> None:
    laid_out = Coarse.of(np.ones((2, 3), np.float32), np.zeros(2), whole=True, n_threads=1)
    assert not laid_out.steps.any()
    assert not laid_out.table.any()


def test_centroids_too_small_for_their_steps_are_told_apart_all_the_same() -> None:
    start = np.array([[1e-36, 0], [0, 1e-36]], dtype=np.float32)
    rows = sparse.csr_matrix(np.array([[1, 0], [0, 1]], dtype=np.float32))
    state = Centroids(np.eye(2), "euclidean")
    state.replace(np.arange(2, dtype=np.int32), start, 1.0)
    assert state.labels(rows_of(rows)).tolist() == [0, 1]


@pytest.mark.parametrize("dtype", ["int8", "float32"])
def test_the_coarse_numbers_follow_the_centroids_when_they_move(dtype: str) -> None:
    data = some_rows(dtype)
    rows = rows_of(data)
    state = Centroids(np.random.default_rng(1).normal(size=(20, 90)), "euclidean")
    for _ in range(2):
        state.learn(rows, state.labels(rows), np.ones(rows.n))
        np.testing.assert_array_equal(state.labels(rows), in_double_precision(data, state))


def test_one_state_serves_rows_of_both_kinds_in_turns() -> None:
    whole = some_rows("int8")
    state = Centroids(np.random.default_rng(1).normal(size=(20, 90)), "euclidean")
    expected = in_double_precision(whole, state)
    for kind in (np.int8, np.float32, np.int8):
        np.testing.assert_array_equal(state.labels(rows_of(whole.astype(kind))), expected)


@pytest.mark.parametrize("width", [16, 32, 48, 112])
@pytest.mark.parametrize("whole", [True, False])
def test_each_centroid_has_a_column_of_its_own(width: int, whole: bool) -> None:
    assert sorted(column_order(width, whole=whole)) == list(range(width))


@pytest.mark.parametrize("sizes", [{}, {8}, {16, 8}])
def test_columns_are_in_their_order_unless_the_processor_takes_pairs(
    sizes: set[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(coarse_sums, "_paired", lambda: dict.fromkeys(sizes, "a name"))
    first = column_order(32, whole=True)[:16]
    # Sums of a run come as the first four of every eight columns, then the others.
    expected = {
        0: list(range(16)),
        8: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15],
        16: [0, 1, 2, 3, 8, 9, 10, 11, 4, 5, 6, 7, 12, 13, 14, 15],
    }
    assert first == expected[max(sizes, default=0)]


@pytest.mark.parametrize("dtype", ["int8", "int16", "float32", "float64"])
def test_the_bound_of_rows_in_turn_is_their_largest_size_and_of_others_says_nothing(
    dtype: str,
) -> None:
    matrix = sparse.csr_matrix(np.array([[9, 0], [-3, 2], [0, 0], [1, 0]], dtype=dtype))
    rows = rows_of(matrix)

    def bound(numbers: list[int], first: int, last: int) -> float:
        found: float = largest_of_rows(
            rows.indptr, rows.data, np.array(numbers, np.int64), first, last
        )
        return found

    assert bound([0, 1, 2, 3], 1, 4) == 3
    assert bound([0, 1, 2, 3], 0, 4) == 9
    assert bound([0, 1, 2, 3], 2, 3) == 0
    assert bound([3, 1], 0, 2) == np.inf
