"""The mean and what users and titles deviate from it: the baseline of all models of ratings.

References
----------
Koren, Y. (2010). Factor in the neighbors: scalable and accurate collaborative filtering. ACM
Transactions on Knowledge Discovery from Data 4, section 2.1.
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
from reelhouse.models.rating.factors import FactorModel, required
from reelhouse.models.rating.kernels_pairs import solve_biases
from reelhouse.models.ratings import Ratings

#: Sweeps stop when no bias moves more than this.
_STILL = 1e-5
_MOST_SWEEPS = 100


@dataclass
class Bias(FactorModel):
    """Regularized biases of users and titles, solved in turn until they stand still.

    Parameters
    ----------
    user_regularization, title_regularization : float
        Added to the number of ratings that a bias is the mean of.
    """

    name: ClassVar[str] = "bias"
    family: ClassVar[str] = "baseline"

    user_regularization: float = 5.0
    title_regularization: float = 2.0

    def __post_init__(self) -> None:
        required("user_regularization", self.user_regularization, 0)
        required("title_regularization", self.title_regularization, 0)

    def _fit(self, train: Ratings, validation: Ratings | None, progress: Progress | None) -> None:
        self.user_biases_, self.title_biases_ = learn_biases(
            train, self.user_regularization, self.title_regularization
        )


def learn_biases(
    train: Ratings, user_regularization: float, title_regularization: float
) -> tuple[FloatArray, FloatArray]:
    """Biases of users and of titles that together have the least regularized squared error.

    Returns
    -------
    tuple of ndarray of shape (n_users,) and of shape (n_titles,), float32
    """
    users = np.zeros(train.n_users, dtype=np.float32)
    titles = np.zeros(train.n_titles, dtype=np.float32)
    for _ in range(_MOST_SWEEPS):
        before = titles.copy()
        _solve(train.by_title, train.mean, users, title_regularization, titles)
        _solve(train.by_user, train.mean, titles, user_regularization, users)
        if np.abs(titles - before).max() <= _STILL:
            break
    return users, titles


def _solve(
    matrix: sparse.csr_matrix,
    mean: float,
    given: FloatArray,
    regularization: float,
    solved: FloatArray,
) -> None:
    starts: NDArray[np.int64] = matrix.indptr.astype(np.int64)
    in_pieces(
        lambda first, last: solve_biases(
            first, last, starts, matrix.indices, matrix.data, mean, given, regularization, solved
        ),
        matrix.shape[0], None, work=matrix.nnz,
    )  # fmt: skip
