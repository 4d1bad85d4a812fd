"""Unit vectors: what k-means on the sphere needs of linear algebra, for CSR rows."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

FloatArray = NDArray[np.float32]
IntArray = NDArray[np.int32]


def unit_rows(vectors: NDArray[np.floating]) -> FloatArray:
    """Bring each row to Euclidean length 1; a row of zeros stays zero.

    Parameters
    ----------
    vectors : ndarray of shape (n, n_features)

    Returns
    -------
    ndarray of shape (n, n_features), float32
    """
    norms = np.sqrt(np.einsum("ij,ij->i", vectors, vectors, dtype=np.float64))
    norms[norms == 0] = 1.0
    unit: FloatArray = (vectors / norms[:, None]).astype(np.float32)
    return unit


def similarities(rows: sparse.csr_matrix, centroids: FloatArray) -> FloatArray:
    """Cosine similarity of each unit row with each unit centroid.

    Parameters
    ----------
    rows : csr_matrix of shape (n, n_features), unit rows
    centroids : ndarray of shape (n_clusters, n_features), unit rows

    Returns
    -------
    ndarray of shape (n, n_clusters), float32
    """
    # The transposed copy makes the inner loop of the product run over contiguous clusters.
    return np.asarray(rows @ np.ascontiguousarray(centroids.T), dtype=np.float32)


def sums_by_label(rows: sparse.csr_matrix, labels: IntArray, n_clusters: int) -> sparse.csr_matrix:
    """Sum the rows of each label.

    Returns
    -------
    csr_matrix of shape (n_clusters, n_features)
    """
    n = rows.shape[0]
    member = sparse.csr_matrix(
        (np.ones(n, np.float32), labels.astype(np.int32), np.arange(n + 1, dtype=np.int32)),
        shape=(n, n_clusters),
    )
    return (member.T @ rows).tocsr()
