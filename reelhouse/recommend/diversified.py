"""Lists whose titles are not all alike, of any recommender.

References
----------
Carbonell, J. and Goldstein, J. (1998). The use of MMR, diversity-based reranking for reordering
documents and producing summaries. SIGIR '98.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import ClassVar, Generic, Protocol, Self, TypeVar

import numpy as np
from scipy import sparse

from reelhouse.errors import RecommendationError
from reelhouse.recommend.base import Ranked, Recommendation, Recommender
from reelhouse.recommend.mmr import rerank
from reelhouse.recommend.names import TitleNames

#: Titles that are looked at for each that is recommended.
POOL = 5


class TitlesWithVectors(Protocol):
    """Titles whose likeness can be measured."""

    @property
    def names(self) -> TitleNames:
        """Ids and names."""

    def vectors_of(self, rows: Sequence[int]) -> sparse.csr_matrix:
        """Feature vectors of unit length of some titles, (n_rows, n_features)."""


Known = TypeVar("Known", bound=TitlesWithVectors)


class Diversified(Generic[Known]):
    """The titles of another recommender, chosen anew by maximal marginal relevance.

    From the best `POOL` times as many, one after the other that title is taken which maximizes
    (1 - share) * score / highest score - share * likeness to the likest title taken before.
    That value is its score here; it never rises along a list. A user whose best score is not above
    0 keeps the order.

    Parameters
    ----------
    recommender : Recommender
    share : float, 0 to 1
        What likeness counts: 0 changes nothing but the scores.
    """

    name: ClassVar[str] = "diversified"

    def __init__(self, recommender: Recommender[Known], share: float = 0.3) -> None:
        if not 0 <= share <= 1:
            raise RecommendationError(f"the share of diversity is {share}, required is 0 to 1")
        self.recommender = recommender
        self.share = share

    def fit(self, known: Known) -> Self:
        """Let the recommender learn; returns this one."""
        self.known = known
        self.recommender.fit(known)
        return self

    def recommend_users(self, history: sparse.csr_matrix, n: int = 10) -> Ranked:
        """Recommend to many users; see `reelhouse.recommend.base.Recommender`."""
        pool = self.recommender.recommend_users(history, n * POOL)
        listed = np.unique(pool.titles[pool.titles >= 0])
        return rerank(pool, listed, self.known.vectors_of(listed.tolist()), self.share, max(n, 0))

    def recommend(self, liked: Sequence[str], n: int = 10) -> list[Recommendation]:
        """Recommend to whoever likes these; see `reelhouse.recommend.base.Recommender`."""
        pool = self.recommender.recommend(liked, n * POOL)
        if n < 1 or not pool:
            return []
        by_row = dict(
            zip(self.known.names.rows_of_ids([one.title_id for one in pool]), pool, strict=True)
        )
        ranked = Ranked(
            np.array([list(by_row)], dtype=np.int32),
            np.array([[one.score for one in pool]], dtype=np.float32),
        )
        listed = np.unique(ranked.titles)
        vectors = self.known.vectors_of(listed.tolist())
        chosen = rerank(ranked, listed, vectors, self.share, n)
        return [replace(by_row[row], score=score) for row, score in chosen.row(0)]

    def explain(self, liked: Sequence[str], title: str) -> list[str]:
        """Say in words what speaks for a title, recommended or not."""
        return self.recommender.explain(liked, title)
