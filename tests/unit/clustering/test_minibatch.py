from __future__ import annotations

from functools import partial
from typing import Any

import dask.array as da
import numpy as np
import pytest
from dask_ml.wrappers import Incremental
from scipy import sparse
from sklearn.base import clone
from sklearn.exceptions import NotFittedError

from reelhouse.clustering import MiniBatchKMeans as AnyGeometry
from reelhouse.errors import ClusteringError

AXES = np.eye(2, dtype=np.float32)
MiniBatchKMeans = partial(AnyGeometry, geometry="cosine", random_state=0)


def csr(*rows: tuple[float, ...]) -> sparse.csr_matrix:
    return sparse.csr_matrix(np.array(rows, dtype=np.float32))


def test_one_batch_by_hand() -> None:
    model = MiniBatchKMeans(2, init=AXES).partial_fit(csr((1, 0), (0.6, 0.8), (0, 1), (0.8, 0.6)))
    # Rows 0 and 3 are nearest to the first axis, rows 1 and 2 to the second.
    first = np.array([1.8, 0.6]) / np.sqrt(3.6)
    np.testing.assert_allclose(model.cluster_centers_, [first, first[::-1]], rtol=1e-6)
    assert model.counts_.tolist() == [2, 2]
    assert model.inertia_ == pytest.approx(0.4, rel=1e-5)
    assert (model.n_steps_, model.n_features_in_) == (1, 2)


def test_later_batches_are_added_to_what_was_learned() -> None:
    model = MiniBatchKMeans(2, init=AXES)
    model.partial_fit(csr((1, 0), (0, 1))).partial_fit(csr((0.8, 0.6)))
    np.testing.assert_allclose(
        model.cluster_centers_, [np.array([1.8, 0.6]) / np.sqrt(3.6), [0, 1]], rtol=1e-6
    )
    assert model.counts_.tolist() == [2, 1]
    assert model.inertia_ == pytest.approx(0.2, rel=1e-5)
    assert model.total_inertia_ == pytest.approx(0.2, rel=1e-5)


def test_after_a_half_life_of_rows_the_past_counts_half() -> None:
    model = MiniBatchKMeans(2, init=AXES, half_life=2.0)
    model.partial_fit(csr((1, 0), (0, 1))).partial_fit(csr((0.8, 0.6), (0.8, 0.6)))
    # 0.5 * (1, 0) + 2 * (0.8, 0.6) = (2.1, 1.2)
    expected = np.array([2.1, 1.2]) / np.hypot(2.1, 1.2)
    np.testing.assert_allclose(model.cluster_centers_, [expected, [0, 1]], rtol=1e-6)
    assert model.counts_.tolist() == [2.5, 0.5]


def test_empty_rows_move_no_centroid() -> None:
    model = MiniBatchKMeans(2, init=AXES).partial_fit(csr((0, 0), (0, 0)))
    assert model.cluster_centers_.tolist() == AXES.tolist()


def test_centroids_are_unit_rows_after_every_block(blobs: Any) -> None:
    rows, _ = blobs(noise=0.9)
    model = MiniBatchKMeans(7, batch_size=11, half_life=30.0, random_state=1)
    for start in (0, 40, 70):
        model.partial_fit(rows[start : start + 40])
        np.testing.assert_allclose(np.linalg.norm(model.cluster_centers_, axis=1), 1, rtol=1e-5)


def test_the_same_seed_gives_the_same_result_and_another_does_not(blobs: Any) -> None:
    rows, _ = blobs(noise=0.9)

    def centers(seed: int) -> Any:
        return MiniBatchKMeans(5, batch_size=16, random_state=seed).fit(rows).cluster_centers_

    assert np.array_equal(centers(3), centers(3))
    assert not np.array_equal(centers(3), centers(4))


def test_fit_forgets_what_was_learned_before(blobs: Any) -> None:
    rows, _ = blobs()
    model = MiniBatchKMeans(4, batch_size=16).fit(rows[:50])
    once = MiniBatchKMeans(4, batch_size=16).fit(rows)
    assert np.array_equal(model.fit(rows).cluster_centers_, once.cluster_centers_)
    assert model.total_inertia_ == once.total_inertia_


def test_each_row_is_predicted_to_its_nearest_centroid(blobs: Any) -> None:
    rows, _ = blobs(noise=0.9)
    model = MiniBatchKMeans(5).fit(rows)
    cosine = rows.toarray() @ model.cluster_centers_.T
    assert model.predict(rows).tolist() == cosine.argmax(axis=1).tolist()
    np.testing.assert_allclose(model.transform(rows), 1 - cosine, atol=1e-6)
    assert model.score(rows) == pytest.approx(-(1 - cosine.max(axis=1)).sum(), rel=1e-5)
    assert model.predict(rows[:0]).shape == (0,)
    assert model.transform(rows[:0]).shape == (0, 5)


@pytest.mark.parametrize("method", ["partial_fit", "predict", "transform"])
def test_another_number_of_features_is_one_clear_line(method: str) -> None:
    model = MiniBatchKMeans(2, init=AXES).partial_fit(csr((1, 0)))
    with pytest.raises(
        ClusteringError, match="X has 3 features, but MiniBatchKMeans is expecting 2"
    ):
        getattr(model, method)(csr((1, 0, 0)))


def test_fewer_centroids_than_clusters_are_refused() -> None:
    with pytest.raises(ClusteringError, match=r"init has shape \(2, 2\), expected \(3, 2\)"):
        MiniBatchKMeans(3, init=AXES).partial_fit(csr((1, 0)))


def test_without_init_rows_wait_until_they_are_enough_to_seed() -> None:
    model = MiniBatchKMeans(2).partial_fit(csr((1, 0)))
    with pytest.raises(NotFittedError):
        model.predict(csr((1, 0)))
    model.partial_fit(csr((0, 1), (0, 1)))
    assert sorted(model.cluster_centers_.tolist()) == [[0, 1], [1, 0]]
    assert model.counts_.sum() == 3


def test_fit_needs_as_many_rows_as_clusters() -> None:
    with pytest.raises(ClusteringError, match="n_samples=1 should be >= n_clusters=2"):
        MiniBatchKMeans(2).fit(csr((1, 0)))


def test_it_must_be_fitted_before_it_predicts() -> None:
    with pytest.raises(NotFittedError):
        MiniBatchKMeans(2).predict(csr((1, 0)))


def test_it_is_cloned_like_any_estimator() -> None:
    model = MiniBatchKMeans(2, init=AXES, half_life=3.0, random_state=7).partial_fit(csr((1, 0)))
    copy = clone(model)
    assert not hasattr(copy, "cluster_centers_")
    assert copy.get_params()["half_life"] == 3.0
    assert set(copy.get_params()) == {
        "n_clusters", "geometry", "init", "n_init", "sample_size", "batch_size", "half_life",
        "reassignment_ratio", "max_iter", "lloyd_passes", "tol", "random_state", "n_threads",
    }  # fmt: skip
    assert copy.set_params(n_clusters=5).n_clusters == 5


def test_incremental_over_csr_blocks_equals_a_chain_of_partial_fit(blobs: Any) -> None:
    rows, _ = blobs(noise=0.9)
    bounds = [(0, 30), (30, 30), (30, 75), (75, 100)]  # the second block is empty
    blocks = [rows[start:stop] for start, stop in bounds]
    array = da.concatenate(
        [
            da.from_array(block, chunks=block.shape, asarray=False)
            for block in blocks
            if block.shape[0]
        ]
    )
    init = rows[:5].toarray()
    model = MiniBatchKMeans(5, init=init, batch_size=16, half_life=100.0, random_state=2)
    learned = Incremental(clone(model), shuffle_blocks=False)
    chain = clone(model)
    for _ in range(2):
        learned.partial_fit(array)
        for block in blocks:
            chain.partial_fit(block)
    assert np.array_equal(learned.estimator_.cluster_centers_, chain.cluster_centers_)
    assert learned.estimator_.total_inertia_ == chain.total_inertia_


def test_inputs_are_left_as_they_were(blobs: Any) -> None:
    rows, _ = blobs()
    init, before = rows[:3].toarray(), rows.copy()
    kept = init.copy()
    MiniBatchKMeans(3, init=init).fit(rows)
    assert np.array_equal(init, kept)
    assert (rows != before).nnz == 0
