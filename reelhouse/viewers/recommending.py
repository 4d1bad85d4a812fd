"""recommendations.parquet of a viewers version: for every user what its clusters prefer.

Two published clusters speak for a user: the own one and the second, with weights a(c) proportional
to exp(-sharpness * distance). The score of a title is the sum over both of a(c) v(c, t), where v is
what the cluster prefers (`preferred_shares`); titles that the user rated are left out.
`reelhouse.recommend.viewer_clusters` is the same for any users, with clusters of its own.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from scipy import sparse

from reelhouse.clustering.geometry import FloatArray, IntArray
from reelhouse.interactions import Interactions
from reelhouse.recommend.base import NO_TITLE, Ranked
from reelhouse.recommend.codes import POPULAR, VIEWER_CLUSTER
from reelhouse.recommend.preference_lists import (
    EMPHASIS,
    SHARPNESS,
    SHRINKAGE,
    PreferenceLists,
    preferred_shares,
)
from reelhouse.schema import USER_RECOMMENDATIONS
from reelhouse.storage.sorted_parts import write_piece, write_sorted
from reelhouse.viewers.cluster import UserClusters
from reelhouse.viewers.counts import ClusterCounts
from reelhouse.viewers.place import PlacedUsers
from reelhouse.viewers.workspace import Workspace

#: Users whose titles make a part of the table.
USERS_PER_PART = 50_000


@dataclass(frozen=True)
class ClusterTastes:
    """What clusters of users prefer; its last group is everybody.

    Attributes
    ----------
    lists : PreferenceLists
        Of n_clusters + 1 groups.
    lift : ndarray of shape (n_clusters, n_titles), float32
        How much more of a cluster than of everybody rated a title.
    """

    lists: PreferenceLists
    lift: FloatArray

    @classmethod
    def of(cls, counts: ClusterCounts) -> Self:
        """Tastes from what the users of each cluster rated."""
        weights = counts.sums if counts.sums.min(initial=0.0) >= 0 else counts.counts
        # In units of an average rating, so that the values are about shares of users.
        n_ratings, total = float(counts.counts.sum()), float(weights.sum())
        viewings = weights * (n_ratings / total if total else 1.0)
        overall = viewings.sum(axis=0) / max(float(counts.sizes.sum()), 1.0)
        values, lift = preferred_shares(
            viewings, counts.sizes, overall, shrinkage=SHRINKAGE, emphasis=EMPHASIS
        )
        return cls(PreferenceLists.of(values), lift)


def stage_recommendations(
    interactions: Interactions, clustered: UserClusters, counts: ClusterCounts, n: int,
    work: Workspace,
) -> dict[str, Any]:  # fmt: skip
    """Write recommendations.parquet, block by block; returns what readers find a user by.

    Parameters
    ----------
    interactions : Interactions
    clustered : UserClusters
    counts : ClusterCounts
        Ratings by the clusters of `clustered`.
    n : int
        Most titles of each user.
    work : Workspace
    """
    tastes = ClusterTastes.of(counts)
    work.lists.mkdir(exist_ok=True)
    pieces: list[Path] = []
    users = []
    for block in range(interactions.n_blocks):
        rows, placed = interactions.load(block), clustered.placed.load(block)
        found = recommended(rows.matrix, placed, tastes, n)
        names = (interactions.title_ids, clustered.model.cluster_ids)
        pieces.append(work.lists / f"lists-{block:05d}.parquet")
        write_piece(_table(found, rows.user_ids, *names), pieces[-1])
        users.append(rows.user_ids)
    first = np.sort(np.concatenate(users))[::USERS_PER_PART].tolist()
    write_sorted(
        pieces,
        work.staged / "recommendations.parquet",
        USER_RECOMMENDATIONS,
        order=("user_id", "rank"),
        first=first,
    )
    return {"first": first}


@dataclass(frozen=True)
class Recommended:
    """Titles of some users; arrays of shape (n_users, n).

    Attributes
    ----------
    ranked : Ranked
    cluster : int32, index of the cluster of users that speaks most for the title
    preferred : bool, whether that cluster rated it more than everybody did
    """

    ranked: Ranked
    cluster: IntArray
    preferred: NDArray[np.bool_]


def recommended(
    ratings: sparse.csr_matrix, placed: PlacedUsers, tastes: ClusterTastes, n: int
) -> Recommended:
    """Best unrated titles of the users of a block.

    Parameters
    ----------
    ratings : csr_matrix of shape (n_users, n_titles)
        A stored entry is a rating.
    placed : PlacedUsers
        Of the same users.
    tastes : ClusterTastes
    n : int
    """
    groups, weights = memberships(placed)
    ranked = Ranked.empty(ratings.shape[0], n)
    tastes.lists.rank(ratings, groups, weights, ranked)
    titles = np.maximum(ranked.titles, 0)
    spoken = [
        weights[:, at, None] * tastes.lists.values[groups[:, at, None], titles] for at in (0, 1)
    ]
    cluster = np.where(spoken[1] > spoken[0], groups[:, 1, None], groups[:, 0, None])
    return Recommended(ranked, cluster.astype(np.int32), tastes.lift[cluster, titles] > 1)


def memberships(placed: PlacedUsers) -> tuple[IntArray, FloatArray]:
    """The two clusters that speak for each user, and their weights, which sum to 1.

    Returns
    -------
    groups, weights : ndarrays of shape (n_users, 2), int32 and float32
    """
    alone = placed.second_index < 0
    second = np.where(alone, placed.index, placed.second_index)
    apart = np.where(alone, np.inf, placed.second_distance - placed.distance)
    spoken = np.exp(-SHARPNESS * apart.astype(np.float64))
    weights = np.stack([np.ones_like(spoken), spoken], axis=1) / (1 + spoken)[:, None]
    groups = np.stack([placed.index, second], axis=1)
    return groups.astype(np.int32), weights.astype(np.float32)


def _table(
    found: Recommended, user_ids: IntArray, title_ids: IntArray, cluster_ids: IntArray
) -> pa.Table:
    # What nobody rated is no recommendation.
    user, place = np.nonzero((found.ranked.titles != NO_TITLE) & (found.ranked.scores > 0))
    reasons = pa.array([POPULAR, VIEWER_CLUSTER])
    columns = {
        "user_id": user_ids[user],
        "rank": (place + 1).astype(np.int32),
        "title_id": title_ids[found.ranked.titles[user, place]],
        "score": found.ranked.scores[user, place],
        "reason": reasons.take(pa.array(found.preferred[user, place].astype(np.int8))),
        "cluster_id": cluster_ids[found.cluster[user, place]],
    }
    return pa.table(columns, schema=USER_RECOMMENDATIONS)
