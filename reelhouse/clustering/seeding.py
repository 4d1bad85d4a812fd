"""Where k-means starts: restarts on a sample, polished, then breathing out of local minima."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

import numpy as np
from scipy import sparse

from reelhouse.clustering.breathing import breathe
from reelhouse.clustering.centroids import Centroids, DoubleArray, Geometry
from reelhouse.clustering.geometry import FloatArray, IntArray
from reelhouse.clustering.lloyd import settle_rows
from reelhouse.clustering.plus_plus import parallel_plus_plus, plus_plus
from reelhouse.clustering.rows import Rows, rows_of
from reelhouse.clustering.spectral import spectral_centers
from reelhouse.errors import ClusteringError

Method = Literal["k-means++", "k-means||", "spectral"]

#: Fall of the inertia, as a share, below which a restart on the sample has settled.
_SETTLED = 1e-4


@dataclass(frozen=True)
class Seeding:
    """Centroids found on a sample.

    Attributes
    ----------
    centroids : ndarray of shape (n_clusters, n_features), float32
        Unit rows when the geometry is cosine.
    labels : ndarray of shape (n_sample,), int32
    inertia : float
        Sum of the costs of the sample's rows at their centroid.
    """

    centroids: FloatArray
    labels: IntArray
    inertia: float


def seed_centroids(
    sample: sparse.csr_matrix,
    n_clusters: int,
    *,
    seed: int,
    restarts: int = 8,
    steps: int = 20,
    geometry: Geometry = "cosine",
    method: Method = "spectral",
) -> Seeding:
    """Best of several seedings of a sample that must hold enough different rows.

    Parameters
    ----------
    sample : csr_matrix of shape (n_sample, n_features)
    n_clusters : int
    seed : int
    restarts : int
        Seedings tried; the one with the least inertia is returned.
    steps : int
        Most exact steps per seeding.
    geometry : "euclidean" or "cosine"
        Rows without an entry have no direction and take no part in the latter.
    method : "k-means++" or "k-means||"

    Raises
    ------
    ClusteringError
        When the sample has fewer distinct non-empty rows than clusters.
    """
    filled = sample[np.diff(sample.indptr) > 0] if geometry == "cosine" else sample
    different = n_distinct(filled, most=n_clusters)
    if different < n_clusters:
        raise ClusteringError(
            f"{different} different titles with known terms cannot make {n_clusters} clusters"
        )
    found = best_start(
        rows_of(filled), n_clusters, geometry, seed=seed, restarts=restarts, steps=steps,
        method=method,
    )  # fmt: skip
    labels = Centroids(found.centroids, geometry).labels(rows_of(sample))
    return Seeding(found.centroids, labels, found.inertia)


def best_start(
    rows: Rows,
    n_clusters: int,
    geometry: Geometry,
    *,
    seed: int,
    restarts: int,
    steps: int = 20,
    method: Method = "spectral",
    weights: DoubleArray | None = None,
    n_threads: int | None = None,
) -> Seeding:
    """Best of several seedings of these rows, each polished; the best one breathes.

    Parameters
    ----------
    rows : Rows
        At least one; fewer different ones than clusters give equal centroids.
    method : "k-means++", "k-means||" or "spectral"
        The last works along the leading directions of the rows, and needs no breath of its own;
        with too few rows or features for these it is k-means++.
    weights : ndarray of shape (n,), float64, or None

    Raises
    ------
    ClusteringError
        When no restart is allowed.
    """
    if restarts < 1:
        raise ClusteringError(f"restarts={restarts}, expected at least 1")
    each = np.ones(rows.n) if weights is None else weights
    if method == "spectral":
        found = _spectral_start(
            rows, n_clusters, geometry, seed=seed, restarts=restarts, steps=steps, weights=each,
            n_threads=n_threads,
        )  # fmt: skip
        if found is not None:
            return found
    seeder = parallel_plus_plus if method == "k-means||" else plus_plus
    best: Seeding | None = None
    for attempt in range(restarts):
        rng = np.random.default_rng([seed, n_clusters, attempt])
        chosen = seeder(rows, n_clusters, geometry, rng, each, n_threads=n_threads)
        centroids = Centroids(rows.dense(chosen), geometry, n_threads=n_threads)
        labels, inertia, _ = settle_rows(rows, centroids, steps=steps, tol=_SETTLED, weights=each)
        if best is None or inertia < best.inertia:
            best = Seeding(centroids.centers, labels, inertia)
    assert best is not None
    centers, inertia = breathe(
        rows, best.centroids, best.inertia, geometry, np.random.default_rng([seed, n_clusters]),
        each, steps=steps, n_threads=n_threads,
    )  # fmt: skip
    labels = Centroids(centers, geometry, n_threads=n_threads).labels(rows)
    return Seeding(centers, labels, inertia)


def _spectral_start(
    rows: Rows,
    n_clusters: int,
    geometry: Geometry,
    *,
    seed: int,
    restarts: int,
    steps: int,
    weights: DoubleArray,
    n_threads: int | None,
) -> Seeding | None:
    """Seed along the leading directions of the rows, then settle on the rows themselves."""

    def cluster(coordinates: FloatArray) -> IntArray:
        return best_start(
            rows_of(coordinates), n_clusters, geometry, seed=seed, restarts=restarts, steps=steps,
            method="k-means++", weights=weights, n_threads=n_threads,
        ).labels  # fmt: skip

    start = spectral_centers(rows, n_clusters, geometry, cluster, seed=seed, weights=weights)
    if start is None:
        return None
    centroids = Centroids(start, geometry, n_threads=n_threads)
    labels, inertia, _ = settle_rows(rows, centroids, steps=steps, tol=_SETTLED, weights=weights)
    return Seeding(centroids.centers, labels, inertia)


def n_distinct(rows: sparse.csr_matrix, *, most: int) -> int:
    """Number of different rows; counting ends at `most`."""
    ordered = rows.sorted_indices()
    seen: set[tuple[bytes, bytes]] = set()
    for start, stop in pairwise(ordered.indptr.tolist()):
        seen.add((ordered.indices[start:stop].tobytes(), ordered.data[start:stop].tobytes()))
        if len(seen) >= most:
            break
    return len(seen)
