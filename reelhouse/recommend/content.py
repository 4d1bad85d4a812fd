"""What the recommenders by cluster have in common: candidates of some clusters, by likeness."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Container, Mapping, Sequence
from typing import ClassVar, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from reelhouse.errors import ReelhouseError
from reelhouse.recommend.base import NO_CLUSTER, Ranked, Recommendation, checked_history
from reelhouse.recommend.clustered import ClusteredTitles, Rows
from reelhouse.recommend.shares import fair_shares, places_due

# Scores are rounded so that equal likeness is a tie on every machine.
_DIGITS = 6
#: What the most popular title's score gains, as a share of it; half that at a quarter of its share
#: of viewers.
POPULARITY_GAIN = 2.0


class _Found(NamedTuple):
    """Rows of the best titles, the best first, with their scores and why they were looked at."""

    rows: Rows
    scores: NDArray[np.float64]
    sources: dict[int, list[int]]
    """Clusters that were looked into, each with the rows of the liked titles that led there."""


class ContentRecommender(ABC):
    """Titles of chosen clusters, ranked by cosine similarity to the liked titles.

    The score of a title is its mean similarity, weighted by the history, to the liked titles of one
    cluster: where several lead to the title, the one that gives the most. Whoever likes an anime
    and a prison drama is not asked for a cross of the two, and gets some of both. Where it is known
    how many saw a title, popular ones gain, see `POPULARITY_GAIN`.

    Only clusters that get a place are looked into, and the others when those have too few titles.
    What shares nothing with a liked title has no reason that a person would accept, and is not
    recommended.
    """

    name: ClassVar[str]
    n_neighbour_clusters: ClassVar[int] = 0
    """Clusters to look into for each liked one, those without a liked title; 0 for itself."""

    def fit(self, known: ClusteredTitles) -> Self:
        """Take titles in clusters; returns the recommender itself."""
        self.known = known
        return self

    def recommend_users(self, history: sparse.csr_matrix, n: int = 10) -> Ranked:
        """Recommend to many users; see `reelhouse.recommend.base.Recommender`.

        Titles without a cluster lead nowhere.
        """
        # Compiled: who asks for one user's titles does not wait for the compiler to be loaded.
        from reelhouse.recommend.cluster_index import ClusterIndex

        history = checked_history(history, len(self.known.names))
        if getattr(self, "_index", None) is None:
            self._index = ClusterIndex.of(self.known, popularity_factors(self.known))
        found = Ranked.empty(history.shape[0], max(n, 0))
        if n > 0 and history.shape[0]:
            self._index.rank(history, self.n_neighbour_clusters, found)
        return found

    def recommend(self, liked: Sequence[str], n: int = 10) -> list[Recommendation]:
        """Recommend up to `n` titles; see `reelhouse.recommend.base.Recommender`."""
        rows = sorted(self.known.names.all_required(liked))
        homes = self._homes(rows)
        if n < 1:
            return []
        found = self._best(rows, homes, n)
        reasons = self._reasons(found.rows, rows, found.sources)
        return [
            Recommendation(
                title_id=self.known.names.title_id(int(row)),
                title=self.known.names.title(int(row)),
                score=float(score),
                reasons=tuple(why),
                cluster_id=int(self.known.cluster_of[row]),
                source=self.name,
            )
            for row, score, why in zip(found.rows, found.scores, reasons, strict=True)
        ]

    def explain(self, liked: Sequence[str], title: str) -> list[str]:
        """Say in words what speaks for a title, recommended or not."""
        rows = sorted(self.known.names.all_required(liked))
        asked = np.array(self.known.names.required(title)[:1], dtype=np.int64)
        homes = self._homes(rows)
        return self._reasons(asked, rows, self._sources(homes, homes))[0]

    @abstractmethod
    def _targets(self, home: int, liked: Container[int]) -> list[int]:
        """Clusters to look into for a cluster with liked titles; `liked` are all of those."""

    @abstractmethod
    def _cluster_reason(self, cluster_id: int, home: int) -> str:
        """Say why a cluster was looked into; `home` is that of the nearest liked title."""

    def _homes(self, rows: Sequence[int]) -> dict[int, list[int]]:
        """Rows of the liked titles by cluster, clusters ascending."""
        found: dict[int, list[int]] = {}
        for row in rows:
            cluster_id = int(self.known.cluster_of[row])
            if cluster_id == NO_CLUSTER:
                raise ReelhouseError(
                    f'"{self.known.names.title(row)}" has no cluster in what was published, '
                    "every title is expected to have one"
                )
            found.setdefault(cluster_id, []).append(row)
        return dict(sorted(found.items()))

    def _sources(
        self,
        homes: Mapping[int, list[int]],
        liked: Container[int],
        due: Mapping[int, int] | None = None,
    ) -> dict[int, list[int]]:
        """Clusters to look into, each with the rows of the liked titles that lead there.

        A home leads to no more clusters than it has places `due`.
        """
        found: dict[int, list[int]] = {}
        for home, rows in homes.items():
            for cluster_id in self._targets(home, liked)[: None if due is None else due[home]]:
                found.setdefault(cluster_id, []).extend(rows)
        return found

    def _best(self, rows: Sequence[int], homes: Mapping[int, list[int]], n: int) -> _Found:
        liked = {home: float(len(found)) for home, found in homes.items()}
        due = places_due(liked, n)
        some = {home: homes[home] for home in due}
        found = self._best_of(rows, some, homes, due, n)
        # Where a cluster runs out of titles, the others that have places may have to fill any
        # number, and then all.
        for wider in (some, homes):
            if found.rows.size < n:
                found = self._best_of(rows, wider, homes, dict.fromkeys(wider, n), n)
        return found

    def _best_of(
        self,
        rows: Sequence[int],
        homes: Mapping[int, list[int]],
        liked: Mapping[int, list[int]],
        due: Mapping[int, int],
        n: int,
    ) -> _Found:
        sources = self._sources(homes, liked, due)
        candidates = np.setdiff1d(self.known.rows_in(list(sources)), rows)
        scores, home_of = self._scores(candidates, rows, homes, sources)
        best = np.lexsort((candidates, -scores))
        best = best[scores[best] > 0]
        weights = {home: float(len(found)) for home, found in homes.items()}
        best = fair_shares(best, home_of, weights, due, n)
        return _Found(candidates[best], scores[best], sources)

    def _scores(
        self,
        candidates: Rows,
        rows: Sequence[int],
        homes: Mapping[int, list[int]],
        sources: Mapping[int, list[int]],
    ) -> tuple[NDArray[np.float64], Rows]:
        """Score of each candidate, and its home: the liked titles' cluster that it is likest to.

        Returns
        -------
        scores, homes : ndarrays of shape (n_candidates,)
        """
        # In float64 and in the order of the features, as the compiled loops add.
        vectors = self.known.vectors_of(candidates).astype(np.float64)
        likings = self.known.vectors_of(rows).astype(np.float64)
        cluster_of = self.known.cluster_of[candidates]
        factors = popularity_factors(self.known)[candidates]
        scores = np.zeros(candidates.size)
        home_of = np.zeros(candidates.size, dtype=np.int64)
        for home, liked in homes.items():
            mean = np.zeros(vectors.shape[1])
            for row in liked:
                one = likings[rows.index(row)]
                mean[one.indices] += one.data / len(liked)
            reached = [target for target, led_by in sources.items() if liked[0] in led_by]
            inside = np.flatnonzero(np.isin(cluster_of, reached))
            alike = ((vectors[inside] @ mean) * factors[inside]).round(_DIGITS)
            better = alike > scores[inside]
            scores[inside[better]] = alike[better]
            home_of[inside[better]] = home
        return scores, home_of

    def _reasons(
        self, asked: Rows, rows: Sequence[int], sources: Mapping[int, list[int]]
    ) -> list[list[str]]:
        """Reasons of each asked title, in words."""
        vectors, likings = self.known.vectors_of(asked), self.known.vectors_of(rows)
        reasons, pairs = [], []
        for at, row in enumerate(asked.tolist()):
            cluster_id = int(self.known.cluster_of[row])
            led_by = sources.get(cluster_id, [])
            compared = [rows.index(one) for one in led_by or rows]
            similarity = (likings[compared] @ vectors[at].T).toarray().ravel()
            nearest = compared[int(similarity.argmax())]
            reason = (
                self._cluster_reason(cluster_id, int(self.known.cluster_of[rows[nearest]]))
                if led_by
                else f"in another cluster: {self.known.cluster_name(cluster_id)}"
            )
            reasons.append(reason)
            pairs.append(nearest)
        liked = np.array(rows, dtype=np.int64)[pairs]
        alike = self.known.likenesses(asked, vectors, liked, likings[pairs])
        return [[reason, one] for reason, one in zip(reasons, alike, strict=True)]


def popularity_factors(known: ClusteredTitles) -> NDArray[np.float64]:
    """What likeness is multiplied by: 1 + gain * sqrt(popularity / that of the most popular)."""
    factors: NDArray[np.float64] = np.ones(len(known.names))
    if known.popularity is not None and known.popularity.size:
        # The root: a title that a quarter saw of those who saw the most popular gains half.
        most = max(float(known.popularity.max()), np.finfo(float).tiny)
        factors += POPULARITY_GAIN * np.sqrt(known.popularity / most)
    return factors
