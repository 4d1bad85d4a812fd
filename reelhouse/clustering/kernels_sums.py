"""Compiled sums of sparse rows per cluster, and what follows from them.

A cluster is summed by one thread, its rows in their order, in float64: the sums do not depend on
the number of threads.
"""

from __future__ import annotations

from typing import Any

import numba
import numpy as np
from numpy.typing import NDArray

from reelhouse.clustering.kernels_products import WIDTH

_FEATURES = 16  # features copied at once: the reads from each centroid fill cache lines


@numba.njit(nogil=True, cache=True)
def group_by_label(
    labels: NDArray[np.int32], starts: NDArray[np.int64], order: NDArray[np.int64]
) -> None:
    """Positions sorted by label, equal labels in their order (a counting sort).

    Parameters
    ----------
    labels : ndarray of shape (n,), int32
    starts : ndarray of shape (n_clusters + 1,), int64
        Written: cluster c has the positions order[starts[c]:starts[c + 1]].
    order : ndarray of shape (n,), int64
        Written.
    """
    starts[:] = 0
    for i in range(labels.shape[0]):
        starts[labels[i] + 1] += 1
    for c in range(starts.shape[0] - 1):
        starts[c + 1] += starts[c]
    filled = starts[:-1].copy()
    for i in range(labels.shape[0]):
        order[filled[labels[i]]] = i
        filled[labels[i]] += 1


@numba.njit(nogil=True, cache=True)
def add_rows(
    indptr: NDArray[np.int64],
    indices: NDArray[Any],
    data: NDArray[Any],
    rows: NDArray[np.int64],
    weights: NDArray[np.float64],
    starts: NDArray[np.int64],
    order: NDArray[np.int64],
    first: int,
    last: int,
    sums: NDArray[np.float64],
) -> None:
    """Add weighted rows to the sums of the clusters first to last - 1.

    Parameters
    ----------
    indptr, indices, data
        CSR arrays.
    rows : ndarray of shape (n,), int64
        Numbers of the rows at the positions that `starts` and `order` group.
    weights : ndarray of shape (n,), float64
        By position.
    sums : ndarray of shape (n_clusters, n_features), float64
        Added to.
    """
    for cluster in range(first, last):
        total = sums[cluster]
        for at in range(starts[cluster], starts[cluster + 1]):
            position = order[at]
            row = rows[position]
            weight = weights[position]
            for i in range(indptr[row], indptr[row + 1]):
                total[indices[i]] += weight * data[i]


@numba.njit(nogil=True, cache=True)
def fade_and_measure(
    sums: NDArray[np.float64],
    fade: float,
    first: int,
    last: int,
    squares: NDArray[np.float64],
) -> None:
    """Multiply the sums of some clusters by `fade` and take their squared lengths.

    Parameters
    ----------
    sums : ndarray of shape (n_clusters, n_features), float64
        Changed unless fade is 1.
    squares : ndarray of shape (n_clusters,), float64
        Written at [first:last].
    """
    for cluster in range(first, last):
        row = sums[cluster]
        if fade != 1.0:
            for f in range(row.shape[0]):
                row[f] *= fade
        # Four running sums: one alone would wait for itself at every step.
        a = b = c = d = 0.0
        whole = row.shape[0] - row.shape[0] % 4
        for f in range(0, whole, 4):
            a += row[f] * row[f]
            b += row[f + 1] * row[f + 1]
            c += row[f + 2] * row[f + 2]
            d += row[f + 3] * row[f + 3]
        for f in range(whole, row.shape[0]):
            a += row[f] * row[f]
        squares[cluster] = (a + b) + (c + d)


@numba.njit(nogil=True, cache=True)
def write_centroids(
    sums: NDArray[np.float64],
    scale: NDArray[np.float64],
    centroids: NDArray[np.float32],
    tiles: NDArray[np.float32],
    first: int,
    last: int,
) -> None:
    """Write the features first to last - 1 of the centroids and of their tiles.

    Parameters
    ----------
    sums : ndarray of shape (n_clusters, n_features), float64
    scale : ndarray of shape (n_clusters,), float64
        A centroid is its sums times its scale; where it is 0 the centroid stays.
    centroids : ndarray of shape (n_clusters, n_features), float32
        Changed.
    tiles : ndarray of shape (n_tiles, n_features, WIDTH), float32
        Written.
    """
    n_clusters = sums.shape[0]
    for tile in range(tiles.shape[0]):
        low = tile * WIDTH
        high = min(low + WIDTH, n_clusters)
        for start in range(first, last, _FEATURES):
            stop = min(start + _FEATURES, last)
            for cluster in range(low, high):
                factor = scale[cluster]
                if factor != 0.0:
                    for f in range(start, stop):
                        centroids[cluster, f] = np.float32(sums[cluster, f] * factor)
                for f in range(start, stop):
                    tiles[tile, f, cluster - low] = centroids[cluster, f]


@numba.njit(nogil=True, cache=True)
def square_lengths(
    indptr: NDArray[np.int64],
    data: NDArray[Any],
    rows: NDArray[np.int64],
    first: int,
    last: int,
    out: NDArray[np.float64],
) -> None:
    """Squared Euclidean length of rows[first:last].

    Parameters
    ----------
    out : ndarray of shape (n,), float64
        Written at [first:last].
    """
    for i in range(first, last):
        row = rows[i]
        total = 0.0
        for at in range(indptr[row], indptr[row + 1]):
            value = np.float64(data[at])
            total += value * value
        out[i] = total
