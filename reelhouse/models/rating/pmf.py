"""Probabilistic matrix factorization: factors with normal priors, at their likeliest values.

The objective of the paper is kept; it is minimized by solving each side in turn rather than by
gradient descent with momentum, and ratings are taken as they are, centred on their mean, rather
than as the logistic function of the factors' product.

References
----------
Salakhutdinov, R. and Mnih, A. (2007). Probabilistic matrix factorization. NIPS 20.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from reelhouse.clustering.geometry import FloatArray
from reelhouse.models.base import Progress
from reelhouse.models.rating.als import Sides, start_factors
from reelhouse.models.rating.factors import FactorModel, required
from reelhouse.models.ratings import Ratings


@dataclass
class PMF(FactorModel):
    """Factors without biases; a row without ratings has the mean factors of the others.

    Parameters
    ----------
    n_factors : int
    epochs : int
        Turns in which users and titles are solved.
    regularization : float
        Above 0. Variance of the ratings about their prediction over that of the factors.
    seed : int
    """

    name: ClassVar[str] = "pmf"

    n_factors: int = 3
    epochs: int = 20
    regularization: float = 4.0
    seed: int = 0

    def __post_init__(self) -> None:
        required("n_factors", self.n_factors, 1)
        required("epochs", self.epochs, 1)
        required("regularization", self.regularization, 1e-6)

    def _fit(self, train: Ratings, validation: Ratings | None, progress: Progress | None) -> None:
        sides = Sides(train, self.regularization, power=0.0)
        start_factors(self, sides, self.n_factors, self.seed)
        n_of_users, n_of_titles = np.diff(sides.by_user.indptr), np.diff(sides.by_title.indptr)

        def step(epoch: int) -> None:
            sides.solve_users(self, with_bias=False)
            sides.solve_titles(self, with_bias=False)
            fill_unknown(self.user_factors_, n_of_users > 0)
            fill_unknown(self.title_factors_, n_of_titles > 0)

        self._train(step, self.epochs, validation, progress)


def fill_unknown(factors: FloatArray, known: NDArray[np.bool_]) -> None:
    """Give rows without ratings the mean of the others."""
    factors[~known] = factors[known].mean(axis=0, dtype=np.float64)
