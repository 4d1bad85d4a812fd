"""Recommending from beyond the clusters of the liked titles: for exploration."""

from __future__ import annotations

from collections.abc import Container, Sequence
from typing import ClassVar, Self

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from reelhouse.errors import ReelhouseError
from reelhouse.recommend.base import NO_TITLE, Ranked, Recommendation
from reelhouse.recommend.clustered import ClusteredTitles
from reelhouse.recommend.content import ContentRecommender
from reelhouse.recommend.same_cluster import SameCluster

#: Neighbour clusters looked into for each cluster that holds a liked title.
N_NEIGHBOUR_CLUSTERS = 3


class NeighbourClusters(ContentRecommender):
    """Titles of the clusters nearest to those of the liked titles, by centroid distance."""

    name: ClassVar[str] = "neighbour-clusters"

    n_neighbour_clusters: ClassVar[int] = N_NEIGHBOUR_CLUSTERS

    def _targets(self, home: int, liked: Container[int]) -> list[int]:
        near = [other for other, _ in self.known.neighbours.get(home, []) if other not in liked]
        return near[: self.n_neighbour_clusters]

    def _cluster_reason(self, cluster_id: int, home: int) -> str:
        names = [self.known.cluster_name(one) for one in (cluster_id, home)]
        return f"neighbour cluster: {names[0]}, next to ({names[1]})"


class Exploring:
    """Mostly titles of the same clusters, and a share from the neighbour clusters.

    Parameters
    ----------
    share : float, 0 to 1
        Share of the recommendations that comes from neighbour clusters. Where one side has too
        few titles, the other fills up.
    """

    name: ClassVar[str] = "exploring"

    def __init__(self, share: float = 0.3) -> None:
        if not 0 <= share <= 1:
            raise ReelhouseError(f"the share to explore is {share}, required is 0 to 1")
        self.share = share
        self.near = SameCluster()
        self.far = NeighbourClusters()

    def fit(self, known: ClusteredTitles) -> Self:
        """Take titles in clusters; returns the recommender itself."""
        self.near.fit(known)
        self.far.fit(known)
        return self

    def recommend_users(self, history: sparse.csr_matrix, n: int = 10) -> Ranked:
        """Recommend to many users; see `reelhouse.recommend.base.Recommender`."""
        far = self.far.recommend_users(history, self._n_far(n))
        near = _ranked_each(self.near, history, n - _sizes(far), n)
        missing = _sizes(far) + _sizes(near) < n
        if missing.any():
            again = _ranked_each(self.far, history[missing], n - _sizes(near)[missing], n)
            far = _widened(far, n)
            far.titles[missing], far.scores[missing] = again.titles, again.scores
        return merged(near, far, n)

    def recommend(self, liked: Sequence[str], n: int = 10) -> list[Recommendation]:
        """Recommend up to `n` titles; see `reelhouse.recommend.base.Recommender`."""
        far = self.far.recommend(liked, self._n_far(n))
        near = self.near.recommend(liked, n - len(far))
        if len(near) + len(far) < n:
            far = self.far.recommend(liked, n - len(near))
        names = self.near.known.names
        found = near + far
        rows = names.rows_of_ids([one.title_id for one in found])
        order = sorted(range(len(found)), key=lambda at: (-found[at].score, rows[at]))
        return [found[at] for at in order]

    def explain(self, liked: Sequence[str], title: str) -> list[str]:
        """Say in words what speaks for a title, recommended or not."""
        row = self.near.known.names.required(title)[0]
        cluster_of = self.near.known.cluster_of
        same = {int(cluster_of[liking]) for liking in self.near.known.names.all_required(liked)}
        side = self.near if int(cluster_of[row]) in same else self.far
        return side.explain(liked, title)

    def _n_far(self, n: int) -> int:
        # Half up: Python would round 2.5 to 2.
        return int(n * self.share + 0.5)


def merged(first: Ranked, second: Ranked, n: int) -> Ranked:
    """Two lists of each user as one, the best `n` of both; no title is in both."""
    titles = np.hstack([first.titles, second.titles])
    scores = np.hstack([first.scores, second.scores])
    missing = titles == NO_TITLE
    order = np.lexsort((titles, -scores, missing), axis=1)[:, :n]
    return Ranked(
        np.take_along_axis(titles, order, axis=1), np.take_along_axis(scores, order, axis=1)
    )


def _sizes(ranked: Ranked) -> NDArray[np.int64]:
    sizes: NDArray[np.int64] = np.count_nonzero(ranked.titles != NO_TITLE, axis=1)
    return sizes


def _widened(ranked: Ranked, n: int) -> Ranked:
    wide = Ranked.empty(ranked.titles.shape[0], n)
    wide.titles[:, : ranked.titles.shape[1]] = ranked.titles
    wide.scores[:, : ranked.titles.shape[1]] = ranked.scores
    return wide


def _ranked_each(
    recommender: ContentRecommender,
    history: sparse.csr_matrix,
    wanted: NDArray[np.int64],
    n: int,
) -> Ranked:
    """As many titles as are wanted for each user, in n columns."""
    found = Ranked.empty(history.shape[0], n)
    # One call for all who want the same number: how places are shared out depends on it.
    for number in np.unique(wanted).tolist():
        rows = wanted == number
        some = recommender.recommend_users(history[rows], number)
        found.titles[rows, :number] = some.titles
        found.scores[rows, :number] = some.scores
    return found
