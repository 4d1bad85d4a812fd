"""Where k-means starts: greedy k-means++ with restarts, polished by Lloyd steps on a sample.

References
----------
Arthur, D. and Vassilvitskii, S. (2007). k-means++: the advantages of careful seeding. SODA '07.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from reelhouse.clustering.geometry import (
    FloatArray,
    IntArray,
    similarities,
    sums_by_label,
    unit_rows,
)
from reelhouse.errors import ClusteringError


@dataclass(frozen=True)
class Seeding:
    """Centroids found on a sample.

    Attributes
    ----------
    centroids : ndarray of shape (n_clusters, n_features), float32, unit rows
    labels : ndarray of shape (n_sample,), int32
    inertia : float
        Sum of cosine distances of the sample's rows to their centroid.
    """

    centroids: FloatArray
    labels: IntArray
    inertia: float


def seed_centroids(
    sample: sparse.csr_matrix, n_clusters: int, *, seed: int, restarts: int = 8, steps: int = 20
) -> Seeding:
    """Best of several seedings of a sample, each polished by Lloyd steps.

    Parameters
    ----------
    sample : csr_matrix of shape (n_sample, n_features), unit rows
    n_clusters : int
    seed : int
    restarts : int
        Seedings tried; the one with the least inertia is returned.
    steps : int
        Most Lloyd steps per seeding.

    Raises
    ------
    ClusteringError
        When the sample has fewer distinct non-empty rows than clusters.
    """
    filled = sample[np.diff(sample.indptr) > 0]
    if filled.shape[0] < n_clusters:
        raise ClusteringError(
            f"{filled.shape[0]} titles with known terms cannot make {n_clusters} clusters"
        )
    best: Seeding | None = None
    for attempt in range(restarts):
        rng = np.random.default_rng([seed, n_clusters, attempt])
        found = lloyd(filled, _plus_plus(filled, n_clusters, rng), steps=steps)
        if best is None or found.inertia < best.inertia:
            best = found
    if best is None:
        raise ClusteringError(f"restarts={restarts}, expected at least 1")
    labels = similarities(sample, best.centroids).argmax(axis=1).astype(np.int32)
    return Seeding(best.centroids, labels, best.inertia)


def lloyd(rows: sparse.csr_matrix, centroids: FloatArray, *, steps: int) -> Seeding:
    """Exact spherical k-means steps until the inertia falls by less than 0.01 %.

    A cluster left without rows is moved to the row that lies farthest from its own centroid.

    Parameters
    ----------
    rows : csr_matrix of shape (n, n_features), unit rows
    centroids : ndarray of shape (n_clusters, n_features), unit rows
    """
    n_clusters = centroids.shape[0]
    labels, nearest = _nearest(rows, centroids)
    inertia = _inertia(nearest)
    for _ in range(steps):
        previous = inertia
        centroids = _means(rows, labels, nearest, n_clusters)
        labels, nearest = _nearest(rows, centroids)
        inertia = _inertia(nearest)
        if previous - inertia <= 1e-4 * inertia:
            break
    return Seeding(centroids, labels, inertia)


def _nearest(rows: sparse.csr_matrix, centroids: FloatArray) -> tuple[IntArray, FloatArray]:
    similarity = similarities(rows, centroids)
    labels = similarity.argmax(axis=1).astype(np.int32)
    return labels, similarity[np.arange(rows.shape[0]), labels]


def _inertia(nearest: FloatArray) -> float:
    # Sum in float64: float32 drops small distances in a long sum.
    return float((1.0 - nearest).sum(dtype=np.float64))


def _means(
    rows: sparse.csr_matrix, labels: IntArray, nearest: FloatArray, n_clusters: int
) -> FloatArray:
    means = unit_rows(sums_by_label(rows, labels, n_clusters).toarray())
    starved = np.flatnonzero(np.bincount(labels, minlength=n_clusters) == 0)
    if starved.size:
        farthest = np.argsort(nearest, kind="stable")[: starved.size]
        means[starved] = rows[farthest].toarray()
    return means


def _plus_plus(rows: sparse.csr_matrix, n_clusters: int, rng: np.random.Generator) -> FloatArray:
    """Greedy k-means++: of several candidates the one that lowers the inertia most."""
    n_candidates = 2 + int(np.log(n_clusters))
    chosen = [int(rng.integers(rows.shape[0]))]
    distance = _distance_to(rows, np.array(chosen))[:, 0]
    while len(chosen) < n_clusters:
        total = float(distance.sum(dtype=np.float64))
        weight = distance / total if total > 0 else None
        # Rounding may leave the weights a little off 1; choice() checks them strictly.
        weight = None if weight is None else weight.astype(np.float64) / weight.sum(dtype=float)
        candidates = rng.choice(rows.shape[0], size=n_candidates, p=weight)
        after = np.minimum(distance[:, None], _distance_to(rows, candidates))
        best = int(after.sum(axis=0, dtype=np.float64).argmin())
        chosen.append(int(candidates[best]))
        distance = after[:, best]
    seeds: FloatArray = rows[chosen].toarray().astype(np.float32)
    return seeds


def _distance_to(rows: sparse.csr_matrix, chosen: NDArray[np.integer]) -> FloatArray:
    """Cosine distance of every row to each chosen row, shape (n, n_chosen)."""
    products = (rows @ rows[chosen].T).toarray()
    distance: FloatArray = np.clip(1.0 - products, 0.0, None).astype(np.float32)
    return distance
