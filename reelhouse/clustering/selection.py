"""How many clusters: elbow of the inertia and silhouette, both on a sample.

References
----------
Satopaa, V. et al. (2011). Finding a "kneedle" in a haystack. ICDCSW '11.
Rousseeuw, P. J. (1987). Silhouettes. J. Comput. Appl. Math. 20.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from reelhouse.clustering.geometry import FloatArray, IntArray
from reelhouse.clustering.seeding import Seeding, n_distinct, seed_centroids
from reelhouse.errors import ClusteringError

#: Most rows of one silhouette.
SILHOUETTE_ROWS = 8_000


@dataclass(frozen=True)
class Candidate:
    """One number of clusters that was tried."""

    n_clusters: int
    inertia: float
    silhouette: float


@dataclass(frozen=True)
class Selection:
    """The chosen number of clusters, the curve behind it, and why."""

    n_clusters: int
    reason: str
    curve: tuple[Candidate, ...]
    seeding: Seeding

    def to_json(self) -> dict[str, Any]:
        """Everything but the centroids, as plain values."""
        return {
            "n_clusters": self.n_clusters,
            "reason": self.reason,
            "curve": [asdict(candidate) for candidate in self.curve],
        }


def fixed(sample: sparse.csr_matrix, n_clusters: int, *, seed: int, restarts: int) -> Selection:
    """Seed the number of clusters that the user asked for."""
    seeding = seed_centroids(sample, n_clusters, seed=seed, restarts=restarts)
    silhouette = sampled_silhouette(sample, seeding.labels, seed=seed)
    candidate = Candidate(n_clusters, seeding.inertia, silhouette)
    return Selection(n_clusters, f"{n_clusters} clusters were asked for", (candidate,), seeding)


def choose(sample: sparse.csr_matrix, *, seed: int, restarts: int) -> Selection:
    """Choose the number of clusters of a sample.

    The silhouette decides where it has a peak within the range that was tried; where it only
    keeps rising (as on sparse text, where smaller clusters are always tighter) the elbow of the
    inertia decides.

    Parameters
    ----------
    sample : csr_matrix of shape (n_sample, n_features), unit rows
    seed : int
    restarts : int
        Seedings of the chosen number; while searching, two are tried for each candidate.

    Raises
    ------
    ClusteringError
        When the sample has fewer than four rows with known terms.
    """
    filled = sample[np.diff(sample.indptr) > 0]
    grid = candidate_numbers(filled.shape[0])
    different = n_distinct(filled, most=grid[-1])
    grid = [k for k in grid if k <= different] or grid[:1]  # seeding refuses what is too much
    tried = {k: _try(sample, k, seed=seed) for k in grid}
    peak = _peak(tried)
    if peak is not None:
        for k in _between(sorted(tried), peak):
            tried[k] = _try(sample, k, seed=seed)
        peak = max(tried.values(), key=lambda c: (c.silhouette, -c.n_clusters)).n_clusters
    curve = tuple(tried[k] for k in sorted(tried))
    if peak is not None:
        chosen, reason = peak, f"the sampled silhouette peaks at {peak} clusters"
    else:
        chosen = elbow([c.n_clusters for c in curve], [c.inertia for c in curve])
        reason = f"the silhouette has no peak; the inertia's elbow lies at {chosen} clusters"
    seeding = seed_centroids(sample, chosen, seed=seed, restarts=restarts)
    return Selection(chosen, reason, curve, seeding)


def try_numbers(
    sample: sparse.csr_matrix, numbers: Collection[int], *, seed: int
) -> tuple[Candidate, ...]:
    """Inertia and silhouette of these numbers of clusters, where the sample has rows enough."""
    filled = sample[np.diff(sample.indptr) > 0]
    different = n_distinct(filled, most=max(numbers))
    possible = sorted(k for k in numbers if 2 <= k <= min(different, filled.shape[0] // 4))
    return tuple(_try(sample, k, seed=seed) for k in possible)


def candidate_numbers(n_rows: int) -> list[int]:
    """Numbers of clusters worth trying: 2 to 64, about a third apart, at least 4 rows each."""
    if n_rows < 4:
        raise ClusteringError(f"{n_rows} titles with known terms, expected at least 4 to cluster")
    steps = (2, 3, 4, 6, 8, 10, 12, 15, 18, 21, 24, 28, 32, 40, 48, 56, 64)
    return [k for k in steps if k <= n_rows // 4] or [2]


def elbow(numbers: Sequence[int], inertias: Sequence[float]) -> int:
    """Number of clusters at which the inertia bends most away from a straight fall.

    The curve is scaled to the unit square and the point farthest below its chord is taken
    ("kneedle").
    """
    if len(numbers) < 3:
        return int(numbers[-1])
    x = np.asarray(numbers, dtype=np.float64)
    y = np.asarray(inertias, dtype=np.float64)
    x = (x - x[0]) / (x[-1] - x[0])
    fall = y[0] - y[-1]
    if fall <= 0:
        return int(numbers[0])
    below = (1.0 - x) - (y - y[-1]) / fall
    return int(numbers[int(below.argmax())])


def sampled_silhouette(rows: sparse.csr_matrix, labels: IntArray, *, seed: int) -> float:
    """Mean silhouette (cosine) of at most `SILHOUETTE_ROWS` rows among themselves.

    Returns
    -------
    float
        -1 to 1; 0 where fewer than two clusters have rows.
    """
    scores = silhouettes(*_sampled(rows, labels, seed=seed))
    return float(scores.mean()) if scores.size else 0.0


def cluster_silhouettes(
    rows: sparse.csr_matrix, labels: IntArray, n_clusters: int, *, seed: int
) -> FloatArray:
    """Mean sampled silhouette of each cluster; NaN for a cluster without sampled rows.

    Returns
    -------
    ndarray of shape (n_clusters,), float32
    """
    some, some_labels = _sampled(rows, labels, seed=seed)
    scores = silhouettes(some, some_labels)
    count = np.bincount(some_labels, minlength=n_clusters)
    total = np.bincount(some_labels, weights=scores, minlength=n_clusters)
    with np.errstate(invalid="ignore"):
        means: FloatArray = (total / count).astype(np.float32)
    return means


def silhouettes(rows: sparse.csr_matrix, labels: IntArray) -> NDArray[np.float64]:
    """Silhouette of each row with cosine distance, in n x n_clusters memory.

    Parameters
    ----------
    rows : csr_matrix of shape (n, n_features), unit rows
    labels : ndarray of shape (n,)

    Returns
    -------
    ndarray of shape (n,), float64
    """
    _, codes = np.unique(labels, return_inverse=True)
    n, k = rows.shape[0], int(codes.max(initial=-1)) + 1
    if k < 2:
        return np.zeros(n)
    member = sparse.csr_matrix((np.ones(n), codes, np.arange(n + 1)), shape=(n, k))
    # The cosine distance is linear in the second row, so a row's mean distance to a cluster
    # follows from its product with the cluster's sum: n x k, never n x n.
    sizes = np.bincount(codes, minlength=k).astype(np.float64)
    sums = np.asarray((rows @ (member.T @ rows).T.tocsc()).toarray(), dtype=np.float64)
    distance_sums = sizes[None, :] - sums
    every = np.arange(n)
    own = sizes[codes]
    norms = np.asarray(rows.multiply(rows).sum(axis=1)).ravel()
    inside = (distance_sums[every, codes] - (1.0 - norms)) / np.maximum(own - 1, 1)
    means = distance_sums / sizes[None, :]
    means[every, codes] = np.inf
    outside = means.min(axis=1)
    wider = np.maximum(np.maximum(inside, outside), 1e-12)
    return np.where(own > 1, (outside - inside) / wider, 0.0)


def _sampled(
    rows: sparse.csr_matrix, labels: IntArray, *, seed: int
) -> tuple[sparse.csr_matrix, IntArray]:
    if rows.shape[0] <= SILHOUETTE_ROWS:
        return rows, labels
    some = np.random.default_rng(seed).choice(rows.shape[0], SILHOUETTE_ROWS, replace=False)
    some.sort()
    return rows[some], labels[some]


def _try(sample: sparse.csr_matrix, n_clusters: int, *, seed: int) -> Candidate:
    seeding = seed_centroids(sample, n_clusters, seed=seed, restarts=2, steps=10)
    silhouette = sampled_silhouette(sample, seeding.labels, seed=seed)
    return Candidate(n_clusters, seeding.inertia, silhouette)


def _peak(tried: dict[int, Candidate]) -> int | None:
    """The best silhouette, unless it is the last one tried: then it may still be rising."""
    best = max(tried.values(), key=lambda c: (c.silhouette, -c.n_clusters)).n_clusters
    return best if best < max(tried) or len(tried) < 3 else None


def _between(numbers: list[int], peak: int) -> list[int]:
    """Numbers not yet tried between the peak's neighbours."""
    at = numbers.index(peak)
    low = numbers[max(at - 1, 0)]
    high = numbers[min(at + 1, len(numbers) - 1)]
    return [k for k in range(low + 1, high) if k not in numbers]
