"""Non-negative matrix factorization of the ratings that are there.

References
----------
Cichocki, A. and Phan, A.-H. (2009). Fast local algorithms for large scale nonnegative matrix and
tensor factorizations. IEICE Transactions on Fundamentals E92-A.
Zhang, S., Wang, W., Ford, J. and Makedon, F. (2006). Learning from incomplete ratings using
non-negative matrix factorization. SDM '06.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from reelhouse.clustering.geometry import FloatArray
from reelhouse.clustering.rows import in_pieces
from reelhouse.errors import RecommendationError
from reelhouse.models.base import Progress
from reelhouse.models.rating.factors import FactorModel, required
from reelhouse.models.rating.kernels_nmf import descend_rows
from reelhouse.models.rating.pmf import fill_unknown
from reelhouse.models.ratings import Ratings

#: Rows that one thread takes at a time.
_ROWS_PER_PIECE = 256


@dataclass
class NMF(FactorModel):
    """Factors that are not negative, whose product is the rating itself: no mean, no biases.

    A row without ratings has the mean factors of the others.

    Parameters
    ----------
    n_factors : int
    epochs : int
        Turns in which the factors of users and of titles are improved, one after the other.
    regularization : float
        Times the number of a row's ratings, it weighs the square of its factors.
    seed : int
    """

    name: ClassVar[str] = "nmf"

    n_factors: int = 10
    epochs: int = 40
    regularization: float = 0.12
    seed: int = 0

    def __post_init__(self) -> None:
        required("n_factors", self.n_factors, 1)
        required("epochs", self.epochs, 1)
        required("regularization", self.regularization, 0)

    def _fit(self, train: Ratings, validation: Ratings | None, progress: Progress | None) -> None:
        if train.bounds[0] < 0:
            raise RecommendationError(
                f"a rating is {train.bounds[0]:g}, {self.name} requires 0 or more"
            )
        rng = np.random.default_rng(self.seed)
        self.mean_ = np.zeros(1)
        by_user, by_title = train.by_user, train.by_title
        self.user_factors_ = self._random(train.n_users, train.mean, rng)
        self.title_factors_ = self._random(train.n_titles, train.mean, rng)

        def step(epoch: int) -> None:
            self._descend(by_user, self.title_factors_, self.user_factors_)
            self._descend(by_title, self.user_factors_, self.title_factors_)

        self._train(step, self.epochs, validation, progress)

    def _random(self, n_rows: int, mean: float, rng: np.random.Generator) -> FloatArray:
        """Factors whose products are about the mean, shape (n_rows, n_factors)."""
        drawn = rng.uniform(0.5, 1.5, (n_rows, self.n_factors))
        factors: FloatArray = (drawn * np.sqrt(mean / self.n_factors)).astype(np.float32)
        return factors

    def _descend(self, matrix: sparse.csr_matrix, others: FloatArray, factors: FloatArray) -> None:
        starts: NDArray[np.int64] = matrix.indptr.astype(np.int64)
        in_pieces(
            lambda first, last: descend_rows(
                first, last, starts, matrix.indices, matrix.data, others, self.regularization,
                factors,
            ),
            matrix.shape[0], None, work=matrix.nnz * factors.shape[1],
            rows_per_piece=_ROWS_PER_PIECE,
        )  # fmt: skip
        fill_unknown(factors, np.diff(starts) > 0)
