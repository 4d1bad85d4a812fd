"""scikit-learn's own checks, and that the same rules give its results."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy import sparse
from sklearn.cluster import MiniBatchKMeans as Peer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MaxAbsScaler
from sklearn.utils.estimator_checks import parametrize_with_checks

from reelhouse.clustering import MiniBatchKMeans

_WEIGHTS = "random draws go by row, so that a row of weight 2 is not drawn as two rows are"
_EXPECTED = {
    # scikit-learn's own KMeans and MiniBatchKMeans fail these two for the same reason.
    "check_sample_weight_equivalence_on_dense_data": _WEIGHTS,
    "check_sample_weight_equivalence_on_sparse_data": _WEIGHTS,
}


@parametrize_with_checks(
    [MiniBatchKMeans(), MiniBatchKMeans(geometry="cosine", init="k-means||")],
    expected_failed_checks=lambda _: _EXPECTED,
)
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_scikit_learns_checks_pass(estimator: Any, check: Any) -> None:
    check(estimator)


def ratings(n: int = 3000, n_titles: int = 300, *, seed: int = 0) -> sparse.csr_matrix:
    """Ratings 1 to 5, a few titles far more popular than the rest."""
    rng = np.random.default_rng(seed)
    share = 1 / (np.arange(n_titles) + 3.0)
    dense = rng.integers(1, 6, (n, n_titles)) * (rng.random((n, n_titles)) < 2 * share)
    return sparse.csr_matrix(dense.astype(np.int8))


def test_the_same_rules_give_scikit_learns_result() -> None:
    X = ratings()
    start = X[:20].toarray().astype(np.float32)
    ours = MiniBatchKMeans(20, init=start, reassignment_ratio=0)
    peer = Peer(20, init=start, n_init=1, reassignment_ratio=0, random_state=0)
    for _ in range(3):
        for first in range(0, X.shape[0], 500):
            ours.partial_fit(X[first : first + 500])
            peer.partial_fit(X[first : first + 500].astype(np.float32))
    scale = np.abs(peer.cluster_centers_).max(axis=1, keepdims=True)
    assert (np.abs(ours.cluster_centers_ - peer.cluster_centers_) / scale).max() < 1e-4
    np.testing.assert_allclose(ours.counts_, peer._counts)
    assert (ours.predict(X) == peer.predict(X.astype(np.float32))).mean() >= 0.9999
    assert ours.score(X) == pytest.approx(peer.score(X.astype(np.float32)), rel=1e-5)


@pytest.mark.parametrize("dtype", [np.int8, np.int16, np.int64, np.float32, np.float64])
@pytest.mark.parametrize("kind", ["csr_matrix", "csr_array", "csc_array", "coo_array", "dense"])
def test_every_kind_of_matrix_gives_the_same_centroids(dtype: Any, kind: str) -> None:
    X = ratings(200, 40)
    expected = MiniBatchKMeans(4, random_state=0).fit(X).cluster_centers_
    as_kind = X.toarray() if kind == "dense" else getattr(sparse, kind)(X)
    found = MiniBatchKMeans(4, random_state=0).fit(as_kind.astype(dtype)).cluster_centers_
    assert np.array_equal(found, expected)


@pytest.mark.parametrize("geometry", ["euclidean", "cosine"])
def test_the_result_does_not_depend_on_the_number_of_threads(geometry: Any) -> None:
    # Large enough that the work is cut up.
    X = ratings(6000, 400, seed=3)

    def fit(n_threads: int) -> Any:
        return MiniBatchKMeans(
            33, geometry=geometry, n_init=1, sample_size=500, batch_size=2000, half_life=9000,
            max_iter=2, lloyd_passes=3, random_state=1, n_threads=n_threads,
        ).fit(X)  # fmt: skip

    one, five = fit(1), fit(5)
    assert np.array_equal(one.cluster_centers_, five.cluster_centers_)
    assert np.array_equal(one.labels_, five.labels_)
    assert one.inertia_ == five.inertia_


def test_wide_indices_are_taken() -> None:
    X = ratings(200, 40)
    wide = X.copy()
    wide.indices, wide.indptr = X.indices.astype(np.int64), X.indptr.astype(np.int64)
    model = MiniBatchKMeans(4, random_state=0).fit(X)
    assert np.array_equal(model.predict(wide), model.labels_)


def test_it_is_a_step_of_a_pipeline() -> None:
    X = ratings(200, 40).astype(np.float32)
    pipeline = make_pipeline(MaxAbsScaler(), MiniBatchKMeans(3, random_state=0)).fit(X)
    assert pipeline.transform(X).shape == (200, 3)
    assert pipeline.get_feature_names_out().tolist() == [f"minibatchkmeans{i}" for i in range(3)]


def test_weights_count_like_repeated_rows() -> None:
    X = ratings(60, 20)
    start = X[:3].toarray().astype(np.float32)
    weights = np.arange(60) % 3
    weighted = MiniBatchKMeans(3, init=start).partial_fit(X, sample_weight=weights)
    repeated = MiniBatchKMeans(3, init=start).partial_fit(X[np.repeat(np.arange(60), weights)])
    np.testing.assert_allclose(weighted.cluster_centers_, repeated.cluster_centers_, rtol=1e-6)
    assert weighted.counts_.tolist() == repeated.counts_.tolist()
    assert weighted.inertia_ == pytest.approx(repeated.inertia_)


def test_a_starved_centroid_moves_onto_a_far_row() -> None:
    X = sparse.csr_array(np.array([[1.0, 0]] * 15 + [[1.1, 0]] * 14 + [[0, 9]]))
    start = np.array([[1, 0], [1, -99], [1, -98]], np.float32)
    stay = MiniBatchKMeans(3, init=start, reassignment_ratio=0).partial_fit(X)
    assert np.array_equal(stay.cluster_centers_[1:], start[1:])
    moved = MiniBatchKMeans(3, init=start, random_state=0).partial_fit(X).partial_fit(X)
    assert moved.counts_.min() > 0
    assert moved.predict(X[29:])[0] != moved.predict(X[:1])[0]


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"n_clusters": 0}, "n_clusters=0, expected at least 1"),
        ({"geometry": "flat"}, "geometry='flat', expected euclidean or cosine"),
        (
            {"init": "best"},
            r"init='best', expected k-means\+\+ or k-means\|\| or spectral or an array",
        ),
        ({"batch_size": 0}, "batch_size=0, expected at least 1, or None"),
        ({"half_life": 0.0}, "half_life=0.0, expected above 0, or None"),
        ({"sample_size": 3}, "sample_size=3, expected at least n_clusters=8"),
    ],
)
def test_a_parameter_out_of_range_is_one_clear_line(
    parameters: dict[str, Any], message: str
) -> None:
    with pytest.raises(ValueError, match=f"^{message}$"):
        MiniBatchKMeans(**parameters).fit(ratings(50, 20))
