"""Clusters of users keep their id from run to run, by the users that they share."""

from __future__ import annotations

import json
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from reelhouse.clustering.geometry import IntArray
from reelhouse.clustering.registry import Matching, first_ids, match_by_overlap, overlap
from reelhouse.runs.base import Base
from reelhouse.viewers.place import Placed


@dataclass(frozen=True)
class OldUserClusters:
    """The last version's clusters of users.

    Attributes
    ----------
    user_ids : ndarray of shape (n_users,), int32, sorted
    cluster_ids : ndarray of shape (n_users,), int32
    names : dict from the id of each living cluster to its name
    next_cluster_id : int
        The first id that was never used.
    """

    user_ids: IntArray
    cluster_ids: IntArray
    names: dict[int, str]
    next_cluster_id: int


def old_user_clusters(base: Base) -> OldUserClusters | None:
    """What a run must know of the last version's clusters; None for an empty store."""
    if base.version is None:
        return None
    table = base.version.read_table("assignments", ["user_id", "cluster_id"])
    user_ids, cluster_ids = table["user_id"].to_numpy(), table["cluster_id"].to_numpy()
    order = np.argsort(user_ids, kind="stable")
    living = {
        row["cluster_id"]: row["name"]
        for row in base.clusters().to_pylist()
        if row["event"] != "died"
    }
    about = json.loads(base.version.read_bytes("model/clusters.json"))
    return OldUserClusters(
        user_ids[order], cluster_ids[order], living, int(about["next_cluster_id"])
    )


@dataclass(frozen=True)
class UserIdentity:
    """Ids of the clusters, and who kept theirs.

    Attributes
    ----------
    matching : Matching
    in_both : int
        Users of this run that the last version has too.
    kept : int
        Those of them that are in the cluster of the same id.
    old_names : dict from the id of each cluster of the last version to its name
    """

    matching: Matching
    in_both: int
    kept: int
    old_names: dict[int, str]


def identify_clusters(placed: Placed, n_clusters: int, old: OldUserClusters | None) -> UserIdentity:
    """Give each cluster the id of the old one with most users in common, or a fresh one."""
    if old is None or not old.user_ids.size:
        return UserIdentity(first_ids(n_clusters), 0, 0, {})
    old_ids = np.array(sorted(old.names), dtype=np.int32)
    shared = np.zeros((old_ids.size, n_clusters), dtype=np.int64)
    for users in placed.all():
        at = np.searchsorted(old.user_ids, users.user_ids).clip(max=old.user_ids.size - 1)
        known: NDArray[np.bool_] = old.user_ids[at] == users.user_ids
        shared += overlap(old.cluster_ids[at[known]], users.index[known], old_ids, n_clusters)
    matching = match_by_overlap(shared, old_ids, next_cluster_id=old.next_cluster_id)
    row_of = {int(cluster): row for row, cluster in enumerate(old_ids)}
    kept = sum(
        int(shared[row_of[int(cluster)], index])
        for index, cluster in enumerate(matching.cluster_ids)
        if int(cluster) in row_of
    )
    return UserIdentity(matching, int(shared.sum()), kept, old.names)
