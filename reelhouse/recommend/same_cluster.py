"""Recommending from the clusters of the liked titles."""

from __future__ import annotations

from collections.abc import Container
from typing import ClassVar

from reelhouse.recommend.content import ContentRecommender


class SameCluster(ContentRecommender):
    """Titles of the clusters that the liked titles are in."""

    name: ClassVar[str] = "same-cluster"

    def _targets(self, home: int, liked: Container[int]) -> list[int]:
        return [home]

    def _cluster_reason(self, cluster_id: int, home: int) -> str:
        return f"same cluster: {self.known.cluster_name(cluster_id)}"
