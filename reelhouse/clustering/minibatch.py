"""Mini-batch k-means for sparse rows, Euclidean or on the sphere, with compiled steps.

References
----------
Sculley, D. (2010). Web-scale k-means clustering. WWW '10.
Dhillon, I. S. and Modha, D. S. (2001). Concept decompositions for large sparse text data using
clustering. Machine Learning 42.
"""

from __future__ import annotations

import logging
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from sklearn.base import (
    BaseEstimator,
    ClassNamePrefixFeaturesOutMixin,
    ClusterMixin,
    TransformerMixin,
)
from sklearn.utils.validation import check_is_fitted

from reelhouse.clustering.centroids import Centroids, DoubleArray, Geometry, Nearest
from reelhouse.clustering.checking import (
    check_parameters,
    checked_matrix,
    checked_weights,
    integer_seed,
    warn_of_equal_centroids,
)
from reelhouse.clustering.checkpoint import FitState
from reelhouse.clustering.geometry import FloatArray, IntArray
from reelhouse.clustering.lloyd import StepSums, settle_rows
from reelhouse.clustering.rows import Rows, rows_of
from reelhouse.clustering.seeding import Method, best_start
from reelhouse.errors import ClusteringError

_LOG = logging.getLogger(__name__)

#: Rows of a mini-batch of `fit` when no size is given.
_FIT_BATCH = 4096
_STATE_FIGURES = ("n_features_in_", "n_steps_", "total_inertia_", "_since_check", "_seed")


class MiniBatchKMeans(
    ClassNamePrefixFeaturesOutMixin,  # type: ignore[misc]
    TransformerMixin,  # type: ignore[misc]
    ClusterMixin,  # type: ignore[misc]
    BaseEstimator,  # type: ignore[misc]
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
        self.show()
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
        self.show()
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

    def start(self, X: Any) -> Self:
        """Forget everything and seed the centroids on a sample; nothing is learned from it.

        Parameters
        ----------
        X : as for `fit`
            May have no row when `init` is an array.

        Raises
        ------
        ClusteringError
            When there are fewer rows than clusters, or a parameter is out of range.
        """
        check_parameters(self)
        self._forget()
        X = checked_matrix(self, X, reset=True, min_rows=0)
        self._start(rows_of(X), np.ones(X.shape[0]))
        self.show()
        return self

    def centroids(self) -> Centroids:
        """The state itself, not a copy; `show` after a change."""
        return self._fitted()

    def show(self) -> None:
        """Bring the public attributes up to the state."""
        # Copies: who keeps the centroids of a pass must not see them change in the next.
        self.cluster_centers_ = self._state.centers.copy()
        self.counts_ = self._state.counts.copy()

    def seed(self) -> int:
        """The whole number that `random_state` comes down to, the same for all of one fit."""
        if isinstance(self.random_state, int | np.integer) or not hasattr(self, "_seed"):
            self._seed = integer_seed(self.random_state)
        return self._seed

    def get_state(self) -> FitState:
        """All that a fitted estimator with the same parameters needs to go on."""
        figures = {name: getattr(self, name) for name in _STATE_FIGURES}
        return FitState(self._fitted().arrays(), figures)

    def set_state(self, state: FitState) -> Self:
        """Go on from what `get_state` gave: to the last bit as if there had been no break."""
        self._forget()
        self._state = Centroids.from_arrays(state.arrays, self.geometry, n_threads=self.n_threads)
        for name in _STATE_FIGURES:
            setattr(self, name, state.figures[name])
        self.show()
        return self

    def absorb(self, step: StepSums) -> Self:
        """Learn from rows that were placed and summed elsewhere, as one mini-batch.

        Parameters
        ----------
        step : StepSums
            Of these centroids: `reelhouse.clustering.blocks.step_over_blocks`.
        """
        state = self._fitted()
        state.absorb(step.sums, step.received, fade=self._fade(step.n_rows))
        self.n_steps_ += 1
        self.inertia_ = step.inertia
        self.total_inertia_ += step.inertia
        self.show()
        return self

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

    def _fitted(self) -> Centroids:
        check_is_fitted(self)
        return self._state

    def _rows(self, X: Any) -> Rows:
        return rows_of(checked_matrix(self, X, reset=False, min_rows=0))

    def _forget(self) -> None:
        for name in (
            "_state",
            "_waiting",
            "_seed",
            "n_steps_",
            "n_iter_",
            "labels_",
            "cluster_centers_",
        ):
            if hasattr(self, name):
                delattr(self, name)

    def _with_waiting(self, X: Any, weights: DoubleArray) -> tuple[Any, DoubleArray]:
        """The rows that wait for enough company, and then these."""
        if not hasattr(self, "_waiting"):
            return X, weights
        before, before_weights = self._waiting
        del self._waiting
        both = sparse.vstack([sparse.csr_array(before), sparse.csr_array(X)], format="csr")
        return both, np.concatenate([before_weights, weights])

    def _start(self, rows: Rows, weights: DoubleArray) -> bool:
        """Set the first centroids; returns whether all rows took part in finding them."""
        seen_all = False
        if isinstance(self.init, str):
            if rows.n < self.n_clusters:
                raise ClusteringError(
                    f"n_samples={rows.n} should be >= n_clusters={self.n_clusters}."
                )
            seen_all = rows.n <= self.sample_size
            some = np.arange(rows.n)
            if not seen_all:
                rng = np.random.default_rng([self.seed(), 0])
                some = np.sort(rng.choice(rows.n, self.sample_size, replace=False))
            start = best_start(
                rows.take(some), self.n_clusters, self.geometry, seed=self.seed(),
                restarts=self.n_init, method=self.init, weights=weights[some],
                n_threads=self.n_threads,
            ).centroids  # fmt: skip
        else:
            start = np.asarray(self.init, dtype=np.float32)
        self._begin(start, n_features=rows.n_features)
        return seen_all

    def _begin(self, start: FloatArray, *, n_features: int) -> None:
        if start.shape != (self.n_clusters, n_features):
            raise ClusteringError(
                f"init has shape {start.shape}, expected {(self.n_clusters, n_features)}"
            )
        self._state = Centroids(start, self.geometry, n_threads=self.n_threads)
        self.n_steps_ = 0
        self._since_check = 0
        self.total_inertia_ = 0.0

    def _learn(self, rows: Rows, weights: DoubleArray, batch_size: int) -> None:
        """Mini-batches over all rows; in random order unless they are one batch."""
        order = np.arange(rows.n)
        if batch_size < rows.n:
            # The step number enters the seed: two passes over one block differ, two runs do not.
            order = np.random.default_rng([self.seed(), 1, self.n_steps_]).permutation(rows.n)
        self.labels_ = np.empty(rows.n, dtype=np.int32)
        self.inertia_ = 0.0
        for first in range(0, rows.n, batch_size):
            some = order[first : first + batch_size]
            batch, batch_weights = rows.take(some), weights[some]
            found = self._state.nearest(batch)
            self._state.learn(batch, found, batch_weights, fade=self._fade(batch.n))
            self.n_steps_ += 1
            self.labels_[some] = found.labels
            self.inertia_ += float(found.costs @ batch_weights)
            self._reassign(batch, found, batch_weights)
        self.total_inertia_ += self.inertia_

    def _fade(self, n_rows: int) -> float:
        return 1.0 if self.half_life is None else float(0.5 ** (n_rows / self.half_life))

    def _reassign(self, batch: Rows, found: Nearest, weights: DoubleArray) -> None:
        """Move starved centroids onto rows of the batch, far ones more likely."""
        self._since_check += batch.n
        counts = self._state.counts
        if self.reassignment_ratio <= 0 or self._since_check < 10 * self.n_clusters:
            return
        self._since_check = 0
        starved = np.flatnonzero(counts < self.reassignment_ratio * counts.max())
        potential = found.costs * weights
        most = min(int(np.count_nonzero(potential)), batch.n // 2)
        starved = starved[np.argsort(counts[starved], kind="stable")][:most]
        if not starved.size:
            return
        rng = np.random.default_rng([self.seed(), 2, self.n_steps_])
        share = potential / potential.sum()
        chosen = rng.choice(batch.n, size=starved.size, replace=False, p=share)
        # As much weight as the least of the others: more would freeze it, less would starve it.
        weight = float(np.delete(counts, starved).min())
        self._state.replace(starved.astype(np.int32), batch.dense(chosen), weight)
        _LOG.debug("step %d: %d starved centroids moved", self.n_steps_, starved.size)
