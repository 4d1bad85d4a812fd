"""Whether another seed, or titles drawn again, give the same clusters.

References
----------
Fang, Y. and Wang, J. (2012). Selection of the number of clusters via the bootstrap method. Comput.
Stat. Data Anal. 56.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

import numpy as np
from scipy import sparse

from reelhouse.clustering.assign import place
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


def bootstrap(sample: sparse.csr_matrix, n_clusters: int, *, resamples: int, seed: int) -> float:
    """Mean adjusted Rand index between fits to resamples, over all rows and all pairs of fits.

    A resample draws as many rows, with replacement, as there are; each fit then places every row.

    Parameters
    ----------
    sample : csr_matrix of shape (n_sample, n_features), unit or all-zero rows
    n_clusters : int
    resamples : int
        At least 2.
    seed : int

    Raises
    ------
    ClusteringError
        When a resample has fewer different rows than clusters.
    """
    labels = []
    for number in range(resamples):
        rng = np.random.default_rng([seed, number])
        drawn = sample[np.sort(rng.integers(0, sample.shape[0], sample.shape[0]))]
        found = seed_centroids(drawn, n_clusters, seed=seed + number, restarts=1)
        labels.append(place(sample, found.centroids).index)
    return pairwise_agreement(labels)


def pairwise_agreement(labels: Sequence[IntArray]) -> float:
    """Mean adjusted Rand index of all pairs of clusterings of the same rows.

    Parameters
    ----------
    labels : two or more ndarrays of shape (n,)
    """
    pairs = combinations(labels, 2)
    return float(np.mean([agreement(one, other.tolist()).ari for one, other in pairs]))
