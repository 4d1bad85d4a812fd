"""Clusterings for many numbers of clusters, each from the next larger one.

Instead of beginning anew for every number, the most expendable centroids of a fuller clustering are
taken away, and the rest settles. This costs a few steps per number, and the curves over the number
of clusters are smooth, since neighbouring clusterings differ by what was taken away.

References
----------
Fritzke, B. (2020). The breathing k-means algorithm. arXiv:2006.15666. (Breathing out.)
"""

from __future__ import annotations

from collections.abc import Collection, Iterator

import numpy as np

from reelhouse.clustering.breathing import breathe_out
from reelhouse.clustering.centroids import Centroids, DoubleArray
from reelhouse.clustering.geometry import IntArray
from reelhouse.clustering.lloyd import settle_rows
from reelhouse.clustering.plus_plus import plus_plus
from reelhouse.clustering.rows import Rows

#: Fall of the inertia, as a share, below which centroids have settled.
_SETTLED = 1e-3
#: Exact steps at the top, between two numbers, and at a number.
_FIRST_STEPS, _BETWEEN_STEPS, _STEPS = 8, 1, 4
#: The largest number, too, is reached by taking centroids away: so many more, as a share.
_SURPLUS = 0.25


def descend(
    rows: Rows, numbers: Collection[int], rng: np.random.Generator, weights: DoubleArray
) -> Iterator[tuple[int, IntArray]]:
    """Spherical k-means for each of these numbers of clusters, the largest first.

    Parameters
    ----------
    rows : Rows
    numbers : collection of int
        Each at most the number of rows.
    rng : numpy.random.Generator
    weights : ndarray of shape (n,), float64
        A row of weight 0 is placed but has no say.

    Yields
    ------
    tuple of (number, ndarray of shape (n,), int32)
        The number, and the cluster of each row.
    """
    ordered = sorted(set(numbers), reverse=True)
    start = min(ordered[0] + int(_SURPLUS * ordered[0]) + 1, rows.n)
    centroids = Centroids(rows.dense(plus_plus(rows, start, "cosine", rng, weights)), "cosine")
    settle_rows(rows, centroids, steps=_FIRST_STEPS, tol=_SETTLED, weights=weights)
    for number in ordered:
        while centroids.n_clusters > number:
            # An eighth at once: which are expendable changes with every one that goes.
            excess = min(centroids.n_clusters - number, max(1, centroids.n_clusters // 8))
            centroids = Centroids(breathe_out(rows, centroids, weights, excess), "cosine")
            settle_rows(rows, centroids, steps=_BETWEEN_STEPS, tol=_SETTLED, weights=weights)
        labels, _, _ = settle_rows(rows, centroids, steps=_STEPS, tol=_SETTLED, weights=weights)
        yield number, labels
