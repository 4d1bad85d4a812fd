"""What the models have in common that learn a weight for each pair of titles."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from reelhouse.clustering.geometry import FloatArray
from reelhouse.clustering.rows import in_pieces
from reelhouse.models.base import Arrays, RankingModel
from reelhouse.models.kernels_layers import add_sparse
from reelhouse.models.ranking.histories import mean_one
from reelhouse.models.ranking.kernels_cooccurrence import count_together

#: Titles up to which pairs are summed in float64; 512 MiB.
DOUBLE_UP_TO = 8192
_TITLES_PER_PIECE = 64


class TitleWeights(RankingModel):
    """Scores a title by the sum of its weights with the titles that were seen.

    Attributes
    ----------
    weights_ : ndarray of shape (n_titles, n_titles), float32
        What a title seen (row) adds to the score of each title.
    prior_ : ndarray of shape (n_titles,), float32
    """

    weights_: FloatArray
    prior_: FloatArray

    def _score(self, history: sparse.csr_matrix) -> FloatArray:
        rows = mean_one(history)
        scores = np.tile(self.prior_, (rows.shape[0], 1))
        add_sparse(rows.indptr, rows.indices, rows.data, self.weights_, scores)
        return scores

    def arrays(self) -> Arrays:
        """What was learned, all that predicting needs."""
        return {"weights": self.weights_, "prior": self.prior_}

    def restore(self, arrays: Arrays) -> None:
        """Become the fitted model whose `arrays` these are."""
        self.weights_, self.prior_ = arrays["weights"], arrays["prior"]
        self.curve_, self.epochs_ = [], 0

    @property
    def n_parameters(self) -> int:
        """How many numbers were learned."""
        return self.weights_.size


def gram_of(history: sparse.csr_matrix) -> NDArray[np.floating]:
    """X.T @ X on and above the diagonal, and zeros below, of shape (n_titles, n_titles)."""
    n_titles = history.shape[1]
    columns = history.tocsc()
    starts = columns.indptr.astype(np.int64)
    kind: type[Any] = np.float64 if n_titles <= DOUBLE_UP_TO else np.float32
    gram = np.zeros((n_titles, n_titles), dtype=kind)
    counts = np.diff(history.indptr)
    in_pieces(
        lambda first, last: count_together(
            first, last, history.indptr, history.indices, history.data, starts,
            columns.indices, columns.data, gram,
        ),
        n_titles, None, work=int((counts**2).sum()), rows_per_piece=_TITLES_PER_PIECE,
    )  # fmt: skip
    return gram
