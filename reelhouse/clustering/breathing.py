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
from reelhouse.clustering.lloyd import settle_rows
from reelhouse.clustering.rows import Rows, rows_of

#: A breath must lower the inertia by this share to count.
_WORTH = 1e-4


def breathe(
    rows: Rows,
    start: FloatArray,
    inertia: float,
    geometry: Geometry,
    rng: np.random.Generator,
    weights: DoubleArray,
    *,
    steps: int,
    depth: int = 5,
    n_threads: int | None = None,
) -> tuple[FloatArray, float]:
    """Breathe in and out until it helps no more.

    Each breath adds `depth` centroids in the clusters with the largest inertia, lets all settle,
    then removes the `depth` whose removal costs least. A breath that does not lower the inertia
    makes the next one shallower, until none is left.

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
    depth : int
        Centroids of the first breath.

    Returns
    -------
    tuple of (centroids, inertia)
        Never worse than the start.
    """
    best, least = start, inertia
    depth = min(depth, start.shape[0] - 1)
    while depth > 0:
        fuller = _in(rows, Centroids(best, geometry, n_threads=n_threads), rng, weights, depth)
        centroids = Centroids(fuller, geometry, n_threads=n_threads)
        settle_rows(rows, centroids, steps=5, tol=_WORTH, weights=weights)
        leaner = _out(rows, centroids, weights, depth)
        centroids = Centroids(leaner, geometry, n_threads=n_threads)
        _, found, _ = settle_rows(rows, centroids, steps=steps, tol=_WORTH, weights=weights)
        if found < least * (1 - _WORTH):
            best, least = centroids.centers, found
        else:
            depth -= 1
    return best, least


def _in(
    rows: Rows, centroids: Centroids, rng: np.random.Generator, weights: DoubleArray, depth: int
) -> FloatArray:
    """The centroids and, in each of the worst clusters, one of its rows, far ones more likely."""
    found = centroids.nearest(rows)
    costs = found.costs * weights
    error = np.bincount(found.labels, weights=costs, minlength=centroids.n_clusters)
    chosen = []
    for cluster in np.argsort(-error, kind="stable")[:depth]:
        members = np.flatnonzero(found.labels == cluster)
        if members.size and error[cluster] > 0:
            share = costs[members] / costs[members].sum()
            chosen.append(int(rng.choice(members, p=share)))
    # Fewer clusters than `depth` may have any error.
    chosen += [int(row) for row in rng.integers(rows.n, size=depth - len(chosen))]
    return np.vstack([centroids.centers, rows.dense(np.array(chosen))])


def _out(rows: Rows, centroids: Centroids, weights: DoubleArray, depth: int) -> FloatArray:
    """All centroids but those whose rows lose least by going to their second-nearest."""
    found = centroids.nearest(rows, second=True)
    loss = np.bincount(
        found.labels,
        weights=(found.second_costs - found.costs) * weights,
        minlength=centroids.n_clusters,
    )
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
