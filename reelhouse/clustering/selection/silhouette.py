"""How much nearer rows are to their own cluster than to the next: silhouettes.

References
----------
Rousseeuw, P. J. (1987). Silhouettes. J. Comput. Appl. Math. 20.
Hruschka, E. R., de Castro, L. N. and Campello, R. J. G. B. (2004). Evolutionary algorithms for
clustering gene-expression data. ICDM '04. (The simplified silhouette.)
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from reelhouse.clustering.centroids import DoubleArray
from reelhouse.clustering.geometry import FloatArray, IntArray
from reelhouse.clustering.selection.products import ClusterProducts

#: Most rows of one silhouette.
SILHOUETTE_ROWS = 8_000


def sampled_silhouette(rows: sparse.csr_matrix, labels: IntArray, *, seed: int) -> float:
    """Mean silhouette (cosine) of at most `SILHOUETTE_ROWS` rows among themselves.

    Returns
    -------
    float
        -1 to 1; 0 where fewer than two clusters have rows.
    """
    scores = silhouettes(*_sampled(rows, labels, seed=seed))
    return float(scores.mean()) if scores.size else 0.0


def cluster_silhouettes(
    rows: sparse.csr_matrix, labels: IntArray, n_clusters: int, *, seed: int
) -> FloatArray:
    """Mean sampled silhouette of each cluster; NaN for a cluster without sampled rows.

    Returns
    -------
    ndarray of shape (n_clusters,), float32
    """
    some, some_labels = _sampled(rows, labels, seed=seed)
    scores = silhouettes(some, some_labels)
    count = np.bincount(some_labels, minlength=n_clusters)
    total = np.bincount(some_labels, weights=scores, minlength=n_clusters)
    with np.errstate(invalid="ignore"):
        means: FloatArray = (total / count).astype(np.float32)
    return means


def silhouettes(rows: sparse.csr_matrix, labels: NDArray[np.integer]) -> DoubleArray:
    """Silhouette of each row with cosine distance, in n x n_clusters memory.

    Parameters
    ----------
    rows : csr_matrix of shape (n, n_features), unit rows
    labels : ndarray of shape (n,)

    Returns
    -------
    ndarray of shape (n,), float64
    """
    return silhouettes_of(ClusterProducts.of(rows, labels))


def silhouettes_of(found: ClusterProducts) -> DoubleArray:
    """Silhouette of each unit row with cosine distance, shape (n,)."""
    if found.n_clusters < 2:
        return np.zeros(found.labels.size)
    # The cosine distance is linear in the second row, so a row's mean distance to a cluster
    # follows from its product with the cluster's sum.
    sums = found.sizes - found.products
    size = found.sizes[found.labels]
    inside = (sums[found.own] - (1.0 - found.squares)) / np.maximum(size - 1, 1)
    means = sums / found.sizes
    means[found.own] = np.inf
    return np.where(size > 1, _contrast(inside, means.min(axis=1)), 0.0)


def simplified_silhouettes(found: ClusterProducts) -> DoubleArray:
    """Silhouette of each unit row by its cosine distance to centroids, not to rows; shape (n,)."""
    if found.n_clusters < 2:
        return np.zeros(found.labels.size)
    lengths = np.sqrt(np.diag(found.between))
    distances = 1.0 - found.products / np.where(lengths > 0, lengths, 1.0)
    own = distances[found.own]
    distances[found.own] = np.inf
    return _contrast(own, distances.min(axis=1))


def _contrast(inside: DoubleArray, outside: DoubleArray) -> DoubleArray:
    scores: DoubleArray = (outside - inside) / np.maximum(np.maximum(inside, outside), 1e-12)
    return scores


def _sampled(
    rows: sparse.csr_matrix, labels: IntArray, *, seed: int
) -> tuple[sparse.csr_matrix, IntArray]:
    if rows.shape[0] <= SILHOUETTE_ROWS:
        return rows, labels
    some = np.random.default_rng(seed).choice(rows.shape[0], SILHOUETTE_ROWS, replace=False)
    some.sort()
    return rows[some], labels[some]
