"""Recommending from the clusters of the liked titles."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from reelhouse.recommend.content import ContentRecommender


class SameCluster(ContentRecommender):
    """Titles of the clusters that the liked titles are in."""

    name: ClassVar[str] = "same-cluster"

    def _sources(self, liked: Mapping[int, list[int]]) -> dict[int, list[int]]:
        return {cluster_id: list(rows) for cluster_id, rows in liked.items()}

    def _cluster_reason(self, cluster_id: int, home: int) -> str:
        return f"same cluster: {self.catalogue.cluster_name(cluster_id)}"
