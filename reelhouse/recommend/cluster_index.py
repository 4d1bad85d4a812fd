"""Clusters, feature vectors and popularity as arrays, for recommending to many users by cluster."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from reelhouse.clustering.geometry import IntArray
from reelhouse.clustering.rows import in_pieces
from reelhouse.errors import RecommendationError
from reelhouse.recommend.base import NO_CLUSTER, Ranked
from reelhouse.recommend.cluster_desk import History, Titles, desk
from reelhouse.recommend.clustered import ClusteredTitles
from reelhouse.recommend.kernels_clusters import best_by_cluster

#: Multiplications per user, about, for the sharing out of work.
_WORK_PER_USER = 10_000


@dataclass(frozen=True)
class ClusterIndex:
    """What `best_by_cluster` reads. Clusters go by their place in the ascending order of ids.

    Titles have places, cluster by cluster, so that what belongs to a cluster lies together; those
    without a cluster have none.

    Attributes
    ----------
    cluster_of, place_of : ndarrays of shape (n_titles,), int32
        -1 for none.
    member_starts : ndarray of shape (n_clusters + 1,), int64
        First place of each cluster.
    members : ndarray of shape (n_placed,), int32
        Title at each place; within a cluster by falling factor, equal ones ascending.
    neighbours : ndarray of shape (n_clusters, n_clusters - 1), int32
        The nearest first; -1 where fewer are known.
    vectors : csr_matrix of shape (n_placed, n_features), float32
    factors : ndarray of shape (n_placed,), float64
        What likeness is multiplied by.
    """

    cluster_of: IntArray
    place_of: IntArray
    member_starts: NDArray[np.int64]
    members: IntArray
    neighbours: IntArray
    vectors: sparse.csr_matrix
    factors: NDArray[np.float64]

    @classmethod
    def of(cls, known: ClusteredTitles, factors: NDArray[np.float64]) -> Self:
        """Read all titles.

        Raises
        ------
        RecommendationError
            When no title has a cluster.
        """
        ids = np.unique(known.cluster_of[known.cluster_of != NO_CLUSTER])
        if not ids.size:
            raise RecommendationError("clusters of titles are required, none are given")
        codes = np.searchsorted(ids, known.cluster_of).astype(np.int32)
        codes[known.cluster_of == NO_CLUSTER] = -1
        n_without = int((codes < 0).sum())
        members = np.lexsort((-factors, codes)).astype(np.int32)[n_without:]
        places = np.full(codes.size, -1, dtype=np.int32)
        places[members] = np.arange(members.size)
        sizes = np.bincount(codes[codes >= 0], minlength=ids.size)
        return cls(
            cluster_of=codes,
            place_of=places,
            member_starts=np.concatenate([[0], np.cumsum(sizes)]),
            members=members,
            neighbours=_coded_neighbours(known, ids),
            vectors=known.vectors_of(members.astype(np.int64)),
            factors=factors[members],
        )

    def rank(self, history: sparse.csr_matrix, n_neighbours: int, found: Ranked) -> None:
        """Write the best unseen titles of each user.

        Parameters
        ----------
        history : csr_matrix of shape (n_users, n_titles)
        n_neighbours
            Neighbours to look into for each cluster with liked titles; 0: the cluster itself.
        found : Ranked
            Empty, of n_users rows.
        """
        rows = History(history.indptr.astype(np.int64), history.indices, history.data)
        titles = Titles(
            self.cluster_of, self.place_of, self.member_starts, self.members, self.neighbours,
            self.vectors.indptr.astype(np.int64), self.vectors.indices, self.vectors.data,
            self.factors, int(np.diff(self.vectors.indptr).max(initial=0)),
        )  # fmt: skip
        n_clusters = self.member_starts.size - 1
        sizes = (self.members.size, n_clusters, self.vectors.shape[1], found.titles.shape[1])

        def rank_piece(first: int, last: int) -> None:
            best_by_cluster(
                first, last, rows, titles, n_neighbours, desk(*sizes), found.titles, found.scores
            )

        in_pieces(rank_piece, history.shape[0], None, work=history.shape[0] * _WORK_PER_USER)


def _coded_neighbours(known: ClusteredTitles, ids: NDArray[np.int32]) -> IntArray:
    found: IntArray = np.full((ids.size, max(ids.size - 1, 1)), -1, dtype=np.int32)
    code_of = {cluster_id: code for code, cluster_id in enumerate(ids.tolist())}
    for cluster_id, code in code_of.items():
        near = [code_of[one] for one, _ in known.neighbours.get(cluster_id, []) if one in code_of]
        found[code, : len(near)] = near
    return found
