"""Where k-means starts: k-means++ with restarts on a sample, then breathing out of local minima.

References
----------
Arthur, D. and Vassilvitskii, S. (2007). k-means++: the advantages of careful seeding. SODA '07.
Fritzke, B. (2020). The breathing k-means algorithm. arXiv:2006.15666.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

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
    """Best of several seedings of a sample, polished by Lloyd steps and by breathing.

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
    different = n_distinct(filled, most=n_clusters)
    if different < n_clusters:
        raise ClusteringError(
            f"{different} different titles with known terms cannot make {n_clusters} clusters"
        )
    best: Seeding | None = None
    for attempt in range(restarts):
        rng = np.random.default_rng([seed, n_clusters, attempt])
        found = lloyd(filled, _plus_plus(filled, n_clusters, rng), steps=steps)
        if best is None or found.inertia < best.inertia:
            best = found
    if best is None:
        raise ClusteringError(f"restarts={restarts}, expected at least 1")
    best = breathe(filled, best, np.random.default_rng([seed, n_clusters]), steps=steps)
    labels = similarities(sample, best.centroids).argmax(axis=1).astype(np.int32)
    return Seeding(best.centroids, labels, best.inertia)


def n_distinct(rows: sparse.csr_matrix, *, most: int) -> int:
    """Number of different rows; counting ends at `most`."""
    ordered = rows.sorted_indices()
    seen: set[tuple[bytes, bytes]] = set()
    for start, stop in pairwise(ordered.indptr.tolist()):
        seen.add((ordered.indices[start:stop].tobytes(), ordered.data[start:stop].tobytes()))
        if len(seen) >= most:
            break
    return len(seen)


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


def breathe(
    rows: sparse.csr_matrix, start: Seeding, rng: np.random.Generator, *, steps: int, depth: int = 5
) -> Seeding:
    """Leave a local minimum: add centroids where the error is, drop those that help least.

    Each breath adds `depth` centroids in the clusters with the largest inertia, lets all settle,
    then removes the `depth` whose removal costs least. A breath that does not lower the inertia
    makes the next one shallower, until none is left.

    Parameters
    ----------
    rows : csr_matrix of shape (n, n_features), unit rows
    start : Seeding of these rows
    rng : numpy.random.Generator
    steps : int
        Most Lloyd steps after breathing out.
    depth : int
        Centroids of the first breath.

    Returns
    -------
    Seeding
        Never worse than `start`.
    """
    best = start
    depth = min(depth, start.centroids.shape[0] - 1)
    while depth > 0:
        fuller = lloyd(rows, _breathe_in(rows, best, rng, depth), steps=5)
        found = lloyd(rows, _breathe_out(rows, fuller.centroids, depth), steps=steps)
        if found.inertia < best.inertia * (1 - 1e-4):
            best = found
        else:
            depth -= 1
    return best


def _breathe_in(
    rows: sparse.csr_matrix, seeding: Seeding, rng: np.random.Generator, depth: int
) -> FloatArray:
    """The centroids and, in each of the worst clusters, one of its rows, far ones more likely."""
    labels, nearest = _nearest(rows, seeding.centroids)
    error = np.bincount(labels, weights=1.0 - nearest, minlength=seeding.centroids.shape[0])
    chosen = []
    for cluster in np.argsort(-error, kind="stable")[:depth]:
        members = np.flatnonzero(labels == cluster)
        if members.size:
            weight = np.clip(1.0 - nearest[members], 1e-9, None).astype(np.float64)
            chosen.append(int(rng.choice(members, p=weight / weight.sum())))
    # A cluster of its own inertia always has rows; fewer than `depth` may have any.
    chosen += [int(row) for row in rng.integers(rows.shape[0], size=depth - len(chosen))]
    return np.vstack([seeding.centroids, rows[chosen].toarray().astype(np.float32)])


def _breathe_out(rows: sparse.csr_matrix, centroids: FloatArray, depth: int) -> FloatArray:
    """All centroids but those whose rows lose least by going to their second-nearest."""
    similarity = similarities(rows, centroids)
    every = np.arange(rows.shape[0])
    first = similarity.argmax(axis=1)
    nearest = similarity[every, first].copy()
    similarity[every, first] = -np.inf
    cost = np.bincount(
        first, weights=nearest - similarity.max(axis=1), minlength=centroids.shape[0]
    )
    between = centroids @ centroids.T
    np.fill_diagonal(between, -np.inf)
    order = np.argsort(cost, kind="stable")
    gone: list[int] = []
    spared: set[int] = set()
    for cluster in order:
        if len(gone) < depth and int(cluster) not in spared:
            gone.append(int(cluster))
            # Its nearest neighbour takes over its rows and must not go with it.
            spared.add(int(between[cluster].argmax()))
    gone += [int(c) for c in order if int(c) not in gone][: depth - len(gone)]
    return np.delete(centroids, gone, axis=0)


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
