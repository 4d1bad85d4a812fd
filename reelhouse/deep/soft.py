"""Soft assignment to centroids, and the sharper target that it is drawn to.

The formulas are those of numpy and of torch alike: both kinds of array go in and come out.

References
----------
Xie, J., Girshick, R. and Farhadi, A. (2016). Unsupervised deep embedding for clustering analysis.
    ICML. arXiv:1511.06335.
"""

from __future__ import annotations

from typing import Any


def soft_assignment(points: Any, centroids: Any, alpha: float = 1.0) -> Any:
    """How much of each point belongs to each centroid, by Student's t.

    q_ij is proportional to (1 + |z_i - m_j|^2 / alpha) ^ (-(alpha + 1) / 2).

    Parameters
    ----------
    points : ndarray or Tensor of shape (n, n_dimensions)
    centroids : the same of shape (n_clusters, n_dimensions)
    alpha : float
        Degrees of freedom, above 0.

    Returns
    -------
    ndarray or Tensor of shape (n, n_clusters)
        Rows sum to 1.
    """
    squares = ((points[:, None, :] - centroids[None, :, :]) ** 2).sum(-1)
    weights = (1.0 + squares / alpha) ** (-(alpha + 1.0) / 2.0)
    return weights / weights.sum(-1)[:, None]


def target_distribution(soft: Any) -> Any:
    """The assignment sharpened, and each cluster weighed by its size.

    p_ij is proportional to q_ij^2 / f_j, where f_j is the sum of column j.

    Parameters
    ----------
    soft : ndarray or Tensor of shape (n, n_clusters)

    Returns
    -------
    ndarray or Tensor of shape (n, n_clusters)
        Rows sum to 1.
    """
    weights = soft**2 / soft.sum(0)
    return weights / weights.sum(-1)[:, None]
