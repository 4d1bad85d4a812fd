"""What the recommenders by cluster have in common: candidates of some clusters, by likeness."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import ClassVar, Self

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from scipy import sparse

from reelhouse.recommend.base import NO_CLUSTER, Recommendation
from reelhouse.recommend.catalogue import Catalogue, Rows
from reelhouse.recommend.reasons import likeness_phrase
from reelhouse.recommend.terms import weights

# Scores are rounded so that equal likeness is a tie on every machine.
_DIGITS = 6


class ContentRecommender(ABC):
    """Titles of chosen clusters, ranked by cosine similarity to the liked titles.

    The score of a title is its mean similarity to the liked titles of one cluster: where several
    lead to the title, the one that gives the most. Whoever likes an anime and a prison drama is
    not asked for a cross of the two, and gets some of both.
    """

    name: ClassVar[str]

    def fit(self, catalogue: Catalogue) -> Self:
        """Take a published catalogue; returns the recommender itself."""
        self.catalogue = catalogue
        return self

    def recommend(self, liked: Sequence[str], n: int = 10) -> list[Recommendation]:
        """Recommend up to `n` titles; see `reelhouse.recommend.base.Recommender`."""
        rows = self.catalogue.rows_named(liked)
        sources = self._sources(self._by_cluster(rows))
        candidates = np.setdiff1d(self.catalogue.rows_in(list(sources)), rows)
        if n < 1 or not candidates.size:
            return []
        likings = self.catalogue.vectors(self.catalogue.titles(rows))
        titles = self.catalogue.titles(candidates)
        vectors = self.catalogue.vectors(titles)
        scores, homes = self._scores(candidates, vectors, rows, likings, sources)
        ids = np.array([self.catalogue.names.title_id(int(row)) for row in candidates])
        best = np.lexsort((ids, -scores))
        # What shares nothing with a liked title has no reason that a person would accept.
        best = best[scores[best] > 0]
        best = fair_shares(best, homes, {h: len(r) for h, r in self._by_cluster(rows).items()}, n)
        # Only the chosen few are looked at again, term by term.
        chosen = titles.take(pa.array(best))
        return [
            Recommendation(
                title_id=str(ids[at]),
                title=self.catalogue.names.title(int(candidates[at])),
                score=float(scores[at]),
                reasons=tuple(reasons),
                cluster_id=int(self.catalogue.cluster_of[candidates[at]]),
                source=self.name,
            )
            for at, reasons in zip(
                best, self._reasons(candidates[best], chosen, rows, likings, sources), strict=True
            )
        ]

    def explain(self, liked: Sequence[str], title: str) -> list[str]:
        """Say in words what speaks for a title, recommended or not."""
        rows = self.catalogue.rows_named(liked)
        asked = np.array(self.catalogue.names.required(title)[:1], dtype=np.int64)
        sources = self._sources(self._by_cluster(rows))
        likings = self.catalogue.vectors(self.catalogue.titles(rows))
        return self._reasons(asked, self.catalogue.titles(asked), rows, likings, sources)[0]

    @abstractmethod
    def _sources(self, liked: Mapping[int, list[int]]) -> dict[int, list[int]]:
        """Clusters to recommend from, each with the rows of the liked titles that lead there.

        Parameters
        ----------
        liked
            Rows of the liked titles by cluster.
        """

    @abstractmethod
    def _cluster_reason(self, cluster_id: int, home: int) -> str:
        """Say why a cluster was looked into; `home` is that of the nearest liked title."""

    def _by_cluster(self, rows: Sequence[int]) -> dict[int, list[int]]:
        found: dict[int, list[int]] = {}
        for row in rows:
            cluster_id = int(self.catalogue.cluster_of[row])
            if cluster_id == NO_CLUSTER:
                raise self.catalogue.no_cluster(row)
            found.setdefault(cluster_id, []).append(row)
        return found

    def _scores(
        self,
        candidates: Rows,
        vectors: sparse.csr_matrix,
        rows: Sequence[int],
        likings: sparse.csr_matrix,
        sources: Mapping[int, list[int]],
    ) -> tuple[NDArray[np.float64], Rows]:
        """Score of each candidate, and its home: the liked titles' cluster that it is likest to.

        Returns
        -------
        scores, homes : ndarrays of shape (n_candidates,)
        """
        similarity = (vectors @ likings.T).toarray().astype(np.float64)
        cluster_of = self.catalogue.cluster_of[candidates]
        scores = np.full(candidates.size, -1.0)
        homes = np.zeros(candidates.size, dtype=np.int64)
        for cluster_id, led_by in sources.items():
            inside = np.flatnonzero(cluster_of == cluster_id)
            for home, liked in self._by_cluster(led_by).items():
                columns = [rows.index(row) for row in liked]
                means = similarity[inside][:, columns].mean(axis=1).round(_DIGITS)
                better = inside[means > scores[inside]]
                scores[inside] = np.maximum(scores[inside], means)
                homes[better] = home
        return scores, homes

    def _reasons(
        self,
        asked: Rows,
        titles: pa.Table,
        rows: Sequence[int],
        likings: sparse.csr_matrix,
        sources: Mapping[int, list[int]],
    ) -> list[list[str]]:
        """Reasons of each asked title, in words."""
        vectors = self.catalogue.vectors(titles)
        found = []
        for at, title in enumerate(titles.to_pylist()):
            cluster_id = int(self.catalogue.cluster_of[asked[at]])
            led_by = sources.get(cluster_id, [])
            compared = [rows.index(row) for row in led_by or rows]
            similarity = (likings[compared] @ vectors[at].T).toarray().ravel()
            nearest = compared[int(similarity.argmax())]
            other = likings[nearest].toarray().ravel()
            shared = weights(vectors[at], other, self.catalogue.terms)
            name = self.catalogue.names.title(rows[nearest])
            reason = (
                self._cluster_reason(cluster_id, int(self.catalogue.cluster_of[rows[nearest]]))
                if led_by
                else f"in another cluster: {self.catalogue.cluster_name(cluster_id)}"
            )
            found.append([reason, likeness_phrase(shared, title, name)])
        return found


def fair_shares(ranked: Rows, homes: Rows, liked: Mapping[int, int], n: int) -> Rows:
    """The first `n`, shared out between the clusters of the liked titles by their numbers.

    Clusters are not equally tight: without shares the tightest would take every place.

    Parameters
    ----------
    ranked : ndarray of shape (n_ranked,)
        Positions of candidates, the best first.
    homes : ndarray of shape (n_candidates,)
        The liked cluster to which each candidate belongs.
    liked : dict
        Number of liked titles in each of those clusters.

    Returns
    -------
    ndarray of at most n positions, the best first
    """
    given = dict.fromkeys(liked, 0)
    turns = np.empty(ranked.size)
    for place, home in enumerate(homes[ranked].tolist()):
        given[home] += 1
        # D'Hondt: the turns of a cluster with twice the liked titles come twice as often.
        turns[place] = given[home] / liked[home]
    chosen: Rows = ranked[np.sort(np.argsort(turns, kind="stable")[:n])]
    return chosen
