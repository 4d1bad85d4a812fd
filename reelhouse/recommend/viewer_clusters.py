"""Recommending what viewers of the same taste prefer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

import numpy as np
from scipy import sparse

from reelhouse.clustering import MiniBatchKMeans
from reelhouse.clustering.geometry import FloatArray, IntArray
from reelhouse.errors import RecommendationError
from reelhouse.recommend.base import Ranked
from reelhouse.recommend.on_ratings import RatingsRecommender, history_of
from reelhouse.recommend.preference_lists import (
    EMPHASIS,
    SHARPNESS,
    SHRINKAGE,
    PreferenceLists,
    preferred_shares,
)
from reelhouse.recommend.rated import RatedTitles, recency_weights

#: Users whose distances to all clusters are in memory at once.
_USERS_AT_ONCE = 65_536
#: Titles by which a cluster is described.
_N_TELLING = 3


class ViewerClusters(RatingsRecommender):
    """Titles that the clusters nearest to a user prefer.

    A user's vector is the mean of what they watched, weighted by rating and recency; titles are
    told apart by one column each, rare ones weigh more (idf). Users are clustered by direction.
    With p(t | c) the share of cluster c that saw title t, drawn towards the share q(t) of all by
    `shrinkage` average users, lift(t, c) = p(t | c) / q(t), the score is the sum over the nearest
    clusters of a(c) q(t) lift(t, c) ** emphasis, where a(c) is proportional to
    exp(sharpness * cosine(user, c)) and sums to 1.

    Parameters
    ----------
    n_clusters : int
        At most; fewer where there are not so many users.
    n_nearest : int
        Clusters that speak for a user.
    sharpness : float
    emphasis : float
        1 recommends what the clusters see most; more, what they see more than others do.
    shrinkage : float
        Average users added to each cluster.
    half_life : float or None
        Days after which a viewing counts half; None: as long as the history.
    random_state : int
        Seed of the clustering.

    Attributes
    ----------
    clusters_ : MiniBatchKMeans
    sizes_ : ndarray of shape (n_clusters,), int64
        Users of each cluster.
    """

    name: ClassVar[str] = "viewer-clusters"

    def __init__(
        self,
        n_clusters: int = 24,
        *,
        n_nearest: int = 4,
        sharpness: float = SHARPNESS,
        emphasis: float = EMPHASIS,
        shrinkage: float = SHRINKAGE,
        half_life: float | None = None,
        random_state: int = 0,
    ) -> None:
        if min(n_clusters, n_nearest) < 1:
            raise RecommendationError(
                f"{n_nearest} of {n_clusters} clusters are asked for, required is 1 or more"
            )
        if not shrinkage > 0:
            raise RecommendationError(f"the shrinkage is {shrinkage}, required is more than 0")
        self.n_clusters = n_clusters
        self.n_nearest = n_nearest
        self.sharpness = sharpness
        self.emphasis = emphasis
        self.shrinkage = shrinkage
        self.half_life = half_life
        self.random_state = random_state

    def _learn(self, known: RatedTitles) -> None:
        history = recency_weights(known, self.half_life)
        n_users = history.shape[0]
        self._idf = np.log((1 + n_users) / (1 + known.n_raters)).astype(np.float32) + np.float32(1)
        # A user without history has no direction, and speaks for no cluster.
        active = history[np.diff(history.indptr) > 0]
        n_clusters = min(self.n_clusters, active.shape[0])
        if n_clusters < 1:
            raise RecommendationError("no user of the history saw anything, required is 1")
        self.clusters_ = MiniBatchKMeans(
            n_clusters, geometry="cosine", random_state=self.random_state
        ).fit(self._vectors(active))
        labels = self.clusters_.labels_
        self.sizes_ = np.bincount(labels, minlength=n_clusters)
        members = sparse.csr_matrix(
            (np.ones(labels.size, np.float32), (labels, np.arange(labels.size))),
            shape=(n_clusters, labels.size),
        )
        # Viewings in units of an average one: ratings of 1 to 5 count about as presence does.
        sums = (members @ active).toarray().astype(np.float64) / float(active.data.mean())
        self._overall = sums.sum(axis=0) / active.shape[0]
        self._lists = PreferenceLists.of(self._preferences(sums))

    def _preferences(self, sums: FloatArray) -> FloatArray:
        """What each cluster, and in the last row everybody, prefers: (n_clusters + 1, n_titles)."""
        values, self._lift = preferred_shares(
            sums, self.sizes_, self._overall, shrinkage=self.shrinkage, emphasis=self.emphasis
        )
        return values

    def _vectors(self, history: sparse.csr_matrix) -> sparse.csr_matrix:
        vectors = history.copy()
        vectors.data *= self._idf[vectors.indices]
        return vectors

    def memberships(self, history: sparse.csr_matrix) -> tuple[IntArray, FloatArray]:
        """Return the clusters that speak for each user, the nearest first, and their weights.

        Returns
        -------
        clusters, weights : ndarrays of shape (n_users, n_nearest), int32 and float32
            Weights sum to 1. Cluster n_clusters stands for everybody: it alone speaks for a user
            without history.
        """
        n_clusters = self.sizes_.size
        n_nearest = min(self.n_nearest, n_clusters)
        shape = (history.shape[0], n_nearest)
        clusters, weights = np.empty(shape, np.int32), np.empty(shape, np.float32)
        for first in range(0, history.shape[0], _USERS_AT_ONCE):
            block = slice(first, first + _USERS_AT_ONCE)
            distances = self.clusters_.transform(self._vectors(history[block]))
            nearest = np.argsort(distances, axis=1, kind="stable")[:, :n_nearest]
            near = np.take_along_axis(distances, nearest, axis=1)
            spoken = np.exp(-self.sharpness * (near - near[:, :1]))
            clusters[block] = nearest
            weights[block] = spoken / spoken.sum(axis=1, keepdims=True)
        nothing = np.diff(history.indptr) == 0
        clusters[nothing] = n_clusters
        weights[nothing] = 0
        weights[nothing, 0] = 1
        return clusters, weights

    def _rank(self, history: sparse.csr_matrix, found: Ranked) -> None:
        self._lists.rank(history, *self.memberships(history), found)

    def _score(self, history: sparse.csr_matrix) -> FloatArray:
        clusters, weights = self.memberships(history)
        scores = np.zeros(history.shape, dtype=np.float32)
        # Cluster by cluster, in the order in which `best_of_mixtures` adds.
        for nearest in range(clusters.shape[1]):
            scores += weights[:, nearest, None] * self._lists.values[clusters[:, nearest]]
        return scores

    def reasons(self, liked: Sequence[int], column: int) -> list[str]:
        """Say why a title is recommended to whoever likes these columns."""
        clusters, _ = self.memberships(history_of(liked, self.known.n_titles))
        cluster = int(clusters[0, 0])
        if self._overall[column] == 0:
            return ["nobody saw it yet"]
        lift = float(self._lift[cluster, column])
        telling = ", ".join(self.telling_titles(cluster))
        return [
            f"seen {lift:.1f} times as often by viewers of the same taste as by all",
            f"that taste: {telling}",
        ]

    def telling_titles(self, cluster: int) -> list[str]:
        """Names of titles that tell a cluster from the rest: much seen and well above the mean."""
        told = self._lists.values[cluster] * np.log(np.maximum(self._lift[cluster], 1e-6))
        best = np.argsort(-told, kind="stable")[:_N_TELLING]
        return [self.known.names.title(int(column)) for column in best]
