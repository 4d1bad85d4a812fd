"""What the criteria read: rows against the sums of their clusters, n x n_clusters, never n x n."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Self

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from reelhouse.clustering.centroids import DoubleArray


@dataclass(frozen=True)
class ClusterProducts:
    """Inner products of rows with the sums of the clusters that they make.

    Every distance between a row and a mean, and every mean distance of a row to a cluster by
    cosine, follows from these.

    Attributes
    ----------
    labels : ndarray of shape (n,), int64
        0 to n_clusters - 1; every cluster has a row.
    sizes : ndarray of shape (n_clusters,), float64
    products : ndarray of shape (n, n_clusters), float64
        Of each row with each cluster's sum of rows.
    between : ndarray of shape (n_clusters, n_clusters), float64
        Of each cluster's sum with each other's.
    squares : ndarray of shape (n,), float64
        Squared length of each row.
    """

    labels: NDArray[np.int64]
    sizes: DoubleArray
    products: DoubleArray
    between: DoubleArray
    squares: DoubleArray

    @classmethod
    def of(cls, rows: sparse.csr_matrix, labels: NDArray[np.integer]) -> Self:
        """Products of these rows; labels need not be consecutive.

        Parameters
        ----------
        rows : csr_matrix of shape (n, n_features)
        labels : ndarray of shape (n,)
        """
        _, codes = np.unique(labels, return_inverse=True)
        n, k = rows.shape[0], int(codes.max(initial=-1)) + 1
        member = sparse.csr_matrix((np.ones(n), (codes, np.arange(n))), shape=(k, n))
        # As dense as the centroids are.
        sums = np.asarray((member @ rows).toarray(), dtype=np.float64)
        squares = np.asarray(rows.multiply(rows).sum(axis=1), dtype=np.float64).ravel()
        products = np.asarray(rows @ np.ascontiguousarray(sums.T), dtype=np.float64)
        sizes = np.bincount(codes, minlength=k).astype(np.float64)
        return cls(codes.astype(np.int64), sizes, products, sums @ sums.T, squares)

    @property
    def n_clusters(self) -> int:
        """Number of clusters that have rows."""
        return int(self.sizes.size)

    @property
    def own(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Index of each row's own cluster in an array of shape (n, n_clusters)."""
        return np.arange(self.labels.size), self.labels

    @cached_property
    def squared_distances(self) -> DoubleArray:
        """Squared Euclidean distance of each row to each cluster's mean, (n, n_clusters)."""
        mean_squares = np.diag(self.between) / self.sizes**2
        squared = self.squares[:, None] - 2.0 * self.products / self.sizes + mean_squares
        return np.maximum(squared, 0.0)
