"""Leaving local minima of k-means by adding centroids and taking others away.

References
----------
Fritzke, B. (2020). The breathing k-means algorithm. arXiv:2006.15666.
"""

from __future__ import annotations

import numpy as np
from scipy import sparse

from reelhouse.clustering.centroids import Centroids, DoubleArray, Geometry
from reelhouse.clustering.geometry import FloatArray
from reelhouse.clustering.groups import mass_by_label
from reelhouse.clustering.lloyd import settle_rows
from reelhouse.clustering.plus_plus import plus_plus
from reelhouse.clustering.rows import Rows, rows_of

#: A breath must lower the inertia by this share to count.
_WORTH = 1e-4
#: Rows of a cluster that say how it splits, and exact steps of that split.
_SPLIT_ROWS, _SPLIT_STEPS = 1000, 8


def breathe(
    rows: Rows,
    start: FloatArray,
    inertia: float,
    geometry: Geometry,
    rng: np.random.Generator,
    weights: DoubleArray,
    *,
    steps: int,
    n_threads: int | None = None,
) -> tuple[FloatArray, float]:
    """Breathe in and out until it helps no more.

    Each breath splits the few clusters that gain most by it, lets all settle, then removes as many
    centroids whose removal costs least. A breath that does not lower the inertia makes the next one
    shallower, until none is left. Fritzke adds single rows instead of splitting; among sparse rows
    those stay alone, since a row is nearer to any mean of many rows than to another row.

    Parameters
    ----------
    rows : Rows
    start : ndarray of shape (n_clusters, n_features)
        Centroids that have settled on the rows.
    inertia : float
        Of the rows at `start`.
    rng : numpy.random.Generator
    weights : ndarray of shape (n,), float64
    steps : int
        Most exact steps after breathing out.

    Returns
    -------
    tuple of (centroids, inertia)
        Never worse than the start.
    """
    best, least, n_clusters = start, inertia, start.shape[0]
    depth = min(max(3, n_clusters // 16), n_clusters - 1)
    while depth > 0:
        fuller = _in(rows, Centroids(best, geometry, n_threads=n_threads), rng, weights, depth)
        centroids = Centroids(fuller, geometry, n_threads=n_threads)
        settle_rows(rows, centroids, steps=2, tol=_WORTH, weights=weights)
        leaner = breathe_out(rows, centroids, weights, fuller.shape[0] - n_clusters)
        centroids = Centroids(leaner, geometry, n_threads=n_threads)
        _, found, _ = settle_rows(rows, centroids, steps=steps, tol=_WORTH, weights=weights)
        if found < least * (1 - _WORTH):
            best, least = centroids.centers, found
        else:
            depth = depth // 2 if depth > 4 else depth - 1
    return best, least


def _in(
    rows: Rows, centroids: Centroids, rng: np.random.Generator, weights: DoubleArray, depth: int
) -> FloatArray:
    """The centroids, those whose clusters gain most by it split in two.

    Returns
    -------
    ndarray of shape (n_clusters + at most depth, n_features), float32
    """
    found = centroids.nearest(rows)
    costs = found.costs * weights
    error = mass_by_label(found.labels, costs, centroids.n_clusters)
    splits: list[tuple[float, int, FloatArray]] = []
    # The clusters with the largest errors have the most to gain.
    for cluster in np.argsort(-error, kind="stable")[: 20 + 4 * depth].tolist():
        members = np.flatnonzero(found.labels == cluster)
        if members.size < 2 or error[cluster] <= 0:
            continue
        if members.size > _SPLIT_ROWS:
            members = np.sort(rng.choice(members, _SPLIT_ROWS, replace=False))
        halves, left = _halves(rows.take(members), centroids, rng, weights[members])
        share = left / max(float(costs[members].sum()), 1e-300)
        splits.append((error[cluster] * (1.0 - share), cluster, halves))
    splits.sort(key=lambda split: (-split[0], split[1]))
    fuller = centroids.centers.copy()
    for _, cluster, halves in splits[:depth]:
        fuller[cluster] = halves[0]
    return np.vstack([fuller, *[halves[1:] for _, _, halves in splits[:depth]]])


def _halves(
    rows: Rows, centroids: Centroids, rng: np.random.Generator, weights: DoubleArray
) -> tuple[FloatArray, float]:
    """Two centroids for these rows, and their inertia."""
    geometry, n_threads = centroids.geometry, centroids.n_threads
    chosen = plus_plus(rows, 2, geometry, rng, weights, n_threads=n_threads)
    two = Centroids(rows.dense(chosen), geometry, n_threads=n_threads)
    _, inertia, _ = settle_rows(rows, two, steps=_SPLIT_STEPS, tol=_WORTH, weights=weights)
    return two.centers, inertia


def breathe_out(rows: Rows, centroids: Centroids, weights: DoubleArray, depth: int) -> FloatArray:
    """All centroids but those whose rows lose least by going to their second-nearest."""
    found = centroids.nearest(rows, second=True)
    rise = (found.second_costs - found.costs) * weights
    loss = mass_by_label(found.labels, rise, centroids.n_clusters)
    between = centroids.costs(rows_of(sparse.csr_array(centroids.centers)))
    np.fill_diagonal(between, np.inf)
    order = [int(cluster) for cluster in np.argsort(loss, kind="stable")]
    gone: list[int] = []
    spared: set[int] = set()
    for cluster in order:
        if len(gone) < depth and cluster not in spared:
            gone.append(cluster)
            # Its nearest neighbour takes over its rows and must not go with it.
            spared.add(int(between[cluster].argmin()))
    gone += [cluster for cluster in order if cluster not in gone][: depth - len(gone)]
    return np.delete(centroids.centers, gone, axis=0)
