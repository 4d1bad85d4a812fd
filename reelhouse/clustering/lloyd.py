"""Exact k-means steps: rows against fixed centroids, sums that merge, centroids that follow.

References
----------
Lloyd, S. (1982). Least squares quantization in PCM. IEEE Trans. Inf. Theory 28.
Dhillon, I. S. and Modha, D. S. (2001). Concept decompositions for large sparse text data using
clustering. Machine Learning 42.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from reelhouse.clustering.centroids import Centroids, DoubleArray
from reelhouse.clustering.geometry import FloatArray, IntArray
from reelhouse.clustering.kernels_sums import dot
from reelhouse.clustering.rows import Rows

#: Rows kept by a step for centroids that turn out to have none.
_FAR_ROWS = 8


@dataclass(frozen=True)
class StepSums:
    """What some rows say to fixed centroids; the steps of several blocks add up.

    Attributes
    ----------
    sums : ndarray of shape (n_clusters, n_features), float64
    received : ndarray of shape (n_clusters,), float64
        Weight of the rows of each centroid.
    inertia : float
        Weighted sum of the rows' costs at the centroids as they were.
    n_rows : int
    far_costs : ndarray of shape (n_far,), float64, falling
    far_rows : ndarray of shape (n_far, n_features), float32
        The rows that lie farthest from their centroid, for centroids without rows; none where every
        centroid has some.
    """

    sums: DoubleArray
    received: DoubleArray
    inertia: float
    n_rows: int
    far_costs: DoubleArray
    far_rows: FloatArray


def step_over(
    rows: Rows, centroids: Centroids, weights: DoubleArray | None = None
) -> tuple[StepSums, IntArray]:
    """Place rows on fixed centroids and sum them up; the centroids stay.

    Returns
    -------
    tuple of (StepSums, ndarray of shape (n,), int32)
        The second is the nearest centroid of each row.
    """
    weights = np.ones(rows.n) if weights is None else weights
    labels = centroids.labels(rows)
    sums, received, inertia = centroids.summed(rows, labels, weights)
    far = np.empty(0, np.int64)
    costs = np.empty(0)
    # Rows that lie far off are for centroids that no row at all comes to, in any block.
    if np.any(received == 0):
        costs = centroids.nearest(rows).costs * (weights > 0)
        far = np.argsort(-costs, kind="stable")[:_FAR_ROWS]
    return StepSums(sums, received, inertia, rows.n, costs[far], rows.dense(far)), labels


def merge(first: StepSums, second: StepSums) -> StepSums:
    """Both steps as one; the order matters to the last bit."""
    costs = np.concatenate([first.far_costs, second.far_costs])
    far = np.argsort(-costs, kind="stable")[:_FAR_ROWS]
    return StepSums(
        first.sums + second.sums,
        first.received + second.received,
        first.inertia + second.inertia,
        first.n_rows + second.n_rows,
        costs[far],
        np.concatenate([first.far_rows, second.far_rows])[far],
    )


def settle(centroids: Centroids, step: StepSums) -> None:
    """Move each centroid to the mean of its rows; one without rows onto a far row."""
    centroids.absorb(step.sums, step.received, fade=0.0)
    starved = np.flatnonzero(step.received == 0)[: int(np.sum(step.far_costs > 0))]
    if starved.size:
        centroids.replace(starved.astype(np.int32), step.far_rows[: starved.size], 1.0)


def settle_rows(
    rows: Rows,
    centroids: Centroids,
    *,
    steps: int,
    tol: float,
    weights: DoubleArray | None = None,
) -> tuple[IntArray, float, int]:
    """Exact steps until the inertia falls by no more than `tol` of itself.

    Returns
    -------
    tuple of (labels, inertia, steps made)
        Labels and inertia at the centroids as they are in the end.
    """
    previous = np.inf
    for made in range(steps):
        step, labels = step_over(rows, centroids, weights)
        if previous - step.inertia <= tol * step.inertia:
            return labels, step.inertia, made
        previous = step.inertia
        settle(centroids, step)
    found = centroids.nearest(rows)
    each: NDArray[np.float64] = np.ones(rows.n) if weights is None else weights
    return found.labels, dot(found.costs, each), steps
