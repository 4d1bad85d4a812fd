"""Placing rows on fixed centroids: nearest, second-nearest, margin."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from reelhouse.clustering.centroids import Centroids, Geometry
from reelhouse.clustering.geometry import FloatArray, IntArray
from reelhouse.clustering.rows import rows_of


@dataclass(frozen=True)
class Placement:
    """Where rows were placed; all arrays have shape (n,).

    Attributes
    ----------
    index : int32, the nearest centroid
    distance : float32, distance to it
    second_index : int32, the second-nearest centroid; -1 where there is only one
    second_distance : float32, NaN where there is only one
    empty : bool, rows without a single known term: every centroid is equally far
    """

    index: IntArray
    distance: FloatArray
    second_index: IntArray
    second_distance: FloatArray
    empty: NDArray[np.bool_]


def place(
    rows: sparse.csr_matrix,
    centroids: FloatArray,
    *,
    geometry: Geometry = "cosine",
    n_threads: int | None = None,
) -> Placement:
    """Nearest and second-nearest centroid of each row.

    Parameters
    ----------
    rows : csr_matrix of shape (n, n_features)
    centroids : ndarray of shape (n_clusters, n_features)
    geometry : "euclidean" or "cosine"
        Decides the distance; the cosine distance takes rows of any length.
    n_threads : int or None
        None: one per core.
    """
    found = Centroids(centroids, geometry, n_threads=n_threads).nearest(rows_of(rows), second=True)
    alone = found.second_labels < 0
    distance, second = found.costs, np.where(alone, np.nan, found.second_costs)
    if geometry == "euclidean":
        distance, second = np.sqrt(distance), np.sqrt(second)
    return Placement(
        found.labels,
        distance.astype(np.float32),
        found.second_labels,
        second.astype(np.float32),
        np.diff(rows.indptr) == 0,
    )


def distance_limits(
    index: IntArray, distance: FloatArray, n_clusters: int, *, share: float
) -> FloatArray:
    """Distance beyond which a title fits its cluster worse than nearly all that made it.

    Parameters
    ----------
    index, distance : ndarrays of shape (n,)
        Placement of the titles of the fit.
    share : float
        Share of each cluster's titles that lie beyond its limit.

    Returns
    -------
    ndarray of shape (n_clusters,), float32
        A cluster with fewer than 20 titles takes the limit of all titles together: its own tail
        says nothing.
    """
    overall = float(np.quantile(distance, 1.0 - share)) if distance.size else 1.0
    limits = np.full(n_clusters, overall, dtype=np.float32)
    order = np.argsort(index, kind="stable")
    bounds = np.searchsorted(index[order], np.arange(n_clusters + 1))
    for cluster in range(n_clusters):
        members = distance[order[bounds[cluster] : bounds[cluster + 1]]]
        if members.size >= 20:
            limits[cluster] = np.quantile(members, 1.0 - share)
    return limits
