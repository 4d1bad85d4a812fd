"""Compiled sums of sparse rows per cluster, and what follows from them.

A cluster is summed by one thread, its rows in their order, in float64: the sums do not depend on
the number of threads. Entries are counted by numbers without a sign: numba lets those with one
count from the end, and looks at each.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numba
import numpy as np
from numba import types
from numba.extending import overload
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
            for i in range(np.uintp(indptr[row]), np.uintp(indptr[row + 1])):
                total[np.uintp(indices[i])] += weight * data[i]


# Let the compiler sum in vectors: in another order, but in the same one every time.
@numba.njit(nogil=True, cache=True, fastmath={"reassoc", "nsz", "contract"})
def learn_sums(
    sums: NDArray[np.float64],
    added: NDArray[np.float64],
    fade: float,
    centroid: NDArray[np.float32],
) -> tuple[float, float]:
    """Fade the sums of a cluster and add to them what a mini-batch brought, which is set to zero.

    Parameters
    ----------
    sums, added : ndarray of shape (n_features,), float64
        Changed.
    fade : float
    centroid : ndarray of shape (n_features,), float32

    Returns
    -------
    tuple of (squared length of the sums, product of what was added with the centroid)
    """
    length = product = 0.0
    for f in range(sums.shape[0]):
        new = added[f]
        total = sums[f] * fade + new
        sums[f] = total
        added[f] = 0.0
        length += total * total
        product += new * centroid[f]
    return length, product


@numba.njit(nogil=True, cache=True)
def _follow(
    sums: NDArray[np.float64],
    added: NDArray[np.float64],
    fade: float,
    count: float,
    unit: bool,
    centroid: NDArray[np.float32],
    squares: NDArray[np.float64],
    cluster: int,
) -> float:
    """Learn what was added to a cluster's sums; returns its product with the old centroid."""
    length, product = learn_sums(sums, added, fade, centroid)
    size = np.sqrt(length) if unit else count
    # Rows without an entry, or without a weight, have no direction.
    if size > 0.0:
        scale = 1.0 / size
        for f in range(sums.shape[0]):
            centroid[f] = np.float32(sums[f] * scale)
        squares[cluster] = length * scale * scale
    return product


@numba.njit(nogil=True, cache=True)
def learn_rows(
    indptr: NDArray[np.int64],
    indices: NDArray[Any],
    data: NDArray[Any],
    rows: NDArray[np.int64],
    weights: NDArray[np.float64],
    starts: NDArray[np.int64],
    order: NDArray[np.int64],
    fade: float,
    counts: NDArray[np.float64],
    unit: bool,
    first: int,
    last: int,
    sums: NDArray[np.float64],
    centroids: NDArray[np.float32],
    squares: NDArray[np.float64],
    products: NDArray[np.float64],
) -> None:
    """Let the centroids first to last - 1 follow the weighted rows that came to them.

    Parameters
    ----------
    indptr, indices, data, rows, weights, starts, order
        As for `add_rows`.
    fade : float
        Multiplies what was received before.
    counts : ndarray of shape (n_clusters,), float64
        Weight received, this mini-batch's included.
    unit : bool
        Centroids have unit length; else they are means.
    sums : ndarray of shape (n_clusters, n_features), float64
        Changed.
    centroids : ndarray of shape (n_clusters, n_features), float32
        Changed where a row came.
    squares : ndarray of shape (n_clusters,), float64
        Squared lengths of the centroids; changed with them.
    products : ndarray of shape (n_clusters,), float64
        Written: weighted sum of the rows' products with their centroid as it was.
    """
    added = np.zeros(sums.shape[1])
    for cluster in range(first, last):
        total, centroid = sums[cluster], centroids[cluster]
        products[cluster] = 0.0
        if starts[cluster] == starts[cluster + 1]:
            if fade != 1.0:
                for f in range(total.shape[0]):
                    total[f] *= fade
            continue
        for at in range(starts[cluster], starts[cluster + 1]):
            position = order[at]
            row = rows[position]
            weight = weights[position]
            for i in range(np.uintp(indptr[row]), np.uintp(indptr[row + 1])):
                added[np.uintp(indices[i])] += weight * data[i]
        products[cluster] = _follow(
            total, added, fade, counts[cluster], unit, centroid, squares, cluster
        )


# Neither numpy's nor a linear algebra library's: what those do depends on where the arrays lie and
# on the number of threads, and restarts are compared by their inertia to the last bit.
@numba.njit(nogil=True, cache=True, fastmath={"reassoc", "nsz", "contract"})
def dot(values: NDArray[Any], others: NDArray[Any]) -> float:
    """Sum of the products of two arrays of shape (n,), in double precision."""
    total = 0.0
    for at in range(values.shape[0]):
        total += np.float64(values[at]) * np.float64(others[at])
    return total


@numba.njit(nogil=True, cache=True)
def follow_sums(
    sums: NDArray[np.float64],
    counts: NDArray[np.float64],
    unit: bool,
    moved: NDArray[np.bool_],
    first: int,
    last: int,
    centroids: NDArray[np.float32],
    squares: NDArray[np.float64],
) -> None:
    """Put the moved ones of the centroids first to last - 1 where their sums say.

    Parameters
    ----------
    sums, counts, unit, centroids, squares
        As for `learn_rows`; the last two are changed.
    moved : ndarray of shape (n_clusters,), bool
    """
    none = np.zeros(sums.shape[1])
    for cluster in range(first, last):
        if moved[cluster]:
            _follow(
                sums[cluster], none, 1.0, counts[cluster], unit, centroids[cluster], squares,
                cluster,
            )  # fmt: skip


@numba.njit(nogil=True, cache=True)
def write_tiles(
    centroids: NDArray[np.float32], tiles: NDArray[np.float32], first: int, last: int
) -> None:
    """Write the features first to last - 1 of centroids into tiles.

    Parameters
    ----------
    centroids : ndarray of shape (n_clusters, n_features), float32
    tiles : ndarray of shape (n_tiles, n_features, WIDTH), float32
        Written.
    """
    n_clusters = centroids.shape[0]
    for tile in range(tiles.shape[0]):
        low = tile * WIDTH
        high = min(low + WIDTH, n_clusters)
        for start in range(first, last, _FEATURES):
            stop = min(start + _FEATURES, last)
            for cluster in range(low, high):
                for f in range(start, stop):
                    tiles[tile, f, cluster - low] = centroids[cluster, f]


@numba.njit(nogil=True, cache=True)
def products_with_own(
    indptr: NDArray[np.int64],
    indices: NDArray[Any],
    data: NDArray[Any],
    rows: NDArray[np.int64],
    starts: NDArray[np.int64],
    order: NDArray[np.int64],
    first: int,
    last: int,
    centroids: NDArray[np.float32],
    out: NDArray[np.float64],
) -> None:
    """Product of each row of the clusters first to last - 1 with its centroid.

    Parameters
    ----------
    indptr, indices, data, rows, starts, order
        As for `add_rows`.
    centroids : ndarray of shape (n_clusters, n_features), float32
    out : ndarray of shape (n,), float64
        Written at the positions of these rows.
    """
    for cluster in range(first, last):
        centroid = centroids[cluster]
        for at in range(starts[cluster], starts[cluster + 1]):
            row = rows[order[at]]
            start, stop = indptr[row], indptr[row + 1]
            # Two running sums: one alone would wait for itself at every step.
            even = odd = 0.0
            for i in range(start, stop - 1, 2):
                even += np.float64(data[i]) * np.float64(centroid[indices[i]])
                odd += np.float64(data[i + 1]) * np.float64(centroid[indices[i + 1]])
            if (stop - start) % 2:
                even += np.float64(data[stop - 1]) * np.float64(centroid[indices[stop - 1]])
            out[order[at]] = even + odd


def _square_length(data: NDArray[Any], start: int, stop: int) -> float:
    """Sum of the squares of data[start:stop]."""
    raise NotImplementedError  # compiled by its overload, by kind of number


@overload(_square_length)
def _compiled_square_length(data: Any, start: Any, stop: Any) -> Callable[..., Any]:
    kind = np.int64 if isinstance(data.dtype, types.Integer) else np.float64

    def summed(data: Any, start: Any, stop: Any) -> Any:
        # Whole numbers may be added in any order: the compiler makes vectors of this.
        total = kind(0)
        for at in range(np.uintp(start), np.uintp(stop)):
            value = kind(data[at])
            total += value * value
        return np.float64(total)

    return summed


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
        out[i] = _square_length(data, indptr[rows[i]], indptr[rows[i] + 1])
