"""SVD++: factors of users that include what they rated, whatever they thought of it.

References
----------
Koren, Y. (2008). Factorization meets the neighborhood: a multifaceted collaborative filtering
model. KDD '08.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from reelhouse.models.base import Progress
from reelhouse.models.rating.factors import FactorModel, random_factors
from reelhouse.models.rating.kernels_sgd import learn_users, with_implicit
from reelhouse.models.rating.sgd import SGDSettings, damping
from reelhouse.models.ratings import Ratings


class ImplicitSide:
    """What SVD++ learns from: ratings by user, and factors that are told apart while it learns.

    Attributes
    ----------
    matrix : csr_matrix of shape (n_users, n_titles)
        Ratings.
    starts : ndarray of shape (n_users + 1,), int64
        Where the ratings of each user start.
    own : ndarray of shape (n_users, n_factors), float32
        Factors of the users without those of what they rated.
    implicit : ndarray of shape (n_titles, n_factors), float32
        What each title adds to the factors of who rated it.
    title_factors : ndarray of shape (n_titles, n_factors), float32
    user_damping, title_damping : ndarray of shape (n_users,) and (n_titles,), float32
        Regularization at each rating.
    """

    def __init__(
        self, train: Ratings, n_factors: int, regularization: float, rng: np.random.Generator
    ) -> None:
        self.matrix = train.by_user
        self.starts: NDArray[np.int64] = self.matrix.indptr.astype(np.int64)
        n_of_users = np.diff(self.starts)
        n_of_titles = np.bincount(train.titles, minlength=train.n_titles)
        shape = (train.n_titles, n_factors)
        self.own = random_factors(train.n_users, n_factors, n_of_users, rng)
        self.implicit = random_factors(*shape, n_of_titles, rng)
        self.title_factors = random_factors(*shape, n_of_titles, rng)
        self.user_damping = damping(n_of_users, regularization)
        self.title_damping = damping(n_of_titles, regularization)

    def tell(self, model: FactorModel) -> None:
        """Give a model the factors of titles, and of users with what they rated folded in."""
        model.title_factors_ = self.title_factors
        model.user_factors_ = np.empty_like(self.own)
        with_implicit(
            self.starts, self.matrix.indices, self.own, self.implicit, model.user_factors_
        )


@dataclass
class SVDpp(SGDSettings, FactorModel):
    """Biased factorization where the factors of a user include those of all they rated.

    Parameters are those of `SGDSettings`. What was learned of a user and of what they rated is
    folded into `user_factors_`.
    """

    name: ClassVar[str] = "svd++"

    epochs: int = 20
    learning_rate: float = 0.015
    decay: float = 0.95
    regularization: float = 1.7

    def _fit(self, train: Ratings, validation: Ratings | None, progress: Progress | None) -> None:
        rng = np.random.default_rng(self.seed)
        side = ImplicitSide(train, self.n_factors, self.regularization, rng)

        def step(epoch: int) -> None:
            learn_users(
                rng.permutation(train.n_users), side.starts, side.matrix.indices,
                side.matrix.data, train.mean, self.rate(epoch), self.bias_regularization,
                side.user_damping, side.title_damping, self.user_biases_, self.title_biases_,
                side.own, side.title_factors, side.implicit,
            )  # fmt: skip
            side.tell(self)

        self._train(step, self.epochs, validation, progress)

    @property
    def n_parameters(self) -> int:
        """How many numbers were learned, those of what users rated included."""
        return super().n_parameters + int(self.title_factors_.size)
