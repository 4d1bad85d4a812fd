"""Recommending from beyond the clusters of the liked titles: for exploration."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar, Self

from reelhouse.errors import ReelhouseError
from reelhouse.recommend.base import Recommendation
from reelhouse.recommend.catalogue import Catalogue
from reelhouse.recommend.content import ContentRecommender
from reelhouse.recommend.same_cluster import SameCluster

#: Neighbour clusters looked into for each cluster that holds a liked title.
N_NEIGHBOUR_CLUSTERS = 3


class NeighbourClusters(ContentRecommender):
    """Titles of the clusters nearest to those of the liked titles, by centroid distance."""

    name: ClassVar[str] = "neighbour-clusters"

    def _sources(self, liked: Mapping[int, list[int]]) -> dict[int, list[int]]:
        found: dict[int, list[int]] = {}
        for cluster_id, rows in liked.items():
            outside = [
                other for other, _ in self.catalogue.neighbours.get(cluster_id, [])
                if other not in liked
            ]  # fmt: skip
            for other in outside[:N_NEIGHBOUR_CLUSTERS]:
                found.setdefault(other, []).extend(rows)
        return found

    def _cluster_reason(self, cluster_id: int, home: int) -> str:
        names = [self.catalogue.cluster_name(one) for one in (cluster_id, home)]
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

    def fit(self, catalogue: Catalogue) -> Self:
        """Take a published catalogue; returns the recommender itself."""
        self.near.fit(catalogue)
        self.far.fit(catalogue)
        return self

    def recommend(self, liked: Sequence[str], n: int = 10) -> list[Recommendation]:
        """Recommend up to `n` titles; see `reelhouse.recommend.base.Recommender`."""
        # Half up: Python would round 2.5 to 2.
        far = self.far.recommend(liked, int(n * self.share + 0.5))
        near = self.near.recommend(liked, n - len(far))
        if len(near) + len(far) < n:
            far = self.far.recommend(liked, n - len(near))
        return sorted(near + far, key=lambda found: (-found.score, found.title_id))

    def explain(self, liked: Sequence[str], title: str) -> list[str]:
        """Say in words what speaks for a title, recommended or not."""
        row = self.near.catalogue.names.required(title)[0]
        cluster_of = self.near.catalogue.cluster_of
        same = {int(cluster_of[liking]) for liking in self.near.catalogue.rows_named(liked)}
        side = self.near if int(cluster_of[row]) in same else self.far
        return side.explain(liked, title)
