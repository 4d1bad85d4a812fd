"""Clusters keep their id: matching of a refit's clusters to the published ones, with lineage.

A refit numbers its clusters at random. Two clusters are the same when they hold the same titles,
so old and new are matched one to one such that the most titles keep their cluster id (Hungarian
method on membership overlap). Ids are never used twice.

References
----------
Kuhn, H. W. (1955). The Hungarian method for the assignment problem. Nav. Res. Logist. Q. 2.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from reelhouse.clustering.geometry import FloatArray, IntArray

#: A match must hold at least this share of either cluster's common titles to be the same cluster.
KEEP_SHARE = 0.25
#: A cluster is a parent when it gave at least this share of its titles, or of the child's.
PARENT_SHARE = 0.4


@dataclass(frozen=True)
class Lineage:
    """What became of one cluster."""

    cluster_id: int
    event: str  # born | kept | split | merged | died
    parents: tuple[int, ...]


@dataclass(frozen=True)
class Matching:
    """Ids of the new clusters and the lineage of all, the died ones included.

    Attributes
    ----------
    cluster_ids : ndarray of shape (n_new,), int32
    lineage : tuple of Lineage, the new clusters in order, then those that died
    next_cluster_id : int
        The first id that was never used.
    """

    cluster_ids: IntArray
    lineage: tuple[Lineage, ...]
    next_cluster_id: int


def first_ids(n_clusters: int) -> Matching:
    """Ids of a first fit: 0 to n_clusters - 1, all born."""
    ids = np.arange(n_clusters, dtype=np.int32)
    return Matching(ids, tuple(Lineage(int(i), "born", ()) for i in ids), n_clusters)


def overlap(
    old: NDArray[np.integer], new: NDArray[np.integer], old_ids: IntArray, n_new: int
) -> NDArray[np.int64]:
    """Count the titles that old and new clusters share.

    Parameters
    ----------
    old : ndarray of shape (n_common,), published cluster ids of the titles in both
    new : ndarray of shape (n_common,), new cluster indices of the same titles
    old_ids : ndarray of shape (n_old,), sorted

    Returns
    -------
    ndarray of shape (n_old, n_new), int64
    """
    flat = np.searchsorted(old_ids, old) * n_new + new
    counts: NDArray[np.int64] = np.bincount(flat, minlength=old_ids.size * n_new)
    return counts.reshape(old_ids.size, n_new)


def match_by_overlap(
    shared: NDArray[np.int64], old_ids: IntArray, *, next_cluster_id: int
) -> Matching:
    """Give each new cluster the id of the old one it continues, or a fresh id.

    Parameters
    ----------
    shared : ndarray of shape (n_old, n_new), common titles
    old_ids : ndarray of shape (n_old,), int32
    next_cluster_id : int
    """
    rows, columns = linear_sum_assignment(shared, maximize=True)
    old_size = np.maximum(shared.sum(axis=1), 1)
    new_size = np.maximum(shared.sum(axis=0), 1)
    kept: dict[int, int] = {}
    for i, j in zip(rows, columns, strict=True):
        if shared[i, j] >= KEEP_SHARE * max(min(old_size[i], new_size[j]), 1):
            kept[int(j)] = int(i)
    ids = np.empty(shared.shape[1], dtype=np.int32)
    lineage = []
    for j in range(shared.shape[1]):
        parents = _parents(shared[:, j], old_size, new_size[j])
        if j in kept:
            ids[j] = old_ids[kept[j]]
            event = "merged" if len(set(parents) | {kept[j]}) > 1 else "kept"
            parents = sorted(set(parents) | {kept[j]})
        else:
            ids[j] = next_cluster_id
            next_cluster_id += 1
            event = "split" if parents else "born"
        lineage.append(Lineage(int(ids[j]), event, tuple(int(old_ids[i]) for i in parents)))
    gone = set(range(old_ids.size)) - set(kept.values())
    lineage += [Lineage(int(old_ids[i]), "died", ()) for i in sorted(gone)]
    return Matching(ids, tuple(lineage), next_cluster_id)


def match_by_centroids(old: FloatArray, new: FloatArray) -> list[tuple[int, int]]:
    """Pairs (old index, new index) of most similar centroids, the usual alternative.

    Parameters
    ----------
    old, new : ndarrays of shape (n_clusters, n_features), unit rows
    """
    rows, columns = linear_sum_assignment(old @ new.T, maximize=True)
    return [(int(i), int(j)) for i, j in zip(rows, columns, strict=True)]


def _parents(
    column: NDArray[np.int64], old_size: NDArray[np.int64], new_size: np.int64
) -> list[int]:
    """Old clusters that gave this new one much of themselves, or much of what it is."""
    given = (column >= PARENT_SHARE * old_size) | (column >= PARENT_SHARE * new_size)
    return [int(i) for i in np.flatnonzero(given & (column > 0))]
