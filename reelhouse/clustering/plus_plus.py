"""Rows to start from: greedy k-means++ and k-means||.

References
----------
Arthur, D. and Vassilvitskii, S. (2007). k-means++: the advantages of careful seeding. SODA '07.
Bahmani, B. et al. (2012). Scalable k-means++. VLDB 5.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from reelhouse.clustering.centroids import Centroids, DoubleArray, Geometry
from reelhouse.clustering.groups import mass_by_label
from reelhouse.clustering.rows import Rows

#: Passes of k-means||, and candidates drawn in each for every centroid wanted.
_ROUNDS, _OVERSAMPLING = 5, 2.0
#: Rows made dense at once.
_DENSE_ROWS = 128


def plus_plus(
    rows: Rows,
    n_clusters: int,
    geometry: Geometry,
    rng: np.random.Generator,
    weights: DoubleArray,
    *,
    n_threads: int | None = None,
) -> NDArray[np.int64]:
    """Greedy k-means++: of several candidates the one that lowers the inertia most.

    Parameters
    ----------
    rows : Rows
    weights : ndarray of shape (n,), float64, not negative

    Returns
    -------
    ndarray of shape (n_clusters,), int64
        Positions in `rows`; repeated only when there are fewer different rows.
    """
    n_candidates = 2 + int(np.log(n_clusters))
    chosen = [int(rng.choice(rows.n, p=_shares(weights)))]
    costs = _costs_at(rows, np.array(chosen), geometry, n_threads)[:, 0]
    while len(chosen) < n_clusters:
        candidates = rng.choice(rows.n, size=n_candidates, p=_shares(costs * weights))
        after = np.minimum(costs[:, None], _costs_at(rows, candidates, geometry, n_threads))
        # Column by column: a product of matrices may sum in another order on another machine.
        totals = [float((after[:, j] * weights).sum()) for j in range(n_candidates)]
        best = int(np.argmin(totals))
        chosen.append(int(candidates[best]))
        costs = after[:, best]
    return np.array(chosen, dtype=np.int64)


def parallel_plus_plus(
    rows: Rows,
    n_clusters: int,
    geometry: Geometry,
    rng: np.random.Generator,
    weights: DoubleArray,
    *,
    n_threads: int | None = None,
) -> NDArray[np.int64]:
    """k-means||: many candidates in a few passes, then weighted k-means++ among them.

    Parameters and result as for `plus_plus`.
    """
    candidates = rng.choice(rows.n, size=1, p=_shares(weights))
    labels, costs = _nearest_of(rows, candidates, geometry, n_threads)
    for _ in range(_ROUNDS):
        potential = costs * weights
        total = float(potential.sum())
        if total <= 0:
            break
        drawn = np.flatnonzero(rng.random(rows.n) * total < _OVERSAMPLING * n_clusters * potential)
        if not drawn.size:
            continue
        new_labels, new_costs = _nearest_of(rows, drawn, geometry, n_threads)
        nearer = new_costs < costs
        labels = np.where(nearer, new_labels + candidates.size, labels)
        costs = np.where(nearer, new_costs, costs)
        candidates = np.concatenate([candidates, drawn])
    if candidates.size <= n_clusters:
        return plus_plus(rows, n_clusters, geometry, rng, weights, n_threads=n_threads)
    mass = mass_by_label(labels, weights, candidates.size)
    among = plus_plus(rows.take(candidates), n_clusters, geometry, rng, mass, n_threads=n_threads)
    return candidates[among]


def _shares(potential: DoubleArray) -> DoubleArray | None:
    total = float(potential.sum())
    return potential / total if total > 0 else None


def _costs_at(
    rows: Rows, chosen: NDArray[np.integer], geometry: Geometry, n_threads: int | None
) -> DoubleArray:
    """Cost of every row at each chosen row, shape (n, n_chosen)."""
    return Centroids(rows.dense(chosen), geometry, n_threads=n_threads).costs(rows)


def _nearest_of(
    rows: Rows, chosen: NDArray[np.integer], geometry: Geometry, n_threads: int | None
) -> tuple[NDArray[np.int64], DoubleArray]:
    """Position in `chosen` of the nearest chosen row of every row, and its cost."""
    labels = np.zeros(rows.n, dtype=np.int64)
    costs = np.full(rows.n, np.inf)
    for start in range(0, chosen.size, _DENSE_ROWS):
        some = rows.dense(chosen[start : start + _DENSE_ROWS])
        found = Centroids(some, geometry, n_threads=n_threads).nearest(rows)
        nearer = found.costs < costs
        labels[nearer] = found.labels[nearer] + start
        costs[nearer] = found.costs[nearer]
    return labels, costs
