"""How tight clusters are against how far apart: Calinski-Harabasz and Davies-Bouldin.

scikit-learn has both, for dense rows only.

References
----------
Calinski, T. and Harabasz, J. (1974). A dendrite method for cluster analysis. Communications in
Statistics 3.
Davies, D. L. and Bouldin, D. W. (1979). A cluster separation measure. IEEE TPAMI 1.
"""

from __future__ import annotations

import numpy as np

from reelhouse.clustering.selection.products import ClusterProducts


def calinski_harabasz(found: ClusterProducts) -> float:
    """Variance between clusters over that within, each by its degrees of freedom; high is good.

    Returns
    -------
    float
        NaN where there is one cluster, or as many as rows; infinity where clusters have no width.
    """
    n, k = found.labels.size, found.n_clusters
    if not 2 <= k < n:
        return float("nan")
    mean_square = float(found.between.sum()) / n**2
    total = float(found.squares.sum()) - n * mean_square
    within = float(found.squared_distances[found.own].sum())
    if within <= 1e-12 * n:
        return float("inf")
    return (total - within) / (k - 1) / (within / (n - k))


def davies_bouldin(found: ClusterProducts) -> float:
    """Mean over clusters of the width of two over their distance, for the worst two; low is good.

    Returns
    -------
    float
        NaN where there is one cluster.
    """
    k = found.n_clusters
    if k < 2:
        return float("nan")
    distances = np.sqrt(found.squared_distances[found.own])
    widths = np.bincount(found.labels, weights=distances, minlength=k) / found.sizes
    means = found.between / np.outer(found.sizes, found.sizes)
    squares = np.diag(means)
    apart = np.sqrt(np.maximum(squares[:, None] + squares - 2.0 * means, 0.0))
    with np.errstate(divide="ignore", invalid="ignore"):
        ratios = (widths[:, None] + widths) / apart
    # Two equal means without width are no worse than any other two.
    ratios[np.isnan(ratios)] = 0.0
    np.fill_diagonal(ratios, 0.0)
    return float(ratios.max(axis=1).mean())
