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

from reelhouse.clustering.geometry import FloatArray
from reelhouse.models.base import Progress
from reelhouse.models.rating.factors import FactorModel, random_factors
from reelhouse.models.rating.kernels_sgd import learn_users, with_implicit
from reelhouse.models.rating.sgd import SGDSettings, damping
from reelhouse.models.ratings import Ratings


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
        matrix = train.by_user
        starts: NDArray[np.int64] = matrix.indptr.astype(np.int64)
        n_of_users = np.diff(starts)
        n_of_titles = np.bincount(train.titles, minlength=train.n_titles)
        shape = (train.n_titles, self.n_factors)
        own: FloatArray = random_factors(train.n_users, self.n_factors, n_of_users, rng)
        implicit = random_factors(*shape, n_of_titles, rng)
        self.user_factors_ = own.copy()
        self.title_factors_ = random_factors(*shape, n_of_titles, rng)
        user_damping = damping(n_of_users, self.regularization)
        title_damping = damping(n_of_titles, self.regularization)

        def step(epoch: int) -> None:
            learn_users(
                rng.permutation(train.n_users), starts, matrix.indices, matrix.data, train.mean,
                self.rate(epoch), self.bias_regularization, user_damping, title_damping,
                self.user_biases_, self.title_biases_, own, self.title_factors_, implicit,
            )  # fmt: skip
            with_implicit(starts, matrix.indices, own, implicit, self.user_factors_)

        self._train(step, self.epochs, validation, progress)

    @property
    def n_parameters(self) -> int:
        """How many numbers were learned, those of what users rated included."""
        return super().n_parameters + int(self.title_factors_.size)
