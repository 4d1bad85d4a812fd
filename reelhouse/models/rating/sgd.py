"""Biased matrix factorization by stochastic gradient descent, known as SVD or Funk's SVD.

References
----------
Koren, Y., Bell, R. and Volinsky, C. (2009). Matrix factorization techniques for recommender
systems. IEEE Computer 42.
Funk, S. (2006). Netflix update: try this at home.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from reelhouse.clustering.geometry import FloatArray
from reelhouse.models.base import Progress
from reelhouse.models.rating.factors import FactorModel, random_factors, required
from reelhouse.models.rating.kernels_sgd import learn_ratings
from reelhouse.models.ratings import Ratings


@dataclass
class SGDSettings:
    """What the models learned by stochastic gradient descent have in common.

    Parameters
    ----------
    n_factors : int
    epochs : int
    learning_rate : float
        Of the first epoch.
    decay : float
        Each further epoch has so much of the learning rate of the one before.
    regularization : float
        The factors of a row with n ratings are shrunk by regularization / sqrt(n) at each of
        them: by regularization * sqrt(n) in an epoch, which lies between one prior for all and
        one by the number of ratings.
    bias_regularization : float
        Biases are shrunk by so much at each rating.
    seed : int
    """

    n_factors: int = 80
    epochs: int = 40
    learning_rate: float = 0.02
    decay: float = 0.96
    regularization: float = 1.2
    bias_regularization: float = 0.03
    seed: int = 0

    def __post_init__(self) -> None:
        required("n_factors", self.n_factors, 1)
        required("epochs", self.epochs, 1)
        required("learning_rate", self.learning_rate, 0)
        required("decay", self.decay, 0, 1)
        required("regularization", self.regularization, 0)
        required("bias_regularization", self.bias_regularization, 0)

    def rate(self, epoch: int) -> float:
        """Learning rate of an epoch, from 1."""
        return float(self.learning_rate * self.decay ** (epoch - 1))


@dataclass
class SVD(SGDSettings, FactorModel):
    """Mean, biases and factors, learned rating by rating in random order.

    Parameters are those of `SGDSettings`.
    """

    name: ClassVar[str] = "svd"

    def _fit(self, train: Ratings, validation: Ratings | None, progress: Progress | None) -> None:
        rng = np.random.default_rng(self.seed)
        n_of_users = np.bincount(train.users, minlength=train.n_users)
        n_of_titles = np.bincount(train.titles, minlength=train.n_titles)
        self.user_factors_ = random_factors(train.n_users, self.n_factors, n_of_users, rng)
        self.title_factors_ = random_factors(train.n_titles, self.n_factors, n_of_titles, rng)
        user_damping = damping(n_of_users, self.regularization)
        title_damping = damping(n_of_titles, self.regularization)

        def step(epoch: int) -> None:
            learn_ratings(
                rng.permutation(train.n_ratings), train.users, train.titles, train.values,
                train.mean, self.rate(epoch), self.bias_regularization, user_damping,
                title_damping, self.user_biases_, self.title_biases_, self.user_factors_,
                self.title_factors_,
            )  # fmt: skip

        self._train(step, self.epochs, validation, progress)


def damping(n_ratings: NDArray[np.integer], regularization: float) -> FloatArray:
    """Regularization at each rating of what has so many ratings, in the shape of their numbers."""
    per_rating: FloatArray = (regularization / np.sqrt(np.maximum(n_ratings, 1))).astype(np.float32)
    return per_rating
