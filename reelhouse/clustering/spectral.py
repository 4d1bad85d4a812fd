"""Where k-means starts when single rows say too little: the subspace of the leading directions.

Among sparse rows, two of the same cluster may share nothing, so a seeding by single rows begins
with centroids that attract at random, and its exact steps end in poor local minima. The leading
singular vectors gather what rows have in common. k-means on the rows' coordinates along them is
quick, since there are about as many as clusters, and its clusters are a start for the rows
themselves.

References
----------
Zha, H. et al. (2001). Spectral relaxation for k-means clustering. NIPS 14.
Ding, C. and He, X. (2004). K-means clustering via principal component analysis. ICML '04.
Halko, N., Martinsson, P. G. and Tropp, J. A. (2011). Finding structure with randomness. SIAM Review
53.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy import sparse

from reelhouse.clustering.centroids import DoubleArray, Geometry
from reelhouse.clustering.geometry import FloatArray, IntArray
from reelhouse.clustering.rows import Rows

#: Directions beyond the number of clusters, and random ones that make the search exact enough.
_MORE_DIRECTIONS, _OVERSAMPLES, _ITERATIONS = 4, 10, 3


def spectral_centers(
    rows: Rows,
    n_clusters: int,
    geometry: Geometry,
    cluster: Callable[[FloatArray], IntArray],
    *,
    seed: int,
    weights: DoubleArray,
) -> FloatArray | None:
    """Means of the rows that lie together along their leading singular directions.

    Parameters
    ----------
    rows : Rows
    n_clusters : int
    geometry : "euclidean" or "cosine"
        Rows of any length are taken as unit rows in the latter.
    cluster : callable
        Labels, 0 to n_clusters - 1, of the coordinates, an ndarray of shape (n, n_directions).
    seed : int
    weights : ndarray of shape (n,), float64

    Returns
    -------
    ndarray of shape (n_clusters, n_features), float32, or None
        None when there are too few rows or features to say more than the rows themselves do.
    """
    coordinates = leading_coordinates(rows, n_clusters, geometry, seed=seed, weights=weights)
    if coordinates is None:
        return None
    labels = cluster(coordinates)
    X = _matrix(rows, geometry)
    member = sparse.csr_matrix(
        (weights.astype(np.float32), (labels, np.arange(rows.n))), shape=(n_clusters, rows.n)
    )
    mass = np.bincount(labels, weights=weights, minlength=n_clusters)
    centers: FloatArray = (member @ X).toarray() / np.maximum(mass, 1e-12)[:, None]
    return centers.astype(np.float32)


def leading_coordinates(
    rows: Rows, n_clusters: int, geometry: Geometry, *, seed: int, weights: DoubleArray
) -> FloatArray | None:
    """Coordinates of the rows along as many leading singular directions as clusters need.

    Returns
    -------
    ndarray of shape (n, n_directions), float32, or None
        None when there are too few rows or features to say more than the rows themselves do.
    """
    n_directions = n_clusters + _MORE_DIRECTIONS
    if min(rows.n, rows.n_features) <= n_directions + _OVERSAMPLES:
        return None
    return _coordinates(_matrix(rows, geometry), n_directions, weights, seed)


def _coordinates(
    X: sparse.csr_matrix, n_directions: int, weights: DoubleArray, seed: int
) -> FloatArray:
    # Not at the top: its import takes half a second.
    from sklearn.utils.extmath import randomized_svd
    from threadpoolctl import threadpool_limits

    weighted = sparse.csr_matrix(sparse.diags_array(np.sqrt(weights).astype(np.float32)) @ X)
    # One thread: sums of several depend on how many there are.
    with threadpool_limits(1):
        _, _, directions = randomized_svd(
            weighted,
            n_directions,
            n_oversamples=_OVERSAMPLES,
            n_iter=_ITERATIONS,
            random_state=seed,
        )
        return np.asarray(X @ directions.T.astype(np.float32))


def _matrix(rows: Rows, geometry: Geometry) -> sparse.csr_matrix:
    """The rows that are meant, float32; unit rows for cosine geometry."""
    stored = sparse.csr_matrix(
        (rows.data, rows.indices, rows.indptr), shape=(rows.indptr.size - 1, rows.n_features)
    )
    X = stored[rows.numbers].astype(np.float32)
    if geometry == "cosine":
        lengths = np.sqrt(rows.squares())
        lengths[lengths == 0] = 1.0
        X = sparse.csr_matrix(sparse.diags_array((1.0 / lengths).astype(np.float32)) @ X)
    return X
