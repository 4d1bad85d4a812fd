"""Recommending what is seen by those who see what somebody saw.

References
----------
Sarwar, B., Karypis, G., Konstan, J. and Riedl, J. (2001). Item-based collaborative filtering
recommendation algorithms. WWW '01.
Deshpande, M. and Karypis, G. (2004). Item-based top-N recommendation algorithms. ACM Transactions
on Information Systems 22.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

import numpy as np
from scipy import sparse

from reelhouse.clustering.geometry import FloatArray, IntArray
from reelhouse.clustering.rows import in_pieces
from reelhouse.errors import RecommendationError
from reelhouse.recommend.base import NO_TITLE, Ranked
from reelhouse.recommend.kernels_neighbours import (
    best_of_neighbours,
    nearest_columns,
    scores_of_neighbours,
    starts_of,
)
from reelhouse.recommend.on_ratings import PRIOR, RatingsRecommender
from reelhouse.recommend.rated import RatedTitles

#: Titles whose neighbours are found in one go by one thread.
_TITLES_PER_PIECE = 64


class ItemNeighbours(RatingsRecommender):
    """Titles whose viewers are those of the titles somebody saw.

    Parameters
    ----------
    n_neighbours : int
        Likest titles kept of each title.
    activity : float
        A user who saw m titles speaks with m ** -activity: who saw everything says little about
        what belongs together. 0 is the plain cosine.
    shrinkage : float
        The cosine of two titles with c common viewers counts c / (c + shrinkage).

    Attributes
    ----------
    neighbours_ : ndarray of shape (n_titles, n_neighbours), int32
        Of each title, the likest first; -1 where there are fewer.
    similarities_ : ndarray of the same shape, float32
    """

    name: ClassVar[str] = "item-neighbours"

    def __init__(
        self, n_neighbours: int = 50, *, activity: float = 0.75, shrinkage: float = 0.5
    ) -> None:
        if n_neighbours < 1:
            raise RecommendationError(f"{n_neighbours} neighbours are asked for, required is 1")
        if shrinkage < 0:
            raise RecommendationError(f"the shrinkage is {shrinkage}, required is 0 or more")
        self.n_neighbours = n_neighbours
        self.activity = activity
        self.shrinkage = shrinkage

    def _learn(self, known: RatedTitles) -> None:
        seen = np.diff(known.history.indptr)
        speaks = np.maximum(seen, 1).astype(np.float32) ** np.float32(-self.activity)
        rows = known.history.copy()
        rows.data *= np.repeat(speaks, seen)
        columns = rows.tocsc()
        lengths = np.sqrt(np.asarray(rows.multiply(rows).sum(axis=0))).ravel().astype(np.float32)
        shape = (known.n_titles, min(self.n_neighbours, max(known.n_titles - 1, 1)))
        self.neighbours_: IntArray = np.full(shape, NO_TITLE, dtype=np.int32)
        self.similarities_: FloatArray = np.zeros(shape, dtype=np.float32)
        in_pieces(
            lambda first, last: nearest_columns(
                first, last, starts_of(rows), rows.indices, rows.data, starts_of(columns),
                columns.indices, columns.data, lengths, self.shrinkage,
                self.neighbours_, self.similarities_,
            ),
            known.n_titles, None, work=int((seen.astype(np.int64) ** 2).sum()),
            rows_per_piece=_TITLES_PER_PIECE,
        )  # fmt: skip
        self.prior_: FloatArray = (PRIOR * known.popularity).astype(np.float32)

    def _rank(self, history: sparse.csr_matrix, found: Ranked) -> None:
        starts = starts_of(history)
        in_pieces(
            lambda first, last: best_of_neighbours(
                first, last, starts, history.indices, history.data, self.neighbours_,
                self.similarities_, self.prior_, found.titles, found.scores,
            ),
            history.shape[0], None, work=history.nnz * self.neighbours_.shape[1],
        )  # fmt: skip

    def _score(self, history: sparse.csr_matrix) -> FloatArray:
        block = np.empty(history.shape, dtype=np.float32)
        scores_of_neighbours(
            starts_of(history), history.indices, history.data, self.neighbours_,
            self.similarities_, self.prior_, block,
        )  # fmt: skip
        return block

    def reasons(self, liked: Sequence[int], column: int) -> list[str]:
        """Say why a title is recommended to whoever likes these columns."""
        likeness = {
            one: float(self.similarities_[one][self.neighbours_[one] == column].sum())
            for one in liked
        }
        telling = sorted(
            (one for one in liked if likeness[one] > 0), key=lambda one: -likeness[one]
        )
        if not telling:
            return ["not among the titles that viewers of the liked ones see most"]
        names = " and ".join(self.known.names.title(one) for one in telling[:2])
        return [f"seen by those who see {names}"]
