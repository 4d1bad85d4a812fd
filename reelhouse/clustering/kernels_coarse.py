"""Nearest centroids in two looks: a coarse one at all, an exact one where that leaves doubt.

What limits the products of sparse rows with many centroids is not arithmetic but how fast centroids
come out of the cache. Here they are 16-bit whole numbers, a centroid's largest value being 32,767,
and so many features are met by many rows before the next ones that they stay in the second-level
cache. A centroid's value is off by at most half a step, so a row's score by at most half a step
times the sum of the sizes of its values. Where the best coarse score leads by more than two such
errors its centroid is the nearest, beyond doubt. In the other rows, few of them, the centroids that
may be the nearest are compared in double precision: the labels are those of double precision.

Of each feature the middle of all centroids is taken off first. That adds the same to all scores of
a row, and what is left is small where centroids are alike, so that steps are, too.
"""

from __future__ import annotations

from typing import Any

import numba
import numpy as np
from numpy.typing import NDArray

from reelhouse.clustering.coarse_scores import top_two
from reelhouse.clustering.coarse_sums import add_products
from reelhouse.clustering.kernels_sizes import largest_of_rows, sum_of_sizes

#: Largest whole number of a centroid.
STEPS = 32_767
#: Two errors in steps: half a step for each score, and what rounding the steps themselves loses.
_ROUNDING = 1.0 + 1.0 / 16.0
#: The same for each addition in single precision; whole numbers are added without error.
_ROUNDING_OF_SUM = 2.0 * STEPS * 2.0**-24
#: Features copied at once: the reads from each centroid fill cache lines.
_FEATURES = 16


@numba.njit(nogil=True, cache=True)
def measure_spread(
    centroids: NDArray[np.float32],
    first: int,
    last: int,
    middles: NDArray[np.float64],
    largest: NDArray[np.float64],
) -> None:
    """Middle of the features first to last - 1, and how far each centroid is from it at most.

    Parameters
    ----------
    centroids : ndarray of shape (n_clusters, n_features), float32
    middles : ndarray of shape (n_features,), float64
        Written at [first:last]: half-way between the least and the largest value.
    largest : ndarray of shape (n_clusters,), float64
        Raised to the largest distance.
    """
    n_clusters = centroids.shape[0]
    for start in range(first, last, _FEATURES):
        stop = min(start + _FEATURES, last)
        low = centroids[0, start:stop].copy()
        high = low.copy()
        for cluster in range(1, n_clusters):
            for i in range(stop - start):
                value = centroids[cluster, start + i]
                low[i] = value if value < low[i] else low[i]
                high[i] = value if value > high[i] else high[i]
        for i in range(stop - start):
            middles[start + i] = 0.5 * (np.float64(low[i]) + np.float64(high[i]))
        for cluster in range(n_clusters):
            furthest = largest[cluster]
            for f in range(start, stop):
                furthest = max(furthest, abs(np.float64(centroids[cluster, f]) - middles[f]))
            largest[cluster] = furthest


@numba.njit(nogil=True, cache=True)
def write_steps(
    centroids: NDArray[np.float32],
    middles: NDArray[np.float64],
    steps: NDArray[np.float32],
    order: NDArray[np.int64],
    table: NDArray[np.int16],
    first: int,
    last: int,
) -> None:
    """Write the features first to last - 1 of centroids as whole numbers of their steps.

    Parameters
    ----------
    centroids : ndarray of shape (n_clusters, n_features), float32
    middles : ndarray of shape (n_features,), float64
        Taken from every centroid: it adds the same to all scores of a row.
    steps : ndarray of shape (width,), float32
        Size of a step of each centroid; 0 for one that is nowhere off the middle.
    order : ndarray of shape (width,), int64
        Column of the table for each centroid.
    table : ndarray of shape (n_features, stride), int16
        Written.
    """
    for start in range(first, last, _FEATURES):
        stop = min(start + _FEATURES, last)
        for cluster in range(centroids.shape[0]):
            inverse = 1.0 / steps[cluster] if steps[cluster] > 0 else 0.0
            column = order[cluster]
            for f in range(start, stop):
                off = np.float64(centroids[cluster, f]) - middles[f]
                table[f, column] = np.int16(np.rint(off * inverse))


@numba.njit(nogil=True, cache=True)
def _sum_up(
    indptr: NDArray[np.int64],
    indices: NDArray[Any],
    data: NDArray[Any],
    rows: NDArray[np.int64],
    table: NDArray[np.int16],
    features_at_once: int,
    sums: NDArray[Any],
    first: int,
    last: int,
    like: tuple[float, ...],
) -> None:
    """Write the coarse products of rows[first:last] into sums[:last - first]."""
    n, n_features = last - first, table.shape[0]
    at = np.empty(n, np.int64)
    for i in range(n):
        at[i] = indptr[rows[first + i]]
        for j in range(len(like)):
            sums[i, j] = 0
    for low in range(features_at_once, n_features, features_at_once):
        for i in range(n):
            stop = indptr[rows[first + i] + 1]
            at[i] = add_products(table, indices, data, at[i], stop, low, sums, i, like)
    # The last features take what is left: rows whose indices do not rise lose nothing.
    for i in range(n):
        stop = indptr[rows[first + i] + 1]
        add_products(table, indices, data, at[i], stop, None, sums, i, like)


@numba.njit(nogil=True, cache=True)
def _settle(
    indices: NDArray[Any],
    data: NDArray[Any],
    start: int,
    stop: int,
    centroids: NDArray[np.float32],
    bias: NDArray[np.float64],
    sums: NDArray[Any],
    steps: NDArray[np.float32],
    coarse_bias: NDArray[np.float32],
    least: float,
    label: int,
) -> int:
    """The best, in double precision, of the centroids whose coarse score is at least that.

    Equal ones give way to the lower number.
    """
    highest = -np.inf
    for cluster in range(centroids.shape[0]):
        if np.float32(sums[cluster]) * steps[cluster] + coarse_bias[cluster] >= least:
            centroid = centroids[cluster]
            total = bias[cluster]
            for at in range(start, stop):
                total += np.float64(data[at]) * np.float64(centroid[indices[at]])
            if total > highest:
                highest = total
                label = cluster
    return label


@numba.njit(nogil=True, cache=True)
def _labels_of_sums(
    indptr: NDArray[np.int64],
    indices: NDArray[Any],
    data: NDArray[Any],
    rows: NDArray[np.int64],
    largest: float,
    longest: float,
    steps: NDArray[np.float32],
    coarse_bias: NDArray[np.float32],
    step: float,
    rounding_of_bias: float,
    centroids: NDArray[np.float32],
    bias: NDArray[np.float64],
    sums: NDArray[Any],
    first: int,
    last: int,
    labels: NDArray[np.int32],
    like: tuple[float, ...],
) -> None:
    """Write the labels of rows[first:last], whose coarse products are there; see below."""
    for i in range(last - first):
        start, stop = indptr[rows[first + i]], indptr[rows[first + i] + 1]
        label, best, second = top_two(sums, i, steps, coarse_bias, like)
        each = step * (_ROUNDING + (0.0 if longest < np.inf else _ROUNDING_OF_SUM * (stop - start)))
        lead = best - second
        size = largest * (stop - start)
        # Not "<=": a score that is no number leaves doubt. What is quick to know comes first.
        if size > longest or not lead > each * size + rounding_of_bias:
            size = sum_of_sizes(data, start, stop)
            error = each * size + rounding_of_bias
            if size > longest or not lead > error:
                least = best - error if size <= longest else -np.inf
                label = _settle(
                    indices, data, start, stop, centroids, bias, sums[i], steps, coarse_bias,
                    least, label,
                )  # fmt: skip
        # Where scores overflow there may be no best one.
        labels[first + i] = min(label, centroids.shape[0] - 1)


@numba.njit(nogil=True, cache=True)
def coarse_nearest(
    indptr: NDArray[np.int64],
    indices: NDArray[Any],
    data: NDArray[Any],
    rows: NDArray[np.int64],
    longest: float,
    table: NDArray[np.int16],
    steps: NDArray[np.float32],
    coarse_bias: NDArray[np.float32],
    step: float,
    rounding_of_bias: float,
    features_at_once: int,
    centroids: NDArray[np.float32],
    bias: NDArray[np.float64],
    sums: NDArray[Any],
    first: int,
    last: int,
    labels: NDArray[np.int32],
    like: tuple[float, ...],
) -> None:
    """Write the nearest centroid of rows[first:last].

    Parameters
    ----------
    indptr, indices, data
        CSR arrays.
    rows : ndarray of shape (n,), int64
        Numbers of the rows to place.
    longest : float
        Sum of sizes up to which sums do not wrap around; infinity where they are no whole numbers.
    table : ndarray of shape (n_features, stride_for(width)), int16
    steps, coarse_bias : ndarray of shape (width,), float32
        A score is a product times its centroid's step, plus its bias; minus infinity where there is
        no centroid.
    step : float
        The largest step.
    rounding_of_bias : float
        What two scores may be off by for their bias.
    features_at_once : int
        Features of the table that all rows meet before the next ones.
    centroids : ndarray of shape (n_clusters, n_features), float32
    bias : ndarray of shape (n_clusters,), float64
    sums : ndarray of shape (rows_at_once, width), int32 for whole numbers, else float32
        Room for the products of so many rows at a time; overwritten.
    labels : ndarray of shape (n,)
        Written at [first:last].
    like : tuple of `width` floats
    """
    for low in range(first, last, sums.shape[0]):
        high = min(low + sums.shape[0], last)
        largest = largest_of_rows(indptr, data, rows, low, high)
        _sum_up(indptr, indices, data, rows, table, features_at_once, sums, low, high, like)
        _labels_of_sums(
            indptr, indices, data, rows, largest, longest, steps, coarse_bias, step,
            rounding_of_bias, centroids, bias, sums, low, high, labels, like,
        )  # fmt: skip
