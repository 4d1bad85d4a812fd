"""Weights of which each rating has one, drawn all at once."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Doubles = NDArray[np.float64]


class LinearGroup:
    """A group of weights with a normal prior about 0, of which each rating has one.

    Parameters
    ----------
    numbers : ndarray of shape (n_ratings,)
        Weight of each rating.
    values : ndarray of shape (n_ratings,)
        What it is multiplied by.
    n_weights : int

    Attributes
    ----------
    weights : ndarray of shape (n_weights,), float64
        0 where no rating says anything.
    """

    def __init__(
        self, numbers: NDArray[np.integer], values: NDArray[np.floating], n_weights: int
    ) -> None:
        self._numbers, self._values = numbers, values.astype(np.float64)
        self._squares = np.bincount(numbers, self._values**2, n_weights)
        self._told = self._squares > 0
        self.weights = np.zeros(n_weights)

    def draw(self, errors: Doubles, alpha: float, rng: np.random.Generator) -> None:
        """Draw the prior's precision, given the weights, and these, given it; errors follow.

        Parameters
        ----------
        errors : ndarray of shape (n_ratings,)
            Changed.
        alpha : float
            Precision of a rating.
        """
        n, length = int(self._told.sum()), float((self.weights**2).sum())
        precision = rng.gamma((1 + n) / 2, 2.0 / (1.0 + length))
        total = alpha * self._squares + precision
        products = np.bincount(self._numbers, self._values * errors, self.weights.size)
        middle = alpha * (products + self._squares * self.weights) / total
        drawn = middle + rng.standard_normal(total.size) / np.sqrt(total)
        drawn[~self._told] = 0.0
        errors -= self._values * (drawn - self.weights)[self._numbers]
        self.weights = drawn
