"""Whether another seed finds the same clusters."""

from __future__ import annotations

from scipy import sparse

from reelhouse.clustering.geometry import IntArray
from reelhouse.clustering.seeding import seed_centroids
from reelhouse.evaluation.agreement import agreement


def seed_to_seed(
    sample: sparse.csr_matrix, labels: IntArray, n_clusters: int, *, seed: int, restarts: int = 1
) -> float:
    """Adjusted Rand index between labels and a fit of the same rows by another seed.

    Parameters
    ----------
    sample : csr_matrix of shape (n_sample, n_features), unit or all-zero rows
    labels : ndarray of shape (n_sample,)
    n_clusters : int
    seed : int
        The other seed.
    restarts : int
        Starts of the other fit.
    """
    other = seed_centroids(sample, n_clusters, seed=seed, restarts=restarts)
    return agreement(labels, other.labels.tolist()).ari
