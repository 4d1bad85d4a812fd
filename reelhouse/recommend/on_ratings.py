"""What the recommenders on ratings have in common."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import ClassVar, Self

import numpy as np
from scipy import sparse

from reelhouse.clustering.geometry import FloatArray
from reelhouse.recommend.base import Ranked, Recommendation, checked_history
from reelhouse.recommend.kernels_ranking import best_of_rows
from reelhouse.recommend.rated import RatedTitles
from reelhouse.threads import available_threads, map_threads

#: What popularity adds to a score at most where it only orders what is otherwise equal.
PRIOR = 1e-6
#: Most bytes of dense scores in one block of users; each thread has one.
_BLOCK_BYTES = 32 * 2**20


class RatingsRecommender(ABC):
    """A recommender that learns from a history and scores all titles of a user.

    A subclass says how to `_learn`, how to `_score` a block of users and what its `reasons` are.
    """

    name: ClassVar[str]

    def fit(self, known: RatedTitles) -> Self:
        """Learn from ratings; returns the recommender itself."""
        self.known = known
        self._learn(known)
        return self

    def recommend_users(self, history: sparse.csr_matrix, n: int = 10) -> Ranked:
        """Recommend to many users; see `reelhouse.recommend.base.Recommender`."""
        history = checked_history(history, self.known.n_titles)
        found = Ranked.empty(history.shape[0], max(n, 0))
        if n > 0 and history.shape[0]:
            self._rank(history, found)
        return found

    def recommend(self, liked: Sequence[str], n: int = 10) -> list[Recommendation]:
        """Recommend to whoever likes these; see `reelhouse.recommend.base.Recommender`."""
        rows = sorted(self.known.names.all_required(liked))
        ranked = self.recommend_users(history_of(rows, self.known.n_titles), n)
        return [self._recommendation(rows, column, score) for column, score in ranked.row(0)]

    def explain(self, liked: Sequence[str], title: str) -> list[str]:
        """Say in words what speaks for a title, recommended or not."""
        rows = sorted(self.known.names.all_required(liked))
        return self.reasons(rows, self.known.names.required(title)[0])

    def score_users(self, history: sparse.csr_matrix) -> FloatArray:
        """Score all titles, seen ones too: of shape (n_users, n_titles), float32, finite."""
        return self._score(checked_history(history, self.known.n_titles))

    @abstractmethod
    def _learn(self, known: RatedTitles) -> None:
        """Learn from ratings."""

    @abstractmethod
    def _score(self, history: sparse.csr_matrix) -> FloatArray:
        """Score all titles for a block of users.

        The row of a user must not depend on who else is in the block, to the last bit.

        Returns
        -------
        ndarray of shape (n_users, n_titles), float32
        """

    @abstractmethod
    def reasons(self, liked: Sequence[int], column: int) -> list[str]:
        """Say why a title is recommended to whoever likes these columns."""

    def _rank(self, history: sparse.csr_matrix, found: Ranked) -> None:
        """Write the best titles of each user."""
        indptr = history.indptr.astype(np.int64)
        size = max(_BLOCK_BYTES // (4 * max(self.known.n_titles, 1)), 1)
        # Small enough that every thread has a block.
        size = max(min(size, -(-history.shape[0] // available_threads())), 1)

        def rank_block(first: int) -> None:
            block = self._score(history[first : first + size])
            best_of_rows(block, first, indptr, history.indices, found.titles, found.scores)

        map_threads(rank_block, range(0, history.shape[0], size))

    def _recommendation(self, liked: Sequence[int], column: int, score: float) -> Recommendation:
        return Recommendation(
            title_id=self.known.names.title_id(column),
            title=self.known.names.title(column),
            score=score,
            reasons=tuple(self.reasons(liked, column)),
            cluster_id=int(self.known.cluster_of[column]),
            source=self.name,
        )


def history_of(columns: Sequence[int], n_titles: int) -> sparse.csr_matrix:
    """Liked titles as a history of one row."""
    ordered = np.sort(np.asarray(columns, dtype=np.int32))
    return sparse.csr_matrix(
        (np.ones(ordered.size, np.float32), ordered, np.array([0, ordered.size])),
        shape=(1, n_titles),
    )
