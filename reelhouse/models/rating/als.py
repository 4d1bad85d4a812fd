"""Biased factorization by alternating least squares, with regularization by the number of ratings.

References
----------
Zhou, Y., Wilkinson, D., Schreiber, R. and Pan, R. (2008). Large-scale parallel collaborative
filtering for the Netflix Prize. AAIM '08.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from reelhouse.clustering.geometry import FloatArray
from reelhouse.clustering.rows import in_pieces
from reelhouse.models.base import Progress
from reelhouse.models.rating.factors import FactorModel, random_factors, required
from reelhouse.models.rating.kernels_als import solve_rows
from reelhouse.models.ratings import Ratings

#: Rows that one thread solves at a time.
_ROWS_PER_PIECE = 256


@dataclass
class ALS(FactorModel):
    """Mean, biases and factors, solved in turn for all users and for all titles.

    Memory beside the ratings: a copy of them by user and one by title (8 bytes for each rating in
    each), and the factors.

    Parameters
    ----------
    n_factors : int
    epochs : int
        Turns.
    regularization : float
        Above 0. Times n ** power, it is added to the equations of a row with n ratings.
    power : float
        1 is that of Zhou et al., ALS-WR; 0 a prior of its own weight for each row.
    seed : int
    """

    name: ClassVar[str] = "als"

    n_factors: int = 20
    epochs: int = 12
    regularization: float = 1.5
    power: float = 0.5
    seed: int = 0

    def __post_init__(self) -> None:
        required("n_factors", self.n_factors, 1)
        required("epochs", self.epochs, 1)
        # Without any, the equations of a row with fewer ratings than factors have no solution.
        required("regularization", self.regularization, 1e-6)
        required("power", self.power, 0, 1)

    def _fit(self, train: Ratings, validation: Ratings | None, progress: Progress | None) -> None:
        sides = Sides(train, self.regularization, self.power)
        start_factors(self, sides, self.n_factors, self.seed)

        def step(epoch: int) -> None:
            sides.solve_users(self, with_bias=True)
            sides.solve_titles(self, with_bias=True)

        self._train(step, self.epochs, validation, progress)


class Sides:
    """The ratings by user and by title, and the regularization of the rows of either."""

    def __init__(self, train: Ratings, regularization: float, power: float) -> None:
        self.by_user, self.by_title, self.mean = train.by_user, train.by_title, train.mean
        self._of_users = _scaled(self.by_user, regularization, power)
        self._of_titles = _scaled(self.by_title, regularization, power)

    def solve_users(self, model: FactorModel, *, with_bias: bool) -> None:
        """Solve biases and factors of all users."""
        self._solve(
            self.by_user, self._of_users, model.title_biases_, model.title_factors_,
            model.user_biases_, model.user_factors_, with_bias,
        )  # fmt: skip

    def solve_titles(self, model: FactorModel, *, with_bias: bool) -> None:
        """Solve biases and factors of all titles."""
        self._solve(
            self.by_title, self._of_titles, model.user_biases_, model.user_factors_,
            model.title_biases_, model.title_factors_, with_bias,
        )  # fmt: skip

    def _solve(
        self,
        matrix: sparse.csr_matrix,
        regularization: FloatArray,
        other_biases: FloatArray,
        other_factors: FloatArray,
        biases: FloatArray,
        factors: FloatArray,
        with_bias: bool,
    ) -> None:
        starts: NDArray[np.int64] = matrix.indptr.astype(np.int64)
        in_pieces(
            lambda first, last: solve_rows(
                first, last, starts, matrix.indices, matrix.data, self.mean, other_biases,
                other_factors, regularization, with_bias, biases, factors,
            ),
            matrix.shape[0], None, work=matrix.nnz * factors.shape[1] ** 2,
            rows_per_piece=_ROWS_PER_PIECE,
        )  # fmt: skip


def _scaled(matrix: sparse.csr_matrix, regularization: float, power: float) -> FloatArray:
    n_ratings = np.maximum(np.diff(matrix.indptr), 1)
    scaled: FloatArray = (regularization * n_ratings.astype(np.float64) ** power).astype(np.float32)
    return scaled


def start_factors(model: FactorModel, sides: Sides, n_factors: int, seed: int) -> None:
    """Small random factors of titles, from which those of users are solved."""
    rng = np.random.default_rng(seed)
    n_of_titles = np.diff(sides.by_title.indptr)
    model.title_factors_ = random_factors(n_of_titles.size, n_factors, n_of_titles, rng)
    model.user_factors_ = np.zeros((sides.by_user.shape[0], n_factors), dtype=np.float32)
