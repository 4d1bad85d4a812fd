"""The state behind the estimator: what a fit over stored blocks drives step by step."""

from __future__ import annotations

import logging
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted

from reelhouse.clustering.centroids import Centroids, DoubleArray, Geometry
from reelhouse.clustering.checking import check_parameters, checked_matrix, integer_seed
from reelhouse.clustering.checkpoint import FitState
from reelhouse.clustering.geometry import FloatArray, IntArray
from reelhouse.clustering.lloyd import StepSums
from reelhouse.clustering.rows import Rows, rows_of
from reelhouse.clustering.seeding import Method, best_start
from reelhouse.errors import ClusteringError

_LOG = logging.getLogger(__name__)

_STATE_FIGURES = ("n_features_in_", "n_steps_", "total_inertia_", "_since_check", "_seed")


class MiniBatchLearner(BaseEstimator):  # type: ignore[misc]
    """Centroids that start, learn mini-batches, and can be stored and taken up again.

    The parameters and attributes are those of `reelhouse.clustering.MiniBatchKMeans`.
    """

    n_clusters: int
    geometry: Geometry
    init: Method | NDArray[np.floating]
    n_init: int
    sample_size: int
    batch_size: int | None
    half_life: float | None
    reassignment_ratio: float
    tol: float
    random_state: Any
    n_threads: int | None

    labels_: IntArray
    inertia_: float
    n_steps_: int
    _state: Centroids

    @property
    def cluster_centers_(self) -> FloatArray:
        """Centroids as they are now, ndarray of shape (n_clusters, n_features), float32.

        A copy, made when it is asked for: who keeps the centroids of a pass must not see them
        change in the next, and most steps are not looked at.
        """
        if not hasattr(self, "_state"):
            raise AttributeError("cluster_centers_ are there after a fit")
        return self._state.centers.copy()

    @property
    def counts_(self) -> DoubleArray:
        """Decayed weight that each centroid received, shape (n_clusters,), float64; a copy."""
        if not hasattr(self, "_state"):
            raise AttributeError("counts_ are there after a fit")
        return self._state.counts.copy()

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
        return self

    def centroids(self) -> Centroids:
        """The state itself, not a copy: an exact pass moves these."""
        return self._fitted()

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
        return self

    def _fitted(self) -> Centroids:
        check_is_fitted(self)
        return self._state

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
            labels = self._state.labels(batch)
            fade = self._fade(batch.n)
            self.inertia_ += self._state.learn(batch, labels, batch_weights, fade=fade)
            self.n_steps_ += 1
            self.labels_[some] = labels
            self._reassign(batch, batch_weights)
        self.total_inertia_ += self.inertia_

    def _fade(self, n_rows: int) -> float:
        return 1.0 if self.half_life is None else float(0.5 ** (n_rows / self.half_life))

    def _reassign(self, batch: Rows, weights: DoubleArray) -> None:
        """Move starved centroids onto rows of the batch, far ones more likely."""
        self._since_check += batch.n
        counts = self._state.counts
        if self.reassignment_ratio <= 0 or self._since_check < 10 * self.n_clusters:
            return
        self._since_check = 0
        starved = np.flatnonzero(counts < self.reassignment_ratio * counts.max())
        if not starved.size:
            return
        potential = self._state.nearest(batch).costs * weights
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
