"""Mini-batch k-means on the unit sphere, for sparse rows.

References
----------
Sculley, D. (2010). Web-scale k-means clustering. WWW '10.
Dhillon, I. S. and Modha, D. S. (2001). Concept decompositions for large sparse text data using
clustering. Machine Learning 42.
"""

from __future__ import annotations

from typing import Self

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from sklearn.base import BaseEstimator, ClusterMixin, TransformerMixin
from sklearn.utils.validation import check_is_fitted

from reelhouse.clustering.geometry import (
    FloatArray,
    IntArray,
    similarities,
    sums_by_label,
    unit_rows,
)
from reelhouse.clustering.seeding import seed_centroids
from reelhouse.errors import ClusteringError


class MiniBatchKMeans(ClusterMixin, TransformerMixin, BaseEstimator):  # type: ignore[misc]
    """Spherical k-means learned one mini-batch at a time.

    Rows are expected to have unit length; centroids are kept at unit length. A centroid is the
    direction of the decayed sum of the rows that it received, so its learning rate falls as
    1 / (rows received) and rises again as old batches fade.

    Parameters
    ----------
    n_clusters : int
        Number of centroids.
    init : ndarray of shape (n_clusters, n_features) or None
        Centroids to start from; None seeds them on the first block.
    batch_size : int
        Rows of one mini-batch.
    half_life : float or None
        Rows after which a past row counts half; None never forgets.
    restarts : int
        Seedings tried when `init` is None; the one with the least inertia is taken.
    random_state : int
        Seed of the seeding and of the order of rows within a block.

    Attributes
    ----------
    cluster_centers_ : ndarray of shape (n_clusters, n_features), float32, unit rows
    counts_ : ndarray of shape (n_clusters,), float64
        Decayed number of rows that each centroid received.
    inertia_ : float
        Sum over the rows of the last `partial_fit` of the cosine distance to their centroid.
    total_inertia_ : float
        The same over all calls since the first: the cost of a pass is the difference.
    n_features_in_ : int
    n_steps_ : int
        Mini-batches seen.
    """

    def __init__(
        self,
        n_clusters: int = 8,
        *,
        init: NDArray[np.floating] | None = None,
        batch_size: int = 4096,
        half_life: float | None = None,
        restarts: int = 8,
        random_state: int = 0,
    ) -> None:
        self.n_clusters = n_clusters
        self.init = init
        self.batch_size = batch_size
        self.half_life = half_life
        self.restarts = restarts
        self.random_state = random_state

    def fit(self, X: sparse.csr_matrix, y: object = None) -> Self:
        """Forget everything, then learn from one block."""
        for name in ("cluster_centers_", "counts_", "n_steps_"):
            if hasattr(self, name):
                delattr(self, name)
        return self.partial_fit(X)

    def partial_fit(self, X: sparse.csr_matrix, y: object = None) -> Self:
        """Learn from one block of rows, mini-batch by mini-batch.

        Parameters
        ----------
        X : csr_matrix of shape (n, n_features), unit rows
        y : ignored

        Raises
        ------
        ClusteringError
            When the first block has fewer rows than clusters and no `init` was given, or when the
            number of features differs from the centroids'.
        """
        rows = sparse.csr_matrix(X, dtype=np.float32)
        if not hasattr(self, "cluster_centers_"):
            self._start(rows)
        self._require_features(rows)
        # The step number enters the seed: two passes over one block differ, two runs do not.
        order = np.random.default_rng([self.random_state, self.n_steps_]).permutation(rows.shape[0])
        self.inertia_ = 0.0
        for start in range(0, rows.shape[0], self.batch_size):
            self._step(rows[order[start : start + self.batch_size]])
        self.total_inertia_ += self.inertia_
        return self

    def predict(self, X: sparse.csr_matrix) -> IntArray:
        """Index of the nearest centroid of each row.

        Returns
        -------
        ndarray of shape (n,), int32
        """
        labels: IntArray = self.transform(X).argmin(axis=1).astype(np.int32)
        return labels

    def transform(self, X: sparse.csr_matrix) -> FloatArray:
        """Cosine distance of each row to each centroid.

        Returns
        -------
        ndarray of shape (n, n_clusters), float32, 0 to 2

        Raises
        ------
        ClusteringError
            When the number of features differs from the centroids'.
        """
        check_is_fitted(self, "cluster_centers_")
        rows = sparse.csr_matrix(X, dtype=np.float32)
        self._require_features(rows)
        return 1.0 - similarities(rows, self.cluster_centers_)

    def score(self, X: sparse.csr_matrix, y: object = None) -> float:
        """Minus the inertia of the rows."""
        return -float(self.transform(X).min(axis=1).sum(dtype=np.float64))

    def _require_features(self, rows: sparse.csr_matrix) -> None:
        if rows.shape[1] != self.n_features_in_:
            raise ClusteringError(
                f"the block has {rows.shape[1]} features, the centroids have {self.n_features_in_}"
            )

    def _start(self, rows: sparse.csr_matrix) -> None:
        if self.init is not None:
            centers = unit_rows(np.asarray(self.init, dtype=np.float32))
            if centers.shape[0] != self.n_clusters:
                raise ClusteringError(
                    f"init has {centers.shape[0]} centroids, n_clusters={self.n_clusters}"
                )
        else:
            centers = seed_centroids(
                rows, self.n_clusters, seed=self.random_state, restarts=self.restarts
            ).centroids
        self.cluster_centers_ = centers
        self.n_features_in_ = int(centers.shape[1])
        self._sums = np.zeros(centers.shape, dtype=np.float32)
        self.counts_ = np.zeros(self.n_clusters, dtype=np.float64)
        self.n_steps_ = 0
        self.total_inertia_ = 0.0

    def _step(self, batch: sparse.csr_matrix) -> None:
        similarity = similarities(batch, self.cluster_centers_)
        labels = similarity.argmax(axis=1).astype(np.int32)
        self.inertia_ += float((1.0 - similarity.max(axis=1)).sum(dtype=np.float64))
        if self.half_life is not None:
            fade = 0.5 ** (batch.shape[0] / self.half_life)
            self._sums *= np.float32(fade)
            self.counts_ *= fade
        self._add(sums_by_label(batch, labels, self.n_clusters))
        self.counts_ += np.bincount(labels, minlength=self.n_clusters)
        touched = np.unique(labels)
        moved = unit_rows(self._sums[touched])
        known = np.any(moved != 0, axis=1)  # a batch of empty rows gives no direction
        self.cluster_centers_[touched[known]] = moved[known]
        self.n_steps_ += 1

    def _add(self, sums: sparse.csr_matrix) -> None:
        cluster = np.repeat(np.arange(self.n_clusters), np.diff(sums.indptr))
        self._sums[cluster, sums.indices] += sums.data
