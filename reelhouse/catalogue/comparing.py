"""Which titles are compared with which, to find the next titles of each: never n with n.

A title's candidates are titles of its own cluster and, for exploration, those of the nearest
clusters that lie next to it. Both are bounded, so that the cost grows with the number of titles.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from reelhouse.clustering.geometry import FloatArray, IntArray

Rows = NDArray[np.int64]

#: Nearest clusters that are looked into.
N_CLUSTERS = 3
#: Titles taken of each of them: those nearest to the border.
N_BORDER = 200
#: Most titles of the own cluster. A larger cluster is cut by the cluster that is second-nearest.
MOST_COMPARED = 1_000
#: At night the vectors of candidates are made anew, which costs more than comparing them. So many
#: candidates in all, and so many more for each added title, are shared out between the clusters.
AT_NIGHT, MORE_AT_NIGHT = 3_000, 5


@dataclass(frozen=True)
class Comparison:
    """Titles that get a list, and the titles that may stand in it; rows among all titles.

    Attributes
    ----------
    asked : ndarray of shape (n_asked,), int64
    same : ndarray, int64
        Candidates of their cluster, may hold the asked themselves.
    near : ndarray, int64
        Candidates of neighbour clusters.
    """

    asked: Rows
    same: Rows
    near: Rows

    @property
    def rows(self) -> Rows:
        """All rows of it, ascending."""
        return np.unique(np.concatenate([self.asked, self.same, self.near]))


@dataclass(frozen=True)
class Placed:
    """Where all titles are: clusters by index, arrays of shape (n_titles,).

    Attributes
    ----------
    index, second_index : int32
        The second is negative where there is one cluster.
    distance, margin : float32
        The margin is NaN where there is one cluster.
    neighbours : ndarray of shape (n_clusters, m), int64
        The other clusters, the nearest first.
    """

    index: IntArray
    second_index: IntArray
    distance: FloatArray
    margin: FloatArray
    neighbours: NDArray[np.int64]

    def members(self) -> list[Rows]:
        """Rows of each cluster, ascending."""
        order = np.argsort(self.index, kind="stable")
        bounds = np.searchsorted(self.index[order], np.arange(self.neighbours.shape[0] + 1))
        return [order[start:stop] for start, stop in pairwise(bounds)]

    def border(self, members: Sequence[Rows], cluster: int, n: int) -> Rows:
        """Titles of the neighbours of a cluster, of each the `n` nearest to it."""
        found = [
            self._towards(members[int(other)], cluster)[:n]
            for other in self.neighbours[cluster, :N_CLUSTERS]
        ]
        return np.concatenate([np.empty(0, dtype=np.int64), *found])

    def _towards(self, rows: Rows, cluster: int) -> Rows:
        """Rows of a cluster, first those to which the other is second-nearest, by margin."""
        away = self.second_index[rows] != cluster
        ordered: Rows = rows[np.lexsort((rows, self.margin[rows], away))]
        return ordered


def nearest_clusters(centroids: FloatArray) -> NDArray[np.int64]:
    """For each cluster the others by cosine distance.

    Parameters
    ----------
    centroids : ndarray of shape (n_clusters, n_features), unit rows

    Returns
    -------
    ndarray of shape (n_clusters, n_clusters - 1), int64
    """
    likeness = centroids @ centroids.T
    np.fill_diagonal(likeness, -np.inf)
    order = np.argsort(-likeness, axis=1, kind="stable")[:, :-1]
    return order.astype(np.int64, copy=False)


def comparisons(placed: Placed) -> Iterator[Comparison]:
    """Comparisons in which every title is asked for once."""
    members = placed.members()
    for cluster, rows in enumerate(members):
        near = placed.border(members, cluster, N_BORDER)
        for piece in _cut(placed, rows):
            yield Comparison(piece, piece, near)


def _cut(placed: Placed, rows: Rows) -> list[Rows]:
    """A cluster in pieces of titles that lie together, each of at most `MOST_COMPARED`."""
    n_pieces = -(-rows.size // MOST_COMPARED)
    if n_pieces <= 1:
        return [rows] if rows.size else []
    order = np.lexsort((rows, placed.distance[rows], placed.second_index[rows]))
    return np.array_split(rows[order], n_pieces)


def comparisons_of_added(placed: Placed, added: Rows) -> Iterator[Comparison]:
    """Comparisons in which the added titles are asked for, with few of the others.

    Parameters
    ----------
    placed : Placed
        All titles, the added ones too.
    added : ndarray, int64
        Their rows.
    """
    members = placed.members()
    clusters = np.unique(placed.index[added]).tolist()
    share = (AT_NIGHT + MORE_AT_NIGHT * added.size) // max(len(clusters), 1)
    for cluster in clusters:
        asked = added[placed.index[added] == cluster]
        # As in a refit, most candidates are of the own cluster.
        near = placed.border(members, cluster, min(share // (3 * N_CLUSTERS), N_BORDER))
        old = np.setdiff1d(members[cluster], asked)
        # Those to which the same third parties are near are likest; then the most typical ones.
        apart = ~np.isin(placed.second_index[old], placed.second_index[asked])
        old = old[np.lexsort((old, placed.distance[old], apart))][: share - near.size]
        for piece in np.array_split(asked, -(-asked.size // MOST_COMPARED)):
            yield Comparison(piece, np.concatenate([piece, old[:MOST_COMPARED]]), near)
