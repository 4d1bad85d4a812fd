"""Mini-batch k-means for sparse rows, Euclidean or on the sphere, with compiled steps.

References
----------
Sculley, D. (2010). Web-scale k-means clustering. WWW '10.
Dhillon, I. S. and Modha, D. S. (2001). Concept decompositions for large sparse text data using
clustering. Machine Learning 42.
"""

from __future__ import annotations

from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from sklearn.base import (
    ClassNamePrefixFeaturesOutMixin,
    ClusterMixin,
    TransformerMixin,
)

from reelhouse.clustering.centroids import DoubleArray, Geometry
from reelhouse.clustering.checking import (
    check_parameters,
    checked_matrix,
    checked_weights,
    integer_seed,
    warn_of_equal_centroids,
)
from reelhouse.clustering.geometry import FloatArray, IntArray
from reelhouse.clustering.learner import MiniBatchLearner
from reelhouse.clustering.lloyd import settle_rows
from reelhouse.clustering.rows import Rows, rows_of
from reelhouse.clustering.seeding import Method

#: Rows of a mini-batch of `fit` when no size is given.
_FIT_BATCH = 4096


class MiniBatchKMeans(
    ClassNamePrefixFeaturesOutMixin,  # type: ignore[misc]
    TransformerMixin,  # type: ignore[misc]
    ClusterMixin,  # type: ignore[misc]
    MiniBatchLearner,
):
    """K-means learned one mini-batch at a time, and polished by exact passes.

    A centroid is the mean, or on the sphere the direction, of the decayed sum of the rows that it
    received: its learning rate falls as 1 / (rows received) and rises again as old rows fade. With
    `init` given as an array, `batch_size=None`, `half_life=None` and `reassignment_ratio=0` the
    rules of `partial_fit` are those of scikit-learn's `MiniBatchKMeans`.

    Results depend on the seed and on nothing else: not on threads, not on the machine's load.

    Parameters
    ----------
    n_clusters : int
        Number of centroids.
    geometry : "euclidean" or "cosine"
        "cosine" compares directions: centroids have unit length and rows of any length are taken
        as if they had.
    init : "spectral", "k-means++", "k-means||" or ndarray of shape (n_clusters, n_features)
        Where to start; the first three work on a sample of the rows. "spectral" clusters the
        sample's coordinates along its leading singular vectors; where there are too few rows or
        features for that, it is "k-means++".
    n_init : int
        Seedings tried on the sample, each polished; the one with the least inertia is taken.
    sample_size : int
        Most rows of that sample.
    batch_size : int or None
        Rows of one mini-batch, drawn in random order from what `partial_fit` is given. None: each
        call of `partial_fit` is one mini-batch, and `fit` takes 4,096 rows.
    half_life : float or None
        Rows after which a past row counts half; None never forgets.
    reassignment_ratio : float
        A centroid that received less than this share of what the largest received is moved onto a
        far row; checked whenever 10 rows per cluster have passed. 0 never.
    max_iter : int
        Passes of mini-batches in `fit`. There are none when the sample holds all rows.
    lloyd_passes : int
        Most exact passes that polish the result of `fit`.
    tol : float
        They end when one lowers the inertia by no more than this share.
    random_state : int, RandomState or None
        Seed of the sample, the seedings, and the order of rows within a mini-batch.
    n_threads : int or None
        None: one per core.

    Attributes
    ----------
    cluster_centers_ : ndarray of shape (n_clusters, n_features), float32
    counts_ : ndarray of shape (n_clusters,), float64
        Decayed weight of the rows that each centroid received.
    labels_ : ndarray of shape (n,), int32
        Of the rows of the last `fit` or `partial_fit`.
    inertia_ : float
        Sum over the same rows of the squared Euclidean or the cosine distance to their centroid;
        after `partial_fit`, as it was when their mini-batch came.
    total_inertia_ : float
        The same over all calls of `partial_fit` since the first: a pass costs the difference.
    n_iter_ : int
        Passes made by `fit`, exact ones included.
    n_steps_ : int
        Mini-batches seen.
    n_features_in_ : int
    """

    def __init__(
        self,
        n_clusters: int = 8,
        *,
        geometry: Geometry = "euclidean",
        init: Method | NDArray[np.floating] = "spectral",
        n_init: int = 3,
        sample_size: int = 30_000,
        batch_size: int | None = None,
        half_life: float | None = None,
        reassignment_ratio: float = 0.01,
        max_iter: int = 3,
        lloyd_passes: int = 100,
        tol: float = 1e-4,
        random_state: Any = None,
        n_threads: int | None = None,
    ) -> None:
        self.n_clusters = n_clusters
        self.geometry = geometry
        self.init = init
        self.n_init = n_init
        self.sample_size = sample_size
        self.batch_size = batch_size
        self.half_life = half_life
        self.reassignment_ratio = reassignment_ratio
        self.max_iter = max_iter
        self.lloyd_passes = lloyd_passes
        self.tol = tol
        self.random_state = random_state
        self.n_threads = n_threads

    def fit(self, X: Any, y: object = None, sample_weight: Any = None) -> Self:
        """Forget everything, then learn from all rows.

        Parameters
        ----------
        X : sparse matrix or array, or ndarray, of shape (n, n_features)
            CSR of int8, int16, float32 or float64 is read where it is.
        y : ignored
        sample_weight : ndarray of shape (n,) or None

        Raises
        ------
        ClusteringError
            When there are fewer rows than clusters, or a parameter is out of range.
        """
        check_parameters(self)
        self._forget()
        self._seed = integer_seed(self.random_state)
        X = checked_matrix(self, X, reset=True, min_rows=1)
        weights = checked_weights(sample_weight, X)
        rows = rows_of(X)
        seen_all = self._start(rows, weights)
        passes = 0 if seen_all else self.max_iter
        for _ in range(passes):
            self._learn(rows, weights, self.batch_size or _FIT_BATCH)
        state = self._state
        self.labels_, self.inertia_, steps = settle_rows(
            rows, state, steps=self.lloyd_passes, tol=self.tol, weights=weights
        )
        self.n_iter_ = passes + steps
        warn_of_equal_centroids(self.labels_, self.n_clusters, rows.n)
        return self

    def partial_fit(self, X: Any, y: object = None, sample_weight: Any = None) -> Self:
        """Learn from some rows, mini-batch by mini-batch.

        Without an `init` array the first rows seed the centroids; while fewer than `n_clusters`
        rows have come, they wait, and the estimator is not yet fitted.

        Parameters
        ----------
        X : sparse matrix or array, or ndarray, of shape (n, n_features)
            May have no row.
        y : ignored
        sample_weight : ndarray of shape (n,) or None

        Raises
        ------
        ClusteringError
            When the number of features is not that of the centroids, or a parameter is out of
            range.
        """
        check_parameters(self)
        X = checked_matrix(self, X, reset=not hasattr(self, "n_features_in_"), min_rows=0)
        weights = checked_weights(sample_weight, X)
        if not hasattr(self, "_state"):
            X, weights = self._with_waiting(X, weights)
            if X.shape[0] < self.n_clusters and isinstance(self.init, str):
                self._waiting = (X, weights)
                return self
            self._start(rows_of(X), weights)
        rows = rows_of(X)
        self._learn(rows, weights, self.batch_size or max(rows.n, 1))
        return self

    def predict(self, X: Any) -> IntArray:
        """Index of the nearest centroid of each row, ndarray of shape (n,), int32."""
        return self._fitted().labels(self._rows(X))

    def transform(self, X: Any) -> FloatArray:
        """Distance of each row to each centroid: Euclidean (not squared), or cosine (0 to 2).

        Returns
        -------
        ndarray of shape (n, n_clusters), float32
        """
        costs = self._fitted().costs(self._rows(X))
        if self.geometry == "euclidean":
            costs = np.sqrt(costs)
        return costs.astype(np.float32)

    def score(self, X: Any, y: object = None, sample_weight: Any = None) -> float:
        """Minus the inertia of the rows."""
        state = self._fitted()
        X = checked_matrix(self, X, reset=False, min_rows=0)
        weights = checked_weights(sample_weight, X)
        return -float(state.nearest(rows_of(X)).costs @ weights)

    @property
    def _n_features_out(self) -> int:
        return int(self.n_clusters)

    def __sklearn_is_fitted__(self) -> bool:
        return hasattr(self, "_state")

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        tags.transformer_tags.preserves_dtype = ["float32"]
        return tags

    def _rows(self, X: Any) -> Rows:
        return rows_of(checked_matrix(self, X, reset=False, min_rows=0))

    def _with_waiting(self, X: Any, weights: DoubleArray) -> tuple[Any, DoubleArray]:
        """The rows that wait for enough company, and then these."""
        if not hasattr(self, "_waiting"):
            return X, weights
        before, before_weights = self._waiting
        del self._waiting
        both = sparse.vstack([sparse.csr_array(before), sparse.csr_array(X)], format="csr")
        return both, np.concatenate([before_weights, weights])
